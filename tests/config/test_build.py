"""RunConfig: what is stored runs again, and gives the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcycle.backtests.config import RunConfig, check, load, new, schema, serialize
from fedcycle.backtests.config.yaml_reader import Source, parse, plain
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.backtests.core.rebalance import Costs
from fedcycle.data.market import Market
from fedcycle.strategies import library

RULE = (Path(__file__).parent / "half.py").read_text(encoding="utf-8")
Write = Callable[[str, str], Path]


def stored(config: RunConfig, folder: Path) -> Path:
    """Write what a run folder holds of a config, and return the config's path."""
    folder.mkdir()
    for name, content in config.companions.items():
        (folder / name).write_bytes(content)
    path = folder / "config.yaml"
    path.write_text(config.dump(), encoding="utf-8")
    return path


def test_a_stored_config_gives_the_same_data_from_another_folder(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("deep/half.py", RULE)
    write("deep/market/manifest.json", "{}")
    write(
        "deep/study.yaml",
        "name: study\nquestion: 'Is it 50%: \"yes\", # no, or é ü \\\\ ?'\ndata: {market: market}\n"
        "period: {start: 2000-01-03}\nstrategy: {class: 'half.py:Half', share: 1e-3}\nbenchmark: mid-over-small\n"
        "sweep: {strategy.share: [0.1, 1, null, true, 2020-01-02, '2020-01-02', {a: [b]}]}\n",
    )
    config = load("deep/study.yaml", ["execution.lag=2"])
    path = stored(config, tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here" / "deep" / "half.py").unlink()
    again = load(path)
    assert again.data == config.data
    assert again.dump() == config.dump()
    assert dict(again.companions) == dict(config.companions)
    assert again.data["data"]["market"] == str(tmp_path / "here" / "deep" / "market")


def test_data_can_be_written_as_json_with_dates_as_texts() -> None:
    data = load("rate-cycle-timing", ["strategy.recognise={as_of: 2024-12-18}"]).data
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["period"] == {"start": "1998-01-02", "end": "2025-05-30"}
    assert data["strategy"]["recognise"] == {"as_of": "2024-12-18"}


def test_the_same_study_said_in_two_ways_is_the_same_data(write: Write) -> None:
    write("short.yaml", "name: x\nstrategy: {class: MidOverSmall, when: rates_press}\n")
    write(
        "long.yaml",
        "execution: {capital: 1e6}\n"
        "strategy: {surge_sessions: 63, surge_bp: 50, when: rates_press, class: MidOverSmall}\n"
        "name: x\n",
    )
    assert load("short.yaml").dump() == load("long.yaml").dump()


def test_attributes_have_the_types_that_the_engines_take() -> None:
    config = load("rate-cycle-timing", ["execution.costs.commission_bps=1"])
    assert config.start == np.datetime64("1998-01-02")
    assert config.end == np.datetime64("2025-05-30")
    assert load("base").end is None
    assert config.costs == Costs(commission_bps=1.0, slippage_bps=5.0)
    assert (config.execution.engine, config.execution.capital, config.execution.lag) == ("backtrader", 1_000_000.0, 1)
    assert (config.market, config.cycles, config.schedule) == ("bundle", "runs", "month_end")
    assert config.benchmark == "large"
    assert config.benchmark_config is None


def test_a_backtest_is_built_with_what_the_config_says() -> None:
    days = np.arange("2020-01-01", "2020-01-31", dtype="datetime64[D]")
    market = Market("made up", days, ("small", "large"), np.full((len(days), 2), 100.0))
    config = load("base", ["schedule=daily", "execution.lag=3", "execution.capital=5", "strategy.asset=small"])
    backtest = config.backtest(market, start=days[2], end=days[20])
    assert (backtest.schedule, backtest.lag, backtest.capital, backtest.costs.slippage_bps) == ("daily", 3, 5.0, 5.0)
    assert backtest.strategy == config.strategy()
    assert (backtest.start, backtest.end) == (days[2], days[20])


def test_a_benchmark_may_be_a_config(write: Write) -> None:
    write("half.py", RULE)
    write("sub/reference.yaml", "name: reference\nstrategy: {class: '../half.py:Half'}\n")
    write("study.yaml", "name: study\nbenchmark: sub/reference.yaml\n")
    config = load("study.yaml")
    assert config.benchmark == "reference"
    assert config.benchmark_config is not None
    assert config.benchmark_config.strategy().weights(None) == {"small": 0.5}  # type: ignore[arg-type]
    assert sorted(config.companions) == ["benchmark-reference.yaml", "half.py"]


def test_an_asset_is_no_config() -> None:
    assert load("base", ["benchmark=small_quality"]).benchmark_config is None


def test_a_config_is_not_its_own_benchmark_nor_in_a_circle(write: Write) -> None:
    write("own.yaml", "name: own\nbenchmark: own.yaml\n")
    write("a.yaml", "name: a\nbenchmark: b.yaml\n")
    write("b.yaml", "name: b\nbenchmark: a.yaml\n")
    write("missing.yaml", "name: m\nbenchmark: none.yaml\n")
    assert check("own.yaml")[0].startswith("own.yaml:2: benchmark is 'own.yaml', but that is the config itself")
    assert "b.yaml is itself a benchmark" in check("a.yaml")[0]
    assert check("missing.yaml")[0].startswith("missing.yaml:2: benchmark is 'none.yaml', but ")


def test_two_rule_files_of_one_name_cannot_be_stored_beside_each_other(write: Write) -> None:
    write("a/half.py", RULE)
    write("b/half.py", RULE.replace("0.5", "0.75"))
    write("b/reference.yaml", "name: y\nstrategy: {class: 'half.py:Half'}\n")
    write("a/study.yaml", "name: s\nstrategy: {class: 'half.py:Half'}\nbenchmark: ../b/reference.yaml\n")
    assert check("a/study.yaml")[0].startswith("a/study.yaml:3: the benchmark has another half.py")


def test_what_show_prints_is_itself_a_config(write: Write) -> None:
    path = write("shown.yaml", load("rate-cycle-timing").show())
    assert load(path).data == load("rate-cycle-timing").data


words = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    st.sampled_from(["null", "ON", "1e-3", "2020-01-02", "~", "- a", "a: b", "#x", "'", '"', "!a", "&a", " a ", ".5"]),
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**17), 10**17), st.floats(allow_nan=False, allow_infinity=False), words
)
trees = st.dictionaries(
    words.filter(bool),
    st.recursive(
        st.one_of(scalars, st.dates()),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
        max_leaves=6,
    ),
    min_size=1,
    max_size=4,
)


@given(trees)
def test_what_is_written_reads_back_as_the_same(values: dict[str, object]) -> None:
    assert plain(parse(serialize.text(values), Source("x", Path()))) == values


@pytest.mark.parametrize("strategy", library.names())
def test_a_new_config_runs_as_it_stands_and_names_every_parameter(strategy: str, elsewhere: Path) -> None:
    text = new(strategy, name="first")
    path = elsewhere / "first.yaml"
    path.write_text(text)
    config = load(path)
    assert type(config.strategy()).__name__ == strategy
    assert config.name == "first"
    stated = plain(parse(text, Source("x", Path())))["strategy"]
    assert set(stated) == set(config.data["strategy"])
    assert all(len(line) <= 120 for line in text.splitlines())


def test_a_new_config_for_no_strategy_offers_the_nearest() -> None:
    with pytest.raises(Exception, match="write MidOverSmall"):
        new("MidOverSmal")


def test_the_schema_knows_every_key_and_every_parameter() -> None:
    found = schema()
    json.dumps(found, allow_nan=False)
    assert list(found["properties"]) == ["extends", *load("base").data]
    by_title = {each.get("title"): each for each in found["properties"]["strategy"]["anyOf"]}
    for name in library.names():
        assert set(by_title[name]["properties"]) >= {"class"}
        assert by_title[name]["additionalProperties"] is False
    mid = by_title["MidOverSmall"]["properties"]
    assert mid["when"]["enum"] == ["always", "rates_press"]
    assert mid["surge_bp"]["default"] == 50.0
    assert "basis points" in mid["surge_bp"]["description"]
    assert by_title["FixedMix"]["required"] == ["class", "weights"]
    assert "required" not in found
    assert found["$defs"]["Execution"]["properties"]["lag"] == {
        "default": 1,
        "description": "Sessions between decision and fill, at least 1.",
        "maximum": 252,
        "minimum": 1,
        "title": "Lag",
        "type": "integer",
    }


def test_several_benchmarks_are_read_and_the_first_answers_the_question(tmp_path):
    file = tmp_path / "several.yaml"
    file.write_text(
        "extends: base.yaml\nname: several\nbenchmark: [rate-cycle-timing, large, {small: 0.5, mid: 0.25}]\n", "utf-8"
    )
    config = load(file)
    assert config.benchmark == "rate-cycle-timing"
    assert config.other_benchmarks == ("large", {"small": 0.5, "mid": 0.25})
    assert config.values["benchmark"] == ["benchmark-rate-cycle-timing.yaml", "large", {"small": 0.5, "mid": 0.25}]
    assert "benchmark-rate-cycle-timing.yaml" in config.companions


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        (
            "[large, rate-cycle-timing]",
            "benchmark lists 'rate-cycle-timing', a config, after the first; write it first",
        ),
        ("[large, {small: 0.9, mid: 0.9}]", "benchmark has weights that add up to 1.8"),
        ("[]", "benchmark"),
        ("[large, 5]", "benchmark"),
    ],
)
def test_a_list_of_benchmarks_that_makes_no_sense_is_refused_with_its_line(tmp_path, stated, said):
    file = tmp_path / "several.yaml"
    file.write_text(f"extends: base.yaml\nname: several\nbenchmark: {stated}\n", "utf-8")
    with pytest.raises(ConfigError, match=f"several.yaml:3: .*{re.escape(said)}"):
        load(file)
