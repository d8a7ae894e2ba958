"""Each choice of a sweep one at a time put beside the config's own, or another: differences, intervals, sentences."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fedcycle.backtests.config.serialize import jsonable
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.format import listing, stamped
from fedcycle.backtests.core.ledger import Ledger, measured
from fedcycle.backtests.inference import BenchmarkSeries, ReturnSeries, of_contrasts
from fedcycle.backtests.inference.inputs import latest_fill
from fedcycle.backtests.inference.settings import SETTINGS
from fedcycle.backtests.sweep.design import Choice, OneAtATime
from fedcycle.backtests.sweep.report import ALONE, CHOICE, RULE, called, of_all, of_group, of_row, words
from fedcycle.backtests.sweep.single_runs import ledger_of
from fedcycle.backtests.sweep.task import REFUSALS, SweepTask
from fedcycle.backtests.workflows import study
from fedcycle.data.closeness import SAME

RULES, NAMED = "rules", "named"


@dataclass(frozen=True, eq=False)
class _Result:
    """What became of one choice.

    Parameters
    ----------
    ledger : its account
    stamps : what must stand next to its figures
    """

    ledger: Ledger
    stamps: tuple[str, ...]


@dataclass(eq=False)
class _Comparison:
    """All choices of a sweep, run again: numbers are one pass of the vectorised engine, whoever ran the sweep."""

    design: OneAtATime
    benchmark_series: Callable[[int | None], BenchmarkSeries]
    ran: dict[int, _Result]
    refused: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, design: OneAtATime, package: SweepTask) -> _Comparison:
        try:
            own, prepared = _run(package, 0)
        except REFUSALS as error:
            sentence = f"the config itself cannot be run, and everything is put beside it: {error}"
            raise BacktestError(sentence) from error
        side = cls(design, _benchmark_series(prepared, own.ledger), {0: own})
        for n in range(1, len(design)):
            try:
                side.ran[n], _ = _run(package, n)
            except REFUSALS as error:
                side.refused[n] = str(error)
        return side

    def label(self, n: int) -> str:
        """Return a choice's name: its own, or the key it changes and to what."""
        choice = self.design.choices[n]
        return choice.name or ", ".join(f"{called(key)}: {words(value)}" for key, value in choice.changes.items())

    def note(self, n: int) -> str | None:
        """Return why a choice cannot be put beside the config's own, or None where it can."""
        if n in self.refused:
            return f"it cannot be run: {self.refused[n]}"
        mine, own = self.ran[n].ledger.sessions, self.ran[0].ledger.sessions
        if not np.array_equal(mine, own):
            return f"it runs from {mine[0]} to {mine[-1]}, not from {own[0]} to {own[-1]}, and is not put beside it"
        return None


def compare_pairwise(design: OneAtATime, package: SweepTask, *, reference: str) -> dict[str, Any]:
    """Return every choice's differences as plain data, the same whoever asks.

    Parameters
    ----------
    design : OneAtATime
    package : of the sweep
    reference : what the config's own values are called

    Returns
    -------
    comparisons : how many differences have an interval
    confidence : level of an interval
    method : as ``inference.of_contrasts`` has it
    rows : one a choice in the order written; ``of`` and ``less`` say which variant less which
    groups : rows that answer one question: ``name``, ``kind``, ``own`` (the config's own value), ``own_at``
        (how many of the rows stand before it), ``variants``, ``text``
    sentences : what holds for all of them together
    """
    side = _Comparison.of(design, package)
    rows = [_row(side, n, reference) for n in range(1, len(design))]
    fit = {n for n in side.ran if side.note(n) is None}
    pairs = [(str(row["of"]), str(row["less"])) for row in rows if row["note"] is None]
    names = {n: reference if n == 0 else side.label(n) for n in fit}
    since = latest_fill(side.ran[n].ledger for n in fit)
    accounts = [
        ReturnSeries(str(n), names[n], measured(entry.value, since, at_fill=since != entry.first_fill))
        for n, entry in ((n, side.ran[n].ledger) for n in sorted(fit))
    ]
    found = of_contrasts(accounts, pairs, side.benchmark_series(since))
    answers = iter(zip(found["contrasts"], found["same"], pairs, strict=True))
    for row in rows:
        if row["note"] is None:
            contrast, alike, pair = next(answers)
            row |= {"same": alike, **(contrast or {})}
            if contrast is None:
                row["note"] = next(found["notes"][key] for key in pair if key in found["notes"])
    judged = [row for row in rows if row["note"] is None]
    for row in rows:
        row["text"] = of_row(row)
    document = {
        "comparisons": len(judged),
        "confidence": SETTINGS.level,
        "method": found["method"],
        "rows": rows,
        "groups": list(_groups(side, rows)),
        "sentences": of_all(rows, level=SETTINGS.level) if judged else [],
    }
    # As it will be read back: what was kept and what was just made are one document.
    again: dict[str, Any] = json.loads(json.dumps(document))
    return again


def _run(package: SweepTask, n: int) -> tuple[_Result, study.PreparedRun]:
    """Return what became of a choice, and its study; raises what a choice whose benchmark has no account raises."""
    setting = package.setting(n)
    if isinstance(setting, str):
        raise BacktestError(setting)
    prepared = setting.study
    done = ledger_of(prepared)
    package.benchmark(prepared, done.first_fill)  # kept from the sweep where this process ran it
    stamps = package.benchmark_stamps(prepared)
    return _Result(done, tuple(dict.fromkeys([*prepared.stamps, *stamps]))), prepared


def _benchmark_series(prepared: study.PreparedRun, done: Ledger) -> Callable[[int | None], BenchmarkSeries]:
    """Return a study's benchmark as it is measured from a session's close on."""
    benchmark, _ = study.benchmark_of(prepared, done.first_fill)

    def measured_since(since: int | None) -> BenchmarkSeries:
        return BenchmarkSeries.of(prepared.market, done, name=benchmark.name, value=benchmark.value, since=since)

    return measured_since


def _row(side: _Comparison, n: int, reference: str) -> dict[str, Any]:
    choice = side.design.choices[n]
    kind, group = _kind(side.design, choice)
    # A rule that is on is worth the whole less the same without it; any other choice stands for itself.
    entry, less = (0, n) if kind == RULE and _off(choice) else (n, choice.against)
    note = side.note(n) or (side.note(choice.against) if choice.against else None)
    key = next(iter(choice.changes))
    return {
        "variant": n,
        "group": group,
        "kind": kind,
        "label": side.label(n),
        "adds": _rules(side.design, choice) if kind == RULE else None,
        "several": kind == RULE and len(choice.changes) > 1,
        "value": None if choice.name else words(choice.changes[key]),
        "values": {key: jsonable(value) for key, value in choice.changes.items()},
        "against": side.label(choice.against) if choice.against else reference,
        "of": entry,
        "less": less,
        "stamps": list(side.ran[n].stamps) if n in side.ran else [],
        "against_stamps": list(side.ran[choice.against].stamps) if choice.against in side.ran else [],
        "differs": _differs(side.ran[entry], side.ran[less]) if note is None else None,
        "note": note,
        "same": False,
    }


def _off(choice: Choice) -> bool:
    return all(value is False for value in choice.changes.values())


def _kind(design: OneAtATime, choice: Choice) -> tuple[str, str]:
    """Return what a choice is, and the group that it is shown in."""
    if choice.against:
        return ALONE, f"against:{choice.against}"
    switched = [design.own[key] is False for key in choice.changes]
    if _off(choice) or (not choice.name and all(switched)):
        return RULE, RULES
    return CHOICE, NAMED if choice.name else next(iter(choice.changes))


def _rules(design: OneAtATime, choice: Choice) -> str:
    """Return the rules that a choice switches, by their keys."""
    keys = list(choice.changes)
    alone = {key for other in design.choices if not other.name for key in other.changes}
    return f"all {len(keys)} together" if len(keys) > 1 and set(keys) == alone else listing([*map(called, keys)])


def _differs(one: _Result, other: _Result) -> dict[str, int] | None:
    """Return on how many decision dates the signals of two choices differ, and in how many periods."""
    mine, theirs = one.ledger, other.ledger
    if mine.assets != theirs.assets or not np.array_equal(mine.decided_on, theirs.decided_on):
        return None
    apart = np.abs(mine.targets - theirs.targets).max(axis=1) > SAME
    starts = np.flatnonzero(np.diff(apart.astype(np.int64), prepend=0) > 0)
    return {"decisions": len(apart), "differ": int(apart.sum()), "periods": len(starts)}


def _groups(side: _Comparison, rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for name in dict.fromkeys(row["group"] for row in rows):
        members = [row for row in rows if row["group"] == name]
        kind, against = members[0]["kind"], members[0]["against"]
        own = words(side.design.own[name]) if name in side.design.own else None
        title = {RULES: "rules", NAMED: "other variants"}.get(name, called(name))
        title = f"choices by themselves, against {against}" if kind == ALONE else title
        marked = against if own is None else f"{against} ({own})"
        yield {
            "name": name,
            "title": title,
            "kind": kind,
            "own": own,
            "against": against,
            "own_at": side.design.places.get(name, 0),
            "variants": [row["variant"] for row in members],
            "text": of_group(members, name=title.partition(",")[0], own=stamped(marked, members[0]["against_stamps"])),
        }
