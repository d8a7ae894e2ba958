"""One file on its way from cells to bars: its columns, the order of its rows, its prices, and what is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from fedcycle.data.sources import file_dates, file_dialects, file_numbers, file_payments
from fedcycle.data.sources.bars import Bars, LeftOut, Reading, Recognised
from fedcycle.data.sources.file_cells import Cells
from fedcycle.data.sources.file_dates import Dates
from fedcycle.data.sources.file_dialects import LEVELS, PRICES, ROLES, Layout
from fedcycle.data.sources.file_numbers import Style, missing
from fedcycle.data.typing import Float64, Int64

OUTSIDE = 0.01
"""Fraction by which an open or a close may lie outside its day's low and high: quotes of several venues do."""

_MEND = "mend the file"
_PAID = ("dividends", "splits")


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
        self.dialect = file_dialects.dialect(
            [file_dialects.plain(n) for n in spelled],
            tickers=found.tickers is not None,
            preamble="preamble" in found.left_out,
            header=found.header,
            spelled=spelled,
        )

    def recognised(self) -> Recognised:
        """Return what the file says."""
        names = self.layout.names
        at = self._date_column()
        self.dated = self._dates(at)
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
            order=" and ".join(sorted(self.orders)) or "oldest first",
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
        named = [k for k, n in enumerate(names) if file_dialects.role_of(n) == "date" or (k == 0 and not n)]
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
        assets = {n: k for k, n in enumerate(names) if file_dialects.role_of(n) == "asset"}
        key = next((n for called in ROLES["asset"] for n in assets if file_dialects.plain(n) == called), None)
        for k, name in enumerate(names):
            role = file_dialects.role_of(name)
            if role is None or k == at or role in ("date", "time") or (role == "asset" and name != key):
                continue
            if role in found and role == "volume":
                continue  # nothing depends on it
            if role in found:
                both = f"{names[found[role]]!r} and {name!r}"
                raise self.raw.fault(line, f"{both} both are the {role}", "leave one of them out")
            found[role] = k
        return found

    def _is_wide(self, roles: Mapping[str, int]) -> bool:
        """Return whether the columns are assets: said so, no price among the names, or names that are tickers."""
        if self.how.wide:
            return True
        priced = [role for role in PRICES if role in roles]
        names = self.layout.names
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
        return bool(there) and all(file_numbers.number(c or "", style) is not None for c in there)

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
        every = range(len(self.rows))
        role = "returns" if self.how.returns else "adjusted"
        bars = [self._bars(n, every, {"date": at, role: k}) for n, k in taken.items()]
        columns = {"date": names[at]} | {f"level of {n}": n for n in taken}
        return "wide", columns, tuple(n for n in levels if n not in taken), bars

    def _numeric_anywhere(self, k: int) -> bool:
        style = self._style()
        return any(not missing(row[k]) and file_numbers.number(row[k] or "", style) is not None for row in self.rows)

    def _long(self, roles: Mapping[str, int]) -> tuple[str, dict[str, str], tuple[str, ...], list[Bars]]:
        self._check_priced(roles)
        names, key = self.layout.names, roles["asset"]
        by_name: dict[str, list[int]] = {}
        for k, row in enumerate(self.rows):
            by_name.setdefault(row[key] or "", []).append(k)
        if "" in by_name:
            raise self.raw.fault(self.lines[by_name[""][0]], f"no {names[key]}", "write the asset in every row")
        called = self._called(by_name, key)
        own = {r: k for r, k in roles.items() if r != "asset"}
        bars = [self._bars(called[n], rows, own) for n, rows in by_name.items()]
        columns = {role: names[k] for role, k in roles.items()}
        ignored = tuple(n for k, n in enumerate(names) if k not in roles.values() and n)
        if len(by_name) == 1 and file_dialects.plain(names[key]) in ("ticker", "symbol") and self.how.name:
            bars = [self._bars(self.how.name, next(iter(by_name.values())), own)]
        return "long", columns, ignored, bars

    def _called(self, by_name: Mapping[str, Sequence[int]], key: int) -> dict[str, str]:
        """Return key -> name of the asset: of CRSP's PERMNOs the last ticker, where no two have the same."""
        names = self.layout.names
        plain = file_dialects.plain(names[key])
        ticker = next((k for k, n in enumerate(names) if file_dialects.plain(n) in ("ticker", "symbol")), None)
        if plain != "permno" or ticker is None:
            return {n: n for n in by_name}
        last = {
            n: next((self.rows[k][ticker] for k in reversed(rows) if self.rows[k][ticker]), "")
            for n, rows in by_name.items()
        }
        every = list(last.values())
        return {n: (t if t and every.count(t) == 1 else n) for n, t in last.items()}

    def _by_column_levels(self, at: int) -> tuple[str, dict[str, str], tuple[str, ...], list[Bars]]:
        names, tickers = self.layout.names, self.layout.tickers or ()
        bars, ignored, columns = [], [], {"date": names[at] or "date"}
        every = range(len(self.rows))
        assets = list(dict.fromkeys(t for k, t in enumerate(tickers) if k != at and t))
        for asset in assets:
            roles = {"date": at}
            for k, (name, ticker) in enumerate(zip(names, tickers, strict=True)):
                if k == at or ticker != asset:
                    continue
                role = file_dialects.role_of(name)
                if role is None:
                    ignored.append(f"{name} of {asset}")
                elif role not in roles:
                    roles[role] = k
                    columns.setdefault(role, name)
            self._check_priced(roles)
            called = self.how.name if self.how.name and len(assets) == 1 else asset
            bars.append(self._bars(called, every, roles))
        return "one asset" if len(assets) == 1 else "wide", columns, tuple(ignored), bars

    # -- rows ---------------------------------------------------------------------------------------------------

    def _style(self) -> Style:
        """Return how the file writes decimals, told once from every cell of a price."""
        if not hasattr(self, "_told"):
            wanted = [
                k
                for k, n in enumerate(self.layout.names)
                if file_dialects.role_of(n)
                not in ("date", "time", "asset", "volume", "currency", "returns", "delisting")
            ]
            cells = ((line, row[k]) for line, row in zip(self.lines, self.rows, strict=True) for k in wanted if row[k])
            self._told = file_numbers.style(self.raw, cells, stated=self.how.decimal)
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
        arrays = {role: np.array(values[role], dtype=np.float64) for role in priced}
        days = self.dated.days[there] if there else self.dated.days[:0]
        lines = np.array([self.lines[k] for k in there], dtype=np.int64)
        before = None
        if "returns" in arrays and there:
            arrays, before = self._compounded(name, lines, arrays)
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
        there = [k for k in rows if any(not missing(self.rows[k][roles[role]]) for role in priced)]
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
        negative, style = 0, self._style()
        for k in there:
            row, line = self.rows[k], self.lines[k]
            for role in priced:
                value, flipped = self._price(line, f"{role} of {name}", role, row[roles[role]], style)
                negative += flipped
                values[role].append(value)
            self._check_range(line, name, {role: values[role][-1] for role in priced})
        if negative:
            self.notes.append(
                f"{name}: {negative} negative prices are averages of bid and ask, as CRSP marks them: taken as positive"
            )
        return values

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
                elif at == len(rows) - 1:
                    self._leave("last day twice with two prices, so not final", self.lines[out.pop()])
                    self._leave("last day twice with two prices, so not final", self.lines[k])
                else:
                    raise self.raw.fault(
                        self.lines[k], f"{name}: {self.dated.days[k]} is repeated", "keep one row of each day"
                    )
            else:
                out.append(k)
        return out

    def _one_currency(self, name: str, there: Sequence[int], roles: Mapping[str, int]) -> None:
        """Raise DataError where the prices of a file are in two currencies; keep the one they are in."""
        found: dict[str, int] = {self.currency: 0} if self.currency else {}
        first = self.layout.header or 1
        for k in there:
            cells = [self.rows[k][roles[r]] for r in PRICES if r in roles]
            said = set(file_dialects.currencies(cells))
            if "currency" in roles and self.rows[k][roles["currency"]]:
                said = {str(self.rows[k][roles["currency"]]).upper()}
            for each in said:
                found.setdefault(each, self.lines[k])
            if len(found) > 1:
                (one, a), (two, b) = list(found.items())[:2]
                raise self.raw.fault(
                    b, f"{name} is in {two} here and in {one} before (line {a or first})", "give a file of one currency"
                )
        if found:
            self.currency = next(iter(found))

    def _price(self, line: int, what: str, role: str, cell: str | None, style: Style) -> tuple[float, int]:
        """Return a cell as a price, and whether its sign marked it as an average of bid and ask."""
        if missing(cell):
            if role == "returns":
                return np.nan, 0
            remedy = "fill the gap at the source, or leave the row out"
            raise self.raw.fault(line, f"no {what}, inside its span", remedy)
        assert cell is not None  # noqa: S101 - missing() says so
        if role == "returns":
            return self._return(line, what, cell, style), 0
        value = file_numbers.number(cell, style)
        if value is None:
            raise self.raw.fault(line, f"{what} is {cell[:40]!r}, which is not a number", _MEND)
        if self.dialect == "CRSP" and value < 0 and role in ("close", "open"):
            return -value, 1
        if not 0.0 < value < np.inf:
            raise self.raw.fault(line, f"{what} is {cell[:40]}; a price is positive", _MEND)
        return value, 0

    def _return(self, line: int, what: str, cell: str, style: Style) -> float:
        if self.dialect == "CRSP" and cell.isalpha():
            return np.nan
        percent = self.how.returns == "percent" or cell.endswith("%")
        value = file_numbers.number(cell.rstrip("%").strip(), style)
        if value is None:
            raise self.raw.fault(line, f"{what} is {cell[:40]!r}, which is not a number", _MEND)
        value = value / 100 if percent else value
        if value <= -1 or value > 10:
            raise self.raw.fault(
                line, f"{what} is {cell[:40]}; a return is above -1", "say --returns percent if these are percent"
            )
        return value

    def _compounded(
        self, name: str, lines: Int64, arrays: dict[str, Float64]
    ) -> tuple[dict[str, Float64], float | None]:
        """Return the arrays with the level that returns come to, and its value on the session before the first."""
        returns = arrays.pop("returns")
        if self.how.returns is None and "CRSP" not in self.dialect:
            raise self.raw.fault(int(lines[0]), f"{name} holds returns", "say --returns fraction or --returns percent")
        unknown = np.flatnonzero(np.isnan(returns))
        if unknown.size and unknown[-1] > 0:
            k = int(unknown[unknown > 0][0])
            raise self.raw.fault(int(lines[k]), f"no return of {name}, inside its span", "leave the rows before it out")
        first_known = not unknown.size
        growth = np.cumprod(1.0 + np.where(np.isnan(returns), 0.0, returns))
        arrays["total" if "CRSP" in self.dialect else "adjusted"] = np.asarray(100.0 * growth, dtype=np.float64)
        return arrays, 100.0 if first_known else None

    def _check_range(self, line: int, name: str, prices: Mapping[str, float]) -> None:
        if "low" not in prices or "high" not in prices:
            return
        for role in ("open", "close"):
            value = prices.get(role, prices["low"])
            if not prices["low"] * (1 - OUTSIDE) <= value <= prices["high"] * (1 + OUTSIDE):
                span = f"its low {prices['low']:g} and high {prices['high']:g}"
                raise self.raw.fault(line, f"{role} of {name} is {value:g}, outside {span}", _MEND)
