"""Every way to date easings, in the study and in the statements, against plain arithmetic on raw files."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedcycle.backtests.analysis import side_by_side
from fedcycle.backtests.analysis.cycle_datings import PAIR, dated_studies, document, study_document, whole
from fedcycle.backtests.analysis.event_study import event_study
from fedcycle.backtests.claims import evaluate_claims
from fedcycle.backtests.claims.claim import Alternative, Finding
from fedcycle.backtests.claims.samples import ON_BOTH, both_samples
from fedcycle.backtests.inference.measure import DIFFERENCE
from fedcycle.backtests.inference.small_sample import small_sample_summary
from fedcycle.backtests.tearsheet.pages import claims as claims_page
from fedcycle.backtests.tearsheet.pages import cycles as cycles_page
from fedcycle.data.dataset import load_market
from fedcycle.data.market import Market


@pytest.fixture(scope="module")
def long() -> Market:
    return load_market("long")


@pytest.fixture(scope="module")
def dated(long: Market) -> list[dict[str, Any]]:
    return document(event_study(long), "12m", PAIR)


@pytest.fixture(scope="module")
def both(bundle: Market, long: Market) -> dict[str, Any]:
    return both_samples(bundle, long)


@pytest.fixture(scope="module")
def raw() -> Path:
    folder = os.environ.get("FEDCYCLE_RAW_DATA")
    if not folder:
        pytest.skip("FEDCYCLE_RAW_DATA is not set: it names the folder with the publishers' raw files")
    return Path(folder)


def growth(market: Market, asset: str, day: date) -> float:
    """The level of an asset at the last close on or before a day."""
    at = int(np.searchsorted(market.sessions, np.datetime64(day), side="right")) - 1
    return float(market.prices[at, market.assets.index(asset)])


def lead(market: Market, final: date) -> float | None:
    """Small's relative wealth against large from the first close on or after a day to the last within a year of it."""
    at = int(np.searchsorted(market.sessions, np.datetime64(final)))
    last = final.replace(year=final.year + 1, day=28 if (final.month, final.day) == (2, 29) else final.day)
    if (
        np.datetime64(last)
        > market.sessions[np.flatnonzero(~np.isnan(market.prices[:, market.assets.index("small")]))[-1]]
    ):
        return None
    begin = market.sessions[at].item()
    one, other = (growth(market, asset, last) / growth(market, asset, begin) for asset in ("small", "large"))
    return one / other - 1


def flip_p(values: Sequence[float]) -> float:
    """The share of all assignments of signs with a sum of logarithms at least as large, every one counted."""
    sums, logs = np.zeros(1), np.log1p(values)
    for x in logs:
        sums = np.concatenate([sums + abs(x), sums - abs(x)])
    return float((sums >= sum(logs) - 1e-12).mean())


def turning_points(raw: Path) -> list[date]:
    """The last days of the months in which the funds rate stood lowest before it rose by a point, one plain pass."""
    with (raw / "fred" / "FEDFUNDS.csv").open(encoding="utf-8") as file:
        rows = [(date.fromisoformat(a), float(b)) for a, b in list(csv.reader(file))[1:] if b]
    troughs, looking_for, extreme = [], "peak", rows[0]
    for month, rate in rows:
        if looking_for == "peak":
            extreme = (month, rate) if rate >= extreme[1] else extreme
            if extreme[1] - rate > 0.9999999:
                looking_for, extreme = "trough", (month, rate)
        else:
            extreme = (month, rate) if rate <= extreme[1] else extreme
            if rate - extreme[1] > 0.9999999:
                troughs.append(extreme[0])
                looking_for, extreme = "peak", (month, rate)
    return [(m.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1) for m in troughs]


def reconstructed(raw: Path) -> list[date]:
    """The last cut of every run of cuts of 75 bp and more that a rise ended, by announcement from 1994 on."""
    finals, run, last = [], 0.0, None
    with (raw / "fomc_target_changes.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            announced = row["announced"]
            day = date.fromisoformat(announced if announced >= "1994-02-04" else row["effective"])
            change = float(row["change_bp"])
            if change > 0:
                if run >= 75 and last is not None:
                    finals.append(last)
                run = 0.0
            elif change < 0:
                run, last = run - change, day
    return finals


@pytest.mark.parametrize(
    ("place", "finals", "n", "mean", "p"),
    # Differences of total returns, as the specification has them: +5 points with p near 0.06 for turning points of the
    # funds rate. Relative wealth is tested against the raw files themselves.
    [(1, reconstructed, 12, 7.8, 0.126), (2, turning_points, 19, 5.0, 0.058)],
)
def test_the_other_ways_of_dating_are_those_worked_out_from_the_raw_files(
    long: Market, dated: list[dict[str, Any]], raw: Path, place: int, finals: Any, n: int, mean: float, p: float
) -> None:
    expected = [x for final in finals(raw) if (x := lead(long, final)) is not None]
    mine = [c["relative_wealth"] for c in dated[place]["cycles"] if c["relative_wealth"] is not None]
    assert mine == pytest.approx(expected, abs=1e-9)
    told = whole(dated[place])
    assert told is not None
    assert told["n"] == n
    assert told["mean"] == pytest.approx(np.prod([1 + x for x in expected]) ** (1 / n) - 1)
    assert told["p"] == pytest.approx(flip_p(expected), abs=1e-12)
    plainly = by_difference(long, place)
    assert (100 * plainly["mean"], plainly["p"]) == (pytest.approx(mean, abs=0.05), pytest.approx(p, abs=0.001))


def by_difference(market: Market, place: int) -> dict[str, Any]:
    """The tests of the differences of total returns by one way of dating."""
    study = dated_studies(event_study(market))[place].study
    assert study is not None
    values = [x for _, x in study.compared("12m", PAIR, DIFFERENCE)]
    averages = study.averages("12m", PAIR, DIFFERENCE)
    return small_sample_summary(values, [""] * len(values), averages=averages, measure=DIFFERENCE)


def test_the_primary_way_passes_against_both_null_hypotheses(long: Market, dated: list[dict[str, Any]]) -> None:
    told = whole(dated[0])
    assert told is not None
    leads = [c["relative_wealth"] for c in dated[0]["cycles"] if c["relative_wealth"] is not None]
    assert dated[0]["primary"]
    assert (told["n"], told["ahead"]) == (17, 12)
    assert told["mean"] == pytest.approx(np.prod([1 + x for x in leads]) ** (1 / 17) - 1)
    assert told["p"] == pytest.approx(flip_p(leads), abs=1e-12)
    assert told["p"] < 0.02
    assert told["above"] == pytest.approx((1 + told["mean"]) / (1 + told["average"]) - 1)
    assert told["p_above"] == pytest.approx(0.025, abs=0.005)
    assert told["verdict"] == "supported"
    # As differences of total returns: about +11 points, p under 0.01, against +2 for the average of all windows.
    plainly = by_difference(long, 0)
    assert 100 * plainly["mean"] == pytest.approx(11.2, abs=0.1)
    assert plainly["p"] < 0.01
    assert 100 * plainly["against_average"]["average"] == pytest.approx(2.0, abs=0.1)
    assert plainly["against_average"]["p"] == pytest.approx(0.025, abs=0.001)


def test_parts_partition_the_cycles_and_the_average_of_a_part_is_that_of_its_years(
    long: Market, dated: list[dict[str, Any]]
) -> None:
    parts = {part["part"]: part for part in dated[0]["parts"]}
    for year in ("1980", "1994"):
        assert parts[f"final cut before {year}"]["n"] + parts[f"final cut from {year} on"]["n"] == 17
    assert parts["with a recession"]["n"] + parts["without a recession"]["n"] == 17
    assert parts["without the 2020 cycle"]["n"] == 16
    assert (parts["with a recession"]["ahead"], parts["with a recession"]["n"]) == (11, 11)
    # The average over windows of 252 sessions that begin before 1980, plainly.
    there = np.flatnonzero(long.sessions < np.datetime64("1980-01-01"))
    column = [long.assets.index(a) for a in ("small", "large")]
    ratio = long.prices[there + 252][:, column] / long.prices[there][:, column]
    plainly = float(np.exp(np.log(ratio[:, 0] / ratio[:, 1]).mean()) - 1)
    assert event_study(long).average_window(PAIR, 252, end=np.datetime64("1980-01-01")) == pytest.approx(plainly)
    assert parts["final cut before 1980"]["average"] == pytest.approx(plainly, abs=0.002)


def test_the_bundle_has_the_cycle_of_1989_by_the_reconstructed_target_and_no_funds_rate(bundle: Market) -> None:
    primary, target, funds = document(event_study(bundle), "12m", PAIR)
    assert (len(primary["cycles"]), primary["cycles"][0]["first_cut"]) == (6, "1995-07-06")
    hidden = next(c for c in target["cycles"] if c["first_cut"] == "1989-06-06")
    assert (hidden["final_cut"], hidden["next_hike"]) == ("1992-09-04", "1994-02-04")
    assert hidden["relative_wealth"] is not None
    assert (funds["parts"], funds["problem"]) == ([], "market bundle has no FEDFUNDS")


def test_as_of_a_day_no_way_of_dating_uses_a_later_change(long: Market) -> None:
    for each in document(event_study(long, as_of=np.datetime64("2005-01-31")), "12m", PAIR):
        assert all(c["final_cut"] < "2005-02-01" for c in each["cycles"]), each["dating"]
        assert all((c["next_hike"] or "") < "2005-02-01" for c in each["cycles"]), each["dating"]


def test_a_market_of_another_bank_is_not_dated_by_the_feds_table(bundle: Market) -> None:
    changes = bundle.series["target_change"]
    late = changes.known_on > np.datetime64("2000-01-01")
    own = replace(
        changes,
        values=changes.values[late],
        observed_on=changes.observed_on[late],
        known_on=changes.known_on[late],
        fresh_until=None,
        derived=None,
    )
    market = replace(bundle, series={**bundle.series, "target_change": own})
    assert "not its own" in document(event_study(market), "12m", PAIR)[1]["problem"]


# --- in the statements ---


def test_seven_statements_are_judged_on_both_samples_and_rest_on_the_long_one(
    both: dict[str, Any], bundle: Market
) -> None:
    short = {c["id"]: c for c in evaluate_claims(bundle, only=("C2", "C12")).document["claims"]}
    for claim in both["claims"]:
        names = [each["sample"] for each in claim["samples"]]
        assert names == (["bundle", "long"] if claim["id"] in ON_BOTH else ["bundle"])
        assert claim["sample"] == names[-1]
        if claim["id"] in short:
            assert claim["samples"][0]["estimate"] == short[claim["id"]]["estimate"]
            assert claim["samples"][1]["estimate"] == claim["estimate"] != short[claim["id"]]["estimate"]
    assert sum(both["counts"].values()) == 12


def test_c2_passes_its_main_analysis_on_seventy_years_and_still_depends_on_the_start(both: dict[str, Any]) -> None:
    claim = next(c for c in both["claims"] if c["id"] == "C2")
    assert (claim["main_verdict"], claim["verdict"]) == ("supported", "cannot tell")
    assert claim["depends_on"] == ["sample start"]
    null = next(a for a in claim["alternatives"] if a["choice"] == "null hypothesis")
    assert null["verdict"] == "supported"
    others = [a for a in claim["alternatives"] if not a["decides"]]
    assert [a["verdict"] for a in others] == ["cannot tell", "cannot tell"]
    assert claim["by_dating"].count("over the average of all windows") == 3


def test_recoveries_before_1980_are_in_the_report_though_nobody_announced_them(both: dict[str, Any]) -> None:
    claim = next(c for c in both["claims"] if c["id"] == "C6")
    shown = [s for s in claim["supporting"] if s["label"].startswith("12 months after")]
    assert len(shown) == 11
    assert "no 10-year yield" in shown[0]["note"]
    assert (claim["n"], claim["main_verdict"]) == (3, "cannot tell")


def test_quality_has_its_like_for_like_benchmark_since_1963(both: dict[str, Any]) -> None:
    claim = next(c for c in both["claims"] if c["id"] == "C8")
    # 1963-07 to 2025-08.
    assert (claim["sample"], claim["n"]) == ("long", 746)
    assert "like for like." not in claim["summary"]


def test_what_is_said_of_both_samples_is_computed(both: dict[str, Any]) -> None:
    adds, opened = side_by_side.what_long_adds(both), side_by_side.what_stays_open(both)
    assert any(text.startswith("C2, cycles with a recession: small led large in 11 of 11") for text in adds)
    assert any(text.startswith("C12: the estimate has another sign") for text in adds)
    assert {text[: text.index(" ")] for text in opened} == {"C2", "C3", "C6", "C8", "C9", "C12"}
    turned = {**both, "claims": [c | {"samples": c["samples"][-1:]} for c in both["claims"]]}
    assert side_by_side.what_long_adds(turned) == []


@pytest.mark.parametrize(
    ("others", "shown"),
    [
        (("supported", "supported"), "supported by every way of dating"),
        (("supported", "cannot tell"), "supported by the primary dating; one: supported; two: cannot tell"),
        ((None, None), "supported"),
    ],
)
def test_a_verdict_says_what_the_other_ways_of_dating_give_and_they_do_not_overrule_it(
    others: Sequence[Any], shown: str
) -> None:
    beside = tuple(
        Alternative(choice="dating", value=name, verdict=verdict, decides=False)
        for name, verdict in zip(("one", "two"), others, strict=True)
    )
    finding = Finding(verdict="supported", summary="", alternatives=beside).settled()
    assert (finding.verdict, finding.shown_verdict) == ("supported", shown)
    decides = replace(finding, alternatives=(Alternative(choice="start", value="x", verdict="cannot tell"), *beside))
    assert decides.settled().shown_verdict == "cannot tell: depends on start"


def test_the_pages_show_both_samples_and_every_way_of_dating(both: dict[str, Any], long: Market) -> None:
    html = claims_page.render(both, ["Summary.", "More."])
    for text in ("The same statements on both samples", "What not even 72 years can tell", "Until when the data reach"):
        assert text in html
    page = cycles_page.render(study_document(event_study(long)), [])
    for text in ("By each way of dating", "turning points of the funds rate since 1954", "1958-05-31"):
        assert text in page


def test_the_weekly_rank_of_the_correlation_depends_on_how_weeks_and_yields_are_read(bundle: Market) -> None:
    """The figures of docs/inference.md, by numpy alone: none of these readings puts the window first."""
    small, series = bundle.prices[:, bundle.assets.index("small")], bundle.series["DGS10"]
    every = np.arange(np.datetime64("1990-01-01"), np.datetime64("2025-01-13"))

    def rank(weekday: int, by_known: bool) -> tuple[int, int]:
        days = every[(every.astype(np.int64) + 3) % 7 == weekday]
        ends = np.unique(np.maximum(np.searchsorted(bundle.sessions, days, side="right") - 1, 0))
        dated = series.known_on if by_known else series.observed_on
        place = np.searchsorted(dated, bundle.sessions[ends], side="right") - 1
        ends, place = ends[place >= 0], place[place >= 0]
        change, growth = np.diff(series.values[place]), small[ends[1:]] / small[ends[:-1]] - 1
        windows = range(156, len(change) + 1)
        found = [np.corrcoef(growth[k - 156 : k], change[k - 156 : k])[0, 1] for k in windows]
        return 1 + int(np.sum(np.array(found) < found[-1])), len(found)

    assert rank(4, by_known=False) == (33, 1672)
    assert rank(4, by_known=True)[0] == 15
    others = [rank(weekday, by_known=False)[0] for weekday in range(4)]
    assert min(others) > 33
