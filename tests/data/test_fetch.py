"""From publishers on this machine to vintages: what is kept, what changed, and what is not believed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedcycle.data import catalog
from fedcycle.data.building import vintages
from fedcycle.data.building.build import build
from fedcycle.data.building.fetch import Outcome, fetch
from fedcycle.data.dataset import load_market
from fedcycle.data.errors import DataError
from fedcycle.data.sources.network import Line, Patience, Publishers, Unreachable
from fedcycle.data.verify import check

NOON = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)
SIZE = "Portfolios_Formed_on_ME_Daily_CSV.zip"
Answer = Callable[[BaseHTTPRequestHandler], None]


def publishers(address: str, **patience: Any) -> Publishers:
    given = {"wait": lambda seconds: None, "clock": lambda: 0.0, "timeout": 5.0, "tries": 2} | patience
    return Publishers(Line(Patience(**given), notify=lambda sentence: None), address, address)


def fetched(server: Any, store: Path, *names: str, now: datetime = NOON, **options: Any) -> Outcome:
    return fetch(store, publishers(server.address), retrieved=now, names=names, **options)


def status(outcome: Outcome) -> dict[str, str]:
    return {f.name: f.status for f in outcome.files}


def body(content: bytes, **options: Any) -> Answer:
    """An answer that sends these bytes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(options.get("status", 200))
        handler.send_header("Content-Type", options.get("kind", "text/csv"))
        handler.send_header("Content-Length", str(options.get("length", len(content))))
        for name, value in options.get("headers", {}).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def test_the_first_fetch_makes_a_vintage_that_is_a_market(tiny_published: Any, store: Path) -> None:
    outcome = fetched(tiny_published, store)
    assert outcome.vintage.id == "0001-20260115T120000Z"
    market = load_market(vintages.folder(store))
    assert market.name == "0001-20260115T120000Z"
    assert market.digest == outcome.vintage.digest
    # As worked out in test_compile: 10 x 2, 20 x 2 and 30 x 2 grow to 122 and 133 of 120.
    assert market.prices[:3, market.column("mid")].tolist() == [100.0, 101.66667, 110.83333]
    assert not [c for c in check(store) if c.problems]


def test_a_market_fetched_is_the_one_compiled_from_the_same_files(
    tiny_published: Any, tiny_raw: Path, store: Path, tmp_path: Path
) -> None:
    fetched(tiny_published, store)
    made = vintages.folder(store)
    build(tiny_raw, tmp_path / "disk")
    facts = ("levels.csv", "yields.csv", "extras.csv", "fomc_target_changes.csv", "nber_turning_points.csv")
    for name in (*facts, "NOTICE.md"):
        assert (made / name).read_bytes() == (tmp_path / "disk" / name).read_bytes(), name
    # And from the very bytes that were fetched, the manifest with its digests too.
    build(made / "raw", tmp_path / "again")
    for file in (tmp_path / "again").iterdir():
        if file.name != "SHA256SUMS":
            assert file.read_bytes() == (made / file.name).read_bytes(), file.name


def test_the_publishers_own_files_fetched_are_the_bundle_byte_by_byte(
    publisher: Any, raw_data: Path, store: Path, request: pytest.FixtureRequest
) -> None:
    serve(publisher, raw_data)
    outcome = fetched(publisher, store, expected=load_market("bundle"))
    bundle = Path(catalog.__file__).parent / "bundle"
    for name in ("levels.csv", "yields.csv", "extras.csv", "fomc_target_changes.csv", "nber_turning_points.csv"):
        assert (vintages.folder(store) / name).read_bytes() == (bundle / name).read_bytes(), name
    assert outcome.vintage.digest == load_market("bundle").digest
    size = outcome.vintage.raw["french/published/Portfolios_Formed_on_ME_CSV.zip"]
    assert size.vintage == "202602"


def serve(server: Any, raw: Path) -> None:
    """Serve the real raw folder; the tiny one's fixture does the same for its own."""
    import io
    import zipfile

    for dataset, path in catalog.PUBLISHED.items():
        if dataset == catalog.FIVE_FACTORS:
            continue
        text = (raw / dataset).read_bytes().decode().replace("\r\n", "\n").rstrip("\n").partition(",")[2]
        whole = f"This file was created using the 202505 CRSP database.\n\n,{text}\n\nCopyright\n"
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
            zipped.writestr("x.csv", whole.replace("\n", "\r\n"))
        server.files[path.rsplit("/", 1)[1]] = packed.getvalue()
    for file in [*(raw / "french" / "published").glob("*.zip"), *(raw / "fred").glob("*.csv")]:
        server.files[file.name if file.suffix == ".zip" else file.stem] = file.read_bytes()
    server.files[catalog.PUBLISHED[catalog.FIVE_FACTORS].rsplit("/", 1)[1]] = (raw / catalog.FIVE_FACTORS).read_bytes()


def test_start_is_passed_and_whole_files_are_kept(
    tiny_published: Any, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fedcycle.data.sources import network

    seen: list[object] = []
    read = network._Fred.read
    monkeypatch.setattr(network._Fred, "read", lambda self: seen.append(self.start.date()) or read(self))
    fetched(tiny_published, store, since=date(1990, 12, 1))
    assert set(seen) == {date(1990, 12, 1)}
    assert (vintages.folder(store) / "raw" / "fred" / "DGS10.csv").read_bytes() == tiny_published.files["DGS10"]
    assert load_market(vintages.folder(store)).series["DGS10"].observed_on.astype(str)[0] == "1990-01-02"


def test_a_second_fetch_is_a_new_vintage_that_holds_what_changed(tiny_published: Any, store: Path) -> None:
    first = fetched(tiny_published, store).vintage
    before = {p: p.read_bytes() for p in vintages.folder(store).rglob("*") if p.is_file()}
    tiny_published.replace("DGS10", "1990-12-31,8.08", "1990-12-31,8.09")
    tiny_published.replace("DGS10", "1991-01-07,8.1\n", "1991-01-07,8.1\n1991-01-08,8.2\n")
    outcome = fetched(tiny_published, store)
    assert outcome.vintage.id == "0002-20260115T120000Z"
    ten = next(f for f in outcome.files if f.name == "fred/DGS10.csv")
    assert (ten.status, ten.rewritten, ten.added, ten.removed) == ("changed", 1, 1, 0)
    assert status(outcome)["fred/DGS2.csv"] == "same"
    raw = [p.name for p in (vintages.folder(store) / "raw").rglob("*") if p.is_file()]
    assert raw == ["DGS10.csv"]
    assert outcome.vintage.raw["fred/DGS2.csv"].held_by == first.id
    assert {p: p.read_bytes() for p in before} == before
    assert load_market(vintages.folder(store)).series["DGS10"].values[-1] == 8.2
    assert load_market(vintages.folder(store, "1")).series["DGS10"].values[-1] == 8.1
    assert not [c for c in check(store) if c.problems]


def test_one_series_alone_can_be_fetched_and_the_rest_stays(tiny_published: Any, store: Path) -> None:
    fetched(tiny_published, store)
    tiny_published.asked.clear()
    outcome = fetched(tiny_published, store, "CPIAUCSL")
    assert tiny_published.asked == ["CPIAUCSL"]
    assert status(outcome)["fred/CPIAUCSL.csv"] == "new"
    assert load_market(vintages.folder(store)).withheld == ("CPIAUCSL",)
    # From then on it is fetched with the rest.
    tiny_published.asked.clear()
    fetched(tiny_published, store)
    assert "CPIAUCSL" in tiny_published.asked


def test_an_asset_is_fetched_with_the_files_it_is_made_of(tiny_published: Any, store: Path) -> None:
    fetched(tiny_published, store)
    tiny_published.asked.clear()
    fetched(tiny_published, store, "mid")
    assert tiny_published.asked == [SIZE, "Portfolios_Formed_on_ME_CSV.zip"]


def test_a_name_that_is_none_is_refused_with_the_nearest(tiny_published: Any, store: Path) -> None:
    with pytest.raises(DataError, match="'DGS11' is not an asset or series; did you mean DGS10"):
        fetched(tiny_published, store, "DGS11")
    assert tiny_published.asked == []


def test_a_first_fetch_of_one_series_stands_on_the_bundle(tiny_published: Any, store: Path) -> None:
    outcome = fetched(tiny_published, store, "DGS10")
    market, bundle = load_market(vintages.folder(store)), load_market("bundle")
    assert status(outcome)["fred/DGS10.csv"] == "new"
    assert str(market.series["DGS10"].observed_on[-1]) == "1991-01-07"
    assert market.series["DGS2"].observed_on[-1] == bundle.series["DGS2"].observed_on[-1]
    np.testing.assert_array_equal(market.prices[:, 0], bundle.prices[:, 0])
    assert "small (to 2025-05-30)" in outcome.notes[0]
    assert "DGS10" not in outcome.notes[0]
    assert not outcome.failed
    # What is fetched next lies over what was fetched before, the rest is the bundle's still.
    fetched(tiny_published, store, "DGS2")
    later = load_market(vintages.folder(store))
    assert str(later.series["DGS2"].observed_on[-1]) == str(later.series["DGS10"].observed_on[-1]) == "1991-01-07"
    assert not [c for c in check(store) if c.problems]


def test_the_record_names_address_time_and_the_librarys_vintage(tiny_published: Any, store: Path) -> None:
    fetched(tiny_published, store)
    record = json.loads((vintages.folder(store) / "vintage.json").read_text())
    held = record["raw"]["french/published/Portfolios_Formed_on_ME_Daily_CSV.zip"]
    assert held["vintage"] == "202505"
    assert held["retrieved"] == record["retrieved"] == "2026-01-15T12:00:00+00:00"
    assert held["source"].endswith("/pages/faculty/ken.french/ftp/Portfolios_Formed_on_ME_Daily_CSV.zip")
    assert re.fullmatch("[0-9a-f]{64}", held["sha256"])
    assert record["raw"]["fomc_target_changes.csv"]["source"] == "fedcycle's own table"


def test_deciles_called_dec_2_are_deciles(tiny_published: Any, store: Path) -> None:
    expected = fetched(tiny_published, store / "one").vintage.digest
    for k in range(2, 10):
        tiny_published.replace(SIZE, f",{k}-Dec", f",Dec {k}")
    assert fetched(tiny_published, store / "two").vintage.digest == expected


# What is not believed. Each leaves the vintage before, and says why.

GOOD = "observation_date,DGS10\n1989-12-29,7.93\n1990-01-02,7.94\n1990-01-03,\n1990-01-04,7.98\n1990-12-31,8.08\n"
HTML = b"<!DOCTYPE html><html><title>Sorry</title></html>"
BAD: dict[str, tuple[str, Answer, str]] = {
    "an error page": ("DGS10", body(HTML, kind="text/html; charset=utf-8"), "sends text/html where data should be"),
    "an error page that says it is a CSV": ("DGS10", body(HTML), "a web page"),
    "an error page in the place of an archive": (SIZE, body(HTML, kind="application/zip"), "BadZipFile"),
    "an empty file": ("DGS10", body(b""), "the answer is empty"),
    "an empty archive": (SIZE, body(b""), "the answer is empty"),
    "a picture": ("DGS10", body(b"\x89PNG", kind="image/png"), "sends image/png where data should be"),
    "another series": ("DGS10", body(GOOD.replace("DGS10", "DGS2").encode()), "no column 'DGS10'"),
    "a file cut at a line's end": ("DGS10", body(GOOD.encode()), "ends on 1990-12-31, the vintage before reaches to"),
    "a file cut inside a number": (
        "DGS10",
        body((GOOD + "1991-01-03,8.0\n1991-01-07,8.").encode()),
        "stops inside",
    ),
    "fewer bytes than announced": ("DGS10", body(GOOD.encode(), length=9999), "the answer stops"),
    "half the rows": (
        "DGS10",
        body(b"observation_date,DGS10\n1990-01-02,7.94\n1991-01-07,8.1\n"),
        "lacks 4 of the 6 rows of the vintage before",
    ),
    "numbers a hundred times smaller": (
        "DGS10",
        body(
            b"observation_date,DGS10\n1989-12-29,.0793\n1990-01-02,.0794\n1990-01-04,.0798\n1990-12-31,.0808\n"
            b"1991-01-03,.08\n1991-01-07,.081\n"
        ),
        "is 0.01 times what it was",
    ),
    "a yield that jumps": (
        "DGS10",
        body((GOOD + "1991-01-03,8.0\n1991-01-07,8.1\n1991-01-08,81\n").encode()),
        "DGS10 is 81 on 1991-01-08; it does not move by more than 5 points",
    ),
    "not found": ("DGS10", body(HTML, status=404), "the server answers 404"),
    "too many requests": ("DGS10", body(HTML, status=429), r"the server answers 429 .* \(2 tries\)"),
    "service unavailable": ("DGS10", body(HTML, status=503), r"the server answers 503 .* \(2 tries\)"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_answer_leaves_the_vintage_before(tiny_published: Any, store: Path, case: str) -> None:
    name, answer, said = BAD[case]
    fetched(tiny_published, store)
    before = load_market(vintages.folder(store)).digest
    tiny_published.instead[name] = answer
    outcome = fetched(tiny_published, store)
    assert [(f.status, bool(re.search(said, f.why))) for f in outcome.failed] == [("kept", True)], outcome.failed
    assert "\n" not in outcome.failed[0].why
    assert outcome.notes[0].startswith(f"{outcome.failed[0].name} is the one of 0001-")
    assert load_market(vintages.folder(store)).digest == before
    del tiny_published.instead[name]
    assert fetched(tiny_published, store).failed == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  50.00", " 150.00", "does not move by more than 50% in a session"),
        (",7-Dec,", ",7-Dez,", "no column '7-Dec'"),
    ],
)
def test_returns_that_cannot_be_leave_the_vintage_before(
    tiny_published: Any, store: Path, old: str, new: str, said: str
) -> None:
    fetched(tiny_published, store)
    before = load_market(vintages.folder(store)).digest
    tiny_published.replace(SIZE, old, new)
    outcome = fetched(tiny_published, store)
    assert re.search(said, outcome.failed[0].why)
    assert load_market(vintages.folder(store)).digest == before


def test_an_archive_cut_short_leaves_the_vintage_before(tiny_published: Any, store: Path) -> None:
    fetched(tiny_published, store)
    tiny_published.files[SIZE] = tiny_published.files[SIZE][:-100]
    outcome = fetched(tiny_published, store)
    assert [f.name for f in outcome.failed] == ["french/Portfolios_Formed_on_ME_Daily.csv"]
    # The library of older versions opens the archive itself.
    assert re.search("the archive is not whole|BadZipFile", outcome.failed[0].why)


def test_a_table_that_pandas_datareader_drops_is_not_passed_over(tiny_published: Any, store: Path) -> None:
    """It takes whatever has under 800 characters for a description."""
    tiny_published.replace("F-F_Research_Data_Factors_daily_CSV.zip", "19880", "20880")
    outcome = fetched(tiny_published, store)
    assert [f.name for f in outcome.failed] == ["french/F-F_Research_Data_Factors_daily.csv"]
    assert "F-F_Research_Data_Factors_daily" in outcome.notes[0]


def test_two_readings_that_differ_are_not_believed(
    tiny_published: Any, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fedcycle.data.sources import network

    read = network._Fred.read
    monkeypatch.setattr(network._Fred, "read", lambda self: read(self) + 0.01)
    outcome = fetched(tiny_published, store)
    why = {f.name: f.why for f in outcome.failed}
    assert re.search(r"pandas-datareader reads 7\.9[45] for DGS10 on 19\d\d", why["fred/DGS10.csv"])
    # The bundle's yields stay: they begin with its own first one.
    assert load_market(vintages.folder(store)).series["DGS10"].values[0] == 7.94
    assert "the bundle's stay DGS10 (to 2026-08-20), DGS2" in outcome.notes[0]


def test_what_does_not_resemble_the_bundle_stays_the_bundles(tiny_published: Any, store: Path) -> None:
    bundle = load_market("bundle")
    del tiny_published.files["F-F_Momentum_Factor_daily_CSV.zip"]  # the bundle has none that it could resemble
    outcome = fetched(tiny_published, store, expected=bundle)
    why = {f.name: f.why for f in outcome.failed}
    size = why["french/Portfolios_Formed_on_ME_Daily.csv"]
    assert re.search(r"the fetched \w+ .*reaches to 2025-05-30; it is cut short; the bundle's stays", size)
    assert load_market(vintages.folder(store)).digest == bundle.digest


def test_a_target_that_fedcycles_own_table_lacks_is_said(tiny_published: Any, store: Path) -> None:
    tiny_published.replace("DFEDTARU", "2008-12-17,0.25", "2008-12-17,0.75")
    assert "a change is missing there" in fetched(tiny_published, store).notes[0]


# The network itself.


def test_a_refused_connection_is_one_sentence_and_changes_nothing(tiny_published: Any, store: Path) -> None:
    fetched(tiny_published, store)
    before = sorted(store.rglob("*"))
    tiny_published.shutdown()
    tiny_published.server_close()
    with pytest.raises(DataError, match=r"nothing was fetched: .*the connection is refused") as caught:
        fetched(tiny_published, store)
    assert "\n" not in str(caught.value)
    assert sorted(store.rglob("*")) == before
    assert load_market(vintages.folder(store)).assets


def test_a_server_that_says_nothing_is_given_up(tiny_published: Any) -> None:
    tiny_published.instead["DGS10"] = lambda handler: tiny_published.released.wait(20)
    line = publishers(tiny_published.address, timeout=0.05, tries=1)
    with pytest.raises(Unreachable, match=r"no answer within 0\.05 s"):
        line.series("DGS10", start=date(1990, 1, 1))


def test_a_server_that_drips_is_given_up(tiny_published: Any) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"observation_date,DGS10\n")
        handler.wfile.flush()
        tiny_published.released.wait(20)

    tiny_published.instead["DGS10"] = drip
    ticks = iter(range(0, 10**6, 100))
    line = publishers(tiny_published.address, clock=lambda: float(next(ticks)), deadline=50.0, tries=1)
    with pytest.raises(Unreachable, match="the answer is not whole after 50 s"):
        line.series("DGS10", start=date(1990, 1, 1))


def test_an_endless_answer_is_given_up(tiny_published: Any) -> None:
    line = publishers(tiny_published.address, largest=20, tries=1)
    with pytest.raises(Unreachable, match="longer than 20 bytes"):
        line.series("DGS10", start=date(1990, 1, 1))


def test_it_asks_again_with_growing_pauses(tiny_published: Any) -> None:
    tiny_published.instead["DGS10"] = body(b"", status=503)
    waited: list[float] = []
    line = publishers(tiny_published.address, wait=waited.append, tries=4)
    with pytest.raises(Unreachable, match=r"503 .*\(4 tries\)"):
        line.series("DGS10", start=date(1990, 1, 1))
    assert waited == [1.0, 2.0, 4.0]
    assert len(tiny_published.asked) == 4


@pytest.mark.parametrize(("asked", "waits"), [("7", 7.0), ("99999", 60.0), ("soon", 1.0)])
def test_a_server_that_asks_for_time_gets_it_within_reason(tiny_published: Any, asked: str, waits: float) -> None:
    busy = body(b"", status=429, headers={"Retry-After": asked})

    def once(handler: BaseHTTPRequestHandler) -> None:
        del tiny_published.instead["DGS10"]
        busy(handler)

    tiny_published.instead["DGS10"] = once
    waited: list[float] = []
    answer = publishers(tiny_published.address, wait=waited.append).series("DGS10", start=date(1990, 1, 1))
    assert waited == [waits]
    assert answer.content == tiny_published.files["DGS10"]


def test_what_is_not_there_is_asked_for_once(tiny_published: Any) -> None:
    tiny_published.instead["DGS10"] = body(b"", status=404)
    with pytest.raises(Unreachable, match="404"):
        publishers(tiny_published.address, tries=4).series("DGS10", start=date(1990, 1, 1))
    assert len(tiny_published.asked) == 1


def test_the_readers_go_to_the_publishers_own_hosts_unless_told_otherwise() -> None:
    from fedcycle.data.sources import network

    assert network._Fred("DGS10", start=date(1990, 1, 1)).url == "https://fred.stlouisfed.org/graph/fredgraph.csv"
    french = network._French("F-F_Research_Data_Factors_daily", start=date(1990, 1, 1))
    assert french.url.split("//")[1].startswith("mba.tuck.dartmouth.edu/pages/faculty/ken.french/ftp/")


# The clock.


def test_a_clock_that_goes_back_is_said_and_the_newest_stays_the_newest(tiny_published: Any, store: Path) -> None:
    fetched(tiny_published, store)
    tiny_published.replace("DGS10", "1991-01-07,8.1\n", "1991-01-07,8.1\n1991-01-08,8.2\n")
    outcome = fetched(tiny_published, store, now=datetime(2019, 5, 1, tzinfo=UTC))
    assert outcome.vintage.id == "0002-20190501T000000Z"
    assert "the clock says 2019-05-01" in outcome.notes[0]
    assert vintages.folder(store).name == outcome.vintage.id
    assert fetched(tiny_published, store).vintage.number == 3
