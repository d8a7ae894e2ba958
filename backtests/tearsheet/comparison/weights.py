"""Weights over time: what each run held, one strip a run, drawn without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fedcycle.backtests.analysis.holdings import CASH_NAMES, weights_at_close
from fedcycle.backtests.core.format import listing, percent, sentence
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet.comparison.inputs import ComparisonInputs
from fedcycle.backtests.tearsheet.held_areas import OTHERS, colour_of
from fedcycle.backtests.tearsheet.markup import fragment
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.typing import Float64

TITLE = "Weights over time"
PLACES = 160
"""Places across at which a strip is drawn."""
NAMED = 8
"""Assets with a colour of their own in a strip; the smallest share one."""
FINANCED = (
    " Of a short or leveraged account an area is a share of its gross exposure; what has a minus is sold short or "
    "borrowed."
)


@dataclass(frozen=True)
class Strip:
    """What one run held: its name, and an area for each asset."""

    name: str
    areas: Sequence[tuple[str, str]]
    said: str


def section(inputs: ComparisonInputs) -> Section:
    """Return what each run held."""
    colours: dict[str, str] = {}
    strips = [_strip(inputs, run, colours) for run in inputs.runs]
    first, last = inputs.sessions[[0, -1]]
    html = fragment(
        "strips.html",
        caption=f"Share of each account in each asset, 0 to 100%, from {first} to {last}",
        strips=strips,
        names=list(colours.items()),
        note=f"Drawn at {PLACES} sessions, evenly spaced; the average beside each strip is over all sessions."
        + (FINANCED if any(run.ledger.financing is not None for run in inputs.runs) else ""),
    )
    return Section(TITLE, sentence(f"{strips[0].name} held on average {strips[0].said}", inputs.labels), html)


def _strip(inputs: ComparisonInputs, run: Run, colours: dict[str, str]) -> Strip:
    market = inputs.market_of(run)
    every, weights = weights_at_close(run, market)
    weights = weights[np.isin(run.ledger.sessions, inputs.sessions)]
    names, weights = _gathered(list(every), weights)
    shares = _shares(weights) if run.ledger.financing is not None else weights
    rows = np.unique(np.linspace(0, len(weights) - 1, PLACES).round().astype(np.int64))
    order = [j for j in range(len(names)) if shares[:, j].max() > 1e-3]
    top = np.zeros(len(rows))
    areas = []
    for j in order:
        base, top = top, top + shares[rows, j]
        colour = "--cash" if names[j] in CASH_NAMES else colour_of(names[j], j, market)
        colours.setdefault(names[j], colour)
        areas.append((colour, _area(base, top)))
    mean = weights.mean(axis=0)
    held = [j for j in np.argsort(-np.abs(mean), kind="stable").tolist() if abs(mean[j]) >= 0.005][:4]
    return Strip(inputs.label(run), areas, listing([f"{percent(float(mean[j]), 0)} {names[j]}" for j in held]))


def _shares(weights: Float64) -> Float64:
    """Return the shares of gross exposure, (T, N) of weights that may be negative or above 1 together."""
    gross = np.abs(weights)
    whole = gross.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(gross, whole, out=np.zeros_like(gross), where=whole > 0))


def _gathered(names: list[str], weights: Float64) -> tuple[list[str], Float64]:
    """Return at most ``NAMED`` assets by their average weight, what is left of them together as one, and cash."""
    mean = np.abs(weights[:, :-1]).mean(axis=0)
    if int((np.abs(weights[:, :-1]).max(axis=0) > 1e-3).sum()) <= NAMED:
        return names, weights
    kept = np.sort(np.argsort(-mean, kind="stable")[: NAMED - 1])
    rest = weights[:, :-1].sum(axis=1) - weights[:, kept].sum(axis=1)
    return [*(names[j] for j in kept), OTHERS, names[-1]], np.column_stack([weights[:, kept], rest, weights[:, -1]])


def _area(base: Float64, top: Float64) -> str:
    """Return the area between two lines as an SVG path in a box of 1000 x 100, without points that change nothing."""
    x = np.rint(np.linspace(0, 1000, len(base))).astype(int)
    above, below = (np.rint(100 - 100 * np.clip(side, 0, 1)).astype(int) for side in (top, base))
    forth = [f"{x[k]} {above[k]}" for k in _corners(above)]
    back = [f"{x[k]} {below[k]}" for k in _corners(below)[::-1]]
    return "M" + "L".join([*forth, *back]) + "Z"


def _corners(line: np.ndarray[tuple[int], np.dtype[np.int_]]) -> list[int]:
    """Return the places at which a line bends, and its ends."""
    bends = np.flatnonzero(np.diff(line, n=2) != 0) + 1
    return np.unique([0, *bends.tolist(), len(line) - 1]).tolist()  # type: ignore[no-any-return]
