"""config and new: commands about configs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from fedcycle.backtests.cli.app import data_dir, debug, json_flag, use_cache
from fedcycle.backtests.cli.complete import config_names
from fedcycle.backtests.cli.console import note, print_json, print_table, say

SETS = click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Override a value of the config.")


@click.group("config")
def config_command() -> None:
    """List, check, show and describe configs."""


@config_command.command("list", epilog="Example: fedcycle config list")
@json_flag
@debug
def list_command(as_json: bool) -> None:
    """List the configs that come with fedcycle, each with the question it asks."""
    from fedcycle.backtests import config

    asked = config.questions()
    if as_json:
        print_json({"configs": [{"name": name, "question": question} for name, question in asked.items()]})
        return
    print_table(["config", "question"], [[name, question] for name, question in asked.items()], text=2)


@config_command.command("check", epilog="Example: fedcycle config check rate-cycle-timing bofa-composite")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", shell_complete=config_names)
@SETS
@data_dir
@json_flag
@debug
def check(files: Sequence[str], sets: tuple[str, ...], data_dir: Path, as_json: bool) -> None:
    """Validate each FILE, against its market too; exit 1 if any is not valid, with every problem and its remedy."""
    use_cache()
    found = {file: _problems(file, sets, data_dir) for file in files}
    if as_json:
        print_json({"configs": [{"file": f, "valid": not p, "problems": p} for f, p in found.items()]})
    for file, problems in found.items():
        if problems:
            for problem in problems:
                note(problem)
        elif not as_json:
            say(f"{file}: valid")
    if any(found.values()):
        sys.exit(1)


def _problems(file: str, sets: Sequence[str], store: Path) -> list[str]:
    """Return a sentence for each thing wrong with a config, or else for why its market cannot run it."""
    from fedcycle.backtests import config
    from fedcycle.backtests.core.errors import BacktestError, ConfigError
    from fedcycle.backtests.workflows import study
    from fedcycle.data.errors import DataError
    from fedcycle.strategies.strategy import StrategyError

    def load(more: Sequence[str]) -> config.RunConfig:
        return config.load(file, [*sets, *more], store=store)

    problems = list(config.check(file, sets))
    if not problems:
        try:
            loaded = load(())
            study.prepare(loaded)
            if loaded.sweep or loaded.sweep_variants:
                from fedcycle.backtests.sweep import design  # workers and files of results with it

                design.tried(loaded, load)
        except (BacktestError, ConfigError, DataError, StrategyError) as error:
            problems = [str(error)]
    return problems


@config_command.command("show", epilog="Example: fedcycle config show rate-cycle-timing")
@click.argument("file", metavar="FILE", shell_complete=config_names)
@SETS
@json_flag
@debug
def show(file: str, sets: tuple[str, ...], as_json: bool) -> None:
    """Print the resolved config, each value with the file and line it came from."""
    from fedcycle.backtests import config

    loaded = config.load(file, sets)
    if as_json:
        print_json({"config": loaded.data, "origins": loaded.origins()})
    else:
        click.echo(loaded.show().rstrip())


@config_command.command("schema", epilog="Example: fedcycle config schema > fedcycle.schema.json")
@debug
def schema() -> None:
    """Print the JSON Schema of a config, for editors."""
    from fedcycle.backtests import config

    print_json(config.schema())


@click.command("new", epilog="Example: fedcycle new mine.yaml --strategy RateCycleTiming")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--strategy", default="RateCycleTiming", show_default=True, help="The rule to start from.")
@debug
def new_command(file: Path, strategy: str) -> None:
    """Write a commented config to start from; an existing FILE is left alone."""
    from fedcycle.backtests import config
    from fedcycle.backtests.core.errors import ConfigError

    text = config.new(strategy, name=file.stem)
    try:
        with file.open("x", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
    except FileExistsError:
        raise ConfigError(f"{file} exists already; name another file") from None
    click.echo(file)
