"""A run by phase and by cycle, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.fed_cycles import Cycle
from fedcycle.backtests.statistics import by_cycle, by_phase


def day(text):
    return np.datetime64(text, "D")


WEEKDAYS = np.arange("2000-01-03", "2004-01-01", dtype="datetime64[D]")
WEEKDAYS = WEEKDAYS[np.is_busday(WEEKDAYS)]

CYCLE = Cycle(
    first_cut=day("2000-06-01"),  # a Thursday
    final_cut=day("2001-01-31"),
    next_hike=day("2003-07-01"),  # a Tuesday
    open=False,
    recession=True,
    cuts=3,
    cut_bp=75.0,
)


def sliced(start="2000-01-03", end="2003-12-31", *, cycles=(CYCLE,), calendar=WEEKDAYS):
    """Return by_cycle of an account worth its session's number, against a benchmark that is always worth 1."""
    sessions = WEEKDAYS[(day(start) <= WEEKDAYS) & (day(end) >= WEEKDAYS)]
    value = 1.0 + np.searchsorted(WEEKDAYS, sessions)
    return by_cycle(value, np.ones(len(value)), sessions=sessions, calendar=calendar, cycles=cycles)


def number(text):
    return 1.0 + float(np.searchsorted(WEEKDAYS, day(text)))


def test_a_year_of_sessions_has_a_return_a_year_and_one_session_fewer_has_none():
    for n, expected in ((252, 0.5), (251, None)):
        value = np.concatenate([[100.0], np.full(n, 150.0)])
        answer = by_phase(value, np.ones(n + 1), bills=np.ones(n + 1), phases=["easy"] * (n + 1))["easy"]
        assert (answer["sessions"], answer["excess_per_year"]) == (n, expected)
        assert answer["return_per_year"] == expected


def test_a_return_belongs_to_the_phase_told_at_the_previous_close():
    # Told hiking at the closes of 1 and 2, easy at 3 and 4: returns 2 and 3 are hiking's (+10%, -10%), 4 is easy's.
    value = np.array([100.0, 110.0, 99.0, 198.0])
    benchmark = np.array([100.0, 100.0, 105.0, 84.0])

    answer = by_phase(value, benchmark, bills=np.ones(4), phases=["hiking", "hiking", "easy", "easy"])

    assert answer["hiking"]["sessions"] == 2
    assert answer["hiking"]["total_return"] == pytest.approx(-0.01)
    assert answer["hiking"]["benchmark_return"] == pytest.approx(0.05)
    assert answer["hiking"]["relative_wealth"] == pytest.approx(0.99 / 1.05 - 1)
    assert answer["hiking"]["volatility"] == pytest.approx(0.1 * np.sqrt(2 * 252))
    assert answer["hiking"]["sharpe"] == pytest.approx(0.0)
    assert answer["easy"]["sessions"] == 1
    assert answer["easy"]["total_return"] == pytest.approx(1.0)


def test_a_phase_without_a_session_has_none_of_the_numbers():
    answer = by_phase(np.ones(2), np.ones(2), bills=np.ones(2), phases=["easy", "easy"])

    assert list(answer) == ["hiking", "plateau", "cutting", "easy"]
    assert answer["plateau"].pop("sessions") == 0
    assert set(answer["plateau"].values()) == {None}


@pytest.mark.parametrize("nothing", [None, ""])
def test_returns_before_the_first_known_change_belong_to_no_phase(nothing):
    answer = by_phase(np.array([1.0, 2.0, 3.0]), np.ones(3), bills=np.ones(3), phases=[nothing, "easy", "easy"])

    assert sum(x["sessions"] for x in answer.values()) == 1
    assert answer["easy"]["total_return"] == pytest.approx(0.5)


def test_a_phase_is_annualised_over_252_sessions_and_never_from_less_than_a_year():
    # 504 sessions in which the account makes 1.21: 10% a year.
    value = 1.1 ** (np.arange(505) / 252)

    answer = by_phase(value, np.ones(505), bills=np.ones(505), phases=["cutting"] * 504 + ["easy"])
    short = by_phase(value[:252], np.ones(252), bills=np.ones(252), phases=["cutting"] * 252)

    assert answer["cutting"]["return_per_year"] == pytest.approx(0.1)
    assert answer["cutting"]["benchmark_return_per_year"] == 0.0
    assert short["cutting"]["sessions"] == 251
    assert short["cutting"]["return_per_year"] is None


def test_a_phase_nobody_knows_is_refused():
    with pytest.raises(
        BacktestError, match="'holding' is no phase of the rate cycle; there are hiking, plateau, cutting"
    ):
        by_phase(np.ones(2), np.ones(2), bills=np.ones(2), phases=["easy", "holding"])


def test_the_windows_of_a_cycle_run_between_the_closes_that_know():
    [entry] = sliced()

    assert (entry["first_cut"], entry["final_cut"], entry["next_hike"]) == ("2000-06-01", "2001-01-31", "2003-07-01")
    assert (entry["open"], entry["recession"]) == (False, True)
    spans = {name: (w["start"], w["end"], w["complete"], w["note"]) for name, w in entry["windows"].items()}
    assert spans == {
        "first_cut_to_final_cut": ("2000-06-01", "2001-01-31", True, None),
        "12m": ("2001-01-31", "2002-01-31", True, None),
        "to_hike": ("2001-01-31", "2003-06-30", True, None),
    }
    year = entry["windows"]["12m"]
    assert year["return"] == pytest.approx(number("2002-01-31") / number("2001-01-31") - 1)
    assert (year["benchmark_return"], year["relative_wealth"]) == (0.0, pytest.approx(year["return"]))


def test_a_window_the_run_does_not_cover_is_marked_and_not_shortened():
    [entry] = sliced(start="2001-02-01", end="2003-06-27")

    for window in entry["windows"].values():
        assert not window["complete"]
        assert (window["return"], window["benchmark_return"], window["relative_wealth"]) == (None, None, None)
    assert entry["windows"]["12m"]["note"] == "the run begins on 2001-02-01, after the window's start"
    [entry] = sliced(start="2000-06-01", end="2002-01-30")
    assert entry["windows"]["12m"]["note"] == "the run ends on 2002-01-30, before the window's end"
    assert entry["windows"]["first_cut_to_final_cut"]["complete"]


def test_a_run_exactly_as_long_as_a_window_covers_it():
    [entry] = sliced(start="2001-01-31", end="2002-01-31")

    assert [name for name, w in entry["windows"].items() if w["complete"]] == ["12m"]


@pytest.mark.parametrize(
    ("start", "end", "entries"),
    [
        ("2000-01-03", "2000-05-31", 0),  # ends before the first cut
        ("2000-01-03", "2000-06-01", 1),  # its last close knows the first cut
        ("2003-06-30", "2003-12-31", 1),  # begins on the last close before the hike
        ("2003-07-01", "2003-12-31", 0),  # begins with the hike
    ],
)
def test_only_cycles_that_overlap_the_run_are_listed(start, end, entries):
    assert len(sliced(start, end)) == entries


def test_an_open_cycle_has_no_window_because_its_final_cut_is_not_known():
    still = Cycle(
        first_cut=day("2003-01-02"),
        final_cut=day("2003-02-03"),
        next_hike=None,
        open=True,
        recession=False,
        cuts=2,
        cut_bp=50.0,
    )

    [entry] = sliced(start="2003-06-02", cycles=(still,))

    assert entry["open"]
    assert entry["next_hike"] is None
    assert not any(w["complete"] for w in entry["windows"].values())
    assert {w["note"].split(":")[0] for w in entry["windows"].values()} == {"the cycle is open"}
