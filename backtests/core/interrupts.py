"""How a process that works for a command ends when the command is stopped: at once, and without a word."""

from __future__ import annotations

import signal


def exit_quietly_on_sigint() -> None:
    """Let Ctrl-C, which reaches every process of a terminal, end this one; the command says that it was stopped.

    What the process was making is lost, and nothing else: files are put in their place whole.
    """
    # A process that was started deaf to it, as by nohup, stays so.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
