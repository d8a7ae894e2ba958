"""The data set that comes with fedcycle: what it holds, against the publishers' own words and against funds."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from fedcycle.data import catalog, dataset
from fedcycle.data.dataset import load_market
from fedcycle.data.errors import NotYetKnown
from fedcycle.data.manifest import read_manifest
from fedcycle.data.market import Market
from fedcycle.data.typing import Days, Float64, days

FOLDER = Path(dataset.__file__).parent / "bundle"


@pytest.fixture(scope="module")
def market() -> Market:
    return load_market("bundle")


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def month_growth(sessions: Days, level: Float64) -> dict[str, float]:
    """Return the return of each month that has a month before it, by month."""
    months = sessions.astype("datetime64[M]")
    ends = np.append(np.flatnonzero(months[1:] != months[:-1]), len(months) - 1)
    growth = level[ends[1:]] / level[ends[:-1]] - 1
    return dict(zip(months[ends[1:]].astype(str).tolist(), growth.tolist(), strict=True))


def test_it_is_called_bundle_and_is_under_two_megabytes(market: Market) -> None:
    assert market.name == "bundle"
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 2_000_000


def test_it_holds_no_file_but_its_own() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == [
        *("NOTICE.md", "SHA256SUMS", "extras.csv", "fomc_target_changes.csv", "levels.csv"),
        *("manifest.json", "nber_turning_points.csv", "yields.csv"),
    ]


def test_each_asset_spans_what_its_source_spans(market: Market) -> None:
    spans = {a: (str(market.sessions[i]), str(market.sessions[j])) for a, (i, j) in market.spans.items()}
    assert spans == {
        **dict.fromkeys(("small", "mid", "large", "micro", "small_ex_micro"), ("1989-12-29", "2025-05-30")),
        **dict.fromkeys(("small_quality", "small_junk", "mid_quality"), ("1989-12-29", "2025-08-29")),
        "financials": ("1990-12-31", "2024-12-31"),
        "bills": ("1989-12-29", "2025-08-29"),  # published to 2025-05-30, then at the 3-month yield
    }
    assert tuple(spans) == tuple(asset.name for asset in catalog.ASSETS)


def test_every_level_begins_at_100_and_has_eight_significant_digits(market: Market) -> None:
    for asset, (first, _) in market.spans.items():
        assert market.prices[first, market.column(asset)] == 100.0
    with (FOLDER / "levels.csv").open(newline="") as file:
        written = {len(cell.replace(".", "")) for row in csv.reader(file) for cell in row[1:] if "." in cell}
    assert written == {8}


def test_the_manifest_tells_of_what_is_in_the_files(market: Market) -> None:
    made = read_manifest(FOLDER)
    for entry in made.assets:
        first, last = market.spans[entry.name]
        if entry.name in market.spliced:  # continued after the last published return, which is what the manifest has
            last = int(np.searchsorted(market.sessions, np.datetime64("2025-05-30", "D")))
        assert (entry.first, entry.last) == (str(market.sessions[first]), str(market.sessions[last]))
        assert entry.count == last - first + 1
    for entry in made.series:
        series = market.series[entry.name]
        assert (entry.first, entry.last) == (str(series.observed_on[0]), str(series.observed_on[-1]))
        assert (entry.count, entry.unit) == (len(series), str(series.unit))
        assert date.fromisoformat(entry.first) >= catalog.SERIES[entry.name].starts
    assert [entry.name for entry in made.series] == list(market.series)


def test_january_2021_is_not_one_stock(market: Market) -> None:
    # GameStop made ME1-OP4 return 89.6% that month; the portfolios here hold none of it, or little.
    grown = {
        asset: month_growth(market.sessions, market.prices[:, market.column(asset)])["2021-01"]
        for asset in ("small", "small_quality", "small_ex_micro")
    }
    # The Russell 2000 fund IWM returned 4.85% that month.
    assert grown["small"] == pytest.approx(0.05, abs=0.02)
    assert all(abs(growth) < 0.06 for growth in grown.values())


def test_profitable_small_caps_beat_small_caps_beat_unprofitable_ones(market: Market) -> None:
    # The order that Fama and French (2015) report for the profitability sort; columns mixed up would break it.
    start, end = market.position(day("1989-12-29")), market.position(day("2025-05-30"))
    grown = dict(zip(market.assets, (market.prices[end] / market.prices[start]).tolist(), strict=True))
    assert grown["small_junk"] < grown["small_ex_micro"] < grown["small_quality"]


def test_the_yield_of_a_day_is_not_seen_at_its_close(market: Market) -> None:
    monday, tuesday = (market.as_of(day(text)) for text in ("2025-01-06", "2025-01-07"))
    assert monday.history("DGS10", 1).observed_on[0] == day("2025-01-03")
    assert tuesday.history("DGS10", 1).observed_on[0] == day("2025-01-06")


def test_a_yield_quoted_on_a_day_without_a_session_waits_for_the_next(market: Market) -> None:
    # 2025-01-09: markets closed for a day of mourning, Treasuries were quoted; the next session was the 10th.
    seen = market.as_of(day("2025-01-10")).history("DGS10", 2)
    assert seen.observed_on.astype(str).tolist() == ["2025-01-08", "2025-01-09"]
    assert market.as_of(day("2025-01-08")).history("DGS10", 1).observed_on[0] == day("2025-01-07")


def test_yields_and_sessions_pair_as_the_domain_says(market: Market) -> None:
    last = market.sessions[market.spans["small"][1]]
    sessions = market.sessions[(market.sessions >= day("1990-01-01")) & (market.sessions <= last)]
    observed = market.series["DGS10"].observed_on
    # DOMAIN: 73 sessions without a yield, 1990 to 2025.
    assert len(np.setdiff1d(sessions, observed)) == 73
    quoted = np.setdiff1d(observed[observed <= last], sessions)
    # Good Fridays, the closing after 2001-09-11, days of mourning, and Hurricane Sandy's Monday.
    assert {"1996-04-05", "2001-09-13", "2007-01-02", "2012-10-29", "2025-01-09"} <= set(quoted.astype(str).tolist())


def test_the_cut_of_a_sunday_is_known_on_monday(market: Market) -> None:
    friday, monday = market.as_of(day("2020-03-13")), market.as_of(day("2020-03-16"))
    assert (friday.latest("target_upper"), friday.latest("target_change")) == (1.25, -50.0)
    assert (monday.latest("target_upper"), monday.latest("target_change")) == (0.25, -100.0)


def test_a_change_is_known_when_announced_not_when_effective(market: Market) -> None:
    # Announced 2024-09-18, effective 2024-09-19.
    assert market.as_of(day("2024-09-17")).latest("target_upper") == 5.5
    assert market.as_of(day("2024-09-18")).latest("target_upper") == 5.0


def test_policy_facts_begin_on_1994_02_04(market: Market) -> None:
    with pytest.raises(NotYetKnown):
        market.as_of(day("1994-02-03")).latest("target_change")
    assert market.as_of(day("1994-02-04")).history("target_change").values.tolist() == [25.0]


def test_a_recession_is_known_when_nber_announces_it(market: Market) -> None:
    assert market.as_of(day("2020-06-05")).latest("nber_turning_point") == 1.0
    assert market.as_of(day("2020-06-08")).latest("nber_turning_point") == -1.0
    assert market.as_of(day("2021-07-16")).latest("nber_turning_point") == -1.0
    assert market.as_of(day("2021-07-19")).latest("nber_turning_point") == 1.0


def test_the_whole_table_of_target_changes_is_there() -> None:
    with (FOLDER / "fomc_target_changes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert (rows[0]["effective"], rows[0]["upper"]) == ("1982-10-01", "10.0")
    final_cuts = {"1996-01-31", "1998-11-17", "2003-06-25", "2008-12-16", "2020-03-15", "2025-12-10"}
    assert final_cuts <= {row["announced"] for row in rows if float(row["change_bp"]) < 0}


def test_the_notice_names_the_sources_and_denies_endorsement() -> None:
    notice = (FOLDER / "NOTICE.md").read_text()
    for words in ("Kenneth R. French", "Federal Reserve", "NBER", "No affiliation, no endorsement", "attribution"):
        assert words in notice
    for asset in catalog.ASSETS:
        assert f"- `{asset.name}`: " in notice


# DOMAIN section 4: tracking errors 2005 to 2025, monthly, annualised, printed to a tenth of a percent.
@pytest.mark.parametrize(
    ("asset", "fund", "published"), [("small", "IWM", 1.8), ("mid", "IWR", 1.4), ("large", "SPY", 1.0)]
)
def test_an_index_tracks_the_fund_it_stands_for(
    market: Market, raw_data: Path, asset: str, fund: str, published: float
) -> None:
    with (raw_data / "funds" / f"{fund}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    adjusted = np.array([float(row["Adj Close"]) for row in rows])
    held = month_growth(days([row["Date"] for row in rows]), adjusted)
    first, last = market.spans[asset]
    level = market.prices[first : last + 1, market.column(asset)]
    index = month_growth(market.sessions[first : last + 1], level)
    gaps = [index[month] - held[month] for month in held if "2005-02" <= month <= "2025-05"]
    assert len(gaps) == 244
    assert round(100 * float(np.std(gaps, ddof=1)) * 12**0.5, 1) == published
