"""The page of what each rule of the note adds is what the bundled data give today."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_page_of_choices_is_what_the_bundle_gives_today() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "generate.py"))["choices"]()
    written = (ROOT / "docs" / "choices.md").read_text(encoding="utf-8")
    assert written == page, "the numbers have moved; run: python docs/generate.py"


def test_every_rule_of_the_note_and_every_fan_is_on_the_page() -> None:
    written = (ROOT / "docs" / "choices.md").read_text(encoding="utf-8")
    for rule in ("pressure", "recovery", "rebound", "hiking", "quality"):
        assert re.search(rf"^- {rule.capitalize()} adds [+−]?\d", written, flags=re.MULTILINE), rule
    # The own choice of the window, recogniser, small caps, lag and costs, in both fans.
    assert len(re.findall(r"^\| □ ", written, flags=re.MULTILINE)) == 10
    assert all("[HINDSIGHT]" in line for line in written.splitlines() if "hindsight" in line)
