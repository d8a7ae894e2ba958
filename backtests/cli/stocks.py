"""What a screen found of one stock, in the terminal: sentences to be read aloud, each with the filing it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from fedcycle.backtests.cli.console import say
from fedcycle.backtests.core.format import listing, stamped

WIDEST = 100
"""Columns of a line at most: longer ones are hard to read."""
_VERDICT = {True: "passes", False: "fails", None: "off"}


def print_stock(document: dict[str, Any]) -> None:
    """Print what each screen says of a stock: whether it is held, each part, and the filings."""
    stamp = stamped("", document["stamps"])
    for screen in document["screens"]:
        _say(f"{document['ticker']}{stamp} at the close of {document['session']}, {screen['rule']}: {_held(screen)}")
        click.echo()
        for part in screen["parts"]:
            _say(_part(part), indent=2)
        click.echo()
        _say("These rest on:")
        for line in _filings(screen):
            _say(line, indent=2)


def _held(screen: dict[str, Any]) -> str:
    """Return whether a stock is held, and by which parts it is or is not, in words."""
    judged = [part for part in screen["parts"] if part["passed"] is not None]
    failed = [_short(part["name"]) for part in judged if not part["passed"]]
    if screen["held"] and failed:
        return f"held within the buffer, though it could not enter now by {listing(failed)}."
    if screen["held"]:
        return f"held, as it passes all {len(judged)} parts that are on."
    return f"not held, as it fails {len(failed)} of the {len(judged)} parts that are on: {', '.join(failed)}."


def _short(name: str) -> str:
    return name.split(",")[0].split(":")[0]


def _part(part: dict[str, Any]) -> str:
    """Return one part as a sentence, such as ``price: 60.22 USD a share, wanted at least 1: passes``."""
    said = [_value(part)] if part["value"] is not None or not part["name"].startswith("sector ") else []
    if part["rank"] is not None:
        said.append(_rank(part))
    if part["missing"]:
        said.append(f"without {', '.join(item.replace('_', ' ') for item in part['missing'])}")
    if part["wanted"] and part["passed"] is not None:
        said.append(f"wanted {part['wanted']}")
    judged = "" if part["passed"] is None and not part["wanted"] else f": {_VERDICT[part['passed']]}"
    return f"{part['name']}: {', '.join(said)}{judged}." if said else f"{part['name']}{judged}."


def _value(part: dict[str, Any]) -> str:
    if part["value"] is None:
        return "missing"
    if part["unit"] == "fraction":
        return f"{100 * part['value']:.1f}%"
    if part["unit"] == "multiple":
        return f"{part['value']:.2f} times"
    if part["unit"] == "mean rank":
        return f"mean rank {part['value']:.2f} within the sector (0 best, 1 worst)"
    return f"{_number(part['value'])} {part['unit']}"


def _rank(part: dict[str, Any]) -> str:
    """Return a rank in words: by market value a place, else how far from the best."""
    rank = part["rank"]
    if rank > 1:
        return f"rank {rank:,.0f} of 3,000"
    return f"{100 * rank:.0f}% from the best of {'the size' if part['unit'] == 'mean rank' else 'its sector'}"


def _filings(screen: dict[str, Any]) -> Iterator[str]:
    """Yield each fact once, those of one filing together."""
    filings: dict[tuple[str, ...], dict[str, str]] = {}
    for part in screen["parts"]:
        for fact in part["facts"]:
            filing = tuple(str(fact[key]) for key in ("form", "filed", "known_on", "source", "end"))
            said = "no four quarters" if fact["value"] is None else _number(fact["value"])
            filings.setdefault(filing, {})[fact["item"]] = f"{fact['item'].replace('_', ' ')} {said} ({fact['tag']})"
    for (form, filed, known_on, source, end), facts in filings.items():
        form = form or "a filing"
        yield f"{form} filed {filed}, known {known_on}, {source}, to {end}: {', '.join(facts.values())}."


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:,.4g}"


def _say(text: str, *, indent: int = 0) -> None:
    say(" " * indent + text, widest=WIDEST)
