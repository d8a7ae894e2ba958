"""Columns of text in which few texts repeat, as numbers and the texts they stand for. No library of files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Labels:
    """A column of text in which few texts repeat: each text once, and which of them stands in each row.

    Parameters
    ----------
    codes : (n,) int32, index into ``names``
    names : the texts, each once
    """

    codes: NDArray[np.int32]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of the column, as an array has one."""
        return self.codes.shape
