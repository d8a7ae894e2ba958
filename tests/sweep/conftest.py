"""Sweeps small enough to check one by one, and rules that die on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

SHORT = "period: {start: 2020-01-02, end: 2020-06-30}\n"


@pytest.fixture
def study(tmp_path: Path) -> Callable[..., Path]:
    """Write a config over a shipped one, a grid unless it says otherwise, with a rule of its own where one is given."""

    def written(below: str, text: str, *, rule: str = "", name: str = "tried") -> Path:
        folder = tmp_path / "study"
        folder.mkdir(exist_ok=True)
        if rule:
            (folder / "rules.py").write_text(rule, encoding="utf-8")
        file = folder / f"{name}.yaml"
        design = "" if "sweep_design" in text else "sweep_design: grid\n"
        file.write_text(f"extends: {below}.yaml\nname: {name}\n{design}{text}", encoding="utf-8")
        return file

    return written


@pytest.fixture
def sweep(tmp_path: Path) -> Callable[..., Any]:
    """Run a sweep and keep what it said."""
    from fedcycle.backtests.sweep import sweep as run

    def ran(ref: Path | str, *, out: str = "sweeps", sets: tuple[str, ...] = (), **options: Any) -> Any:
        said: list[str] = []
        seen: list[tuple[int, int]] = []
        done = run(
            ref,
            sets,
            sweeps_dir=tmp_path / out,
            notify=said.append,
            on_progress=lambda done, total: seen.append((done, total)),
            **{"jobs": 1, **options},
        )
        return done, said, seen

    return ran


def columns_of(done: Any) -> Mapping[str, Any]:
    """Return every column of a sweep's file."""
    from fedcycle.data.storage import parquet

    return parquet.read(done.file)
