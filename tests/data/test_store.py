"""Data sets on disk: what is read, and what is refused in one sentence that names the file and the remedy."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedcycle.data.building.build import build
from fedcycle.data.dataset import listing, load_market, vintages
from fedcycle.data.errors import DamagedData, DataError


@pytest.fixture
def market(tiny_raw: Path, tmp_path: Path) -> Path:
    build(tiny_raw, tmp_path / "my-market")
    return tmp_path / "my-market"


def remade(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Rewrite the manifest after a change."""
    document = json.loads((folder / "manifest.json").read_text())
    change(document)
    (folder / "manifest.json").write_text(json.dumps(document))
    return folder


def forged(folder: Path, name: str, content: bytes) -> Path:
    """Rewrite a file of facts and make the manifest agree with it."""
    (folder / name).write_bytes(content)
    facts = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    return remade(folder, lambda document: document["files"].update({name: facts}))


def one_sentence(caught: pytest.ExceptionInfo[DataError]) -> str:
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert len(sentence) < 500
    return sentence


def test_a_built_folder_is_a_market(market: Path) -> None:
    loaded = load_market(market)
    assert loaded.name == "my-market"
    assert loaded.assets[:2] == ("small", "mid")
    np.testing.assert_array_equal(loaded.prices[:4, 1], [100.0, 101.66667, 110.83333, 105.29167])
    assert np.isnan(loaded.prices[-1, 0])
    assert str(loaded.sessions[-1]) == "1991-01-04"


def test_a_folder_may_be_given_as_text(market: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(market.parent)
    assert load_market("./my-market").name == "my-market"
    monkeypatch.chdir(market)
    assert load_market(".").name == "my-market"


def test_a_yield_is_known_on_the_first_session_after_its_day(market: Path) -> None:
    series = load_market(market).series["DGS10"]
    # 1990-01-04 is no session; the last session is 1991-01-04, so the yield of 1991-01-07 has no session after it.
    assert dict(zip(series.observed_on.astype(str).tolist(), series.known_on.astype(str).tolist(), strict=True)) == {
        "1990-01-02": "1990-01-03",
        "1990-01-04": "1990-02-01",
        "1990-12-31": "1991-01-02",
        "1991-01-03": "1991-01-04",
        "1991-01-07": "1991-01-08",
    }


def test_target_changes_begin_with_the_first_statement(market: Path) -> None:
    series = load_market(market).series
    assert series["target_upper"].values.tolist() == [3.25, 0.25]
    assert series["target_lower"].values.tolist() == [3.25, 0.0]
    assert series["target_change"].values.tolist() == [25.0, -300.0]
    for name in ("target_upper", "target_lower", "target_change"):
        assert series[name].observed_on.astype(str).tolist() == ["1994-02-04", "2020-03-16"]
        assert series[name].known_on.astype(str).tolist() == ["1994-02-04", "2020-03-15"]


def test_a_turning_point_is_known_when_it_is_announced(market: Path) -> None:
    series = load_market(market).series["nber_turning_point"]
    assert series.values.tolist() == [-1.0, 1.0]
    assert series.observed_on.astype(str).tolist() == ["1990-07-01", "1991-03-01"]
    assert series.known_on.astype(str).tolist() == ["1991-04-25", "1992-12-22"]


def test_a_listing_says_what_there_is_and_is_ready_for_json(market: Path) -> None:
    listed = json.loads(json.dumps(listing(market), allow_nan=False))
    assert (listed["name"], listed["digest"]) == ("my-market", load_market(market).digest)
    assert listed["sessions"] == {"first": "1989-12-29", "last": "1991-01-04", "count": 8}
    financials = next(row for row in listed["assets"] if row["name"] == "financials")
    assert (financials["kind"], financials["first"], financials["last"]) == ("asset", "1990-12-31", "1991-01-03")
    assert (financials["sessions"], financials["vintage"]) == (3, "weights from CRSP 202602")
    ten_year = next(row for row in listed["series"] if row["name"] == "DGS10")
    assert (ten_year["kind"], ten_year["unit"], ten_year["observations"]) == ("series", "percent per year", 5)
    assert ten_year["vintage"] is None
    for row in (*listed["assets"], *listed["series"]):
        assert all(row[key] for key in ("name", "definition", "unit", "frequency", "release", "source", "rights"))


def test_vintages_name_the_publishers_word_or_how_far_the_source_goes(market: Path) -> None:
    told = vintages(market)["vintages"]
    assert told["mid"] == "weights from CRSP 202602"
    assert told["bills"] == "to 1991-01-03"
    assert told["DGS10"] == "to 1991-01-07"


def test_the_store_is_said_to_be_missing() -> None:
    with pytest.raises(DataError) as caught:
        load_market("store")
    assert "write market: bundle, or a folder with a built data set" in one_sentence(caught)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load_market(tmp_path / "bundel")
    assert "bundel' is not a folder; write bundle, or a folder made by: fedcycle data build" in one_sentence(caught)


def test_a_folder_without_a_manifest_is_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load_market(tmp_path)
    assert "is not a data set: it has no manifest.json; compile it again" in one_sentence(caught)


@pytest.mark.parametrize("name", ["levels.csv", "yields.csv", "fomc_target_changes.csv", "nber_turning_points.csv"])
def test_one_changed_byte_is_found(market: Path, name: str) -> None:
    content = bytearray((market / name).read_bytes())
    content[-3] ^= 1
    (market / name).write_bytes(content)
    with pytest.raises(DamagedData) as caught:
        load_market(market)
    assert f"{name} is not what its manifest says (sha256 differs); compile it again" in one_sentence(caught)


def test_a_file_that_stops_early_is_found(market: Path) -> None:
    content = (market / "levels.csv").read_bytes()
    (market / "levels.csv").write_bytes(content[:-1])
    with pytest.raises(DamagedData, match=rf"has {len(content) - 1} bytes, its manifest says {len(content)}"):
        load_market(market)


def test_a_file_that_is_gone_is_found(market: Path) -> None:
    (market / "yields.csv").unlink()
    with pytest.raises(DamagedData, match=r"yields\.csv is missing; compile it again"):
        load_market(market)


def test_the_notice_may_be_gone(market: Path) -> None:
    (market / "NOTICE.md").unlink()
    assert load_market(market).assets


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not whole JSON"),
        (b'{"format": 1, "files": {', "is not whole JSON"),
        (b"\xff\xfe", "is not whole JSON"),
        (b"[" * 100_000, "is not whole JSON"),
        (b" " * (2**20 + 1), "is not whole JSON"),
        (b"[]", "it is not the manifest of a data set"),
        (b"{}", "lacks 'format'"),
        (b'{"format": "1"}', "it is not the manifest of a data set"),
        (b'{"format": 2}', "is of format 2, this version reads format 1"),
        (b'{"format": 1, "files": []}', "is damaged"),
        (b'{"format": 1, "files": {}}', "lacks 'levels.csv'"),
    ],
)
def test_a_manifest_that_is_none_is_refused(market: Path, content: bytes, said: str) -> None:
    (market / "manifest.json").write_bytes(content)
    with pytest.raises(DataError) as caught:
        load_market(market)
    assert said in one_sentence(caught)
    assert "compile it again with" in str(caught.value)


def entry(document: dict[str, Any], **facts: object) -> None:
    document["assets"][0].update(facts)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["files"].update({"../../x": d["files"]["levels.csv"]}), "it names a file '../../x'"),
        (lambda d: d["files"].update({"/etc/passwd": {}}), "it names a file '/etc/passwd'"),
        (lambda d: d["files"]["levels.csv"].update(sha256="../../x"), "sha256 of levels.csv is no digest"),
        (lambda d: d["files"]["levels.csv"].update(bytes="1"), "bytes of levels.csv is no size"),
        (lambda d: d["files"]["levels.csv"].update(bytes=True), "bytes of levels.csv is no size"),
        (lambda d: d["files"].update({"levels.csv": None}), "is damaged"),
        (lambda d: d.pop("inputs"), "lacks 'inputs'"),
        (lambda d: d["assets"].append("large"), "is damaged"),
        (lambda d: entry(d, name="../../x"), "'../../x' is no name"),
        (lambda d: entry(d, name="x" * 10_000), "is no name"),
        (lambda d: entry(d, definition="\x1b[2J"), "an entry's definition is no text"),
        (lambda d: entry(d, unit=None), "an entry's unit is no text"),
        (lambda d: entry(d, sessions=-1), "sessions of small is no count"),
        (lambda d: entry(d, vintage=3), "vintage of small is no text"),
        (lambda d: entry(d, name="tiny"), "levels.csv has columns small, mid"),
    ],
)
def test_a_hostile_manifest_is_refused(market: Path, change: Callable[[dict[str, Any]], object], said: str) -> None:
    with pytest.raises(DamagedData) as caught:
        load_market(remade(market, change))
    assert said in one_sentence(caught)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"1990-02-01,", b"1990-01-03,", "session 1990-01-03 is repeated"),
        (b"1990-02-01,", b"1990-01-01,", "session 1990-01-01 comes after 1990-01-03"),
        (b"1990-02-01,", b"1990-02-31,", "levels.csv is not a table by day"),
        (b"110.83333", b"-110.8333", "mid: price -110.833 on 1990-01-03; a price must be positive"),
        (b"110.83333", b"", "levels.csv has 6 prices of mid, its manifest says 7"),
        (b"110.83333", b"inf", "mid: price inf on 1990-01-03"),
        (b"110.83333", b"high", "levels.csv is not a table by day"),
        (b"110.83333", b"110.83333,1", "levels.csv is not a table by day (its lines are not of one length)"),
        (b"date,", b"day,", "levels.csv is not a table by day"),
        (b"date,", b"\xff,", "levels.csv is not a table by day"),
    ],
)
def test_impossible_levels_are_refused_though_their_digest_is_right(
    market: Path, old: bytes, new: bytes, said: str
) -> None:
    content = (market / "levels.csv").read_bytes()
    assert old in content
    with pytest.raises(DataError) as caught:
        load_market(forged(market, "levels.csv", content.replace(old, new)))
    assert said in one_sentence(caught)


def test_two_markets_with_the_same_facts_have_the_same_digest_whatever_they_are_called(market: Path) -> None:
    shutil.copytree(market, market.parent / "other")
    assert load_market(market.parent / "other").digest == load_market(market).digest


def test_reading_the_bundle_imports_no_pandas_and_no_pyarrow() -> None:
    code = (
        "import sys; from fedcycle.data.dataset import load_market, listing; load_market('bundle'); listing('bundle');"
        "print([m for m in ('pandas', 'pyarrow', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert done.stdout == "[]\n"
