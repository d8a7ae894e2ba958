"""What the shipped studies decide on known days, against answers worked out by hand from announcements and yields.

The tables in ``answers/`` are named after the shipped configs. None of their numbers comes from the code: cycles and
recessions are read off the published dates; rises of the yield and correlations were worked out from the bundle's CSV
files with pandas.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from fedcycle.backtests.config import load
from fedcycle.data.dataset import load_market
from fedcycle.data.market import Market
from fedcycle.strategies import library
from fedcycle.strategies.strategy import Limits, Strategy, check_weights

ANSWERS = Path(__file__).parent / "answers"
STUDIES = sorted(path.relative_to(ANSWERS).with_suffix("").as_posix() for path in ANSWERS.rglob("*.csv"))
RUNS = ["1996-01-31", "1998-11-17", "2003-06-25", "2008-12-16", "2020-03-15", "2025-12-10"]
"""True final cuts, by announcement."""
EPISODES = [*RUNS, "2019-10-30"]
ASKED = {"2001-07", "2003-12", "2004-07", "2009-06", "2015-12", "2019-12", "2020-09", "2022-03", "2024-12", "2025-01"}


def answers(study: str) -> list[dict[str, str]]:
    with (ANSWERS / f"{study}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def rules_in(rule: Strategy) -> set[str]:
    return {type(rule).__name__}.union(*(rules_in(inner) for inner in rule.inner().values()))


@pytest.fixture(scope="module")
def bundle() -> Market:
    return load_market("bundle")


@pytest.mark.parametrize("study", STUDIES)
def test_the_study_decides_as_worked_out_by_hand(study: str, bundle: Market) -> None:
    config = load(study)
    cuts = np.array(sorted(EPISODES if config.cycles == "episodes" else RUNS), dtype="datetime64[D]")
    rule = config.strategy().with_hindsight(cuts)
    for row in answers(study):
        view = bundle.as_of(np.datetime64(row["decided_on"]))
        wanted = {asset: float(weight) for asset, weight in (part.split() for part in row["weights"].split(" + "))}
        found = check_weights(rule, rule.weights(view), view, Limits(config.account.short, config.account.gross))
        assert found == pytest.approx(wanted, abs=1e-12), f"{row['decided_on']}: {row['reason']}"


@pytest.mark.parametrize("study", ["bofa-composite", "bofa-composite-as-of-the-note"])
def test_the_composite_takes_the_branch_worked_out_by_hand_and_says_so(study: str, bundle: Market) -> None:
    rule = load(study).strategy()
    found = {row["decided_on"]: rule.explain(bundle.as_of(np.datetime64(row["decided_on"]))) for row in answers(study)}
    assert {day: said.branch for day, said in found.items()} == {
        row["decided_on"]: row["reason"].split(":")[0] for row in answers(study)
    }


@pytest.mark.parametrize("study", STUDIES)
def test_an_answer_has_a_reason_and_the_days_are_all_there(study: str) -> None:
    rows = answers(study)
    assert all(row["reason"].strip() for row in rows)
    reached = {month for month in ASKED if np.datetime64(month) <= np.datetime64(load(study).end, "M")}
    assert reached <= {row["decided_on"][:7] for row in rows}


def test_every_rule_of_the_note_has_answers() -> None:
    others = {"InverseVolatility", "Momentum", "Trend", "VolatilityTarget", "When"}  # in test_usual_rules.py, by hand
    assert set(library.names()) - others == set().union(*(rules_in(load(study).strategy()) for study in STUDIES))
