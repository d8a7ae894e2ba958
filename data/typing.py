"""The array types that flow between rooms, named once."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Float64: TypeAlias = NDArray[np.float64]
Int64: TypeAlias = NDArray[np.int64]
Bool: TypeAlias = NDArray[np.bool_]
Days: TypeAlias = NDArray[np.datetime64]
"""Calendar days as ``datetime64[D]``."""
Day: TypeAlias = np.datetime64


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Return a read-only copy of an array that shares no memory with it."""
    copy = np.array(array, copy=True, order="C")
    copy.flags.writeable = False
    return copy


def days(values: object) -> Days:
    """Return dates (``date``, ISO strings or ``datetime64``) as a read-only ``datetime64[D]`` array."""
    return frozen(np.asarray(values, dtype="datetime64[D]"))
