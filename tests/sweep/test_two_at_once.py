"""Two processes with one sweep on one folder: whoever is second takes the file of the first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fedcycle.backtests.sweep.results import Store

from .conftest import SHORT, columns_of


@pytest.fixture
def done(study: Callable[..., Path], sweep: Callable[..., Any]) -> Any:
    """A finished sweep of two variants."""
    return sweep(study("base", SHORT + "sweep: {execution.lag: [1, 2]}\n"))[0]


def test_the_second_takes_the_file_of_the_first_and_leaves_no_parts(done: Any) -> None:
    before = done.file.read_bytes()
    second = Store(done.file.parent, done.id, done.grid)
    # It was still working on a block when the first joined the parts and removed them.
    second.keep(done.grid.blocks[0], {name: c for name, c in columns_of(done).items() if "." not in name})
    assert second.parts.is_dir()
    assert second.join() == done.file
    assert done.file.read_bytes() == before
    assert not second.parts.exists()


def test_parts_that_are_missing_are_told_where_nobody_has_joined_them(done: Any) -> None:
    done.file.unlink()
    with pytest.raises(Exception, match=r"000000\.parquet"):
        Store(done.file.parent, done.id, done.grid).join()
