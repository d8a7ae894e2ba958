"""Facts and steps as Parquet and back: the one place of this package that knows of files of columns."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from fedcycle.data.errors import DamagedData
from fedcycle.data.fundamentals import known
from fedcycle.data.fundamentals.facts import LABELS, Facts
from fedcycle.data.fundamentals.known import Known
from fedcycle.data.storage import parquet


def packed_facts(facts: Facts) -> bytes:
    """Return a table of facts as the bytes of a Parquet file; its columns are those of ``Facts``."""
    return parquet.packed(facts.columns(), "facts")


def read_facts(source: Path | bytes, name: str = "facts") -> Facts:
    """Return a table that ``packed_facts`` made; raises DamagedData where it is none."""
    found = parquet.read_labelled(source, name, labels=LABELS)
    said = str(source) if isinstance(source, Path) else name
    wanted = [field.name for field in fields(Facts)]
    missing = [column for column in wanted if column not in found]
    if missing:
        raise DamagedData(f"{said} has no column {', '.join(missing)}; it is no table of facts, or of another version")
    return Facts(**{column: found[column] for column in wanted})


def packed_known(steps: Known) -> bytes:
    """Return steps as the bytes of a Parquet file; its columns are those of ``Known``."""
    return parquet.packed({field.name: getattr(steps, field.name) for field in fields(Known)}, "known")


def read_known(content: bytes, name: str) -> Known:
    """Return the steps of such a file; raises DamagedData where it is none."""
    found = parquet.read_labelled(content, name, labels=known.LABELS)
    missing = [field.name for field in fields(Known) if field.name not in found]
    if missing:
        raise DamagedData(f"{name} has no column {', '.join(missing)}; make the data set again")
    return Known(**{field.name: found[field.name] for field in fields(Known)})
