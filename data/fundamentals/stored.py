"""Stocks and what was known of their companies, in the files of a data set: written as bytes, read into a Market."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from fedcycle.data import manifest
from fedcycle.data.errors import DamagedData
from fedcycle.data.fundamentals.known import Known
from fedcycle.data.fundamentals.panel import Fundamentals
from fedcycle.data.fundamentals.splits import Split
from fedcycle.data.fundamentals.tables import packed_known, read_known
from fedcycle.data.labels import Labels
from fedcycle.data.market import Market
from fedcycle.data.storage import cache, parquet
from fedcycle.data.typing import Days, Float64

FORMAT = 1


@dataclass(frozen=True, eq=False)
class Stocks:
    """Stocks of a data set.

    Parameters
    ----------
    sessions : (T,) days
    assets, companies, names : N texts; the company as ``steps`` call it, or empty
    level : (T, N) total-return level
    price : (T, N) US dollars, or None for ``level``
    volume : (T, N) shares, or None
    steps : Known
    sectors : names of the sectors
    stamps, notes : of ``Fundamentals``
    delisting : asset -> what its holders got after its last close, a fraction of it
    splits : of ``Fundamentals``
    """

    sessions: Days
    assets: tuple[str, ...]
    companies: tuple[str, ...]
    names: tuple[str, ...]
    level: Float64
    price: Float64 | None
    volume: Float64 | None
    steps: Known
    sectors: tuple[str, ...]
    stamps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    delisting: Mapping[str, float] | None = None
    splits: tuple[Split, ...] = ()


def files_of(stocks: Stocks) -> dict[str, bytes]:
    """Return the files of the stocks, name -> bytes."""
    at, column = _places(stocks.level)
    nothing = np.full(len(at), np.nan)
    table: dict[str, Any] = {
        "asset": Labels(column.astype(np.int32), stocks.assets),
        "session": stocks.sessions[at],
        "level": stocks.level[at, column],
        "price": nothing if stocks.price is None else stocks.price[at, column],
        "volume": nothing if stocks.volume is None else stocks.volume[at, column],
    }
    about = {
        "format": FORMAT,
        "companies": [list(each) for each in zip(stocks.assets, stocks.companies, stocks.names, strict=True)],
        "sectors": list(stocks.sectors),
        "stamps": list(stocks.stamps),
        "notes": list(stocks.notes),
        "delisting": dict(stocks.delisting or {}),
        "splits": [[s.asset, str(s.day), s.factor, str(s.counted_from)] for s in stocks.splits],
    }
    return {
        manifest.STOCKS: parquet.packed(table, manifest.STOCKS),
        manifest.KNOWN: packed_known(stocks.steps),
        manifest.ABOUT: (json.dumps(about, indent=0, allow_nan=False) + "\n").encode(),
    }


def with_stocks(market: Market, folder: Path, content: Mapping[str, bytes]) -> Market:
    """Return a data set's market with its stocks; raises DamagedData where its files do not fit each other."""
    lacking = [name for name in (manifest.KNOWN, manifest.ABOUT) if name not in content]
    if lacking:
        raise DamagedData(f"{folder / lacking[0]} is missing; {manifest.REMEDY}")
    about = _about(folder / manifest.ABOUT, content[manifest.ABOUT])
    assets = tuple(str(ticker) for ticker, _, _ in about["companies"])
    names, sessions, cells = cache.grid(
        content[manifest.STOCKS], lambda: _grids(folder / manifest.STOCKS, content[manifest.STOCKS], assets, market)
    )
    n = len(assets)
    blocks = [name.split(" ")[0] for name in names[::n]] if n else []
    if names != _names(blocks, assets) or not np.array_equal(sessions, market.sessions):
        raise DamagedData(f"{folder / manifest.STOCKS} is of other stocks or sessions; {manifest.REMEDY}")
    parts = {name: cells[:, k * n : (k + 1) * n] for k, name in enumerate(blocks)}
    steps = read_known(content[manifest.KNOWN], str(folder / manifest.KNOWN))
    fund = Fundamentals(
        steps, assets, tuple(str(c) for _, c, _ in about["companies"]), tuple(about["sectors"]),
        parts.get("price"), parts.get("volume"), tuple(about["stamps"]), tuple(about["notes"]),
        _splits(about),
    )  # fmt: skip
    return replace(
        market,
        assets=(*market.assets, *assets),
        prices=np.concatenate([market.prices, parts["level"]], axis=1),
        opens=None,
        fundamentals=fund,
        delisting_returns={**market.delisting_returns, **about["delisting"]},
    )


def _grids(path: Path, content: bytes, assets: tuple[str, ...], market: Market) -> cache.Grid:
    """Return levels, and prices and volumes where there are any, side by side; the names say which blocks there are."""
    table = parquet.read_labelled(content, str(path), labels=("asset",))
    try:
        labels, days = table["asset"], table["session"]
        values = {name: table[name] for name in ("level", "price", "volume")}
    except KeyError as err:
        raise DamagedData(f"{path} has no column {err}; {manifest.REMEDY}") from None
    place = {name: k for k, name in enumerate(assets)}
    strange = [name for name in labels.names if name not in place]
    at = np.searchsorted(market.sessions, days)
    if strange or (len(at) and (at.max() >= len(market.sessions) or (market.sessions[at] != days).any())):
        raise DamagedData(f"{path} has stocks or days that the data set has not; {manifest.REMEDY}")
    column = np.array([place[name] for name in labels.names], dtype=np.int64)[labels.codes]
    blocks = ["level", *(name for name in ("price", "volume") if not np.isnan(values[name]).all())]
    out = np.full((len(market.sessions), len(blocks) * len(assets)), np.nan)
    for k, name in enumerate(blocks):
        out[at, k * len(assets) + column] = values[name]
    return _names(blocks, assets), market.sessions, out


def _names(blocks: Sequence[str], assets: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{block} {asset}" for block in blocks for asset in assets)


def _places(level: Float64) -> tuple[Any, Any]:
    """Return session and column of every cell that is there, stock after stock."""
    column, at = np.nonzero(~np.isnan(level.T))
    return at, column


def _splits(about: Mapping[str, Any]) -> tuple[Split, ...]:
    """Return the splits of a data set; one made before there were any has none."""
    return tuple(
        Split(str(asset), np.datetime64(day, "D"), float(factor), np.datetime64(counted_from, "D"))
        for asset, day, factor, counted_from in about.get("splits", ())
    )


def _about(path: Path, content: bytes) -> dict[str, Any]:
    try:
        about = json.loads(content)
        if about["format"] != FORMAT or not all(len(each) == 3 for each in about["companies"]):
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DamagedData(f"{path} is damaged; {manifest.REMEDY}") from None
    return dict(about)
