"""The array types that packages pass to each other, named once."""

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
    """Return a read-only copy of an array that shares no memory with it.

    The copy lies in a ``bytes`` object, which Python never writes to: ``setflags(write=True)`` is refused for it and
    for every view of it, and its ``base`` is nothing that could be written to either.
    """
    return np.ndarray(array.shape, array.dtype, array.tobytes())


def days(values: object) -> Days:
    """Return dates (``date``, ISO strings or ``datetime64``) as a read-only ``datetime64[D]`` array."""
    return frozen(np.asarray(values, dtype="datetime64[D]"))
