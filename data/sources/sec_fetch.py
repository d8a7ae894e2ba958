"""Fetch the SEC's free files politely: with a contact, at most ten requests a second, going on where one stopped."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests
from urllib3.exceptions import HTTPError

from fedcycle.data.errors import DataError
from fedcycle.data.sources import archives

SITE = "https://www.sec.gov"
STATEMENTS = "/files/dera/financial-statement-data-sets/{name}.zip"
OTHERS = {
    "companyfacts": ("/Archives/edgar/daily-index/xbrl/companyfacts.zip", "companyfacts.zip"),
    "tickers": ("/files/company_tickers.json", "company_tickers.json"),
}
"""Name -> address below the site, and the file's own name."""
MOST_A_SECOND = 10
"""Requests: the SEC's own limit."""
FIRST_QUARTER = (2009, 1)
AGAIN = frozenset({403, 429, 500, 502, 503, 504})
"""Answers that are taken back after a while; the SEC says 403 to whoever asks too fast."""
_QUARTER = re.compile(r"(\d{4})q([1-4])")
_CONTACT = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CHUNK = 1 << 18
_PARTIAL = ".part"


@dataclass(frozen=True, kw_only=True)
class Asking:
    """How the SEC is asked.

    Parameters
    ----------
    contact : name and e-mail address of who asks, which the SEC requires
    wait : told seconds to wait
    clock : tells seconds that only go up
    site : scheme, host and port
    tries : how often one file is asked for
    pause : seconds after the first try, doubled after each
    timeout : seconds of silence
    """

    contact: str
    wait: Callable[[float], object]
    clock: Callable[[], float]
    site: str = SITE
    tries: int = 4
    pause: float = 2.0
    timeout: float = 30.0

    def __post_init__(self) -> None:
        if not _CONTACT.search(self.contact) or not self.contact.isprintable() or not self.contact.isascii():
            raise DataError(
                f"contact is {self.contact!r:.60}; the SEC answers only those who say who they are: give your name and "
                "e-mail address, such as --contact 'Jo Doe jo@example.org'"
            )


def addresses(names: Sequence[str]) -> list[tuple[str, str]]:
    """Return (address below the site, file name) of what is asked for: quarters such as 2012q1, companyfacts, tickers.

    Raises DataError for any other name.
    """
    found = []
    for name in names:
        quarter = _QUARTER.fullmatch(name)
        if quarter and (int(quarter[1]), int(quarter[2])) >= FIRST_QUARTER:
            found.append((STATEMENTS.format(name=name), f"{name}.zip"))
        elif name in OTHERS:
            found.append(OTHERS[name])
        else:
            raise DataError(f"{name!r:.40} is nothing the SEC has; write a quarter from 2009q1 on, {', '.join(OTHERS)}")
    return found


def fetch(names: Sequence[str], out: Path, asking: Asking, *, report: Callable[[str], None]) -> list[Path]:
    """Fetch files into a folder; one that is there whole is not asked for again, one begun is gone on with.

    Parameters
    ----------
    names : as for ``addresses``
    out : folder
    asking : Asking
    report : told in a sentence what is done

    Raises
    ------
    DataError
        Where a file does not come, or is not what it should be; what was fetched before stays.
    """
    wanted = addresses(names)
    out.mkdir(parents=True, exist_ok=True)
    with requests.Session() as session:
        session.headers["User-Agent"] = f"fedcycle {asking.contact}"
        session.headers["Accept-Encoding"] = "identity"
        line = _Line(session, asking, report)
        return [line.file(address, out / name) for address, name in wanted]


class _Line:
    """A session that keeps to the pace."""

    def __init__(self, session: requests.Session, asking: Asking, report: Callable[[str], None]) -> None:
        self.session, self.asking, self.report = session, asking, report
        self.last: float | None = None

    def file(self, address: str, path: Path) -> Path:
        """Return the file, fetched or as it was; raises DataError where it does not come."""
        if path.is_file():
            self.report(f"{path.name}: there already")
            return path
        partial, pause = path.with_name(path.name + _PARTIAL), self.asking.pause
        for attempt in range(1, self.asking.tries + 1):
            problem, again = self._try(address, partial)
            if not problem:
                _check(partial, path.name)
                partial.replace(path)
                self.report(f"{path.name}: {path.stat().st_size:,} bytes")
                return path
            if not again or attempt == self.asking.tries:
                raise DataError(f"{self.asking.site}{address}: {problem} ({attempt} tries); what was fetched stays")
            self.report(f"{path.name}: {problem}; asking again in {pause:g} s")
            self.asking.wait(pause)
            pause *= 2
        raise AssertionError("tries is at least 1")

    def _try(self, address: str, partial: Path) -> tuple[str, bool]:
        """Return what went wrong, or nothing, and whether to ask again; the bytes that came are kept."""
        self._keep_pace()
        have = partial.stat().st_size if partial.is_file() else 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        try:
            with self.session.get(
                self.asking.site + address, headers=headers, timeout=self.asking.timeout, stream=True
            ) as response:
                if response.status_code == requests.codes.requested_range_not_satisfiable:
                    partial.unlink()
                    return "what was begun does not fit what is there now", True
                if response.status_code not in (requests.codes.ok, requests.codes.partial_content):
                    return f"the server answers {response.status_code}", response.status_code in AGAIN
                going_on = response.status_code == requests.codes.partial_content
                whole = int(response.headers.get("Content-Length", -1))
                response.raw.enforce_content_length = False  # what came of a broken answer is kept; counted below
                came = 0
                with partial.open("ab" if going_on else "wb") as file:
                    for block in response.iter_content(_CHUNK):
                        file.write(block)
                        came += len(block)
                if 0 <= whole != came:
                    return f"{came:,} bytes came, not {whole:,}", True
        except (requests.RequestException, HTTPError, OSError) as error:
            return f"no answer ({type(error).__name__})", True
        return "", False

    def _keep_pace(self) -> None:
        now = self.asking.clock()
        if self.last is not None and (early := self.last + 1 / MOST_A_SECOND - now) > 0:
            self.asking.wait(early)
            now += early
        self.last = now


def _check(partial: Path, name: str) -> None:
    """Raise DataError, and remove the file, unless it is a whole zip or JSON; an error page is not kept."""
    try:
        if name.endswith(".zip"):
            with archives.opened(partial) as archive:
                if archive.testzip() is not None:
                    raise DataError(f"{name} is not a whole zip file")
        elif partial.read_bytes()[:1] not in (b"{", b"["):
            raise DataError(f"{name} is not JSON; a page of the site came instead")
    except DataError:
        partial.unlink()
        raise
