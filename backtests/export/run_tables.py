"""The tables of a run: its account from the first fill on, its trades, and every statistic with unit and definition.

The account is the one that is measured (``Ledger.measured``): the close before the first fill, at which it was the
starting capital in cash, and every close from the first fill on. The sessions before are in no table.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fedcycle.backtests.analysis.attribution import CASH
from fedcycle.backtests.analysis.holdings import drawdown, weights_at_close
from fedcycle.backtests.core.format import money_words
from fedcycle.backtests.core.ledger import measured
from fedcycle.backtests.export.table import Column, Kind, Table, dates, numbers, texts
from fedcycle.backtests.inference.verdict import Verdict
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.statistics import STATISTICS
from fedcycle.backtests.statistics.numerics import level_returns
from fedcycle.data.market import Market
from fedcycle.data.reach import POLICY, reach_sentence
from fedcycle.data.typing import Days, Float64
from fedcycle.strategies.phase import phases

FRACTION: Final = "fraction"
USD = "US dollars"
UNITS = "fractions are fractions (0.05 is 5%), money is {currency}, dates are sessions of the market"
NAMES = ("about", "statistics", "account", "weights", "trades", "drawdowns", "months")
"""The tables of a run, in the order that a workbook shows them."""
SESSION_DOC = "session at whose close the row stands"


def tables_of_run(run: Run, market: Market) -> tuple[Table, ...]:
    """Return every table of a run, in the order that a workbook shows them.

    Parameters
    ----------
    run : Run
    market : the market that it was made on
    """
    return (
        about(run),
        statistics(run),
        account(run, market),
        weights(run, market),
        trades(run),
        drawdowns(run),
        months(run),
    )


def sessions(run: Run) -> Days:
    """Return the days of the measured account, (M,): the close before the first fill, then every one from it on."""
    return measured(run.ledger.sessions, run.ledger.first_fill)


def account(run: Run, market: Market) -> Table:
    """Return the account and its benchmark at each close, with returns, drawdown and the phase told in real time."""
    value = measured(run.ledger.value, run.ledger.first_fill)
    other = measured(run.benchmark_value, run.ledger.first_fill)
    own, theirs = _returns(value, run.name), _returns(other, run.benchmark)
    name, money = run.benchmark, money_words(run.currency)
    return Table(
        "account",
        "the account at each close, from the close before its first fill on",
        (
            _session(sessions(run)),
            Column("value", value, "usd", money, "value of the account; time-weighted where cash was paid in or out"),
            Column("return", own, FRACTION, FRACTION, "return since the close before; the first is the fill's cost"),
            Column("benchmark_value", other, "usd", money, f"value of the benchmark {name}, bought at the same fill"),
            Column("benchmark_return", theirs, FRACTION, FRACTION, "return of the benchmark since the close before"),
            Column("active_return", own - theirs, FRACTION, FRACTION, "return less the benchmark's"),
            Column("drawdown", drawdown(value), FRACTION, FRACTION, "value over its highest so far, less 1"),
            Column("phase", phase(run, market), "text", "", "phase of the rate cycle told at the close"),
        ),
    )  # fmt: skip


def phase(run: Run, market: Market) -> NDArray[np.str_]:
    """Return the phase of the rate cycle told at each close of the measured account, (M,); empty where none was."""
    if POLICY not in market.series:
        return np.full(len(sessions(run)), "", dtype="<U7")
    changes = market.series[POLICY]
    return phases(sessions(run), changes.known_on, change_bp=changes.values)


def weights(run: Run, market: Market) -> Table:
    """Return what is held at each close, as fractions of the account's value; what is not invested is cash."""
    names, held = weights_at_close(run, market)
    rows = measured(held, run.ledger.first_fill)
    columns = [
        Column(label, rows[:, j], FRACTION, FRACTION, f"weight of {asset}")
        for j, (asset, label) in enumerate(zip(names, _labels(names), strict=True))
    ]
    return Table("weights", "what the account holds at each close", (_session(sessions(run)), *columns))


def positions(run: Run, market: Market) -> tuple[tuple[str, ...], Float64]:
    """Return names, cash last, and what is held of each at each measured close: (M, N + 1) of its currency."""
    names, held = weights_at_close(run, market)
    first = run.ledger.first_fill
    return _labels(names), measured(held, first) * measured(run.ledger.value, first)[:, None]


def trades(run: Run) -> Table:
    """Return every fill, in the order made."""
    t, money = run.ledger.trades, money_words(run.currency)
    assets = np.array(run.ledger.assets or ("",), dtype=np.str_)[t.asset]
    return Table(
        "trades",
        "one fill",
        (
            Column("decided_on", t.decided_on, "date", "day", "session at whose close it was decided"),
            Column("filled_on", t.filled_on, "date", "day", "session in which it was filled"),
            Column("asset", assets, "text", "", "what was traded"),
            Column("units", t.units, "number", "units", "units bought; negative for a sale"),
            Column("price", t.price, "number", f"{money} a unit", "price of the fill, before costs"),
            Column("value", t.units * t.price, "usd", money, "units times price; negative for a sale"),
            Column("cost", t.cost, "usd", money, "commission and slippage"),
        ),
    )


def drawdowns(run: Run) -> Table:
    """Return the ten deepest drawdowns, the deepest first."""
    found = run.summary["drawdowns"]
    day_columns = (
        ("start", "last close at the peak"),
        ("trough", "lowest close"),
        ("end", "first close at the peak or above again; empty while it lasts"),
    )
    day_counts = (
        ("fall_days", "calendar days from start to trough"),
        ("recovery_days", "calendar days from trough to end; empty while it lasts"),
        ("length_days", "calendar days from start to end, or to the last session while it lasts"),
    )
    return Table(
        "drawdowns",
        "one of the ten deepest drawdowns, the deepest first",
        (
            *(Column(key, dates([d[key] for d in found]), "date", "day", doc) for key, doc in day_columns),
            Column("depth", numbers([d["depth"] for d in found]), FRACTION, FRACTION, "trough over peak, less 1"),
            *(Column(key, numbers([d[key] for d in found]), "count", "days", doc) for key, doc in day_counts),
        ),
    )


def months(run: Run) -> Table:
    """Return the returns of calendar months, a row a year; what the run does not cover whole is empty."""
    found: Mapping[str, Any] = run.summary["calendar"]
    years = np.array([int(year) for year in found], dtype=np.int64)
    monthly = [
        Column(calendar.month_abbr[k + 1], numbers([y["months"][k] for y in found.values()]), FRACTION, FRACTION,
               f"return of the account in {calendar.month_name[k + 1]}")
        for k in range(12)
    ]  # fmt: skip
    return Table(
        "months",
        "returns of one calendar year; empty for what the run does not cover whole",
        (
            Column("year", years, "number", "", "calendar year"),
            *monthly,
            Column("total", numbers([y["year"] for y in found.values()]), FRACTION, FRACTION, "return of the year"),
            Column("benchmark", numbers([y["benchmark_year"] for y in found.values()]), FRACTION, FRACTION,
                   f"the benchmark's return of the year ({run.benchmark})"),
        ),
    )  # fmt: skip


def statistics(run: Run) -> Table:
    """Return every statistic with its unit, its formula and its source, as docs/statistics.md has them."""
    rows = [("account", name, value) for name, value in run.summary["statistics"].items()]
    rows += [
        (f"against {run.benchmark}", name, value)
        for name, value in run.summary["relative"].items()
        if name in STATISTICS
    ]
    said = [STATISTICS.get(name) for _, name, _ in rows]
    theirs = run.summary.get("benchmark_statistics", {})
    beside = [theirs.get(name) if against == "account" else None for against, name, _ in rows]
    kinds = tuple(_kind(s.unit if s else "") for s in said)
    units = [s.unit.replace(USD, money_words(run.currency)) if s else "" for s in said]
    return Table(
        "statistics",
        "one statistic of the measured account",
        (
            Column("of", texts([against for against, _, _ in rows]), "text", "", "the account, or against what"),
            Column("statistic", texts([name for _, name, _ in rows]), "text", "", "its key in the JSON of a run"),
            Column("value", numbers([v for _, _, v in rows]), "number", "see unit", "the number, if there is one",
                   kinds),
            Column("benchmark", numbers(beside), "number", "see unit", f"the same of {run.benchmark} by itself", kinds),
            Column("unit", texts(units), "text", "", "what one unit of it is"),
            Column("meaning", texts([_meaning(s.summary) if s else "" for s in said]), "text", "", "what it says"),
            Column("formula", texts([s.formula if s else "" for s in said]), "text", "", "how it is computed"),
            Column("source", texts([s.source if s else "" for s in said]), "text", "", "who defined it"),
        ),
    )  # fmt: skip


def about(run: Run) -> Table:
    """Return what must stand beside the numbers: the question, the verdict, stamps, period, data and notes."""
    period, market = run.summary["period"], run.summary["market"]
    verdict = Verdict.read(run.summary["relative"]["verdict"]).sentence(run.benchmark)
    first = period["first_fill"] or "never: the account stayed in cash"
    rows = [
        ("run", run.id),
        ("question", run.summary["question"]),
        ("verdict", verdict),
        *(("stamp", stamp) for stamp in run.stamps),
        ("period", f"{period['start']} to {period['end']}"),
        ("measured from the first fill", first),
        ("benchmark", run.benchmark),
        ("engine", run.summary["engine"]),
        ("market", f"{market['name']} {market['digest']}"),
        ("data", reach_sentence(run.summary.get("data", []))),
        ("audit", run.summary["audit"]["text"]),
        *(("note", note) for note in run.ledger.notes),
        *(("not used again, since", reason) for reason in run.provenance.get("unknown", ())),
        ("units", UNITS.format(currency=money_words(run.currency))),
    ]
    return Table(
        "about",
        "what must be known beside the numbers",
        (
            Column("what", texts([what for what, _ in rows]), "text", "", "what is said"),
            Column("said", texts([said for _, said in rows]), "text", "", "in words"),
        ),
    )


def _session(days: Days) -> Column:
    return Column("session", days, "date", "day", SESSION_DOC)


def _labels(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names as columns have them: uninvested cash is ``cash``, unless an asset is called so."""
    return tuple("cash" if name == CASH and "cash" not in names else name for name in names)


def _returns(value: Float64, name: str) -> Float64:
    """Return the return of each close since the one before, (M,) fraction; NaN for the first."""
    return np.concatenate([[np.nan], level_returns(value, name)])


def _meaning(summary: str) -> str:
    """Return what a statistic says, from the first line of its function."""
    return summary.removeprefix("Return ").rstrip(".")


def _kind(unit: str) -> Kind:
    if unit.startswith(FRACTION):
        return FRACTION
    return "usd" if unit.startswith(USD) else "number"
