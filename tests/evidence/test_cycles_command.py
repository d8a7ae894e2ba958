"""The event study: every cycle, complete windows only, averages with n and exact tests, marks where nothing is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fedcycle.backtests.analysis.cycle_datings import study_document
from fedcycle.backtests.analysis.event_study import PAIRS, WINDOWS, EventStudy, event_study, named
from fedcycle.backtests.audit import scrambled
from fedcycle.backtests.tearsheet.pages import cycles as page
from fedcycle.data.errors import DataError
from fedcycle.data.market import Market
from fedcycle.data.series import Series, Unit

PAIR = "small / large"


@pytest.fixture(scope="module")
def study(bundle: Market) -> EventStudy:
    return event_study(bundle)


@pytest.fixture(scope="module")
def document(study: EventStudy) -> dict[str, Any]:
    return study_document(study)


def steady(changes: dict[str, float], **growth: float) -> Market:
    """Assets that grow by so much every session, on weekdays 2000 to 2009, with some changes of the target."""
    sessions = np.arange(np.datetime64("2000-01-03"), np.datetime64("2010-01-01"))
    sessions = sessions[np.is_busday(sessions)]
    k = np.arange(len(sessions))[:, None]
    prices = 100.0 * (1.0 + np.array(list(growth.values()))) ** k
    announced = np.array(list(changes), dtype="datetime64[D]")
    bp = np.array(list(changes.values()), dtype=float)
    turns = Series("nber_turning_point", Unit.TURNING_POINT, np.empty(0), announced[:0], announced[:0])
    series = {
        "target_change": Series("target_change", Unit.BASIS_POINTS, bp, announced, announced),
        "nber_turning_point": turns,
    }
    return Market("steady", sessions, tuple(growth), prices, series)


CYCLE = {"2001-01-03": -50.0, "2002-05-06": -25.0, "2003-03-05": 25.0}
"""One cycle: first cut on a Wednesday, final cut on a Monday, hike on a Wednesday."""


def test_the_cycles_are_those_of_the_record(document: dict[str, Any]) -> None:
    # Announcements: federalreserve.gov; recessions: nber.org.
    found = [(c["first_cut"], c["final_cut"], c["next_hike"], c["recession"]) for c in document["cycles"]]
    assert found == [
        ("1995-07-06", "1996-01-31", "1997-03-25", False),
        ("1998-09-29", "1998-11-17", "1999-06-30", False),
        ("2001-01-03", "2003-06-25", "2004-06-30", True),
        ("2007-09-18", "2008-12-16", "2015-12-16", True),
        ("2019-07-31", "2020-03-15", "2022-03-16", True),
        ("2024-09-18", "2025-12-10", "2026-09-16", False),
    ]


def test_an_incomplete_window_is_null_and_marked_and_enters_no_average(document: dict[str, Any]) -> None:
    last = document["cycles"][-1]
    assert last["windows"]["12m"] is None
    assert last["windows"]["to_hike"] is None
    assert last["spans"]["12m"]["note"] == "the sessions end on 2025-08-29"
    assert document["summary"]["12m"][PAIR]["n"] == 5


@pytest.mark.parametrize(
    ("window", "sessions"),
    [
        # Weekdays: 2002-05-06 (Monday) to 2003-05-06 (Tuesday) are 52 weeks and a day.
        ("12m", 261),
        # to 2003-03-04, the close before the hike: 43 weeks and a day.
        ("to_hike", 216),
        # 2001-01-03 (Wednesday) to 2002-01-03 (Thursday).
        ("first_cut_12m", 261),
        # 2003-03-05 (Wednesday) to 2004-03-05 (Friday): 52 weeks and two days.
        ("first_hike_12m", 262),
    ],
)
def test_each_window_runs_between_the_closes_it_says(window: str, sessions: int) -> None:
    found = event_study(steady(CYCLE, small=0.002, large=0.001)).document["cycles"][0]
    assert found["windows"][window]["small"] == pytest.approx(1.002**sessions - 1)
    assert found["relative_wealth"][window][PAIR] == pytest.approx((1.002 / 1.001) ** sessions - 1)


def test_the_lead_of_each_complete_window_is_averaged_with_its_exact_test(document: dict[str, Any]) -> None:
    leads = [c["relative_wealth"]["12m"][PAIR] for c in document["cycles"][:5]]
    summary = document["summary"]["12m"][PAIR]
    assert summary["mean"] == pytest.approx(np.prod([1 + x for x in leads]) ** (1 / 5) - 1)
    # Ahead in 2003, 2008 and 2020, behind in 1996 and 1998: of the 32 ways to flip signs, those that keep the three
    # large leads positive do as well, and the signs of the two small ones can be anything: 4 in 32.
    assert [x > 0 for x in leads] == [False, False, True, True, True]
    assert summary["p"] == pytest.approx(4 / 32)
    assert summary["sign_p"] == pytest.approx(16 / 32)
    assert summary["smallest_p"] == 1 / 32


def test_counting_2019_as_its_own_cycle_gives_it_no_window_to_a_hike_and_says_that_windows_overlap(
    bundle: Market,
) -> None:
    found = event_study(bundle, "episodes").document
    third_last = found["cycles"][-3]
    assert (third_last["first_cut"], third_last["final_cut"]) == ("2019-07-31", "2019-10-30")
    assert third_last["windows"]["to_hike"] is None
    assert third_last["spans"]["to_hike"]["note"] == "no hike came before the next episode of cuts"
    assert any("overlap" in note for note in found["notes"])
    assert found["other_dating"]["how"] == "runs"


def test_a_market_without_mid_caps_leaves_them_blank_and_says_so(bundle: Market) -> None:
    j = bundle.column("mid")
    kept = [k for k in range(len(bundle.assets)) if k != j]
    without = replace(bundle, assets=tuple(bundle.assets[k] for k in kept), prices=bundle.prices[:, kept])
    found = event_study(without).document
    assert found["cycles"][0]["windows"]["12m"]["mid"] is None
    assert found["cycles"][0]["windows"]["12m"]["small"] is not None
    assert found["summary"]["12m"]["mid / small"]["n"] == 0
    assert "Market bundle has no mid: its figures are left blank." in found["notes"]


def test_a_cycle_still_open_is_marked(bundle: Market) -> None:
    found = event_study(bundle, as_of=np.datetime64("2025-01-13")).document
    last = found["cycles"][-1]
    assert (last["final_cut"], last["next_hike"], last["open"]) == ("2024-12-18", None, True)
    assert "open" in last["spans"]["12m"]["note"]
    assert "The cycle that began on 2024-09-18 is open: its final cut is not known." in found["notes"]


def test_as_of_a_day_before_any_cut_there_is_no_cycle_and_a_sentence(bundle: Market) -> None:
    found = event_study(bundle, as_of=np.datetime64("1992-06-01")).document
    assert found["cycles"] == []
    assert found["summary"]["12m"][PAIR]["mean"] is None
    assert "No easing cycle was known in these data." in found["notes"]


def test_as_of_a_day_before_the_data_is_refused_with_their_first_day(bundle: Market) -> None:
    with pytest.raises(DataError, match="1980-01-01 is before the first session of market bundle, 1989-12-29"):
        event_study(bundle, as_of=np.datetime64("1980-01-01"))


def test_as_of_a_day_nothing_later_counts(bundle: Market) -> None:
    day = np.datetime64("2004-03-31")
    other = scrambled(bundle, day, seed=5)
    one, two = (event_study(m, as_of=day).document for m in (bundle, other))
    one.pop("market"), two.pop("market")
    assert one == two


def test_the_paths_are_zero_at_the_cut(study: EventStudy) -> None:
    paths = study.aligned()
    assert [str(cycle.first_cut)[:4] for cycle, _, _ in paths] == ["1995", "1998", "2001", "2007", "2019"]
    for _, offsets, lead in paths:
        assert lead[offsets == 0] == [0.0]
        assert offsets.min() == -126


def test_the_page_shows_every_cycle_every_window_and_the_stamp(study: EventStudy, document: dict[str, Any]) -> None:
    html = page.render(document, [(str(c.first_cut)[:4], x, y) for c, x, y in study.aligned()])
    for cycle in document["cycles"]:
        assert cycle["first_cut"] in html
    for words in WINDOWS.values():
        assert words in html
    assert html.count("HINDSIGHT") > len(WINDOWS)
    assert "the sessions end on 2025-08-29" in html


def test_the_page_says_what_hindsight_means_where_there_is_no_rule(document: dict[str, Any]) -> None:
    (said,) = re.findall(r'<p class="warning" role="note">(.*?)</p>', page.render(document, []))
    assert "nobody knew whether it was the final one" in said
    assert "The rule was told" not in said
    assert "upper bound" not in said


def test_a_market_s_name_cannot_write_into_the_page(study: EventStudy) -> None:
    mean = replace(study.market, name="<script>alert(1)</script>")
    html = page.render(study_document(event_study(mean)), [])
    assert "<script>alert(1)" not in html


def test_pairs_are_named_as_they_are_taken() -> None:
    assert [named(pair) for pair in PAIRS] == [
        "small / large",
        "mid / large",
        "mid / small",
        "small_quality / small",
    ]
