"""Files as people export them: each a few rows whose total-return levels are worked out by hand."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedcycle.data.errors import DataError
from fedcycle.data.sources.files import Reading, Recognised, read
from fedcycle.data.sources.total_return import Claim, TotalReturn
from fedcycle.data.user.user_data import Said, totals_of

DAYS = ("2024-03-01", "2024-03-04", "2024-03-05", "2024-03-06")


def recognised(tmp_path: Path, content: str | bytes, name: str = "FUND.csv", **how: Any) -> Recognised:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, how=Reading(**how))


def total(file: Recognised, claim: Claim | None = Claim.TOTAL) -> TotalReturn:
    claims = {} if claim is None else {file.bars[0].name: claim}
    return totals_of([file], Said(claims))[0]


def growth(t: TotalReturn) -> list[float]:
    return [round(x, 9) for x in (t.level[1:] / t.level[:-1]).tolist()]


def days(t: TotalReturn) -> tuple[str, ...]:
    return tuple(t.days.astype(str).tolist())


# Closes 10, 11, 9.9 with a dividend of 1.1 on the day of the fall, then 9.9: total returns of 10%, 0 and 0.
YAHOO = """Date,Open,High,Low,Close,Adj Close,Volume
2024-03-01,10,10,10,10.00,9.00,100
2024-03-04,11,11,11,11.00,9.90,100
2024-03-05,9.9,9.9,9.9,9.90,9.90,100
2024-03-06,9.9,9.9,9.9,9.90,9.90,100
"""
HAND = [1.1, 1.0, 1.0]


def test_yahoos_old_file_with_null_rows_and_todays_row_twice(tmp_path: Path) -> None:
    text = YAHOO.replace("2024-03-05", "2024-03-04B,null,null,null,null,null,null\n2024-03-05", 1)
    text = text.replace("2024-03-04B", "2024-03-02") + "2024-03-06,9.9,9.9,9.9,9.90,9.90,250\n"
    text = text.replace("2024-03-02,null", "2024-03-04,null")
    file = recognised(tmp_path, text)
    assert file.dialect == "Yahoo"
    t = total(file, None)
    assert (days(t), growth(t)) == (DAYS, HAND)
    assert {left.why: (left.count, left.line) for left in file.left_out} == {"no price": (1, 4), "repeated row": (1, 7)}


def test_a_last_day_with_two_prices_is_not_final_and_left_out(tmp_path: Path) -> None:
    file = recognised(tmp_path, YAHOO + "2024-03-06,9.9,9.95,9.9,9.95,9.95,250\n")
    assert days(total(file, None)) == DAYS[:3]
    assert file.left_out[0].why == "last day twice with two prices, so not final"


def test_a_last_line_without_its_end_is_whole_and_a_cut_one_is_not(tmp_path: Path) -> None:
    assert days(total(recognised(tmp_path, YAHOO.rstrip("\n")), None)) == DAYS
    with pytest.raises(DataError, match=r"FUND.csv:5: 5 cells where there should be 7 .* the file stops inside it"):
        recognised(tmp_path, YAHOO.removesuffix(",9.90,100\n"))


THREE_ROWS = """Price,Close,High,Low,Open,Volume
Ticker,IWM,IWM,IWM,IWM,IWM
Date,,,,,
2024-03-01,10,10,10,10,100
2024-03-04,11,11,11,11,100
"""


def test_yfinances_three_rows_of_names(tmp_path: Path) -> None:
    file = recognised(tmp_path, THREE_ROWS)
    assert (file.dialect, file.form) == ("yfinance, a column for each field and ticker", "one asset")
    assert growth(total(file)) == [1.1]
    assert file.bars[0].name == "IWM"
    with pytest.raises(DataError, match="IWM is price return: it has closes without dividends"):
        total(file, None)


@pytest.mark.parametrize("by_ticker", [False, True])
def test_yfinances_many_tickers_whichever_row_comes_first(tmp_path: Path, by_ticker: bool) -> None:
    fields, tickers = "Price,Adj Close,Adj Close,Close,Close", "Ticker,A,B,A,B"
    top = [tickers, fields] if by_ticker else [fields, tickers]
    rows = ["2024-03-01,9,20,10,20", "2024-03-04,9.9,19,11,20", "2024-03-05,9.9,19,9.9,20"]
    file = recognised(tmp_path, "\n".join([*top, "Date,,,,", *rows]))
    a, b = totals_of([file], Said())
    assert (growth(a), growth(b)) == ([1.1, 1.0], [0.95, 1.0])
    assert ([a.name, b.name], file.form) == (["A", "B"], "wide")


def test_yfinances_column_levels_in_parquet(tmp_path: Path) -> None:
    import pandas as pd

    index = pd.DatetimeIndex(DAYS[:3], name="Date")
    columns = pd.MultiIndex.from_product([["Adj Close", "Close"], ["A", "B"]], names=["Price", "Ticker"])
    frame = pd.DataFrame([[9, 20, 10, 20.0], [9.9, 19, 11, 20], [9.9, 19, 9.9, 20]], index=index, columns=columns)
    frame.to_parquet(tmp_path / "many.parquet")
    a, b = totals_of([read(tmp_path / "many.parquet")], Said())
    assert (growth(a), growth(b), a.name) == ([1.1, 1.0], [0.95, 1.0], "A")


def test_an_unnamed_index_of_dates_in_parquet(tmp_path: Path) -> None:
    import pandas as pd

    frame = pd.DataFrame({"Close": [10.0, 11.0], "Adj Close": [9.0, 9.9]}, index=pd.DatetimeIndex(DAYS[:2]))
    frame.to_parquet(tmp_path / "F.parquet")
    file = read(tmp_path / "F.parquet")
    assert (file.dialect, growth(total(file))) == ("pandas, an index without a name", [1.1])


STOOQ = """<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>
IWM.US,D,20240301,000000,10,10,10,10,100,0
IWM.US,D,20240304,000000,11,11,11,11,100,0
"""
INVESTING = (
    '\ufeff"Date","Price","Open","High","Low","Vol.","Change %"\n'
    '"03/15/2024","1,234.20","1,234.20","1,240.00","1,200.00","1.2M","10.00%"\n'
    '"03/14/2024","1,122.00","1,122.00","1,122.00","1,100.00","900.5K","0.00%"\n'
)
NASDAQ = """Date,Close/Last,Volume,Open,High,Low
03/15/2024,$11.00,"1,200",$11.00,$11.00,$11.00
03/14/2024,$10.00,900,$10.00,$10.00,$10.00
"""
ALPHA = """timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient
2024-03-05,9.9,9.9,9.9,9.9,9.9,100,1.1000,1.0
2024-03-04,11,11,11,11,9.9,100,0.0000,1.0
2024-03-01,10,10,10,10,9,100,0.0000,1.0
"""
TIINGO = """date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume,divCash,splitFactor
2024-03-01,10,10,10,10,100,9,9,9,9,100,0.0,1.0
2024-03-04,11,11,11,11,100,9.9,9.9,9.9,9.9,100,0.0,1.0
2024-03-05,9.9,9.9,9.9,9.9,100,9.9,9.9,9.9,9.9,100,1.1,1.0
"""
DATA_LINK = """Date,Open,High,Low,Close,Volume,Ex-Dividend,Split Ratio,\
Adj. Open,Adj. High,Adj. Low,Adj. Close,Adj. Volume
2024-03-05,9.9,9.9,9.9,9.9,1,1.1,1.0,9.9,9.9,9.9,9.9,1
2024-03-04,11,11,11,11,1,0,1.0,9.9,9.9,9.9,9.9,1
2024-03-01,10,10,10,10,1,0,1.0,9,9,9,9,1
"""
BLOOMBERG = """Security,IWM US Equity
Start Date,01/03/2024
Currency,USD
,
Date,PX_LAST,TOT_RETURN_INDEX_GROSS_DVDS
14/03/2024,10,100
15/03/2024,11,110
18/03/2024,9.9,110
"""
FACTSET = """IWM-US iShares Russell 2000 ETF
Price History
Currency: USD

Date,Price,CVol,Change,% Change,Total Return (Gross)
15 Mar 2024,11,100,1,10,110
14 Mar 2024,10,100,0,0,100
"""
META5 = "<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n" + (
    "2024.03.01\t10\t10\t10\t10\t1\t0\t5\n2024.03.04\t11\t11\t11\t11\t1\t0\t5\n"
)
META4 = "2024.03.01,00:00,10,10,10,10,95321\n2024.03.04,00:00,11,11,11,11,95321\n"
PANDAS = ",Close,Adj Close\n2024-03-01,10,9\n2024-03-04,11,9.9\n2024-03-05,9.9,9.9\n"
GERMAN = "Datum;Schlusskurs;Volumen\n01.03.2024;1.000,50;7\n15.03.2024;1.100,55;8\n"
SECONDS = "time,date,close\n0,1709251200,10\n0,1709510400,11\n"
MILLISECONDS = "timestamp,close\n1709251200000,10\n1709510400000,11\n"
ZONED = "Date,Close\n2024-03-01 00:00:00-05:00,10\n2024-03-04 00:00:00-05:00,11\n"
TWELVE = "Date,Close\n3/14/2024 4:00:00 PM,10\n3/15/2024 4:00:00 PM,11\n"
FOOTED = "Date,Close\n2024-03-01,10\nDate,Close\n2024-03-04,11\n\nSource: a vendor. All rights reserved.\n\n"
MONTHS = "Date,Close\n14-Mar-2024,10\n15-Mar-2024,11\n"
SPOKEN = 'Date,Close\n"Mar 14, 2024",10\n"Mar 15, 2024",11\n'

FORMS: dict[str, tuple[str, str, str, list[float], Claim | None]] = {
    "Stooq": (STOOQ, "Stooq", "oldest first", [1.1], Claim.TOTAL),
    "Investing.com": (INVESTING, "Investing.com", "newest first", [1.1], Claim.TOTAL),
    "Nasdaq.com": (NASDAQ, "Nasdaq.com", "newest first", [1.1], Claim.TOTAL),
    "Alpha Vantage": (ALPHA, "Alpha Vantage", "newest first", [1.1, 1.0], None),
    "Tiingo": (TIINGO, "Tiingo", "oldest first", [1.1, 1.0], None),
    "Nasdaq Data Link": (DATA_LINK, "Nasdaq Data Link", "newest first", [1.1, 1.0], None),
    "Bloomberg": (BLOOMBERG, "Bloomberg", "oldest first", [1.1, 1.0], None),
    "FactSet": (FACTSET, "FactSet", "newest first", [1.1], None),
    "MetaTrader 5": (META5, "MetaTrader", "oldest first", [1.1], Claim.TOTAL),
    "MetaTrader 4": (META4, "MetaTrader", "oldest first", [1.1], Claim.TOTAL),
    "pandas": (PANDAS, "pandas, an index without a name", "oldest first", [1.1, 1.0], None),
    "decimal comma": (GERMAN, "plain table", "oldest first", [1.1], Claim.TOTAL),
    "epoch seconds": (SECONDS, "plain table", "oldest first", [1.1], Claim.TOTAL),
    "epoch milliseconds": (MILLISECONDS, "plain table", "oldest first", [1.1], Claim.TOTAL),
    "a zone": (ZONED, "plain table", "oldest first", [1.1], Claim.TOTAL),
    "a time": (TWELVE, "plain table", "oldest first", [1.1], Claim.TOTAL),
    "a footer and a repeated header": (FOOTED, "plain table", "oldest first", [1.1], Claim.TOTAL),
    "months by name": (MONTHS, "plain table", "oldest first", [1.1], Claim.TOTAL),
    "months spoken": (SPOKEN, "plain table", "oldest first", [1.1], Claim.TOTAL),
}


@pytest.mark.parametrize("case", FORMS)
def test_an_export_is_recognised_and_its_growth_is_what_paper_says(tmp_path: Path, case: str) -> None:
    text, dialect, order, grown, claim = FORMS[case]
    file = recognised(tmp_path, text)
    assert file.dialect == dialect
    t = total(file, claim)
    assert (file.order, growth(t)) == (order, grown)


def test_what_is_left_out_is_counted_with_its_line(tmp_path: Path) -> None:
    left = {x.why: (x.count, x.line) for x in recognised(tmp_path, FOOTED).left_out}
    assert left == {"repeated header": (1, 3), "footer": (1, 6)}
    left = {x.why: (x.count, x.line) for x in recognised(tmp_path, BLOOMBERG).left_out}
    assert left == {"preamble": (3, 1)}
    assert recognised(tmp_path, BLOOMBERG).currency == "USD"


PACKED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("F.csv.gz", gzip.compress),
    "zip": ("F.zip", lambda b: zipped({"inner.csv": b})),
    "UTF-16": ("F.csv", lambda b: b.decode().encode("utf-16")),
    "Latin-1": ("F.csv", lambda b: b + "Quelle: B\xf6rse\n".encode("latin-1")),
    "tabs": ("F.tsv", lambda b: b.replace(b",", b"\t")),
    "semicolons": ("F.csv", lambda b: b.replace(b",", b";")),
    "old line ends": ("F.csv", lambda b: b.replace(b"\n", b"\r")),
}


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("case", PACKED)
def test_however_it_is_packed_the_rows_are_the_same(tmp_path: Path, case: str) -> None:
    name, pack = PACKED[case]
    t = total(recognised(tmp_path, pack(YAHOO.encode()), name), None)
    assert (days(t), growth(t), t.name) == (DAYS, HAND, "F")


def test_a_workbook_and_one_with_unsaved_formulas(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl, the extra xlsx, is not installed")
    import datetime as dt

    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Date", "Close", "Adj Close"], [dt.date(2024, 3, 1), 10, 9], [dt.date(2024, 3, 4), 11, 9.9]):
        sheet.append(row)
    book.save(tmp_path / "F.xlsx")
    assert growth(total(read(tmp_path / "F.xlsx"))) == [1.1]
    sheet["C2"], sheet["C3"] = "=B2*0.9", "=B3*0.9"
    book.save(tmp_path / "F.xlsx")
    with pytest.raises(DataError, match=r"F.xlsx:2: 2 formulas without saved values, the first in cell C2"):
        read(tmp_path / "F.xlsx")


# PERMNO 1: -10 is an average of bid and ask; returns 10% and 0; it ended, and holders got -30%.
CRSP = """PERMNO,date,TICKER,PRC,RET,VOL,DLRET
1,20240301,AAA,-10.0,C,5,
1,20240304,AAA,11.0,0.100000,5,
1,20240305,AAB,9.9,0.000000,5,-0.300000
2,20240301,CCC,50.0,0.020000,5,
2,20240304,CCC,49.0,-0.020000,5,A
"""


def test_crsp_is_read_by_permno_with_its_signs_letters_and_delistings(tmp_path: Path) -> None:
    file = recognised(tmp_path, CRSP)
    one, two = totals_of([file], Said())
    assert (file.dialect, one.name, two.name) == ("CRSP", "AAB", "CCC")
    assert (growth(one), growth(two)) == ([1.1, 1.0], [0.98])
    assert (file.bars[0].delisting, file.bars[1].delisting) == (-0.3, None)
    assert two.before == 100.0
    assert any("1 negative prices are averages of bid and ask" in note for note in file.notes)
    assert any("its delisting return is 'A' (line 6)" in note for note in file.notes)


@pytest.mark.parametrize("key", ["ticker", "symbol", "permno", "ISIN"])
def test_long_files_by_any_key(tmp_path: Path, key: str) -> None:
    text = f"{key},date,close,adj close\nA1,2024-03-01,10,9\nA1,2024-03-04,11,9.9\nB2,2024-03-01,20,20\n"
    file = recognised(tmp_path, text + "B2,2024-03-04,20,19\n")
    assert [(b.name, b.prices["adjusted"].tolist()) for b in file.bars] == [("A1", [9, 9.9]), ("B2", [20, 19])]


def test_tickers_that_are_words_of_a_header(tmp_path: Path) -> None:
    text = "Date,LOW,DAY,OPEN,NAME,LAST,DIV\n2024-03-01,220,70,2,8,15,9\n2024-03-04,231,77,3,9,16,10\n"
    file = recognised(tmp_path, text)
    assert (file.form, [b.name for b in file.bars]) == ("wide", ["LOW", "DAY", "OPEN", "NAME", "LAST", "DIV"])
    assert file.bars[0].prices["adjusted"].tolist() == [220, 231]
    upper = recognised(tmp_path, YAHOO.upper())
    assert upper.form == "one asset"
    said = recognised(tmp_path, "Date,SPY,LOW\n2024-03-01,220,70\n2024-03-04,231,77\n", wide=True)
    assert [b.name for b in said.bars] == ["SPY", "LOW"]


@pytest.mark.parametrize(("unit", "cells"), [("fraction", ("0.1", "-0.05")), ("percent", ("10", "-5"))])
def test_simple_returns_become_levels_where_they_are_said_to_be(
    tmp_path: Path, unit: str, cells: tuple[str, str]
) -> None:
    text = f"date,A\n2024-03-01,{cells[0]}\n2024-03-04,{cells[1]}\n"
    t = total(recognised(tmp_path, text, returns=unit))
    assert t.before == 100.0
    np.testing.assert_allclose(t.level, [110, 104.5], rtol=1e-12)


def test_dates_are_decided_by_all_rows_or_refused(tmp_path: Path) -> None:
    both = "Date,Close\n03/04/2024,10\n03/05/2024,11\n"
    with pytest.raises(
        DataError, match=r"FUND.csv:2: '03/04/2024' can be read day-first and month-first.*--date-format"
    ):
        recognised(tmp_path, both)
    for said, day in (("day-first", "2024-04-03"), ("month-first", "2024-03-04")):
        assert days(total(recognised(tmp_path, both, date_format=said)))[0] == day
    with pytest.raises(DataError, match=r"FUND.csv:3: '14/03/2024' \(line 2\) can only be day-first and '03/15/2024'"):
        recognised(tmp_path, "Date,Close\n14/03/2024,10\n03/15/2024,11\n")
    assert days(total(recognised(tmp_path, both.replace("/", "|").replace("|", "."), date_format="%d.%m.%Y")))[0] == (
        "2024-04-03"
    )


def test_numbers_are_decided_by_all_cells_or_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"FUND.csv:2: '1,234' can be a thousand with a comma or a decimal comma"):
        recognised(tmp_path, 'Date,Close\n2024-03-01,"1,234"\n2024-03-04,"1,235"\n')
    with pytest.raises(DataError, match=r"FUND.csv:3: '10.5' \(line 2\) has a decimal point and '10,55' \(line 3\)"):
        recognised(tmp_path, "Date;Close\n2024-03-01;10.5\n2024-03-04;10,55\n")


def test_two_currencies_are_refused_with_both_lines(tmp_path: Path) -> None:
    text = "Date,Close\n2024-03-01,$10\n2024-03-04,€11\n"
    with pytest.raises(DataError, match=r"FUND.csv:3: FUND is in EUR here and in USD before \(line 2\)"):
        recognised(tmp_path, text)
    text = "Date,Close,Currency\n2024-03-01,10,GBP\n2024-03-04,11,GBX\n"
    with pytest.raises(DataError, match=r"FUND.csv:3: FUND is in GBX here and in GBP before"):
        recognised(tmp_path, text)


def test_a_zip_of_two_files_names_them(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"F.zip:1: a zip of 2 files \(a.csv and b.csv\); unpack it"):
        recognised(tmp_path, zipped({"a.csv": b"x", "b.csv": b"y"}), "F.zip")


def test_ten_million_rows_are_refused_before_they_are_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"F\.csv:2000001: 10,000,001 rows, at most 2,000,000 are read"):
        recognised(tmp_path, b"Date,Close\n" + b"2,1\n" * 10_000_000 + b"2,1", "F.csv")


def test_a_ticker_twice_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"FUND.csv:1: column 'A' is there twice"):
        recognised(tmp_path, "date,A,A\n2024-03-01,1,2\n2024-03-04,1,2\n")


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        # Midnight in Tokyo, written in UTC: Sunday to Thursday.
        (["2024-02-29T15:00:00Z", "2024-03-03T15:00:00Z", "2024-03-04T15:00:00Z"], DAYS[:3]),
        # Midnight in London in summer: 23:00 UTC of the day before.
        (["2024-07-14T23:00:00Z", "2024-07-15T23:00:00Z"], ("2024-07-15", "2024-07-16")),
        # Midnight in New York.
        (["2024-03-01T05:00:00Z", "2024-03-04T05:00:00Z"], DAYS[:2]),
        # The close in New York: a Friday among them.
        (["2024-03-01T21:00:00Z", "2024-03-04T21:00:00Z"], DAYS[:2]),
    ],
)
def test_days_of_times_in_utc_are_told_by_the_weekdays(
    tmp_path: Path, times: list[str], expected: tuple[str, ...]
) -> None:
    text = "Date,Close\n" + "".join(f"{t},{10 + k}\n" for k, t in enumerate(times))
    assert days(total(recognised(tmp_path, text))) == expected


def test_times_that_fit_two_days_are_refused_until_a_zone_is_said(tmp_path: Path) -> None:
    text = "Date,Close\n2024-03-04T15:00:00Z,10\n2024-03-05T15:00:00Z,11\n"
    with pytest.raises(DataError, match=r"FUND.csv:2: 2024-03-04 15:00 can belong to that day or to the next"):
        recognised(tmp_path, text)
    assert days(total(recognised(tmp_path, text, timezone="Asia/Tokyo")))[0] == "2024-03-05"


def test_a_parquet_index_in_utc_of_a_tokyo_day_lands_on_its_own_day(tmp_path: Path) -> None:
    import pandas as pd

    index = pd.DatetimeIndex(DAYS, tz="Asia/Tokyo").tz_convert("UTC")
    frame = pd.DataFrame({"Close": [10.0, 11, 9.9, 9.9], "Adj Close": [9.0, 9.9, 9.9, 9.9]}, index=index)
    frame.to_parquet(tmp_path / "T.parquet")
    file = read(tmp_path / "T.parquet")
    assert days(total(file, None)) == DAYS
    assert "midnight of the next day at an exchange further east" in file.notes[0]
