"""Every command at 80 and 160 columns: no line is longer, and no table has two columns of the same name."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest

from fedcycle.backtests.cli import console, table_layout
from fedcycle.backtests.cli.wrapping import unwrapped, wrapped

from .conftest import Answer, ask
from .test_help import EVERY

WIDTHS = (80, 160)
A, B = "timing.yaml", "held.yaml"
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("run", A, "--no-tearsheet"),
    ("run", "short.yaml", "--no-tearsheet"),
    ("compare", A, B, "--baseline", B),
    ("runs", "list"),
    ("runs", "show", "timing"),
    ("runs", "rerun", "timing"),
    ("sweep", "grid.yaml"),
    ("sweep", "one-key.yaml"),
    ("cycles",),
    ("recognise", A),
    ("explain", A, "2019-08-03"),
    ("status", A, "bofa-composite"),
    ("strategies",),
    ("strategies", "BofAComposite"),
    ("config", "check", A),
    ("data", "list"),
    ("data", "catalog"),
    ("data", "vintages"),
    ("data", "verify"),
    ("data", "diff", "bundle", "bundle"),
    ("data", "add", "own.csv", "--out", "more", "--total-return"),
    ("data", "join", "funds", "bundle", "--out", "both"),
)
SLOW: tuple[tuple[str, ...], ...] = (
    ("audit", A, "--sample", "2"),
    ("claims",),
    ("compare", A, "hindsight.yaml"),
    ("config", "list"),
    ("diff", A, B),
)
ELSEWHERE = {
    ("tearsheet",): "prints a path",
    ("export",): "prints a path",
    ("new",): "prints a path",
    ("runs", "remove"): "prints a path",
    ("config", "show"): "prints a config, which is copied",
    ("config", "schema"): "prints JSON",
    ("data", "build"): "needs raw files; prints a path and a digest",
    ("data", "fetch"): "needs a network; its table is that of other commands",
    ("data", "add-fundamentals"): "needs filings; its tables are those of other commands",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the runs, sweeps and prices that the commands look at."""
    folder = tmp_path_factory.mktemp("widths")
    studies = {
        "timing": "extends: rate-cycle-timing",
        "hindsight": "extends: rate-cycle-timing-hindsight",
        "held": "extends: buy-and-hold-small",
        "short": "extends: spreads/small-minus-large",
        "grid": "extends: base\nsweep: {execution.lag: [1, 5], strategy.asset: [small, mid]}",
        "one-key": "extends: base\nsweep: {execution.lag: [1, 5]}",
    }
    for name, text in studies.items():
        said = f"{text}\nname: {name}\nperiod: {{start: 2015-01-02, end: 2021-12-31}}\n"
        (folder / f"{name}.yaml").write_text(said, encoding="utf-8")
    days = np.arange("2020-01-02", "2020-05-01", dtype="datetime64[D]")
    closed = np.array(["2020-01-20", "2020-02-17", "2020-04-10"], dtype="datetime64[D]")
    rows = [f"{day},{100 + k % 7}" for k, day in enumerate(days[np.is_busday(days, holidays=closed)])]
    (folder / "own.csv").write_text("\n".join(["date,close", *rows]), encoding="utf-8")
    assert ask(folder, "run", A, B, "--no-tearsheet").code == 0
    assert ask(folder, "data", "add", "own.csv", "--out", "funds", "--total-return").code == 0
    return folder


@pytest.fixture
def headings() -> Iterator[list[Sequence[str]]]:
    """The headings of each table that is printed."""
    found: list[Sequence[str]] = []
    placed = table_layout.placed

    def noted(heads: Sequence[str], rows: Any, **given: Any) -> Any:
        found.append(heads)
        return placed(heads, rows, **given)

    with mock.patch.object(table_layout, "placed", noted):
        yield found


def check(answer: Answer, width: int, headings: list[Sequence[str]]) -> None:
    """Assert that an answer is one, keeps to a width, and that its tables name each column once."""
    assert answer.code == 0, answer.err
    lines = [*answer.out.splitlines(), *answer.err.splitlines()]
    # A word that is longer by itself, such as a path, stays whole on a line of its own.
    assert [line for line in lines if len(line) > width and " " in line.strip()] == []
    for heads in headings:
        assert [head for head, times in Counter(heads).items() if times > 1] == []
    headings.clear()


def check_widths(
    words: tuple[str, ...], place: Path, headings: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run a command at each width and check what it prints."""
    for width in WIDTHS:
        monkeypatch.setenv("COLUMNS", str(width))
        check(ask(place, *words), width, headings)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_line_is_wider_than_asked_for(
    words: tuple[str, ...], place: Path, headings: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    check_widths(words, place, headings, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("words", SLOW, ids=" ".join)
def test_no_line_of_the_others_is_wider(
    words: tuple[str, ...], place: Path, headings: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    check_widths(words, place, headings, monkeypatch)


def test_every_command_is_looked_at_or_said_why_not() -> None:
    shown = {next(words[:n] for n in (2, 1) if words[:n] in EVERY) for words in (*COMMANDS, *SLOW)}
    assert shown | set(ELSEWHERE) == set(EVERY)
    assert not shown & set(ELSEWHERE)


def test_an_asset_called_as_a_column_is_told_from_it(
    place: Path, headings: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    (place / "run.csv").write_bytes((place / "own.csv").read_bytes())
    assert ask(place, "data", "add", "run.csv", "--out", "called-run", "--total-return").code == 0
    headings.clear()
    sets = ("--set", "data.market=called-run", "--set", "strategy.asset=run", "--set", "benchmark=run")
    spans = ("--set", "period.start=2020-01-02", "--set", "period.end=2020-04-30")
    check(ask(place, "run", "base", *sets, *spans, "--no-tearsheet"), 80, headings)


def test_json_and_errors_are_not_broken(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    wide = ask(place, "runs", "show", "timing", "--json")
    assert wide.json["id"].startswith("timing-")
    assert max(map(len, wide.out.splitlines())) > 40
    wrong = ask(place, "run", "rate-cycle-timin")
    assert len(wrong.sentence) > 40  # one sentence on one line, for a program that reads it


def test_without_columns_and_a_terminal_a_sentence_is_as_wide_as_a_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS")
    console.say("word " * 100)
    console.note("word " * 100)
    out, err = capsys.readouterr()
    assert out == err
    assert [len(line) for line in out.splitlines()] == [199, 199, 99]
    assert console.terminal_width() == console.PIPE_WIDTH


@pytest.mark.parametrize("columns", ["", "0", "-5", "wide"])
def test_columns_that_are_no_width_are_not_heeded(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert console.terminal_width() == console.PIPE_WIDTH


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        # A path is longer than the line, so it has one of its own and is whole.
        ("see runs/a-very-long-name/tearsheet.html for it", ["see", "runs/a-very-long-name/tearsheet.html", "for it"]),
        # A command is copied, so it is not broken; the sentence goes on behind it.
        ("old; for newer: fedcycle data fetch, then run", ["old; for newer:", "fedcycle data fetch,", "then run"]),
        ("again: fedcycle run c.yaml --set a=1", ["again:", "fedcycle run c.yaml --set a=1"]),
        ("1. an item of some words", ["1. an item of some", "   words"]),
        ("  a line further in than others", ["  a line further in", "    than others"]),
        # Letters that take two columns each.
        ("収益率収益率 収益率収益率", ["収益率収益率", "収益率収益率"]),
        ("short\n\nalso short", ["short", "", "also short"]),
    ],
)
def test_sentences_are_broken_between_words_that_may_be_parted(text: str, lines: list[str]) -> None:
    assert wrapped(text, 20).split("\n") == lines


def test_a_docstring_becomes_one_line_a_paragraph() -> None:
    assert unwrapped("Hold\nit.\n\n1. If so,\n   sell.\n- Or\n  not.") == "Hold it.\n\n1. If so, sell.\n- Or not."


def test_a_sparkline_gives_way_before_the_figures_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    console.print_growth(np.linspace(1e6, 2e6, 99).tolist(), first="2001-01-02", last="2002-01-02")
    drawn, span = capsys.readouterr().out.splitlines()
    assert len(drawn) == 60
    assert drawn.endswith(" 2,000,000 USD")
    assert span == "(2001-01-02 to 2002-01-02, log scale)"


def test_the_environment_of_the_tests_is_as_wide_as_a_pipe() -> None:
    assert os.environ["COLUMNS"] == str(console.PIPE_WIDTH)
