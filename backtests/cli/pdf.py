"""A page as PDF, printed by a Chromium that is installed; no library of ours makes PDF."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from fedcycle.backtests.cli.console import note_place
from fedcycle.backtests.cli.outputs import OutFile

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PATIENCE = 180
"""Seconds after which a browser that does not end is stopped."""


def browser() -> str:
    """Return the program that prints, ``$CHROMIUM`` or the first browser found; raises RunError where there is none."""
    from fedcycle.backtests.core.errors import RunError

    named = os.environ.get("CHROMIUM")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        missing = f"none of {', '.join(BROWSERS)} is on the path"
        looked = f"$CHROMIUM is {named}, which is no program" if named else missing
        raise RunError(f"--pdf needs Chromium or Chrome, and {looked}; install one, or print the HTML page")
    return found


def _checked(context: click.Context, option: click.Parameter, value: Path | None) -> Path | None:  # noqa: ARG001
    """Return the option's value, once it is known that there is a browser: before anything is run."""
    if value is not None:
        browser()
    return value


PDF = click.option(
    "--pdf",
    type=OutFile(),
    metavar="FILE",
    callback=_checked,
    help="Also print the page to PDF, with Chromium or Chrome where one is installed.",
)


def write_pages(html: Path | None, pdf: Path | None, *, write: Callable[[Path], None], what: str) -> None:
    """Write a page, with ``write``, as HTML and as PDF where they are asked for, and say where."""
    if html is not None:
        write(html)
        note_place(what, html)
    if pdf is not None:
        print_pdf(pdf, write)
        note_place(what, pdf)


def print_pdf(pdf: Path, write: Callable[[Path], None]) -> None:
    """Write a page with ``write`` to a folder of its own, and print it to ``pdf``.

    Raises
    ------
    RunError
        If the browser fails or does not end.
    """
    from fedcycle.backtests.core.errors import RunError
    from fedcycle.backtests.runs.storage import write_page

    program = browser()
    with tempfile.TemporaryDirectory(prefix="fedcycle-pdf-") as folder:
        page, printed = Path(folder, "page.html"), Path(folder, "page.pdf")
        write(page)
        words = [program, "--headless", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer"]
        words += [f"--user-data-dir={folder}/profile", "--disable-background-networking", "--disable-sync"]
        # The page is ours and fetches nothing; root, as in a container, has no sandbox to run it in.
        words += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        words += ["--virtual-time-budget=60000", f"--print-to-pdf={printed}", page.as_uri()]
        try:
            done = subprocess.run(words, capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603 - no shell
        except subprocess.TimeoutExpired as error:
            raise RunError(f"{program} had not printed the page after {PATIENCE} seconds") from error
        if done.returncode or not printed.is_file():
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise RunError(f"{program} could not print the page: {said[-1] if said else f'exit {done.returncode}'}")
        write_page(pdf, printed.read_bytes())
