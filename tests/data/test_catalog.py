"""The catalog: what every row says, the page made of it, and series whose past is rewritten."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import generate_data
import numpy as np
import pytest

from fedcycle.data import catalog
from fedcycle.data.building.build import build
from fedcycle.data.calendar import known
from fedcycle.data.catalog_tables import rows
from fedcycle.data.dataset import listing, load_market, revised
from fedcycle.data.errors import UnknownName
from fedcycle.data.typing import days


def test_the_page_is_what_the_catalog_says() -> None:
    there = Path(__file__).parents[2] / "docs" / "data.md"
    assert there.read_text(encoding="utf-8") == generate_data.page(), "write it again: python docs/generate_data.py"


def test_every_row_is_whole() -> None:
    found = list(rows())
    assert len({r["name"] for r in found}) == len(found) == len(catalog.ASSETS) + len(catalog.SERIES)
    for row in found:
        told = [row[k] for k in ("definition", "unit", "frequency", "release", "source", "first", "rights")]
        assert all(isinstance(text, str) and text and "|" not in text and "\n" not in text for text in told), row[
            "name"
        ]
        assert date.fromisoformat(row["first"]) < date(2010, 1, 1)


def test_series_that_are_rewritten_are_marked() -> None:
    assert {r["name"] for r in rows() if r["revised"]} == {"CPIAUCSL", "UNRATE", "USREC", "NFCI", "GDPC1"}


def test_what_belongs_to_others_says_so() -> None:
    for name in ("BAA10Y", "BAMLH0A0HYM2"):
        assert "not to be passed on" in catalog.SERIES[name].rights
    assert all(f.rights in ("public domain (US government)", "public facts") for f in catalog.CORE)


@pytest.mark.parametrize(
    ("name", "observed", "becomes"),
    [
        ("DGS10", "2024-03-28", "2024-04-01"),  # over Good Friday: the first session after it
        ("CPIAUCSL", "2024-01-01", "2024-02-29"),  # the end of the next month
        ("UNRATE", "2023-12-01", "2024-01-31"),
        ("GDPC1", "2024-01-01", "2024-04-30"),  # the end of the month after the quarter
        ("NFCI", "2024-03-01", "2024-03-08"),
        ("DFEDTARU", "2024-09-19", "2024-09-19"),
    ],
)
def test_a_value_is_known_by_the_rule_of_its_series(name: str, observed: str, becomes: str) -> None:
    sessions = load_market("bundle").sessions
    assert str(known(catalog.SERIES[name].known, days([observed]), sessions)[0]) == becomes


@pytest.fixture
def market(tiny_raw: Path, tmp_path: Path) -> Path:
    (tiny_raw / "fred" / "UNRATE.csv").write_text(
        "observation_date,UNRATE\n1989-12-01,5.4\n1990-01-01,5.4\n1990-02-01,5.3\n"
    )
    (tiny_raw / "fred" / "BAA10Y.csv").write_text(
        "observation_date,BAA10Y\n1990-01-02,1.9\n1990-01-03,\n1990-01-04,2.0\n"
    )
    build(tiny_raw, tmp_path / "market", extras=["UNRATE", "BAA10Y"])
    return tmp_path / "market"


def test_a_revised_series_is_withheld_and_the_refusal_says_what_to_write(market: Path) -> None:
    loaded = load_market(market)
    assert loaded.withheld == ("UNRATE",)
    view = loaded.as_of(loaded.sessions[-1])
    for ask in (lambda: view.latest("UNRATE"), lambda: view.history("UNRATE"), lambda: loaded.column("UNRATE")):
        with pytest.raises(UnknownName, match=r"UNRATE is revised: .*allow_revised: true.*REVISED DATA"):
            ask()
    assert loaded.as_of(np.datetime64("1990-01-03")).latest("BAA10Y") == 1.9
    assert revised(loaded) == ()


def test_a_market_truncated_withholds_it_all_the_same(market: Path) -> None:
    loaded = load_market(market)
    assert loaded.truncated(loaded.sessions[3]).withheld == ("UNRATE",)


def test_a_revised_series_that_is_allowed_is_known_by_its_rule(market: Path) -> None:
    loaded = load_market(market, allow_revised=True)
    assert revised(loaded) == ("UNRATE",)
    np.testing.assert_array_equal(loaded.series["UNRATE"].known_on, days(["1990-02-28", "1990-03-31"]))
    assert loaded.digest != load_market(market).digest


def test_a_listing_marks_it(market: Path) -> None:
    assert [r["name"] for r in listing(market)["series"] if r["revised"]] == ["UNRATE"]


def test_the_notice_says_whose_the_extra_series_are(market: Path) -> None:
    assert "`BAA10Y`" in (market / "NOTICE.md").read_text()


def test_an_extra_series_that_is_none_is_refused(tiny_raw: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="'UNRATES' is not a series of the catalog; did you mean UNRATE"):
        build(tiny_raw, tmp_path / "market", extras=["UNRATES"])
