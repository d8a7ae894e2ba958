"""What a config may say, and the sentence for what it may not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedcycle.backtests.config import InvalidConfigError, check, load
from fedcycle.backtests.config.model import Schedule
from fedcycle.strategies.schedule import SCHEDULES

from ..property_tests import examples

Refused = Callable[..., str]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: ../../x", "name is '../../x', but it must be at most 80 letters, digits, - and _"),
        ("name: a/b", "name is 'a/b'"),
        ("name: .hidden", "name is '.hidden'"),
        ("name: -rf", "name is '-rf'"),
        ("name: ''", "name is ''"),
        ("name: " + "n" * 81, "at most 80"),
        ("name: 2024", "write it in quotes: '2024'"),
        ('name: "a\\n"', "name is 'a\\n'"),
        ("nmae: x", "nmae is not a key; write name"),
        ("strategie: {}", "strategie is not a key; write strategy"),
        ("slippage_bps: 5", "slippage_bps is not a key; write execution.costs.slippage_bps"),
        ("wholly_other: 5", "wholly_other is not a key; there are name, question, data"),
        ("execution: {costs: {comission_bps: 1}}", "write execution.costs.commission_bps"),
        ("period: {start: '1998-01-02'}", "period.start is '1998-01-02', but it must be a date as YYYY-MM-DD"),
        ("period: {start: 1998-02-30}", "period.start is '1998-02-30'"),
        ("period: {start: 1998}", "period.start is 1998"),
        ("period: {start: null}", "period.start is null"),
        ("period: {start: 0001-01-01}", "period.start is 0001-01-01"),
        ("period: {start: 1980-01-02}", "the bundled data begin on 1989-12-29"),
        ("period: {start: 2020-01-02, end: 2020-01-02}", "it must lie before period.end, 2020-01-02 (study.yaml:1)"),
        ("period: {end: 1997-01-02}", "period.start is 1998-01-02"),
        ("period: {stop: 1999-01-04}", "period.stop is not a key"),
        ("schedule: monthend", "schedule is 'monthend', but it must be one of month_end, month_start,"),
        ("schedule: monthend", "write month_end"),
        ("schedule: ON", "schedule is 'ON'"),
        ("cycles: episode", "write episodes"),
        ("execution: {engine: backtrade}", "write backtrader"),
        ("execution: {capital: 0}", "a number of US dollars above 0"),
        ("execution: {capital: -1e6}", "execution.capital is -1000000.0"),
        ("execution: {capital: .inf}", "execution.capital is inf"),
        ("execution: {capital: .nan}", "execution.capital is nan"),
        ("execution: {capital: 1e400}", "execution.capital is inf"),
        ("execution: {capital: 1_000_000}", "execution.capital is '1_000_000'"),
        ("execution: {capital: true}", "execution.capital is true"),
        ("execution: {account: {gross: 0.5}}", "execution.account.gross is 0.5, but it must be a multiple of value, 1"),
        ("execution: {account: {borrow_bps: -5}}", "a number of basis points a year, 0 to 10000"),
        ("execution: {account: {short: 1}}", "execution.account.short is 1, but it must be true or false"),
        ("execution: {account: null}", "write {short: true, gross: 2.0}"),
        (
            "execution: {account: {gross: 2.0, maintenance: 1.9}}",
            "below execution.account.gross, 2: a decision would be",
        ),
        ("short: true", "short is not a key; write execution.account.short"),
        ("execution: {lag: 0}", "a whole number of sessions between decision and fill, 1 to 252"),
        ("execution: {lag: 1.0}", "execution.lag is 1.0"),
        ("execution: {lag: true}", "execution.lag is true"),
        ("execution: {lag: '1'}", "execution.lag is '1'"),
        ("execution: {fill: open_}", "write open"),
        ("execution: {costs: {slippage_bps: -1}}", "basis points of traded value, each side, 0 to 2000"),
        ("execution: {costs: {slippage_bps: 5000}}", "slippage_bps is 5000"),
        ("execution: {costs: 5}", "execution.costs is 5, but it must be a mapping"),
        ("execution:", "execution is null, but it must be a mapping of engine"),
        ("data: bundle", "data is 'bundle', but it must be a mapping with market"),
        ("data: {market: bundel}", "there is no folder bundel; write bundle"),
        ("data: {market: 5}", "data.market is 5"),
        ("benchmark: 5", "benchmark is 5"),
        ("benchmark: null", "benchmark is null"),
        ("benchmark: []", "benchmark is []"),
        ("benchmark: {}", "weights that add up to 0"),
        ("benchmark: {small: 0.7, large: 0.7}", "weights that add up to 1.4"),
        ("benchmark: {small: -0.1}", "benchmark.small is -0.1, but it must be a fraction of value"),
        ("benchmark: {small: .nan}", "benchmark.small is nan"),
        ("benchmark: {small: 50}", "not percent"),
        ("sweep: [1]", "sweep is [1]"),
        ("sweep: {execution.lag: 1}", "sweep.execution.lag is 1, but it must be a list"),
        ("sweep: {execution.lag: []}", "sweep.execution.lag is []"),
        ("sweep: {'a b': [1]}", "sweep.a b is not a dotted key"),
        ("strategy: BuyAndHold", "strategy is 'BuyAndHold', but it must be a mapping with a class"),
        ("question: [a]", "question is ['a'], but it must be a text"),
        ("question: 5", "question is 5"),
        ('"a\\nb": 1', "a\\nb is not a key"),
        ("{a: 1}", "a is not a key"),
    ],
)
def test_a_wrong_value_is_one_sentence_with_file_line_key_value_and_remedy(
    text: str, said: str, refused: Refused
) -> None:
    sentence = refused("\n" + text + "\n" if "start: 2020" not in text else text + "\n")
    assert said in sentence
    assert sentence.startswith(("study.yaml:", "/"))
    assert sentence.isprintable()


def test_the_line_is_that_of_the_value_also_where_base_would_be_blamed_by_a_lesser_program(refused: Refused) -> None:
    text = "# a study\nname: x\nexecution:\n  lag: 1\n  costs:\n    slippage_bps: 5.0\n    commission_bps: lots\n"
    assert refused(text).startswith("study.yaml:7: execution.costs.commission_bps is 'lots'")


def test_a_whole_number_is_taken_for_a_number() -> None:
    config = load("base", ["execution.capital=500", "execution.costs.slippage_bps=0", "benchmark={small: 1}"])
    assert config.execution.capital == 500.0
    assert isinstance(config.data["execution"]["capital"], float)
    assert config.benchmark == {"small": 1.0}


def test_all_mistakes_of_a_file_are_told_together_each_on_its_own_line(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text("nmae: x\nexecution: {lag: 0, capital: -1}\nstrategy: {class: BuyAndHold, aset: mid}\n")
    problems = check(path)
    assert len(problems) == 4
    for said in ("nmae", "execution.lag", "execution.capital", "strategy.aset"):
        assert sum(said in problem for problem in problems) == 1
    with pytest.raises(InvalidConfigError) as caught:
        load(path)
    assert str(caught.value) == problems[0]


def test_the_schedules_a_config_may_name_are_those_there_are() -> None:
    assert set(get_args(Schedule)) == set(SCHEDULES)


def test_a_valid_config_has_no_problems() -> None:
    assert check("base") == ()


def test_a_start_before_1990_is_left_to_the_data_where_they_are_ones_own(elsewhere: Path) -> None:
    (elsewhere / "mine").mkdir()
    config = load("base", ["data.market=mine", "period.start=1970-01-02"])
    assert str(config.start) == "1970-01-02"


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.dates().map(str), st.text(max_size=8).map(repr)
)
names = st.sampled_from(
    ["name", "data", "market", "period", "start", "strategy", "class", "asset", "execution", "costs", "benchmark", "x"]
)
flow = st.recursive(
    scalars.map(str),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(names, inner, max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
        ),
    ),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(150))
@given(
    st.one_of(st.dictionaries(names, flow, max_size=4).map(lambda d: "\n".join(f"{k}: {d[k]}" for k in d)), st.text())
)
def test_any_text_at_all_is_a_config_or_one_line_sentences(elsewhere: Path, text: str) -> None:
    path = elsewhere / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    for problem in check(path):
        assert "\n" not in problem
