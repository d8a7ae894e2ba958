"""How much processor time commands take, in multiples of `python -c "import numpy"`: python benchmarks/commands.py.

Each command is a whole process, run once to warm up and then ROUNDS times in turn with the import of numpy, so that a
change of the machine's speed meets both. Counted are user and system seconds of the process and its children, as the
operating system has them. A command's figure is the median of its ratios to the import beside it.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROUNDS = 3
FEDCYCLE = [sys.executable, "-m", "fedcycle"]
NUMPY = [sys.executable, "-c", "import numpy"]
COMMANDS = {
    "run, without a page": (["run", "rate-cycle-timing", "--no-tearsheet", "--out", "NEW"], None),
    "run, with its page": (["run", "rate-cycle-timing", "--out", "NEW"], 8),
    "compare of two stored runs": (["compare", "rate-cycle-timing", "bofa-composite", "--out", "KEPT"], 8),
    "compare of two stored runs, with its page": (
        ["compare", "rate-cycle-timing", "bofa-composite", "--out", "KEPT", "--html", "compare.html"],
        8,
    ),
    "compare of two new runs": (["compare", "rate-cycle-timing", "bofa-composite", "--out", "NEW"], 20),
    "claims": (["claims"], 8),
    "audit of a monthly study": (["audit", "rate-cycle-timing"], 8),
    "cycles": (["cycles"], 4),
}
"""What is measured, and the most it should take in imports of numpy; NEW is a folder emptied before each run."""


def seconds(command: Sequence[str], folder: Path, environment: dict[str, str]) -> float:
    """Return the processor seconds of a command and its children; raises CalledProcessError where it fails."""
    shutil.rmtree(folder / "NEW", ignore_errors=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)  # noqa: S603 - our own
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(command: Sequence[str], folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Return the median seconds of a command and the median of its ratios to an import of numpy."""
    seconds(command, folder, environment)
    took = [(seconds(command, folder, environment), seconds(NUMPY, folder, environment)) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in took), statistics.median(a / b for a, b in took)


def main() -> None:
    """Measure all commands, or those whose name holds the words given, and print a table in Markdown."""
    wanted = " ".join(sys.argv[1:])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        # Compiled once, as an installation is, wherever this environment would keep no bytecode.
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"PYTHONPATH": str(ROOT / "src"), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
        environment["XDG_CACHE_HOME"] = str(folder / "cache")
        seconds(NUMPY, folder, environment)
        print("| command | processor seconds | imports of numpy | at most |\n| --- | ---: | ---: | ---: |")
        for name, (args, most) in COMMANDS.items():
            if wanted in name:
                took, ratio = measured([*FEDCYCLE, *args], folder, environment)
                print(f"| {name} | {took:.2f} | {ratio:.1f} | {most or ''} |", flush=True)


if __name__ == "__main__":
    main()
