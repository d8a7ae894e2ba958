"""Until when each asset and series of a market reaches, for whatever shows a number made from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict

import numpy as np

from fedcycle.data.market import Market
from fedcycle.data.series_catalog import SERIES
from fedcycle.data.typing import Day, Days

POLICY, TURNS, TEN_YEAR = "target_change", "nber_turning_point", "DGS10"


class Reach(TypedDict):
    """Until when one asset or series reaches.

    ``last`` is the day of its last value; ``complete_to`` the day up to which it lacks nothing (of a table of events
    "no change up to", else the same day); ``events`` whether it is such a table; ``note`` what it is made of after its
    own source ends, or which of its values are derived.
    """

    name: str
    last: str
    complete_to: str | None
    events: bool
    note: str


def reach(market: Market, names: Iterable[str]) -> list[Reach]:
    """Return until when each of some assets and series of a market reaches; names it does not have are passed over."""
    found: list[Reach] = []
    for name in dict.fromkeys(names):
        if name in market.assets:
            last = str(market.sessions[market.spans[name][1]])
            note = market.spliced.get(name, "")
            found.append({"name": name, "last": last, "complete_to": last, "events": False, "note": note})
        elif name in market.series:
            s = market.series[name]
            dated = s.observed_on if len(s) else s.known_on
            late = [] if s.derived is None else [str(day) for day in s.known_on[s.derived]]
            found.append(
                {
                    "name": name,
                    "last": str(dated.max()) if len(s) else "",
                    "complete_to": None if s.complete_to is None else str(s.complete_to),
                    "events": name in SERIES and SERIES[name].pace == "events",
                    "note": f"derived from DFEDTARU: {', '.join(late)}" if late else "",
                }
            )
    return found


def reach_sentence(reached: Sequence[Reach]) -> str:
    """Return until when things reach, in a sentence without its full stop; what ends together is said together."""
    by_day: dict[str, list[str]] = {}
    for each in reached:
        end = each["complete_to"] or each["last"]
        name = f"{each['name']} (last change {each['last']})" if each["events"] else each["name"]
        by_day.setdefault(end, []).append(name)
    said = [f"{day} for {', '.join(names)}" for day, names in sorted(by_day.items())]
    notes = [f"{each['name']}: {each['note']}" for each in reached if each["note"]]
    return "; ".join(["data complete to: " + ", ".join(said), *notes])


def newest(reached: Sequence[Reach]) -> Day | None:
    """Return the last day that any asset or regular series reaches; None where there is none."""
    days = [np.datetime64(each["last"], "D") for each in reached if not each["events"] and each["last"]]
    return max(days, default=None)


def stale_series(market: Market, sessions: Days) -> tuple[str, ...]:
    """Return the series whose newest value is too old to stand for the day in some of a run's sessions.

    Series that their publishers ended for good are left out: that they are old is what they are.
    """
    found = []
    for name, s in market.series.items():
        if s.fresh_until is None or (name in SERIES and SERIES[name].ended):
            continue
        k = np.searchsorted(s.known_on, sessions, side="right")
        known = k > 0
        if (sessions[known] > s.fresh_until[k[known] - 1]).any():
            found.append(name)
    return tuple(found)
