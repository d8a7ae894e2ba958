"""Statistical significance of a run, and of the best of several: everything a page or a terminal shows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fedcycle.backtests.core.format import p_equals
from fedcycle.backtests.inference import intervals, multiple_testing, placebo
from fedcycle.backtests.inference.bootstrap import BootstrapDraws, bootstrap, why_not_resampled
from fedcycle.backtests.inference.exact import ALPHA, over_cycles
from fedcycle.backtests.inference.inputs import BenchmarkSeries, ReturnSeries, shared
from fedcycle.backtests.inference.joint import judged_together
from fedcycle.backtests.inference.settings import SETTINGS, Settings
from fedcycle.backtests.inference.sharpe import deflated_information, effective_trials, probabilistic_sharpe
from fedcycle.backtests.inference.verdict import Verdict
from fedcycle.backtests.statistics.active import information_ratio
from fedcycle.backtests.statistics.numerics import level_returns, sessions_per_year
from fedcycle.backtests.statistics.returns import Bills, Returns
from fedcycle.data.typing import Days, Float64

WINDOW = "12m"
"""The window of a cycle that the sentences speak of first."""


def of_run(
    account: ReturnSeries,
    benchmark_series: BenchmarkSeries,
    *,
    settings: Settings = SETTINGS,
    judged: Verdict | None = None,
) -> dict[str, Any]:
    """Return the statistical significance of one run.

    Parameters
    ----------
    account : Account
    benchmark_series : BenchmarkSeries
    settings : Settings
    judged : the verdict on the run; the active return then has its interval, as a page has one

    Returns
    -------
    ``id``, ``name``, ``benchmark``; ``note`` (why nothing could be resampled, or None); ``method`` (settings, block
    length, sessions, and how many were dropped because the benchmark began later); ``sentences`` (what a reader needs,
    words before numbers); ``cycles`` (``exact.over_cycles``); ``placebo`` (``placebo.placebo_timing``); ``sharpe``
    (``sharpe.probabilistic_sharpe``); ``intervals`` (``intervals.around``) and ``against_benchmark``
    (``intervals.difference``), both None where there is a note. Nothing is NaN or infinite; what does not exist is
    None and a text says why.
    """
    found, _ = _each([account], benchmark_series, settings)
    key = account.id
    if judged is not None and key in found["against_benchmark"]:
        found["against_benchmark"][key]["cagr"] = judged_together(judged, None, trials=1)
    single = {name: found[name].get(key) for name in ("cycles", "placebo", "sharpe", "intervals", "against_benchmark")}
    return {
        "id": account.id,
        "name": account.name,
        "benchmark": benchmark_series.name,
        "note": found["notes"].get(key),
        "method": found["method"],
        "sentences": _of_one(account, benchmark_series, found),
        **single,
    }


def of_comparison(
    accounts: Sequence[ReturnSeries],
    benchmark_series: BenchmarkSeries,
    *,
    settings: Settings = SETTINGS,
    verdicts: Mapping[str, tuple[Verdict, Verdict | None]] | None = None,
) -> dict[str, Any]:
    """Return the statistical significance of several runs over the same sessions, the best first.

    Parameters
    ----------
    accounts : K accounts, ranked, the best first; every one that was looked at
    benchmark_series : BenchmarkSeries
    settings : Settings
    verdicts : id -> verdict against this benchmark, those that compete judged together, and that on the run by itself;
        the active return then has the interval of the first, as a page has one kind of interval

    Returns
    -------
    trials : K
    benchmark : name
    method : as in ``of_run``
    sentences : what a reader needs beside ``cycles``, whose texts come first
    notes : id -> why a run could not be resampled; empty where all could
    cycles, placebo, sharpe, intervals, against_benchmark : id -> as in ``of_run``
    against_others : ``id`` of the best run, and ``differences`` (id of another -> ``intervals.difference``, best minus
        other)
    deflated : ``sharpe.deflated_information`` of the best by information ratio, of those that compete, with
        ``effective_trials``
    superior : ``selection.superior``, Hansen's SPA and StepM over those that compete against the benchmark
    overfitting : ``selection.overfitting``
    """
    found, fitted = _each(accounts, benchmark_series, settings)
    trials = sum(account.competes for account in accounts)
    for key, (judged, alone) in (verdicts or {}).items():
        against = found["against_benchmark"].get(key)
        if against is not None:
            against["cagr"] = judged_together(judged, alone, trials=trials)
    found |= _selection(fitted, settings=settings)
    found["sentences"] = _of_all(accounts, benchmark_series, found)
    return found


@dataclass(frozen=True, eq=False)
class _Fitted:
    """Accounts over the sessions they share with the benchmark, those of them that could be resampled, and by what."""

    accounts: Sequence[ReturnSeries]
    fit: Sequence[ReturnSeries]
    benchmark_series: BenchmarkSeries
    sample: BootstrapDraws | None


def _each(
    accounts: Sequence[ReturnSeries], benchmark_series: BenchmarkSeries, settings: Settings
) -> tuple[dict[str, Any], _Fitted]:
    """Return what can be said of each run, each by itself, without the others."""
    cut, y, dropped = shared(accounts, benchmark_series)
    notes = {a.id: why for a in cut if (why := why_not_resampled(a, y, settings)) is not None}
    fit = [a for a in cut if a.id not in notes]
    sample = bootstrap(fit, y, settings=settings) if fit else None
    known = {a.id: intervals.estimates(a, y) for a in fit}
    found: dict[str, Any] = {
        "trials": len(accounts),
        "benchmark": benchmark_series.name,
        "method": _method(y, sample, dropped=dropped, settings=settings),
        "sentences": [],
        "notes": notes,
        "cycles": {a.id: over_cycles(a.by_cycle) for a in accounts},
        "placebo": {a.id: _placebo(a, y.sessions) for a in cut},
        "sharpe": {a.id: probabilistic_sharpe(*_excess(a, y)) for a in cut},
        **_intervals(fit, y, known=known, sample=sample, settings=settings),
    }
    return found, _Fitted(cut, fit, y, sample)


def _method(
    benchmark_series: BenchmarkSeries, sample: BootstrapDraws | None, *, dropped: int, settings: Settings
) -> dict[str, Any]:
    return {
        "bootstrap": "stationary",
        "block_sessions": None if sample is None else round(sample.block, 1),
        "sessions": len(benchmark_series.sessions),
        "sessions_dropped": dropped,
        **settings.plain(),
    }


def _intervals(
    fit: Sequence[ReturnSeries],
    benchmark_series: BenchmarkSeries,
    *,
    known: Mapping[str, Mapping[str, float | None]],
    sample: BootstrapDraws | None,
    settings: Settings,
) -> dict[str, Any]:
    if sample is None:
        return {"intervals": {}, "against_benchmark": {}, "against_others": {"id": None, "differences": {}}}
    pairs = {a.id: (known[a.id], answers) for a, answers in zip(fit, sample.accounts, strict=True)}
    benchmark = (intervals.own(benchmark_series.value, benchmark_series), sample.benchmark)
    best = fit[0].id
    return {
        "intervals": {key: intervals.around(*pair, settings=settings) for key, pair in pairs.items()},
        "against_benchmark": {
            key: intervals.difference(pair, benchmark, settings=settings) for key, pair in pairs.items()
        },
        "against_others": {
            "id": best,
            "differences": {
                key: intervals.difference(pairs[best], pair, settings=settings)
                for key, pair in pairs.items()
                if key != best
            },
        },
    }


def _selection(fitted: _Fitted, *, settings: Settings) -> dict[str, Any]:
    """Return what can be said of the best of the runs, because others were looked at too: those that compete."""
    y, sample = fitted.benchmark_series, fitted.sample
    looked_at = [a for a in fitted.accounts if a.competes]
    fit = [a for a in fitted.fit if a.competes]
    if sample is None or not fit:
        nothing = {"text": "no run that competes has returns enough to be tested"}
        deflated = {"trials": len(looked_at), "effective_trials": None, **nothing}
        return {"deflated": deflated, "superior": nothing, "overfitting": nothing}
    returns = np.column_stack([level_returns(a.value, a.name) for a in fit])
    other = level_returns(y.value, y.name)
    active = returns - other[:, None]
    ratios = {a.id: information_ratio(*_over(a, y)) for a in looked_at}
    best = max(fit, key=lambda a: (ratios[a.id] is not None, ratios[a.id] or 0.0))
    deflated = deflated_information(*_over(best, y), trials=list(ratios.values()))
    effective = effective_trials(active)
    if len(fit) > 1 and deflated["probability"] is not None:
        deflated["text"] = f"{deflated['text']}; about {effective:.1f} of them independent"
    names = [a.name for a in fit]
    return {
        "deflated": {"id": best.id, **deflated, "effective_trials": effective},
        "superior": multiple_testing.superior(returns, other, names=names, block=sample.block, settings=settings),
        "overfitting": multiple_testing.overfitting(active),
    }


def _over(account: ReturnSeries, benchmark_series: BenchmarkSeries) -> tuple[Returns, Bills]:
    """Return an account's returns, and the benchmark's in the place of bills: what they are in excess of."""
    r = Returns.of_level(account.value, benchmark_series.sessions, name=account.name)
    return r, Bills.beside(r, benchmark_series.value, name=benchmark_series.name)


def _excess(account: ReturnSeries, benchmark_series: BenchmarkSeries) -> tuple[Returns, Bills]:
    r = Returns.of_level(account.value, benchmark_series.sessions, name=account.name)
    return r, Bills.beside(r, benchmark_series.bills, name="bills")


def _placebo(account: ReturnSeries, sessions: Days) -> dict[str, Any]:
    weights, returns = account.weights, account.asset_returns
    if weights is None or returns is None:
        return placebo.missing("its holdings are not known at every close, so they cannot be shifted")
    if not bool(np.isfinite(returns).all()):
        return placebo.missing("an asset it held has no price on some session, so its holdings cannot be shifted")
    held: Float64 = weights
    return placebo.placebo_timing(held, returns, per_year=sessions_per_year(sessions))


def _of_one(account: ReturnSeries, benchmark_series: BenchmarkSeries, found: Mapping[str, Any]) -> list[str]:
    key, name = account.id, benchmark_series.name
    out = [_cycle_sentence(found["cycles"][key], name)]
    window = found["cycles"][key].get(WINDOW)
    if window is not None and window["n"] > 1:
        out += [window["leave_one_out"]["text"], window["detectable"]["text"]]
    if key in found["notes"]:
        return [*out, found["notes"][key]]
    out.append(f"against {name}, {found['against_benchmark'][key]['cagr']['text']}")
    out += [found["sharpe"][key]["text"], f"timing: {found['placebo'][key]['text']}"]
    return out + _why_they_differ(None if window is None else window["p"], found["placebo"][key]["p"])


def _why_they_differ(sign: float | None, shifted: float | None) -> list[str]:
    """Return why the placebo and the sign test disagree at 5%, in a sentence; nothing where they do not."""
    if sign is None or shifted is None or (sign <= ALPHA) == (shifted <= ALPHA):
        return []
    return [
        f"the placebo ({p_equals(shifted)}) takes all dates as one placement, so one large window can decide it; the "
        f"sign test ({p_equals(sign)}) asks in how many windows the sign agrees, whatever their size"
    ]


def _of_all(accounts: Sequence[ReturnSeries], benchmark_series: BenchmarkSeries, found: Mapping[str, Any]) -> list[str]:
    names = {a.id: a.name for a in accounts}
    competing = {a.id for a in accounts if a.competes}
    looked = sum(a.competes for a in accounts)
    several = f"{looked} runs were looked at; the best of several looks better than it is"
    out = [several if looked != 1 else "1 run was looked at; one picked from several looks better than it is"]
    leads = [of["cagr"]["difference"] for key, of in found["against_benchmark"].items() if key in competing]
    leads = [lead for lead in leads if lead is not None]
    if leads and max(leads) <= 0:
        out.append(
            f"no run beat the benchmark {benchmark_series.name}; the best trails it by {_pp(-max(leads))} pp a year"
        )
    out += [
        f"{names[key]} against {benchmark_series.name}, {of['cagr']['text']}"
        for key, of in found["against_benchmark"].items()
    ]
    best = found["against_others"]["id"]
    out += [
        f"{names[best]} against {names[key]}, {of['sharpe']['text']}"
        for key, of in found["against_others"]["differences"].items()
    ]
    out += [found[test]["text"] for test in ("superior", "deflated", "overfitting")]
    return out + list(found["notes"].values())


def _cycle_sentence(cycles: Mapping[str, Any], benchmark: str) -> str:
    window = cycles.get(WINDOW)
    if window is None or not window["n"]:
        return "no complete window of 12 months after a final cut lies in the run"
    return f"12 months after final cuts, ahead of {benchmark} in {window['text']}"


def _pp(fraction: float) -> str:
    return f"{100 * fraction:.2f}"
