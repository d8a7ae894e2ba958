"""How inference is done: the seed, the number of resamples, the level; one place, recorded with every result."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Settings:
    """What decides the digits of an interval, besides the data.

    Parameters
    ----------
    seed : of numpy's generator
    resamples : histories drawn by the stationary bootstrap
    level : fraction of them inside an interval
    fewest : returns under which nothing is resampled
    """

    seed: int = 20250112
    resamples: int = 1000
    level: float = 0.95
    fewest: int = 60

    def plain(self) -> dict[str, Any]:
        """Return the settings as a provenance writes them."""
        return asdict(self)


SETTINGS = Settings()
