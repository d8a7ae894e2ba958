"""The strategy a config asks for: from the library, from a user's file, from a module."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fedcycle.backtests.config import check, load
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.strategies.final_cut import AsOf, Hindsight, Months, Pause, UntilHike
from fedcycle.strategies.strategy import Strategy, StrategyError

RULE = (Path(__file__).parent / "half.py").read_text(encoding="utf-8")
Write = Callable[[str, str], Path]
Refused = Callable[..., str]


def test_parameters_reach_the_rule() -> None:
    rule = load("rate-cycle-timing", ["strategy.risk_on=mid"]).strategy()
    assert rule.risk_on == "mid"  # type: ignore[attr-defined]
    assert rule.recognise == Pause(6)  # type: ignore[attr-defined]
    assert rule.window == Months(12)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("stated", "kind"), [("{as_of: 2024-12-18}", AsOf), ("hindsight", Hindsight), ("{pause: {months: 3}}", Pause)]
)
def test_recognise_takes_its_three_forms(stated: str, kind: type) -> None:
    config = load("rate-cycle-timing", [f"strategy.recognise={stated}", "strategy.window=until_hike"])
    assert isinstance(config.strategy().recognise, kind)  # type: ignore[attr-defined]
    assert config.strategy().window == UntilHike()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("strategy", "line", "said"),
    [
        ("class: RateCycelTiming", 2, "write RateCycleTiming"),
        ("class: midoversmall", 2, "write MidOverSmall"),
        ("class: Xyzzy", 2, "there are Blend, "),
        ("class: 5", 2, "strategy has class 5, which is not a text"),
        ("class: os", 2, "is not a strategy"),
        ("class: 'os:system'", 2, "system is no Strategy"),
        ("class: 'os:getcwdd'", 2, "os.py has no getcwdd"),
        ("class: 'no_such_module_at_all:Rule'", 2, "cannot be imported: ModuleNotFoundError"),
        ("class: 'rules:'", 2, "write path/to/file.py:Class or module:Class"),
        ("class: ':Rule'", 2, "write path/to/file.py:Class or module:Class"),
        ("class: 'a b:Rule'", 2, "neither a .py file nor a module"),
        ("class: 'none.py:Rule'", 2, "none.py, which cannot be read: No such file"),
        ("class: BuyAndHold\n  asset: mid\n  aset: mid", 4, "not a parameter of BuyAndHold; write asset"),
        ("class: BuyAndHold\n  asset: 5", 3, "strategy.asset is 5, but it must be a text"),
        ("class: BuyAndHold\n  asset: null", 3, "strategy.asset is null"),
        ("class: MidOverSmall\n  when: allways", 3, "strategy.when is 'allways'"),
        ("class: MidOverSmall\n  surge_bp: .nan", 3, "strategy.surge_bp is nan, but it must be a finite number"),
        ("class: MidOverSmall\n  surge_bp: 0.5", 3, "basis points"),
        (
            "class: MidOverSmall\n  surge_sessions: 63.0",
            3,
            "strategy.surge_sessions is 63.0, but it must be a whole number",
        ),
        ("class: MidOverSmall\n  surge_sessions: true", 3, "strategy.surge_sessions is true"),
        ("class: FixedMix\n  weights: {small: 0.7, large: 0.7}", 3, "add up to 1.4"),
        ("class: FixedMix\n  weights:\n    small: .nan", 4, "strategy.weights.small is nan"),
        ("class: FixedMix\n  weights: {small: true}", 3, "strategy.weights.small is true"),
        ("class: FixedMix\n  weights: 1", 3, "strategy.weights is 1, but it must be a mapping"),
        ("class: RateCycleTiming\n  recognise:\n    pause:\n      months: 0", 5, "months"),
        ("class: RateCycleTiming\n  recognise: {puase: {months: 6}}", 3, "recognise"),
        ("class: RateCycleTiming\n  recognise: {as_of: 2024-02-30}", 3, "2024-02-30"),
        ("class: RateCycleTiming\n  window: until_hikes", 3, "until_hike"),
    ],
)
def test_a_wrong_strategy_names_its_line_and_what_is_right(
    strategy: str, line: int, said: str, refused: Refused
) -> None:
    sentence = refused(f"strategy:\n  {strategy}\n")
    assert sentence.startswith(f"study.yaml:{line}: ")
    assert said in sentence


def test_a_missing_parameter_is_asked_for_with_its_unit(refused: Refused) -> None:
    sentence = refused("strategy:\n  class: FixedMix\n")
    assert (
        sentence
        == "study.yaml:1: strategy FixedMix lacks weights; write weights: fraction of portfolio value per asset"
    )


def test_what_the_rule_itself_refuses_keeps_its_cause(write: Write) -> None:
    write("study.yaml", "strategy: {class: MidOverSmall, surge_bp: 0.5}\n")
    with pytest.raises(ConfigError) as caught:
        load("study.yaml")
    cause: BaseException | None = caught.value
    while cause is not None and not isinstance(cause, StrategyError):
        cause = cause.__cause__
    assert isinstance(cause, StrategyError)


def test_a_rule_by_path_is_relative_to_the_config_that_names_it(write: Write) -> None:
    file = write("deep/rules/half.py", RULE)
    write("deep/low.yaml", "strategy: {class: 'rules/half.py:Half', share: 0.25}\n")
    write("other/high.yaml", "extends: ../deep/low.yaml\nname: high\n")
    config = load("other/high.yaml")
    assert isinstance(config.strategy(), Strategy)
    assert config.strategy().weights(None) == {"small": 0.25}  # type: ignore[arg-type]
    assert dict(config.rule_files) == {file.name: RULE.encode()}
    assert config.data["strategy"] == {"class": "half.py:Half", "asset": "small", "share": 0.25}
    assert config.lines["strategy.asset"] == "default of Half"


def test_two_files_of_one_name_are_two_rules(write: Write) -> None:
    write("a/rules.py", RULE)
    write("b/rules.py", RULE.replace("0.5", "0.75"))
    for folder, share in (("a", 0.5), ("b", 0.75)):
        write(f"{folder}/study.yaml", "strategy: {class: 'rules.py:Half'}\n")
        assert load(f"{folder}/study.yaml").strategy().weights(None) == {"small": share}  # type: ignore[arg-type]


def test_the_same_relative_file_from_another_folder_is_another_class(write: Write) -> None:
    write("a/rules.py", RULE)
    write("b/rules.py", RULE)
    write("a/low.yaml", "strategy: {class: 'rules.py:Half', share: 0.1}\n")
    write("b/high.yaml", "extends: ../a/low.yaml\nstrategy: {class: 'rules.py:Half'}\n")
    assert load("b/high.yaml").data["strategy"]["share"] == 0.5


def test_an_edited_rule_is_read_anew_and_leaves_nothing_behind(write: Write) -> None:
    write("study.yaml", "strategy: {class: 'half.py:Half'}\n")
    for share in ("0.5", "0.6"):  # the same length within the same second: a .pyc would not notice
        path = write("half.py", RULE.replace("0.5", share))
        assert load("study.yaml").data["strategy"]["share"] == float(share)
    assert sorted(each.name for each in path.parent.iterdir()) == ["half.py", "study.yaml"]


def test_a_user_s_file_leaves_the_import_path_alone(write: Write) -> None:
    before = list(sys.path)
    write("half.py", RULE)
    write("study.yaml", "strategy: {class: 'half.py:Half'}\n")
    load("study.yaml")
    assert sys.path == before
    assert "half" not in sys.modules


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("x = 1\n1 / 0\n", "rule.py:2: ZeroDivisionError: division by zero"),
        ("def f(:\n", "rule.py:1: SyntaxError"),
        ("import sys\nsys.exit(3)\n", "rule.py:2: SystemExit: 3"),
        ("import no_such_module_at_all\n", "rule.py:1: ModuleNotFoundError"),
        ("raise ValueError('a\\nb')\n", "rule.py:1: ValueError: a b"),
        ("Rule = 5\n", "Rule is no Strategy"),
        ("class Rule: pass\n", "Rule is no Strategy; subclass fedcycle.strategies.strategy.Strategy"),
        ("class Rle: pass\n", "rule.py has no Rule; write Rle"),
        ("", "rule.py has no Rule; it has no class at all"),
        (
            "from fedcycle.strategies.strategy import Strategy\n"
            "class Rule(Strategy):\n  def weights(self, view): return {}\n",
            "Rule is no frozen keyword-only dataclass; write @dataclass(frozen=True, kw_only=True)",
        ),
        (
            "from dataclasses import dataclass\nfrom fedcycle.strategies.strategy import Strategy\n"
            "@dataclass(frozen=True)\nclass Rule(Strategy):\n  a: int = 1\n  def weights(self, view): return {}\n",
            "Rule is no frozen keyword-only dataclass",
        ),
        (
            "from dataclasses import dataclass\nfrom fedcycle.strategies.strategy import Strategy\n"
            "@dataclass\nclass Rule(Strategy):\n  def weights(self, view): return {}\n",
            "cannot inherit non-frozen dataclass from a frozen one",
        ),
        (
            "from dataclasses import dataclass\nfrom fedcycle.strategies.strategy import Strategy\n"
            "@dataclass(frozen=True, kw_only=True)\nclass Rule(Strategy):\n  a: int = 1\n",
            "Rule does not define weights",
        ),
        (RULE.replace("Half", "Rule").replace("asset: str", "asset: Sting"), "the types of Rule cannot be read"),
        (RULE.replace("Half", "Rule").replace("if self.share > 1", "if 1 / 0"), "ZeroDivisionError"),
        (RULE.replace("Half", "Rule").replace("0.5", "2.0"), "share is 2; write a fraction of at most 1"),
        (RULE.replace("Half", "Rule").replace('"small"', "object()"), "holds a object, which a config cannot write"),
    ],
)
def test_a_rule_file_that_is_none_is_one_sentence(code: str, said: str, write: Write, refused: Refused) -> None:
    write("rule.py", code)
    sentence = refused("name: x\nstrategy:\n  class: rule.py:Rule\n")
    assert sentence.startswith(("study.yaml:3: ", "study.yaml:2: "))
    assert said in sentence


def test_a_failing_import_keeps_the_error_that_debug_shows(write: Write) -> None:
    write("rule.py", "1 / 0\n")
    write("study.yaml", "strategy: {class: 'rule.py:Rule'}\n")
    with pytest.raises(ConfigError) as caught:
        load("study.yaml")
    chain: list[BaseException | None] = [caught.value]
    while chain[-1] is not None:
        chain.append(chain[-1].__cause__)
    assert any(isinstance(each, ZeroDivisionError) for each in chain)


def test_a_rule_of_a_module_of_the_users_own_is_found_and_kept(
    write: Write, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("site/acme_rules_for_a_test.py", RULE)
    monkeypatch.syspath_prepend(str(elsewhere / "site"))
    config = load("base", ["strategy={class: 'acme_rules_for_a_test:Half'}"])
    assert config.data["strategy"]["class"] == "acme_rules_for_a_test:Half"
    assert dict(config.rule_files) == {"acme_rules_for_a_test.py": RULE.encode()}
    assert dict(config.rule_modules) == {}


def test_a_list_is_a_tuple_where_the_rule_asks_for_one(write: Write) -> None:
    code = RULE.replace('asset: str = "small"', "names: tuple[str, ...] = ()\n    listed: list[int] | None = None")
    write("rule.py", code.replace("self.asset", "self.names[0]"))
    write("study.yaml", "strategy: {class: 'rule.py:Half', names: [small, mid], listed: [1, 2]}\n")
    rule = load("study.yaml").strategy()
    assert rule.names == ("small", "mid")  # type: ignore[attr-defined]
    assert rule.listed == [1, 2]  # type: ignore[attr-defined]


def test_check_tells_every_wrong_parameter(write: Write) -> None:
    write("study.yaml", "strategy:\n  class: MidOverSmall\n  surge_dys: 5\n  when: 1\n  surge_bp: x\n")
    assert [problem.split(": ")[0] for problem in check("study.yaml")] == [f"study.yaml:{n}" for n in (3, 4, 5)]
