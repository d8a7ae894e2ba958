"""The tables of a comparison: the ranked runs beside their benchmark, and what each is against it with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fedcycle.backtests.core.format import money_words
from fedcycle.backtests.export.run_tables import FRACTION, USD
from fedcycle.backtests.export.table import Column, Kind, Table, numbers, texts
from fedcycle.backtests.statistics import STATISTICS

NAMES = ("comparison", "significance", "notes")
"""The tables of a comparison."""


def tables_of_comparison(document: Mapping[str, Any]) -> tuple[Table, ...]:
    """Return the tables of a comparison, from its JSON document.

    Parameters
    ----------
    document : ``Comparison.document``
    """
    return ranked(document), significance(document), sentences(document)


def ranked(document: Mapping[str, Any]) -> Table:
    """Return the benchmark's row and one a run, the best first; why a run is not ranked stands beside it."""
    table = document["table"]
    rows: list[Mapping[str, Any]] = [{**table["benchmark_row"], "benchmark_row": True}, *table["rows"]]
    keys = [key for key in table["rows"][0] if key in STATISTICS]
    verdicts: list[Mapping[str, Any]] = [row.get("verdict") or {} for row in rows]
    currency = document["runs"][0]["market"].get("currency", "USD")
    ends = (("verdict_low", "low", "lower"), ("verdict_high", "high", "upper"))
    return Table(
        "comparison",
        f"one run, ranked by {table['ranked_by']}; the first row is the benchmark {table['benchmark']}",
        (
            Column("run", texts([row["name"] for row in rows]), "text", "", "name of the run, or of the benchmark"),
            Column("id", texts([row.get("id") for row in rows]), "text", "", "id of the stored run"),
            Column("stamps", texts([", ".join(row["stamps"]) for row in rows]), "text", "", "what must stand by it"),
            *(_statistic(key, rows, currency) for key in keys),
            Column("verdict", texts([v.get("word") for v in verdicts]), "text", "", "how it did against the benchmark"),
            *(
                Column(name, numbers([v.get(key) for v in verdicts]), FRACTION, "fraction per year",
                       f"{side} end of the 95% interval of the active return")
                for name, key, side in ends
            ),
            Column("unranked", texts([row.get("unranked") for row in rows]), "text", "", "why it does not compete"),
        ),
    )  # fmt: skip


def significance(document: Mapping[str, Any]) -> Table:
    """Return, for each run, its lead and Sharpe ratio with their intervals, and its easing cycles with a sign test."""
    inference, rows = document["inference"], document["table"]["rows"]
    lead: list[Mapping[str, Any]] = [row["verdict"] for row in rows]
    own = [inference["intervals"].get(row["id"], {}).get("sharpe", {}) for row in rows]
    test = [inference["cycles"][row["id"]].get("12m", {}) for row in rows]
    year, plain = "fraction per year", "number"
    parts: tuple[tuple[str, Sequence[Mapping[str, Any]], str, Kind, str, str], ...] = (
        ("active_return", lead, "active_return", FRACTION, year, "annualised return less the benchmark's"),
        ("active_return_low", lead, "low", FRACTION, year, "lower end of its 95% interval, all judged together"),
        ("active_return_high", lead, "high", FRACTION, year, "upper end of its 95% interval, all judged together"),
        ("sharpe", own, "estimate", "number", plain, "Sharpe ratio"),
        ("sharpe_low", own, "low", "number", plain, "lower end of its 95% interval"),
        ("sharpe_high", own, "high", "number", plain, "upper end of its 95% interval"),
        ("windows_won", test, "positive", "number", "cycles", "12-month windows ahead of the benchmark"),
        ("windows", test, "n", "number", "cycles", "complete 12-month windows after a final cut"),
        ("p_sign_test", test, "p", "number", "probability", "exact sign test of the windows"),
        ("p_minimum", test, "smallest_p", "number", "probability", "minimum attainable p-value with so many windows"),
    )  # fmt: skip
    names = Column("run", texts([row["name"] for row in rows]), "text", "", "name of the run")
    ids = Column("id", texts([row["id"] for row in rows]), "text", "", "id of the stored run")
    columns = [
        Column(name, numbers([entry.get(key) for entry in found]), kind, unit, doc)
        for name, found, key, kind, unit, doc in parts
    ]
    return Table("significance", "one run, with its statistical significance", (names, ids, *columns))


def sentences(document: Mapping[str, Any]) -> Table:
    """Return what holds for all runs together, in sentences."""
    inference = document["inference"]
    said = [*inference["sentences"], *(inference[test]["text"] for test in ("superior", "deflated", "overfitting"))]
    said += list(inference["notes"].values())
    return Table(
        "notes",
        "a sentence on all runs together",
        (Column("sentence", texts(said), "text", "", "what must be known beside the numbers"),),
    )


def _statistic(key: str, rows: Sequence[Mapping[str, Any]], currency: str) -> Column:
    said = STATISTICS[key]
    kind: Kind = FRACTION if said.unit.startswith(FRACTION) else "usd" if said.unit.startswith(USD) else "number"
    unit = said.unit.replace(USD, money_words(currency))
    return Column(
        key, numbers([row.get(key) for row in rows]), kind, unit, said.summary.removeprefix("Return ").rstrip(".")
    )
