"""Fetching from the SEC, against a local server: who asks, how fast, and going on after a break."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fedcycle.data.errors import DataError
from fedcycle.data.sources import sec_fetch
from fedcycle.data.sources.sec_fetch import Asking


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("sub.txt", "x" * 5000)
    return out.getvalue()


WHOLE = archive()


class Sec(BaseHTTPRequestHandler):
    """A server that stops in the middle once, refuses once, and knows ranges."""

    asked: list[tuple[str, str, str]]
    answers: list[str]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["User-Agent"], self.headers.get("Range", "")))
        how = self.answers.pop(0) if self.answers else "whole"
        begin = int(self.headers["Range"][6:-1]) if "Range" in self.headers else 0
        body = b"<html>slow down</html>" if how == "page" else WHOLE[begin:]
        self.send_response({"refuse": 403, "missing": 404}.get(how, 206 if begin else 200))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if how not in ("refuse", "missing"):
            self.wfile.write(body[: len(body) // 2] if how == "break" else body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    Sec.asked, Sec.answers = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sec)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join(5)


class Clock:
    """Time that only passes while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def asking(site: str, clock: Clock) -> Asking:
    return Asking(contact="Jo Doe jo@example.org", wait=clock.wait, clock=clock, site=site, timeout=5.0)


def test_every_request_says_who_asks_and_none_comes_within_a_tenth_of_a_second(site: str, tmp_path: Path) -> None:
    clock = Clock()
    sec_fetch.fetch(["2012q1", "2012q2", "2012q3"], tmp_path, asking(site, clock), report=lambda _: None)
    assert [path for path, _, _ in Sec.asked] == [
        f"/files/dera/financial-statement-data-sets/2012q{k}.zip" for k in (1, 2, 3)
    ]
    assert {agent for _, agent, _ in Sec.asked} == {"fedcycle Jo Doe jo@example.org"}
    assert clock.waits == [0.1, pytest.approx(0.1)]
    assert (tmp_path / "2012q3.zip").read_bytes() == WHOLE


def test_a_download_that_breaks_goes_on_where_it_stopped(site: str, tmp_path: Path) -> None:
    Sec.answers = ["break", "refuse"]
    clock = Clock()
    sec_fetch.fetch(["2012q1"], tmp_path, asking(site, clock), report=lambda _: None)
    half = f"bytes={len(WHOLE) // 2}-"
    assert [asked for _, _, asked in Sec.asked] == ["", half, half]
    assert clock.waits == [2.0, 4.0]
    assert (tmp_path / "2012q1.zip").read_bytes() == WHOLE
    assert not list(tmp_path.glob("*.part"))


def test_what_is_there_is_not_asked_for_again(site: str, tmp_path: Path) -> None:
    (tmp_path / "2012q1.zip").write_bytes(WHOLE)
    sec_fetch.fetch(["2012q1"], tmp_path, asking(site, Clock()), report=lambda _: None)
    assert not Sec.asked


def test_a_page_in_the_place_of_a_file_is_not_kept(site: str, tmp_path: Path) -> None:
    Sec.answers = ["page"]
    with pytest.raises(DataError, match="is a web page, not a zip file"):
        sec_fetch.fetch(["2012q1"], tmp_path, asking(site, Clock()), report=lambda _: None)
    assert not list(tmp_path.iterdir())


def test_what_the_server_does_not_have_stops_at_once(site: str, tmp_path: Path) -> None:
    Sec.answers = ["missing"]
    with pytest.raises(DataError, match="the server answers 404"):
        sec_fetch.fetch(["2012q1"], tmp_path, asking(site, Clock()), report=lambda _: None)
    assert len(Sec.asked) == 1


@pytest.mark.parametrize("contact", ["", "Jo Doe", "jo@", "jo@example.org\r\nX: y"])
def test_nobody_asks_without_a_contact(contact: str) -> None:
    with pytest.raises(DataError, match="the SEC answers only those who say who they are"):
        Asking(contact=contact, wait=print, clock=float)


@pytest.mark.parametrize("name", ["2008q4", "2012q5", "2012", "DGS10"])
def test_what_the_sec_does_not_have_is_named(name: str) -> None:
    with pytest.raises(DataError, match=f"'{name}' is nothing the SEC has"):
        sec_fetch.addresses([name])
