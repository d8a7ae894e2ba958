"""One study, from a config to a stored run: market, backtest, engine, statistics, provenance, tearsheet."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fedcycle.backtests import audit, inference
from fedcycle.backtests.config import RunConfig, find
from fedcycle.backtests.config.code_identity import LOCK, activate
from fedcycle.backtests.config.file_inputs import Opened, watched
from fedcycle.backtests.core import period
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.backtrader_strategy import BacktraderStrategy
from fedcycle.backtests.core.benchmark import Benchmark, name_of
from fedcycle.backtests.core.callbacks import Notify
from fedcycle.backtests.core.errors import BacktestError, ConfigError, RunError
from fedcycle.backtests.core.fed_cycles import easing_cycles, final_cuts
from fedcycle.backtests.core.flows import account_of, time_weighted
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.core.stdout import stdout_to_stderr
from fedcycle.backtests.engines.benchmark_account import benchmark_account, benchmark_value, settled, value_of_asset
from fedcycle.backtests.engines.order_planner import ask_strategy
from fedcycle.backtests.runs import provenance, storage
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.workflows import run_inputs
from fedcycle.backtests.workflows.evaluation import BILLS, evaluate
from fedcycle.backtests.workflows.first_possible import account_from
from fedcycle.data.dataset import load_market, revised, vintages
from fedcycle.data.errors import join_names
from fedcycle.data.market import Market
from fedcycle.data.reach import POLICY, TURNS, Reach, reach, reach_sentence, stale_series
from fedcycle.data.suggest import nearest
from fedcycle.data.typing import Float64
from fedcycle.strategies import library
from fedcycle.strategies.hindsight import with_final_cuts

REVISED = "REVISED DATA"
"""Stamp of a run whose rule could read series as they are published today, not as they were known then."""
STALE = "STALE DATA"
"""Stamp of a run whose rule was served values too old to stand for the day; its config allows it."""
MOST_NOTES = 8
"""Notes of a run that are said; a portfolio of hundreds of stocks has as many ends."""


@dataclass(frozen=True, eq=False)
class PreparedRun:
    """A config brought together with its market: all that is needed to run it, nothing run yet."""

    config: RunConfig
    backtest: Backtest
    facts: Mapping[str, Any]
    stamps: tuple[str, ...]

    @property
    def market(self) -> Market:
        """Return the market the study runs on."""
        return self.backtest.market

    @property
    def identity(self) -> str:
        """Return the digest of everything that could change a number of this study's run."""
        config = self.config
        files = {**config.rule_modules, **config.companions}
        # What a data set says of itself stands beside every figure, so that it belongs to what made the run.
        market = "|".join([self.market.digest, *self.market.stamps])
        return provenance.identity(config.data, market_digest=market, files=files)

    @property
    def reach(self) -> list[Reach]:
        """Return until when each thing reaches that the study uses: the rule, the benchmark, bills and the reports."""
        asked = self.config.rule.requirements() if not isinstance(self.config.rule, BacktraderStrategy) else {}
        named = (*self.config.rule.named_assets(), *_benchmark_assets(self.config), *asked, BILLS, POLICY, TURNS)
        return reach(self.market, named)

    @property
    def id(self) -> str:
        """Return the id of this study's run, where its rule opens no file while it runs."""
        return f"{self.config.name}-{self.identity[:8]}"

    @property
    def unknown(self) -> tuple[str, ...]:
        """Return reasons why what the user's code depends on cannot be known: such a run is never used again."""
        return tuple(dict.fromkeys(reason for source in self.config.sources for reason in source.unknown))


def resolve_config_or_run(ref: str, runs_dir: Path) -> tuple[str, Path | None]:
    """Return the config that a reference means, and the folder of the stored run that it is of, if it is of one.

    A stored run is named by its folder, or below ``runs_dir`` by a prefix of its id.
    """
    try:
        find(ref)
    except ConfigError:
        folder = storage.find(ref, runs_dir)
        if folder is None:
            raise
        return str(folder / storage.CONFIG), folder
    return (str(Path(ref) / storage.CONFIG), Path(ref)) if Path(ref).is_dir() else (ref, None)


def prepare(config: RunConfig, market: Market | None = None) -> PreparedRun:
    """Return a config's study; raises ConfigError, DataError or BacktestError where it cannot be run.

    ``market`` is the one that the config names where the caller has it already; None to load it.
    """
    facts = vintages(config.market) if market is None else {}
    if market is None:
        stated = config.study.data
        market = load_market(config.market, allow_revised=stated.allow_revised, allow_stale=stated.allow_stale)
    strategy = config.strategy()
    stamps = (*strategy.stamps(), *([REVISED] if revised(market) else []), *market.all_stamps)
    if "target_change" in market.series:
        cuts = final_cuts(easing_cycles(market, config.cycles))
        strategy = with_final_cuts(strategy, cuts, stamps=stamps)
    named = _named(config, market)
    start, end = period.resolve(market, config.start, end=config.end, assets=named, places=config.lines)
    try:
        backtest = config.backtest(market, start=start, end=end, strategy=strategy)
    except BacktestError as error:
        raise ConfigError(f"{config.lines[error.key]}: {error}") from error
    for asset in _benchmark_assets(config):
        first = market.sessions[market.spans[asset][0]]
        if first > start:
            where = config.lines["benchmark"]
            raise BacktestError(
                f"{where}: benchmark {asset} begins on {first}, after the run's start {start}; start later"
            )
    stamps = (*stamps, *_delisting(backtest))
    if market.allow_stale and stale_series(market, backtest.sessions):
        stamps = (*stamps, STALE)
    return PreparedRun(config, backtest, facts, stamps)


def _delisting(backtest: Backtest) -> Iterator[str]:
    """Yield what holders of stocks that end are taken to get, where a market has stocks of which some ended in the run.

    With single stocks this is no detail: a screen holds hundreds, and some of them fail.
    """
    fund, end = backtest.market.fundamentals, backtest.bounds[1] - 1
    if fund is None or not any(backtest.market.spans[asset][1] < end for asset in fund.assets):
        return
    yield f"DELISTING: {str(backtest.delisting).upper()}"


def _named(config: RunConfig, market: Market) -> list[str]:
    """Return the assets a config names, and bills; raises ConfigError for one that the market does not have."""
    asked = [("strategy", asset) for asset in config.rule.named_assets()]
    asked += [("benchmark", asset) for asset in _benchmark_assets(config)]
    for key, asset in asked:
        if asset not in market.assets:
            near = nearest(asset, market.assets)
            remedy = f"write {near}" if near else f"it has {join_names(market.assets)}"
            raise ConfigError(
                f"{_place(config, key, asset)}: {asset} is not an asset of market {market.name}; {remedy}"
            )
    if BILLS not in market.assets:
        raise ConfigError(
            f"market {market.name} has no {BILLS}, whose return every Sharpe ratio is in excess of; add it"
        )
    return list(dict.fromkeys([*(asset for _, asset in asked), BILLS]))


def _place(config: RunConfig, key: str, asset: str) -> str:
    """Return the file and line at which a config names an asset below a key."""
    for path, entry in config.origins().items():
        if path.split(".")[0] == key and (entry["value"] == asset or path.split(".")[-1] == asset):
            return str(entry["from"])
    return str(config.file)


def _benchmark_assets(config: RunConfig) -> tuple[str, ...]:
    """Return the assets the benchmarks hold, of those that are an asset or a mix."""
    first = [] if config.benchmark_config is not None else [config.benchmark]
    return tuple(
        asset
        for holding in (*first, *config.other_benchmarks)
        for asset in ((holding,) if isinstance(holding, str) else holding)
    )


@dataclass(frozen=True, eq=False)
class StoredRun:
    """A run and where it is kept; ``folder`` is None for one that was run without keeping it."""

    run: Run
    folder: Path | None
    reused: bool

    @property
    def kept_in(self) -> Path:
        """Return the folder; raises RunError where the run is in none."""
        if self.folder is None:
            raise RunError(f"{self.run.id} is kept in no folder; run it with a store, such as store='runs'")
        return self.folder

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON document of the run, as CLI.md gives it."""
        summary, folder = dict(self.run.summary), self.folder
        first = {"id": summary.pop("id"), "name": summary.pop("name")}
        sheet = None if folder is None else folder / storage.TEARSHEET
        return (
            first
            | {"directory": None if folder is None else folder.as_posix()}
            | summary
            | {"tearsheet": sheet.as_posix() if sheet is not None and sheet.is_file() else None}
        )


def run(
    config: RunConfig, *, runs_dir: Path | None, tearsheet: bool, notify: Notify, study: PreparedRun | None = None
) -> StoredRun:
    """Run a config and keep the run below ``runs_dir``, or use the stored run that is identical in every input.

    ``runs_dir`` is None to keep nothing. ``notify`` is told, in a sentence, whatever is worth knowing on the way.
    ``study`` is the config brought together with its market where the caller has that already.
    """
    for note in config.notes:
        notify(note)
    study = prepare(config) if study is None else study
    if runs_dir is None:
        done = execute(study)
        _say_notes(done, notify)
        return StoredRun(done, None, reused=False)
    found = kept(study, runs_dir, tearsheet=tearsheet, notify=notify)
    if found is not None:
        return found
    done = execute(study)
    _say_notes(done, notify)
    folder = storage.save(done, runs_dir, tearsheet=render(done, study.market) if tearsheet else None)
    return StoredRun(done, folder, reused=False)


def kept(study: PreparedRun, runs_dir: Path, *, tearsheet: bool, notify: Notify) -> StoredRun | None:
    """Return the stored run that is identical to a study's in every input, or None where there is none."""
    stored = _stored(study, runs_dir, notify)
    if stored is None:
        return None
    folder = runs_dir / stored.id
    notify(f"{stored.id}: stored run used again; config, data, code and library versions are the same")
    if tearsheet and not (folder / storage.TEARSHEET).is_file():
        storage.add_tearsheet(folder, render(stored, study.market))
    return StoredRun(stored, folder, reused=True)


def _say_notes(done: Run, notify: Notify) -> None:
    notes = done.ledger.notes
    for note in notes[:MOST_NOTES]:
        notify(f"{done.id}: {note}")
    if len(notes) > MOST_NOTES:
        notify(f"{done.id}: {len(notes) - MOST_NOTES} more notes are in its tearsheet and in {storage.PROVENANCE}")
    if done.summary["audit"]["verdict"] == "fail":
        notify(f"{done.id}: audit: {done.summary['audit']['text']}; see: fedcycle audit")


def execute(study: PreparedRun) -> Run:
    """Run a study's backtest on the engine its config names, and judge it."""
    _ = study.market.digest  # taken before a rule can reach the market
    opened = Opened()
    with watching(study, opened):
        ledger = time_weighted(
            account_from(engine(study.config.execution.engine), study.backtest).used(), currency=study.market.currency
        )
        audited = audit.quick(study.backtest, study.stamps)
        benchmark, stamps = benchmark_of(study, ledger.first_fill)
    benchmark = settled(benchmark, ledger)
    failed = (audit.STAMP,) if audited["verdict"] == "fail" else ()
    stamps = tuple(dict.fromkeys([*study.stamps, *stamps, *failed]))
    inputs = run_inputs.of(study.config.sources, opened, kept=study.config.companions)
    ledger = replace(ledger, notes=(*ledger.notes, *inputs.notes))
    identity = inputs.identity(study.identity)
    run_id = f"{study.config.name}-{identity[:8]}"
    return Run(
        id=run_id,
        name=study.config.name,
        config=study.config.data,
        ledger=ledger,
        benchmark=benchmark.name,
        benchmark_value=benchmark.value,
        summary={"id": run_id}
        | _summary(study, ledger, benchmark=benchmark, stamps=stamps)
        | {"audit": audited, "account": account_of(ledger)},
        provenance=_provenance(study, ledger) | {"identity": identity} | inputs.document(study.identity),
        stamps=stamps,
        files={storage.CONFIG: study.config.dump().encode(), **study.config.companions, **inputs.files},
    )


def failed_audit(study: PreparedRun) -> str | None:
    """Return how a user's rule fails the audit of a few decisions, or None; the library's have tests for it."""
    if audit.is_ours(study.backtest.strategy):
        return None
    with watching(study, Opened()):
        audited = audit.quick(study.backtest, study.stamps)
    return str(audited["text"]) if audited["verdict"] == "fail" else None


@contextmanager
def watching(study: PreparedRun, opened: Opened) -> Iterator[None]:
    """Note what the user's code of a study opens while it runs; its modules are the ones that were hashed."""
    sources = study.config.sources
    with LOCK:
        for source in sources:
            activate(source.code)
    if not sources:
        yield
        return
    with watched([file for source in sources for file in source.watched], opened):
        yield


@stdout_to_stderr
def asked_once(study: PreparedRun) -> run_inputs.RunInputs:
    """Return what a rule opens at its first decision: what a sweep, which runs it in other processes, goes by."""
    opened = Opened()
    if study.config.sources and isinstance(study.backtest.strategy, BacktraderStrategy):
        with watching(study, opened), contextlib.suppress(Exception):
            engine("backtrader")(study.backtest)  # it is asked for nothing: only a run shows what it opens
    elif study.config.sources:
        with watching(study, opened), contextlib.suppress(Exception):  # whoever runs it is told what it raises
            ask_strategy(study.backtest.strategy, study.market.view(study.backtest.bounds[0]), study.backtest.limits)
    return run_inputs.of(study.config.sources, opened, kept=study.config.companions)


def render(done: Run, market: Market) -> str:
    """Return the tearsheet of a run as one HTML page."""
    from fedcycle.backtests.tearsheet import page  # Jinja is only needed here

    return page.render(done, market)


def engine(name: str) -> Callable[[Backtest], Ledger]:
    """Return the engine of that name; importing backtrader only for the one that needs it."""
    if name == "vectorised":
        from fedcycle.backtests.engines import vectorised

        return vectorised.run
    from fedcycle.backtests.engines import backtrader

    return backtrader.run


def _stored(study: PreparedRun, runs_dir: Path, notify: Notify) -> Run | None:
    """Return the stored run of a study if it is whole, of the same identity, and nothing it read has changed."""
    if study.unknown:
        notify(f"{study.id}: no stored run is used again, since {'; '.join(study.unknown[:3])}")
        return None
    folder = _folder(study, runs_dir, notify)
    if folder is None or not folder.exists():
        return None
    try:
        stored = storage.load(folder)
    except RunError as error:
        notify(f"{error}; running it again")
        return None
    if stored.provenance.get("unknown"):
        notify(
            f"{stored.id}: the stored run is not used again, since its rule {'; '.join(stored.provenance['unknown'])}"
        )
        return None
    if stored.provenance.get("base", stored.provenance["identity"]) != study.identity:
        raise RunError(f"{folder} is a run of other inputs whose id is the same by chance; choose another name")
    return stored


def _folder(study: PreparedRun, runs_dir: Path, notify: Notify) -> Path | None:
    """Return the folder of the run that a study's would be: one whose rule opened files only if these are the same."""
    plain = runs_dir / study.id
    if not study.config.sources or plain.exists():
        return plain
    found: list[tuple[str, list[str]]] = []
    for folder in storage.listing(runs_dir):
        if folder.name.startswith(f"{study.config.name}-"):
            opened = run_inputs.opened_by(folder, study.identity)
            if opened is not None:
                other = run_inputs.changed(opened, study.config.sources)
                if not other:
                    return folder
                found.append((folder.name, other))
    for name, other in found[-1:]:
        notify(f"{name}: the stored run is not used again: {', '.join(other)} changed since")
    return None


def benchmark_name(config: RunConfig) -> str:
    """Return what the benchmark of a config is called."""
    return name_of(config.benchmark) if config.benchmark_config is None else config.benchmark_config.name


def benchmark_of(study: PreparedRun, first_fill: int | None) -> tuple[Benchmark, tuple[str, ...]]:
    """Return the benchmark over the run's sessions, and the stamps it brings with it.

    ``first_fill`` is the session of the run's first fill: the benchmark decides when the run did and fills with it.
    """
    test, config = study.backtest, study.config
    name = benchmark_name(config)
    if config.benchmark_config is None:
        return _held(test, config.benchmark, first_fill), ()
    same_data = config.benchmark_config.market == config.market
    other = prepare(config.benchmark_config, study.market if same_data else None)
    if other.market.digest != study.market.digest:
        names = f"{other.market.name}, the run on {study.market.name}"
        raise BacktestError(f"benchmark {name} runs on other market data ({names}); give both configs the same data")
    own = other.backtest
    account = benchmark_account(
        test, own.strategy, first_fill=first_fill, schedule=own.schedule, account=own.account,
        engine=engine(config.execution.engine),
    )  # fmt: skip
    return Benchmark(name, benchmark_value(test, account), account), other.stamps


def benchmark_values(study: PreparedRun, first_fill: int | None) -> tuple[Float64, tuple[str, ...]]:
    """Return the value, (T,) US dollars at each close of the run, and the stamps of ``benchmark_of``."""
    held, value = study.config.benchmark, None
    if study.config.benchmark_config is None and isinstance(held, str) and first_fill is not None:
        value = value_of_asset(study.backtest, held, first_fill)
    if value is not None:
        return value, ()
    benchmark, stamps = benchmark_of(study, first_fill)
    return benchmark.value, stamps


def _held(test: Backtest, holding: str | Mapping[str, float], first_fill: int | None) -> Benchmark:
    """Return the benchmark that holds an asset or a mix."""
    weights = {holding: 1.0} if isinstance(holding, str) else holding
    rule: Any = library.load("FixedMix")
    account = benchmark_account(test, rule(weights=weights), first_fill=first_fill)
    return Benchmark(name_of(holding), benchmark_value(test, account), account)


def _summary(study: PreparedRun, ledger: Ledger, *, benchmark: Benchmark, stamps: tuple[str, ...]) -> dict[str, Any]:
    market, sessions, first = study.market, ledger.sessions, ledger.first_fill
    held = study.config.other_benchmarks
    others = [settled(_held(study.backtest, holding, first), ledger) for holding in held]
    return {
        "name": study.config.name,
        "question": study.config.question,
        "engine": study.config.execution.engine,
        "hindsight": "HINDSIGHT" in stamps,
        "stamps": list(stamps),
        "market": {
            "digest": market.digest,
            "name": market.name,
            "currency": market.currency,
            "frequency": market.frequency,
        },
        "data": study.reach,
        "period": {
            "start": str(sessions[0]),
            "end": str(sessions[-1]),
            "sessions": len(sessions),
            "first_fill": None if first is None else str(sessions[first]),
            "sessions_before_first_fill": len(sessions) if first is None else first,
        },
    } | evaluate(study.backtest, ledger, benchmark, others=others, cycles=study.config.cycles)


def _provenance(study: PreparedRun, ledger: Ledger) -> dict[str, Any]:
    config = study.config
    return {
        "identity": study.identity,
        "command": f"fedcycle run {storage.CONFIG}",
        "config": config.data,
        "market": {"digest": study.market.digest, "name": study.market.name, **study.facts},
        "data": reach_sentence(study.reach),
        "code": provenance.code_digest(),
        "versions": provenance.versions(),
        "inference": inference.SETTINGS.plain(),
        "companions": list(config.companions),
        "notes": list(ledger.notes),
    }
