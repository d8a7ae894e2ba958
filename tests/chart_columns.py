"""A second reader of the columns in a chart, so that no test trusts the writer."""

from __future__ import annotations

from typing import Any

import numpy as np

CODES = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def unpacked(column: dict[str, Any]) -> list[float]:
    """Read a column back, one character at a time."""
    found, place, step, shift = [], 0 if column.get("ratio") else column["base"], 0, 0
    for character in column["steps"]:
        if character == "!":
            found.append(float("nan"))
            continue
        code = CODES.index(character)
        step |= (code & 31) << shift
        shift += 5
        if code & 32:
            continue
        place += -(step >> 1) if step & 1 else step >> 1
        step = shift = 0
        found.append(column["base"] * np.exp(place * column["unit"]) if column.get("ratio") else place * column["unit"])
    return found
