"""What the tests of configs share: files written beside each other, and one sentence for one mistake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fedcycle.backtests.config import load
from fedcycle.backtests.core.errors import ConfigError


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test works in an empty folder, so that nothing is found by accident."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def write(elsewhere: Path) -> Callable[[str, str], Path]:
    def written(name: str, text: str) -> Path:
        path = elsewhere / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture
def refused(write: Callable[[str, str], Path]) -> Callable[..., str]:
    """Return what is said about a text as ``study.yaml``: always one line."""

    def sentence(text: str, *sets: str) -> str:
        write("study.yaml", text)
        with pytest.raises(ConfigError) as caught:
            load("study.yaml", sets)
        said = str(caught.value)
        assert "\n" not in said
        return said

    return sentence
