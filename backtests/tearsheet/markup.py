"""HTML fragments: tables, charts and templates, everything a user wrote escaped. The ONLY file with Jinja."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from fedcycle.backtests.tearsheet.definitions import Term, definition_of
from fedcycle.data.storage import cache as storage_cache

HERE = Path(__file__).parent
DASHES = {"dash": "6 4", "dot": "2 3", "dashdot": "8 3 2 3", "longdash": "10 4", "longdashdot": "10 3 2 3"}
"""Name of a dash -> strokes and gaps of it in a legend and in a picture."""
PATTERNS = {"/": "rising", "\\": "falling", "x": "crossed", "-": "lying", "|": "upright", "+": "squared", ".": "dotted"}
"""Sign of a fill's pattern -> its class in a legend."""
DAY = re.compile(r"\b\d{4}-\d{2}(?:-\d{2})?\b")


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    heading : what it shows, with its unit
    kind : ``text``, ``number`` (right-aligned), ``signed`` (right-aligned, tinted by its sign) or ``note`` (small)
    """

    heading: str
    kind: str = "number"

    @property
    def tip(self) -> str:
        """Return the definition of what the heading names; empty for names and dates."""
        return self.heading.tip if isinstance(self.heading, Term) else definition_of(self.heading)


class _Compiled(BytecodeCache):
    """Compiled templates in the cache of tables, sealed as they are: compiling takes a tenth of a page's time."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket with what was compiled before of the same text by the same version of Jinja."""
        found = storage_cache.kept(self._name(bucket))
        if found is not None:
            bucket.bytecode_from_string(found)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        storage_cache.keep(self._name(bucket), bucket.bytecode_to_string())

    @staticmethod
    def _name(bucket: Bucket) -> str:
        made_by = f"{jinja2.__version__} {sys.implementation.cache_tag} {bucket.key} {bucket.checksum}"
        return f"{hashlib.sha256(made_by.encode()).hexdigest()}.template"


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        bytecode_cache=_Compiled(),
    )
    environment.filters["dated"] = dated
    return environment


def fragment(template: str, **values: object) -> Markup:
    """Return a template of this folder filled in; every value that is not Markup is escaped."""
    return Markup(_templates().get_template(template).render(**values))  # noqa: S704 - Jinja has escaped it


def dated(text: str) -> Markup:
    """Return text whose days and months, ``YYYY-MM-DD`` and ``YYYY-MM``, are never broken over two lines."""
    return Markup(DAY.sub(r'<span class="day">\g<0></span>', str(escape(text))))  # noqa: S704 - it is escaped


def as_json(document: object) -> Markup:
    """Return a document as JSON that can stand inside a ``<script>``: no ``<``, ``>`` or ``&`` survives in it."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - nothing that HTML could read is left


def table(
    caption: str, columns: Sequence[Column], *, rows: Sequence[Sequence[str]], stamps: Sequence[str], note: str = ""
) -> Markup:
    """Return a table with its caption and stamps; the first cell of a row is its heading.

    Parameters
    ----------
    caption : what the table shows
    columns : as many as a row has cells
    rows : text, already with units
    stamps : what must stand next to its figures
    note : what a reader must know to read it
    """
    return fragment("table.html", caption=caption, columns=columns, rows=rows, stamps=stamps, note=note)


@dataclass(frozen=True)
class Cell:
    """A figure of a heat map: the sign is in its text, so that colour only helps to find it.

    Parameters
    ----------
    text : the figure, without unit
    share : in [-1, 1], how far it is towards the map's deepest tint; 0 has none
    """

    text: str
    share: float = 0.0

    @property
    def tone(self) -> str:
        """Return the class of its tint."""
        return "hot" if self.share > 0 else "cold" if self.share < 0 else ""

    @property
    def heat(self) -> str:
        """Return how strong its tint is, in [0, 0.6]: text stays readable on the strongest."""
        return f"{0.6 * min(1.0, abs(self.share)):.2f}"


def heat(
    caption: str,
    headings: Sequence[str],
    *,
    rows: Sequence[tuple[str, Sequence[Cell]]],
    stamps: Sequence[str],
    note: str = "",
) -> Markup:
    """Return a table whose cells are tinted by what they say.

    Parameters
    ----------
    caption : what it shows, with the unit of its cells
    headings : of the rows' names and of each column; of a ``definitions.Term`` the definition is shown
    rows : name and cells, one less than headings
    stamps, note : as of a table
    """
    return fragment("heat.html", caption=caption, headings=headings, rows=rows, stamps=stamps, note=note)


def chart(
    name: str,
    caption: str,
    *,
    figure: Mapping[str, Any],
    stamps: Sequence[str],
    height: int,
    key: Sequence[tuple[str, str]] = (),
    zooms: Sequence[Mapping[str, str]] = (),
    log: bool | None = None,
    note: str = "",
    still: Markup | None = None,
    named: bool = True,
) -> Markup:
    """Return a chart with its caption, controls and data.

    Parameters
    ----------
    name : the chart's name on the page, letters and hyphens, each once
    caption : what the chart shows, with units; also what a screen reader says
    figure : as ``charts.py`` makes it
    stamps : what must stand next to its figures; drawn into the chart too, so that a picture of it carries them
    height : CSS pixels on a wide screen
    key : (swatch, meaning) of what is shaded
    zooms : label, start and end of the spans a reader can zoom to
    log : whether the first axis starts out logarithmic; None where there is no such switch
    note : what a reader must know to read it
    still : the chart as a picture, shown until it is drawn and where no script runs
    named : whether its series are named above it
    """
    return fragment(
        "chart.html",
        name=name,
        caption=caption,
        figure=as_json({**figure, "log": log, "name": name, "stamp": " · ".join(stamps)}),
        names=_names(figure["series"]) if named else [],
        stamps=stamps,
        height=height,
        key=key,
        zooms=zooms,
        log=log,
        note=note,
        still=still,
    )


def _names(series: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the legend of a chart: place, name and look of each series that is named, one for each group."""
    return [
        {
            "at": k,
            "text": one["name"],
            "colour": one["colour"],
            "sign": _sign(one),
            "dash": DASHES.get(one.get("dash", ""), ""),
            "fill": one.get("fill_colour", ""),
            "pattern": PATTERNS.get(one.get("pattern", ""), ""),
        }
        for k, one in enumerate(series)
        if one["name"] and one.get("listed", True)
    ]


def _sign(one: Mapping[str, Any]) -> str:
    """Return what a legend draws beside a name: ``line``, ``area``, ``box`` or the sign of dots."""
    if one["kind"] == "dots":
        return str(one.get("sign", "circle"))
    if one["kind"] == "bars" or one.get("stack") or one.get("fill") == "before":
        return "box"
    return "area" if one.get("fill") else "line"
