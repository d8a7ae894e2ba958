"""Runs on disk when things go wrong: killed at every step, two at once, damaged. No broken run, none lost."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from fedcycle.backtests.core.errors import RunError
from fedcycle.backtests.runs import storage

BRIEF = ("--engine", "vectorised", "--json", "--no-tearsheet")
KILLED = """
import json, os, signal, sys
from pathlib import Path

from fedcycle.backtests import config
from fedcycle.backtests.workflows import study
from fedcycle.data.dataset import load_market

# Every time Python touches the folder of runs is a step; audit hooks see each just before it happens.
WATCHED = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree", "ctypes.dlsym"}
out, words, last = Path(sys.argv[1]), json.loads(sys.argv[2]), None
prepared = config.load(words["config"], words["sets"])
load_market("bundle")


def steps(kill_at):
    seen = 0

    def watch(event, args):
        nonlocal seen
        if event in WATCHED and (event == "ctypes.dlsym" or str(out) in str(args)):
            seen += 1
            if seen == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    study.run(prepared, runs_dir=out, tearsheet=words["tearsheet"], notify=lambda sentence: None)
    return seen


kill_at = 1
while True:
    child = os.fork()
    if not child:
        print(json.dumps({"steps": steps(kill_at)}), flush=True)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(json.dumps({"killed_at": kill_at, "killed": os.WIFSIGNALED(status)}), flush=True)
    # The test looks at the folder now, and answers whether to go on.
    if sys.stdin.readline().strip() != "on":
        break
    kill_at += 1
"""
TWICE = """
import multiprocessing, os, sys
from pathlib import Path

from fedcycle.backtests import config
from fedcycle.backtests.workflows import study

out = Path(sys.argv[1])


def work(barrier, k):
    waited = []

    def watch(event, args):
        # Both are made to stand at the rename of their finished folders before either goes on.
        if event == "os.rename" and not waited:
            waited.append(event)
            barrier.wait(timeout=60)

    sys.addaudithook(watch)
    sets = ["execution.engine=vectorised"]
    done = study.run(config.load("base", sets), runs_dir=out, tearsheet=False, notify=lambda sentence: None)
    print(done.run.id, flush=True)


context = multiprocessing.get_context("fork")
barrier = context.Barrier(2)
both = [context.Process(target=work, args=(barrier, k)) for k in range(2)]
[one.start() for one in both]
[one.join(timeout=240) for one in both]
print([one.exitcode for one in both])
"""


def content(folder: Path) -> Mapping[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def whole(out: Path) -> dict[str, Path]:
    """The stored runs, each of which must load; a folder that is none must be hidden."""
    shown = [p for p in out.iterdir() if not p.name.startswith(".")]
    listed = storage.listing(out)
    assert sorted(shown) == sorted(listed), "a folder that is not a run is in sight"
    for folder in listed:
        storage.load(folder)
    return {folder.name: folder for folder in listed}


@pytest.fixture
def killer(process_open: Callable[..., Any]) -> Callable[..., int]:
    """Run a config again and again, killed one step later each time, until a run gets through; look in between."""

    def kill(
        out: Path, look: Callable[[], None], *, config: str, tearsheet: bool = False, reset: Callable[[], None]
    ) -> int:
        words = {"config": config, "sets": ["execution.engine=vectorised"], "tearsheet": tearsheet}
        with process_open(KILLED, str(out), json.dumps(words)) as child:
            kills = 0
            for line in child.stdout:
                told = json.loads(line)
                if "steps" in told:
                    continue
                look()
                if not told["killed"]:
                    child.stdin.write("stop\n")
                    child.stdin.flush()
                    break
                kills += 1
                reset()
                child.stdin.write("on\n")
                child.stdin.flush()
            assert child.wait(timeout=60) == 0, child.stderr.read()
        return kills

    return kill


@pytest.mark.slow
def test_a_run_killed_at_any_step_leaves_no_broken_run_and_loses_no_earlier_one(
    fedcycle: Callable[..., Any], killer: Callable[..., int], tmp_path: Path
) -> None:
    out = tmp_path / "runs"
    earlier = fedcycle("run", "buy-and-hold-mid", *BRIEF).json["id"]
    kept = content(out / earlier)

    def look() -> None:
        found = whole(out)
        assert earlier in found
        assert content(out / earlier) == kept

    def reset() -> None:
        for name in whole(out).keys() - {earlier}:  # killed after it was in place: it is whole, removed before the next
            shutil.rmtree(out / name)

    assert killer(out, look, config="base", reset=reset) > 10
    clean = fedcycle("run", "base", *BRIEF, "--out", "clean").json["id"]
    assert content(out / clean) == content(tmp_path / "clean" / clean)
    assert not [p for p in out.iterdir() if p.name.startswith(".")], "what killed runs left is swept by the next"


@pytest.mark.slow
def test_replacing_a_damaged_run_killed_at_any_step_touches_no_other_run(
    fedcycle: Callable[..., Any], killer: Callable[..., int], tmp_path: Path
) -> None:
    out = tmp_path / "runs"
    earlier, damaged = (fedcycle("run", c, *BRIEF).json["id"] for c in ("buy-and-hold-mid", "base"))
    kept, good = content(out / earlier), content(out / damaged)
    ledger = out / damaged / "ledger.parquet"
    bad = good["ledger.parquet"][:-1]
    ledger.write_bytes(bad)

    def look() -> None:
        assert content(out / earlier) == kept
        shown = {p.name for p in out.iterdir() if not p.name.startswith(".")}
        assert shown == {earlier, damaged}
        assert content(out / damaged) in (good, {**good, "ledger.parquet": bad})

    assert killer(out, look, config="base", reset=lambda: ledger.write_bytes(bad)) > 10
    assert content(out / damaged) == good


@pytest.mark.slow
def test_a_tearsheet_killed_at_any_step_is_whole_or_not_there(
    fedcycle: Callable[..., Any], killer: Callable[..., int], tmp_path: Path
) -> None:
    out = tmp_path / "runs"
    ran = fedcycle("run", "base", *BRIEF).json["id"]
    kept = content(out / ran)
    sheet = out / ran / "tearsheet.html"

    def look() -> None:
        whole(out)
        shown = {name: data for name, data in content(out / ran).items() if not name.startswith(".")}
        assert {k: v for k, v in shown.items() if k != "tearsheet.html"} == kept
        if sheet.exists():
            assert sheet.read_text(encoding="utf-8").rstrip().endswith("</html>")

    assert killer(out, look, config="base", tearsheet=True, reset=lambda: sheet.unlink(missing_ok=True)) >= 2
    assert sheet.exists()


def test_two_processes_at_once_make_one_whole_run(process: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "runs"
    done = process(str(out), code=TWICE)
    first, second, codes = done.stdout.splitlines()
    assert codes == "[0, 0]", done.stderr
    assert first == second
    assert list(whole(out)) == [first]
    assert not [p for p in out.iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize(
    "name", ["ledger.parquet", "trades.parquet", "targets.parquet", "statistics.json", "config.yaml"]
)
@pytest.mark.parametrize("damage", ["one byte", "cut short", "gone"])
def test_a_damaged_run_is_noticed_and_run_again(
    name: str, damage: str, fedcycle: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / fedcycle("run", "base", *BRIEF).json["directory"]
    good = content(folder)
    spoil(folder / name, damage)
    with pytest.raises(RunError, match=name):
        storage.load(folder)
    again = fedcycle("run", "base", *BRIEF)
    assert again.code == 0
    assert name in again.err
    assert "running it again" in again.err
    assert content(folder) == good


def spoil(file: Path, damage: str) -> None:
    data = file.read_bytes()
    if damage == "gone":
        file.unlink()
    elif damage == "cut short":
        file.write_bytes(data[: len(data) // 2])
    else:
        file.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", "null", '{"files": {"../../x": "sha256:0"}}', "\x00"])
def test_a_run_whose_provenance_is_damaged_is_run_again(
    text: str | None, fedcycle: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / fedcycle("run", "base", *BRIEF).json["directory"]
    good = content(folder)
    file = folder / "provenance.json"
    file.unlink() if text is None else file.write_text(text, encoding="utf-8")
    again = fedcycle("run", "base", *BRIEF)
    assert again.code == 0, again.err
    assert "running it again" in again.err
    assert content(folder) == good
