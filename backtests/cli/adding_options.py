"""What data add is told: its options, and what they come to."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fedcycle.backtests.cli.data_ingest import DAY, MARKET, resolve_dataset
from fedcycle.backtests.cli.delisting import HELP, delisting_returns
from fedcycle.backtests.cli.outputs import OutFolder
from fedcycle.data.errors import listing

if TYPE_CHECKING:
    from fedcycle.data.sources.files import Recognised
    from fedcycle.data.sources.raw import RawFile
    from fedcycle.data.user.own_series import OwnSeries
    from fedcycle.data.user.policy_changes import Policy
    from fedcycle.data.user.user_data import Added, Said

Command = TypeVar("Command", bound=Callable[..., Any])

EVERY = "*"
"""What an option without a value names: every file."""


def _named(option: str, help_: str) -> Callable[[Command], Command]:
    """Return an option that may stand alone or name a file or an asset, several times."""
    return click.option(option, multiple=True, is_flag=False, flag_value=EVERY, metavar="[FILE|NAME]", help=help_)


def _each(option: str, metavar: str, help_: str) -> Callable[[Command], Command]:
    """Return an option for every file, or for one as ``FILE=VALUE``."""
    return click.option(option, multiple=True, metavar=f"[FILE=]{metavar}", help=help_)


OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--yahoo", "tickers", multiple=True, metavar="TICKER", help="A fund's prices by yfinance, an extra."),
    _each("--name", "NAME", "Name of the asset of a file that holds one."),
    click.option("--out", type=OutFolder(), help="Folder of the data set; else market-NAME."),
    click.option("--to", type=click.Path(path_type=Path), metavar="FOLDER", help="Add to this data set, in its place."),
    click.option("--market", default="bundle", show_default=True, help=f"Whose series and bills: {MARKET}"),
    _named("--total-return", "Dividends are in these prices already."),
    _named("--price-return", "Go without dividends; every page of a run says so."),
    _named("--as-traded", "Closes are without the dividends of their column, where the data cannot tell."),
    click.option("--dividends", multiple=True, metavar="[NAME=]FILE", help="Dividends of an asset: date and amount."),
    click.option(
        "--split",
        "splits",
        multiple=True,
        metavar="[NAME:]DATE=RATIO",
        help="A split left in the prices, new shares for one old; 1 where there was none.",
    ),
    _each("--date-format", "FORMAT", "day-first, month-first, excel (day numbers), or a pattern such as %d.%m.%y."),
    _each("--decimal", "point|comma", "How numbers are written, where the file cannot tell."),
    _each("--timezone", "ZONE", "Whose days are meant by times, such as Europe/London."),
    _each("--sheet", "SHEET", "Sheet of a workbook."),
    _each("--returns", "fraction|percent", "The columns are simple returns, not levels."),
    _named("--wide", "Every column but the date is an asset, whatever it is called."),
    _each("--dated", "start|end", "Whether weekly or monthly rows are dated by their period's first day or its end."),
    click.option(
        "--before",
        multiple=True,
        metavar="PORTFOLIO=FUND",
        help="Carry FUND back by a portfolio of the base market, as small=IWM: scaled at the join, stamped.",
    ),
    click.option(
        "--calendar", metavar="CODE", help="Sessions of another exchange, such as XLON; needs fedcycle[calendars]."
    ),
    click.option(
        "--currency", metavar="CODE", help="Currency of the prices, such as EUR; every page of a run names it."
    ),
    click.option("--portfolios", is_flag=True, help="Keep that market's other assets, and do without opens."),
    click.option(
        "--max-gap",
        type=click.IntRange(0, 250),
        default=5,
        show_default=True,
        help="Sessions a file may lack in a row.",
    ),
    click.option(
        "--gaps",
        type=click.Choice(["leave-out", "keep"]),
        default="leave-out",
        show_default=True,
        help="Sessions a file lacks: left out for every asset, or kept, the asset without a price.",
    ),
    click.option(
        "--delisting",
        multiple=True,
        metavar="NAME=RETURN",
        help=f"{HELP}.",
    ),
    click.option(
        "--role",
        "roles",
        multiple=True,
        metavar="ROLE=ASSET",
        help="Which asset plays a role in studies, as small=IWM.",
    ),
    click.option(
        "--policy",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Your own announcements of a central bank: announced, rate (after it, percent), change_bp.",
    ),
    click.option("--policy-complete-to", type=DAY, metavar="DATE", help="Day up to which that file lacks no change."),
    click.option("--bank", default="", help="Name of the bank, where it is not the Fed; it takes the Fed's place."),
    click.option(
        "--series",
        multiple=True,
        metavar="NAME=FILE,UNIT[,DAYS]",
        help="A series of your own: date and value; UNIT percent, bp, index, fraction or score; known DAYS later.",
    ),
    click.option(
        "--recessions",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Your own turning points in the place of NBER's: event (peak or trough), month, announced.",
    ),
    click.option("--recessions-complete-to", type=DAY, metavar="DATE", help="Day up to which that file lacks none."),
    click.option("--dry-run", is_flag=True, help="Show what is recognised and what would be made; write nothing."),
)
"""The options of data add, in the order of its help."""


def add_options(command: Command) -> Command:
    """Return a command with the options of data add."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def read_files(files: Sequence[Path], options: dict[str, Any]) -> list[Recognised]:
    """Return the files and funds that a command names, recognised."""
    files = [*files, *_files_in_options(options, files)]
    if not files and not options["tickers"]:
        raise click.UsageError("name a FILE, or a fund with --yahoo TICKER")
    return _read(files, options)


def planned(read: Sequence[Recognised], options: dict[str, Any], data_dir: Path) -> Added:
    """Return the data set that the options make of some files, nothing written."""
    from fedcycle.data import manifest
    from fedcycle.data.user import own_series, policy_changes, user_data

    to, out = options["to"], options["out"]
    if to is not None and out is not None:
        raise click.UsageError("--to adds to a data set in its place and --out makes another; give one of them")
    out = to or out or Path(f"market-{read[0].bars[0].name}")
    more = _own_facts(options)
    roles = pairs("role", options["roles"], "ROLE=ASSET, such as small=IWM")
    read = [_with_dividends(file, options["dividends"], read) for file in read]
    done = user_data.plan(
        read,
        base=resolve_dataset(str(to or options["market"]), data_dir),
        out=out,
        said=_said(read, options),
        portfolios=None if to is not None else options["portfolios"],
        largest_gap=options["max_gap"],
        keep_gaps=options["gaps"] == "keep",
    )
    files, notes = policy_changes.put(done.files, own=more.policy, roles=roles, where=out)
    files = own_series.put(files, more.series, recessions=more.recessions, complete_to=more.complete_to)
    stamps = manifest.parsed(files[manifest.MANIFEST], out / manifest.MANIFEST).stamps
    empty = [f"{s.name}: {s.empty} rows of {s.file} without a value left out" for s in more.series if s.empty]
    return dataclasses.replace(done, files=files, stamps=stamps, notes=(*done.notes, *notes, *empty))


@dataclasses.dataclass(frozen=True)
class _OwnFacts:
    """What a user brings beside prices: announcements of a bank, series, turning points of the business cycle."""

    policy: Policy | None
    series: tuple[OwnSeries, ...]
    recessions: RawFile | None
    complete_to: dt.date | None


def _own_facts(options: dict[str, Any]) -> _OwnFacts:
    """Return what the options name beside prices, read and checked."""
    from fedcycle.data.user import own_series, policy_changes

    policy, series = None, []
    if options["policy"] is not None:
        policy = policy_changes.policy(
            _raw(options["policy"]),
            complete_to=_date(options["policy_complete_to"]),
            bank=options["bank"],
            currency=options["currency"] or "",
        )
    for each in options["series"]:
        name, equals, rest = each.partition("=")
        file, *stated = rest.rsplit(",", 2) if rest.rpartition(",")[2].strip().isdigit() else rest.rsplit(",", 1)
        if not (equals and name and file and stated):
            raise click.UsageError(f"--series is {each!r}; write NAME=FILE,UNIT,DAYS, such as DGS10=bund.csv,percent,1")
        lag = int(stated[1]) if len(stated) > 1 else None
        series.append(own_series.own_series(_raw(Path(file)), name, unit=stated[0].strip(), lag=lag))
    turns = options["recessions"]
    ends = _date(options["recessions_complete_to"])
    return _OwnFacts(policy, tuple(series), None if turns is None else _raw(turns), ends)


def _raw(path: Path) -> RawFile:
    from fedcycle.data.errors import DataError
    from fedcycle.data.sources.raw import RawFile

    try:
        return RawFile(str(path), path.read_bytes(), "correct the file")
    except OSError as err:
        raise DataError(f"{path} cannot be read ({err.strerror}); name a file that is there") from None


def _date(day: dt.datetime | None) -> dt.date | None:
    return None if day is None else day.date()


def pairs(option: str, stated: Sequence[str], form: str) -> dict[str, str]:
    """Return what an option says as ``A=B``, A -> B."""
    pairs = [each.split("=") for each in stated]
    if any(len(pair) != 2 or not all(pair) for pair in pairs):
        raise click.UsageError(f"--{option} is written {form}")
    return {pair[0]: pair[1] for pair in pairs}


def _files_in_options(options: dict[str, Any], files: Sequence[Path]) -> list[Path]:
    """Return files that are named by an option alone, as in ``--total-return wide.csv other.csv``."""
    said = [v for key in ("total_return", "price_return", "as_traded", "wide") for v in options[key] if v != EVERY]
    return list(dict.fromkeys(Path(v) for v in said if Path(v).is_file() and Path(v) not in files))


def _of_file(values: Iterable[str], file: Path | str, files: Sequence[Path]) -> str | None:
    """Return what an option says of a file: ``FILE=VALUE`` before a VALUE for all."""
    found = None
    for value in values:
        before, equals, after = value.partition("=")
        if equals and any(before in (str(f), f.name) for f in files):
            if before in (str(file), Path(file).name):
                return after
        else:
            found = value
    return found


def _read(files: Sequence[Path], options: dict[str, Any]) -> list[Recognised]:
    """Return the files and funds, recognised."""
    from fedcycle.data.catalog import BASE_DAY
    from fedcycle.data.sources import files as sources
    from fedcycle.data.sources.yahoo import prices

    allowed = {"decimal": ("point", "comma"), "returns": ("fraction", "percent")}
    read = []
    for file in files:
        said = {
            key: _of_file(options[key], file, files)
            for key in ("name", "date_format", "decimal", "timezone", "sheet", "returns")
        }
        for key, choices in allowed.items():
            if said[key] is not None and said[key] not in choices:
                raise click.UsageError(f"--{key} is {said[key]!r}; write {listing(choices, 'or')}")
        several = len(files) + len(options["tickers"]) > 1
        if said["name"] is not None and several and any("=" not in each for each in options["name"]):
            raise click.UsageError("--name is for one FILE with one asset; with several write --name FILE=NAME")
        wide = any(v == EVERY or v in (str(file), file.name) for v in options["wide"])
        read.append(sources.read(file, name=said["name"], how=sources.Reading(**said, wide=wide)))  # type: ignore[arg-type]
    for ticker in options["tickers"]:
        name = options["name"][0] if options["name"] and not files else ticker
        read.append(sources.recognised(prices(ticker, start=BASE_DAY), name=name))
    return read


def _said(read: Sequence[Recognised], options: dict[str, Any]) -> Said:
    """Return what the options say of the assets."""
    from fedcycle.data.sources.total_return import Claim
    from fedcycle.data.user.user_data import Said

    assets = {file.raw.name: [b.name for b in file.bars] for file in read}
    every = [name for names in assets.values() for name in names]
    claims: dict[str, Claim] = {}
    for key, claim in (("total_return", Claim.TOTAL), ("price_return", Claim.PRICE), ("as_traded", Claim.TRADED)):
        for value in options[key]:
            if value == EVERY and claim is not Claim.TOTAL:
                names = every
            elif value == EVERY:
                continue
            else:
                names = [n for f, own in assets.items() for n in own if _means(value, f, n)]
            if value != EVERY and not names:
                flag = "--" + key.replace("_", "-")
                raise click.UsageError(f"{flag} names {value!r}, which is no file or asset here: {', '.join(every)}")
            claims |= dict.fromkeys(names, claim)
    splits, delisting = _splits(options["splits"], every), delisting_returns(options["delisting"])
    dated = {_of_file(options["dated"], f.raw.name, [Path(each.raw.name) for each in read]) for f in read}
    if dated - {None, "start", "end"}:
        raise click.UsageError(f"--dated is {', '.join(options['dated'])}; write start or end")
    return Said(
        claims,
        EVERY in options["total_return"],
        splits,
        delisting,
        options["currency"],
        calendar=options["calendar"],
        dated_start="start" in dated,
        before={fund: portfolio for portfolio, fund in _before(options["before"])},
    )


def _before(stated: Sequence[str]) -> Iterable[tuple[str, str]]:
    return pairs("before", stated, "PORTFOLIO=FUND, such as small=IWM").items()


def _means(value: str, file: str, asset: str) -> bool:
    """Return whether an option's value names an asset, or the file it is in."""
    return value in (file, Path(file).name, asset) or file.startswith(f"{value}(")


def _splits(stated: Sequence[str], every: Sequence[str]) -> dict[str, dict[Any, float]]:
    import numpy as np

    found: dict[str, dict[Any, float]] = {}
    for each in stated:
        left, _, ratio = each.rpartition("=")
        name, colon, day = left.rpartition(":")
        if not colon and len(every) > 1:
            raise click.UsageError(f"--split is {each!r}; with several assets write NAME:DATE=RATIO")
        try:
            value, when = float(ratio), np.datetime64(day, "D")
        except ValueError:
            raise click.UsageError(f"--split is {each!r}; write [NAME:]DATE=RATIO, such as 2024-06-10=10") from None
        if not 0.001 <= value <= 1000:
            raise click.UsageError(f"--split is {each!r}; its ratio is new shares for one old, 0.001 to 1000")
        found.setdefault(name or every[0], {})[when] = value
    return found


def _with_dividends(file: Recognised, stated: Sequence[str], read: Sequence[Recognised]) -> Recognised:
    """Return a file whose assets have the dividends that other files give them."""
    from fedcycle.data.sources.dividends import dividends
    from fedcycle.data.sources.total_return import with_dividends

    every = [b.name for f in read for b in f.bars]
    bars = {b.name: b for b in file.bars}
    for each in stated:
        name, equals, path = each.partition("=")
        if not equals:
            name, path = every[0], each
            if len(every) > 1:
                raise click.UsageError(f"--dividends is {each!r}; with several assets write NAME=FILE")
        if name not in every:
            raise click.UsageError(f"--dividends names {name!r}, which is no asset here: {', '.join(every)}")
        if name in bars:
            bars[name] = with_dividends(bars[name], dividends(Path(path)))
    return dataclasses.replace(file, bars=tuple(bars.values()))
