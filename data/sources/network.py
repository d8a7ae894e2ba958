"""The network: pandas-datareader's own readers on a patient session. Bytes and frames out, or one sentence why not.

Imported only by what fetches: it brings pandas and requests.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pandas as pd
import requests
from pandas_datareader.famafrench import FamaFrenchReader
from pandas_datareader.fred import FredReader
from urllib3.exceptions import HTTPError

from fedcycle.data.errors import DataError
from fedcycle.data.storage.bounded_input import zip_fault

LAST = date(2200, 12, 31)
"""Passed as the readers' end: left out, they ask the clock for today and drop what comes after."""

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that a server may take back a moment later."""

NOT_DATA = ("text/html", "text/xml", "application/xhtml", "application/xml", "application/json", "application/pdf")
NOT_DATA_EITHER = ("image/", "audio/", "video/", "multipart/")
_CHUNK = 2**16
_BLANK = re.compile(r"(?:\r\n){3,}")


class Unreachable(DataError):  # noqa: N818 - the name says what happened
    """A publisher did not answer, or not with data."""


class NoAnswer(Unreachable):
    """Nothing answered at an address: no connection, or silence."""


class Downgraded(requests.RequestException):
    """An address over https leads to one over http."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to wait for a publisher, and how often to ask again.

    Parameters
    ----------
    wait : told the seconds to wait between two tries
    clock : tells seconds that only ever go up
    tries : how often one address is asked
    pause : seconds after the first try, doubled after each one
    longest_pause : seconds, whatever a server asks for
    timeout : seconds in which a server must say something
    deadline : seconds in which one answer must be whole
    largest : bytes of one answer
    """

    wait: Callable[[float], object]
    clock: Callable[[], float]
    tries: int = 4
    pause: float = 1.0
    longest_pause: float = 60.0
    timeout: float = 30.0
    deadline: float = 180.0
    largest: int = 64 * 2**20


@dataclass(frozen=True)
class Answer:
    """What a publisher sent.

    Parameters
    ----------
    address : where it was asked for
    content : the bytes, as they came
    frames : what pandas-datareader makes of them, title of the table -> frame; of FRED one, called by the series
    """

    address: str
    content: bytes
    frames: dict[str, pd.DataFrame]


class Line(requests.Session):
    """A session that waits, asks again with growing pauses, checks what it gets, and remembers the last body.

    Parameters
    ----------
    patience : Patience
    notify : told in a sentence when it asks again
    """

    def __init__(self, patience: Patience, *, notify: Callable[[str], None]) -> None:
        super().__init__()
        self.patience = patience
        self.notify = notify
        self.body = b""
        self.headers["User-Agent"] = "fedcycle (a backtesting program; pandas-datareader)"
        self.headers["Accept-Encoding"] = "identity"  # so that Content-Length is the length of what is kept

    def get_redirect_target(self, resp: Any) -> str | None:
        """Return where an answer leads; raises Downgraded where that is from https to http."""
        target = super().get_redirect_target(resp)
        if target and str(resp.url).startswith("https:") and target.startswith("http:"):
            raise Downgraded(f"redirected down to {target}")
        return target

    def get(self, url: Any, **options: Any) -> Any:  # type: ignore[override]
        """Return a whole, plausible answer; raises Unreachable with the address and what came instead."""
        patience, pause = self.patience, self.patience.pause
        for attempt in range(1, patience.tries + 1):
            problem, wait, response = self._try(url, options)
            if response is not None:
                return response
            if wait is None or attempt == patience.tries:
                tried = f" ({attempt} tries)" if attempt > 1 else ""
                raise (NoAnswer if problem in _SILENCE or problem.startswith("no answer within") else Unreachable)(
                    f"{url}: {problem}{tried}"
                )
            seconds = min(max(pause, wait), patience.longest_pause)
            self.notify(f"{url}: {problem}; asking again in {seconds:g} s")
            patience.wait(seconds)
            pause *= 2
        raise AssertionError("tries is at least 1")

    def _try(self, url: str, options: dict[str, Any]) -> tuple[str, float | None, Any]:
        """Return what is wrong, the seconds to wait before asking again (None: do not), and the answer if good."""
        options = options | {"timeout": self.patience.timeout, "stream": True}
        try:
            with super().get(url, **options) as response:
                if response.status_code != requests.codes.ok:
                    status = f"the server answers {response.status_code} {response.reason}".rstrip()
                    again = _asked_to_wait(response) if response.status_code in AGAIN else None
                    return status, again, None
                kind = response.headers.get("Content-Type", "").lower()
                if kind.startswith(NOT_DATA) or kind.startswith(NOT_DATA_EITHER):
                    return f"the server sends {kind.split(';')[0]} where data should be", None, None
                problem = self._receive(response)
        except requests.Timeout:
            return f"no answer within {self.patience.timeout:g} s", 0.0, None
        except Downgraded:
            return "the server leads from https to http, which is not followed", None, None
        except (requests.RequestException, HTTPError) as err:
            return _reason(err), 0.0, None
        return (problem, 0.0, None) if problem else ("", None, response)

    def _receive(self, response: Any) -> str:
        """Read the body; return what is wrong with it, or nothing."""
        begun, parts, size = self.patience.clock(), [], 0
        for part in _pieces(response):
            parts.append(part)
            size += len(part)
            if size > self.patience.largest:
                return f"the answer is longer than {self.patience.largest} bytes"
            if self.patience.clock() - begun > self.patience.deadline:
                return f"the answer is not whole after {self.patience.deadline:g} s"
        self.body = b"".join(parts)
        said = response.headers.get("Content-Length", "")
        if said.isdecimal() and "Content-Encoding" not in response.headers and int(said) != size:
            return f"the answer stops after {size} of {said} bytes"
        if not self.body:
            return "the answer is empty"
        if fault := zip_fault(self.body, self.patience.largest):
            return fault
        # So that the reader, which asks for ``content``, finds what was streamed.
        response._content, response._content_consumed = self.body, True
        return ""


def _pieces(response: Any) -> Iterator[bytes]:
    """Yield a body as it arrives; ``iter_content`` would wait for a full piece, however slowly it drips in."""
    while piece := response.raw.read1(_CHUNK, decode_content=True):
        yield piece


class _Fred(FredReader):
    """FRED's reader, on any host."""

    host: str | None = None

    @property
    def url(self) -> str:
        return _at(super().url, self.host)


class _French(FamaFrenchReader):
    """The French library's reader, on any host, over https unless that is given up."""

    host: str | None = None
    secure: bool = True

    def _read_zipfile(self, url: str) -> str:
        # Its reader takes a blank line too many above a table for the table's first line.
        return _BLANK.sub("\r\n\r\n", str(super()._read_zipfile(url)))

    @property
    def url(self) -> str:
        address = _at(super().url, self.host)
        if self.host is None and self.secure:
            return address.replace("http://", "https://", 1)
        return address if self.secure else address.replace("https://", "http://", 1)


@dataclass(frozen=True)
class Publishers:
    """FRED and the French library.

    Parameters
    ----------
    line : Line
    fred, french : ``scheme://host:port`` to ask instead of the publishers' own, or None
    """

    line: Line
    fred: str | None = None
    french: str | None = None

    def series(self, name: str, *, start: date) -> Answer:
        """Return one of FRED's series from a day on; raises Unreachable."""
        reader = _Fred(name, start=start, end=LAST, retry_count=0, pause=0.0, session=self.line)
        reader.host = self.fred
        return self._read(reader, f"{reader.url}?id={name}", lambda frame: {name: frame})

    def archive(self, dataset: str, *, start: date) -> Answer:
        """Return one of the French library's archives from a day on; raises Unreachable.

        Over https; over http only where nothing answers there.
        """
        reader = _French(dataset, start=start, end=LAST, retry_count=0, pause=0.0, session=self.line)
        reader.host = self.french
        try:
            return self._read(reader, reader.url, _titled)
        except NoAnswer as err:
            if not reader.url.startswith("https:"):
                raise
            reader.secure = False
            self.line.notify(f"{err}; asking over http")
            return self._read(reader, reader.url, _titled)

    def _read(self, reader: Any, address: str, named: Callable[[Any], dict[str, pd.DataFrame]]) -> Answer:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about dates it guesses at; what it made is checked against the bytes
                frames = named(reader.read())
        except DataError:
            raise
        except Exception as err:  # noqa: BLE001 - the readers raise whatever pandas or zipfile does
            said = str(err).splitlines()[0][:120] if str(err) else ""
            raise Unreachable(f"{address}: the answer is not data ({type(err).__name__}: {said})") from None
        return Answer(address, self.line.body, frames)


def _titled(found: dict[Any, Any]) -> dict[str, pd.DataFrame]:
    """Return a library archive's tables by their titles, which its reader only gives within a description."""
    titles: dict[str, pd.DataFrame] = {}
    for line in found["DESCR"].splitlines():
        number, colon, told = line.partition(" : ")
        if colon and number.strip().isdecimal() and int(number) in found:
            title = told.rpartition("(")[0].strip()
            titles.setdefault(title, found[int(number)])
    return titles


def _at(address: str, host: str | None) -> str:
    if host is None:
        return address
    there, parts = urlsplit(host), urlsplit(address)
    return urlunsplit((there.scheme, there.netloc, *parts[2:]))


def _asked_to_wait(response: Any) -> float:
    """Return the seconds a server asks to be left alone, 0 where it asks for none."""
    said = response.headers.get("Retry-After", "").strip()
    if said.isdecimal():
        return float(said[:9])
    try:
        then, now = parsedate_to_datetime(said), parsedate_to_datetime(response.headers.get("Date", ""))
        return max((then - now).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return 0.0


def _reason(err: Exception) -> str:
    """Return a failed request in words; the library's own text repeats the address and names its classes."""
    text = str(err)
    for sign, words in _WORDS.items():
        if sign in text:
            return words
    return f"the request failed ({type(err).__name__})"


_SILENCE = (
    "the connection is refused",
    "the host's name is not known; is there a network?",
    "the network is unreachable",
    "no answer in time",
    "the connection was closed before an answer",
)
"""Problems in which nothing answered: what over http might. A certificate that is not valid is an answer."""

_WORDS = {
    "refused": "the connection is refused",
    "NameResolution": "the host's name is not known; is there a network?",
    "IncompleteRead": "the answer stops early",
    "Connection aborted": "the connection was closed before an answer",
    "CERTIFICATE": "the host's certificate is not valid",
    "unreachable": "the network is unreachable",
    "timed out": "no answer in time",
}
