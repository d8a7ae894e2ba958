"""How a process that works for a command ends: when the command is stopped, or is gone; at once, and without a word."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable


def exit_quietly_on_sigint() -> None:
    """Let Ctrl-C, which reaches every process of a terminal, end this one; the command says that it was stopped.

    What the process was making is lost, and nothing else: files are put in their place whole.
    """
    # A process that was started deaf to it, as by nohup, stays so.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def end_with_parent() -> None:
    """End this worker process when the process that started it does, however that ends.

    A worker waits for work on a pipe whose other end its fellow workers hold too, so it would wait for ever.
    """
    import multiprocessing  # only a worker needs it

    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_for, args=(parent.join,), daemon=True).start()


def start_work() -> None:
    """Make a worker process end in silence on Ctrl-C, and with its parent."""
    exit_quietly_on_sigint()
    end_with_parent()


def _wait_for(end: Callable[[], None]) -> None:
    end()
    os._exit(1)
