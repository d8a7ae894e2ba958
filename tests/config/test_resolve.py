"""A study that overrides others: which file, which value, from where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fedcycle.backtests.config import check, find, from_mapping, load, shipped
from fedcycle.backtests.core.errors import ConfigError

Write = Callable[[str, str], Path]
Refused = Callable[..., str]


@pytest.mark.parametrize(
    "ref", ["mid-over-small", "mid-over-small.yaml", "configs/mid-over-small.yaml", "configs/mid-over-small"]
)
def test_a_shipped_config_is_found_by_name_from_anywhere(ref: str) -> None:
    assert load(ref).name == "mid-over-small"


def test_a_file_of_ones_own_comes_before_a_shipped_one(write: Write) -> None:
    write("base.yaml", "name: mine\n")
    assert load("base.yaml").name == "mine"
    assert load("base").name == "base"


def test_a_folder_that_is_called_like_a_shipped_config_does_not_hide_it(elsewhere: Path) -> None:
    (elsewhere / "mid-over-small").mkdir()
    assert load("mid-over-small").name == "mid-over-small"


def test_a_config_that_is_not_there_is_one_sentence_with_the_nearest_name(write: Write) -> None:
    write("own/hikes.yaml", "name: hikes\n")
    for ref, near in [
        ("rate-cycle-timming", "rate-cycle-timing"),
        ("own/hike.yaml", "own/hikes.yaml"),
        ("zzz", "shipped are base,"),
        ("../../../etc/base.yaml", "base"),
        ("x\ny", "shipped are"),
        ("n" * 5000, ""),
        ("a\0b", ""),
    ]:
        (sentence,) = check(ref)
        assert near in sentence
        assert "\n" not in sentence


def test_a_folder_is_no_config(elsewhere: Path) -> None:
    (elsewhere / "studies").mkdir()
    assert check("studies") == ("studies is a folder; name a config file in it, such as studies/study.yaml",)
    assert "is a folder" in check("")[0]


def test_what_counts_is_set_then_the_file_then_what_it_extends_then_base(write: Write) -> None:
    write("low.yaml", "name: low\nexecution: {lag: 2, capital: 500}\nschedule: daily\n")
    write("high.yaml", "extends: low.yaml\nname: high\nexecution: {capital: 700}\n")
    config = load("high.yaml", ["execution.capital=900"])
    assert (config.execution.capital, config.execution.lag, config.schedule) == (900, 2, "daily")
    assert config.execution.fill == "close"
    assert config.name == "high"


def test_every_value_tells_where_it_came_from(write: Write) -> None:
    write("low.yaml", "name: low\n\nexecution:\n  lag: 2\n")
    write("sub/high.yaml", "extends: ../low.yaml\nname: high\n")
    config = load("sub/high.yaml", ["schedule=daily"])
    base = shipped()["base"]
    line = base.read_text().splitlines().index("  engine: backtrader") + 1
    assert config.lines["name"] == "sub/high.yaml:2"
    assert config.lines["execution.lag"] == "low.yaml:4"
    assert config.lines["schedule"] == "--set schedule=daily"
    assert config.lines["execution.engine"] == f"{base}:{line}"
    assert config.lines["strategy.asset"].startswith(str(base))
    assert config.origins()["execution.lag"] == {"value": 2, "from": "low.yaml:4"}
    assert f"lag: 2{' ' * 40}  # low.yaml:4\n" in config.show()


def test_extends_is_relative_to_the_file_that_says_so(write: Write, tmp_path: Path) -> None:
    write("a/low.yaml", "name: low\nschedule: daily\n")
    write("low.yaml", "name: wrong\nschedule: week_end\n")
    high = write("a/high.yaml", "extends: low.yaml\n")
    assert load(high).schedule == "daily"
    assert load("a/high.yaml").schedule == "daily"
    assert load("high.yaml", directory=Path("a")).schedule == "daily"


def test_a_base_of_ones_own_lies_over_the_shipped_one(write: Write) -> None:
    write("base.yaml", "schedule: daily\n")
    write("study.yaml", "extends: base.yaml\nname: study\n")
    config = load("study.yaml")
    assert (config.schedule, config.execution.lag) == ("daily", 1)


def test_a_circle_of_extends_is_refused(write: Write) -> None:
    write("a.yaml", "extends: b.yaml\n")
    write("b.yaml", "name: b\nextends: a.yaml\n")
    write("self.yaml", "extends: ./self.yaml\n")
    assert check("a.yaml")[0].startswith("b.yaml:2: extends comes back to a.yaml")
    assert check("self.yaml")[0].startswith("self.yaml:1: extends comes back to self.yaml")


def test_a_tower_of_extends_is_refused(write: Write) -> None:
    for k in range(12):
        write(f"{k}.yaml", f"extends: {k + 1}.yaml\n")
    write("12.yaml", "name: x\n")
    assert "more than 10 files" in check("0.yaml")[0]


@pytest.mark.parametrize("value", ["5", "[a.yaml, b.yaml]", "none.yaml", "''", "{a: b}"])
def test_a_wrong_extends_names_its_line(value: str, refused: Refused) -> None:
    assert refused(f"name: x\nextends: {value}\n").startswith("study.yaml:2: extends is ")


def test_another_class_drops_the_parameters_of_the_one_below(write: Write) -> None:
    write("low.yaml", "strategy: {class: MidOverSmall, when: rates_press, surge_bp: 70}\n")
    write("high.yaml", "extends: low.yaml\nstrategy: {class: BuyAndHold, asset: mid}\n")
    assert load("high.yaml").data["strategy"] == {"class": "BuyAndHold", "asset": "mid"}


def test_the_same_class_or_none_keeps_the_parameters_below(write: Write) -> None:
    write("low.yaml", "strategy: {class: MidOverSmall, when: rates_press, surge_bp: 70}\n")
    for stated in ("{class: MidOverSmall, surge_sessions: 21}", "{surge_sessions: 21}"):
        write("high.yaml", f"extends: low.yaml\nstrategy: {stated}\n")
        strategy = load("high.yaml").data["strategy"]
        assert (strategy["when"], strategy["surge_bp"], strategy["surge_sessions"]) == ("rates_press", 70.0, 21)


def test_weights_and_other_values_that_are_mappings_are_replaced_whole(write: Write) -> None:
    write(
        "low.yaml",
        "strategy: {class: FixedMix, weights: {small: 0.5, large: 0.5}}\n"
        "benchmark: {small: 0.5, large: 0.5}\nsweep: {execution.lag: [1, 2]}\n",
    )
    write(
        "high.yaml",
        "extends: low.yaml\nstrategy: {weights: {mid: 1.0}}\nbenchmark: {mid: 1}\nsweep: {schedule: [daily]}\n",
    )
    data = load("high.yaml").data
    assert data["strategy"]["weights"] == {"mid": 1.0}
    assert data["benchmark"] == {"mid": 1.0}
    assert data["sweep"] == {"schedule": ["daily"]}


def test_recognise_is_replaced_whole(write: Write) -> None:
    write("high.yaml", "extends: rate-cycle-timing.yaml\nstrategy: {recognise: {as_of: 2024-12-18}}\n")
    assert load("high.yaml").data["strategy"]["recognise"] == {"as_of": "2024-12-18"}


def test_set_reaches_into_a_value_and_leaves_the_rest() -> None:
    config = load("rate-cycle-timing", ["strategy.recognise.pause.months=9"])
    assert config.data["strategy"]["recognise"] == {"pause": {"months": 9}}
    assert config.lines["strategy.recognise.pause.months"] == "--set strategy.recognise.pause.months=9"
    assert config.lines["strategy.window.months"].endswith("rate-cycle-timing.yaml:14")


def test_set_takes_flow_values_and_the_last_one_counts() -> None:
    sets = ["strategy.recognise={pause: {months: 3}}", "execution.lag=2", "execution.lag=3"]
    config = load("rate-cycle-timing", sets)
    assert config.data["strategy"]["recognise"] == {"pause": {"months": 3}}
    assert config.execution.lag == 3


def test_setting_another_class_drops_the_file_s_parameters_and_keeps_those_set() -> None:
    for sets in (
        ["strategy.class=BuyAndHold", "strategy.asset=mid"],
        ["strategy.asset=mid", "strategy.class=BuyAndHold"],
        ["strategy={class: BuyAndHold, asset: mid}"],
    ):
        assert load("rate-cycle-timing", sets).data["strategy"] == {"class": "BuyAndHold", "asset": "mid"}


def test_a_class_is_set_where_an_asset_stood() -> None:
    config = load("rate-cycle-timing", ["strategy.risk_on.class=BuyAndHold", "strategy.risk_on.asset=mid"])
    assert config.data["strategy"]["risk_on"] == {"class": "BuyAndHold", "asset": "mid"}


def test_a_key_of_a_sweep_is_set_with_its_dots() -> None:
    config = load("base", ["sweep.strategy.asset=[small, large]"])
    assert config.sweep == {"strategy.asset": ["small", "large"]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("benchmark.small=0.5", "has no key small; set the whole value, as --set 'benchmark={small: ...}'"),
        ("execution.lag.x=1", "execution.lag is 1"),
        ("exection.lag=1", "exection is not a key; write execution"),
        ("execution.lagg=1", "execution.lagg is not a key; write execution.lag"),
        ("commission_bps=1", "write execution.costs.commission_bps"),
        ("execution.lag", "there is no KEY=VALUE"),
        ("=1", "there is no KEY=VALUE"),
        ("execution..lag=1", "is not a key"),
        ("extends=x.yaml", "extends is read from files only"),
        ("strategy.asst=mid", "strategy.asst is not a parameter of BuyAndHold; write asset"),
        ("execution.lag=!!python/name:os.system", "tag"),
        ("name=a\nb", "name is 'a\\nb'"),
        ("name=\x1b[31m", "control character U+001B"),
    ],
)
def test_a_wrong_set_is_one_sentence_that_names_it(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load("base", [text])
    assert str(caught.value).startswith("--set " + text.split("=")[0][:4])
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


def test_find_returns_the_file(write: Write) -> None:
    path = write("sub/a.yaml", "name: a\n")
    assert find("sub/a.yaml").resolve() == path.resolve()
    assert find("a.yaml", path.parent) == path
    assert find("base") == shipped()["base"]


def test_a_study_without_name_and_question_does_not_take_those_of_the_base(tmp_path: Path) -> None:
    (tmp_path / "my mix.yaml").write_text("strategy: {class: BuyAndHold, asset: mid}\n")
    found = load(str(tmp_path / "my mix.yaml"))
    assert (found.name, found.question) == ("my-mix", "How does BuyAndHold do against its benchmark?")
    assert from_mapping({"strategy": {"class": "BuyAndHold", "asset": "mid"}}).name == "study"
    # What is extended by name is taken, as everything else of it is.
    (tmp_path / "over.yaml").write_text("extends: mid-over-small.yaml\nexecution: {lag: 2}\n")
    assert load(str(tmp_path / "over.yaml")).name == "mid-over-small"
    (tmp_path / "own.yaml").write_text("name: own\nquestion: Why?\n")
    assert (load(str(tmp_path / "own.yaml")).name, load(str(tmp_path / "own.yaml")).question) == ("own", "Why?")
