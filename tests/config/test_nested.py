"""Rules inside a rule: read, refused, stored and read back like the rule around them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from fedcycle.backtests.config import check, load, schema
from fedcycle.backtests.config.strategy_params import parameters
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.strategies import library
from fedcycle.strategies.final_cut import UntilHike
from fedcycle.strategies.strategy import Strategy

RULE = (Path(__file__).parent / "half.py").read_text(encoding="utf-8")
AROUND = """\
from collections.abc import Mapping
from dataclasses import dataclass
from fedcycle.strategies.library import load
from fedcycle.strategies.strategy import Strategy

@dataclass(frozen=True, kw_only=True)
class Around(Strategy):
    one: Strategy = load("BuyAndHold")(asset="mid")
    several: tuple[Strategy, ...] = ()
    named: Mapping[str, Strategy] | None = None

    def weights(self, view):
        return self.one.weights(view)
"""
BLEND = """\
name: study
strategy:
  class: Blend
  rules:
    timing: {class: RateCycleTiming, window: until_hike}
    shield:
      class: YieldShield
      rule:
        class: QualitySmallCaps
      to: bills
  shares: {timing: 0.5, shield: 0.5}
"""
Write = Callable[[str, str], Path]
Refused = Callable[..., str]


def inner(rule: Strategy, *path: str) -> Strategy:
    for key in path:
        rule = rule.inner()[key]
    return rule


def test_rules_are_built_inside_rules(write: Write) -> None:
    write("study.yaml", BLEND)
    rule = load("study.yaml").strategy()
    assert inner(rule, "rules.timing").window == UntilHike()  # type: ignore[attr-defined]
    assert type(inner(rule, "rules.shield", "rule")).__name__ == "QualitySmallCaps"


def test_a_resolved_config_states_every_parameter_of_every_rule_and_where_it_is_from(write: Write) -> None:
    write("study.yaml", BLEND)
    config = load("study.yaml")
    inner = config.data["strategy"]["rules"]["shield"]["rule"]
    assert list(inner) == ["class", *parameters(library.load("QualitySmallCaps"))]
    assert (inner["class"], inner["asset"]) == ("QualitySmallCaps", "small_quality")
    lines = {key: place for key, place in config.lines.items() if key.startswith("strategy.rules.shield.")}
    assert lines["strategy.rules.shield.class"] == "study.yaml:7"
    assert lines["strategy.rules.shield.rule.class"] == "study.yaml:9"
    assert lines["strategy.rules.shield.rule.asset"] == "default of QualitySmallCaps"
    assert lines["strategy.rules.shield.to"] == "study.yaml:10"
    assert lines["strategy.rules.shield.enter_bp"] == "default of YieldShield"


def test_a_stored_config_and_a_shown_one_read_back_as_the_same(write: Write) -> None:
    write("study.yaml", BLEND)
    config = load("study.yaml")
    for text in (config.dump(), config.show()):
        write("again.yaml", text)
        assert load("again.yaml").data == config.data
        assert load("again.yaml").strategy() == config.strategy()


def test_set_reaches_into_a_nested_rule_and_another_class_drops_its_parameters(write: Write) -> None:
    write("study.yaml", BLEND)
    sets = ["strategy.rules.timing.risk_off=bills", "strategy.rules.shield.rule.asset=small_junk"]
    rule = load("study.yaml", sets).strategy()
    assert inner(rule, "rules.timing").named_assets() == ("small", "bills")
    assert inner(rule, "rules.shield", "rule").named_assets() == ("small_junk",)
    other = load("study.yaml", ["strategy.rules.timing.class=MidOverSmall"]).strategy()
    assert type(inner(other, "rules.timing")).__name__ == "MidOverSmall"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("QualitySmallCaps", "QualitySmalCaps", "study.yaml:9: strategy.rules.shield.rule.class is 'QualitySmalCaps'"),
        ("QualitySmallCaps", "QualitySmalCaps", "which is not a strategy; write QualitySmallCaps"),
        ("QualitySmallCaps", "'none.py:Rule'", "study.yaml:9: strategy.rules.shield.rule.class names none.py, which"),
        ("QualitySmallCaps", "'os:getcwdd'", "study.yaml:9: strategy.rules.shield.rule.class is 'os:getcwdd', but"),
        (
            "        class: Quality",
            "        clas: Quality",
            "study.yaml:8: strategy.rules.shield.rule has no class; write",
        ),
        ("window:", "windw:", "study.yaml:5: strategy.rules.timing.windw is not a parameter of RateCycleTiming; write"),
        ("until_hike", "until_hikes", "study.yaml:5: RateCycleTiming: window is 'until_hikes'; write {months: 12}"),
        (
            "until_hike}",
            "until_hike, risk_on: 5}",
            "study.yaml:5: strategy.rules.timing.risk_on is 5, but it must be the name of an asset",
        ),
        ("to: bills", "to: bills\n      leave_bp: 60", "study.yaml:11: YieldShield: leave_bp is 60 basis points, but"),
        (
            "to: bills",
            "to: bills\n      enter_bp: 0.5",
            "study.yaml:11: YieldShield: enter_bp is 0.5, but it is in bas",
        ),
        (
            "to: bills",
            "to: bills\n      rul: 1",
            "study.yaml:11: strategy.rules.shield.rul is not a parameter of Yield",
        ),
        ("shield: 0.5", "shield: 0.6", "study.yaml:11: Blend: shares add up to 1.1; at most 1 can be invested"),
        ("shield: 0.5", "shild: 0.5", "study.yaml:11: Blend: shares has nothing for shield"),
        (
            "{class: RateCycleTiming, window: until_hike}",
            "RateCycleTiming",
            "strategy.rules.timing is 'RateCycleTiming'",
        ),
        ("{class: RateCycleTiming, window: until_hike}", "[]", "must be a rule: a mapping with a class; write {class:"),
        (
            "{class: RateCycleTiming, window: until_hike}",
            "{class: FixedMix}",
            "strategy.rules.timing FixedMix lacks weig",
        ),
        ("{class: RateCycleTiming, window: until_hike}", "null", "study.yaml:5: strategy.rules.timing is null"),
    ],
)
def test_a_wrong_nested_rule_names_its_line_key_and_remedy(old: str, new: str, said: str, refused: Refused) -> None:
    assert old in BLEND
    assert said in refused(BLEND.replace(old, new, 1))


def test_two_rules_that_hold_one_asset_to_more_than_all_of_it_are_refused_by_name(refused: Refused) -> None:
    text = (
        "strategy:\n  class: Blend\n  rules: {a: {class: BuyAndHold, asset: mid}, b: {class: MidOverSmall}}\n"
        "  shares: {a: 0.7, b: 0.6}\n"
    )
    assert refused(text).startswith(
        "study.yaml:4: Blend: shares add up to 1.3, and a and b may hold mid to 1.3 together; at most 1 can be invested"
    )


def test_all_that_is_wrong_in_all_rules_is_told_together(write: Write) -> None:
    write("study.yaml", BLEND.replace("window:", "windw:").replace("to: bills", "too: bills"))
    assert [problem.split(": ")[0] for problem in check("study.yaml")] == ["study.yaml:5", "study.yaml:10"]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("one: [1]", "strategy.one is [1], but it must be a rule: a mapping with a class"),
        ("several: {class: BuyAndHold, asset: mid}", "but it must be a list of rules; write [{class: BuyAndHold"),
        ("several: [mid]", "strategy.several.0 is 'mid', but it must be a rule"),
        ("several: [{class: BuyAndHold}]", "strategy.several.0 BuyAndHold lacks asset"),
        ("named: [1]", "strategy.named is [1], but it must be a mapping of names of your own to rules"),
        ("named: {it: {class: BuyAndHoldd}}", "strategy.named.it.class is 'BuyAndHoldd', which is not a strategy"),
        ("one: null", "strategy.one is null, but it must be a rule"),
    ],
)
def test_a_user_s_rule_takes_rules_in_the_ways_its_types_say(
    parameters: str, said: str, write: Write, refused: Refused
) -> None:
    write("around.py", AROUND)
    assert said in refused(f"strategy:\n  class: around.py:Around\n  {parameters}\n")


def test_lists_mappings_and_defaults_of_rules_are_stored_whole(write: Write) -> None:
    write("around.py", AROUND)
    write(
        "study.yaml", "strategy: {class: 'around.py:Around', several: [{class: BuyAndHold, asset: mid}], named: null}"
    )
    config = load("study.yaml")
    mid = {"class": "BuyAndHold", "asset": "mid"}
    assert config.data["strategy"] == {"class": "around.py:Around", "one": mid, "several": [mid], "named": None}
    write("stored/around.py", AROUND)
    write("stored/config.yaml", config.dump())
    assert load("stored/config.yaml").data == config.data


def test_a_user_s_rule_inside_another_is_kept_beside_the_stored_config(write: Write, elsewhere: Path) -> None:
    write("deep/rules/half.py", RULE)
    write(
        "deep/study.yaml",
        "name: s\nstrategy: {class: YieldShield, rule: {class: 'rules/half.py:Half', share: 0.25}, small: [small]}\n",
    )
    config = load("deep/study.yaml")
    assert dict(config.companions) == {"half.py": RULE.encode()}
    assert config.data["strategy"]["rule"] == {"class": "half.py:Half", "asset": "small", "share": 0.25}
    (elsewhere / "stored").mkdir()
    for name, content in config.companions.items():
        (elsewhere / "stored" / name).write_bytes(content)
    write("stored/config.yaml", config.dump())
    (elsewhere / "deep" / "rules" / "half.py").unlink()
    assert load("stored/config.yaml").data == config.data


def test_two_files_of_one_name_in_one_strategy_cannot_be_stored_beside_each_other(
    write: Write, refused: Refused
) -> None:
    write("a/half.py", RULE)
    write("b/half.py", RULE.replace("0.5", "0.75"))
    rules = "{a: {class: 'a/half.py:Half'}, b: {class: 'b/half.py:Half'}}"
    text = f"strategy:\n  class: Blend\n  rules: {rules}\n  shares: {{a: 0.5, b: 0.5}}\n"
    assert refused(text).startswith("study.yaml:2: rules come from two files named half.py that differ; rename one")
    write("b/half.py", RULE)
    write("study.yaml", text)
    assert list(load("study.yaml").companions) == ["half.py"]


def test_a_bt_strategy_is_no_part_of_a_rule(write: Write, refused: Refused) -> None:
    write("native.py", "import backtrader as bt\nclass Own(bt.Strategy):\n    pass\n")
    sentence = refused("strategy:\n  class: YieldShield\n  rule:\n    class: native.py:Own\n")
    assert sentence.startswith(
        "study.yaml:4: strategy.rule.class is 'native.py:Own', a bt.Strategy, which gives orders"
    )


def test_the_schema_lets_rules_stand_inside_rules() -> None:
    by_title = {each.get("title"): each for each in schema()["properties"]["strategy"]["anyOf"]}
    rule = {"$ref": "#/properties/strategy", "required": ["class"]}
    assert by_title["YieldShield"]["properties"]["rule"].items() >= rule.items()
    assert by_title["Blend"]["properties"]["rules"]["additionalProperties"] == rule
    assert by_title["BofAComposite"]["properties"]["pressure"]["default"] == {"mid": 0.7, "large": 0.3}


@pytest.mark.parametrize(
    ("band", "said"), [("5", "execution.band is 5"), ("-0.1", "is -0.1"), ("1", "is 1"), (".nan", "nan")]
)
def test_a_band_is_a_fraction_below_one(band: str, said: str, refused: Refused) -> None:
    sentence = refused(f"execution:\n  band: {band}\n")
    assert sentence.startswith("study.yaml:2: execution.band is ")
    assert said in sentence
    assert "a fraction of value, 0 or more and below 1, not percent; write 0.02" in sentence


@pytest.mark.parametrize("value", ["-30", "later", "-1.01", ".nan", "true"])
def test_a_delisting_return_is_last_data_or_a_fraction(value: str, refused: Refused) -> None:
    sentence = refused(f"execution:\n  delisting: {value}\n")
    assert sentence.startswith("study.yaml:2: execution.delisting is ")
    assert "last, data, or a fraction of the last close, -1 (nothing is left) or more, not percent; write " in sentence


def test_units_are_fractional_or_whole(refused: Refused) -> None:
    sentence = refused("execution:\n  units: hole\n")
    assert sentence.startswith(
        "study.yaml:2: execution.units is 'hole', but it must be one of fractional, whole; write whole"
    )


ON_STOCKS = """\
extends: base.yaml
name: nested
strategy:
  class: RateCycleTiming
  risk_on: {class: QualitySmallCaps, size: small}
  risk_off: large
"""


def test_a_rule_can_stand_where_an_asset_can(write: Write) -> None:
    write("study.yaml", ON_STOCKS)
    rule = load("study.yaml").rule
    assert type(rule.risk_on).__name__ == "QualitySmallCaps"
    assert (rule.risk_on.size, rule.risk_off) == ("small", "large")
    assert rule.named_assets() == ("large",)


def test_what_is_neither_an_asset_nor_a_rule_is_refused_with_both_forms(write: Write) -> None:
    write("study.yaml", ON_STOCKS.replace("risk_off: large", "risk_off: 3"))
    with pytest.raises(ConfigError, match=r"study.yaml:6: strategy.risk_off is 3, but it must be the name of an asset"):
        load("study.yaml")


def test_a_list_takes_assets_and_rules(write: Write) -> None:
    tilt = "strategy: {class: SectorTilt, core: small, sectors: [financials, {class: BuyAndHold, asset: mid}]}"
    write("study.yaml", f"extends: base.yaml\nname: tilt\n{tilt}\n")
    config = load("study.yaml")
    assert config.rule.named_assets() == ("small", "financials", "mid")
    assert config.data["strategy"]["sectors"] == ["financials", {"class": "BuyAndHold", "asset": "mid"}]


@pytest.mark.parametrize(
    ("lines", "at", "said"),
    [
        (["- yield_surge: {sessions: 63, above_bpp: 75.0}", "- paused: {months: 6}"], 7, "did you mean above_bp?"),
        (["- paused: {months: 6}", "- yield_surge: {sessions: 0, above_bp: 75.0}"], 8, "write 1 to 2520 sessions"),
    ],
)
def test_a_fault_in_a_condition_is_told_with_the_line_of_the_condition(
    tmp_path: Path, lines: list[str], at: int, said: str
) -> None:
    head = ["extends: base.yaml", "name: deep", "strategy:", "  class: When", "  when:", "    all:"]
    file = tmp_path / "deep.yaml"
    body = [*head, *(f"      {line}" for line in lines), "  then: mid", "  otherwise: small"]
    file.write_text("\n".join(body) + "\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=f"deep.yaml:{at}: When: .*{re.escape(said)}"):
        load(str(file))
