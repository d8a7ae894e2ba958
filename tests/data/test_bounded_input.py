"""What comes from outside is bounded before it is read or unpacked, and limits are told before anything is written."""

from __future__ import annotations

import io
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedcycle.backtests.cli.streams import visible
from fedcycle.data.dataset import folder_of
from fedcycle.data.errors import DataError
from fedcycle.data.manifest import LARGEST, read_manifest
from fedcycle.data.sources import files
from fedcycle.data.storage.bounded_input import read_bounded, zip_fault


@pytest.mark.skipif(os.name != "posix", reason="devices and pipes are POSIX's")
@pytest.mark.timeout(20)
def test_a_device_and_a_pipe_are_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (Path("/dev/zero"), tmp_path / "pipe"):
        with pytest.raises(DataError, match="a folder, a device or a pipe"):
            read_bounded(path, 1000)


def test_a_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_bounded(tmp_path / "a", 5) == b"12345"
    with pytest.raises(DataError, match="has 5 bytes, at most 4 are read"):
        read_bounded(tmp_path / "a", 4)


def test_an_archive_is_measured_before_it_is_unpacked() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * 1_000_000)
    content = packed.getvalue()
    assert len(content) < 2_000
    assert zip_fault(content, 1_000_000) == ""
    assert zip_fault(content, 999_999) == "the archive unpacks to 1000000 bytes, at most 999999 are believed"
    assert zip_fault(content[:-30], 10) == ""
    assert zip_fault(b"date,a\n", 1) == ""


def test_a_timestamp_with_a_time_of_day_is_the_same_day_in_parquet_as_in_csv(tmp_path: Path) -> None:
    days = np.array(["2020-01-02T15:30", "2020-01-03T15:30"], dtype="datetime64[us]")
    pq.write_table(pa.table({"date": days, "adj close": [1.0, 2.0]}), tmp_path / "a.parquet")
    (tmp_path / "a.csv").write_text("date,adj close\n2020-01-02 15:30:00,1\n2020-01-03 15:30:00,2\n", encoding="utf-8")
    for name in ("a.parquet", "a.csv"):
        (bars,) = files.read(tmp_path / name).bars
        assert [str(day) for day in bars.days] == ["2020-01-02", "2020-01-03"], name


def test_the_manifest_of_five_thousand_assets_is_read_again(tmp_path: Path) -> None:
    """2,100 assets made a manifest of 1,070,261 bytes, and its reader took 1,048,576 for damage."""
    bundle = read_manifest(folder_of("bundle"))
    long = replace(bundle.assets[0], name="S" * 60, definition="d" * 200)
    many = replace(bundle, assets=tuple(replace(long, name=f"{long.name}{n:04d}") for n in range(5_000)))
    text = many.text().encode("ascii")
    assert 2_000_000 < len(text) < LARGEST
    (tmp_path / "manifest.json").write_bytes(text)
    assert read_manifest(tmp_path) == many


def test_control_characters_are_written_out() -> None:
    assert visible("a\x1b[2Jb\x07\x9b\r\u202e\tc\n") == "a\\x1b[2Jb\\x07\\x9b\\r\\u202e\tc\n"


def test_a_header_with_control_characters_reaches_the_terminal_written_out(tmp_path: Path) -> None:
    from fedcycle.backtests.cli.streams import Plain

    out = io.StringIO()
    Plain(out).write("clo\x1b]0;title\x07x\n")
    assert out.getvalue() == "clo\\x1b]0;title\\x07x\n"
