"""Writes docs/cli.md from the commands, docs/choices.md and the README's tables from the studies; tests compare all.

Run: python docs/generate.py
"""

from __future__ import annotations

import inspect
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
sys.path.insert(0, str(HERE.parent / "src"))  # the source beside this file, installed or not
INTRODUCTION = """# The command line

Written by `python docs/generate.py` from the commands themselves, as `fedcycle COMMAND --help` shows them.

Results go to stdout, progress and notes to stderr. `--json` prints one JSON document to stdout and nothing else:
fractions are fractions (0.05 is 5%), dates are `YYYY-MM-DD`, what does not exist is `null`. Exit status: 0 done; 1 our
error or a failed check, in one sentence on stderr (`--debug` shows the traceback instead); 2 a command that is misspelt
or lacks something. A config is found by path, or by the name of one that comes with fedcycle; a stored run by its
folder, or by as much of its id as fits no other.

Tables and sentences are as wide as the terminal, or as `COLUMNS` says where it is set, also in a pipe; in a pipe
without it a line has up to 200 columns. A figure, a path and a command stay whole. An error is one line in a pipe.
"""

SWEEPS = ("bofa-composite-ablation", "sweeps/robustness-fan", "sweeps/robustness-fan-timing")
CHOICES = (
    "Written by `python docs/generate.py` from the bundled data; no number is typed in.",
    """The note gives rules, and leaves numbers open that somebody has to choose. Two questions follow: does each rule
earn its place, and would the results be others had the numbers been chosen otherwise? Every figure below is a
difference between two runs that are alike but for one choice. Its interval resamples both over the same stretches of
history ([inference.md](inference.md)). Where 0 is inside, these years cannot tell the choice from none, which is not to
say that it does nothing. **HINDSIGHT** and **AS OF** stand beside what nobody could have traded. The same with charts:
`fedcycle sweep bofa-composite-ablation --html ablation.html`.""",
)


def page() -> str:
    """Return the page: an introduction, and a section for each command."""
    from fedcycle.backtests.cli.app import cli

    return "\n".join([INTRODUCTION, *_sections(cli, "fedcycle")])


def _sections(group: click.Group, above: str) -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _sections(command, f"{above} {name}")
        elif command is not None:
            yield "\n".join(_section(command, f"{above} {name}"))


def _section(command: click.Command, words: str) -> Iterator[str]:
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    options = [p for p in command.params if isinstance(p, click.Option)]
    usage = [words, *(_argument(a) for a in arguments), *(["[OPTIONS]"] if options else [])]
    yield f"## {words}\n"
    yield f"{inspect.cleandoc(command.help or '')}\n"
    yield f"```sh\n{' '.join(usage)}\n```\n"
    if options:
        yield "| option | what it does |\n| --- | --- |"
        yield from (f"| `{_option(o)}` | {_told(o)} |" for o in options)
        yield ""
    yield f"Example: `{(command.epilog or '').removeprefix('Example: ')}`\n"


def _argument(argument: click.Argument) -> str:
    name = argument.metavar or (argument.name or "").upper()
    return name if argument.required else f"[{name}]"


def _option(option: click.Option) -> str:
    spelt = ", ".join(option.opts)
    if option.is_flag:
        return spelt
    if isinstance(option.type, click.Choice):
        return f"{spelt} {'|'.join(option.type.choices)}".replace("|", "\\|")
    return f"{spelt} {option.metavar or option.type.name.upper()}"


def _told(option: click.Option) -> str:
    several = " May be given several times." if option.multiple else ""
    required = " Required." if option.required else ""
    default = f" Default: `{option.default}`." if option.show_default else ""
    return f"{option.help}{several}{required}{default}"


def readme(text: str, document: Mapping[str, Any]) -> str:
    """Return the README with the rows of its tables as a comparison of the shipped studies has them."""
    keys = ("cagr", "volatility", "sharpe", "max_drawdown", "excess_cagr")
    studies = [
        [
            _named(row),
            *(_shown(row[key] * (1 if key == "sharpe" else 100)) for key in keys),
            row["verdict"]["word"] if row["unranked"] is None else f"not ranked: {row['unranked']}",
        ]
        for row in document["table"]["rows"]
    ]
    small = next(run for run in document["runs"] if run["name"] == "buy-and-hold-small")
    windows = [
        [cycle["final_cut"], *(f"{100 * cycle['windows'][name]['relative_wealth']:.1f}" for name in ("12m", "to_hike"))]
        for cycle in small["by_cycle"]
        if cycle["windows"]["12m"]["complete"]
    ]
    return _with_rows(_with_rows(text, "study", studies), "final cut", windows)


def _shown(value: float) -> str:
    """Return a number with two decimals; what rounds to zero has no sign."""
    text = f"{value:.2f}"
    return text if any(digit in text for digit in "123456789") else text.lstrip("-")


def _named(row: Mapping[str, Any]) -> str:
    return "".join([f"`{row['name']}`", *(f" **{stamp}**" for stamp in row["stamps"])])


def _with_rows(text: str, head: str, rows: Sequence[Sequence[str]]) -> str:
    body = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return re.sub(
        rf"^(\| {head} \|.*\n\|[ :|-]+\n)(?:\|.*\n)+", lambda found: found[1] + body, text, flags=re.MULTILINE
    )


def choices() -> str:
    """Return the page of what each rule of the note adds, and what other choices would have changed."""
    from fedcycle.backtests.sweep import sweep
    from fedcycle.backtests.sweep.report import page

    with tempfile.TemporaryDirectory() as out:
        quiet: dict[str, Any] = {"on_progress": lambda *_: None, "notify": lambda _: None}
        done = [sweep(name, sweeps_dir=Path(out), jobs=1, **quiet).document for name in SWEEPS]
    return page(done, title="What each rule of the note adds, and what other choices would have changed", lead=CHOICES)


def compared() -> Mapping[str, Any]:
    """Return the comparison of all shipped studies, run afresh."""
    from fedcycle.backtests.workflows.comparison import compare

    configs = sorted(str(path) for path in (HERE.parent / "configs").glob("*.yaml"))
    with tempfile.TemporaryDirectory() as out:
        found = compare(configs, runs_dir=Path(out), benchmark="large", notify=lambda _: None, tearsheets=False)
        return found.document


if __name__ == "__main__":
    (HERE / "cli.md").write_text(page(), encoding="utf-8", newline="\n")
    (HERE / "choices.md").write_text(choices(), encoding="utf-8", newline="\n")
    README.write_text(readme(README.read_text(encoding="utf-8"), compared()), encoding="utf-8", newline="\n")
