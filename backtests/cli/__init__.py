"""The command line: thin commands that hand paths and flags on and print what comes back. No arithmetic."""

from fedcycle.backtests.cli.app import main

__all__ = ["main"]
