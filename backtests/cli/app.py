"""The command ``fedcycle``: finds a command's module only when it is asked for, and turns errors into sentences."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
"""Read by numpy's libraries when they load. Our products are small: on a busy machine the threads of a library only
wait for each other (a tearsheet took 4.1 s of processor time instead of 0.5 s), and commands use processes."""
COMMANDS = {
    "run": ("run", "run each config, store the run, write its tearsheet, print the numbers"),
    "compare": ("run", "put configs and stored runs side by side"),
    "diff": ("diff", "how two runs differ, and what the gap between them is made of"),
    "tearsheet": ("run", "write the HTML tearsheet of a config or a stored run"),
    "export": ("export", "a run's tables as CSV, Excel, Parquet or JSON"),
    "runs": ("runs", "the stored runs: list, show, rerun, remove"),
    "sweep": ("sweep", "run the grid of a config and rank it"),
    "cycles": ("research", "Fed easing cycles, and what small, mid and large caps did around them"),
    "claims": ("research", "the note's statements, each with data, test and verdict"),
    "recognise": ("research", "the cost of real-time detection which cut was final"),
    "audit": ("research", "whether a rule's decisions follow from what was known alone"),
    "explain": ("strategies", "what a rule saw on a day, and why it weighted as it did"),
    "status": ("status", "where the rate cycle stands now, what each rule holds, and what would change it"),
    "strategies": ("strategies", "what rules there are, their parameters and their case"),
    "config": ("configs", "list, check, show and describe configs"),
    "new": ("configs", "write a commented config to start from"),
    "data": ("data", "the market data: what there is; fetch, compile, add, check and compare"),
}
NAME = "fedcycle"
"""The program, as its folders for data and caches are called."""
EPILOG = "Example: fedcycle compare rate-cycle-timing buy-and-hold-large"


class OutputClosed(Exception):  # noqa: N818 - it is no error
    """Whoever read our output has had enough."""


class Lazy(click.Group):
    """A group whose commands are imported when they are called, so that help is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        if name not in COMMANDS:
            return None
        module = import_module(f"fedcycle.backtests.cli.{COMMANDS[name][0]}")
        command: click.Command = getattr(module, f"{name}_command")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; click would make a failure, status 1, of a reader who has had enough."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise OutputClosed from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, says) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Offer the nearest command where one is misspelt."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from fedcycle.data.suggest import nearest

            near = nearest(args[0], COMMANDS)
            if near is not None and error.message.startswith("No such command"):
                raise click.UsageError(f"No such command {args[0]!r}; did you mean {near!r}?", ctx) from error
            raise


@click.group(
    cls=Lazy, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120}
)
@click.version_option(package_name="fedcycle")
def cli() -> None:
    """Backtest small-cap rules over the Fed rate cycle: no look-ahead, honest inference.

    Every command that answers takes --json; --debug shows a traceback instead of a sentence.
    """


def debug(command: Any) -> Any:
    """Give a command the flag ``--debug``; ``main`` reads it."""
    help_text = "Show a traceback instead of one sentence when something fails."
    return click.option("--debug", is_flag=True, expose_value=False, help=help_text)(command)


def json_flag(command: Any) -> Any:
    """Give a command the flag ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")(command)


def data_folder() -> Path:
    """Return the platform's folder for the data of a program, where fetched data are kept unless told otherwise."""
    from platformdirs import user_data_path

    return user_data_path(NAME, appauthor=False)


def data_dir(command: Any) -> Any:
    """Give a command the option ``--data-dir``, the folder of fetched data."""
    return click.option(
        "--data-dir",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="FEDCYCLE_DATA",
        default=data_folder,
        help="Folder of fetched data; else $FEDCYCLE_DATA, else the platform's folder for data.",
    )(command)


def use_cache() -> None:
    """Let the command that is running keep the tables it reads for the next one."""
    from platformdirs import user_cache_path

    from fedcycle.data.storage.cache import use_cache_dir

    click.get_current_context().with_resource(use_cache_dir(user_cache_path(NAME, appauthor=False)))


def main() -> NoReturn:
    """Run the command line: exit 0 done, 1 our error in one sentence on stderr, 2 usage."""
    # Imports make a hundred thousand objects and hardly a circle: looking for some after every 700 takes a fifth of the
    # time of arch's, which a first tearsheet pays.
    gc.set_threshold(500_000)
    # The C library gives freed memory back to the system and takes it again for the next array, with a fault every
    # 4 kB: half the time of rolling statistics. Once a block as large as this was freed it keeps what it has. The block
    # itself is never touched.
    bytes(31 << 20)
    # Plugins of other packages have no part in a result, and looking for them reads every installed package's metadata.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    for threads in BLAS_THREADS:
        os.environ.setdefault(threads, "1")
    try:
        code = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("fedcycle: stopped", err=True)
        code = 1
    except (BrokenPipeError, OutputClosed):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        click.echo(_fitted(f"fedcycle: {sentence(error)}"), err=True)
        code = 1
    # On its way out Python searches all that was imported for circles, again and again: a fifth of a short command's
    # time, a third with backtrader. Whatever must be closed is closed by now, or when the process ends.
    gc.freeze()
    sys.exit(code if isinstance(code, int) else 0)


def _fitted(said: str) -> str:
    """Return an error's sentence as wide as a terminal; for a program it stays the one line it counts on."""
    if not sys.stderr.isatty():
        return said
    from fedcycle.backtests.cli.console import terminal_width
    from fedcycle.backtests.cli.wrapping import wrapped

    return wrapped(said, terminal_width(sys.stderr))


def sentence(error: Exception) -> str:
    """Return what went wrong in one sentence."""
    # Imported here: help and usage should not wait for it.
    from fedcycle.backtests.core.errors import system_sentence
    from fedcycle.data.errors import FedcycleError

    if isinstance(error, FedcycleError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return system_sentence(error)
    return f"an error of ours, {type(error).__name__}: {error}; run again with --debug and report the traceback"
