"""What the stamps on a run mean to someone who reads its page."""

from __future__ import annotations

from collections.abc import Sequence

MEANINGS = {
    "HINDSIGHT": "The rule was told what nobody knew on the day. Its figures are an upper bound, not a result.",
    "AS OF": "The rule replays a belief held on one day. Its figures show that belief, not a rule in real time.",
    "FAILED AUDIT": "A decision of the rule did not follow from what was known that day. Its figures prove nothing.",
    "PRICE RETURN": "Dividends are missing from prices of this data set. Its growth is too small by what was paid.",
    "OPENS LEFT OUT": "These assets had opens, and others beside them have none, so every fill is at a close.",
    "SESSIONS LEFT OUT": (
        "Sessions on which an added asset had no price are missing for every asset. Risk is annualised by the sessions "
        "that are left, and some returns span more than one day."
    ),
    "MONTHLY DATA": (
        "Sessions are month ends: a decision is filled at the close of the next month, risk is of months, annualised "
        "by 12, and what happened within a month, such as its lowest close, is not seen."
    ),
    "WEEKLY DATA": (
        "Sessions are week ends: a decision is filled at the close of the next week, risk is of weeks, annualised "
        "by 52, months and years end at their last week's close, and what happened within a week is not seen."
    ),
    "SPLIT MENDED": "A split that a file had left in its prices was taken out by the user's word.",
    "CURRENCY": "Prices are in this currency, and so are capital, costs and values.",
    "CENTRAL BANK": "Announcements are this bank's: where the page says the Fed, it is meant.",
    "OWN SERIES": "A series of the data set was replaced by the user's own file; its name says what it stands in for.",
    "OWN RECESSIONS": "Recessions are dated by the user's own file: where the page says NBER, it is meant.",
    "SPLICED": "Before the date stated an asset is another one, scaled to meet it there.",
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
