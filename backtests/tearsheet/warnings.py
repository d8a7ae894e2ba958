"""What the stamps on a run mean to someone who reads its page."""

from __future__ import annotations

from collections.abc import Sequence

MEANINGS = {
    "HINDSIGHT": "The rule was told what nobody knew on the day. Its figures are an upper bound, not a result.",
    "AS OF": "The rule replays a belief held on one day. Its figures show that belief, not a rule in real time.",
    "FAILED AUDIT": "A decision of the rule did not follow from what was known that day. Its figures prove nothing.",
    "REVISED DATA": "The rule read figures as published today, which their publishers have rewritten since the day.",
    "STALE DATA": "The rule was served values too old to stand for the day. Its figures show what nobody should trade.",
}
"""What a stamp means, by how it begins."""


def meaning_of(stamp: str) -> str:
    """Return what a stamp means, nothing for one that is not known."""
    return next((meaning for begins, meaning in MEANINGS.items() if stamp.startswith(begins)), "")


def warning(stamps: Sequence[str]) -> str:
    """Return what stamps mean together, each said once."""
    return " ".join(dict.fromkeys(meaning for stamp in stamps if (meaning := meaning_of(stamp))))
