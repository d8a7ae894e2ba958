"""Provenance: what the run was made from, and the command that makes it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fedcycle.backtests.core.format import DASH, counted, figure, listing, money, sentence, spoken
from fedcycle.backtests.runs.storage import CONFIG, Run
from fedcycle.backtests.tearsheet.markup import fragment
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.market import Market

TITLE = "Provenance"
PLACE = 210
SHORT = 19
"""Characters of a digest that a sentence shows: ``sha256:`` and twelve digits."""


def section(run: Run, market: Market) -> Section:
    """Return the digests, versions, config and command behind the run."""
    told = {key: value for key, value in run.provenance.items() if key not in {"command", "config", "files", "notes"}}
    groups = _groups({"id": run.id, "market": {"name": market.name, "digest": _digest(run, market)}, **told}, "run")
    html = fragment(
        "provenance.html",
        groups=groups,
        command=_command(run),
        config=_config(run),
        notes=run.ledger.notes,
        stamps=run.stamps,
    )
    return Section(TITLE, _finding(run, market), html)


def _finding(run: Run, market: Market) -> str:
    engine = run.summary.get("engine") or DASH
    decisions = f"{counted(len(run.ledger.decided_on), 'decision')} and {counted(len(run.ledger.trades), 'fill')}"
    capital = figure(run.config, "execution", "capital")
    amount = "" if capital is None else f" of {money(capital, run.currency)}"
    made = f"made by the {engine} engine from market {market.name} ({_digest(run, market)[:SHORT]}…)"
    return sentence(f"This account{amount} with {decisions} was {made}; the same inputs make the same bytes")


def _digest(run: Run, market: Market) -> str:
    told = run.summary.get("market")
    digest = told.get("digest") if isinstance(told, Mapping) else None
    return str(digest or market.digest)


def _command(run: Run) -> str:
    command = run.provenance.get("command")
    return " ".join(map(str, command)) if isinstance(command, (list, tuple)) else str(command or "")


def _config(run: Run) -> str:
    """Return the config as it was stored; JSON, which is YAML too, where it was not."""
    stored = run.files.get(CONFIG)
    return stored.decode("utf-8") if stored is not None else json.dumps(run.config, indent=2, default=str)


def _groups(values: Mapping[str, Any], name: str) -> list[tuple[str, dict[str, str]]]:
    """Return nested plain data as titled groups of facts: a mapping's own values first, then a group for each in it."""
    inner = {key: value for key, value in values.items() if isinstance(value, Mapping) and value}
    own = {str(key): _text(value) for key, value in values.items() if key not in inner}
    found = [(spoken(name), own)] if own else []
    for key, value in inner.items():
        found += _groups(value, str(key) if name == "run" else f"{name}: {key}")
    return found


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return listing([str(item) for item in value]) if value else DASH
    return DASH if value in (None, "", {}) else str(value)
