"""The command line: thin commands that hand paths and flags on and print what comes back. No arithmetic."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

__all__ = ["main"]


def main() -> NoReturn:
    """Run the command line, started anew first where a command's answer may hang on the hash seed."""
    try:
        from fedcycle.backtests.cli.hash_seed import fix_hash_seed, heed_interrupts
        from fedcycle.backtests.cli.streams import check_streams, plain_streams

        heed_interrupts()
        check_streams()
        fix_hash_seed()
        from fedcycle.backtests.cli import app  # click, which a command that starts anew would load twice

        with plain_streams():
            app.main()
    except KeyboardInterrupt:
        # Not a Ctrl-C that a command received: it came while the command was being loaded, or on its way out.
        sys.stderr.write("fedcycle: stopped\n")
        sys.stderr.flush()
        os._exit(1)
