"""Commands that run rules have one hash seed, so that a rule that iterates a set does the same in every process."""

from __future__ import annotations

import os
import signal
import sys

SEED = "PYTHONHASHSEED"
FIXED = "0"
RUN_RULES = frozenset(
    {"run", "compare", "diff", "tearsheet", "runs", "sweep", "recognise", "audit", "explain", "export", "status"}
)
"""Commands whose answer may hang on a rule."""


def heed_interrupts() -> None:
    """Hear a Ctrl-C that came while this command was being started anew."""
    if os.name == "posix" and os.environ.get(SEED) == FIXED:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def fix_hash_seed() -> None:
    """Start this command anew with a fixed hash seed, unless it has one or runs no rule.

    Python reads the seed when it starts and at no other time. Workers inherit it. Where the system cannot put one
    program in another's place (Windows), or Python was started to ignore its environment, nothing is done: an audit
    asks under several seeds and finds a rule that hangs on them.
    """
    words = sys.argv[1:]
    started_with = sys.orig_argv[len(sys.orig_argv) - len(words) :]
    if os.name != "posix" or os.environ.get(SEED) == FIXED or started_with != words:
        return
    if RUN_RULES.isdisjoint(words[:1]) or not sys.executable:
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # received by heed_interrupts, once there is one
    os.execve(  # noqa: S606 - this very command
        sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, SEED: FIXED}
    )
