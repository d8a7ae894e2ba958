"""Values too old to stand for the day are refused, wherever they are read; or allowed, and stamped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fedcycle.backtests.audit import audit
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.data.dataset import load_market
from fedcycle.data.errors import Stale
from fedcycle.data.market import Market
from fedcycle.data.reach import newest, reach, reach_sentence, stale_series
from fedcycle.data.series import Series, Unit
from fedcycle.data.staleness import fresh_until
from fedcycle.strategies import library

SESSIONS = np.arange("2026-09-01", "2026-10-06", dtype="datetime64[D]")
SESSIONS = SESSIONS[np.is_busday(SESSIONS)]


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def yields(last: str) -> Series:
    """A yield observed in every session up to a day, known the day after."""
    observed = SESSIONS[day(last) >= SESSIONS]
    fresh = fresh_until("daily", observed, SESSIONS)
    known = observed + np.timedelta64(1, "D")
    values = np.linspace(4.0, 4.5, len(observed))
    return Series("DGS10", Unit.PERCENT_PER_YEAR, values, observed, known, complete_to=observed[-1], fresh_until=fresh)


def changes(complete_to: str) -> Series:
    """A cut of 2026-01-28 (made up), in a table that is complete to a day."""
    told = np.array(["2026-01-28"], dtype="datetime64[D]")
    fresh = fresh_until("events", told, told, complete_to=day(complete_to))
    bp = np.array([-25.0])
    complete = day(complete_to)
    return Series("target_change", Unit.BASIS_POINTS, bp, told, told, complete_to=complete, fresh_until=fresh)


def market(*series: Series, allow_stale: bool = False) -> Market:
    prices = np.column_stack([np.linspace(100.0, 110.0, len(SESSIONS)), np.full(len(SESSIONS), 50.0)])
    held = {s.name: s for s in series}
    return Market("made up", SESSIONS, ("small", "large"), prices, held, allow_stale=allow_stale)


def test_a_daily_value_stands_for_ten_sessions_and_not_for_the_eleventh() -> None:
    held = market(yields("2026-09-04"))  # a Friday, so the tenth session after it is Friday the 18th
    assert held.as_of(day("2026-09-18")).latest("DGS10") == 4.5
    with pytest.raises(Stale, match=r"DGS10: .* is of 2026-09-04, .*fedcycle data fetch.*allow_stale: true"):
        held.as_of(day("2026-09-21")).latest("DGS10")
    with pytest.raises(Stale):
        held.as_of(day("2026-09-21")).history("DGS10")


def test_a_hole_in_the_middle_of_a_series_is_refused_too() -> None:
    whole = yields("2026-10-05")
    kept = (whole.observed_on <= day("2026-09-04")) | (whole.observed_on >= day("2026-09-28"))
    assert whole.fresh_until is not None
    parts = {k: getattr(whole, k)[kept] for k in ("values", "observed_on", "known_on", "fresh_until")}
    held = market(replace(whole, **parts))
    with pytest.raises(Stale):
        held.as_of(day("2026-09-25")).latest("DGS10")
    assert held.as_of(day("2026-09-29")).latest("DGS10") > 4.0


def test_a_table_of_events_is_refused_the_day_after_it_is_complete() -> None:
    held = market(changes("2026-09-17"))
    assert held.as_of(day("2026-09-17")).latest("target_change") == -25.0
    with pytest.raises(Stale, match="target_change: its table of changes is complete to 2026-09-17 only"):
        held.as_of(day("2026-09-18")).latest("target_change")


def test_an_allowed_stale_value_is_served() -> None:
    held = market(changes("2026-09-17"), yields("2026-09-04"), allow_stale=True)
    assert held.as_of(day("2026-10-05")).latest("target_change") == -25.0
    assert stale_series(held, held.sessions) == ("target_change", "DGS10")
    assert stale_series(held, held.sessions[:5]) == ()


def test_a_truncated_market_is_complete_to_its_last_session_and_keeps_what_is_fresh() -> None:
    cut = market(changes("2026-09-17"), yields("2026-10-02")).truncated(day("2026-09-10"))
    assert cut.series["target_change"].complete_to == day("2026-09-10")
    assert cut.series["DGS10"].observed_on[-1] == day("2026-09-09")
    assert cut.as_of(day("2026-09-10")).latest("target_change") == -25.0


def test_a_run_that_would_decide_on_stale_changes_is_refused_before_it_starts() -> None:
    rule = library.load("RateCycleTiming")(risk_on="small", risk_off="large")
    held = market(changes("2026-09-17"))
    asked = {"strategy": rule, "start": SESSIONS[0], "end": SESSIONS[-1], "schedule": "daily"}
    with pytest.raises(BacktestError, match=r"RateCycleTiming: target_change: its table .* 2026-09-18 is later"):
        Backtest(market=held, **asked)
    Backtest(market=held, **(asked | {"end": day("2026-09-17")}))  # ends in time
    Backtest(market=replace(held, allow_stale=True), **asked)


def test_the_audit_counts_the_age_itself_and_reports_what_was_allowed() -> None:
    rule = library.load("RateCycleTiming")(risk_on="small", risk_off="large")
    test = Backtest(
        market=market(changes("2026-09-17"), allow_stale=True),
        strategy=rule,
        start=SESSIONS[0],
        end=SESSIONS[-1],
        schedule="daily",
    )
    found = audit(test)
    check = {c.name: c for c in found.checks}["stale"]
    assert (found.verdict, check.verdict) == ("pass", "allowed")
    assert check.violation is not None
    assert check.violation.day == "2026-09-18"
    assert "target_change, but its table is complete to 2026-09-17 only" in found.text


def test_the_audit_fails_a_market_whose_values_claim_to_be_fresh_for_ever() -> None:
    rule = library.load("MidOverSmall")(
        small="small", mid="large", when="rates_press", surge_sessions=2, correlation_sessions=20
    )
    held = _stopped()
    start, end = held.sessions[60], day("2025-09-19")
    found = audit(Backtest(market=held, strategy=rule, start=start, end=end, schedule="week_end"), sample=5)
    check = {c.name: c for c in found.checks}["stale"]
    assert check.verdict == "fail"
    assert "sessions before" in (check.violation.sentence if check.violation else "")


def _stopped() -> Market:
    """A year whose yields end on 2025-07-29 and claim to be fresh for sixty days."""
    rng = np.random.default_rng(4)
    days = np.arange("2025-01-01", "2025-12-31", dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    prices = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, (len(days), 2)), axis=0))
    level = 4 + np.cumsum(rng.normal(0, 0.05, len(days)))
    observed = days[:150]
    known = observed + np.timedelta64(1, "D")
    fresh = observed + np.timedelta64(60, "D")
    series = Series("DGS10", Unit.PERCENT_PER_YEAR, level[:150], observed, known, fresh_until=fresh)
    return Market("stopped", days, ("small", "large"), prices, {"DGS10": series})


def test_every_series_of_the_bundle_says_until_when_it_is_complete() -> None:
    held = load_market("bundle")
    complete = {name: str(s.complete_to) for name, s in held.series.items()}
    assert complete["target_change"] == "2026-09-17"  # the effective day of the last change in the table
    assert complete["nber_turning_point"] == "2026-09-17"
    assert complete["DGS10"] == "2026-08-20"
    assert all(s.fresh_until is not None for s in held.series.values())


def test_nothing_in_the_bundle_is_refused_within_its_own_span() -> None:
    held = load_market("bundle")
    assert stale_series(held, held.sessions) == ()


def test_reach_says_what_is_spliced_and_when_a_table_last_changed() -> None:
    reached = reach(load_market("bundle"), ("small", "bills", "target_change", "no such thing"))
    said = reach_sentence(reached)
    assert "2025-05-30 for small" in said
    assert "2026-09-17 for target_change (last change 2026-09-17)" in said
    assert "accrued at DGS3MO" in said
    assert newest(reached) == day("2025-08-29")


def test_old_data_are_called_old_and_new_ones_are_not() -> None:
    import datetime as dt

    from fedcycle.backtests.cli.freshness import age_note

    reached: Any = reach(load_market("bundle"), ("small",))
    assert "2025-05-30, 46 days ago" in age_note(reached, dt.date(2025, 7, 15))
    assert "fedcycle data fetch" in age_note(reached, dt.date(2025, 7, 15))
    assert age_note(reached, dt.date(2025, 7, 14)) == ""
    # What no publisher of ours has cannot be fetched.
    own: Any = [{**reached[0], "name": "IWM"}]
    assert age_note(own, dt.date(2025, 7, 15)).endswith("for newer ones: fedcycle data add with newer files of IWM")
