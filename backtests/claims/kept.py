"""The document of the statements, which is worked out once for the same data, code and library versions."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from fedcycle.backtests.core.callbacks import Notify, no_notice
from fedcycle.backtests.inference.settings import SETTINGS
from fedcycle.backtests.runs import provenance
from fedcycle.data.market import Market
from fedcycle.data.storage import cache
from fedcycle.data.typing import Day

REUSED = "the verdicts worked out before are used again; data, code and library versions are the same"


def claims_document(
    market: Market, long: Market | None = None, *, as_of: Day | None = None, notify: Notify = no_notice
) -> dict[str, Any]:
    """Return the JSON document of every statement, from the cache where the command keeps one.

    Parameters
    ----------
    market : Market of all the statements
    long : Market with a longer history, for the statements that rest on one; None to judge all on ``market``
    as_of : day, or None for all the data
    notify : is told where the document is one that was worked out before

    Raises
    ------
    DataError
        If the day is before a market's first session.
    """

    def judged() -> dict[str, Any]:
        from fedcycle.backtests.claims.results import evaluate_claims
        from fedcycle.backtests.claims.samples import both_samples

        return evaluate_claims(market, as_of).document if long is None else both_samples(market, long, as_of)

    key = _key([market] if long is None else [market, long], as_of)
    found: dict[str, Any] = cache.document(key, judged, on_reuse=lambda: notify(REUSED))
    return found


def _key(markets: list[Market], as_of: Day | None) -> str:
    """Return the digest of all that could change a digit or a word of the document."""
    told = {
        "samples": [[market.name, list(market.all_stamps)] for market in markets],
        "as_of": None if as_of is None else str(as_of),
        "settings": SETTINGS.plain(),
    }
    tables = files("fedcycle.backtests.claims")
    shipped = {each.name: each.read_bytes() for each in tables.iterdir() if each.name.endswith(".csv")}
    digests = " ".join(market.digest for market in markets)
    return provenance.identity({"claims": told}, market_digest=digests, files=shipped)
