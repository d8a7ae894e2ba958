"""Help: every command has one, with an example that can be typed, and the page of the manual says the same."""

from __future__ import annotations

import re
import runpy
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from fedcycle.backtests.cli.app import COMMANDS, cli
from fedcycle.backtests.config import shipped

ROOT = Path(__file__).parents[2]


def leaves(group: click.Group, *above: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with the words that reach it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaves(command, *above, name)
        else:
            yield (*above, name), command


EVERY = dict(leaves(cli))


def test_the_commands_of_the_first_issue_are_there() -> None:
    promised = {("run",), ("compare",), ("config", "check"), ("config", "show"), ("strategies",)}
    assert promised | {("data", "list"), ("data", "build"), ("tearsheet",)} <= set(EVERY)


def test_help_names_every_command(fedcycle: Callable[..., Any]) -> None:
    answer = fedcycle("--help")
    assert answer.code == 0
    assert all(f"  {name} " in answer.out for name in COMMANDS)


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_command_has_help_with_an_example(words: tuple[str, ...], fedcycle: Callable[..., Any]) -> None:
    answer = fedcycle(*words, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert f"Example: fedcycle {' '.join(words)}" in " ".join(answer.out.split())


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_example_can_be_typed(words: tuple[str, ...]) -> None:
    command = EVERY[words]
    typed = (command.epilog or "").removeprefix("Example: fedcycle ").split(" > ")[0]
    given = shlex.split(typed)[len(words) :]
    command.make_context(" ".join(words), given)  # raises UsageError for an option that is not there


def test_no_example_asks_for_files_of_the_sources_folder() -> None:
    assert not [words for words, command in EVERY.items() if "*" in (command.epilog or "")]


@pytest.mark.slow
def test_examples_with_shipped_studies_and_stored_runs_work_as_printed(fedcycle: Callable[..., Any]) -> None:
    for words in [("config", "check"), ("compare",), ("runs", "show"), ("runs", "rerun"), ("runs", "remove")]:
        example = (EVERY[words].epilog or "").removeprefix("Example: fedcycle ")
        answer = fedcycle(*shlex.split(example))
        assert answer.code == 0, (example, answer.err)


def test_the_stored_run_of_the_examples_stays_the_only_one_where_all_shipped_studies_were_run() -> None:
    for does in ("show", "rerun", "remove"):
        ref = shlex.split(EVERY["runs", does].epilog or "")[4]
        assert [name for name in shipped() if name.startswith(ref)] == [ref]


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_option_says_what_it_is_for(words: tuple[str, ...]) -> None:
    assert not [p.name for p in EVERY[words].params if isinstance(p, click.Option) and not p.help]


def test_every_command_that_answers_takes_json_and_debug() -> None:
    files = {("tearsheet",), ("new",), ("config", "schema")}  # the first two write a file, the third is JSON already
    flags = {words: {p.name for p in command.params} for words, command in EVERY.items()}
    assert not [words for words, names in flags.items() if words not in files and "as_json" not in names]
    assert not [words for words, names in flags.items() if "debug" not in names]


def test_the_page_of_pages_lists_every_command_that_writes_one() -> None:
    listed = (ROOT / "docs" / "tearsheet.md").read_text(encoding="utf-8").split("## The tearsheet")[0]
    writers = [" ".join(words) for words, command in EVERY.items() if "html" in {p.name for p in command.params}]
    assert len(writers) >= 5
    assert not [words for words in writers if not re.search(rf"`fedcycle {words} .*--html FILE`", listed)]


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "generate.py"))["page"]()
    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert written == page, "the command line has changed; run: python docs/generate.py"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("fedcycle ex", "export"),
        ("fedcycle config li", "list"),
        ("fedcycle run bofa-composite-as", "bofa-composite-as-of"),
    ],
)
def test_a_shell_completes_commands_and_configs(typed: str, offered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.shell_completion import BashComplete

    words = typed.split()
    found = BashComplete(cli, {}, "fedcycle", "_FEDCYCLE_COMPLETE").get_completions(words[1:-1], words[-1])
    assert any(item.value.startswith(offered) for item in found)


def test_every_shipped_config_is_listed_with_its_question(fedcycle: Callable[..., Any]) -> None:
    listed = fedcycle("config", "list", "--json").json["configs"]
    assert {each["name"] for each in listed} == set(shipped())
    assert not [each for each in listed if not each["question"].endswith("?")]
