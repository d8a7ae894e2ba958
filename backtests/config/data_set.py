"""Which data set a config's ``data.market`` means."""

from __future__ import annotations

from pathlib import Path

from fedcycle.backtests.config import layering
from fedcycle.backtests.config.yaml_reader import Node, shown
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.data.building import vintages
from fedcycle.data.errors import DataError
from fedcycle.data.suggest import nearest

STORE = "store"
MARKETS = ("bundle", "long", STORE, "synthetic-stocks")


def data_set(stated: str, node: Node, store: Path | None) -> str | Path:
    """Return a market's name or a folder; raises ConfigError for any other name.

    ``store`` is returned where nobody said where that is, ``bundle`` and ``synthetic-stocks`` always.

    Parameters
    ----------
    stated : as the config writes it
    node : where it does
    store : the data folder whose newest vintage ``store`` means, or None
    """
    if stated == STORE and store is not None:
        try:
            return vintages.folder(store)
        except DataError as error:
            raise ConfigError(f"{node.place}: data.market is store, but {error}") from error
    if stated in MARKETS:
        return stated
    folder = node.source.directory / stated
    if folder.is_dir():
        return layering.absolute(folder)
    near = nearest(stated, MARKETS)
    remedy = (
        f"write {near}" if near else "write bundle, long, store, synthetic-stocks or a folder with a built data set"
    )
    raise ConfigError(
        f"{node.place}: data.market is {shown(stated)}, but there is no folder {layering.relative(folder)}; {remedy}"
    )
