"""Headline: the verdict against the benchmark, when and why; the key figures; what they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fedcycle.backtests.analysis.benchmark_statistics import benchmark_statistics
from fedcycle.backtests.analysis.holding_periods import holding_periods
from fedcycle.backtests.analysis.holdings import weights_at_close, worst_drawdowns
from fedcycle.backtests.analysis.measured_run import bought_at
from fedcycle.backtests.core.format import (
    DASH,
    count,
    counted,
    figure,
    many_of,
    money,
    percent,
    plain,
    pp,
    sentence,
    signed,
)
from fedcycle.backtests.inference.verdict import Verdict
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import cycle_shading
from fedcycle.backtests.tearsheet.definitions import definition_of
from fedcycle.backtests.tearsheet.markup import fragment
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.backtests.tearsheet.sections.attribution import contributions
from fedcycle.backtests.tearsheet.sections.calendar import LEVEL, ahead_of, level_in, yearly_leads
from fedcycle.backtests.tearsheet.sections.trades import LEVEL as APART
from fedcycle.backtests.tearsheet.warnings import meaning_of
from fedcycle.data import catalog
from fedcycle.data.market import Market

TITLE = "Summary"
PLACE = 10


@dataclass(frozen=True)
class Tile:
    """One number that matters: what it is, the run's, and how it compares."""

    label: str
    value: str
    beside: str
    dates: str = ""

    @property
    def tip(self) -> str:
        """Return the definition of the statistic that it shows."""
        return definition_of(self.label)


def section(run: Run, market: Market) -> Section:
    """Return the answer, the numbers and what a reader must know about them."""
    other = benchmark_statistics(run, market)
    html = fragment(
        "headline.html",
        answers=[
            ("Return and risk", _return_and_risk(run, other)),
            ("When?", _when(run, market)),
            ("Why?", _why(run)),
        ],
        tiles=_tiles(run, other, market),
        facts=_facts(run, market),
        stamps=run.stamps,
        benchmark=run.benchmark,
    )
    return Section(TITLE, _verdict(run), html)


def _verdict(run: Run) -> str:
    """Return how the run did against its benchmark, with the interval and what one year and one cycle made of it."""
    relative = run.summary.get("relative")
    judged = relative.get("verdict") if isinstance(relative, Mapping) else None
    if not isinstance(judged, Mapping):
        return f"No verdict against {run.benchmark}: this run was stored without one; run it again."
    return sentence(Verdict.read(dict(judged)).sentence(run.benchmark))


def _return_and_risk(run: Run, benchmark: Mapping[str, Any]) -> str:
    """Return the annualised returns and the Sharpe ratios of the run and of its benchmark, without a judgement."""
    own = _own(run, "cagr")
    excess = figure(run.summary, "relative", "excess_cagr")
    if own is None or excess is None:
        return f"Too short: no annualised return follows from {count(len(run.ledger.sessions), 'session')}."
    sharpe, theirs = _own(run, "sharpe"), figure(benchmark, "sharpe")
    base = f"{percent(own - excess, 2)} for {run.benchmark}"
    said = f"annualised return {percent(own, 2)} against {base} ({pp(excess, 2)})"
    if sharpe is not None:
        against = f" against {plain(theirs)}" if theirs is not None else f" (none for {run.benchmark})"
        said += f", Sharpe ratio {plain(sharpe)}{against}"
    return sentence(said)


def _when(run: Run, market: Market) -> str:
    """Return the years, the phases and the holding periods in which the run led or lagged."""
    said = []
    years = yearly_leads(run, market)
    if years:
        ahead, same = ahead_of(list(years.values())), level_in(list(years.values()))
        said.append(f"Ahead in {ahead} {len(years)} whole calendar years{same}{_extremes(years)}.")
    phases = _phase_leads(run)
    if len(phases) > 1:
        said.append(_by_phase(phases, run.benchmark))
    if not said:
        return "The run covers no whole calendar year, nor two phases of the Fed's cycle for a year each."
    return " ".join([*said, *_bets(run, market)])


def _extremes(years: Mapping[str, float]) -> str:
    """Return the best and the worst year, as the end of a sentence; what reads 0.0 pp is neither."""
    best, worst = max(years, key=lambda y: years[y]), min(years, key=lambda y: years[y])
    ends = [f"best {best} ({pp(years[best])})"] if years[best] >= LEVEL else []
    ends += [f"worst {worst} ({pp(years[worst])})"] if years[worst] <= -LEVEL else []
    return f"; {', '.join(ends)}" if ends else ""


def _by_phase(phases: Mapping[str, float], benchmark: str) -> str:
    """Return the phases with the highest and the lowest active return; what reads 0.0 pp is called level."""
    top, low = max(phases, key=lambda p: phases[p]), min(phases, key=lambda p: phases[p])
    high, least = phases[top], phases[low]
    start = "By phase of the Fed's cycle:"
    if high < LEVEL and least > -LEVEL:
        return f"{start} level with {benchmark} in all."
    if high <= -LEVEL:
        return f"{start} behind in all, least in {top} phases ({pp(high)} a year), most in {low} phases ({pp(least)})."
    if least >= LEVEL:
        return f"{start} ahead in all, most in {top} phases ({pp(high)} a year), least in {low} phases ({pp(least)})."
    ends = [f"best in {top} phases ({pp(high)} a year)" if high >= LEVEL else "ahead in none"]
    ends.append(f"worst in {low} phases ({pp(least)} a year)" if least <= -LEVEL else "behind in none")
    return f"{start} {', '.join(ends)}."


def _bets(run: Run, market: Market) -> list[str]:
    """Return how many holding periods were away from the benchmark: so many bets the verdict rests on."""
    found = holding_periods(run, market)
    if len(found) < 2:
        return []
    away = [period.lead for period in found if abs(period.lead) >= APART]
    many = f"{len(away)} of {counted(len(found), 'holding period')}"
    if not away:
        return [f"None of {counted(len(found), 'holding period')} was 0.2% or more away from {run.benchmark}."]
    were = "was" if len(away) == 1 else "were"
    won = many_of(sum(lead > 0 for lead in away))
    return [f"{many} {were} 0.2% or more away from {run.benchmark}, {won} of them ahead."]


def _phase_leads(run: Run) -> dict[str, float]:
    """Return phase -> return a year less the benchmark's, for phases that last long enough to have one."""
    leads = {}
    phases = run.summary.get("by_phase")
    for phase, entry in (phases if isinstance(phases, Mapping) else {}).items():
        own, theirs = figure(entry, "return_per_year"), figure(entry, "benchmark_return_per_year")
        if own is not None and theirs is not None:
            leads[str(phase)] = own - theirs
    return leads


def _why(run: Run) -> str:
    """Return what the active return is made of: contributions of holdings and costs that add up to it."""
    return (
        contributions(run) or f"No attribution against {run.benchmark}: this run was stored without one; run it again."
    )


def _tiles(run: Run, benchmark: Mapping[str, Any], market: Market) -> list[Tile]:
    value, theirs = run.ledger.value, run.benchmark_value
    _, weights = weights_at_close(run, market)
    cash = float(weights[bought_at(run.ledger.sessions) :, -1].mean())
    excess, own = figure(run.summary, "relative", "excess_cagr"), _own(run, "cagr")
    base = None if own is None or excess is None else own - excess
    beta, error = figure(run.summary, "relative", "beta"), figure(run.summary, "relative", "tracking_error")
    ratio = figure(run.summary, "relative", "information_ratio")
    costs, trades, turnover = (_own(run, name) for name in ("costs_usd", "trades", "turnover_per_year"))
    own_end, their_end = (money(float(level[-1]), run.currency) for level in (value, theirs))
    return [
        Tile("Annualised return", percent(own, 2), _beside(run, percent(base, 2), pp(excess, 2))),
        Tile("Volatility a year", percent(_own(run, "volatility")), _compared(run, benchmark, "volatility")),
        Tile("Sharpe ratio", plain(_own(run, "sharpe")), _compared(run, benchmark, "sharpe")),
        Tile(
            "Maximum drawdown",
            percent(_own(run, "max_drawdown")),
            _compared(run, benchmark, "max_drawdown"),
            _fell(run),
        ),
        Tile("Final value", own_end, f"{run.benchmark} {their_end}"),
        Tile("Beta", plain(beta), f"tracking error {percent(error)} a year, information ratio {plain(ratio)}"),
        Tile(
            "Turnover a year",
            f"{plain(turnover)}×",
            f"{DASH if trades is None else counted(trades, 'fill')}, costs {money(costs, run.currency)}",
        ),
        _exposure(run) or Tile("Uninvested cash", percent(cash, 2), "average share of value; it earns nothing"),
    ]


def _exposure(run: Run) -> Tile | None:
    """Return the average exposure of a short or leveraged account; None for others."""
    gross, net, short = (figure(run.summary, "margin", name, "average") for name in ("gross", "net", "short"))
    if gross is None or net is None or short is None:
        return None
    return Tile("Gross exposure", percent(gross, 0), f"average; net {percent(net, 1)}, {percent(short, 0)} sold short")


def _fell(run: Run) -> str:
    """Return when the maximum drawdown was; empty where there was none."""
    falls = worst_drawdowns(run.ledger.value, 1)
    if not falls:
        return ""
    fall, days = falls[0], run.ledger.sessions
    back = "not recovered yet" if fall.recovered is None else f"recovered {days[fall.recovered]}"
    return f"{days[fall.peak]} to {days[fall.bottom]}, {back}"


def _compared(run: Run, benchmark: Mapping[str, Any], name: str) -> str:
    own, theirs = _own(run, name), figure(benchmark, name)
    gap = None if own is None or theirs is None else own - theirs
    if name == "sharpe":
        return _beside(run, plain(theirs), signed(gap))
    return _beside(run, percent(theirs), pp(gap))


def _beside(run: Run, theirs: str, gap: str) -> str:
    return f"{run.benchmark} {theirs} · {gap}"


def _own(run: Run, name: str) -> float | None:
    return figure(run.summary, "statistics", name)


def _facts(run: Run, market: Market) -> list[tuple[str, str]]:
    """Return what a reader must know about the figures, as term and explanation."""
    execution = run.config.get("execution")
    bps = [figure(execution, "costs", name) for name in ("commission_bps", "slippage_bps")]
    known = [x for x in bps if x is not None]
    paid = f"{plain(sum(known), 1)} bp of traded value a side" if len(known) == len(bps) else "its trading costs"
    lag = figure(execution, "lag")
    filled = "" if lag is None else f" Decisions fill {counted(lag, 'session')} later."
    idealised = f"{_idealised(run, market)}The run pays {paid}, {run.benchmark} pays nothing.{filled}"
    return [
        *_stamped(run),
        ("Audit", _audited(run)),
        ("Measured", _measured(run)),
        ("Data", f"market {market.name}, vintage: {_vintages(run)}"),
        *(("Spliced", f"{asset}: {said}.") for asset, said in market.spliced.items() if asset != "bills"),
        ("Account", idealised),
        *_margin(run),
    ]


def _margin(run: Run) -> list[tuple[str, str]]:
    """Return the terms of a short or leveraged account; nothing for others."""
    if run.ledger.financing is None:
        return []
    stated = run.config.get("execution")
    gross, borrow, loan, most = (
        figure(stated, "account", name) for name in ("gross", "borrow_bps", "loan_bps", "maintenance")
    )
    above = f"{plain(most)} times value" if most is not None else "1.5 times that"
    said = (
        f"Weights may add up to {plain(gross)} times value without their signs. Proceeds of short sales earn bills and "
        f"buy nothing; lenders get {plain(borrow, 0)} bp a year of what is sold short, by actual days of 365; a loan "
        f"costs bills and {plain(loan, 0)} bp a year. Above {above} at a close is a margin call, and what is held is "
        "brought back in the next session."
    )
    return [("Shorts and loans", said)]


def _measured(run: Run) -> str:
    """Return from when to when the account is measured, and what came before."""
    sessions = run.ledger.sessions
    n = len(sessions) - bought_at(sessions)
    span = f"{sessions[0]} to {sessions[-1]}, {counted(n, 'session')}"
    return " ".join(filter(None, (f"{span}.", cycle_shading.cash_before(run))))


def _idealised(run: Run, market: Market) -> str:
    """Return what must be said of the portfolios that a run or its benchmark holds; nothing where it holds none."""
    named = {*run.ledger.assets, *run.benchmark.replace("+", " ").split()} - {"bills"}
    told = run.provenance.get("market")
    own = set(told.get("own", ())) if isinstance(told, Mapping) else set()
    portfolios = {asset.name for asset in catalog.ASSETS} - own
    held = [asset for asset in market.assets if asset in named & portfolios]
    if not held:
        return ""
    return f"Portfolios are idealised: index-like, held without fees or taxes ({', '.join(held)}). "


def _stamped(run: Run) -> list[tuple[str, str]]:
    """Return what the run's stamps mean, each beside its name."""
    return [(stamp, meaning) for stamp in run.stamps if (meaning := meaning_of(stamp))]


def _audited(run: Run) -> str:
    """Return what the look-ahead audit found, or that there was none."""
    audit = run.summary.get("audit")
    if not isinstance(audit, Mapping) or not audit.get("verdict"):
        return "not audited with this run; fedcycle audit CONFIG recomputes its decisions on markets cut at the day"
    if audit.get("text"):
        return str(audit["text"])
    checked = figure(audit, "decisions_checked")
    return str(audit["verdict"]) + ("" if checked is None else f", {counted(checked, 'decision')} checked")


def _vintages(run: Run) -> str:
    """Return the vintages of what the run holds and is compared with, as far as its provenance names them."""
    told = dict(_named(run.provenance, ""))
    used = [name for name in dict.fromkeys([*run.ledger.assets, run.benchmark, "bills", "DGS10"]) if name in told]
    shown = [f"{name} {told[name]}" for name in used or list(told)]
    return "; ".join(shown) or "not recorded"


def _named(values: Any, name: str) -> Iterator[tuple[str, str]]:
    """Yield what has a vintage in nested provenance, and it: from ``vintages: {x: v}`` and from ``x: {vintage: v}``."""
    if not isinstance(values, Mapping):
        return
    for key, value in values.items():
        if "vintage" in str(key).lower():
            pairs = value.items() if isinstance(value, Mapping) else [(name, value)]
            yield from ((str(entry), str(vintage)) for entry, vintage in pairs if vintage is not None)
        else:
            yield from _named(value, str(key))
