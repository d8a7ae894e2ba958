"""The notice that goes with every compiled data set: where it comes from, how it was made, whose it is."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from fedcycle.data import catalog, manifest
from fedcycle.data.series_catalog import Fact

_OPENING = f"""\
# Notice on the data in this folder

These files were compiled by the program fedcycle (`fedcycle data build`) from the raw files listed with their digests
in `{manifest.MANIFEST}`. No raw file is included.

**No affiliation, no endorsement.** Neither Eugene F. Fama and Kenneth R. French, nor Dartmouth College, nor the Center
for Research in Security Prices (CRSP), nor the Federal Reserve, nor the Federal Reserve Bank of St. Louis, nor the
National Bureau of Economic Research (NBER) has anything to do with this project, has checked these files, or endorses
what is done with them. The files are offered as they are, without warranty.
"""

_LEVELS = f"""\
## {manifest.LEVELS}

Total-return index levels, dividends included, one column an asset, {catalog.BASE_LEVEL:g} on the last session before an
asset's first return, {catalog.LEVEL_DIGITS} significant digits. An empty cell is a session that an asset's source does
not reach.

Compiled from daily portfolio returns and monthly portfolio sizes of the Kenneth R. French Data Library
(<https://mba.tuck.dartmouth.edu/pages/faculty/ken.french/data_library.html>), which computes them from CRSP data.
*Value weighted* means: at the start of each month a portfolio weighs its number of firms times their average size, as
in that month's own row of the library's table, and then drifts with its returns until the month ends. *Mean* means
equal weights, reset at every close. The history of these portfolios is rewritten from one vintage of the library to
the next. They cannot be bought as such: holding one is an idealisation.
"""

_LEVELS_RIGHTS = """\
Rights: the raw returns and sizes are Eugene F. Fama's and Kenneth R. French's. The index levels here are derived
figures; they are offered with attribution to the library, and whoever passes them on should keep this notice. For
anything else, get the raw files from the library itself.
"""

_FACTS = f"""\
## {manifest.YIELDS}

Treasury constant-maturity yields in percent per year, from 1990 on, as published by the Board of Governors of the
Federal Reserve System in release H.15 and taken from FRED, Federal Reserve Bank of St. Louis (series
{", ".join(f.name for f in catalog.YIELDS)}). A day without a quote is an empty cell or has no row. Rights: figures of
the US government, in the public domain.

## {manifest.TARGETS}

Every change of the Fed's target for the federal funds rate since 1982, in percent per year and basis points, with the
day it was announced and the day it took effect. From 1994-02-04 on from the statements of the Federal Open Market
Committee; before, there were none, and the table says row by row what it rests on. Rights: public facts.

## {manifest.TURNING_POINTS}

Peaks and troughs of the US business cycle since 1990 with the day on which NBER's Business Cycle Dating Committee
announced each. Rights: public facts.
"""


def notice(
    extras: Sequence[Fact] = (), *, digits: int = catalog.LEVEL_DIGITS, since: int = catalog.BASE_DAY.year + 1
) -> str:
    """Return the notice as Markdown, the same text every time, with a paragraph on series that were asked for.

    Parameters
    ----------
    extras : series beside those of every data set
    digits : significant digits of the levels
    since : first year of the yields and turning points
    """
    assets = "\n".join(
        textwrap.fill(f"- `{a.name}`: {a.definition}", 120, subsequent_indent="  ") for a in catalog.ASSETS
    )
    told = "\n".join(
        textwrap.fill(
            f"- `{f.name}`: {f.definition}. Source: {f.source}. Rights: {f.rights}.", 120, subsequent_indent="  "
        )
        for f in extras
    )
    more = [f"## {manifest.EXTRAS}\n", f"{told}\n"] if extras else []
    levels = _LEVELS.replace(f"{catalog.LEVEL_DIGITS} significant", f"{digits} significant")
    facts = _FACTS.replace(str(catalog.BASE_DAY.year + 1), str(since))
    return "\n".join([_OPENING, levels, f"{assets}\n", _LEVELS_RIGHTS, facts, *more]).rstrip("\n") + "\n"
