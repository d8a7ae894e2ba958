"""Active returns with the intervals of their verdicts: of one run, or of several that are judged together."""

from __future__ import annotations

from typing import Any

from fedcycle.backtests.core.format import points, pp
from fedcycle.backtests.inference.verdict import UNDECIDED, Verdict


def judged_together(judged: Verdict, alone: Verdict | None, *, trials: int) -> dict[str, Any]:
    """Return the active return of a run with the interval of its verdict.

    Parameters
    ----------
    judged : the verdict on it, of all that compete
    alone : the verdict on the same run by itself, or None
    trials : how many compete; 1 for a run by itself

    Returns
    -------
    ``difference``, ``low``, ``high``, ``apart`` and ``text`` as in ``intervals.difference``; ``word`` (of the verdict,
    or None); ``alone``: ``low``, ``high`` and ``word`` of the run judged by itself, or None; ``note``: of
    ``looks_apart``
    """
    low, high = judged.low, judged.high
    text = f"active return {pp(judged.active_return, 2)} a year"
    if low is None or high is None or judged.word is None:
        text += f", no interval: {judged.note}"
    else:
        together = f", judged together with all {trials}" if trials > 1 else ""
        text += f", 95% interval {_ends(low, high)}{together}: {judged.word}"
    note = looks_apart(judged, alone)
    return {
        "difference": judged.active_return,
        "low": low,
        "high": high,
        "apart": None if low is None or high is None else bool(low > 0 or high < 0),
        "text": f"{text}; {note}" if note else text,
        "word": judged.word,
        "alone": None if alone is None else {"low": alone.low, "high": alone.high, "word": alone.word},
        "note": note,
    }


def looks_apart(judged: Verdict, alone: Verdict | None) -> str | None:
    """Return why a run is not distinguishable here though it is by itself, in words; None where it is not so."""
    if alone is None or judged.word != UNDECIDED or alone.word in (UNDECIDED, None):
        return None
    if alone.low is None or alone.high is None:
        return None
    ends = _ends(alone.low, alone.high)
    return f"by itself it is {alone.word} ({ends}); of several looked at, one in twenty is so by chance"


def _ends(low: float, high: float) -> str:
    return f"{points(low, 2)} to {pp(high, 2)}"
