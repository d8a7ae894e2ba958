"""docs/signals.md has every phase, condition and signal as the code defines them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from generate_signals import page

from fedcycle.strategies.conditions import CONDITIONS
from fedcycle.strategies.phase import DEFINITIONS, Phase, phases

TEXT = (Path(__file__).parents[2] / "docs" / "signals.md").read_text(encoding="utf-8")


def test_the_page_is_what_the_generator_writes() -> None:
    assert page() == TEXT, "run: python docs/generate_signals.py"


def test_every_phase_and_condition_is_defined() -> None:
    assert set(DEFINITIONS) == set(Phase)
    assert all(f"| `{phase}` |" in TEXT for phase in Phase)
    assert all(f"| `{name}` |" in TEXT for name in CONDITIONS)
    assert "| `yield_surge` |" in TEXT


def test_phases_are_what_their_definitions_say() -> None:
    """A cut, then a hike: each is cutting or hiking until six months later, and easy or plateau from that day on."""
    changed = np.array(["2001-01-03", "2004-06-30"], dtype="datetime64[D]")
    days = np.array(["2001-07-02", "2001-07-03", "2004-12-29", "2004-12-30"], dtype="datetime64[D]")
    told = phases(days, changed, change_bp=np.array([-50.0, 25.0])).tolist()
    assert told == ["cutting", "easy", "hiking", "plateau"]
    assert "less than" in DEFINITIONS[Phase.CUTTING]
    assert "or more" in DEFINITIONS[Phase.PLATEAU]
