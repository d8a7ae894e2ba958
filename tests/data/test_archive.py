"""The store on disk: what a kill, a full disk, a second process or a hand can do to it, and what is left."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fedcycle.data.building import vintages as archive
from fedcycle.data.building.build import compiled
from fedcycle.data.building.raw_inputs import Inputs, read_inputs
from fedcycle.data.building.vintages import StoredFile
from fedcycle.data.dataset import load_market, market_of
from fedcycle.data.errors import DamagedData, DataError
from fedcycle.data.storage import atomic, checksums, lock
from fedcycle.data.verify import check

NOON = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)

# Adds a vintage in a child that dies at the n-th thing it does to the store, for every n; run in a fresh process, as
# only one without threads can be forked in safety.
KILLED = """
import os, sys
from datetime import datetime, timezone
from pathlib import Path
from fedcycle.data.building import vintages as archive
from fedcycle.data.storage import lock
from fedcycle.data.verify import check
from fedcycle.data.dataset import load_market

store, source = Path(sys.argv[1]), Path(sys.argv[2])
files = {p.name: p.read_bytes() for p in source.iterdir() if p.is_file()}
held = archive.StoredFile("0" * 64, 3, "", "2026-01-15T12:00:00+00:00", "here", None)
STEPS = {"open", "os.mkdir", "os.rename", "os.chmod", "os.remove", "os.rmdir", "shutil.rmtree", "tempfile.mkdtemp"}

def add():
    with lock.held(store):
        archive.add(store, retrieved=datetime(2026, 1, 15, 12, tzinfo=timezone.utc), files=files,
                    raw={"fred/X.csv": (b"abc", held)}, digest="sha256:x", notes=[])

def child(n):
    done = [0]
    def hook(event, args):
        if event in STEPS and str(store) in str(args[0] if args else ""):
            done[0] += 1
            if done[0] == n:
                os._exit(9)
    sys.addaudithook(hook)
    add()
    os._exit(0)

add()
before = archive.names(store)
digest = load_market(archive.folder(store)).digest
for n in range(1, 1000):
    pid = os.fork()
    if pid == 0:
        child(n)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert load_market(archive.folder(store)).digest == digest, n
    assert archive.names(store)[: len(before)] == before, n
    assert not [p for c in check(store) for p in c.problems if "fred/X.csv" not in p], n
    if code == 0:
        break
    before = archive.names(store)
add()
left = [p.name for p in (store / "vintages").iterdir() if p.name.startswith(".")]
print(n, len(archive.names(store)), left)
"""


@pytest.fixture
def made(tiny_raw: Path) -> tuple[Inputs, dict[str, bytes]]:
    inputs = read_inputs(tiny_raw)
    return inputs, compiled(inputs)[0]


@pytest.fixture
def add(tmp_path: Path, made: tuple[Inputs, dict[str, bytes]]) -> Callable[..., archive.Vintage]:
    """Add a vintage to ``tmp_path / "store"``, all of its raw files its own."""
    inputs, files = made

    def added(now: datetime = NOON) -> archive.Vintage:
        raw = {
            inputs.names[n]: (f.content, StoredFile(f.sha256, len(f.content), "", now.isoformat(), "here", None))
            for n, f in inputs.files.items()
        }
        digest = market_of(files, compiled(inputs)[1], name="x").digest
        with lock.held(tmp_path / "store"):
            return archive.add(tmp_path / "store", retrieved=now, files=files, raw=raw, digest=digest, notes=[])

    return added


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def everything(store: Path) -> dict[str, bytes]:
    return {p.relative_to(store).as_posix(): p.read_bytes() for p in store.rglob("*") if p.is_file()}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_kill_at_any_step_leaves_the_vintages_before_and_the_next_fetch_works(
    made: tuple[Inputs, dict[str, bytes]], store: Path, tmp_path: Path
) -> None:
    source = tmp_path / "made"
    source.mkdir()
    for name, content in made[1].items():
        (source / name).write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", KILLED, str(store), str(source)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    steps, vintages, left = done.stdout.split(maxsplit=2)
    assert int(steps) > 15
    assert int(vintages) >= 3
    assert left.strip() == "[]"


@pytest.mark.parametrize("after", range(1, 12, 2))
def test_a_full_disk_is_one_sentence_and_changes_nothing(
    add: Any, store: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    add()
    before, written, write = everything(store), [0], Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        written[0] += 1
        if written[0] > after:
            write(path, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return write(path, content)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(
            DataError, match=r"cannot be written \(No space left on device\); nothing was changed there"
        ):
            add()
    assert everything(store) == before
    assert add().number == 2


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_disk_that_fails_at_the_end_changes_nothing(
    add: Any, store: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    add()
    before = everything(store)

    def fail(*args: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(*((os, "fsync", fail) if step == "fsync" else (atomic, "_rename", fail)))
        with pytest.raises(DataError, match="cannot be written"):
            add()
    assert everything(store) == before
    assert add().number == 2


def test_a_read_only_folder_is_one_sentence_and_can_still_be_read(
    add: Any, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vintage = add()
    opened = os.open

    def read_only(path: Any, flags: int, *args: Any, **options: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return opened(path, flags, *args, **options)

    # The super-user may write anywhere, so that permissions alone would not show it.
    monkeypatch.setattr(os, "open", read_only)
    with pytest.raises(DataError, match=r"cannot be written \(Read-only file system\); give another folder"):
        add()
    assert load_market(archive.folder(store)).digest == vintage.digest
    assert not [c for c in check(store) if c.problems]


def test_a_second_writer_is_refused_while_the_first_is_at_work(add: Any, store: Path) -> None:
    with lock.held(store), pytest.raises(DataError, match=r"another fedcycle is writing to .*nothing was changed"):
        add()
    assert add().number == 1


def test_a_lock_dies_with_its_process(add: Any, store: Path) -> None:
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom fedcycle.data.storage import lock\n"
        "with lock.held(Path(sys.argv[1])):\n    os._exit(9)\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, str(store)], env=env, check=False, timeout=300)
    assert (store / "lock").exists()
    assert add().number == 1


def test_two_processes_at_once_do_no_harm(add: Any, store: Path, made: Any, tmp_path: Path) -> None:
    source = tmp_path / "made"
    source.mkdir()
    for name, content in made[1].items():
        (source / name).write_bytes(content)
    five_times = """
for k in range(5):
    try:
        add()
    except Exception as err:
        assert "another fedcycle" in str(err), err
"""
    code = KILLED.split("add()\nbefore")[0] + five_times
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, str(store), str(source)]
    running = [subprocess.Popen(command, env=env, stderr=subprocess.PIPE) for _ in range(2)]
    assert [(p.communicate(timeout=300)[1], p.returncode) for p in running] == [(b"", 0)] * 2
    names = archive.names(store)
    assert [int(n.split("-")[0]) for n in names] == list(range(1, len(names) + 1))
    assert len(names) >= 1
    for name in names:
        assert list(checksums.problems(store / "vintages" / name)) == []


def test_the_newest_vintage_is_the_one_with_the_highest_number(add: Any, store: Path) -> None:
    for now in (NOON, datetime(2019, 1, 1, tzinfo=UTC), NOON):
        add(now)
    assert [n.split("-")[0] for n in archive.names(store)] == ["0001", "0002", "0003"]
    assert archive.folder(store).name.startswith("0003-")
    assert archive.folder(store, "2").name == "0002-20190101T000000Z"
    assert archive.folder(store, "0001-2026").name == "0001-20260115T120000Z"


@pytest.mark.parametrize("ref", ["7", "000", "x"])
def test_a_vintage_that_is_not_there_is_named(add: Any, store: Path, ref: str) -> None:
    add()
    add()
    with pytest.raises(DataError, match=f"vintages of .* are called {ref}; there are 0001-"):
        archive.folder(store, ref)


def test_an_empty_store_says_how_to_fill_it(store: Path) -> None:
    with pytest.raises(DataError, match="has no vintage yet; fetch one with: fedcycle data fetch"):
        archive.folder(store)


def test_any_changed_byte_of_any_file_is_found_and_named(add: Any, store: Path) -> None:
    add()
    for path in sorted(p for p in (store / "vintages").rglob("*") if p.is_file()):
        good = path.read_bytes()
        for at in {0, len(good) // 2, len(good) - 1}:
            bad = bytearray(good)
            bad[at] ^= 1
            path.write_bytes(bad)
            problems = [p for c in check(store) for p in c.problems]
            assert any(str(path) in problem for problem in problems), path
        path.write_bytes(good)
    assert not [c for c in check(store) if c.problems]


def test_a_file_gone_or_put_there_is_named(add: Any, store: Path) -> None:
    add()
    folder = archive.folder(store)
    (folder / "raw" / "fred" / "DGS10.csv").unlink()
    (folder / "mine.txt").write_text("x")
    problems = [p for c in check(store) for p in c.problems]
    assert any("DGS10.csv is missing" in p for p in problems)
    assert any("mine.txt is not one of the files" in p for p in problems)


def test_any_changed_byte_of_a_built_data_set_is_found(tiny_raw: Path, tmp_path: Path) -> None:
    from fedcycle.data.building.build import build

    build(tiny_raw, tmp_path / "market")
    for path in sorted((tmp_path / "market").iterdir()):
        good = path.read_bytes()
        path.write_bytes(good[:-2] + bytes([good[-2] ^ 1]) + good[-1:])
        found = [c for c in check(tmp_path / "none", [tmp_path / "market"]) if c.problems]
        assert [c.name for c in found] == ["market"], path
        path.write_bytes(good)
    assert not [c for c in check(tmp_path / "none", [tmp_path / "market"]) if c.problems]


def test_the_list_of_digests_is_the_one_that_sha256sum_reads(add: Any, store: Path) -> None:
    import shutil

    if shutil.which("sha256sum") is None:
        pytest.skip("there is no sha256sum on this machine")
    add()
    done = subprocess.run(
        ["sha256sum", "--check", "--quiet", checksums.NAME], cwd=archive.folder(store), check=False, timeout=300
    )
    assert done.returncode == 0


def test_a_file_edited_by_hand_is_named_and_the_bundle_works_on(add: Any, store: Path) -> None:
    add()
    levels = archive.folder(store) / "levels.csv"
    levels.write_bytes(levels.read_bytes().replace(b"101.66667", b"901.66667"))
    with pytest.raises(DamagedData, match=r"levels\.csv is not what its manifest says .*fedcycle data fetch"):
        load_market(archive.folder(store))
    assert load_market("bundle").assets
    assert add().number == 2
    assert load_market(archive.folder(store)).assets


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[" * 100_000, b"{}", b"\xff", b" " * (2**20 + 1), b'{"format": 1, "id": "../x"}']
)
def test_a_hostile_record_is_named_and_passed_over(add: Any, store: Path, content: bytes) -> None:
    first = add()
    add()
    (archive.folder(store) / "vintage.json").write_bytes(content)
    with pytest.raises(DamagedData, match=r"vintage\.json is damaged") as caught:
        archive.read(archive.folder(store))
    assert "\n" not in str(caught.value)
    assert [v.id for v in archive.vintages(store)] == [first.id]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "x\\y", ""])
def test_a_record_cannot_lead_out_of_the_store(add: Any, store: Path, name: str) -> None:
    import json

    add()
    path = archive.folder(store) / "vintage.json"
    document = json.loads(path.read_text())
    document["raw"] = {name: next(iter(document["raw"].values()))}
    path.write_text(json.dumps(document))
    with pytest.raises(DamagedData, match="what no vintage says"):
        archive.read(archive.folder(store))
