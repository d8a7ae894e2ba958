"""``--pdf``: a page printed by the browser that is installed, and a sentence where there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fedcycle.backtests.cli.pdf import BROWSERS


def test_no_browser_is_one_sentence_before_anything_is_run(
    fedcycle: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "nothing"))
    said = fedcycle("compare", "base", "--pdf", "compared.pdf").sentence
    assert said == (
        f"--pdf needs Chromium or Chrome, and $CHROMIUM is {tmp_path / 'nothing'}, which is no program; install one, "
        "or print the HTML page"
    )
    assert not (tmp_path / "runs").exists()


def test_a_browser_that_fails_is_named_with_what_it_said(
    fedcycle: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "browser"
    program.write_text("#!/bin/sh\necho no display >&2\nexit 3\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(program))
    done = fedcycle("tearsheet", "base", "--pdf", "base.pdf")
    assert done.last == f"{program} could not print the page: no display"
    assert not (tmp_path / "base.pdf").exists()


def test_a_tearsheet_is_printed(fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    if not os.environ.get("CHROMIUM") and not any(map(shutil.which, BROWSERS)):
        pytest.skip("no chromium on this machine: apt-get install chromium, or set CHROMIUM to its path")
    done = fedcycle("tearsheet", "base", "--pdf", "base.pdf")
    assert done.code == 0, done.err
    content = (tmp_path / "base.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert content.count(b"/Type /Page\n") >= 8


def test_every_command_that_writes_a_page_prints_it_too(fedcycle: Callable[..., Any]) -> None:
    """``run`` writes its page beside the run, which ``tearsheet --pdf`` prints."""
    for command in ("compare", "sweep", "claims", "cycles", "diff", "status", "tearsheet"):
        assert "--pdf FILE" in fedcycle(command, "--help").out, command
