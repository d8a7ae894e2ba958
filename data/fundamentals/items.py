"""The items of companies' accounts, and the tags each is read from. The table is ``items.csv``; users extend it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fedcycle.data.errors import DataError, listing

TABLE = Path(__file__).parent / "items.csv"
FLOW, STOCK = "flow", "stock"
"""A flow is over a period (profit), a stock at its end (debt)."""
UNITS = ("USD", "shares")
NOT_NEGATIVE = ("cash", "debt_current", "debt_long", "depreciation")
POSITIVE = ("assets", "shares")
"""Items of which a negative value, or zero too, is an error of the filing: refused by name."""

_COLUMNS = ("item", "kind", "unit", "order", "tag", "reason")
_NAME = re.compile(r"[a-z][a-z_]{0,39}", re.ASCII)
_TERM = re.compile(r"\s*([+-]?)\s*([A-Za-z][A-Za-z0-9_]*)(\??)", re.ASCII)


@dataclass(frozen=True)
class Term:
    """One tag of an expression: its sign, and whether the expression holds without it."""

    tag: str
    sign: float
    optional: bool


@dataclass(frozen=True)
class Definition:
    """One way to read an item: ``A + B? - C``, tried in order.

    Parameters
    ----------
    item, kind, unit : str
    order : int
        Its place; the lowest that a filing can answer is used.
    terms : the tags
    reason : why it stands where it stands
    """

    item: str
    kind: str
    unit: str
    order: int
    terms: tuple[Term, ...]
    reason: str

    def value(self, reported: Mapping[str, float]) -> tuple[float, str] | None:
        """Return the value and the tags that made it, or None where a tag it needs is not reported.

        Examples
        --------
        >>> d = Definition("debt", STOCK, "USD", 1, terms("A + B? - C?"), "")
        >>> d.value({"A": 5.0, "C": 2.0}), d.value({"B": 1.0})
        ((3.0, 'A-C'), None)
        """
        total, said = 0.0, ""
        for term in self.terms:
            value = reported.get(term.tag)
            if value is None:
                if term.optional:
                    continue
                return None
            total += term.sign * value
            said += ("-" if term.sign < 0 else "+" if said else "") + term.tag
        return total, said


@dataclass(frozen=True)
class Items:
    """All definitions, in the order of the table."""

    definitions: tuple[Definition, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the items, each once, in the order of the table."""
        return tuple(dict.fromkeys(d.item for d in self.definitions))

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """Return item -> ``flow`` or ``stock``."""
        return {d.item: d.kind for d in self.definitions}

    @cached_property
    def units(self) -> Mapping[str, str]:
        """Return item -> ``USD`` or ``shares``."""
        return {d.item: d.unit for d in self.definitions}

    @cached_property
    def tags(self) -> frozenset[str]:
        """Return every tag that some definition reads."""
        return frozenset(term.tag for d in self.definitions for term in d.terms)

    @cached_property
    def by_item(self) -> Mapping[str, tuple[Definition, ...]]:
        """Return item -> its definitions, the first to try first."""
        return {
            name: tuple(sorted((d for d in self.definitions if d.item == name), key=lambda d: d.order))
            for name in self.names
        }


def terms(text: str) -> tuple[Term, ...]:
    """Return the terms of an expression such as ``A + B? - C``; raises ValueError for anything else."""
    found: list[Term] = []
    at = 0
    while at < len(text.rstrip()):
        match = _TERM.match(text, at)
        if match is None or bool(match[1]) != bool(found):
            raise ValueError(f"{text!r:.80} is not tags with + or - between them")
        found.append(Term(match[2], -1.0 if match[1] == "-" else 1.0, match[3] == "?"))
        at = match.end()
    if not found or found[0].optional:
        raise ValueError(f"{text!r:.80} has no tag that must be there first")
    return tuple(found)


def read_items(extra: Path | None = None) -> Items:
    """Return the items of the table, with those of a user's table in the place of, or beside, its own.

    Parameters
    ----------
    extra : CSV with the columns of ``items.csv``; an item in it replaces all rows of that item

    Raises
    ------
    DataError
        With file and line for a row that is not of the table's form.
    """
    own = list(_rows(TABLE))
    if extra is not None:
        theirs = list(_rows(extra))
        replaced = {d.item for d in theirs}
        own = [d for d in own if d.item not in replaced] + theirs
    _check_alike(own, extra or TABLE)
    return Items(tuple(own))


def _rows(path: Path) -> Iterable[Definition]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as err:
        raise DataError(f"{path} cannot be read as a table of items ({err}); write CSV in UTF-8") from None
    for number, row in enumerate(csv.reader(lines), start=1):
        if number == 1:
            if tuple(row) != _COLUMNS:
                raise DataError(f"{path}:1: the columns are {', '.join(row)[:80]}; write {','.join(_COLUMNS)}")
            continue
        try:
            yield _definition(row)
        except ValueError as err:
            raise DataError(f"{path}:{number}: {err}") from None


def _definition(row: list[str]) -> Definition:
    if len(row) != len(_COLUMNS):
        raise ValueError(f"it has {len(row)} cells, not {len(_COLUMNS)}; put a reason with commas in double quotes")
    item, kind, unit, order, tag, reason = (cell.strip() for cell in row)
    if not _NAME.fullmatch(item):
        raise ValueError(f"item is {item!r:.60}; write small letters and _ only")
    if kind not in (FLOW, STOCK):
        raise ValueError(f"kind of {item} is {kind!r:.60}; write {FLOW} (over a period) or {STOCK} (at its end)")
    if unit not in UNITS:
        raise ValueError(f"unit of {item} is {unit!r:.60}; write {listing(UNITS, 'or')}")
    if not order.isdecimal():
        raise ValueError(f"order of {item} is {order!r:.60}; write a whole number, 1 for the tag to try first")
    if not reason:
        raise ValueError(f"{item} from {tag} has no reason; say why the tag stands where it does")
    return Definition(item, kind, unit, int(order), terms(tag), reason)


def _check_alike(definitions: Iterable[Definition], path: Path) -> None:
    seen: dict[str, Definition] = {}
    for d in definitions:
        first = seen.setdefault(d.item, d)
        if (d.kind, d.unit) != (first.kind, first.unit):
            raise DataError(f"{path}: {d.item} is {first.kind} in {first.unit} and {d.kind} in {d.unit}; keep to one")
