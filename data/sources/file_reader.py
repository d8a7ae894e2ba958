"""One file on its way from cells to bars: its columns, the order of its rows, its prices, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from fedcycle.data.errors import listing
from fedcycle.data.sources import file_assets, file_dates, file_dialects, file_numbers, file_payments
from fedcycle.data.sources.bars import Bars, LeftOut, Reading, Recognised
from fedcycle.data.sources.file_cells import Cells
from fedcycle.data.sources.file_columns import LEVELS, PRICES, ROLES, field_and_asset, plain, role_of, stated_currency
from fedcycle.data.sources.file_dates import Dates
from fedcycle.data.sources.file_dialects import Layout
from fedcycle.data.sources.file_numbers import Style, missing
from fedcycle.data.sources.file_prices import SIDE, PriceReader
from fedcycle.data.typing import Float64

_PAID = ("dividends", "splits")
_CLEAR = 5
"""Letters of a name of prices from which on it is no ticker: CLOSE and PRICE are none, LOW, OPEN and LAST are."""


class FileReader:
    """One file on its way from cells to bars: what is told of the whole of it, and the rows that were left out."""

    def __init__(self, table: Cells, found: Layout, how: Reading, name: str) -> None:
        self.table, self.raw, self.layout, self.how, self.name = table, table.raw, found, how, name
        self.lines = [table.lines[k] for k in found.body]
        self.rows = [table.rows[k] for k in found.body]
        self.left: dict[str, list[int]] = {why: list(lines) for why, lines in found.left_out.items()}
        self.notes: list[str] = list(table.notes)
        self.orders: set[str] = set()
        self.currency = found.currency
        spelled = found.names
        self._header_currency()
        self.dialect = file_dialects.dialect(
            [plain(n) for n in spelled],
            tickers=found.tickers is not None,
            rows=found.levels,
            preamble="preamble" in found.left_out,
            header=found.header,
            spelled=spelled,
        )

    def recognised(self) -> Recognised:
        """Return what the file says."""
        names = self.layout.names
        at = self._date_column()
        self.dated = self._dates(at)
        self.prices = PriceReader(self.raw, self.dialect == "CRSP", self.how.returns, self._style())
        if self.layout.tickers is not None:
            form, columns, ignored, bars = self._by_column_levels(at)
        else:
            roles = self._roles(at)
            if self._is_wide(roles):
                form, columns, ignored, bars = self._wide(at)
            elif "asset" in roles:
                form, columns, ignored, bars = self._long(roles)
            else:
                self._check_priced(roles)
                form, columns = "one asset", {role: names[k] for role, k in roles.items()}
                ignored = tuple(n for k, n in enumerate(names) if k not in roles.values() and n)
                bars = [self._bars(self.name, range(len(self.rows)), roles)]
        for asset in bars:
            if not len(asset.days):
                raise self.raw.fault(self.lines[0], f"{asset.name} has no price at all", "leave it out")
        style = self._style()
        return Recognised(
            form,
            columns,
            ignored,
            tuple(bars),
            self.raw,
            written=self.table.form,
            dialect=self.dialect,
            order=listing(sorted(self.orders)) if self.orders else "oldest first",
            dates=self.dated.form,
            numbers=style.text,
            left_out=tuple(LeftOut(why, len(lines), min(lines)) for why, lines in self.left.items() if lines),
            notes=(*self.dated.notes, *self.notes),
            currency=self.currency,
        )

    # -- columns ------------------------------------------------------------------------------------------------

    def _date_column(self) -> int:
        """Return the column of dates: by its name, else the only one whose cells are dates."""
        names = self.layout.names
        named = [k for k, n in enumerate(names) if role_of(n) == "date" or (k == 0 and not n)]
        named = named or [
            k for k, n in enumerate(names) if role_of(n) == "time" and (self._dated(k) or self._epochs(k))
        ]
        dated = [k for k in range(len(names)) if self._dated(k)]
        fits = [k for k in named if k in dated or self._epochs(k)] or named
        if len(fits) > 1 and not names[fits[0]]:
            fits = fits[1:]
        if len(fits) > 1:
            both = f"{names[fits[0]]!r} and {names[fits[1]]!r}"
            raise self.raw.fault(self.layout.header or 1, f"{both} both are the date", "leave one of them out")
        if fits:
            return fits[0]
        if len(dated) != 1:
            shown = ", ".join(names)[:80]
            raise self.raw.fault(self.layout.header or 1, f"no date among {shown}", "name the column of dates date")
        self.notes.append(f"{names[dated[0]]!r} is taken as the date, as its cells are dates")
        return dated[0]

    def _dated(self, k: int) -> bool:
        return all(file_dates.looks_like_date(row[k]) for row in (self.rows[0], self.rows[-1]))

    def _epochs(self, k: int) -> bool:
        return all(file_dates.looks_like_epoch(row[k]) for row in (self.rows[0], self.rows[-1]))

    def _dates(self, at: int) -> Dates:
        cells = [row[at] or "" for row in self.rows]
        return file_dates.dates(self.raw, self.lines, cells, stated=self.how.date_format, zone=self.how.timezone)

    def _roles(self, at: int) -> dict[str, int]:
        """Return role -> column; raises DataError where two columns are the same."""
        found: dict[str, int] = {"date": at}
        names, line = self.layout.names, self.layout.header or 1
        repeated = {n for n in names if n and names.count(n) > 1}
        if repeated:
            raise self.raw.fault(line, f"column {min(repeated)!r} is there twice", "leave one of them out")
        assets = {n: k for k, n in enumerate(names) if role_of(n) == "asset"}
        key = next((n for called in ROLES["asset"] for n in assets if plain(n) == called), None)
        for k, name in enumerate(names):
            role = role_of(name)
            if role is None or k == at or role in ("date", "time") or (role == "asset" and name != key):
                continue
            if role in found and role == "volume":
                continue  # nothing depends on it
            if role in found:
                both = f"{names[found[role]]!r} and {name!r}"
                raise self.raw.fault(line, f"{both} both are the {role}", "leave one of them out")
            found[role] = k
        if "returns" in found and self.dialect != "CRSP" and {*LEVELS} & {*found} != {"returns"}:
            # A file has levels and their returns: what the user does not ask for is not used.
            unused = ["returns"] if self.how.returns is None else [r for r in PRICES if r != "returns"]
            found = {role: k for role, k in found.items() if role not in unused}
        return found

    def _is_wide(self, roles: Mapping[str, int]) -> bool:
        """Return whether the columns are assets: said so, no price among the names, or names that are tickers."""
        if self.how.wide:
            return True
        priced = [role for role in PRICES if role in roles]
        names = self.layout.names
        if self.dialect == "CRSP" or any(len(plain(names[roles[r]])) >= _CLEAR for r in priced if r in LEVELS):
            return False
        spare = [k for k in range(len(names)) if k not in roles.values() and self._numeric(k)]
        if not priced and "asset" not in roles:
            if not spare and not (set(roles) - {"date", "volume", "currency"}):
                raise self.raw.fault(
                    self.layout.header or 1, "no column of prices", "name one close, adj close, or after an asset"
                )
            return True
        if "volume" in roles or "adjusted" in roles or "unadjusted" in roles:
            return False
        tickers = [k for k in roles.values() if k != roles["date"] and names[k].isupper()]
        if len(tickers) < len(roles) - 1:
            return False  # Low and Open are fields; LOW and OPEN may be tickers
        if spare and all(names[k].isupper() and len(names[k]) <= 6 for k in spare):
            return not {"open", "high", "low", "close"} <= roles.keys()
        return ("asset" in roles and self._numeric(roles["asset"]) and not priced) or self._crossed(roles)

    def _numeric(self, k: int) -> bool:
        """Return whether a column has numbers in its first rows."""
        style = self._style()
        sample = [row[k] for row in self.rows[:20]]
        there = [c for c in sample if not missing(c)]
        return bool(there) and all(file_numbers.number((c or "").rstrip("% "), style) is not None for c in there)

    def _crossed(self, roles: Mapping[str, int]) -> bool:
        """Return whether columns called like the low and high of a day cannot be them."""
        if not {"open", "high", "low", "close"} & (roles.keys() - {"close"}):
            return False
        style = self._style()
        for row in self.rows[:50]:
            value = {
                r: file_numbers.number(row[k] or "", style) for r, k in roles.items() if r in ("open", "high", "low")
            }
            close = file_numbers.number(row[roles["close"]] or "", style) if "close" in roles else None
            for role in ("open", "high", "low"):
                v = value.get(role)
                if v is not None and close is not None and not 0.5 < v / close < 2.0:
                    return True
        return False

    def _check_priced(self, roles: Mapping[str, int]) -> None:
        if not set(LEVELS) & roles.keys():
            raise self.raw.fault(
                self.layout.header or 1,
                "no close and no adj close",
                "name the column of closing prices close or adj close",
            )

    # -- forms --------------------------------------------------------------------------------------------------

    def _wide(self, at: int) -> tuple[str, dict[str, str], tuple[str, ...], list[Bars]]:
        names = self.layout.names
        levels = {n: k for k, n in enumerate(names) if k != at and n}
        repeated = {n for n in names if n and names.count(n) > 1}
        if repeated:
            raise self.raw.fault(
                self.layout.header or 1, f"column {min(repeated)!r} is there twice", "leave one of them out"
            )
        taken = {n: k for n, k in levels.items() if self._numeric_anywhere(k)}
        self._check_assets(taken)
        every = range(len(self.rows))
        role = "returns" if self.how.returns else "adjusted"
        called = self._called(dict.fromkeys(taken, self.layout.header or 1))
        if len(taken) == 1 and self.how.name:
            called = dict.fromkeys(taken, self.how.name)
        bars = [self._bars(called[n], every, {"date": at, role: k}) for n, k in taken.items()]
        columns = {"date": names[at]} | {f"level of {n}": n for n in taken}
        return "wide", columns, tuple(n for n in levels if n not in taken), bars

    def _check_assets(self, names: Iterable[str]) -> None:
        """Raise DataError where some columns of assets are called by a field too, as SPY Volume is, and others not."""
        fields = [name for name in names if field_and_asset(name) is not None]
        other = next((name for name in names if name not in fields), None)
        if fields and other is not None and not self.how.wide:
            raise self.raw.fault(
                self.layout.header or 1,
                f"{fields[0]!r} is a field of an asset, but {other!r} names none",
                "leave one kind out, or say --wide if every column is an asset",
            )

    def _numeric_anywhere(self, k: int) -> bool:
        style = self._style()
        cells = ((row[k] or "").rstrip("% ") for row in self.rows if not missing(row[k]))
        return any(file_numbers.number(cell, style) is not None for cell in cells)

    def _long(self, roles: Mapping[str, int]) -> tuple[str, dict[str, str], tuple[str, ...], list[Bars]]:
        self._check_priced(roles)
        names, key = self.layout.names, roles["asset"]
        by_name: dict[str, list[int]] = {}
        for k, row in enumerate(self.rows):
            by_name.setdefault(row[key] or "", []).append(k)
        if "" in by_name:
            raise self.raw.fault(self.lines[by_name[""][0]], f"no {names[key]}", "write the asset in every row")
        tickers = file_assets.by_ticker(names, self.rows, by_name, key)
        named = self._called({ticker: self.lines[by_name[n][0]] for n, ticker in tickers.items()})
        called = {n: named[ticker] for n, ticker in tickers.items()}
        own = {r: k for r, k in roles.items() if r != "asset"}
        bars = [self._bars(called[n], rows, own) for n, rows in by_name.items()]
        columns = {role: names[k] for role, k in roles.items()}
        ignored = tuple(n for k, n in enumerate(names) if k not in roles.values() and n)
        if len(by_name) == 1 and plain(names[key]) in ("ticker", "symbol") and self.how.name:
            bars = [self._bars(self.how.name, next(iter(by_name.values())), own)]
        return "long", columns, ignored, bars

    def _called(self, cells: Mapping[str, int]) -> dict[str, str]:
        names, notes = file_assets.called(self.raw, cells)
        self.notes += notes
        return names

    def _header_currency(self) -> None:
        """Keep the currency that the names of columns state; raises DataError for two."""
        for name in self.layout.names:
            found = stated_currency(name)
            if found and self.currency and found != self.currency:
                raise self.raw.fault(
                    self.layout.header or 1,
                    f"{name!r} is in {found}, but others are in {self.currency}",
                    "give a file of one currency",
                )
            self.currency = found or self.currency

    def _by_column_levels(self, at: int) -> tuple[str, dict[str, str], tuple[str, ...], list[Bars]]:
        names, tickers = self.layout.names, self.layout.tickers or ()
        bars, ignored, columns = [], [], {"date": names[at] or "date"}
        every = range(len(self.rows))
        assets = list(dict.fromkeys(t for k, t in enumerate(tickers) if k != at and t))
        names_of = self._called(dict.fromkeys(assets, self.layout.header or 1))
        for asset in assets:
            roles = {"date": at}
            for k, (name, ticker) in enumerate(zip(names, tickers, strict=True)):
                if k == at or ticker != asset:
                    continue
                role = role_of(name)
                if role is None:
                    ignored.append(f"{name} of {asset}")
                elif role not in roles:
                    roles[role] = k
                    columns.setdefault(role, name)
            self._check_priced(roles)
            called = self.how.name if self.how.name and len(assets) == 1 else names_of[asset]
            bars.append(self._bars(called, every, roles))
        return "one asset" if len(assets) == 1 else "wide", columns, tuple(ignored), bars

    # -- rows ---------------------------------------------------------------------------------------------------

    def _style(self) -> Style:
        """Return how the file writes decimals, told once from every cell of a price."""
        if not hasattr(self, "_told"):
            wanted = [
                k
                for k, n in enumerate(self.layout.names)
                if role_of(n) not in ("date", "time", "asset", "volume", "currency", "returns", "delisting")
            ]
            cells = ((line, row[k]) for line, row in zip(self.lines, self.rows, strict=True) for k in wanted if row[k])
            self._told = file_numbers.style(self.raw, cells, stated=self.how.decimal)
            for k in wanted if not self._told.shown else ():
                file_numbers.check_points(self.raw, [(n, row[k]) for n, row in zip(self.lines, self.rows, strict=True)])
        return self._told

    def _leave(self, why: str, line: int) -> None:
        self.left.setdefault(why, []).append(line)

    def _bars(self, name: str, rows: Sequence[int], roles: Mapping[str, int]) -> Bars:
        """Return the rows of one asset, checked."""
        style = self._style()
        priced = [role for role in PRICES if role in roles]
        rows = self._once(name, self._ordered(name, rows), roles)
        there = self._with_price(rows, priced, roles)
        self._one_currency(name, there, roles)
        values = self._values(name, there, priced, roles=roles)
        said = file_payments.Rows(self.raw, name, self.lines, self.rows, self.dated.days, rows, there, roles, style)
        paid = file_payments.payments(said, self.notes)
        arrays = self._without_holes(name, there, {r: np.array(values[r], dtype=np.float64) for r in priced})
        days = self.dated.days[there] if there else self.dated.days[:0]
        lines = np.array([self.lines[k] for k in there], dtype=np.int64)
        before = None
        if "returns" in arrays and there:
            doubt = self.prices.unit_note(name, arrays["returns"])
            self.notes += [doubt] if doubt else []
            arrays, before = self.prices.compounded(name, lines, arrays)
        days.flags.writeable = False
        return Bars(
            name,
            self.raw.name,
            days,
            arrays,
            paid,
            lines=lines,
            volume=file_numbers.loose([self.rows[k][roles["volume"]] for k in there], style)
            if "volume" in roles
            else None,
            before=before,
            delisting=file_payments.delisting(said, self.notes),
            dialect=self.dialect,
            titles={role: self.layout.names[k] for role, k in roles.items()},
        )

    def _with_price(self, rows: Sequence[int], priced: Sequence[str], roles: Mapping[str, int]) -> list[int]:
        """Return the rows of an asset that have a price, and note the others as left out."""
        levels = [r for r in priced if r in LEVELS]
        there = [k for k in rows if any(not self.prices.missing(r, self.rows[k][roles[r]]) for r in levels)]
        held = set(there)
        several = len(self.layout.tickers or ()) > 0 or not ({"close", "total"} & roles.keys() or len(priced) > 1)
        inside = (min(there), max(there)) if there else (0, -1)
        for k in rows:
            if k not in held and (not several or inside[0] < k < inside[1]):
                self._leave("no price", self.lines[k])
        return there

    def _values(
        self, name: str, there: Sequence[int], priced: Sequence[str], *, roles: Mapping[str, int]
    ) -> dict[str, list[float]]:
        """Return the prices of an asset by role, each day's inside its range."""
        values: dict[str, list[float]] = {role: [] for role in (*priced, *(r for r in _PAID if r in roles))}
        negative = 0
        for k in there:
            row, line = self.rows[k], self.lines[k]
            for role in priced:
                value, flipped = self.prices.price(line, f"{role} of {name}", role, row[roles[role]])
                negative += flipped
                values[role].append(value)
            self.prices.check_range(line, name, {role: values[role][-1] for role in priced})
        if negative:
            self.notes.append(
                f"{name}: {negative} negative prices are averages of bid and ask, as CRSP marks them: taken as positive"
            )
        return values

    def _without_holes(self, name: str, there: Sequence[int], arrays: dict[str, Float64]) -> dict[str, Float64]:
        """Return prices without opens, highs or lows where some rows have none, and say so."""
        holes = {r: np.flatnonzero(np.isnan(arrays[r])) for r in SIDE if r in arrays}
        lacking = [role for role, at in holes.items() if len(at)]
        if lacking:
            most = max(len(holes[role]) for role in lacking)
            first = self.lines[there[min(int(holes[role][0]) for role in lacking)]]
            rows = f"{most} rows (line {first} on)" if most > 1 else f"1 row (line {first})"
            self.notes.append(f"{name}: no {listing(lacking)} in {rows}, so left out for all rows")
        return {role: values for role, values in arrays.items() if role not in lacking}

    def _ordered(self, name: str, rows: Sequence[int]) -> list[int]:
        """Return the rows oldest first; raises DataError where they are neither that nor newest first."""
        step = np.diff(self.dated.days[list(rows)].astype(np.int64))
        if len(step) and (step <= 0).all() and (step < 0).any():
            self.orders.add("newest first")
            return list(rows)[::-1]
        bad = np.flatnonzero(step < 0)
        if bad.size:
            k = int(bad[0]) + 1
            day, before = self.dated.days[rows[k]], self.dated.days[rows[k - 1]]
            raise self.raw.fault(
                self.lines[rows[k]],
                f"{name}: {day} comes after {before}, so it is unsorted",
                "sort it by date, oldest first",
            )
        if len(step):
            self.orders.add("oldest first")
        return list(rows)

    def _once(self, name: str, rows: list[int], roles: Mapping[str, int]) -> list[int]:
        """Return the rows without exact repeats, and without a last day that is there twice with two prices."""
        out: list[int] = []
        keys = [roles[r] for r in PRICES if r in roles]
        self._check_daily(name, rows, roles["date"])
        for at, k in enumerate(rows):
            if out and self.dated.days[k] == self.dated.days[out[-1]]:
                same = all(
                    self.rows[k][c] == self.rows[out[-1]][c] for c in (*keys, *(roles[r] for r in _PAID if r in roles))
                )
                empty = [j for j in (out[-1], k) if all(missing(self.rows[j][c]) for c in keys)]
                if same:
                    self._leave("repeated row", self.lines[k])
                elif empty:
                    self._leave("no price", self.lines[empty[0]])
                    out[-1] = k if empty[0] == out[-1] else out[-1]
                elif at == len(rows) - 1 and len(out) > 1:
                    self._leave("last day twice with two prices, so not final", self.lines[out.pop()])
                    self._leave("last day twice with two prices, so not final", self.lines[k])
                else:
                    raise self.raw.fault(
                        self.lines[k], f"{name}: {self.dated.days[k]} is repeated", "keep one row of each day"
                    )
            else:
                out.append(k)
        return out

    def _check_daily(self, name: str, rows: Sequence[int], date: int) -> None:
        """Raise DataError for rows of minutes or hours: days with several rows, each of another time."""
        timed = [k for k, n in enumerate(self.layout.names) if role_of(n) == "time" and k != date]
        again = [
            (a, b)
            for a, b in pairwise(rows)
            if self.dated.days[a] == self.dated.days[b]
            and any(self.rows[a][k] != self.rows[b][k] for k in (date, *timed))
        ]
        if len(again) > 1 or (again and len(rows) == 2):
            a, b = again[0]
            raise self.raw.fault(
                self.lines[b],
                f"{name} has several rows on {self.dated.days[b]}, as in line {self.lines[a]}, at other times of day",
                "export daily bars",
            )

    def _one_currency(self, name: str, there: Sequence[int], roles: Mapping[str, int]) -> None:
        """Raise DataError where the prices of a file are in two currencies; keep the one they are in."""
        found: dict[str, int] = {self.currency: 0} if self.currency else {}
        first = self.layout.header or 1
        for k in there:
            cells = [self.rows[k][roles[r]] for r in PRICES if r in roles]
            said = set(file_dialects.currencies(cells))
            if "currency" in roles and self.rows[k][roles["currency"]]:
                said = {file_numbers.currency_code(str(self.rows[k][roles["currency"]]))}
            for each in said:
                found.setdefault(each, self.lines[k])
            if len(found) > 1:
                (one, a), (two, b) = list(found.items())[:2]
                raise self.raw.fault(
                    b, f"{name} is in {two} here and in {one} before (line {a or first})", "give a file of one currency"
                )
        if found:
            self.currency = next(iter(found))
