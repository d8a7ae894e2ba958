"""How two runs differ: keys, first day, trades, and the gap between them shared out in parts that add up to it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from fedcycle.backtests.analysis.active_return import unit_of
from fedcycle.backtests.analysis.attribution import CASH, Holdings, Parts, attribute, holdings_of
from fedcycle.backtests.config.serialize import leaves
from fedcycle.backtests.core.callbacks import Notify
from fedcycle.backtests.core.errors import RunError
from fedcycle.backtests.core.fed_cycles import How, easing_cycles, stretch_name, stretches_at
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.workflows.jobs import Job, market_of, run_all
from fedcycle.backtests.workflows.study import StoredRun
from fedcycle.data.market import Market
from fedcycle.data.typing import Bool, Days, Float64

SAME = 1e-6
"""Weights closer than this, a hundredth of a basis point, are the same weight."""


@dataclass(frozen=True, eq=False)
class Difference:
    """Two stored runs on one market, and how they differ over the sessions that both have."""

    a: StoredRun
    b: StoredRun
    market: Market

    @cached_property
    def sessions(self) -> Days:
        """Return the sessions that both runs have, (T,) days."""
        both = np.intersect1d(self.a.run.ledger.sessions, self.b.run.ledger.sessions)
        if len(both) < 2:
            raise RunError(
                f"runs {self.a.run.id} and {self.b.run.id} share {len(both)} sessions; give their configs periods that "
                "overlap"
            )
        return both

    @cached_property
    def assets(self) -> tuple[str, ...]:
        """Return the assets of either run, in the market's order."""
        used = {*self.a.run.ledger.assets, *self.b.run.ledger.assets}
        return tuple(asset for asset in self.market.assets if asset in used)

    @property
    def holdings(self) -> tuple[str, ...]:
        """Return what a part of the gap can come from: the assets, and cash."""
        return (*self.assets, CASH)

    @cached_property
    def held(self) -> tuple[Holdings, Holdings]:
        """Return both accounts over the shared sessions and assets."""
        one, other = (
            holdings_of(run.ledger, self.market, sessions=self.sessions, assets=self.assets)
            for run in (self.a.run, self.b.run)
        )
        return one, other

    @cached_property
    def parts(self) -> Parts:
        """Return the gap in parts, by session; raises BacktestError where an account was lost."""
        rows = np.searchsorted(self.market.sessions, self.sessions)
        prices = self.market.marks[rows][:, [self.market.column(asset) for asset in self.assets]]
        return attribute(*self.held, prices[1:] / prices[:-1] - 1.0)

    @cached_property
    def lead(self) -> Float64:
        """Return how far the first is ahead of the second since their first shared close: (T,) fraction."""
        one, other = (holdings.value / holdings.value[0] for holdings in self.held)
        return np.asarray(one / other - 1.0)

    @cached_property
    def document(self) -> dict[str, Any]:
        """Return the JSON document of the difference."""
        return {
            "a": _named(self.a.run),
            "b": _named(self.b.run),
            "period": {"start": str(self.sessions[0]), "end": str(self.sessions[-1]), "sessions": len(self.sessions)},
            "keys": keys(self.a.run.config, self.b.run.config),
            "first_difference": self._first_difference(),
            "trades_only_in_a": _only(self.a.run, self.b.run, self.sessions),
            "trades_only_in_b": _only(self.b.run, self.a.run, self.sessions),
            "gap": self._gap(),
        }

    @property
    def running(self) -> dict[str, Float64]:
        """Return what each asset and the costs have added to the gap by each close, name -> (T,) US dollars."""
        parts = self.parts
        named = {asset: parts.average[:, j] + parts.timing[:, j] for j, asset in enumerate(self.holdings)}
        others = {name: part for name, part in parts.others.items() if name == "costs" or part.any()}
        return {name: np.concatenate([[0.0], np.cumsum(part)]) for name, part in {**named, **others}.items()}

    def _first_difference(self) -> dict[str, Any] | None:
        """Return the first close at which weights differ, and the asset that differs most; None where none does."""
        one, other = self.held
        apart = np.abs(one.weights - other.weights)
        days = np.flatnonzero((apart > SAME).any(axis=1))
        if not days.size:
            return None
        t = int(days[0])
        j = int(apart[t].argmax())
        return {
            "session": str(self.sessions[t]),
            "asset": self.assets[j],
            "a": float(one.weights[t, j]),
            "b": float(other.weights[t, j]),
            "sessions_that_differ": len(days),
        }

    def _gap(self) -> dict[str, Any]:
        parts = self.parts
        average, timing = ([math.fsum(column) for column in part.T] for part in (parts.average, parts.timing))
        by_asset = [
            {"asset": asset, "average": mean, "timing": timed, "usd": mean + timed}
            for asset, mean, timed in zip(self.holdings, average, timing, strict=True)
        ]
        whole = {
            "average": math.fsum(average),
            "timing": math.fsum(timing),
            **{name: math.fsum(part) for name, part in parts.others.items()},
        }
        # What float arithmetic leaves over is a part too, so that the parts add up to the gap.
        rounding = parts.gap - math.fsum(whole.values())
        a, b = (float(held.value[-1] / held.value[0]) for held in self.held)
        unit, factor = unit_of(a, b, self.sessions, capital=float(self.held[0].value[0]))
        return {
            "usd": parts.gap,
            "capital_usd": float(self.held[0].value[0]),
            "currency": self.a.run.currency,
            "relative": float(self.lead[-1]),
            "unit": unit,
            "active_return": parts.gap * factor,
            "per_usd": factor,
            "parts": {**whole, "rounding": rounding},
            "by_asset": by_asset,
            "by_cycle": self._by_cycle(),
        }

    def _by_cycle(self) -> list[dict[str, Any]]:
        """Return each stretch of policy with its part of the gap; they add up to it."""
        by_session, costs = self.parts.by_session, self.parts.costs
        found = []
        for name, inside in self.stretches:
            days = self.sessions[1:][inside]
            found.append(
                {
                    "cycle": name,
                    "start": str(days[0]),
                    "end": str(days[-1]),
                    "sessions": len(days),
                    "usd": math.fsum(by_session[inside]),
                    "costs": math.fsum(costs[inside]),
                    "by_asset": {
                        asset: math.fsum((self.parts.average + self.parts.timing)[inside, j])
                        for j, asset in enumerate(self.holdings)
                    },
                }
            )
        return found

    @cached_property
    def stretches(self) -> list[tuple[str, Bool]]:
        """Return the easing cycles and what lies between them: name, and (T - 1,) which session's return is in it."""
        how: How = "episodes" if self.a.run.config.get("cycles") == "episodes" else "runs"
        named = {"target_change", "nber_turning_point"} <= set(self.market.series)
        cycles = easing_cycles(self.market, how) if named else ()
        told = stretches_at(cycles, self.sessions[:-1])
        return [(stretch_name(cycles, k), told == k) for k in np.unique(told).tolist()]

    def write_page(self, path: Path) -> None:
        """Write the difference as one HTML page."""
        from fedcycle.backtests.runs import storage
        from fedcycle.backtests.tearsheet.pages import run_diff  # Jinja is only needed here

        shown = run_diff.RunDiffPage(
            a=self.a.run,
            b=self.b.run,
            market=self.market,
            sessions=self.sessions,
            lead=self.lead,
            running=self.running,
            document=self.document,
        )
        storage.write_page(path, run_diff.render(shown).encode())


def diff(refs: tuple[str, str], *, runs_dir: Path, notify: Notify, store: Path | None = None) -> Difference:
    """Return how two configs or stored runs differ; what is not stored is run first.

    Raises
    ------
    RunError
        If they were made from other market data, or share no two sessions.
    """
    jobs = [Job.of(ref, runs_dir=runs_dir, tearsheet=False, store=store) for ref in refs]
    a, b = run_all(jobs, notify=notify)
    digests = [stored.run.summary["market"]["digest"] for stored in (a, b)]
    if digests[0] != digests[1]:
        raise RunError(
            f"runs {a.run.id} and {b.run.id} were made from other market data; give both configs the same data.market"
        )
    return Difference(a, b, market_of(a))


def keys(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the dotted keys of two resolved configs whose values differ; a key that one lacks is None there.

    Examples
    --------
    >>> keys({"execution": {"lag": 1}}, {"execution": {"lag": 2}})
    [{'key': 'execution.lag', 'a': 1, 'b': 2}]
    """
    one, other = ({".".join(path): value for path, value in leaves(config)} for config in (a, b))
    return [
        {"key": key, "a": one.get(key), "b": other.get(key)}
        for key in dict.fromkeys([*one, *other])
        if one.get(key) != other.get(key)
    ]


def _only(run: Run, other: Run, sessions: Days) -> list[dict[str, Any]]:
    """Return the fills of a run, in shared sessions, that the other has no counterpart of: day, asset, direction."""
    theirs = {trade[:3] for trade in _trades(other)}
    shared = set(sessions.astype("datetime64[D]").tolist())
    return [
        {"filled_on": str(day), "asset": asset, "side": side, "units": units, "usd": usd}
        for day, asset, side, units, usd in _trades(run)
        if (day, asset, side) not in theirs and day in shared
    ]


def _trades(run: Run) -> list[tuple[Any, str, str, float, float]]:
    t, assets = run.ledger.trades, run.ledger.assets
    return [
        (day, assets[j], "buy" if units > 0 else "sell", abs(units), abs(units * price))
        for day, j, units, price in zip(
            t.filled_on.astype("datetime64[D]").tolist(),
            t.asset.tolist(),
            t.units.tolist(),
            t.price.tolist(),
            strict=True,
        )
    ]


def _named(run: Run) -> dict[str, Any]:
    return {"id": run.id, "name": run.name, "stamps": list(run.stamps), "final_value": float(run.ledger.value[-1])}
