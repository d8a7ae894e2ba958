"""docs/notebook.ipynb runs from an empty folder in a fresh kernel, and gives the answers that it holds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"
RUN = "import sys, nbformat, run_notebook; nbformat.write(run_notebook.executed(), sys.argv[1])"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The notebook, run anew in a process of its own: a kernel's libraries warn of what is none of our business."""
    for library in ("nbformat", "nbclient", "ipykernel", "openpyxl", "plotly"):
        pytest.importorskip(library, reason=f"{library} is not installed: pip install 'fedcycle[test]'")
    file = tmp_path_factory.mktemp("notebook") / "run.ipynb"
    command = [sys.executable, "-c", RUN, str(file)]
    done = subprocess.run(command, cwd=DOCS, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(file.read_text(encoding="utf-8"))


def said(notebook: Any) -> list[str]:
    """What each cell answered, as plain text, less what versions of pandas print otherwise."""
    found = []
    for cell in notebook["cells"]:
        for answer in cell.get("outputs", []):
            text = answer.get("data", {}).get("text/plain", answer.get("text", ""))
            found.append("".join(text).replace(" ", ""))
    return found


def test_the_notebook_gives_the_answers_it_holds(run: Any) -> None:
    held = json.loads((DOCS / "notebook.ipynb").read_text(encoding="utf-8"))
    assert len(said(held)) >= 12
    assert said(run) == said(held), "run: python docs/run_notebook.py"


def test_a_rule_of_a_cell_passes_its_audit_and_says_what_it_is(run: Any) -> None:
    pages = ["".join(a.get("data", {}).get("text/html", "")) for c in run["cells"] for a in c.get("outputs", [])]
    trend = next(page for page in pages if "<strong>above-average</strong>" in page)
    assert "audit: pass" in trend
    assert "never used again, since AboveAverage was written in a notebook cell" in trend
    assert not [page for page in pages if "FAILED AUDIT" in page]
