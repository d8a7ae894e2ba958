"""The fresh process of an audit: loads a rule under watch, makes its decisions under watch, and prints both as JSON.

It is started by ``fresh`` and ends with the process that started it.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import threading
from collections.abc import Mapping
from typing import Any

from fedcycle.backtests.audit.reevaluate import ask
from fedcycle.backtests.audit.side_effects import SideEffectMonitor
from fedcycle.data.typing import Day

LENGTH = 8
"""Bytes that hold the length of what is sent."""


def main() -> None:
    """Answer what is sent to stdin."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a rule prints must not stand in the answer
    sent: Mapping[str, Any] = pickle.loads(_received())  # noqa: S301 - from the process that started this one
    market, days = pickle.loads(sent["market"]), sent["days"]  # noqa: S301
    threading.Thread(target=_end_with_the_sender, daemon=True).start()
    watches: list[tuple[Day | None, SideEffectMonitor]] = []
    answers, failed = [], None

    def watched(day: Day | None) -> SideEffectMonitor:
        watches.append((day, SideEffectMonitor(everybody=True, packages=sent["packages"])))
        return watches[-1][1]

    try:
        with watched(None):
            strategy = pickle.loads(sent["strategy"])  # noqa: S301
        for day in days:
            view = market.as_of(day)
            with watched(day):
                answers.append(ask(strategy, view, sent["limits"]))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a user's file: whatever it raises is the answer
        failed = f"{type(error).__name__}: {error}"
    touched = [(None if day is None else str(day), *each) for day, watch in watches for each in watch.touched]
    json.dump({"answers": [[dict(a.weights), a.error] for a in answers], "touched": touched, "failed": failed}, out)
    out.close()
    os._exit(0)  # threads that the rule left running would keep it


def _received() -> bytes:
    length = int.from_bytes(sys.stdin.buffer.read(LENGTH), "little")
    return sys.stdin.buffer.read(length)


def _end_with_the_sender() -> None:
    """Wait for the end of stdin, which comes when the sender is gone, and end with it."""
    os.read(0, 1)
    os._exit(1)
