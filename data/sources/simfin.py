"""SimFin's bulk CSV of quarterly statements -> facts. Most values are as restated later, which the notes say."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from fedcycle.data.errors import DataError
from fedcycle.data.fundamentals import facts, resolve
from fedcycle.data.fundamentals.facts import Facts, Row
from fedcycle.data.fundamentals.release import day_number, known_on, month_end, month_end_number
from fedcycle.data.fundamentals.report import Report
from fedcycle.data.sources import delimited

COLUMNS: dict[str, tuple[tuple[str, str, str, float], ...]] = {
    "income": (
        ("Revenue", "revenue", "USD", 1.0),
        ("Operating Income (Loss)", "operating_income", "USD", 1.0),
        ("Interest Expense, Net", "interest_expense", "USD", -1.0),
        ("Pretax Income (Loss)", "pretax_income", "USD", 1.0),
        ("Net Income (Common)", "net_income", "USD", 1.0),
    ),
    "balance": (
        ("Cash, Cash Equivalents & Short Term Investments", "cash", "USD", 1.0),
        ("Short Term Debt", "debt_current", "USD", 1.0),
        ("Long Term Debt", "debt_long", "USD", 1.0),
        ("Total Assets", "assets", "USD", 1.0),
        ("Total Equity", "equity", "USD", 1.0),
        ("Shares (Basic)", "shares", "shares", 1.0),
    ),
    "cashflow": (("Depreciation & Amortization", "depreciation", "USD", 1.0),),
}
"""Statement -> (column, item, unit, sign). Expenses are negative in SimFin's tables."""
FLOWS = ("income", "cashflow")
NEEDED = (
    "Ticker",
    "SimFinId",
    "Currency",
    "Fiscal Year",
    "Fiscal Period",
    "Report Date",
    "Publish Date",
    "Restated Date",
)
_QUARTER = 3


def statement(path: Path) -> str | None:
    """Return which statement a file holds, by its columns, or None where it is none of SimFin's."""
    try:
        first = path.read_bytes()[:4000].splitlines()[0].decode("utf-8-sig", "replace").split(";")
    except (OSError, IndexError):
        return None
    if not set(NEEDED) <= set(first):
        return None
    return next((name for name, columns in COLUMNS.items() if columns[0][0] in first and columns[-1][0] in first), None)


def read(path: Path) -> tuple[Facts, Report]:
    """Return the facts of one of SimFin's files of quarterly statements.

    A fact is known on the day after its publication: there is a date and no hour. A blank is missing, not zero. Rows
    in another currency, and rows published before their period's end, are refused by name.

    Raises
    ------
    DataError
        Where it is none of SimFin's statements, or a row is none.
    """
    kind = statement(path)
    if kind is None:
        raise DataError(
            f"{path} is not SimFin's bulk CSV of quarterly income, balance or cash flow (';' between cells)"
        )
    report = Report(path.name)
    rows: list[Row] = []
    restated = 0
    for line, cells in delimited.rows(path, delimiter=";", needed=NEEDED):
        report.rows += 1
        restated += cells["Restated Date"] > cells["Publish Date"]
        try:
            rows += _facts(path, kind, cells, report)
        except ValueError as err:
            raise DataError(f"{path}:{line}: {err}; export it again") from None
    rows = [row for row in rows if resolve.sound(row, report)]
    report.facts = len(rows)
    if report.rows:
        report.notes.append(
            f"{path.name}: {100 * restated / report.rows:.0f}% of rows were restated after their publication and hold "
            "the later values, so a date of publication does not make them what was known then"
        )
    return facts.table(rows), report


def _facts(path: Path, kind: str, cells: dict[str, str], report: Report) -> Iterator[Row]:
    end, filed = _day(cells["Report Date"]), _day(cells["Publish Date"])
    company, source = f"simfin:{cells['SimFinId']}", path.name
    start = month_end(month_end_number(end) - _QUARTER) + 1 if kind in FLOWS else None
    if cells["Currency"] != "USD":
        report.refuse(company, cells["Report Date"], "", resolve.OTHER_CURRENCY, cells["Currency"])
        return
    for column, item, unit, sign in COLUMNS[kind]:
        text = cells[column]
        if not text:
            report.left_out[f"blank {column}"] += 1
            continue
        value = sign * float(text)
        if not math.isfinite(value):
            raise ValueError(f"{column} is {text[:30]!r}, which is not a number")
        yield Row(
            company=company, ticker=cells["Ticker"], item=item, start=start, end=end, value=value + 0.0, unit=unit,
            form=f"SimFin {kind}", fiscal_year=int(cells["Fiscal Year"]), fiscal_period=cells["Fiscal Period"],
            filed=filed, known_on=known_on(filed, None), source=source, tag=column,
        )  # fmt: skip


def _day(text: str) -> int:
    try:
        return day_number(date.fromisoformat(text))
    except ValueError:
        raise ValueError(f"{text[:20]!r} is no day as YYYY-MM-DD") from None
