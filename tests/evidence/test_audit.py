"""The audit catches a planted cheat of each kind, says what it saw, and accuses nobody who is honest."""

from __future__ import annotations

import functools
import gc
import logging
import os
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter as innocent_name
from typing import Any, ClassVar

import numpy as np
import pytest

from fedcycle.backtests import config
from fedcycle.backtests.audit import Audit, audit, handing_over, scrambled
from fedcycle.backtests.audit.side_effects import SideEffectMonitor
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.workflows import study
from fedcycle.data.errors import NotYetKnown
from fedcycle.data.market import Market, MarketView
from fedcycle.data.series import Series
from fedcycle.strategies import library
from fedcycle.strategies.strategy import Strategy, StrategyError, Weights

HERE = Path(__file__)
CONFIGS = HERE.parents[2] / "configs"
SHIPPED = sorted(p.relative_to(CONFIGS).as_posix() for p in CONFIGS.rglob("*.yaml"))
LOG = logging.getLogger("a rule's own")
SMALL, LARGE = {"small": 1.0}, {"large": 1.0}


@dataclass(frozen=True, kw_only=True)
class Rule(Strategy):
    """A rule that holds small caps where a question it asks is answered with yes."""

    def weights(self, view: MarketView) -> Weights:
        return SMALL if self.yes(view) else LARGE

    def yes(self, view: MarketView) -> bool:
        raise NotImplementedError


def market_behind(view: MarketView) -> tuple[Market, int]:
    """What a rule must not reach: the market behind a view, by whatever name it is kept."""
    market = next(thing for thing in gc.get_referents(view) if isinstance(thing, Market))
    return market, market.position(view.today)


class PeeksAtTomorrow(Rule):
    def yes(self, view: MarketView) -> bool:
        market, i = market_behind(view)
        after = market.prices[min(i + 1, len(market.sessions) - 1)] / market.prices[i]
        return bool(after[0] > after[2])


class PeeksAtTheNextChange(Rule):
    def yes(self, view: MarketView) -> bool:
        changes = market_behind(view)[0].series["target_change"]
        later = changes.values[changes.known_on > view.today]
        return bool(len(later) and later[0] < 0)


class ReadsTodaysYieldToday(Rule):
    def yes(self, view: MarketView) -> bool:
        yields = market_behind(view)[0].series["DGS10"]
        today = yields.values[yields.observed_on <= view.today]
        return bool(today[-1] > view.latest("DGS10"))


class CountsListings(Rule):
    def yes(self, view: MarketView) -> bool:
        return len(market_behind(view)[0].assets) > 3


def run_of(market: Market, rule: Strategy, **more: Any) -> Backtest:
    start, end = np.datetime64("1998-12-31"), np.datetime64("2004-12-31")
    return Backtest(market=market, strategy=rule, start=start, end=end, **more)


def verdict_of(market: Market, rule: Strategy, **more: Any) -> Audit:
    return audit(run_of(market, rule), **({"processes": 0} | more))


def failed(found: Audit) -> set[str]:
    return {check.name for check in found.checks if check.verdict == "fail"}


# --- the future ---


def test_a_peek_at_the_next_close_is_caught_with_day_asset_weights_and_input(seeded: Market) -> None:
    first = verdict_of(seeded, PeeksAtTomorrow()).first_violation
    assert first is not None
    assert first.asset in {"small", "large"}
    assert {first.weight, first.other_weight} == {0.0, 1.0}
    after = seeded.sessions[seeded.sessions > np.datetime64(first.day)][0]
    assert first.input in {f"the close of small on {after}", f"the close of large on {after}"}
    assert str(first.day) in first.sentence


def test_the_first_violation_is_on_the_first_day_that_a_peek_decides(seeded: Market) -> None:
    """With two assets moved apart, the peek at the next close decides otherwise on every day, so on the first."""
    found = verdict_of(seeded, PeeksAtTomorrow())
    assert found.first_violation is not None
    assert found.first_violation.day == "1998-12-31"


def test_a_peek_at_the_next_announcement_is_traced_to_the_announcement(seeded: Market) -> None:
    found = verdict_of(seeded, PeeksAtTheNextChange())
    assert found.verdict == "fail"
    assert found.first_violation is not None
    # On 1998-12-31 the next change was the hike of 1999-06-30.
    assert found.first_violation.input == "target_change of 1999-06-30, known on 1999-06-30,"


def test_a_yield_used_on_the_day_it_is_about_is_caught_though_it_is_not_of_the_future(seeded: Market) -> None:
    found = verdict_of(seeded, ReadsTodaysYieldToday())
    assert found.verdict == "fail"
    assert found.first_violation is not None
    day = found.first_violation.day
    assert found.first_violation.input.startswith(f"DGS10 of {day}, known on ")


def test_counting_what_will_be_listed_is_caught_on_the_market_as_it_stood(seeded: Market) -> None:
    found = verdict_of(seeded, CountsListings())
    assert failed(found) == {"cut"}
    assert found.first_violation is not None
    assert found.first_violation.input == "what the market holds after 1998-12-31"


def test_a_sample_catches_a_peek_that_every_decision_makes(seeded: Market) -> None:
    found = verdict_of(seeded, PeeksAtTomorrow(), sample=3)
    assert (found.verdict, found.decisions_checked, found.decisions) == ("fail", 3, 73)
    assert found.document["sampled"] is True


# --- what a rule touches ---


class ReadsAFile(Rule):
    def yes(self, view: MarketView) -> bool:
        return len(HERE.read_text(encoding="utf-8")) > 0


class ReadsAFileByOpen(Rule):
    def yes(self, view: MarketView) -> bool:
        with open(HERE, "rb") as file:  # noqa: PTH123 - the other way to do it
            return bool(file.read(1))


class LooksWhetherAFileIsThere(Rule):
    def yes(self, view: MarketView) -> bool:
        return HERE.with_suffix(".signal").exists()


class LoadsAnArray(Rule):
    def yes(self, view: MarketView) -> bool:
        return bool(np.fromfile(HERE, dtype=np.uint8, count=1)[0])


class AsksTheClock(Rule):
    def yes(self, view: MarketView) -> bool:
        return time.time() > 0


class AsksTheClockByAnotherName(Rule):
    def yes(self, view: MarketView) -> bool:
        return innocent_name() > 0


class AsksForTheDate(Rule):
    def yes(self, view: MarketView) -> bool:
        return datetime.now(tz=UTC).year > 1990


class AsksNumpyForTheTime(Rule):
    def yes(self, view: MarketView) -> bool:
        return bool(np.datetime64("now") > np.datetime64("1990-01-01"))


class ThrowsDice(Rule):
    def yes(self, view: MarketView) -> bool:
        return random.random() < 2  # noqa: S311


class ThrowsAGauss(Rule):
    def yes(self, view: MarketView) -> bool:
        return random.gauss(0, 1) < 100


class ThrowsNumpysDice(Rule):
    def yes(self, view: MarketView) -> bool:
        return bool(np.random.default_rng().random() < 2)


class ReadsTheEnvironment(Rule):
    def yes(self, view: MarketView) -> bool:
        return os.environ.get("FEDCYCLE_SIGNAL") is None


class ReadsTheEnvironmentByGetenv(Rule):
    def yes(self, view: MarketView) -> bool:
        return os.getenv("FEDCYCLE_SIGNAL") is None


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        (ReadsAFile(), "reads a file"),
        (ReadsAFileByOpen(), "reads a file"),
        (LooksWhetherAFileIsThere(), "reads a file"),
        (LoadsAnArray(), "reads a file"),
        (AsksTheClock(), "asks the clock"),
        (AsksTheClockByAnotherName(), "asks the clock"),
        (AsksForTheDate(), "asks the clock"),
        (AsksNumpyForTheTime(), "asks the clock"),
        (ThrowsDice(), "throws dice"),
        (ThrowsAGauss(), "throws dice"),
        (ThrowsNumpysDice(), "throws dice"),
        (ReadsTheEnvironment(), "reads the environment"),
        (ReadsTheEnvironmentByGetenv(), "reads the environment"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Rule) else "",
)
def test_a_rule_that_reaches_outside_is_caught_though_its_answer_never_changes(
    rule: Rule, what: str, seeded: Market
) -> None:
    found = verdict_of(seeded, rule, sample=2)
    assert failed(found) == {"outside"}
    assert found.first_violation is not None
    assert found.first_violation.day == "1998-12-31"
    assert found.first_violation.asset in {"small", "large"}
    assert f"on 1998-12-31 the rule {what}" in found.first_violation.sentence


def test_numpys_shared_dice_are_caught_by_asking_again(seeded: Market) -> None:
    class ThrowsNumpysOldDice(Rule):
        def yes(self, view: MarketView) -> bool:
            return bool(np.random.random() < 0.5)  # noqa: NPY002

    assert verdict_of(seeded, ThrowsNumpysOldDice()).verdict == "fail"


def test_the_watch_leaves_the_interpreter_as_it_was(seeded: Market) -> None:
    def mine(frame: Any, event: str, arg: Any) -> None:
        return None

    before = sys.getprofile()
    sys.setprofile(mine)
    try:
        verdict_of(seeded, ReadsAFile(), sample=1)
        assert sys.getprofile() is mine
    finally:
        sys.setprofile(before)
    assert HERE.read_bytes()


class MakesRubbish(Rule):
    """Enough of it that the collector would come by, and find what a library left there."""

    def yes(self, view: MarketView) -> bool:
        LeavesAFile()
        return len([[n] for n in range(100_000)]) > 0


class Steady(Rule):
    def yes(self, view: MarketView) -> bool:
        return view.latest("DGS10") < 5.0


class StartsAThread(Rule):
    def yes(self, view: MarketView) -> bool:
        other = threading.Thread(target=HERE.read_bytes)
        other.start()
        other.join(timeout=60)
        return True


@functools.cache
def pool_of_workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1)


class HasAThreadAlready(Rule):
    """Its thread was started when nobody watched."""

    def yes(self, view: MarketView) -> bool:
        return len(pool_of_workers().submit(HERE.read_bytes).result()) > 0


class LeavesAFile:
    """Rubbish of somebody else's that reads a file as it goes."""

    gone = 0

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        type(self).gone += bool(HERE.read_bytes())


def test_a_rule_is_not_blamed_for_what_others_left_behind(seeded: Market) -> None:
    assert verdict_of(seeded, MakesRubbish(), sample=2).verdict == "pass"
    gc.collect()
    assert LeavesAFile.gone > 0
    assert gc.isenabled()


def test_a_rule_is_not_blamed_for_what_another_thread_does(seeded: Market) -> None:
    over = threading.Event()

    def busy() -> None:
        while not over.is_set():
            HERE.read_bytes()

    other = threading.Thread(target=busy)
    other.start()
    try:
        found = [verdict_of(seeded, Steady(), sample=2).verdict for _ in range(5)]
    finally:
        over.set()
        other.join(timeout=60)
    assert found == ["pass"] * 5


def test_a_rule_that_has_another_thread_do_it_is_caught(seeded: Market) -> None:
    assert failed(verdict_of(seeded, StartsAThread(), sample=1)) == {"outside"}
    try:
        assert failed(verdict_of(seeded, HasAThreadAlready(), sample=2)) == {"outside"}
    finally:
        pool_of_workers().shutdown()


def test_two_watches_at_once_each_see_what_is_done_in_their_own_thread() -> None:
    inner, over = threading.Event(), threading.Event()
    elsewhere: list[SideEffectMonitor] = []

    def watched() -> None:
        with SideEffectMonitor() as watch:
            inner.set()
            over.wait(10)
        elsewhere.append(watch)

    other = threading.Thread(target=watched)
    with SideEffectMonitor() as own:
        sys.setprofile(None)  # files opened deep inside libraries are seen by the audit hook alone
        other.start()
        inner.wait(10)
        HERE.read_bytes()
    over.set()
    other.join(timeout=60)
    assert [what for what, which in own.touched if HERE.name in which] == ["reads a file"]
    assert not [which for watch in elsewhere for _, which in watch.touched if HERE.name in which]


# --- state ---


class Alternates(Rule):
    asked: ClassVar[list[int]] = []

    def yes(self, view: MarketView) -> bool:
        self.asked.append(1)
        return len(self.asked) % 2 == 0


class RemembersTheLastDay(Rule):
    """Says something else where the day asked before was a later one."""

    last: ClassVar[list[Any]] = [None]

    def yes(self, view: MarketView) -> bool:
        before, self.last[0] = self.last[0], view.today
        return before is None or before < view.today


class KeepsWhatItHeld(Rule):
    """Stays where it is until rates have fallen a little: hysteresis kept in the rule itself."""

    def yes(self, view: MarketView) -> bool:
        held = getattr(self, "_held", True)
        level = view.latest("DGS10")
        held = level < 5.2 if held else level < 4.8
        object.__setattr__(self, "_held", held)
        return held


@pytest.mark.parametrize(
    "rule", [Alternates(), RemembersTheLastDay(), KeepsWhatItHeld()], ids=lambda r: type(r).__name__
)
def test_a_rule_that_keeps_state_is_caught_and_not_blamed_for_the_future(rule: Rule, seeded: Market) -> None:
    found = verdict_of(seeded, rule)
    assert failed(found) == {"state"}
    assert {c.name: c.verdict for c in found.checks}["future"] == "not judged"
    assert found.first_violation is not None
    assert {found.first_violation.weight, found.first_violation.other_weight} == {0.0, 1.0}
    assert found.first_violation.input == "the calls before it"


# --- dates of facts ---


class WatchesTheYield(Rule):
    def yes(self, view: MarketView) -> bool:
        return view.latest("DGS10") > view.earlier(20).latest("DGS10")


def test_a_yield_that_the_market_serves_a_day_early_is_caught_by_its_date(seeded: Market) -> None:
    s = seeded.series["DGS10"]
    early = replace(
        seeded, series={**seeded.series, "DGS10": Series("DGS10", s.unit, s.values, s.observed_on, s.observed_on)}
    )
    found = verdict_of(early, WatchesTheYield(), sample=5)
    assert failed(found) == {"known_on"}
    assert found.first_violation is not None
    # 1998-01-01 is the first day of the yield, and the first decision comes long after it.
    assert found.first_violation.input == "DGS10 of 1998-01-01, known on 1998-01-01"


def test_a_misdated_series_that_the_rule_does_not_read_is_not_held_against_it(seeded: Market) -> None:
    s = seeded.series["DGS10"]
    early = replace(
        seeded, series={**seeded.series, "DGS10": Series("DGS10", s.unit, s.values, s.observed_on, s.observed_on)}
    )
    assert verdict_of(early, PeeksNowhere(), sample=5).verdict == "pass"


# --- honest rules ---


class PeeksNowhere(Rule):
    def yes(self, view: MarketView) -> bool:
        return bool(view.closes("small", 20)[-1] > view.closes("small", 20).mean())


class LogsAndImports(Rule):
    """Does what honest code does: imports late, logs, draws from a seed, parses a date."""

    def yes(self, view: MarketView) -> bool:
        import colorsys

        LOG.warning("asked on %s", view.today)
        day = datetime.strptime(str(view.today), "%Y-%m-%d")  # noqa: DTZ007
        draw = np.random.default_rng(7).random() + random.Random(7).random()  # noqa: S311
        return bool(day.month % 2) and draw > 0 and colorsys.ONE_THIRD > 0


@functools.cache
def squared(n: int) -> int:
    return n * n


class Memoises(Rule):
    def yes(self, view: MarketView) -> bool:
        return squared(len(view.assets)) > 9


class WaitsForAListing(Rule):
    """Asks for an asset that is listed in 2001, and takes a refusal for an answer."""

    def yes(self, view: MarketView) -> bool:
        try:
            return bool(view.closes("late", 5)[-1] > view.closes("late", 5)[0])
        except NotYetKnown:
            return False


@pytest.mark.parametrize(
    "rule",
    [PeeksNowhere(), LogsAndImports(), Memoises(), WatchesTheYield(), WaitsForAListing()],
    ids=lambda r: type(r).__name__,
)
def test_an_honest_rule_is_not_accused(rule: Rule, seeded: Market) -> None:
    found = verdict_of(seeded, rule)
    assert found.verdict == "pass", found.text
    assert found.decisions_checked == found.decisions == 73


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_no_shipped_config_is_accused(name: str) -> None:
    prepared = study.prepare(config.load(CONFIGS / name))
    # A market of thousands of stocks is copied for each decision that is asked again.
    sample = 3 if name.startswith("stocks/") else 6
    found = audit(prepared.backtest, stamps=prepared.stamps, sample=sample, processes=2)
    assert found.verdict == ("hindsight" if "HINDSIGHT" in prepared.stamps else "pass"), found.text


@pytest.mark.slow
@pytest.mark.parametrize("name", library.names())
def test_no_rule_of_the_library_is_accused(name: str, tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    file.write_text(config.new(name, name="new"), encoding="utf-8")
    prepared = study.prepare(config.load(file))
    found = audit(prepared.backtest, stamps=prepared.stamps, sample=12, processes=4)
    assert found.verdict == ("hindsight" if "HINDSIGHT" in prepared.stamps else "pass"), found.text
    assert found.fresh_processes >= 4


def test_a_rule_of_the_library_is_asked_in_two_fresh_processes_and_a_users_in_four(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "0")  # as commands have it
    prepared = study.prepare(config.load("rate-cycle-timing"))
    own = audit(prepared.backtest, stamps=prepared.stamps, sample=2)
    assert own.document["fresh_processes"] == 2
    assert own.text.endswith("2 of 330 decisions asked again, also in fresh processes under two hash seeds"), own.text
    assert study_of(tmp_path, "").document["fresh_processes"] == 4


def test_open_hindsight_is_called_hindsight_and_the_first_decision_it_made_is_named() -> None:
    prepared = study.prepare(config.load("rate-cycle-timing-hindsight"))
    found = audit(prepared.backtest, stamps=prepared.stamps)
    assert found.verdict == "hindsight"
    assert found.first_violation is not None
    # The cut of 1998-11-17 turned out to be the final one at the hike of 1999-06-30: the month's end after it is the
    # first decision that needed to know.
    assert found.first_violation.day == "1998-11-30"
    assert (found.first_violation.asset, found.first_violation.input) == ("large", "the true final cuts")


# --- what cannot be audited ---


def test_a_rule_that_cannot_decide_at_all_says_so(seeded: Market) -> None:
    class Breaks(Rule):
        def yes(self, view: MarketView) -> bool:
            raise ZeroDivisionError("by its own hand")

    with pytest.raises(StrategyError, match="Breaks on 1998-12-31: ZeroDivisionError: by its own hand"):
        verdict_of(seeded, Breaks())


def test_a_sample_of_none_is_refused(seeded: Market) -> None:
    with pytest.raises(BacktestError, match="sample is 0; ask at least 1"):
        verdict_of(seeded, PeeksNowhere(), sample=0)


@pytest.mark.parametrize("many", [-1, 5, True, 1.5])
def test_what_is_no_number_of_fresh_processes_is_refused(many: Any, seeded: Market) -> None:
    with pytest.raises(BacktestError, match=f"processes is {many}; ask 0 to 4 fresh processes"):
        verdict_of(seeded, PeeksNowhere(), processes=many)


def test_a_verdict_without_fresh_processes_says_so(seeded: Market) -> None:
    found = verdict_of(seeded, PeeksNowhere())
    assert found.document["fresh_processes"] == 0
    assert found.text.endswith("73 of 73 decisions asked again, in no fresh process")


def study_of(folder: Path, top: str) -> Audit:
    """The audit of a user's rule file that begins with a line."""
    (folder / "mine.py").write_text(
        "from dataclasses import dataclass\n"
        "from pathlib import Path\n"
        "from fedcycle.strategies.strategy import Strategy\n"
        f"{top}\n"
        "@dataclass(frozen=True, kw_only=True)\n"
        "class Mine(Strategy):\n"
        "    def weights(self, view):\n"
        "        return {'small': 1.0}\n",
        encoding="utf-8",
    )
    (folder / "study.yaml").write_text("name: mine\nstrategy: {class: 'mine.py:Mine'}\n", encoding="utf-8")
    prepared = study.prepare(config.load(folder / "study.yaml"))
    return audit(prepared.backtest, stamps=prepared.stamps, sample=1)


@pytest.mark.parametrize(
    ("top", "verdict"), [("SIGNALS = Path(__file__).read_text()", "fail"), ("SIGNALS = (1, 2, 3)", "pass")]
)
def test_a_rule_file_that_reads_another_while_it_is_loaded_is_caught(top: str, verdict: str, tmp_path: Path) -> None:
    found = study_of(tmp_path, top)
    assert found.verdict == verdict
    if verdict == "fail":
        assert found.first_violation is not None
        assert found.first_violation.sentence.startswith("while it is loaded the rule reads a file")


# --- the scrambled market itself ---


def test_a_scrambled_market_shares_its_past_and_nothing_else(seeded: Market) -> None:
    day = np.datetime64("2001-01-02")
    other = scrambled(seeded, day, seed=1)
    past = seeded.sessions <= day
    np.testing.assert_array_equal(other.prices[past], seeded.prices[past])
    later = other.prices[~past]
    assert not np.any(later == seeded.prices[~past])
    np.testing.assert_array_equal(np.isnan(later), np.isnan(seeded.prices[~past]))
    for name, s in seeded.series.items():
        known = s.known_on <= day
        np.testing.assert_array_equal(other.series[name].values[known], s.values[known])
        assert not np.any(other.series[name].values[~known] == s.values[~known])


def test_the_turned_future_moves_every_price_the_other_way(seeded: Market) -> None:
    day = np.datetime64("2001-01-02")
    now = seeded.prices[seeded.sessions == day][0, :3]
    one, other = (scrambled(seeded, day, seed=1, turned=t).prices[seeded.sessions > day][:, :3] for t in (False, True))
    np.testing.assert_allclose(one * other, np.broadcast_to(now**2, one.shape), rtol=1e-12)


# --- a user's own bt.Strategy ---

NATIVE = """
import backtrader as bt


class Mine(bt.Strategy):
    def __init__(self):
        self.calls = 0

    def next(self):
        small, large = self.getdatabyname("small"), self.getdatabyname("large")
        self.calls += 1
        if self.calls % 250 == 30:
            better = small.close[{ahead}] / small.close[0] > large.close[{ahead}] / large.close[0]
            chosen, other = (small, large) if better else (large, small)
            self.order_target_percent(other, target=0.0)
            self.order_target_percent(chosen, target=0.5)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("ahead", "verdict"), [(1, "fail"), (-20, "pass")])
def test_a_native_strategy_that_reads_the_next_bar_is_caught_and_one_that_reads_the_last_is_not(
    ahead: int, verdict: str, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(NATIVE.format(ahead=ahead), encoding="utf-8")
    text = "name: mine\nperiod: {start: 2022-01-03, end: 2025-05-30}\nstrategy: {class: 'mine.py:Mine'}\n"
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    prepared = study.prepare(config.load(tmp_path / "study.yaml"))
    found = audit(prepared.backtest, stamps=prepared.stamps, sample=3)
    assert found.verdict == verdict, found.text
    assert "in no fresh process" in found.text
    with pytest.raises(BacktestError, match=r"a bt\.Strategy is asked by whole runs, never in fresh processes"):
        audit(prepared.backtest, stamps=prepared.stamps, sample=3, processes=2)
    if verdict == "fail":
        assert found.first_violation is not None
        assert found.first_violation.day == str(prepared.backtest.sessions[29])
        assert found.first_violation.asset in {"small", "large"}


def test_a_market_with_bars_is_turned_round_whole(seeded: Market) -> None:
    bars = {"high": seeded.prices * 1.01, "low": seeded.prices * 0.99, "volume": np.arange(seeded.prices.size * 1.0)}
    bars["volume"] = bars["volume"].reshape(seeded.prices.shape)
    market = replace(seeded, bars=bars)
    turned = handing_over.reversed_assets(market)
    assert turned.assets == market.assets[::-1]
    for part, values in market.bars.items():
        for asset in market.assets:
            np.testing.assert_array_equal(
                turned.bars[part][:, turned.column(asset)], values[:, market.column(asset)], err_msg=f"{part} {asset}"
            )
