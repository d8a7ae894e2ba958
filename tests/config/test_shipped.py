"""The configs that come with fedcycle, and the package that reads them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from fedcycle.backtests import config
from fedcycle.backtests.config import keys, load, shipped
from fedcycle.backtests.config.yaml_reader import Source, plain, read

CONFIGS = Path(__file__).parents[2] / "configs"
STUDIES = sorted(name for name in shipped() if "/" not in name and name != "base")


def stated(name: str) -> dict[str, object]:
    found = plain(read(CONFIGS / f"{name}.yaml", Source(name, CONFIGS)))
    assert isinstance(found, dict)
    return found


def test_what_is_shipped_is_what_lies_in_the_folder() -> None:
    assert sorted(shipped()) == sorted(
        path.relative_to(CONFIGS).with_suffix("").as_posix() for path in CONFIGS.rglob("*.yaml")
    )
    assert set(shipped()) >= {"base", *STUDIES}


ASKED = re.compile(r"\b(?:beat|instead of|leave|help|keep) (small|mid|large) caps\b")
"""What a question puts a rule beside: "beat large caps", "instead of small caps", "leave small caps"."""


@pytest.mark.parametrize("name", sorted(shipped()))
def test_the_benchmark_is_what_the_question_asks_about(name: str) -> None:
    loaded = load(name)
    asked = ASKED.search(loaded.question)
    if asked is None or name.startswith(("ablation/", "spreads/")):
        # An ablation is put beside the whole by its sweep, and a spread holds what it asks about on both sides.
        return
    first = loaded.benchmark if isinstance(loaded.benchmark, str) else " ".join(loaded.benchmark)
    assert asked[1] in first, f"{loaded.question} is measured against {first}"


RULES = {
    "yield-shield-over-timing": "rate-cycle-timing",
    "small-and-large-daily": "small-and-large",
    "sectors/sector-tilt-in-expansions": "sector-tilt",
}
"""Questions that put a rule beside another shipped one."""
DESCRIBES = re.compile(
    r"^(?:What|How much|Would|Do timing the cycle|Is it the recession|Did small caps also|At which thresholds"
    r"|Does the (?:composite|note's whole|rule|screen))\b"
)
"""Questions that describe, or that a sweep or a comparison answers: measured against the size that the note prefers."""


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_shipped_question_is_read_against_its_benchmark(name: str) -> None:
    """A question that names no size either names a rule, its benchmark, or describes: a new one must be placed."""
    loaded = load(name)
    if name in RULES:
        assert loaded.benchmark == RULES[name], f"{loaded.question} is measured against {loaded.benchmark}"
    elif ASKED.search(loaded.question) is None:
        assert DESCRIBES.search(loaded.question), f"what is {loaded.question} measured against?"
        assert loaded.benchmark in ("large", "small", {"small": 0.5, "large": 0.5})


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_shipped_config_is_valid_and_opens_with_its_question(name: str) -> None:
    loaded = load(name)
    first = shipped()[name].read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# {loaded.question}"
    assert loaded.question.endswith("?")
    assert loaded.name == name.rsplit("/", 1)[-1]


@pytest.mark.parametrize("name", STUDIES)
def test_the_studies_end_together_so_that_they_can_be_compared(name: str) -> None:
    loaded = load(name)
    assert (str(loaded.start), str(loaded.end)) == ("1998-01-02", "2025-05-30")


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_states_only_its_differences(name: str) -> None:
    own = load(name)
    below = load(str(stated(name)["extends"]))
    leaves = [key for key, origin in own.lines.items() if re.search(rf"/{name}\.yaml:", origin)]
    same = [
        key
        for key in leaves
        if not key.startswith("strategy.") and own.origins()[key]["value"] == below.origins().get(key, {}).get("value")
    ]
    assert same == []


def test_base_states_every_key_and_nothing_else() -> None:
    base = stated("base")

    def leaves(values: dict[str, object], prefix: str = "") -> list[str]:
        found: list[str] = []
        for key, value in values.items():
            if isinstance(value, dict) and prefix + key not in ("strategy", "sweep", "sweep_variants", "benchmark"):
                found += leaves(value, f"{prefix}{key}.")
            else:
                found.append(prefix + key)
        return found

    assert leaves(base) == list(keys())


def test_base_explains_every_key_in_a_comment_above_it() -> None:
    lines = (CONFIGS / "base.yaml").read_text(encoding="utf-8").splitlines()
    for key in keys():
        last = key.rsplit(".", 1)[-1]
        indent = "  " * key.count(".")
        at = next(i for i, line in enumerate(lines) if re.match(rf"{indent}{last}:", line))
        assert lines[at - 1].lstrip().startswith("#"), key


def test_base_alone_is_a_buy_and_hold_of_large_caps_to_the_end_of_the_data() -> None:
    assert load("base").data == {
        "name": "base",
        "question": "What did holding large caps return?",
        "flows": None,
        "data": {"market": "bundle", "allow_revised": False, "allow_stale": False},
        "period": {"start": "1998-01-02", "end": None},
        "strategy": {"class": "BuyAndHold", "asset": "large"},
        "schedule": "month_end",
        "cycles": "runs",
        "execution": {
            "engine": "backtrader",
            "capital": 1_000_000.0,
            "lag": 1,
            "fill": "close",
            "band": 0.0,
            "units": "fractional",
            "delisting": "last",
            "costs": {"commission_bps": 0.0, "slippage_bps": 5.0},
            "account": {"short": False, "gross": 1.0, "borrow_bps": 50.0, "loan_bps": 100.0, "maintenance": None},
        },
        "benchmark": "large",
        "sweep": {},
        "sweep_design": None,
        "sweep_reference": "own choice",
        "sweep_variants": {},
    }


def test_only_the_config_package_has_yaml_and_pydantic() -> None:
    root = Path(__file__).parents[2]
    package = Path(config.__file__).resolve().parent
    pattern = re.compile(r"^\s*(import|from) (ruamel|pydantic)", re.MULTILINE)
    outside = [
        path
        for folder in ("data", "strategies", "backtests")
        for path in (root / folder).rglob("*.py")
        if package not in path.resolve().parents and pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert outside == []


def test_loading_a_config_imports_neither_pandas_nor_an_engine() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from fedcycle.backtests.config import load; "
        "load('rate-cycle-timing'); print(sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    src = str(Path(__file__).parents[2] / "src")
    done = subprocess.run([sys.executable, "-c", code, src], capture_output=True, text=True, check=True, timeout=300)
    heavy = {"pandas", "scipy", "plotly", "backtrader", "pyarrow", "click", "rich", "jinja2"}
    assert heavy.isdisjoint(re.findall(r"'(\w+)'", done.stdout))
