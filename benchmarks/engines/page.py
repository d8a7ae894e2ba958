"""docs/performance.md and its chart, from the numbers that were measured."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

TEXT = """# Performance

The numbers below are written by `python benchmarks/engines/run.py`, which makes an environment of its own with
bt, vectorbt and backtrader in it. Every measurement is a process of its own, all engines take turns, and each
number is the median of {rounds} rounds (of one for the slow peers on W2). Seconds are the processor's, one
thread each.

Measured on {processor} ({cores} cores, {system}), Python {python}, with {versions}.
The load of the machine while measuring was {load}; other work that shares its cores makes processor seconds up to
half as much again. Ratios travel better between machines than seconds.

The markets are synthetic, seeded, and say so (`data/sources/synthetic.py`): nothing here says anything about a
rule.

## One run

**W1**: 8 assets, 6,900 sessions, rebalanced each month to given weights, 5 basis points of costs. **W2**: 2,000
stocks of which some 1,200 are listed at a time, the top 200 each month.

{engines}

Every engine decides at one close and fills at the next. The two engines of fedcycle give the same account to 1e-12
at every session. Without costs they, bt and vectorbt end within {free} of each other on W1, relative to the value;
what is left with costs is how each pays for its trades, where `rebalance` meets the weights after paying. Plain
backtrader, as its users write it, sizes at the close of the decision and fills a session
later, so its weights are off by a day's move. It was not run on W2, which by extrapolation from one feed would
take it some twenty minutes. The run of vectorbt on W1 is its second in the process, with its compiled code warm.

## A thousand variants (W1s)

| what | variants | seconds | variants a second |
| --- | ---: | ---: | ---: |
{variants}

*Targets given* is the ledger and the numbers of 1,000 variants that all differ. *Thresholds* is `fedcycle sweep`
of `mid-over-small-when-rates-press` over two thresholds; signals, checks, start-up of the sweep and results on disk
are in it. The rule is watched while it is asked, and one answer stands for all variants that agree in what it read
and compared, so the more variants, the less each costs. *Every variant asked* is a rule with eight assets whose two
numbers give other weights at every value, so that nothing can be shared: such a sweep runs at the speed of its rule.
*Windows* is `RateCycleTiming` over its pause, its window and what it holds otherwise, *windows and mixes* the same with
longer windows and mixes of assets, and *windows and costs* the first at twelve costs: a pause or a window is asked for
what it says, and the rule once for all that say the same. The fewer variants there are, the more of their time is that
of starting: two tenths of a second. *Lags* and *rules and benchmarks* are keys outside the rule. Their config is read
once, and the answers are shared where the rule is the same; settings over the same prices share one pass over them, in
which each account is filled when it is due. *Lags* is a grid: one key by itself is put beside the
config's own value with intervals, which took three times as long for a hundred lags.

Against the first edition (commit 1c7e473), by `python benchmarks/engines/against.py`, medians of seven pairs in turn on
one core: 0.85 times as long for *lags*, 0.99 for *every variant asked*, 1.02 for *windows* and *rules and benchmarks*,
1.04 for *thresholds* and *windows and mixes*, 1.05 for *windows and costs*, 1.07 for *targets given*. Three such
comparisons differed by up to 0.03. They work out more: five columns against the benchmark, and the benchmark's own row.

## Commands

| command | seconds |
| --- | ---: |
{commands}

## Commands as whole processes

Processor seconds of the command and its children, in multiples of what `python -c "import numpy"` takes beside it.
The significance of a comparison and the document of `claims` are worked out once for the same data, code, settings
and library versions, and then read from the cache of tables, where each is sealed; *nothing kept* is what that saves.
An audit of a rule of the library starts an interpreter for each of two hash seeds (four for a user's rule), and each
imports numpy, and half as much again: that is 3 of its multiples (6 for a user's rule). Up to four new runs of a small
market share one process, since a second takes as long to import as a run takes.

<!-- written by benchmarks/commands.py -->
## How cost grows

![Seconds of a run by assets, years and stocks, and of a sweep by variants](performance.svg)

{growth}

{bends}
"""

BEGIN, END = "<!-- written by benchmarks/commands.py -->", "## How cost grows"
"""What stands between is of other benchmarks, and stays."""


def write(found: Mapping[str, Any], docs: Path) -> None:
    """Write the page and its chart."""
    machine = found["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    text = TEXT.format(
        rounds=found["rounds"],
        **{key: machine[key] for key in ("processor", "cores", "system", "python")},
        load="unknown" if machine["load"] is None else machine["load"],
        versions=versions,
        engines=_engines(found["engines"]),
        free=f"{_spread(found['free'].values()):.0e}",
        variants="\n".join(_variants(found)),
        commands="\n".join(f"| `{name}` | {cell['process']:.2f} |" for name, cell in found["commands"].items()),
        growth=_growth(found["growth"]),
        bends=_bends(found["growth"]),
    )
    page = docs / "performance.md"
    if page.is_file():
        kept = page.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
        text = text.replace(BEGIN + "\n", BEGIN + kept)
    page.write_text(text, encoding="utf-8")
    (docs / "performance.svg").write_text(chart(found["growth"]), encoding="utf-8")


def _engines(found: Mapping[str, Any]) -> str:
    lines = ["| work | engine | run, s | against fastest | whole process, s | peak MB | final value, USD |"]
    lines.append("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for work, engines in found.items():
        fastest = min(cell["seconds"] for cell in engines.values())
        for name, cell in engines.items():
            ratio = cell["seconds"] / fastest
            lines.append(
                f"| {work} | {name} | {cell['seconds']:.3f} | {ratio:,.0f} x | {cell['process']:.2f} | "
                f"{cell['peak_mb']:,.0f} | {cell['final_value']:,.0f} |"
            )
    return "\n".join(lines)


def _variants(found: Mapping[str, Any]) -> Iterable[str]:
    cells = [(name, VARIANTS.get(name, 1000.0), seconds) for name, seconds in found["variants"].items()]
    cells.insert(2, ("thresholds", *found["growth"]["variants, sweep"][-1]))
    return (f"| {name} | {n:,.0f} | {s:.2f} | {n / s:,.0f} |" for name, n, s in cells)


def _spread(values: Iterable[float]) -> float:
    """Return how much values differ, relative to the largest."""
    found = list(values)
    return (max(found) - min(found)) / max(found)


def _growth(found: Mapping[str, list[list[float]]]) -> str:
    lines = ["| what grows | from | to | seconds | power of growth |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, points in found.items():
        (a, s), (b, t) = points[0], points[-1]
        lines.append(f"| {name} | {a:,.0f} | {b:,.0f} | {s:.3f} to {t:.3f} | {_power(points[-3:]):.2f} |")
    return "\n".join(lines)


def _power(points: list[list[float]]) -> float:
    """Return the slope of log seconds on log size: 1 is linear, 0 is no growth."""
    (a, s), (b, t) = points[0], points[-1]
    return math.log(t / s) / math.log(b / a)


def _said(name: str) -> str:
    what, _, engine = name.partition(", ")
    return f"{what} in a sweep" if engine == "sweep" else f"{what} on the {engine} engine"


def _bends(found: Mapping[str, list[list[float]]]) -> str:
    name, points = max(found.items(), key=lambda item: _power(item[1][-3:]))
    power = _power(points[-3:])
    shape = "faster than linearly" if power > 1.15 else "about linearly" if power > 0.85 else "slower than linearly"
    return (
        f"**What bends first**: the cost of {_said(name)}, which over its last stretch grows with "
        f"power {power:.2f}, {shape}. The power is that of the last three sizes; 1 is linear."
    )


VARIANTS = {
    "windows": 900.0,
    "windows and mixes": 6_480.0,
    "windows and costs": 10_800.0,
    "lags": 100.0,
    "rules and benchmarks": 40.0,
}
"""Variants of the sweeps that have not a thousand."""
COLOURS = ("#0b5394", "#b45f06")
DASHES = ("", "5 3")
PANEL, GAP, LEFT, TOP = 210, 70, 60, 40


def chart(found: Mapping[str, list[list[float]]]) -> str:
    """Return the growth as one SVG: a panel for each thing that grows, both scales logarithmic."""
    panels: dict[str, list[tuple[str, list[list[float]]]]] = {}
    for name, points in found.items():
        what, _, engine = name.partition(", ")
        panels.setdefault(what, []).append((engine, points))
    width, height = LEFT + len(panels) * (PANEL + GAP), TOP + PANEL + 60
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="11">'
    ]
    lines.append(f'<rect width="{width}" height="{height}" fill="white"/>')
    for k, (what, curves) in enumerate(panels.items()):
        lines.extend(_panel(what, curves, LEFT + k * (PANEL + GAP)))
    return "\n".join([*lines, "</svg>"]) + "\n"


def _panel(what: str, curves: list[tuple[str, list[list[float]]]], left: float) -> Iterable[str]:
    sizes = [p[0] for _, points in curves for p in points]
    times = [p[1] for _, points in curves for p in points]
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    first, last = math.log10(min(sizes)), math.log10(max(sizes))

    def x(size: float) -> float:
        return left + PANEL * (math.log10(size) - first) / (last - first)

    def y(time: float) -> float:
        return TOP + PANEL * (1 - (math.log10(time) - low) / (high - low))

    yield f'<text x="{left}" y="{TOP - 14}" font-weight="bold">seconds by {what}</text>'
    yield f'<rect x="{left}" y="{TOP}" width="{PANEL}" height="{PANEL}" fill="none" stroke="#888"/>'
    for power in range(low, high + 1):
        label = f"{10.0**power:g}"
        at = y(10.0**power)
        yield f'<line x1="{left}" x2="{left + PANEL}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>'
        yield f'<text x="{left - 5}" y="{at + 4:.1f}" text-anchor="end">{label}</text>'
    for size in sorted(set(sizes)):
        yield f'<text x="{x(size):.1f}" y="{TOP + PANEL + 15}" text-anchor="middle">{_short(size)}</text>'
    for (engine, points), colour, dash in zip(curves, COLOURS, DASHES, strict=False):
        path = " ".join(f"{x(s):.1f},{y(t):.1f}" for s, t in points)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
        size, time = points[-1]
        yield f'<text x="{x(size) - 4:.1f}" y="{y(time) - 6:.1f}" text-anchor="end" fill="{colour}">{engine}</text>'


def _short(size: float) -> str:
    return f"{size / 1000:g}k" if size >= 1000 else f"{size:g}"
