"""What a verdict is where there is next to nothing to judge: a sentence or null, never NaN, on page and terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RULES = '''
from dataclasses import dataclass

from fedcycle.strategies.strategy import Strategy


@dataclass(frozen=True, kw_only=True)
class Never(Strategy):
    """Holds nothing, ever."""

    def weights(self, view):
        return {}


@dataclass(frozen=True, kw_only=True)
class Flip(Strategy):
    """Turns everything round in every session."""

    def weights(self, view):
        return {"small": 1.0} if int(view.today.astype(int)) % 2 else {"large": 1.0}
'''
NEVER = 'strategy: {class: "rules.py:Never"}'
RUINED = """strategy: {class: "rules.py:Flip"}
schedule: daily
execution: {costs: {commission_bps: 2000, slippage_bps: 2000}}"""
TWO_SESSIONS = "period: {start: 2020-03-12, end: 2020-03-13}"
ITSELF = "benchmark: large\nexecution: {costs: {commission_bps: 0, slippage_bps: 0}}"


def study(folder: Path, text: str) -> Path:
    (folder / "rules.py").write_text(RULES, encoding="utf-8")
    file = folder / "edge.yaml"
    file.write_text(f"# An edge.\nextends: base.yaml\nname: edge\nquestion: What is left?\n{text}\n", encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "said", "expected"),
    [
        (
            NEVER,
            "the account never made a trade, so there is nothing to measure",
            {"word": None, "active_return": None},
        ),
        (RUINED, "the account was lost, so its returns cannot be resampled", {"word": None, "low": None, "high": None}),
        (TWO_SESSIONS, "1 return is too few for an interval, which needs 60", {"word": None, "low": None}),
        (ITSELF, "active return 0.00 pp a year", {"word": "level", "active_return": 0.0, "low": 0.0, "high": 0.0}),
    ],
    ids=["never invested", "ruined", "two sessions", "its own benchmark"],
)
def test_a_run_with_nothing_to_judge_says_so_everywhere(
    fedcycle: Callable[..., Any], tmp_path: Path, text: str, said: str, expected: dict[str, Any]
) -> None:
    file = study(tmp_path, text)
    answer = fedcycle("run", file, "--json")
    judged = answer.json["relative"]["verdict"]
    assert {key: judged[key] for key in expected} == expected
    assert not re.search(r"\b(NaN|Infinity)\b", json.dumps(answer.json))
    shown = fedcycle("run", file).out
    assert said in shown
    assert not re.search(r"\b(nan|inf|None)\b", shown)
    html = (tmp_path / answer.json["tearsheet"]).read_text(encoding="utf-8")
    assert said in html
    assert "could not be made" not in html
    text_only = re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
    assert not re.search(r"\b(nan|NaN|None)\b", text_only)


@pytest.mark.parametrize(
    ("sets", "said"),
    [
        (
            ("benchmark=financials", "period.start=1990-01-02"),
            "benchmark financials begins on 1990-12-31, after the run's start 1990-01-02; start later",
        ),
        (
            ("benchmark=financials", "period.end=2025-05-30"),
            "period.end is 2025-05-30, but financials ends on 2024-12-31; write null, or a date up to that",
        ),
        (("period.start=2020-03-12", "period.end=2020-03-12"), "it must lie before period.end"),
    ],
    ids=["benchmark starts later", "benchmark ends earlier", "one session"],
)
def test_a_benchmark_that_does_not_cover_the_run_is_refused_in_a_sentence(
    fedcycle: Callable[..., Any], sets: tuple[str, ...], said: str
) -> None:
    answer = fedcycle("run", "base", *(word for one in sets for word in ("--set", one)))
    assert said in answer.sentence


def test_a_benchmark_on_other_data_is_refused_with_both_names(fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("extends: base.yaml\nname: other\ndata: {market: long}\n", encoding="utf-8")
    answer = fedcycle("run", study(tmp_path, "benchmark: [other.yaml, large]"))
    said = "benchmark other runs on other market data (long, the run on bundle); give both configs the same data"
    assert said in answer.sentence


def test_two_benchmarks_each_have_a_verdict_over_the_sessions_all_have(
    fedcycle: Callable[..., Any], tmp_path: Path
) -> None:
    """The sector portfolio ends in 2024, and with a period to the data's end so does the run."""
    document = fedcycle("run", study(tmp_path, "benchmark: [small, financials]"), "--json", "--no-tearsheet").json
    assert document["period"]["end"] == "2024-12-31"
    [other] = document["relative_to_others"]
    assert (document["relative"]["benchmark"], other["benchmark"]) == ("small", "financials")
    assert document["relative"]["verdict"]["word"] == other["verdict"]["word"] == "not distinguishable"
