"""Arrays to Parquet and back: nothing lost, nothing guessed, no pandas."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedcycle.data.errors import DamagedData, DataError
from fedcycle.data.storage import parquet

from ..property_tests import examples

TABLE = {
    "value": np.array([1.5, np.nan, -0.0, np.inf]),
    "units": np.array([1, -(2**63), 2**63 - 1, 0]),
    "session": np.array(["2020-03-13", "NaT", "1969-12-31", "2025-05-30"], dtype="datetime64[D]"),
    "asset": np.array(["small", "", "größe", "a,b\n"]),
}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    parquet.write(tmp_path / "t.parquet", TABLE)
    back = parquet.read(tmp_path / "t.parquet")
    assert list(back) == list(TABLE)
    for name, array in TABLE.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].dtype.kind == array.dtype.kind
    assert np.signbit(back["value"][2])


@settings(max_examples=examples(25))
@given(
    st.lists(
        st.tuples(
            st.floats(), st.integers(-(2**63), 2**63 - 1), st.integers(-700_000, 2_000_000), st.text(alphabet="aé\n, ")
        ),
        max_size=40,
    )
)
def test_any_columns_come_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float, int, int, str]]
) -> None:
    path = tmp_path_factory.mktemp("columns") / "t.parquet"
    table = {
        "value": np.array([row[0] for row in rows], dtype=np.float64),
        "units": np.array([row[1] for row in rows], dtype=np.int64),
        "session": np.array([row[2] for row in rows], dtype=np.int64).astype("datetime64[D]"),
        "asset": np.array([row[3] for row in rows], dtype=object),
    }
    parquet.write(path, table)
    back = parquet.read(path)
    for name in ("value", "units", "session"):
        np.testing.assert_array_equal(back[name], table[name])
    assert back["asset"].tolist() == [row[3] for row in rows]


def test_a_slice_with_steps_is_written_as_it_is_seen(tmp_path: Path) -> None:
    parquet.write(tmp_path / "t.parquet", {"value": np.arange(10.0).reshape(5, 2)[::2, 1]})
    assert parquet.read(tmp_path / "t.parquet")["value"].tolist() == [1.0, 5.0, 9.0]


def test_other_readers_see_a_missing_value_as_missing(tmp_path: Path) -> None:
    import pandas as pd

    parquet.write(tmp_path / "t.parquet", TABLE)
    frame = pd.read_parquet(tmp_path / "t.parquet")
    assert frame.isna().sum().to_dict() == {"value": 1, "units": 0, "session": 1, "asset": 0}


def test_the_same_arrays_give_the_same_bytes(tmp_path: Path) -> None:
    parquet.write(tmp_path / "one.parquet", TABLE)
    parquet.write(tmp_path / "two.parquet", {name: array.copy() for name, array in TABLE.items()})
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


@pytest.mark.parametrize("content", [b"", b"PAR1", b"<html>404</html>", b"PAR1" + b"\xff" * 40 + b"PAR1", None])
def test_what_is_no_parquet_file_is_refused_in_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "t.parquet").write_bytes(content)
    with pytest.raises(DamagedData, match=r"t\.parquet cannot be read as Parquet") as caught:
        parquet.read(tmp_path / "t.parquet")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9])
def test_a_file_that_stops_early_is_refused(tmp_path: Path, keep: float) -> None:
    parquet.write(tmp_path / "t.parquet", TABLE)
    content = (tmp_path / "t.parquet").read_bytes()
    (tmp_path / "t.parquet").write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(DamagedData):
        parquet.read(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    "array",
    [
        np.array([1.0], dtype=np.float32),
        np.array([True]),
        np.array(["2020-01-01T12"], dtype="datetime64[h]"),
        np.array([b"x"]),
        np.array([None]),
    ],
)
def test_a_column_of_another_type_is_refused(tmp_path: Path, array: np.ndarray) -> None:  # type: ignore[type-arg]
    with pytest.raises(DataError, match=r"column odd is of type .*; it must be float64, int64"):
        parquet.write(tmp_path / "t.parquet", {"odd": array})


def test_columns_of_unequal_length_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"all must be \(n,\) with one n"):
        parquet.write(tmp_path / "t.parquet", {"a": np.zeros(2), "b": np.zeros(3)})
    with pytest.raises(DataError, match=r"all must be \(n,\) with one n"):
        parquet.write(tmp_path / "t.parquet", {"a": np.zeros((2, 2))})


def test_writing_and_reading_imports_no_pandas(tmp_path: Path) -> None:
    code = (
        "import sys, numpy as np; from pathlib import Path; from fedcycle.data.storage import parquet as columns;"
        "table = {'a': np.array([1.0, np.nan]), 'b': np.array([1, 2]), 'c': np.array(['x', 'y']),"
        " 'd': np.array(['2020-01-01', 'NaT'], dtype='datetime64[D]')};"
        "path = Path(sys.argv[1]); columns.write(path, table); columns.read(path); print('pandas' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "t.parquet")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert done.stdout == "False\n"
