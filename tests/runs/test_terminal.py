"""The terminal: colour and a bar where a person watches, plain text where a program reads."""

from __future__ import annotations

import doctest
import os
import re
import sys
from pathlib import Path

import pytest

from fedcycle.backtests.cli import table_layout

ESCAPE = "\x1b["
TABLE = """
from fedcycle.backtests.cli.console import note, print_table, progress
with progress("runs") as told:
    for k in range(3):
        told(k + 1, 3)
        note(f"run {k}")
print_table(["name", "CAGR, % a year"], [["[bold]x[/bold]", "10.00"], ["y", "-3.5"]], title="two runs")
"""


def typed(code: str, **environment: str) -> str:
    """Return what a program writes to a terminal, stdout and stderr together."""
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    root = Path(__file__).resolve().parents[2]
    given = {"PATH": os.environ.get("PATH", ""), "TERM": "xterm-256color", "COLUMNS": "100", "LANG": "C.UTF-8"}
    given |= {"PYTHONPATH": os.pathsep.join([str(root / "src"), *sys.path]), "PYTHONUTF8": "1", **environment}
    child, terminal = pty.fork()
    if child == 0:
        os.execve(sys.executable, [sys.executable, "-c", code], given)  # noqa: S606 - our own interpreter
    written = b""
    try:
        while piece := os.read(terminal, 65536):
            written += piece
    except OSError:  # the child has closed its end
        pass
    os.close(terminal)
    assert os.waitpid(child, 0)[1] == 0, written.decode()
    return written.decode()


def test_on_a_terminal_headings_are_set_off_and_a_bar_counts_runs() -> None:
    said = typed(TABLE)
    assert ESCAPE in said
    assert "3/3" in said
    assert "run 2" in said


def test_no_color_takes_colour_away_and_leaves_the_words() -> None:
    said = typed(TABLE, NO_COLOR="1")
    # Colours are 30-37, 38;..., 40-47, 90-97; bold (1) is no colour.
    assert not re.search(r"\x1b\[[0-9;]*\b(3[0-8]|4[0-7]|9[0-7])\b[0-9;]*m", said)
    assert "CAGR, % a year" in said


def test_piped_it_is_plain_text_right_aligned_with_markup_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    exec(TABLE, {})  # noqa: S102 - the same program, in this process
    out, err = capsys.readouterr()
    assert ESCAPE not in out + err
    assert err.splitlines() == ["run 0", "run 1", "run 2"]
    lines = out.splitlines()
    assert lines[:2] == ["", "two runs"]
    assert any(line.endswith("10.00") and "[bold]x[/bold]" in line for line in lines)
    assert any(line.endswith(" -3.5") for line in lines)
    assert len({len(line) for line in lines if line.endswith(("10.00", "-3.5", "year"))}) == 1


WIDE = """
from fedcycle.backtests.cli.console import print_table
heads = ["run", "CAGR, % a year", "maximum drawdown, %", "costs, USD", "95% interval", "tracking error, % a year"]
print_table(heads, [["rate-cycle-timing [HINDSIGHT]", "10.90", "-56.74", "1,212,301", "-0.40 to 3.43", "3.46"]])
"""


@pytest.mark.parametrize("width", [34, 40, 60, 80, 100])
def test_in_a_narrow_terminal_no_figure_is_cut_and_each_stands_beside_its_stamped_name(width: int) -> None:
    lines = typed(WIDE, COLUMNS=str(width), TERM="dumb").splitlines()
    for figure in ("10.90", "-56.74", "1,212,301", "-0.40 to 3.43", "3.46"):
        (line,) = (line for line in lines if f" {figure} " in f"{line} ")
        assert "rate-cycle" in line
    heads = sum(line.split()[:1] == ["run"] for line in lines)
    assert "".join(lines).count("[HINDSIGHT]") == heads
    assert (heads > 1) == (width < 100)
    assert max(map(len, lines)) <= width


def test_a_dumb_terminal_is_as_wide_as_it_says_and_gets_no_escapes() -> None:
    said = typed(WIDE.replace("]])", "]], title='one run')"), COLUMNS="100", TERM="dumb")
    assert ESCAPE not in said
    assert said.count("─") > 80


def test_the_examples_of_how_columns_are_placed_hold() -> None:
    assert doctest.testmod(table_layout).failed == 0
