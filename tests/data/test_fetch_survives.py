"""A fetch in which a publisher's file is odd, or a publisher refuses, brings what the others send."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fedcycle.data.building import vintages
from fedcycle.data.building.fetch import Outcome, fetch
from fedcycle.data.dataset import load_market
from fedcycle.data.sources.network import Answer, Line, NoAnswer, Patience, Publishers, Unreachable

NOON = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)
QUALITY = "25_Portfolios_ME_OP_5x5_daily_CSV.zip"


def patient() -> Patience:
    return Patience(wait=lambda _: None, clock=lambda: 0.0, timeout=5.0, tries=2)


def fetched(server: Any, store: Path, *names: str) -> Outcome:
    line = Line(patient(), notify=lambda _: None)
    return fetch(store, Publishers(line, server.address, server.address), retrieved=NOON, names=names)


def text_of(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return packed.read(packed.infolist()[0]).decode()


def packed(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("x.csv", content)
    return out.getvalue()


def refuse(status: int) -> Any:
    def answer(handler: Any) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def test_a_publisher_that_answers_401_costs_its_own_file_alone(tiny_published: Any, tmp_path: Path) -> None:
    tiny_published.instead["DGS2"] = refuse(401)
    outcome = fetched(tiny_published, tmp_path / "store")
    assert {f.name: f.status for f in outcome.failed} == {"fred/DGS2.csv": "lacking"}
    assert "401" in outcome.failed[0].why
    market = load_market(vintages.folder(tmp_path / "store"))
    assert str(market.series["DGS2"].observed_on[-1]) == "2026-08-20"  # the bundle's
    assert str(market.series["DGS10"].observed_on[-1]) == "1991-01-07"  # fetched
    assert "the bundle's stay DGS2 (to 2026-08-20)" in outcome.notes[0]


@pytest.mark.parametrize("apostrophe", [b"\x92", "’".encode()])
def test_an_apostrophe_of_windows_or_of_utf_8_above_a_table_is_text(
    tiny_published: Any, tmp_path: Path, apostrophe: bytes
) -> None:
    plain = fetched(tiny_published, tmp_path / "plain").vintage.digest
    text = text_of(tiny_published.files[QUALITY]).encode()
    odd = text.replace(b"database.", b"database. Each firm" + apostrophe + b"s book equity.", 1)
    assert odd != text
    tiny_published.files[QUALITY] = packed(odd)
    outcome = fetched(tiny_published, tmp_path / "odd")
    assert not outcome.failed
    assert outcome.vintage.digest == plain


def test_blank_and_descriptive_lines_above_a_table_are_passed_over(tiny_published: Any, tmp_path: Path) -> None:
    plain = fetched(tiny_published, tmp_path / "plain").vintage.digest
    text = text_of(tiny_published.files[QUALITY])
    tiny_published.files[QUALITY] = packed(
        text.replace("\r\n\r\n", "\r\n\r\nA line that describes.\r\n\r\n\r\n", 1).encode()
    )
    outcome = fetched(tiny_published, tmp_path / "odd")
    assert not outcome.failed
    assert outcome.vintage.digest == plain


def test_freds_old_header_and_points_for_missing_are_read(tiny_published: Any, tmp_path: Path) -> None:
    plain = fetched(tiny_published, tmp_path / "plain").vintage.digest
    tiny_published.replace("DGS10", "observation_date", "DATE")
    tiny_published.replace("DGS10", "1990-01-03,\n", "1990-01-03,.\n")
    assert fetched(tiny_published, tmp_path / "odd").vintage.digest == plain


def test_a_change_made_up_in_the_daily_target_is_derived_and_extends_the_table(
    tiny_published: Any, tmp_path: Path
) -> None:
    # The shipped table ends at 4.00 on 2026-09-17; a cut to 3.75 that took effect on 2026-10-29 is made up.
    rows = [("2026-09-17", 4.0), ("2026-10-28", 4.0), ("2026-10-29", 3.75), ("2026-11-24", 3.75)]
    for name, less in (("DFEDTARU", 0.0), ("DFEDTARL", 0.25)):
        body = "".join(f"{day},{value - less}\n" for day, value in rows)
        tiny_published.files[name] = f"observation_date,{name}\n{body}".encode()
    outcome = fetched(tiny_published, tmp_path / "store")
    market = load_market(vintages.folder(tmp_path / "store"))
    changes = market.series["target_change"]
    assert (str(changes.known_on[-1]), changes.values[-1]) == ("2026-10-29", -25.0)
    assert changes.derived is not None
    assert changes.derived.tolist()[-2:] == [False, True]
    assert str(changes.complete_to) == "2026-11-24"
    assert any("-25 basis points that took effect on 2026-10-29 is derived" in note for note in outcome.notes)


class Recorded(Line):
    """A line on which https is silent, or leads down, and http answers."""

    def __init__(self, problem: Exception) -> None:
        self.said: list[str] = []
        super().__init__(patient(), notify=self.said.append)
        self.problem = problem
        self.asked: list[str] = []


def archive_over(line: Recorded, monkeypatch: pytest.MonkeyPatch) -> Any:
    def read(_: Publishers, reader: Any, address: str, __: Any) -> Answer:
        line.asked.append(address.split(":")[0])
        if address.startswith("https:"):
            raise line.problem
        return Answer(address, b"", {})

    monkeypatch.setattr(Publishers, "_read", read)
    return Publishers(line).archive("x", start=NOON.date())


def test_the_library_is_asked_over_https_and_over_http_only_where_nothing_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = Recorded(NoAnswer("https://x: the connection is refused"))
    archive_over(line, monkeypatch)
    assert line.asked == ["https", "http"]
    assert "asking over http" in line.said[0]


def test_an_answer_over_https_that_is_no_data_is_not_asked_again_over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Recorded(Unreachable("https://x: the server leads from https to http, which is not followed"))
    with pytest.raises(Unreachable, match="leads from https to http"):
        archive_over(line, monkeypatch)
    assert line.asked == ["https"]


def test_a_redirect_from_https_to_http_is_not_followed() -> None:
    import requests

    from fedcycle.data.sources.network import Downgraded

    answer = requests.Response()
    answer.status_code, answer.url = 302, "https://example.org/a"
    answer.headers["Location"] = "http://example.org/b"
    with pytest.raises(Downgraded):
        Line(patient(), notify=lambda _: None).get_redirect_target(answer)
    answer.headers["Location"] = "https://example.org/b"
    assert Line(patient(), notify=lambda _: None).get_redirect_target(answer) == "https://example.org/b"
