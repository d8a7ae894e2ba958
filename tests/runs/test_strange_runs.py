"""A stored run of a stranger: whatever its files say, the rest stands, and nothing outside its folder is touched."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fedcycle.backtests.cli.app import cli
from fedcycle.backtests.core.errors import RunError
from fedcycle.backtests.runs import storage
from fedcycle.backtests.workflows import reproduce
from fedcycle.backtests.workflows.jobs import Job, run_all
from fedcycle.data.storage import atomic, cache

SHORT = ("execution.engine=vectorised", "period.start=2005-01-03", "period.end=2005-12-30")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made")
    return next(iter(run_all([Job("buy-and-hold-large", SHORT, out, tearsheet=False)], notify=lambda _: None))).folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "runs" / made.name))


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["runs", *arguments])


def forged(folder: Path, change: Callable[[dict[str, Any]], None], file: str = storage.PROVENANCE) -> None:
    """Change a JSON file of a run, and the digest that its provenance has of it."""
    document = json.loads((folder / file).read_text(encoding="utf-8"))
    change(document)
    (folder / file).write_bytes(storage.json_bytes(document))
    if file != storage.PROVENANCE:
        digest = "sha256:" + hashlib.sha256((folder / file).read_bytes()).hexdigest()
        forged(folder, lambda provenance: provenance["files"].update({file: digest}))


def nested(folder: Path) -> None:
    (folder / storage.PROVENANCE).write_text("[" * 100_000 + "]" * 100_000, encoding="utf-8")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no notes": lambda f: forged(f, lambda d: d.pop("notes")),
    "no companions": lambda f: forged(f, lambda d: d.pop("companions")),
    "files is a list": lambda f: forged(f, lambda d: d.update(files=[])),
    "notes is a number": lambda f: forged(f, lambda d: d.update(notes=7)),
    "deeply nested": nested,
    "no statistics": lambda f: forged(f, lambda d: d.pop("statistics"), storage.STATISTICS),
    "a text for a number": lambda f: forged(f, lambda d: d["statistics"].update(cagr="x"), storage.STATISTICS),
    "no period": lambda f: forged(f, lambda d: d.update(period=None), storage.STATISTICS),
    "another's file": lambda f: forged(f, lambda d: d.update(companions=["../../outside.py"])),
    "a path for an id": lambda f: forged(f, lambda d: d.update(id="../x"), storage.STATISTICS),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_a_malformed_run_is_listed_as_damaged_and_the_rest_stands(
    damage: Callable[[Path], object], folder: Path
) -> None:
    shutil.copytree(folder, folder.with_name("zz-other"))
    damage(folder)
    listed = invoke("list", "--out", str(folder.parent), "--json")
    assert listed.exit_code == 0, listed.output
    rows = json.loads(listed.stdout)["runs"]
    assert [row["damaged"] is None for row in rows] == [False, True]


def test_a_companion_outside_the_folder_is_neither_shown_nor_read(folder: Path) -> None:
    outside = folder.parent / "outside.py"
    outside.write_text("secret = 1\n", encoding="utf-8")
    digest = "sha256:" + hashlib.sha256(outside.read_bytes()).hexdigest()
    name = "../outside.py"
    forged(folder, lambda d: d.update(companions=[name], files={**d["files"], name: digest}))
    with pytest.raises(RunError, match="no file of this folder's"):
        storage.load(folder)


def test_a_link_in_a_run_is_not_followed(folder: Path) -> None:
    elsewhere = folder.parent / "elsewhere"
    (folder / storage.LEDGER).rename(elsewhere)
    (folder / storage.LEDGER).symlink_to(elsewhere)
    with pytest.raises(RunError, match=r"ledger.parquet is missing, or no file of this folder's"):
        storage.load(folder)


def test_a_file_that_provenance_claims_is_not_removed(folder: Path) -> None:
    thesis = folder / "thesis.docx"
    thesis.write_bytes(b"three years")
    digest = "sha256:" + hashlib.sha256(b"three years").hexdigest()
    forged(folder, lambda d: d["files"].update({"thesis.docx": digest}))
    with pytest.raises(RunError, match=r"also holds thesis\.docx"):
        reproduce.remove(folder)
    assert thesis.read_bytes() == b"three years"


@pytest.mark.parametrize("name", [storage.LEDGER, storage.CONFIG, "new.html"])
def test_a_page_does_not_take_the_place_of_a_file_of_a_run(name: str, folder: Path) -> None:
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(RunError, match="kept as they are"):
        storage.write_page(folder / name, b"<html>")
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
@pytest.mark.parametrize(("umask", "folder_mode", "file_mode"), [(0o077, 0o700, 0o600), (0o022, 0o755, 0o644)])
def test_what_is_written_keeps_to_the_umask(umask: int, folder_mode: int, file_mode: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        with atomic.new_folder(tmp_path / "new") as partial:
            (partial / "a").write_bytes(b"a")
        atomic.write_file(tmp_path / "b", b"b")
    finally:
        os.umask(before)
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("new", "new/a", "b")]
    assert modes == [folder_mode, file_mode, file_mode]


def test_a_forged_cache_entry_is_not_trusted_over_its_text(tmp_path: Path) -> None:
    import numpy as np

    days = np.array(["2020-01-02"], dtype="datetime64[D]")
    text = b"date,small\n2020-01-02,1.0\n"
    key = hashlib.sha256(text).hexdigest()
    with cache.use_cache_dir(tmp_path):
        cache.grid(text, lambda: (("small",), days, np.array([[1.0]])))
        whole = (tmp_path / f"{key}.grid").read_bytes()
        # What a stranger without the key can do: other numbers, and a digest that fits them.
        body = whole[64:-8] + np.float64(99.0).tobytes()
        (tmp_path / f"{key}.grid").write_bytes(hashlib.sha256(body).hexdigest().encode() + body)
        _, _, values = cache.grid(text, lambda: (("small",), days, np.array([[1.0]])))
    assert values.tolist() == [[1.0]]


def test_a_full_disk_is_said_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as raised:
        atomic.write_file(tmp_path / "page.html", b"x")
    assert raised.value.filename == str(tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []
