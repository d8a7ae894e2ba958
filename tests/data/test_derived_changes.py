"""Target changes that FRED's daily target shows before a release of fedcycle has their statements."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from fedcycle.data.building.derived_changes import extended
from fedcycle.data.sources import fred, tables
from fedcycle.data.sources.fred import Observed
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.sources.tables import TargetChange
from fedcycle.data.typing import days

BEFORE = TargetChange(date(2026, 9, 16), date(2026, 9, 17), 3.75, 4.0, 25.0, True, "")


def target(values: dict[str, float]) -> Observed:
    return Observed(np.array(list(values.values())), days(list(values)))


def test_a_change_is_derived_and_known_on_the_day_it_takes_effect() -> None:
    upper = target({"2026-09-17": 4.0, "2026-10-28": 4.0, "2026-10-29": 4.25, "2026-10-30": 4.25})
    lower = target({"2026-10-28": 3.75, "2026-10-29": 4.0})
    found = extended([BEFORE], upper, lower)
    (change,) = found.derived
    assert (change.announced, change.effective) == (date(2026, 10, 29), date(2026, 10, 29))
    assert (change.lower, change.upper, change.change_bp) == (4.0, 4.25, 25.0)
    assert change.note.startswith("derived")
    assert found.complete_to == date(2026, 10, 30)
    assert found.changes[:1] == (BEFORE,)


def test_without_the_lower_end_the_range_keeps_its_width_and_the_note_says_so() -> None:
    (change,) = extended([BEFORE], target({"2026-09-17": 4.0, "2026-10-29": 3.5})).derived
    assert (change.lower, change.change_bp) == (3.25, -50.0)
    assert "lower end assumed" in change.note


def test_a_target_that_ends_before_the_table_adds_nothing() -> None:
    found = extended([BEFORE], target({"2026-06-05": 3.75}))
    assert (found.derived, found.complete_to, found.problem) == ((), date(2026, 9, 17), "")


def test_a_target_that_contradicts_the_table_is_said_and_nothing_is_derived() -> None:
    found = extended([BEFORE], target({"2026-09-17": 3.75, "2026-10-29": 4.0}))
    assert found.derived == ()
    assert found.complete_to == date(2026, 9, 17)
    assert "is 4 in the table, 3.75 in DFEDTARU" in found.problem


def test_a_derived_change_survives_being_written_and_read() -> None:
    found = extended([BEFORE], target({"2026-09-17": 4.0, "2026-10-29": 4.25}))
    text = tables.target_changes_text(found.changes)
    assert tables.target_changes(RawFile("t.csv", text.encode())) == found.changes


@pytest.fixture(scope="module")
def table() -> list[dict[str, str]]:
    """The shipped table's announced changes since the range began, typed from the Fed's statements."""
    path = Path(tables.__file__).parents[1] / "bundle" / "fomc_target_changes.csv"
    with path.open(newline="") as file:
        return [row for row in csv.DictReader(file) if "2009-01-01" <= row["effective"] <= "2026-06-05"]


def test_all_changes_since_2009_derived_have_the_true_sizes_and_are_never_known_earlier(
    raw_data: Path, table: list[dict[str, str]]
) -> None:
    ends = [
        fred.observations(RawFile(name, (raw_data / "fred" / f"{name}.csv").read_bytes()), name, since=date(2008, 1, 1))
        for name in ("DFEDTARU", "DFEDTARL")
    ]
    first = TargetChange(date(2008, 12, 16), date(2008, 12, 16), 0.0, 0.25, -75.0, True, "")
    found = extended([first], *ends).derived
    assert len(found) == len(table) == 31
    for change, row in zip(found, table, strict=True):
        assert change.change_bp == float(row["change_bp"])
        assert (change.lower, change.upper) == (float(row["lower"]), float(row["upper"]))
        announced = date.fromisoformat(row["announced"])
        assert change.announced is not None
        assert announced <= change.announced
        assert (change.announced - announced).days <= 1
    # The Sunday cut: a rule of "the business day before its effect" would have known it on Friday the 13th.
    sunday = next(c for c in found if c.effective == date(2020, 3, 16))
    assert sunday.announced == date(2020, 3, 16)
