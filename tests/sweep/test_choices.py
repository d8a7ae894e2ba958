"""A sweep one choice at a time: its differences are those of single runs, and the same whoever made them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedcycle.backtests import config
from fedcycle.backtests.config import assignment
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.sweep.report import of_all, of_row
from fedcycle.backtests.workflows import study
from fedcycle.data.storage import parquet

SPAN = "period: {start: 2006-01-03, end: 2012-12-31}\nsweep_design: one_at_a_time\n"
TIMING = (
    SPAN
    + """sweep_reference: the note's own choice
sweep:
  strategy.window: [{months: 9}, {months: 12}, until_hike]
  strategy.recognise: [{pause: {months: 6}}, hindsight, {pause: {months: 13}}]
  execution.costs.slippage_bps: [5.0, 25.0]
  execution.lag: [5]
"""
)
RULES = (
    SPAN
    + """sweep: {strategy.pressure: [false], strategy.quality: [false]}
sweep_variants:
  neither: {strategy.pressure: false, strategy.quality: false}
  quality alone: {against: neither, strategy.pressure: false}
"""
)


def alone(ref: Path, values: dict[str, Any]) -> Any:
    """One variant run as ``fedcycle run`` runs it."""
    sets = [assignment(key, value) for key, value in values.items()]
    return study.execute(study.prepare(config.load(ref, [*sets, "execution.engine=vectorised"])))


def mean(done: Any, since: int | None = None) -> float:
    """Mean return a year from the first fill on, or from a later close, with nothing in the session that ends there."""
    first = done.ledger.first_fill
    returns = done.ledger.value[1:] / done.ledger.value[:-1] - 1
    begun = first if since is None else since
    returns = np.append(returns[begun - 1] * (begun == first), returns[begun:])
    return float(252 * np.mean(returns))


@pytest.fixture
def timing(study: Callable[..., Path], sweep: Callable[..., Any]) -> Any:
    file = study("rate-cycle-timing", TIMING)
    return file, *sweep(file)


def test_a_choice_is_itself_less_the_own_one_as_two_single_runs_say(timing: Any) -> None:
    file, done, _, _ = timing
    rows = done.document["contrasts"]["rows"]
    assert [row["variant"] for row in rows] == list(range(1, len(done.grid)))
    ran = {row["label"]: (row, alone(file, row["values"])) for row in rows if row["note"] is None}
    own = alone(file, {})
    # All are measured over one span: from the close at which the last of them is filled for the first time.
    since = max(run.ledger.first_fill for run in [own, *(run for _, run in ran.values())])
    assert since > own.ledger.first_fill
    for label, (row, other) in ran.items():
        assert (row["of"], row["less"]) == (row["variant"], 0)
        expected = mean(other, since) - mean(own, since)
        assert row["mean_return"]["difference"] == pytest.approx(expected, abs=1e-12), label


def test_expensive_trading_costs_and_the_interval_is_sure_of_it(timing: Any) -> None:
    _, done, _, _ = timing
    (expensive,) = [row for row in done.document["contrasts"]["rows"] if row["group"] == "execution.costs.slippage_bps"]
    assert expensive["mean_return"]["high"] < 0
    assert expensive["mean_return"]["apart"] is True
    # The rule decides the same at any cost.
    assert expensive["differs"]["differ"] == 0


def test_the_own_choice_is_named_and_marked_and_the_table_keeps_what_it_had(timing: Any) -> None:
    document = timing[1].document
    assert document["reference"] == {
        "name": "the note's own choice",
        "variant": 0,
        "values": {
            "strategy.window": {"months": 12},
            "strategy.recognise": {"pause": {"months": 6}},
            "execution.costs.slippage_bps": 5.0,
            "execution.lag": 1,
        },
        "stamps": [],
    }
    rows = document["table"]["rows"]
    assert [row["label"] for row in rows if row["own"]] == ["the note's own choice"]
    assert {"variant", "values", "sharpe", "deflated_sharpe", "stamps", "label"} <= set(rows[0])
    windows = next(g for g in document["contrasts"]["groups"] if g["name"] == "strategy.window")
    assert (windows["own"], windows["own_at"]) == ("12 months", 1)


def test_a_choice_told_the_future_is_stamped_in_every_sentence_that_has_its_figures(timing: Any) -> None:
    found = timing[1].document["contrasts"]
    (told,) = [row for row in found["rows"] if row["stamps"]]
    assert told["stamps"] == ["HINDSIGHT"]
    texts = [row["text"] for row in found["rows"]] + [g["text"] for g in found["groups"]] + found["sentences"]
    assert "[HINDSIGHT]" in told["text"]
    assert all(text.count("hindsight") == text.count("hindsight [HINDSIGHT]") for text in texts)


def test_what_cannot_be_run_is_noted_and_not_counted(timing: Any) -> None:
    _, done, said, _ = timing
    found = done.document["contrasts"]
    (refused,) = [row for row in found["rows"] if row["note"] is not None]
    assert refused["label"] == "recognise: pause 13 months"
    assert "never opens" in refused["note"]
    assert found["comparisons"] == 5
    assert any("1 of 7 variants cannot be run" in sentence for sentence in said)


def test_a_rule_is_the_whole_less_the_same_without_it(study: Callable[..., Path], sweep: Callable[..., Any]) -> None:
    file = study("bofa-composite", RULES)
    done, _, _ = sweep(file)
    found = done.document["contrasts"]
    rows = {row["label"]: row for row in found["rows"]}
    assert [(r["kind"], r["of"], r["less"]) for r in found["rows"]] == [
        ("rule", 0, 1), ("rule", 0, 2), ("rule", 0, 3), ("alone", 4, 3),
    ]  # fmt: skip
    whole, without = (mean(alone(file, values)) for values in ({}, {"strategy.quality": False}))
    quality = rows["quality: off"]
    assert quality["adds"] == "quality"
    assert quality["mean_return"]["difference"] == pytest.approx(whole - without, abs=1e-12)
    assert quality["text"].startswith("quality adds ")
    assert rows["neither"]["adds"] == "all 2 together"
    assert rows["quality alone"]["against"] == "neither"
    ledgers = [alone(file, values).ledger for values in ({}, {"strategy.quality": False})]
    # With small caps replaced by others, targets differ wherever the rule holds small caps.
    plain = ledgers[1].targets[:, ledgers[1].assets.index("small")] != 0
    assert quality["differs"]["differ"] == int(plain.sum())
    assert quality["differs"]["periods"] == int(plain[0]) + int((plain[1:] & ~plain[:-1]).sum())


def test_processes_and_one_process_make_the_same_document(
    study: Callable[..., Path], sweep: Callable[..., Any]
) -> None:
    file = study("rate-cycle-timing", TIMING)
    one, _, _ = sweep(file, out="one", jobs=1)
    two, _, _ = sweep(file, out="two", jobs=2)
    assert len(one.grid.blocks) > 1
    assert one.file.read_bytes() == two.file.read_bytes()
    folder = {"results": "", "open": ""}  # the two that name it
    assert {**one.document, **folder} == {**two.document, **folder}


def test_the_same_again_is_read_and_what_was_damaged_is_worked_out_again(
    timing: Any, sweep: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, first, _, _ = timing
    (kept,) = first.file.parent.glob("*.contrasts.json")
    kept.write_bytes(kept.read_bytes()[:100])
    again, said, seen = sweep(file)
    assert again.document == first.document
    assert not seen
    assert "used again" in said[0]
    assert json.loads(kept.read_text()) == again.document["contrasts"]
    from fedcycle.backtests.engines import vectorised

    monkeypatch.setattr(vectorised, "run", lambda _: pytest.fail("it is kept and need not be run"))
    assert sweep(file)[0].document == first.document


def test_a_sweep_that_was_stopped_goes_on_where_it_was(study: Callable[..., Path], sweep: Callable[..., Any]) -> None:
    from fedcycle.backtests.sweep import results

    file = study("rate-cycle-timing", TIMING)
    whole, _, _ = sweep(file, out="whole")
    keep, kept = results.Store.keep, []

    def stopped(self: Any, block: Any, found: Any) -> None:
        keep(self, block, found)
        kept.append(block)
        if len(kept) == 2:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results.Store, "keep", stopped)
        with pytest.raises(KeyboardInterrupt):
            sweep(file, out="stopped")
    again, said, seen = sweep(file, out="stopped")
    finished = sum(block.count for block in kept)
    assert seen[0] == (finished, len(whole.grid))
    assert any(f"{finished} of {len(whole.grid)} variants were finished before" in sentence for sentence in said)
    assert again.file.read_bytes() == whole.file.read_bytes()
    assert again.document["contrasts"] == whole.document["contrasts"]


def test_another_period_is_not_put_beside_the_own_one(study: Callable[..., Path], sweep: Callable[..., Any]) -> None:
    text = "period: {start: 2024-03-01, end: null}\nsweep_design: one_at_a_time\n"
    done, _, _ = sweep(study("base", text + "sweep: {strategy.asset: [small, financials]}\n"))
    rows = {row["label"]: row for row in done.document["contrasts"]["rows"]}
    # Financials end in December 2024; the size portfolios in May 2025, as configs/bofa-composite.yaml says.
    assert (
        "it runs from 2024-03-01 to 2024-12-31, not from 2024-03-01 to 2025-05-30" in rows["asset: financials"]["note"]
    )
    assert rows["asset: small"]["note"] is None
    assert done.document["contrasts"]["comparisons"] == 1


def test_too_few_sessions_are_said_to_be_too_few(study: Callable[..., Path], sweep: Callable[..., Any]) -> None:
    text = "period: {start: 2020-01-02, end: 2020-02-28}\nsweep_design: one_at_a_time\n"
    done, _, _ = sweep(study("base", text + "sweep: {strategy.asset: [small]}\n"))
    (row,) = done.document["contrasts"]["rows"]
    assert "under 60 returns nothing can be said of chance" in row["note"]


def test_where_the_config_itself_cannot_be_run_that_is_the_error(
    study: Callable[..., Path], sweep: Callable[..., Any]
) -> None:
    rule = """from dataclasses import dataclass
from fedcycle.strategies.strategy import Strategy

@dataclass(frozen=True, kw_only=True)
class Half(Strategy):
    share: float = 2.0

    def weights(self, view):
        return {"mid": self.share}
"""
    text = "period: {start: 2020-01-02, end: 2020-06-30}\nstrategy: {class: rules.py:Half}\n"
    text += "sweep_design: one_at_a_time\nsweep: {strategy.share: [0.5]}\n"
    with pytest.raises(BacktestError, match="the config itself cannot be run, and everything is put beside it"):
        sweep(study("base", text, rule=rule))


def test_a_market_of_each_choice_is_its_own(
    study: Callable[..., Path], sweep: Callable[..., Any], tmp_path: Path
) -> None:
    file = study("base", SPAN + "sweep: {data.allow_revised: [true], strategy.asset: [small]}\n")
    done, _, _ = sweep(file)
    assert len(done.grid.markets) == 2
    table = parquet.read(done.file)
    assert table["data.allow_revised"].tolist() == ["false", "true", "false"]
    assert table["strategy.asset"].tolist() == ["large", "large", "small"]


def difference(middle: float, low: float, high: float, *, together: bool = False) -> dict[str, Any]:
    return {
        "difference": middle, "low": low, "high": high, "apart": low > 0 or high < 0, "apart_together": together,
    }  # fmt: skip


def row(**over: Any) -> dict[str, Any]:
    plain = {
        "kind": "rule", "label": "pressure: off", "adds": "pressure", "value": "off", "against": "own", "stamps": [],
        "against_stamps": [], "note": None, "same": False, "several": False,
        "differs": {"decisions": 330, "differ": 52, "periods": 24},
        "mean_return": difference(-0.0035, -0.0076, 0.0005), "sharpe": difference(-0.02, -0.04, 0.001),
    }  # fmt: skip
    return plain | over


def test_a_sentence_says_what_is_added_and_whether_these_years_can_tell() -> None:
    assert of_row(row()) == (
        "pressure adds −0.35 points a year (95% interval −0.76 to +0.05) and −0.02 of Sharpe ratio (−0.04 to 0.00); 0 "
        "is inside: these years cannot tell it from nothing. It has other signals on 52 of 330 decision dates, in 24 "
        "periods"
    )
    sure = row(mean_return=difference(0.01, 0.002, 0.02, together=True))
    assert "0 is outside of the first, also when all comparisons are judged together" in of_row(sure)
    unsure = row(mean_return=difference(0.01, 0.002, 0.02))
    assert "0 is outside of the first, but not when all are judged together" in of_row(unsure)
    assert of_row(row(same=True)) == "pressure: off changes nothing: its account is that of own"


def test_all_together_says_how_many_were_looked_at_and_what_rests_on_few_bets() -> None:
    few = row(adds="rebound", differs={"decisions": 330, "differ": 1, "periods": 1})
    always = row(adds="quality", differs={"decisions": 330, "differ": 330, "periods": 1})
    said = of_all([row(), few, always, row(note="it cannot be run")], level=0.95)
    # One in twenty of three is 0.15.
    assert said[0] == (
        "3 comparisons at 95% each: by chance alone about 0.2 would be significant at 5%; all judged together, no mean "
        "return is"
    )
    assert said[1].startswith("few independent bets, however many the sessions: rebound (1), in so many periods")
