"""A view that gives the same answer to the same question twice without copying it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from fedcycle.data.market import Market, MarketView
from fedcycle.data.series import Observations
from fedcycle.data.typing import Days, Float64

MOST_KEPT = 500
"""Answers kept by a view: more windows than this are not swept together, and each may be thousands of closes."""
_T = TypeVar("_T")


class CachingView(MarketView):
    """The view of one day for the many variants that are asked on it: what it serves is read-only and can be shared."""

    __slots__ = ("_index", "_market", "_said")

    def __init__(self, market: Market, index: int) -> None:
        super().__init__(market, index)
        self._market, self._index = market, index
        self._said: dict[Any, Any] = {}

    def sessions(self, n: int | None = None) -> Days:
        """Return what the view returns."""
        return self._once(("sessions", n), lambda: MarketView.sessions(self, n))

    def closes(self, asset: str, sessions: int) -> Float64:
        """Return what the view returns."""
        try:  # it is what most rules ask most often
            said: Float64 = self._said["closes", asset, sessions, type(sessions)]
        except (KeyError, TypeError):
            return self._once(("closes", asset, sessions), lambda: MarketView.closes(self, asset, sessions))
        return said

    def latest(self, name: str) -> float:
        """Return what the view returns."""
        return self._once(("latest", name), lambda: MarketView.latest(self, name))

    def history(self, name: str, n: int | None = None) -> Observations:
        """Return what the view returns."""
        return self._once(("history", name, n), lambda: MarketView.history(self, name, n))

    def earlier(self, sessions: int) -> MarketView:
        """Return the earlier view, which remembers too."""
        return self._once(("earlier", sessions), lambda: self._earlier(sessions))

    def _earlier(self, sessions: int) -> MarketView:
        there = MarketView.earlier(self, sessions)
        return CachingView(self._market, self._market.position(there.today))

    def _once(self, question: tuple[Any, ...], answer: Callable[[], _T]) -> _T:
        # Of 5, 5.0 and True, which are equal, a view takes only one.
        key = *question, type(question[-1])
        try:
            said: _T = self._said[key]
        except KeyError:
            said = answer()
            if len(self._said) < MOST_KEPT:
                self._said[key] = said
        except TypeError:  # what cannot be a key is asked again
            said = answer()
        return said
