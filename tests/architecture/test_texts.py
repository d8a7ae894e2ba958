"""What must not be in any file of the repository: a machine's own paths, a package registry, somebody's raw data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TEXTS = {".py", ".md", ".cfg", ".toml", ".yaml", ".yml", ".json", ".html", ".css", ".js", ".typed", ".csv", ".txt", ""}
LEFT_BY_TOOLS = {"__pycache__", "node_modules"}
AT_THE_TOP = {"build", "dist", "runs", "tearsheets"}
# Put together here, so that this file does not hold what it looks for.
MACHINE = re.compile(r"(?<![\w.<>/])/(?:" + "|".join(["work", "opt", "root", "home", "Users"]) + r")/\w")
REGISTRY = re.compile(
    "|".join([r"pypi" + r"\.org", r"python" + r"hosted", r"index-" + r"url", r"registry\." + r"npmjs"])
)
RAW = re.compile("shared" + "/data")


def texts(root: Path, *tops: str) -> Iterator[tuple[str, str]]:
    """Every text file below some folders, or in the whole repository, as (path, content)."""
    for file in sorted(p for top in tops or ("",) for p in (root / top).rglob("*")):
        parts = file.relative_to(root).parts
        hidden = [part for part in parts if part.startswith(".") and part not in {".ci", ".gitignore"}]
        ours = (
            parts[0] not in AT_THE_TOP
            and not hidden
            and not LEFT_BY_TOOLS.intersection(parts)
            and not any(p.endswith(".egg-info") for p in parts)
        )
        if ours and file.suffix in TEXTS and file.is_file() and parts[0] != "src":
            yield file.relative_to(root).as_posix(), file.read_text(encoding="utf-8")


@pytest.mark.parametrize("pattern", [MACHINE, REGISTRY], ids=["a path of one machine", "a package registry"])
def test_no_file_names(pattern: re.Pattern[str], root: Path) -> None:
    found = {name: pattern.findall(text) for name, text in texts(root) if name != "LICENSE"}
    assert not {name: hits for name, hits in found.items() if hits}


def test_only_the_gate_knows_where_raw_data_may_lie(root: Path) -> None:
    assert [name for name, text in texts(root) if RAW.search(text)] in ([], [".ci/run"])


def test_no_raw_file_of_a_publisher_is_here(root: Path) -> None:
    """Raw files are their publishers'; what ships is compiled from them."""
    raw = re.compile(
        r"Portfolios_Formed_on|F-F_Research|49_Industry|^(DGS|DFED|GS10|FEDFUNDS|BAA10Y|BAML|IWM|SPY|IWB|IWR)"
    )
    shipped = [p.name for top in ("data", "configs", "tests") for p in (root / top).rglob("*.*") if p.suffix != ".py"]
    assert not [name for name in shipped if raw.search(name)]


def test_no_program_is_left_switched_off(root: Path) -> None:
    """``breakpoint()`` and ``xfail`` without a reason are for the day they are written."""
    left = re.compile(r"^\s*(breakpoint\(\)|import pdb)|@pytest\.mark\.(xfail|skip)\s*$", flags=re.MULTILINE)
    code = ("data", "strategies", "backtests", "tests")
    assert not [name for name, text in texts(root, *code) if name.endswith(".py") and left.search(text)]


def test_every_link_between_pages_leads_somewhere(root: Path) -> None:
    broken = []
    for name, text in texts(root):
        if name.endswith(".md"):
            for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", text):
                if not ((root / name).parent / target).exists():
                    broken.append(f"{name}: {target}")
    assert not broken
