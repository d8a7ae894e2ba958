"""Real filings where they are at hand, and small archives in the SEC's own form where they are not."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from fedcycle.data.fundamentals import facts
from fedcycle.data.fundamentals.items import Items, read_items
from fedcycle.data.fundamentals.known import Known, known
from fedcycle.data.fundamentals.report import Report
from fedcycle.data.sources import sec_statements

SUB = ["adsh", "cik", "name", "sic", "form", "period", "fy", "fp", "filed", "accepted", "prevrpt"]
NUM = ["adsh", "tag", "version", "coreg", "ddate", "qtrs", "uom", "value", "segments", "footnote"]


@pytest.fixture(scope="session")
def raw() -> Path:
    """The publishers' raw files."""
    folder = os.environ.get("FEDCYCLE_RAW_DATA")
    if folder is None:
        pytest.skip("FEDCYCLE_RAW_DATA names no folder with the publishers' raw files")
    return Path(folder)


@pytest.fixture(scope="session")
def items() -> Items:
    return read_items()


@pytest.fixture(scope="session")
def filings(raw: Path, items: Items) -> sec_statements.Statements:
    """The two quarters of real filings as one."""
    both = [sec_statements.read(raw / "sec" / f"{name}.zip", items) for name in ("2009q3", "2010q2")]
    table = facts.joined([each.facts for each in both])
    return sec_statements.Statements(table, both[0].names | both[1].names, both[0].report)


@pytest.fixture(scope="session")
def steps(filings: sec_statements.Statements, items: Items) -> Known:
    return known(filings.facts, items.kinds, Report("two quarters"))


Zip = Callable[..., Path]


@pytest.fixture
def dataset(tmp_path: Path) -> Zip:
    """Make an archive in the form of the data sets from rows of sub and num; what a row lacks is empty."""

    def make(sub: Sequence[dict[str, object]], num: Sequence[dict[str, object]], name: str = "2020q1.zip") -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for table, columns, rows in (("sub.txt", SUB, sub), ("num.txt", NUM, num)):
                lines = ["\t".join(columns)] + ["\t".join(str(r.get(c, "")) for c in columns) for r in rows]
                archive.writestr(table, "\n".join(lines) + "\n")
        return path

    return make


def filing(adsh: str = "a-1", **more: object) -> dict[str, object]:
    """One row of sub: a 10-Q of a small manufacturer, accepted before the close."""
    usual = {
        "adsh": adsh, "cik": "1234", "name": "SMALL INC", "sic": "3560", "form": "10-Q", "period": "20200331",
        "fy": "2020", "fp": "Q1", "filed": "20200505", "accepted": "2020-05-05 10:00:00.0",
    }  # fmt: skip
    return usual | more


def number(
    tag: str, value: object, *, adsh: str = "a-1", ddate: str = "20200331", qtrs: int = 0, **more: object
) -> dict[str, object]:
    """One row of num in US dollars."""
    usual = {
        "adsh": adsh,
        "tag": tag,
        "version": "us-gaap/2019",
        "ddate": ddate,
        "qtrs": qtrs,
        "uom": "USD",
        "value": value,
    }
    return usual | more


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")
