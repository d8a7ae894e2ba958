"""Writes docs/data.md: the catalog's tables between what a reader must know of the data; a test compares.

Run: python docs/generate_data.py
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "src"))  # the source beside this file, installed or not
INTRODUCTION = """\
# The data

Written by `python docs/generate_data.py` from the catalog; a test compares the two.

A rule is asked at the close of a session and sees what was public by then. *Known* says by what rule: it is what a
backtest believes, not a record of the day. **Revised** series are rewritten by their publishers, so that today's
history is not what was known then: no rule can read one unless its config says `data: {allow_revised: true}`, and
then every figure of the run is stamped REVISED DATA.

The bundled data set and every compiled one hold the assets and the series of the first two tables. Those of the third
are in a data set that asked for them: `fedcycle data fetch CPIAUCSL`, or `fedcycle data build --from DIR --with
CPIAUCSL`.
"""
STORE = """\
## Where fetched data are kept

In the folder that `--data-dir` names, else `FEDCYCLE_DATA`, else the platform's own (`~/.local/share/fedcycle` by the
XDG rule on Linux). `vintages/NUMBER-TIME/` is one fetch: a data set like any other, with the publishers' changed
files in `raw/`, a record `vintage.json` (which vintage holds each raw file, when it was retrieved, from which
address, and the CRSP database it was made from) and `SHA256SUMS`, which `sha256sum --check` reads too. A vintage is
added whole and never changed. `data: {market: store}` in a config means the newest; the stored run's own config names
the vintage it ran on.

A first fetch that does not get every file stands on the bundle: what came takes the place of the bundle's columns, the
rest stays the bundle's with its own last day, and the summary says which is which. French files are asked for over
https, and over http only where nothing answers there.

## Until when data are good

Every series says until when it is *complete*: a daily one to its last observation, a table of events (the Fed's
changes, NBER's turning points) to the day up to which there was no other. A rule that asks for a daily series whose
newest value is older than ten sessions, a monthly one older than four months, or for a table after the day to which
it is complete is refused, with the remedy; `data: {allow_stale: true}` serves it and stamps every figure STALE DATA.
`run`, `compare`, `cycles`, `claims`, `explain` and `status` say until when each thing they used reaches.

The shipped table of target changes is complete to the day its last change took effect. `data fetch` also reads FRED's
DFEDTARU and DFEDTARL: they carry completeness on to their last day, and a change that they show and the table lacks is
*derived*. It is known at the close of the day it took effect, a day after the statement as a rule and never before it,
and gives way to the statement's day when a release of fedcycle has it. All 31 changes from 2009 to 2025, derived so,
have the sizes of the statements and are known 0 to 1 days after them. USREC does the same for NBER's table: months that
are no recession mean that no peak was announced.

## Bills to today

The one-month bill return (RF) ends with the French library's file. From there on bills accrue the Treasury yield
known the previous session, over actual days / 365: DGS1MO (from 2001-07) where the data have it, else DGS3MO. `data
list`, a run's provenance and its page say from when on. Measured over 2001-01 to 2025-05 with DGS3MO all the way
(DGS1MO is not among the files it was measured with) against RF: 8.6 basis points a year more (174.0 against 165.4),
the standard deviation of the monthly difference 2.3 basis points, the worst month +12.5 (May 2023). In 2022, when
yields rose, it was 65 basis points more; in 2008 17 less.

## The long history

`data: {market: long}` is the same portfolios from 1953-12-31 (quality from 1963-06-28, financials from 1990-12-31, as
the daily industry file at hand begins in 1991), compiled by `fedcycle data build --long --from DIR`. Before
1994-02-04 its `target_change` holds the changes of the New York Fed's discount rate, the instrument that was then
announced, known at the close of the day they took effect: it moved late and less than the market's rate. `DGS10` is
the month's mean (GS10, from 1959) before 1962, known at the end of the next month, so that daily signals begin in
1962. A rule sees NBER's turning points from 1980-06-03 on, when the first was announced on a known day; reports use
the whole chronology.

The factors are index levels at month ends, in every data set whose raw files hold them: `bundle` and `long` have five;
momentum is in no file that they were compiled from, and `data fetch` brings it. Size is SMB of the three-factor file,
which reaches back to 1926; profitability and investment are of the five-factor file. A run's JSON (`factors`) and its
page have the regression of its months on them.

## Announcements and roles of your own

`fedcycle data add PRICES --policy FILE` takes announcements as `announced,rate,change_bp` (the rate after the change
in percent): of the Fed they follow the table's last, of another bank (`--bank`, `--currency`) they take its place.
`--policy-complete-to DATE` says up to which day none is missing. `--role small=IWM` says which asset plays which role
(`small`, `mid`, `large`, `small_quality`) in `cycles`, `claims` and on pages; an asset called so plays it unless
another is named.

## Your own prices

`fedcycle data add FILE` takes the files that people have, shows what it recognises, and makes a data set for
`data: {market: FOLDER}` with the series and bills of the bundle, or of another data set given with `--market`, and your
assets: see [own-data.md](own-data.md). Levels are total return, each with the evidence for it. Opens are adjusted by
the factor of their own close, so that `execution: {fill: open}` works.

Where a file lacks sessions, these are left out for every asset, up to `--max-gap` in a row, and every page of a run
says how many. `--gaps keep` keeps them, the asset without a price: it cannot be traded then, a holding is worth its
last close, a decision that lacked the price is filled again when there is one, and the run says so.
`--delisting XYZ=-0.3` says what holders of an asset that ended got after its last close;
`execution: {delisting: data}` pays it out.
"""


def page() -> str:
    """Return the page."""
    from fedcycle.data.catalog_tables import tables

    return "\n".join([INTRODUCTION, tables(), STORE])


if __name__ == "__main__":
    (HERE / "data.md").write_text(page(), encoding="utf-8")
