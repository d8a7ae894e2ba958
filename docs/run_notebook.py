"""Run docs/notebook.ipynb from an empty folder and write it back with its answers; a test runs it and compares.

Run: python docs/run_notebook.py   (pip install '.[test]')
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat

HERE = Path(__file__).parent
NOTEBOOK = HERE / "notebook.ipynb"
ID = re.compile(r"\b([a-z][a-z-]*)-[0-9a-f]{8}\b")
SECONDS = 300
"""For one cell; the slowest takes some seconds."""


def executed(path: Path = NOTEBOOK) -> Any:
    """Return the notebook with the answers of a fresh kernel, in which the source beside this folder is imported."""
    from nbclient import NotebookClient

    source = str(HERE.parent / "src")
    os.environ["PYTHONPATH"] = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as empty:
        NotebookClient(
            notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": empty}}
        ).execute()
    return plain(notebook)


def plain(notebook: Any) -> Any:
    """Return a notebook without what differs from run to run: times of cells, names of machines, and ids of runs.

    The digits of an id change with every line of our code, which a stored answer is not about.
    """
    for k, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{k}"
        cell["metadata"] = {}
    notebook["metadata"] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return nbformat.reads(ID.sub(r"\1-xxxxxxxx", nbformat.writes(notebook)), as_version=4)


if __name__ == "__main__":
    nbformat.write(executed(), NOTEBOOK)
    sys.stdout.write(f"{NOTEBOOK}\n")
