"""Columns of arrays to Parquet and back, without pandas. The only file with pyarrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fedcycle.data.errors import DamagedData, DataError
from fedcycle.data.labels import Labels

Columns: TypeAlias = Mapping[str, NDArray[Any] | Labels]

_FORM: Mapping[str, Any] = {"compression": "zstd", "store_schema": False}
_NUMBERS = {**_FORM, "use_dictionary": False, "write_page_checksum": True}
"""For numbers that hardly repeat: written in half the time, and smaller. A changed bit is found when they are read."""
_PASSING = {**_NUMBERS, "compression": "none"}
"""For what is joined and removed soon: written in a fifth of the time."""


def write(path: Path, columns: Columns) -> None:
    """Write columns to a Parquet file; the same bytes for the same arrays and version of pyarrow.

    Parameters
    ----------
    path : Path
        Replaced where it exists, and not in one step: write into a folder that is put in its place as a whole.
    columns : name -> (n,) float64, int64, datetime64[D], datetime64[ms], text or Labels
        Days become dates, milliseconds points in time, which pandas reads as its own dates. NaN and NaT become
        nulls, so that every reader sees that a value is missing.

    Raises
    ------
    DataError
        If the columns differ in length or one is of another type.
    """
    pq.write_table(_table(path.name, columns), path, **_FORM)


def packed(columns: Columns, name: str = "columns", *, passing: bool = False) -> bytes:
    """Return columns as the bytes of the file that ``write`` would write, raising what it raises.

    ``passing`` files are not compressed: quick to write and to read, for what is joined and removed soon.
    """
    sink = pa.BufferOutputStream()
    pq.write_table(_table(name, columns), sink, **(_PASSING if passing else _FORM))
    return bytes(sink.getvalue())


def join(path: Path, parts: Iterable[bytes]) -> None:
    """Write the rows of several files with the same columns as one, a row group each, one in memory at a time.

    Parameters
    ----------
    path : the new file
    parts : bytes of files as ``packed`` returns them, one at least

    Raises
    ------
    DamagedData
        If a part is not a whole Parquet file, or has other columns than the first.
    """
    tables = (_table_of(part, f"part {n} of {path.name}") for n, part in enumerate(parts))
    first = next(tables)
    with pq.ParquetWriter(path, first.schema, **_NUMBERS) as writer:
        writer.write_table(first)
        for n, table in enumerate(tables, 1):
            if table.schema != first.schema:
                raise DamagedData(f"part {n} of {path.name} has other columns than the first")
            writer.write_table(table)


def _table_of(content: bytes, name: str) -> Any:
    try:
        return pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False)
    except (OSError, pa.ArrowException) as err:
        raise DamagedData(f"{name} cannot be read as Parquet ({str(err).splitlines()[0]})") from None


def rows(path: Path) -> int:
    """Return the number of rows of a Parquet file; raises DamagedData where it is missing or not whole."""
    with _mapped(path) as file:
        return int(file.metadata.num_rows)


def groups(path: Path) -> Iterator[dict[str, NDArray[Any]]]:
    """Yield the columns of each row group of a file that ``join`` made; raises what ``read`` raises."""
    with _mapped(path) as file:
        for k in range(file.num_row_groups):
            yield _arrays(file.read_row_group(k, use_threads=False))


def _table(name: str, columns: Columns) -> Any:
    lengths = {column: array.shape for column, array in columns.items()}
    if any(len(shape) != 1 for shape in lengths.values()) or len(set(lengths.values())) > 1:
        raise DataError(f"{name}: columns have shapes {lengths}; all must be (n,) with one n")
    arrays = [_to_arrow(column, array) for column, array in columns.items()]
    return pa.Table.from_arrays(arrays, names=list(columns))


def read_labelled(source: Path | bytes, name: str = "columns", *, labels: Sequence[str]) -> dict[str, Any]:
    """Return the columns of a Parquet file as ``read`` does, with some columns of text as Labels.

    Parameters
    ----------
    source : the file, or its bytes
    name : what to call bytes in a sentence
    labels : columns that become Labels; a text column read as an array takes four bytes a character and row

    Raises
    ------
    DamagedData
        If it is missing, not a whole Parquet file, or has a null among the labels.
    """
    said = str(source) if isinstance(source, Path) else name
    try:
        content = source.read_bytes() if isinstance(source, Path) else source
        file = pq.ParquetFile(pa.BufferReader(content), read_dictionary=list(labels))
        # A column at a time: of millions of rows the table and its arrays together are twice the memory.
        out: dict[str, Any] = {}
        for column in file.schema_arrow.names:
            array = file.read(columns=[column], use_threads=False).column(0)
            found = _labels(said, column, array) if column in labels else _from_arrow(column, array.combine_chunks())
            out[column] = found
    except (OSError, pa.ArrowException) as err:
        raise DamagedData(f"{said} cannot be read as Parquet ({str(err).splitlines()[0]})") from None
    return out


def _labels(said: str, column: str, chunked: Any) -> Labels:
    """Return a column of text as Labels; the row groups of a file may number their texts differently."""
    if chunked.null_count:
        raise DamagedData(f"{said}: column {column} has {chunked.null_count} rows without a text")
    if not pa.types.is_dictionary(chunked.type):
        raise DamagedData(f"{said}: column {column} is of type {chunked.type}, not text")
    array = chunked.unify_dictionaries().combine_chunks()
    array = array.chunk(0) if isinstance(array, pa.ChunkedArray) and array.num_chunks else array
    if not len(array):
        return Labels(np.empty(0, dtype=np.int32), ())
    return Labels(_values(array.indices, np.dtype(np.int32)), tuple(array.dictionary.to_pylist()))


def read(path: Path) -> dict[str, NDArray[Any]]:
    """Return the columns of a Parquet file that ``write`` made: name -> (n,), nulls as NaN and NaT.

    Raises
    ------
    DamagedData
        If the file is missing or not a whole Parquet file.
    DataError
        If a column is of a type that ``write`` does not write.
    """
    return _arrays(_opened(path).read(use_threads=False))


def _opened(path: Path) -> Any:
    try:
        # Not pq.read_table: its datasets import pandas.
        return pq.ParquetFile(pa.BufferReader(path.read_bytes()))
    except (OSError, pa.ArrowException) as err:
        # FileNotFoundError says its own path; Arrow's messages can have many lines, of which the first says enough.
        raise DamagedData(f"{path} cannot be read as Parquet ({str(err).splitlines()[0]})") from None


@contextmanager
def _mapped(path: Path) -> Iterator[Any]:
    """Yield a file that is read as far as it is asked for, not whole."""
    try:
        with pa.memory_map(str(path)) as mapped, pq.ParquetFile(mapped, page_checksum_verification=True) as file:
            yield file
    except (OSError, pa.ArrowException) as err:
        raise DamagedData(f"{path} cannot be read as Parquet ({str(err).splitlines()[0]})") from None


def _arrays(table: Any) -> dict[str, NDArray[Any]]:
    return {name: _from_arrow(name, table.column(name).combine_chunks()) for name in table.column_names}


def _to_arrow(name: str, array: NDArray[Any] | Labels) -> Any:
    """Return an Arrow array; ``pa.array`` would do the same and import pandas for it."""
    if isinstance(array, Labels):
        texts = np.empty(len(array.names), dtype=object)
        texts[:] = array.names
        indices = _fixed(pa.int32(), np.ascontiguousarray(array.codes, dtype=np.int32), np.ones(len(array), dtype=bool))
        return pa.DictionaryArray.from_arrays(indices, _to_arrow(name, texts))
    kind = array.dtype.kind
    if array.dtype == np.float64:
        return _fixed(pa.float64(), np.ascontiguousarray(array), ~np.isnan(array))
    if array.dtype == np.int64:
        return _fixed(pa.int64(), np.ascontiguousarray(array), np.ones(len(array), dtype=bool))
    if array.dtype == np.dtype("datetime64[ms]"):
        there = ~np.isnat(array)
        return _fixed(pa.timestamp("ms"), np.where(there, array.astype(np.int64), 0), there)
    if array.dtype == np.dtype("datetime64[D]"):
        there = ~np.isnat(array)
        return _fixed(pa.date32(), np.where(there, array.astype(np.int64), 0).astype(np.int32), there)
    if kind in "UO" and all(isinstance(text, str) for text in array.tolist()):
        encoded = [text.encode() for text in array.tolist()]
        offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
        return pa.Array.from_buffers(
            pa.string(), len(encoded), [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
        )
    raise DataError(f"column {name} is of type {array.dtype}; it must be float64, int64, datetime64[D or ms] or text")


def _fixed(kind: Any, values: NDArray[Any], there: NDArray[np.bool_]) -> Any:
    missing = int(len(there) - there.sum())
    valid = pa.py_buffer(np.packbits(there, bitorder="little")) if missing else None
    return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(values)], missing)


def _from_arrow(name: str, array: Any) -> NDArray[Any]:
    if array.type == pa.string():
        return np.array(array.to_pylist(), dtype=np.str_)
    if array.type == pa.int64() and not array.null_count:
        return _values(array, np.dtype(np.int64))
    if array.type == pa.float64():
        values = _values(array, np.dtype(np.float64))
        values[~_there(array)] = np.nan
        return values
    if array.type == pa.timestamp("ms"):
        instants = _values(array, np.dtype(np.int64)).astype("datetime64[ms]")
        instants[~_there(array)] = np.datetime64("NaT", "ms")
        return instants
    if array.type == pa.date32():
        dates = _values(array, np.dtype(np.int32)).astype("datetime64[D]")
        dates[~_there(array)] = np.datetime64("NaT", "D")
        return dates
    raise DataError(f"column {name} is of type {array.type} with {array.null_count} nulls, which is not read here")


def _values(array: Any, dtype: np.dtype[Any]) -> NDArray[Any]:
    buffer = array.buffers()[1]
    if buffer is None:
        return np.empty(0, dtype=dtype)
    return np.frombuffer(buffer, dtype, count=len(array), offset=array.offset * dtype.itemsize).copy()


def _there(array: Any) -> NDArray[np.bool_]:
    """Return which values of an array are not null."""
    bitmap = array.buffers()[0]
    if bitmap is None or not array.null_count:
        return np.ones(len(array), dtype=bool)
    bits = np.unpackbits(np.frombuffer(bitmap, np.uint8), bitorder="little")
    return bits[array.offset : array.offset + len(array)].astype(bool)
