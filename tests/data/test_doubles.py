"""Assets that are another one's double: found on a few days first, and the same that comparing all days finds."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.data.sources.total_return import TotalReturn
from fedcycle.data.user import own_sessions


def asset(name: str, days: np.ndarray, level: np.ndarray) -> TotalReturn:
    return TotalReturn(name, days, level, None, "made")


def slowly(totals: list[TotalReturn]) -> list[tuple[str, str, int]]:
    found = []
    for k, one in enumerate(totals):
        for other in totals[k + 1 :]:
            common, i, j = np.intersect1d(one.days, other.days, return_indices=True)
            if len(common) > own_sessions.WINDOW:
                a, b = one.level[i], other.level[j]
                if np.allclose(a / a[0], b / b[0], rtol=own_sessions.ALIKE, atol=0.0) and np.ptp(a) > 0:
                    found.append((one.name, other.name, len(common)))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_doubles_are_those_that_every_day_of_every_pair_shows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    every = np.busday_offset("2001-01-01", np.arange(1500), roll="forward")
    base = {k: 100 * np.cumprod(1 + rng.normal(0, 0.01, len(every))) for k in range(4)}
    totals = []
    for k in range(40):
        start = int(rng.integers(0, 1450))
        kept = np.sort(rng.choice(np.arange(start, 1500), max(25, (1500 - start) // 2), replace=start + 50 > 1500))
        kept = np.unique(kept)
        level = base[int(rng.integers(0, 4))][kept] * rng.uniform(0.1, 10) * (1 + rng.uniform(-2e-7, 2e-7, len(kept)))
        if k % 3 == 0:
            level = level * (1 + 1e-3 * (np.arange(len(kept)) == len(kept) // 2))  # one close is another one
        totals.append(asset(f"a{k:02}", every[kept], level))
    found = own_sessions.alike(totals, {})
    assert found == slowly(totals)
    assert len(found) > 10


def test_a_level_that_never_moves_is_nobodys_double() -> None:
    days = np.busday_offset("2001-01-01", np.arange(60), roll="forward")
    assert own_sessions.alike([asset("a", days, np.ones(60)), asset("b", days, np.full(60, 2.0))], {}) == []
