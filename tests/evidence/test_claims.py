"""The note's statements: verdicts by the rules written down, on the bundle and on markets made to give each answer."""

from __future__ import annotations

import csv
import os
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedcycle.backtests.analysis.event_study import Dating, event_study
from fedcycle.backtests.audit import scrambled
from fedcycle.backtests.claims import CLAIMS, Evidence, Finding, evaluate_claims
from fedcycle.backtests.claims.claim import Alternative
from fedcycle.backtests.claims.data import rolling_correlation, slope
from fedcycle.backtests.claims.index_closes import fall
from fedcycle.backtests.claims.markdown import meaning
from fedcycle.backtests.claims.markdown import page as markdown
from fedcycle.backtests.claims.samples import both_samples
from fedcycle.backtests.core.fed_cycles import easing_cycles
from fedcycle.backtests.tearsheet.pages import claims as page
from fedcycle.data.dataset import load_market
from fedcycle.data.errors import DataError
from fedcycle.data.market import Market
from fedcycle.data.series import Series, Unit

ROOT = Path(__file__).parents[2]
VERDICTS = {"supported", "contradicted", "cannot tell", "not testable"}


@pytest.fixture(scope="module")
def document(bundle: Market) -> dict[str, Any]:
    return evaluate_claims(bundle).document


def judged(market: Market, claim: str, as_of: str | None = None) -> dict[str, Any]:
    """One statement, judged."""
    evidence = Evidence.of(market, None if as_of is None else np.datetime64(as_of))
    found = next(c for c in CLAIMS if c.id == claim)
    finding = found.judged(evidence)
    return {f.name: getattr(finding, f.name) for f in fields(finding)}


def by_id(document: dict[str, Any], claim: str) -> dict[str, Any]:
    return next(c for c in document["claims"] if c["id"] == claim)


def supporting(document: dict[str, Any], claim: str, label: str) -> dict[str, Any]:
    return next(b for b in by_id(document, claim)["supporting"] if label in b["label"])


def alternative(document: dict[str, Any], claim: str, value: str) -> dict[str, Any]:
    return next(a for a in by_id(document, claim)["alternatives"] if value in a["value"])


# --- the list ---


def test_there_are_twelve_statements_one_file_each(document: dict[str, Any]) -> None:
    assert [c["id"] for c in document["claims"]] == [f"C{k}" for k in range(1, 13)]
    files = sorted(p.name[:3] for p in (ROOT / "backtests" / "claims").glob("c[0-9][0-9]_*.py"))
    assert files == [f"c{k:02d}" for k in range(1, 13)]


def test_every_statement_says_its_data_estimand_window_test_rule_and_alternative_explanation(
    document: dict[str, Any],
) -> None:
    for claim in document["claims"]:
        for key in ("text", "data", "estimand", "window", "test", "rule", "alternative_explanation", "summary"):
            assert len(claim[key]) > 3, f"{claim['id']} has no {key}"
        assert claim["verdict"] in VERDICTS
        assert claim["n"] > 0 or claim["verdict"] == "not testable", claim["id"]


# --- facts from outside ---


def test_the_yield_of_2025_01_13_was_the_highest_since_2023_10_31(document: dict[str, Any]) -> None:
    claim = by_id(document, "C11")
    # H.15: 4.79 on 2025-01-13, 4.77 on 2023-11-01 and 2025-01-10, 4.88 on 2023-10-31.
    assert (claim["verdict"], claim["estimate"]) == ("supported", 4.79)
    assert supporting(document, "C11", "highest between the days")["value"] == 4.77
    assert supporting(document, "C11", "on 2023-10-31")["value"] == 4.88


def test_a_yield_is_not_known_on_its_own_day(bundle: Market) -> None:
    on_the_day = judged(bundle, "C11", "2025-01-13")
    assert on_the_day["verdict"] == "not testable"
    assert "2025-01-10, 4.77%" in on_the_day["summary"]
    assert judged(bundle, "C11", "2025-01-14")["verdict"] == "supported"


def test_the_year_2024_was_the_worst_for_small_caps_since_1998(document: dict[str, Any]) -> None:
    claim = by_id(document, "C5")
    assert (claim["main_verdict"], claim["n"]) == ("supported", 26)
    # Russell: the 2000 returned 11.5% in 2024 and the 1000 24.5%; the portfolios track them to about 2 points a year.
    assert claim["estimate"] == pytest.approx(0.115 - 0.245, abs=0.03)


def test_the_correction_is_read_off_the_index_itself(document: dict[str, Any]) -> None:
    claim = by_id(document, "C1")
    # Reuters, 2025-01-10: 2,189.23, a drop of 10.35% from the closing high of 2,442.03.
    assert claim["estimate"] == pytest.approx(2189.23 / 2442.03 - 1)
    assert round(100 * claim["estimate"], 2) == -10.35
    assert (claim["verdict"], claim["interval"]) == ("supported", None)
    # The two changes of 2025-01-13 are not counted as checked: their close is implied by them.
    assert "1 of 1 on published closes agree" in claim["summary"]
    assert "2 rest on a close of 2025-01-13 implied by them" in claim["summary"]


@pytest.mark.parametrize(
    ("base", "day", "percent"),
    [("2024-11-25", "2025-01-10", -10.35), ("2024-11-05", "2025-01-13", -2.94), ("2024-12-31", "2025-01-13", -1.60)],
)
def test_the_shipped_closes_give_the_published_changes(base: str, day: str, percent: float) -> None:
    change = fall(base, day)
    assert change is not None
    assert round(100 * change, 2) == percent


def test_the_portfolio_that_stands_for_the_index_keeps_its_tracking_band(document: dict[str, Any]) -> None:
    row = supporting(document, "C1", "small of market bundle")
    low, high = row["interval"]
    # The index fell 10.35%: within two tracking errors of the portfolio, which by itself could not tell.
    assert low < -0.1035 < -0.10 < high
    assert "2024-11-25" in row["note"]


def test_the_36_month_correlation_is_the_plain_one_and_its_rank_a_count(
    document: dict[str, Any], bundle: Market
) -> None:
    sessions, closes = bundle.sessions, bundle.prices[:, bundle.column("small")]
    month = sessions.astype("datetime64[M]")
    ends = np.flatnonzero((month[1:] != month[:-1]) & (month[:-1] >= np.datetime64("1990-01")))
    dgs10 = bundle.series["DGS10"]
    level = np.array(
        [dgs10.values[dgs10.observed_on.astype("datetime64[M]") == m][-1] for m in month[ends]], dtype=float
    )
    upto = np.flatnonzero(month[ends] <= np.datetime64("2024-12"))
    x, y = np.diff(closes[ends][upto]) / closes[ends][upto][:-1], np.diff(level[upto])
    history = [float(np.corrcoef(x[k - 36 : k], y[k - 36 : k])[0, 1]) for k in range(36, len(x) + 1)]
    claim = by_id(document, "C4")
    assert claim["estimate"] == pytest.approx(history[-1])
    assert claim["n"] == len(history)
    assert (claim["main_verdict"] == "supported") == (history[-1] == min(history))


def test_a_rank_that_other_frequencies_and_lengths_do_not_confirm_cannot_be_told(document: dict[str, Any]) -> None:
    claim = by_id(document, "C4")
    assert (claim["main_verdict"], claim["verdict"]) == ("supported", "cannot tell")
    assert claim["depends_on"] == ["window length", "frequency"]
    assert alternative(document, "C4", "24 months")["verdict"] == "supported"
    assert alternative(document, "C4", "60 months")["verdict"] == "contradicted"
    assert alternative(document, "C4", "weekly")["verdict"] == "contradicted"
    # Large caps' correlation over the same months was lower still, so small caps are not special in it.
    assert supporting(document, "C4", "36 months, large")["value"] < claim["estimate"]
    assert "Large caps' was more negative still, −0.67" in claim["summary"]


def test_mid_caps_better_sharpe_ratio_depends_on_block_length_and_start(document: dict[str, Any]) -> None:
    claim = by_id(document, "C9")
    assert claim["estimate"] == pytest.approx(0.114, abs=0.001)
    assert (claim["main_verdict"], claim["verdict"]) == ("supported", "cannot tell")
    assert {"block length", "sample start"} <= set(claim["depends_on"])
    # Independent months: Jobson and Korkie with Memmel's correction give p = 0.054, so zero is just inside.
    assert alternative(document, "C9", "1 month")["interval"][0] < 0
    classical = alternative(document, "C9", "Jobson")
    assert (classical["verdict"], classical["note"]) == (
        "cannot tell",
        "Jobson-Korkie-Memmel p = 0.05, two-sided (n = 425)",
    )
    assert "test" in claim["depends_on"]


def test_quality_is_measured_like_for_like_and_after_publication(document: dict[str, Any]) -> None:
    claim = by_id(document, "C8")
    assert claim["estimate"] == pytest.approx(0.016, abs=0.0005)
    after = alternative(document, "C8", "after publication")
    assert (after["verdict"], after["note"]) == ("cannot tell", "n = 146")
    assert claim["verdict"] == "cannot tell"
    assert "sample start" in claim["depends_on"]
    # Against value-weighted small caps, which is not like for like, the difference was 2.3 points a year.
    assert supporting(document, "C8", "not like for like")["value"] == pytest.approx(0.023, abs=0.0005)


def test_the_like_for_like_benchmark_is_compiled_from_the_raw_file() -> None:
    raw = os.environ.get("FEDCYCLE_RAW_DATA")
    if not raw:
        pytest.skip("FEDCYCLE_RAW_DATA is not set: the raw portfolios are needed to compile the table again")
    with (Path(raw) / "french" / "25_Portfolios_ME_OP_5x5_Daily.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = [f"ME{size} OP{profit}" for size in (2, 3) for profit in range(1, 6)]
    level, ends = 100.0, {"1963-06": 100.0}
    for row in rows:
        level *= 1.0 + sum(float(row[c]) for c in columns) / 1000.0
        ends[f"{row['DATE'][:4]}-{row['DATE'][4:6]}"] = level
    with (ROOT / "backtests" / "claims" / "size_matched.csv").open(encoding="utf-8") as file:
        shipped = {row["date"][:7]: float(row["size_matched"]) for row in csv.DictReader(file)}
    assert shipped.keys() == ends.keys()
    # Levels are rounded to nine significant digits.
    np.testing.assert_allclose(list(shipped.values()), list(ends.values()), rtol=5.1e-9, atol=0)


def test_three_of_five_earlier_cycles_had_a_recession_so_not_all(document: dict[str, Any]) -> None:
    claim = by_id(document, "C7")
    assert (claim["verdict"], claim["estimate"], claim["n"]) == ("contradicted", 3 / 5, 5)
    assert supporting(document, "C7", "that began on 2024-09-18")["value"] == "no recession"


def test_windows_after_final_cuts_come_with_placebo_dates_and_split_by_recession(document: dict[str, Any]) -> None:
    for claim in ("C2", "C3"):
        found = by_id(document, claim)
        assert (found["verdict"], found["n"], found["stamps"]) == ("cannot tell", 5, ["HINDSIGHT"])
        assert 0 < supporting(document, claim, "placebo p-value")["value"] < 1
        assert supporting(document, claim, "with a recession")["note"] == "n = 3"
        assert supporting(document, claim, "without a recession")["note"] == "n = 2"
        marked = supporting(document, claim, "cycle of 2024-09-18")
        assert (marked["value"], marked["note"]) == (None, "the sessions end on 2025-08-29")


def test_the_placebo_p_value_of_the_year_after_rests_on_one_cycle(document: dict[str, Any]) -> None:
    assert supporting(document, "C2", "placebo p-value")["value"] < 0.002
    row = supporting(document, "C2", "one cycle left out")
    assert row["value"] == pytest.approx(0.183, abs=0.001)
    assert row["note"].startswith("without 2019")


def test_event_windows_are_also_tested_against_the_average_window(document: dict[str, Any], bundle: Market) -> None:
    row = supporting(document, "C2", "average of all windows as long")
    small, large = (bundle.prices[:, bundle.column(a)] for a in ("small", "large"))
    # Windows of 251 to 253 sessions: their averages differ by less than a hundredth of a point.
    year = np.exp(np.nanmean(np.log(small[252:] / small[:-252]) - np.log(large[252:] / large[:-252]))) - 1
    assert row["value"] == pytest.approx(year, abs=1e-3)
    assert alternative(document, "C2", "average of all windows")["estimate"] == pytest.approx(
        (1 + by_id(document, "C2")["estimate"]) / (1 + row["value"]) - 1
    )


def test_a_verdict_on_windows_is_also_given_by_the_difference_of_total_returns(
    document: dict[str, Any], bundle: Market
) -> None:
    """Over a window the measure is relative wealth; the difference of total returns stands among the alternatives."""
    [found] = [a for a in by_id(document, "C2")["alternatives"] if a["choice"] == "measure"]
    assert (found["value"], found["decides"]) == ("difference of total returns", True)
    study = event_study(bundle)
    gaps = [m["12m"].returns["small"] - m["12m"].returns["large"] for m in study.measured if m["12m"].complete]
    wealth = [
        (1 + m["12m"].returns["small"]) / (1 + m["12m"].returns["large"]) for m in study.measured if m["12m"].complete
    ]
    assert found["estimate"] == pytest.approx(sum(gaps) / len(gaps))
    assert found["shown"].endswith(" pp")
    assert by_id(document, "C2")["estimate"] == pytest.approx(np.prod(wealth) ** (1 / len(wealth)) - 1)
    assert by_id(document, "C2")["unit"] == "relative wealth"
    assert [a["choice"] for a in by_id(document, "C7")["alternatives"]].count("measure") == 1


def test_what_portfolios_know_nothing_of_is_not_testable(document: dict[str, Any]) -> None:
    assert by_id(document, "C10")["verdict"] == "not testable"
    assert supporting(document, "C8", "earnings revisions")["value"] == "not testable"
    assert supporting(document, "C8", "refinancing")["value"] == "not testable"
    assert "to 2024-12-31" in by_id(document, "C10")["summary"]


# --- rules, on markets made for the purpose ---

# Announcements 1994 to 2009 that make five cycles of one cut, each followed by a hike fourteen months later.
CUTS = ("1995-01-04", "1998-01-05", "2001-01-03", "2004-01-05", "2007-01-03")
HIKES = ("1996-03-04", "1999-03-03", "2002-03-04", "2005-03-02", "2008-03-03")


def made(lead: float, cycles: int = 5, noise: float = 0.0, *, always: bool = False) -> Market:
    """Small gains so much on large in each session after a cut and before the next hike, or always, 1994 to 2009.

    Mid lies between, quality above small.
    """
    sessions = np.arange(np.datetime64("1994-01-03"), np.datetime64("2010-01-01"))
    sessions = sessions[np.is_busday(sessions)]
    rng = np.random.default_rng(8)
    steps = rng.normal(0.0, noise, (len(sessions), 1)) if noise else np.zeros((len(sessions), 1))
    cuts, hikes = (np.array(d, dtype="datetime64[D]") for d in (CUTS, HIKES))
    easing = np.searchsorted(cuts, sessions) > np.searchsorted(hikes, sessions, side="right")
    on = np.ones(len(sessions)) if always else easing.astype(float)
    growth = 3e-4 + steps + lead * on[:, None] * np.array([1.0, 0.5, 0.0, 1.2, 1.0, 0.0])
    prices = 100 * np.exp(np.cumsum(growth, axis=0))
    told = sorted([(d, -25.0) for d in CUTS[:cycles]] + [(d, 25.0) for d in HIKES[:cycles]])
    days = np.array([d for d, _ in told], dtype="datetime64[D]")
    turns = np.array(["1990-07-01"], dtype="datetime64[D]")
    level = 5 + np.cumsum(rng.normal(0, 0.05, len(sessions)))
    series = {
        "target_change": Series("target_change", Unit.BASIS_POINTS, np.array([x for _, x in told]), days, days),
        "nber_turning_point": Series("nber_turning_point", Unit.TURNING_POINT, np.array([1.0]), turns, turns),
        "DGS10": Series("DGS10", Unit.PERCENT_PER_YEAR, level, sessions, sessions + np.timedelta64(1, "D")),
    }
    assets = ("small", "mid", "large", "small_quality", "small_ex_micro", "bills")
    return Market("made", sessions, assets, prices, series)


@pytest.mark.parametrize("claim", ["C2", "C3"])
@pytest.mark.parametrize(
    ("lead", "cycles", "verdict"),
    [
        (1e-4, 5, "supported"),
        (-1e-4, 5, "contradicted"),
        # Four of four is one chance in sixteen: never under one in twenty.
        (1e-4, 4, "cannot tell"),
    ],
)
def test_a_lead_in_all_of_five_windows_is_the_least_that_supports(
    claim: str, lead: float, cycles: int, verdict: str
) -> None:
    found = judged(made(lead, cycles), claim)
    assert (found["verdict"], found["n"]) == (verdict, cycles)


@pytest.mark.parametrize("claim", ["C2", "C3"])
def test_a_lead_that_every_window_has_depends_on_the_null_hypothesis(claim: str) -> None:
    """Small gains on large in every session alike: it leads after cuts, and just as much at any other time."""
    found = judged(made(1e-4, always=True), claim)
    assert (found["main_verdict"], found["verdict"]) == ("supported", "cannot tell")
    assert found["depends_on"] == ("null hypothesis",)


@pytest.mark.parametrize(("lead", "verdict"), [(1e-4, "supported"), (-1e-4, "contradicted"), (0.0, "cannot tell")])
def test_quality_is_judged_by_whether_its_interval_holds_zero(lead: float, verdict: str) -> None:
    assert judged(made(lead, noise=0.01, always=True), "C8")["verdict"] == verdict


def test_a_verdict_that_one_alternative_does_not_confirm_says_on_what_it_depends() -> None:
    others = [
        Alternative(choice="frequency", value="weekly", verdict="cannot tell"),
        Alternative(choice="sample start", value="from 1998-01", verdict="supported"),
        Alternative(choice="block length", value="6 months", verdict=None, note="cannot be computed"),
    ]
    found = Finding(verdict="supported", summary="", alternatives=tuple(others)).settled()
    assert (found.verdict, found.main_verdict, found.depends_on) == ("cannot tell", "supported", ("frequency",))
    assert found.shown_verdict == "cannot tell: depends on frequency"


def test_no_alternative_turns_what_cannot_be_told_into_a_verdict() -> None:
    other = Alternative(choice="frequency", value="weekly", verdict="supported")
    found = Finding(verdict="cannot tell", summary="", alternatives=(other,)).settled()
    assert (found.verdict, found.shown_verdict, found.depends_on) == ("cannot tell", "cannot tell", ())


# --- another market ---


def test_claims_on_another_market_say_what_that_market_shows(tmp_path: Path) -> None:
    """Five cycles without a recession, small ahead in all of them: nothing of the bundle's story may be left."""
    other = evaluate_claims(made(1e-4, noise=0.005)).document
    text = markdown(other)
    summary = " ".join(meaning(other))
    assert "Samples: made (" in text
    assert by_id(other, "C2")["summary"].startswith(
        "In the 12 months after a final cut small led large in 5 of 5 cycles; mean relative wealth +"
    )
    assert by_id(other, "C2")["summary"].endswith("exact sign-flip p = 0.03.")
    assert "C2 supported" in summary
    for canned in ("recession", "cannot be told", "heart of the note", "2019", "1998", "profitable", "for their risk"):
        assert canned not in summary, canned
    assert "2019" not in by_id(other, "C2")["summary"] + by_id(other, "C3")["summary"]
    # The shipped table of like-for-like levels belongs to the bundle's quality portfolio and to no other.
    assert "no benchmark of the same size rows" in by_id(other, "C8")["summary"]
    assert "no sector that can be compared" in by_id(other, "C10")["summary"]
    for claim in ("C4", "C5", "C7", "C11"):
        assert by_id(other, claim)["verdict"] == "not testable"
    assert "C2: supported" in page.render(other, meaning(other))


def test_cycles_may_be_dated_by_another_function_of_the_market(bundle: Market) -> None:
    two = Dating("two cycles of the record", lambda market, how: easing_cycles(market, how)[2:4], ("target_change",))
    results = evaluate_claims(bundle, dating=two).document
    assert results["dating"] == "two cycles of the record"
    assert by_id(results, "C2")["n"] == 2
    assert [a["value"] for a in by_id(results, "C9")["alternatives"] if a["choice"] == "cycle left out"] == [
        "without 2001",
        "without 2007",
    ]


def test_without_a_lead_of_either_rates_are_judged_by_the_slope_alone() -> None:
    market = made(0.0)
    x = market.series["DGS10"].values
    # Small falls by a hundredth for each point of rise in the yield, and moves with nothing else.
    prices = market.prices.copy()
    prices[:, 0] = 100 * np.exp(-0.01 * (x - x[0]))
    found = judged(replace(market, prices=prices), "C12")
    assert (found["verdict"], found["main_verdict"]) == ("supported", "supported")
    assert found["estimate"] == pytest.approx(-0.01, rel=0.05)


# --- as of a day ---


def test_as_of_a_day_nothing_later_is_used(bundle: Market) -> None:
    day = np.datetime64("2025-01-13")
    one, two = (evaluate_claims(m, day).document for m in (bundle, scrambled(bundle, day, seed=9)))
    one.pop("market"), two.pop("market")
    assert one == two
    assert one["as_of"] == "2025-01-13"
    assert one["last_session"] == "2025-01-13"


def test_as_of_the_note_s_monday_the_cut_of_december_was_not_known_to_be_final(bundle: Market) -> None:
    found = judged(bundle, "C2", "2025-01-13")
    row = next(b for b in found["supporting"] if "2024-09-18" in b.label)
    assert (row.value, "open" in row.note) == (None, True)


def test_as_of_a_day_long_before_what_lies_ahead_is_not_testable(bundle: Market) -> None:
    for claim in ("C1", "C4", "C5", "C7", "C11"):
        assert judged(bundle, claim, "2020-01-06")["verdict"] == "not testable", claim


def test_as_of_a_day_before_the_data_is_refused(bundle: Market) -> None:
    with pytest.raises(DataError, match="before the first session"):
        evaluate_claims(bundle, np.datetime64("1980-01-01"))


def test_before_the_fed_spoke_no_statement_breaks(bundle: Market) -> None:
    for day in ("1990-01-02", "1991-01-02", "1993-12-31", "1995-12-29"):
        verdicts = {c["verdict"] for c in evaluate_claims(bundle, np.datetime64(day)).document["claims"]}
        assert verdicts <= VERDICTS


def test_a_market_without_mid_caps_cannot_test_them_and_says_so(bundle: Market) -> None:
    kept = [k for k, a in enumerate(bundle.assets) if a != "mid"]
    without = replace(bundle, assets=tuple(bundle.assets[k] for k in kept), prices=bundle.prices[:, kept])
    found = judged(without, "C9")
    assert (found["verdict"], found["summary"]) == ("not testable", "Market bundle has no asset mid.")
    assert judged(without, "C5")["main_verdict"] == "supported"


# --- months, days and slopes ---


def small_market(days: list[str], yields: dict[str, float]) -> Market:
    sessions = np.array(days, dtype="datetime64[D]")
    prices = np.array([[100.0 + k] for k in range(len(days))])
    observed = np.array(list(yields), dtype="datetime64[D]")
    dgs10 = Series(
        "DGS10", Unit.PERCENT_PER_YEAR, np.array(list(yields.values())), observed, observed + np.timedelta64(1, "D")
    )
    return Market("tiny", sessions, ("small",), prices, {"DGS10": dgs10})


def test_a_session_without_a_yield_makes_no_pair_and_the_next_change_spans_it() -> None:
    days = ["2001-01-02", "2001-01-03", "2001-01-04", "2001-01-05"]
    market = small_market(days, {"2001-01-02": 5.0, "2001-01-04": 5.3, "2001-01-05": 5.2})
    at, returns, changes = Evidence(market).daily_pairs("small")
    assert at.astype(str).tolist() == ["2001-01-04", "2001-01-05"]
    # Closes are 100, 101, 102 and 103: the return of a session is always against the session before.
    np.testing.assert_allclose(returns[:, 0], [102 / 101 - 1, 103 / 102 - 1])
    np.testing.assert_allclose(changes, [0.3, -0.1])


def test_a_month_whose_last_yield_is_not_known_yet_has_no_change() -> None:
    days = ["2001-01-31", "2001-02-28", "2001-03-30"]
    known = {"2001-01-31": 5.0, "2001-02-28": 5.4, "2001-03-29": 4.9}
    evidence = Evidence(small_market(days, known))
    months, changes = evidence.yield_changes(evidence.months("small"))
    assert months.ends.astype(str).tolist() == ["2001-02-28"]
    np.testing.assert_allclose(changes, [0.4])


def test_rolling_correlations_are_numpy_s() -> None:
    x, y = np.random.default_rng(2).normal(size=(2, 30))
    mine = rolling_correlation(x, y, 7)
    np.testing.assert_allclose(mine, [np.corrcoef(x[k : k + 7], y[k : k + 7])[0, 1] for k in range(24)])


def test_a_slope_is_rise_over_run() -> None:
    assert slope(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0])) == pytest.approx(2.0)


# --- pages ---


@pytest.mark.slow
def test_the_page_of_findings_is_what_both_samples_give_today(bundle: Market) -> None:
    written = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    document = both_samples(bundle, load_market("long"))
    assert written == markdown(document), "run: fedcycle claims --markdown docs/findings.md"


def test_the_html_page_shows_every_statement_its_verdict_and_its_rule(document: dict[str, Any]) -> None:
    html = page.render(document, meaning(document))
    for claim in document["claims"]:
        assert f"{claim['id']}: {claim['shown']['verdict']}" in html
    assert html.count("Rule of the verdict, written down beforehand") == 12
    # A table's title stands in its caption and once more for screen readers.
    tables = sum(bool(c["alternatives"]) for c in document["claims"])
    assert (tables, html.count("Sensitivity of the verdict")) == (9, 2 * tables)
    assert "HINDSIGHT" in html


def test_what_a_user_calls_a_market_cannot_write_into_a_page(document: dict[str, Any]) -> None:
    mean = {**document, "market": {"name": "<b>x</b>|", "digest": ""}}
    assert "<b>x</b>" not in page.render(mean, meaning(mean))


def test_the_plain_words_count_the_verdicts(document: dict[str, Any]) -> None:
    counts = document["counts"]
    assert sum(counts.values()) == 12
    assert f"support {counts['supported']}, contradict {counts['contradicted']}" in meaning(document)[0]
