"""Every command of the tutorial, typed as it stands in one empty folder."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", TUTORIAL, flags=re.DOTALL) for line in block.splitlines()]


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("desk")
    path = os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    answers = {}
    for command in COMMANDS:
        program, *words = shlex.split(command)
        assert program == "fedcycle"
        done = subprocess.run(
            [sys.executable, "-m", "fedcycle", *words],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        answers[command] = done.stdout
    return folder, answers


def test_every_command_of_the_tutorial_works(typed: tuple[Path, dict[str, str]]) -> None:
    folder, answers = typed
    assert len(answers) >= 9
    for file in ("compared.html", "mine.yaml", "timing.html", "timing.xlsx"):
        assert (folder / file).is_file(), file


def test_the_answers_are_what_the_tutorial_says(typed: tuple[Path, dict[str, str]]) -> None:
    _, answers = typed
    assert "rate-cycle-timing " in answers["fedcycle config list"]
    assert "Not distinguishable from large" in answers["fedcycle run rate-cycle-timing"]
    assert "pass" in answers["fedcycle audit rate-cycle-timing --sample 5"]
    assert "HINDSIGHT" in answers["fedcycle cycles"]
