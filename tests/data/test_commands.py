"""The commands of ``fedcycle data``, and runs on what they made, end to end on this machine."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from fedcycle.backtests.cli import data_ingest
from fedcycle.backtests.cli.app import cli, data_folder
from fedcycle.backtests.runs import storage
from fedcycle.data import dataset as stores


@pytest.fixture
def fedcycle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command in a folder of its own, with a data folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEDCYCLE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(time, "sleep", lambda seconds: None)

    def run(*args: str, code: int = 0) -> Result:
        result = CliRunner().invoke(cli, args)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def served(fedcycle: Any, tiny_published: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The tiny publishers in the place of the real ones; what they have does not resemble the bundle."""
    monkeypatch.setattr(data_ingest, "FRED", tiny_published.address)
    monkeypatch.setattr(data_ingest, "FRENCH", tiny_published.address)
    bundle = stores.load_market
    monkeypatch.setattr(
        stores,
        "load_market",
        lambda ref, **options: None if ref == "bundle" and not options else bundle(ref, **options),
    )
    return tiny_published


def answer(result: Result) -> Any:
    return json.loads(result.stdout)


def test_fetch_says_what_changed_and_list_shows_it(fedcycle: Any, served: Any, tmp_path: Path) -> None:
    first = answer(fedcycle("data", "fetch", "--json"))
    assert {f["status"] for f in first["files"]} == {"new", "own"}
    assert first["folder"] == str(tmp_path / "data")
    listed = answer(fedcycle("data", "list", "--market", "store", "--json"))
    assert (listed["name"], listed["digest"]) == (first["vintage"], first["digest"])
    served.replace("DGS10", "1990-12-31,8.08", "1990-12-31,8.58")
    text = fedcycle("data", "fetch", "DGS10")
    assert "fred/DGS10.csv" in text.stdout
    assert "1/3 fred/DGS10.csv" in text.stderr
    both = answer(fedcycle("data", "vintages", "--json"))["vintages"]
    assert both[0]["changed"] == ["fred/DGS10.csv"]
    found = answer(fedcycle("data", "diff", "1", "latest", "--json"))
    assert [(c["name"], c["day"], c["old"], c["new"]) for c in found["cells"]] == [("DGS10", "1990-12-31", 8.08, 8.58)]
    assert "1 cells rewritten" in fedcycle("data", "diff", "1", "2").stdout


def test_fetch_fails_with_1_where_a_series_had_to_stay(fedcycle: Any, served: Any) -> None:
    fedcycle("data", "fetch")
    del served.files["DGS2"]
    result = fedcycle("data", "fetch", "--json", code=1)
    kept = [f for f in answer(result)["files"] if f["status"] == "kept"]
    assert [f["name"] for f in kept] == ["fred/DGS2.csv"]
    assert "404" in kept[0]["why"]


def test_verify_names_what_changed_and_fails(fedcycle: Any, served: Any, tmp_path: Path) -> None:
    fedcycle("data", "fetch")
    assert "bundle: as it was written" in fedcycle("data", "verify").stdout
    raw = next((tmp_path / "data" / "vintages").rglob("DGS10.csv"))
    raw.write_bytes(raw.read_bytes().replace(b"7.94", b"7.95"))
    result = fedcycle("data", "verify", "--json", code=1)
    assert [len(c["problems"]) for c in answer(result)["checked"]] == [0, 1]
    assert "DGS10.csv is not what was written" in result.stderr


def test_the_data_folder_is_the_option_then_the_environment_then_the_platforms(
    fedcycle: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def folder(*args: str) -> str:
        return str(answer(fedcycle("data", "vintages", "--json", *args))["folder"])

    assert folder("--data-dir", "here") == "here"
    assert folder() == str(tmp_path / "data")
    monkeypatch.delenv("FEDCYCLE_DATA")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert folder() == str(tmp_path / "xdg" / "fedcycle")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_folder() == tmp_path / ".local" / "share" / "fedcycle"


def test_the_catalog_prints_the_tables_of_the_page(fedcycle: Any) -> None:
    page = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
    tables = fedcycle("data", "catalog", "--markdown").stdout.strip()
    assert tables.count("\n## ") >= 1
    assert tables in page


def test_a_catalog_is_one_page_or_one_document(fedcycle: Any) -> None:
    assert "give one of them" in fedcycle("data", "catalog", "--markdown", "--json", code=2).stderr


def test_add_shows_the_columns_and_the_first_and_last_five_rows(fedcycle: Any, tmp_path: Path) -> None:
    days = [str(d) for d in stores.load_market("bundle").sessions[-40:-20]]
    rows = [f"{d},{100 + k},{101 + k},{90 + k}" for k, d in enumerate(days)]
    (tmp_path / "F.csv").write_text("\n".join(["Date,Open,Close,Adj Close", *rows, ""]))
    text = fedcycle("data", "add", "F.csv").stdout
    assert "columns: date: Date, open: Open, close: Close, adjusted: Adj Close" in text
    assert [d for d in days if d in text.split("rows,")[1].split("close level")[1]] == [*days[:5], *days[-5:]]
    found = answer(fedcycle("data", "add", "F.csv", "--out", "f", "--json"))
    assert found["folder"] == "f"
    assert found["assets"][0]["head"][0] == {"day": days[0], "open": pytest.approx(100 * 90 / 101), "close": 90.0}


def test_add_without_anything_to_add_is_misuse(fedcycle: Any) -> None:
    fedcycle("data", "add", code=2)


RULE = """
from dataclasses import dataclass
from fedcycle.strategies.strategy import Strategy

@dataclass(frozen=True, kw_only=True)
class Unemployed(Strategy):
    '''Holds large caps; looks at unemployment.'''

    def weights(self, view):
        view.history("UNRATE")
        return {"large": 1.0}
"""


@pytest.fixture
def with_unemployment(tmp_path: Path) -> Path:
    """The bundle with the unemployment rate beside it, as a build from raw files would have made it."""
    import dataclasses
    import shutil

    from fedcycle.data import catalog, manifest
    from fedcycle.data.storage import checksums

    folder = tmp_path / "market"
    shutil.copytree(stores.folder_of("bundle"), folder)
    text = b"date,UNRATE\n1990-01-01,5.4\n2019-11-01,4.6\n"
    (folder / "extras.csv").write_bytes(text)
    made, fact = manifest.read_manifest(folder), catalog.SERIES["UNRATE"]
    entry = dataclasses.replace(made.series[0], name="UNRATE", unit=str(fact.unit), made_from=(fact.raw,), count=2)
    files = {**made.files, "extras.csv": manifest.FileFacts.of(text)}
    document = dataclasses.replace(made, files=files, series=(*made.series, entry)).text()
    (folder / "manifest.json").write_text(document)
    there = {p.name: p.read_bytes() for p in folder.iterdir() if p.name != checksums.NAME}
    (folder / checksums.NAME).write_text(checksums.text(there))
    return folder


def test_a_rule_that_reads_a_revised_series_is_refused_or_stamped(
    fedcycle: Any, with_unemployment: Path, tmp_path: Path
) -> None:
    (tmp_path / "rules.py").write_text(RULE)
    run = (
        *("run", "base", "--set", f"data.market={with_unemployment}", "--set", "strategy.class=rules.py:Unemployed"),
        *("--set", "period.start=2020-01-02", "--set", "period.end=2020-02-28", "--no-tearsheet", "--json"),
    )
    with pytest.raises(Exception, match=r"UNRATE is revised: .*allow_revised: true"):
        fedcycle(*run)
    found = answer(fedcycle(*run, "--set", "data.allow_revised=true"))
    assert found["stamps"] == ["REVISED DATA"]
    # Nothing revised in the data: nothing to say.
    plain = answer(fedcycle("run", "base", "--set", "data.allow_revised=true", "--no-tearsheet", "--json"))
    assert plain["stamps"] == []


@pytest.fixture
def real(fedcycle: Any, publisher: Any, raw_data: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The publishers' own files, served."""
    from fedcycle.data import catalog

    daily = {d: path for d, path in catalog.PUBLISHED.items() if d != catalog.FIVE_FACTORS}
    for dataset, path in daily.items():
        publisher.files[path.rsplit("/", 1)[1]] = packed((raw_data / dataset).read_bytes().decode())
    for file in [*(raw_data / "french" / "published").glob("*.zip"), *(raw_data / "fred").glob("*.csv")]:
        publisher.files[file.name if file.suffix == ".zip" else file.stem] = file.read_bytes()
    five = catalog.PUBLISHED[catalog.FIVE_FACTORS].rsplit("/", 1)[1]
    publisher.files[five] = (raw_data / catalog.FIVE_FACTORS).read_bytes()
    monkeypatch.setattr(data_ingest, "FRED", publisher.address)
    monkeypatch.setattr(data_ingest, "FRENCH", publisher.address)
    return publisher


def packed(text: str) -> bytes:
    import io
    import zipfile

    table = text.replace("\r\n", "\n").rstrip("\n").partition(",")[2]
    whole = f"This file was created using the 202505 CRSP database.\n\n,{table}\n\nCopyright\n"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.csv", whole.replace("\n", "\r\n"))
    return out.getvalue()


def test_cycles_claims_and_explain_find_the_store_and_its_vintages(fedcycle: Any, real: Any) -> None:
    vintage = answer(fedcycle("data", "fetch", "--json"))["vintage"]
    for ref in ("store", "1", vintage):
        assert answer(fedcycle("cycles", "--market", ref, "--json"))["market"]["name"] == vintage
    told = fedcycle("explain", "rate-cycle-timing", "2020-01-31", "--set", "data.market=store", "--json")
    assert answer(told)["weights"] == {"large": 1.0}


def test_a_run_on_the_store_is_the_run_on_the_bundle_until_a_vintage_differs(
    fedcycle: Any, real: Any, tmp_path: Path
) -> None:
    vintage = answer(fedcycle("data", "fetch", "--json"))["vintage"]
    args = ("run", "rate-cycle-timing", "--no-tearsheet", "--json")
    bundle, stored = answer(fedcycle(*args)), answer(fedcycle(*args, "--set", "data.market=store", "--out", "other"))
    assert stored["statistics"] == bundle["statistics"]
    assert stored["id"] == bundle["id"]
    assert stored["market"]["name"] == vintage
    # The publisher rewrites one day of small caps: 2001-09-17, and the next vintage has it.
    name = "Portfolios_Formed_on_ME_Daily_CSV.zip"
    line = next(row for row in unpacked(real.files[name]).splitlines() if row.startswith("20010917"))
    cells = line.split(",")
    real.replace(name, line, ",".join([cells[0], *(f"{float(c) + 1.0:.2f}" for c in cells[1:])]))
    fedcycle("data", "fetch", "small")
    found = answer(fedcycle("data", "diff", "bundle", "latest", "--json"))
    # Value weights drift with returns until the month ends, so that later days of that month move a little too.
    assert {c["day"][:7] for c in found["cells"]} == {"2001-09"}
    assert {c["name"] for c in found["cells"]} == {"small", "mid", "large", "micro", "small_ex_micro"}
    assert {c["day"] for c in found["cells"][:5]} == {"2001-09-17"}
    assert all(c["size"] == pytest.approx(1.0, abs=0.01) for c in found["cells"][:5])
    again = answer(fedcycle("runs", "rerun", stored["id"], "--out", "other", "--data", "latest", "--json"))
    cagr = again["statistics"]["cagr"]
    assert cagr["before"] == stored["statistics"]["cagr"]
    assert cagr["after"] != cagr["before"]
    assert storage.load(Path("other") / stored["id"]).summary["statistics"] == stored["statistics"]


def unpacked(content: bytes) -> str:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(archive.infolist()[0]).decode()


def test_a_run_on_an_empty_store_says_how_to_fill_it(fedcycle: Any) -> None:
    with pytest.raises(Exception, match=r"data\.market is store, but the store in .* has no vintage yet; fetch one"):
        fedcycle("run", "base", "--set", "data.market=store", "--no-tearsheet")


def test_a_damaged_store_is_named_and_the_bundle_runs_on(fedcycle: Any, served: Any, tmp_path: Path) -> None:
    fedcycle("data", "fetch")
    levels = next((tmp_path / "data").rglob("levels.csv"))
    levels.write_bytes(levels.read_bytes()[:-1])
    with pytest.raises(Exception, match=r"levels\.csv has \d+ bytes, its manifest says \d+; .*fedcycle data fetch"):
        fedcycle("data", "list", "--market", "store")
    assert answer(fedcycle("run", "base", "--no-tearsheet", "--json"))["market"]["name"] == "bundle"


@pytest.mark.parametrize("engine", ["backtrader", "vectorised"])
def test_funds_as_they_are_fill_at_their_adjusted_opens(
    fedcycle: Any, raw_data: Path, tmp_path: Path, engine: str
) -> None:
    files = [str(raw_data / "funds" / f"{n}.csv") for n in ("IWM", "SPY")]
    fedcycle("data", "add", *files, "--out", "funds")
    found = answer(
        fedcycle(
            *("run", "base", "--engine", engine, "--set", "data.market=funds", "--set", "strategy.asset=IWM"),
            *("--set", "benchmark=SPY", "--set", "execution.fill=open", "--set", "period.start=2005-01-03"),
            *("--set", "period.end=2024-12-31", "--set", "execution.costs.slippage_bps=0", "--no-tearsheet", "--json"),
        )
    )
    # Decided at the close of 2005-01-03, filled at the open of 2005-01-04 as adjusted like its close (64.035, and
    # 47.1563 for 62.54), held to the adjusted close of 2024-12-31: from the file itself, by hand.
    import csv

    with Path(files[0]).open(newline="") as opened:
        rows = {row["Date"]: row for row in csv.DictReader(opened)}
    bought = 64.035 * 47.1563 / 62.54
    assert found["statistics"]["final_value"] == pytest.approx(
        1_000_000 * float(rows["2024-12-31"]["Adj Close"]) / bought, rel=1e-9
    )


def test_a_store_without_a_vintage_says_how_to_get_one(fedcycle: Any) -> None:
    said = fedcycle("data", "vintages")
    assert "has no vintage yet; fetch one with: fedcycle data fetch" in " ".join(said.output.split())
    assert answer(fedcycle("data", "vintages", "--json"))["vintages"] == []


def test_a_data_set_that_takes_the_place_of_another_says_what_is_gone(fedcycle: Any, tmp_path: Path) -> None:
    days = np.arange("2020-01-02", "2020-03-01", dtype="datetime64[D]")
    days = days[np.is_busday(days, holidays=["2020-01-20", "2020-02-17"])]
    for name in ("one", "two"):
        rows = "".join(f"{day},{100 + k}\n" for k, day in enumerate(days))
        (tmp_path / f"{name}.csv").write_text(f"date,adj close\n{rows}")
    add = ("data", "add", "--total-return", "--portfolios", "--out", str(tmp_path / "set"))
    assert "before" not in fedcycle(*add, str(tmp_path / "one.csv")).stderr
    assert "before" not in fedcycle(*add, str(tmp_path / "one.csv")).stderr
    said = fedcycle(*add, str(tmp_path / "two.csv")).stderr
    assert f"{tmp_path / 'set'} held one before and does not now; to keep both, add all files in one command" in said
