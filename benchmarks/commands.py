"""How much processor time commands take, in multiples of `python -c "import numpy"`: python benchmarks/commands.py.

Each command is a whole process, run once to warm up and then ROUNDS times in turn with the import of numpy, so that a
change of the machine's speed meets both. Counted are user and system seconds of the process and its children, as the
operating system has them. A command's figure is the median of its ratios to the import beside it. Writes the table of
docs/performance.md; with words, such as `claims`, it prints the commands whose name has them and writes nothing.
"""

from __future__ import annotations

import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- written by benchmarks/commands.py -->", "<!-- end of commands -->"
ROUNDS = 5
FEDCYCLE = [sys.executable, "-m", "fedcycle"]
NUMPY = [sys.executable, "-c", "import numpy"]
RUN = ("run", "rate-cycle-timing")
PAIR = ("compare", "rate-cycle-timing", "bofa-composite")
AGAIN = ", nothing kept"
"""Ends the names of commands that find no cache: what they work out is worked out each time."""
COMMANDS: Mapping[str, tuple[tuple[str, ...], int | None]] = {
    "run, without a page": ((*RUN, "--no-tearsheet", "--out", "NEW"), None),
    "run, with its page": ((*RUN, "--out", "NEW"), 8),
    "compare of two stored runs": ((*PAIR, "--out", "KEPT"), 8),
    "compare of two stored runs, with its page": ((*PAIR, "--out", "KEPT", "--html", "compare.html"), 8),
    f"compare of two stored runs{AGAIN}": ((*PAIR, "--out", "KEPT"), None),
    "compare of two new runs": ((*PAIR, "--out", "NEW"), 20),
    "claims": (("claims",), 8),
    f"claims{AGAIN}": (("claims",), None),
    "audit of a monthly study, all 330 decisions": (("audit", "rate-cycle-timing"), 8),
    "cycles": (("cycles",), 4),
}
"""What is measured, and the most it should take in imports of numpy; NEW is a folder emptied before each run."""


def seconds(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> float:
    """Return the processor seconds of a command and its children; raises CalledProcessError where it fails."""
    shutil.rmtree(folder / "NEW", ignore_errors=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)  # noqa: S603 - our own
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[float, float]:
    """Return the median seconds of a command and the median of its ratios to an import of numpy."""
    seconds(command, folder, environment)
    took = [(seconds(command, folder, environment), seconds(NUMPY, folder, environment)) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in took), statistics.median(a / b for a, b in took)


def table(wanted: str, folder: Path) -> list[str]:
    """Return the lines of the table of the commands whose name has the words."""
    # Compiled once, as an installation is, wherever this environment would keep no bytecode.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": str(ROOT / "src"), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    seconds(NUMPY, folder, environment)
    lines = ["| command | processor seconds | imports of numpy | target |", "| --- | ---: | ---: | ---: |"]
    for name, (args, most) in COMMANDS.items():
        if wanted in name:
            cache = folder / ("NEW" if name.endswith(AGAIN) else "cache")
            took, ratio = measured([*FEDCYCLE, *args], folder, environment | {"XDG_CACHE_HOME": str(cache)})
            lines.append(f"| {name} | {took:.2f} | {ratio:.1f} | {most or ''} |")
            print(lines[-1], flush=True)
    return lines


def main() -> None:
    """Measure all commands and write the table, or print those whose name has the words given."""
    wanted = " ".join(sys.argv[1:])
    with tempfile.TemporaryDirectory() as place:
        lines = table(wanted, Path(place))
    if wanted:
        return
    load = f"{os.getloadavg()[0]:.0f}" if hasattr(os, "getloadavg") else "unknown"
    how = (
        f"Python {platform.python_version()}, median of {ROUNDS} runs in turn with the import, on a machine of "
        f"{os.cpu_count()} cores under a load of {load}: the ratios are steadier than the seconds."
    )
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text("\n".join([f"{before}{BEGIN}", "", how, "", *lines, "", f"{END}{after}"]), encoding="utf-8")


if __name__ == "__main__":
    main()
