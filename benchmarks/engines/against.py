"""Sweeps of this source against those of another commit: python benchmarks/engines/against.py [COMMIT] [GRID...].

Each grid of ``sweeps.py`` is run ROUNDS times by each source in turn, in two processes on one core, so that a change of
the machine's speed meets both. Prints the median processor seconds of both and the median of their ratios; the commit
is the first edition's unless it is named. The collector of both is as seldom as the command sets it.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FIRST_EDITION = "1c7e473"
ROUNDS = 7
WORKER = "worker"
QUIET = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
GRIDS: Mapping[str, Callable[[Any], float]] = {
    "targets given": lambda s: s.given(),
    "thresholds": lambda s: s.swept("thresholds", s.thresholds(40, 25), 1),
    "every variant asked": lambda s: s.asked(),
    "windows": lambda s: s.swept("windows", s.WINDOWS, 1, below=s.TIMING),
    "windows and mixes": lambda s: s.swept("windows-and-mixes", s.MIXES, 1, below=s.TIMING),
    "windows and costs": lambda s: s.swept("windows-and-costs", s.WINDOWS + s.COSTS, 1, below=s.TIMING),
    "lags": lambda s: s.swept("lags", s.LAGS, 1, below=s.TIMING),
    "rules and benchmarks": lambda s: s.swept("rules-and-benchmarks", s.RULES, below="base"),
}


def work() -> None:
    """Run each grid that is named on stdin with the ``sweeps`` of the working directory, and print its seconds."""
    import gc

    gc.set_threshold(500_000)
    sys.path.insert(0, str(Path("benchmarks/engines").absolute()))
    import sweeps

    for line in sys.stdin:
        print(json.dumps(GRIDS[line.strip()](sweeps)), flush=True)


class Source:
    """A process that runs the grids of one source."""

    def __init__(self, tree: Path) -> None:
        package = tree / "src"
        if not package.is_dir():  # the first edition had its package beside the source, without a file of its own
            package = tree / "typings"
            (package / "fedcycle" / "__init__.py").touch()
        command = [sys.executable, str(Path(__file__).absolute()), WORKER]
        core = ["taskset", "-c", str(max(os.sched_getaffinity(0)))] if hasattr(os, "sched_getaffinity") else []
        environment = os.environ | QUIET | {"PYTHONPATH": str(package)}
        self._process = subprocess.Popen(  # noqa: S603 - our own
            [*core, *command], cwd=tree, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def seconds(self, grid: str) -> float:
        """Return the processor seconds of a grid."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(grid, file=self._process.stdin, flush=True)
        return float(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """Make a folder with another commit's source."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "source"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), commit], check=True)  # noqa: S603
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)  # noqa: S603


def main() -> None:
    """Measure the grids that are named, or all, and print a table."""
    named = [word for word in sys.argv[1:] if word in GRIDS]
    commit = next((word for word in sys.argv[1:] if word not in GRIDS), FIRST_EDITION)
    print(f"| grid | {commit}, s | now, s | ratio |\n| --- | ---: | ---: | ---: |")
    with checked_out(commit) as tree:
        for grid in named or GRIDS:
            both = before, now = Source(tree), Source(ROOT)
            for source in both:
                source.seconds(grid)
            took = [(before.seconds(grid), now.seconds(grid)) for _ in range(ROUNDS)]
            one, other = (statistics.median(each) for each in zip(*took, strict=True))
            ratio = statistics.median(b / a for a, b in took)
            print(f"| {grid} | {one:.3f} | {other:.3f} | {ratio:.2f} |", flush=True)
            for source in both:
                source.close()


if __name__ == "__main__":
    work() if sys.argv[1:] == [WORKER] else main()
