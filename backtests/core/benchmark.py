"""What a run is measured against: an account of its own that decides and fills when the run does, without costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fedcycle.backtests.core.ledger import Ledger
from fedcycle.data.typing import Float64


@dataclass(frozen=True, eq=False)
class Benchmark:
    """A benchmark's name and its value over the sessions of a run.

    Parameters
    ----------
    name : str
    value : (T,) US dollars
        The run's capital, in cash, until the run's first fill; all of it where the run never fills.
    account : Ledger or None
        Its account from the close at which it decides; None where the run never fills.
    """

    name: str
    value: Float64
    account: Ledger | None


def name_of(holding: str | Mapping[str, float]) -> str:
    """Return what a benchmark that holds an asset, or a mix, is called.

    Examples
    --------
    >>> name_of("large"), name_of({"small": 0.5, "large": 0.5})
    ('large', '0.5 large + 0.5 small')
    """
    if isinstance(holding, str):
        return holding
    return " + ".join(f"{holding[asset]:.4g} {asset}" for asset in sorted(holding))
