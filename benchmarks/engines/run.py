"""Measures the engines, sweeps and commands against their peers, and writes docs/performance.md.

Run ``python benchmarks/engines/run.py`` (some ten minutes on two quiet cores). It makes an environment of its own, with
bt, vectorbt and backtrader from the package index, in a folder that ``--environment`` names, and runs every measurement
in a process of its own, all engines in turn, several times. Seconds are of the processor, so that other work on the
machine counts as little as possible; on a quiet machine they are those of a clock.
"""

from __future__ import annotations

import argparse
import configparser
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "src")]
PEERS = ("bt", "vectorbt", "backtrader")
ENGINES = ("fedcycle, vectorised", "fedcycle, backtrader", "backtrader", "bt", "vectorbt")
ROUNDS, PEER_ROUNDS_W2 = 5, 1
COMMAND = "from fedcycle.backtests.cli import main; main()"
COMMANDS = {
    "fedcycle --help": ["--help"],
    "fedcycle run, vectorised": ["run", "rate-cycle-timing", "--engine", "vectorised", "--no-tearsheet", "--json"],
    "fedcycle run, backtrader": ["run", "rate-cycle-timing", "--engine", "backtrader", "--no-tearsheet", "--json"],
}
QUIET = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


def main() -> None:
    """Measure everything and write the page."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--environment", type=Path, default=Path(tempfile.gettempdir()) / "fedcycle-benchmarks")
    words.add_argument("--rounds", type=int, default=ROUNDS)
    words.add_argument("--results", type=Path, help="Where the numbers are kept; else in the environment's folder.")
    words.add_argument("--page-only", action="store_true", help="Write the page from the numbers kept.")
    asked = words.parse_args()
    asked.results = asked.results or asked.environment / "results.json"
    if not asked.page_only:
        found = measured(python_in(asked.environment), asked.rounds)
        asked.results.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    import page

    page.write(json.loads(asked.results.read_text(encoding="utf-8")), ROOT / "docs")


def python_in(folder: Path) -> Path:
    """Return the Python of the environment, made where it is not there yet."""
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    done = folder / "complete"
    if not done.is_file():
        venv.create(folder, with_pip=True, clear=True)
        setup = configparser.ConfigParser()
        setup.read(ROOT / "setup.cfg", encoding="utf-8")
        ours = setup["options"]["install_requires"].split("\n")
        subprocess.run(  # noqa: S603 - our own words
            [python, "-m", "pip", "install", "--quiet", *filter(None, map(str.strip, ours)), *PEERS], check=True
        )
        done.touch()
    return python


def measured(python: Path, rounds: int) -> dict[str, Any]:
    """Return every number of the page."""
    import works

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        works.w1().save(folder / "W1.npz")
        works.w2().save(folder / "W2.npz")
        found: dict[str, Any] = {"engines": {}, "commands": {}}
        for k in range(rounds):
            say(f"round {k + 1} of {rounds}")
            for work in ("W1", "W2"):
                for engine in ENGINES:
                    ours = engine.startswith("fedcycle")
                    # A year of W2 takes backtrader a minute as its users write it, and each peer half a minute whole.
                    if work == "W2" and (engine == "backtrader" or (not ours and k >= PEER_ROUNDS_W2)):
                        continue
                    add(
                        found["engines"].setdefault(work, {}).setdefault(engine, {}),
                        peer(python, engine, folder / f"{work}.npz"),
                    )
            for command, args in COMMANDS.items():
                add(
                    found["commands"].setdefault(command, {}),
                    whole(python, ["-c", COMMAND, *args], cwd=folder / str(k)),
                )
        say("without costs")
        found["free"] = {
            engine: peer(python, engine, folder / "W1.npz", "0")["final_value"]
            for engine in ENGINES
            if engine != "backtrader"
        }
        say("variants")
        found["variants"] = told(python, HERE / "sweeps.py", "variants")
        say("growth")
        found["growth"] = told(python, HERE / "sweeps.py", "growth")
    medians(found["engines"])
    medians(found["commands"])
    return {**found, "machine": machine(python), "rounds": rounds}


def peer(python: Path, engine: str, file: Path, *costs: str) -> dict[str, float]:
    """Return what one engine says of one piece of work, and its whole process."""
    # Its compiled code is kept on disk, but loading it is part of a first call; W2 is too long to run twice.
    warm = "warm" if engine == "vectorbt" and file.stem == "W1" else "cold"
    done, used = process([python, HERE / "peers.py", engine, file, warm, *costs])
    return {**json.loads(done.splitlines()[-1]), "process": used}


def whole(python: Path, args: Sequence[str], *, cwd: Path) -> dict[str, float]:
    """Return what a command costs, its second time in a folder: the first fills caches."""
    cwd.mkdir(exist_ok=True)
    env = {"XDG_CACHE_HOME": str(cwd / "cache"), "PYTHONPATH": str(ROOT / "src")}
    env["PYTHONPYCACHEPREFIX"] = str(cwd / "bytecode")
    process([python, *args], cwd=cwd, env=env)
    for run in (cwd / "runs").glob("*/*") if (cwd / "runs").is_dir() else ():
        run.unlink()
    _, used = process([python, *args], cwd=cwd, env=env)
    return {"process": used}


def told(python: Path, *words: object) -> Any:
    """Return the JSON of the last line that a program prints."""
    return json.loads(process([python, *words])[0].splitlines()[-1])


def process(
    words: Sequence[object], *, cwd: Path | None = None, env: dict[str, str] | None = None
) -> tuple[str, float]:
    """Run a process and return what it prints and the processor's seconds it took."""
    # An installed package has its bytecode; without it a command spends a third of its time on compiling ours.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(  # noqa: S603 - our own words
        list(map(str, words)),
        cwd=cwd,
        env={**inherited, **QUIET, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words[1:4]))} failed:\n{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def add(cell: dict[str, list[float]], numbers: dict[str, float]) -> None:
    """Put numbers to those of earlier rounds."""
    for name, number in numbers.items():
        cell.setdefault(name, []).append(number)


def medians(tree: dict[str, Any]) -> None:
    """Replace each list of numbers by its median, in place."""
    for key, value in tree.items():
        if isinstance(value, dict):
            medians(value)
        else:
            tree[key] = median(value)


def machine(python: Path) -> dict[str, Any]:
    """Return what the numbers hang on: processor, system and versions; no names of machines or folders."""
    model = platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = [line for line in info.read_text(encoding="utf-8").splitlines() if line.startswith("model name")]
        model = lines[0].partition(":")[2].strip() if lines else model
    asked = "import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
    names = ["numpy", "pandas", "backtrader", "bt", "vectorbt", "numba", "pyarrow", "pydantic"]
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[1], 1) if hasattr(os, "getloadavg") else None,
        "versions": json.loads(process([python, "-c", asked, *names])[0]),
    }


def say(sentence: str) -> None:
    """Print one sentence to stderr."""
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
