"""What a shell offers after Tab: shipped configs, stored runs and files."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem


def config_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Return the shipped configs that begin so, each with its question, and have the shell add files."""
    from fedcycle.backtests import config

    names = [(name, question) for name, question in config.questions().items() if name.startswith(incomplete)]
    return [*(CompletionItem(name, help=question) for name, question in names), CompletionItem(incomplete, type="file")]


def configs_and_runs(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the shipped configs and stored runs that begin so, and have the shell add files."""
    from fedcycle.backtests.runs import storage

    out = ctx.params.get("out") or Path("runs")
    runs = [folder.name for folder in storage.listing(Path(out)) if folder.name.startswith(incomplete)]
    return [*(CompletionItem(run, help="a stored run") for run in runs), *config_names(ctx, param, incomplete)]
