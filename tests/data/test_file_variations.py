"""Small variations that exports really have: each is read to the level that paper gives, or refused with its line."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from fedcycle.data.errors import DataError
from fedcycle.data.sources.files import Reading, Recognised, read
from fedcycle.data.sources.total_return import Claim, TotalReturn
from fedcycle.data.user.user_data import Said, totals_of


def recognised(tmp_path: Path, content: str | bytes, name: str = "FUND.csv", **how: Any) -> Recognised:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, how=Reading(**how))


def totals(file: Recognised, claim: Claim | None = Claim.TOTAL) -> list[TotalReturn]:
    claims = {} if claim is None else {bars.name: claim for bars in file.bars}
    return totals_of([file], Said(claims))


def said(t: TotalReturn) -> tuple[str, list[str], list[float]]:
    return t.name, [str(d)[5:] for d in t.days], [round(x, 6) for x in t.level.tolist()]


TWO = (["03-01", "03-04"], [10.0, 11.0])
THREE = (["03-01", "03-04", "03-05"], [10.0, 11.0, 12.0])
HOLE = (["03-01", "03-05"], [10.0, 12.0])
PRICES = "2024-03-01,10\n2024-03-04,11\n"


def dated(one: str, two: str) -> str:
    return f'Date,Close\n"{one}",10\n"{two}",11\n'


# Each comes to a level of 10, 11 (and 12), whatever stands around it.
TAKEN: dict[str, tuple[str | bytes, tuple[list[str], list[float]]]] = {
    "an odd word for no price in the second row": (
        f"Date,Close\n{PRICES}2024-03-05,12\n".replace(",11", ",n.a."),
        HOLE,
    ),
    "an empty cell in the second row": (f"Date,Close\n{PRICES}2024-03-05,12\n".replace(",11", ","), HOLE),
    "FRED's point for a holiday": ("observation_date,Close\n2024-03-01,10\n2024-03-04,.\n2024-03-05,12\n", HOLE),
    "a currency behind each price": ("Date,Close\n2024-03-01,10 EUR\n2024-03-04,11 EUR\n", TWO),
    "a currency in the name": (f"Date,Close (EUR)\n{PRICES}", TWO),
    "a currency behind the name": (f"Date,Close EUR\n{PRICES}", TWO),
    "a row of units": (f"Date,Close\n-,EUR\n{PRICES}", TWO),
    "the euro sign of Windows": ("Date;Close\n2024-03-01;€10,0\n2024-03-04;€11,0\n".encode("cp1252"), TWO),
    "spaces and capitals in names": (" DATE , CLOSE \n 2024-03-01 , 10 \n2024-03-04,11\n", TWO),
    "words joined by _": (f"trade_date,close_price\n{PRICES}", TWO),
    "cells in single quotes": ("'Date','Close'\n'2024-03-01','10'\n'2024-03-04','11'\n", TWO),
    "a line for spreadsheets": ("sep=;\nDate;Close\n2024-03-01;10\n2024-03-04;11\n", TWO),
    "empty columns": ("Date,,Close,,\n2024-03-01,,10,,\n2024-03-04,,11,,\n", TWO),
    "line ends of three kinds": ("Date,Close\r\n2024-03-01,10\r2024-03-04,11\n", TWO),
    "a weekday before the date": (dated("Fri 2024-03-01", "Mon 2024-03-04"), TWO),
    "a weekday and a month in words": (dated("Friday, March 1, 2024", "Monday, March 4, 2024"), TWO),
    "SAS": (dated("01MAR2024", "04MAR2024"), TWO),
    "a German month": (dated("1. M\u00e4rz 2024", "4. M\u00e4rz 2024"), TWO),
    "a French month": (dated("1 mars 2024", "4 mars 2024"), TWO),
    "a short offset": (dated("2024-03-01T00:00:00+09", "2024-03-04T00:00:00+09"), TWO),
    "a zone in letters": (dated("2024-03-01 16:00 EST", "2024-03-04 16:00 EST"), TWO),
    "a zone by its name": (dated("2024-03-01 16:00:00 America/New_York", "2024-03-04 16:00:00 America/New_York"), TWO),
    "Java's zone": (dated("2024-03-01T00:00-05:00[America/New_York]", "2024-03-04T00:00-05:00[America/New_York]"), TWO),
    "TradingView": (
        "time,open,high,low,close,Volume\n1709303400,10,10,10,10,1\n1709562600,11,11,11,11,1\n",
        TWO,
    ),
    "bars of one letter": (
        "v,vw,o,c,h,l,t,n\n1,10,10,10,10,10,1709251200000,5\n1,11,11,11,11,11,1709510400000,5\n",
        TWO,
    ),
    "Stooq in Polish": (
        "Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen\n2024-03-01,10,10,10,10,5\n2024-03-04,11,11,11,11,5\n",
        TWO,
    ),
    "Investing.com in French": (
        '"Date","Dernier","Ouv."," Plus Haut","Plus Bas","Vol.","Variation %"\n'
        '"04/03/2024","11,00","11,00","11,00","11,00","1,20M","10,00%"\n'
        '"01/03/2024","10,00","10,00","10,00","10,00","0,9M","0,00%"\n'
        '"29/02/2024","10,00","10,00","10,00","10,00","0,9M","0,00%"\n',
        (["02-29", "03-01", "03-04"], [10.0, 10.0, 11.0]),
    ),
    "an index without opens in old rows": (
        "Date,Close/Last,Open,High,Low\n03/15/2024,11.00,11.00,11.00,11.00\n03/14/2024,10.00,--,--,--\n",
        (["03-14", "03-15"], [10.0, 11.0]),
    ),
    "a close with its return beside": ("Date,Close,Return\n2024-03-01,10,0.01\n2024-03-04,11,0.1\n", TWO),
    "Yahoo's web page, copied": (
        "Date\tOpen\tHigh\tLow\tClose Close price adjusted for splits.\tAdj Close Adjusted close price adjusted for "
        "splits and dividend and/or capital gain distributions.\tVolume\n"
        "Mar 4, 2024\t12\t12\t12\t12\t11\t1\nMar 4, 2024\t1.1 Dividend\nMar 1, 2024\t12\t12\t12\t12\t10\t1\n",
        TWO,
    ),
    "days as numbers with a point": ("date,close\n20240301.0,10\n20240304.0,11\n", TWO),
    "pandas' index of rows": ("Unnamed: 0,Date,Close\n0,2024-03-01,10\n1,2024-03-04,11\n", TWO),
    "thin spaces between thousands": (
        "Date;Close\n2024-03-01;1\u2009000,5\n2024-03-04;1\u2009100,5\n",
        (TWO[0], [1000.5, 1100.5]),
    ),
    "Swiss thousands": ("Date;Close\n2024-03-01;1\u2019000.5\n2024-03-04;1'100.5\n", (TWO[0], [1000.5, 1100.5])),
}


@pytest.mark.parametrize("case", TAKEN)
def test_a_variation_is_read_as_the_plain_file_is(tmp_path: Path, case: str) -> None:
    content, (days, level) = TAKEN[case]
    file = recognised(tmp_path, content, date_format="day-first" if "Investing" in case else None)
    assert [said(t) for t in totals(file)] == [("FUND", days, level)]


SAID: dict[str, tuple[str, dict[str, Any], str]] = {
    "currency of a suffix": (TAKEN["a currency behind each price"][0], {}, "currency EUR"),  # type: ignore[dict-item]
    "currency of a name": (TAKEN["a currency in the name"][0], {}, "currency EUR"),  # type: ignore[dict-item]
    "currency of a row of units": (TAKEN["a row of units"][0], {}, "currency EUR"),  # type: ignore[dict-item]
    "pence of a column": (
        "Date,Close,Currency\n2024-03-01,1000,GBp\n2024-03-04,1100,GBp\n",
        {},
        "currency GBX",
    ),
    "pence of a preamble": (f"A fund\nCurrency: GBp\n\nDate,Close\n{PRICES}", {}, "currency GBX"),
    "opens left out": (
        TAKEN["an index without opens in old rows"][0],  # type: ignore[dict-item]
        {},
        "FUND: no open, high and low in 1 row (line 3), so left out for all rows",
    ),
    "a name that no option can carry": (
        f"Date,IWM US Equity\n{PRICES}",
        {},
        "'IWM US Equity' is called IWM_US_Equity",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_what_is_made_of_a_variation_is_said(tmp_path: Path, case: str) -> None:
    text, how, wanted = SAID[case]
    file = recognised(tmp_path, text, **how)
    assert wanted in (*file.notes, f"currency {file.currency}")


# Two assets of 10, 11 and 20, 22, however their columns are named.
PAIRS = {
    "one row of names, the field first": "Date,Close_A,Open_A,Close_B,Open_B\n",
    "one row of names, the asset first": "Date,A Close,A Open,B Close,B Open\n",
    "R's quantmod": '"Index","A.Close","A.Open","B.Close","B.Open"\n',
    "pandas' tuples": "Date,\"('Close', 'A')\",\"('Open', 'A')\",\"('Close', 'B')\",\"('Open', 'B')\"\n",
    "cells that a spreadsheet merged": ",A,,B,\nDate,PX_LAST,PX_OPEN,PX_LAST,PX_OPEN\n",
}


@pytest.mark.parametrize("case", PAIRS)
def test_columns_of_fields_and_assets_are_told_apart(tmp_path: Path, case: str) -> None:
    file = recognised(tmp_path, PAIRS[case] + "2024-03-01,10,9,20,19\n2024-03-04,11,10,22,21\n")
    a, b = totals(file)
    assert (said(a), said(b)) == (("A", *TWO), ("B", TWO[0], [20.0, 22.0]))
    assert a.opens is not None
    assert a.opens.tolist() == [9.0, 10.0]


def test_tickers_that_are_words_of_a_header_in_two_rows_of_names(tmp_path: Path) -> None:
    text = (
        "Price,Close,Open,Close,Open\nTicker,LOW,LOW,OPEN,OPEN\nDate,,,,\n2024-03-01,10,9,20,19\n2024-03-04,11,9,22,9\n"
    )
    assert [said(t) for t in totals(recognised(tmp_path, text))] == [
        ("LOW", *TWO),
        ("OPEN", TWO[0], [20.0, 22.0]),
    ]


def test_columns_of_fields_and_assets_are_assets_where_they_are_said_to_be(tmp_path: Path) -> None:
    file = recognised(tmp_path, f"Date,A Close\n{PRICES}", wide=True)
    assert [bars.name for bars in file.bars] == ["A_Close"]


REFUSED: dict[str, tuple[str | bytes, dict[str, Any], str]] = {
    "an error of a spreadsheet": (
        f"Date,Close\n{PRICES}2024-03-05,12\n".replace(",11", ",#VALUE!"),
        {},
        r"FUND.csv:3: close of FUND is '#VALUE!', which is not a number",
    ),
    "a row without its date": ("Date,Close\n2024-03-01,10\n,11\n2024-03-05,12\n", {}, "FUND.csv:3: no date"),
    "a last row with an odd date": (
        f"Date,Close\n{PRICES}2024-33-05,12\n",
        {},
        "FUND.csv:4: '2024-33-05' is not a date such as",
    ),
    "a German thousand beside hundreds": (
        "Datum;Close\n01.03.2024;999\n15.03.2024;1.001\n",
        {},
        r"FUND.csv:3: '1.001' can be a thousand with a point or a decimal point, beside '999' \(line 2\)",
    ),
    "day numbers of a spreadsheet": (
        "Date,Close\n45352,10\n45355,11\n",
        {},
        "FUND.csv:2: 45352 is not a date .*say --date-format excel",
    ),
    "a format that is none": (f"Date,Close\n{PRICES}", {"date_format": "DD/MM/YYYY"}, "--date-format is 'DD/MM/YYYY'"),
    "returns that nobody announced": ("Date,Return\n2024-03-01,0.01\n2024-03-04,0.02\n", {}, "say --returns"),
    "a total return in percent": ("Date,Total Return %\n2024-03-01,1.5\n2024-03-04,2\n", {}, "say --returns"),
    "French's code for none": (
        "Date,R\n2024-03-01,1.0\n2024-03-04,-99.99\n",
        {"returns": "percent"},
        "FUND.csv:3: returns of R is -99.99, which stands for a missing one in many files",
    ),
    "two currencies in the names": (
        "Date,A (USD),B (EUR)\n2024-03-01,10,10\n2024-03-04,11,11\n",
        {},
        r"FUND.csv:1: 'B \(EUR\)' is in EUR, but others are in USD",
    ),
    "two currencies in a row of units": (
        "Date,A,B\n,USD,EUR\n2024-03-01,10,10\n2024-03-04,11,11\n",
        {},
        "FUND.csv:2: USD and EUR are both in it",
    ),
    "two currencies behind prices": (
        "Date,Close\n2024-03-01,10 EUR\n2024-03-04,11 USD\n",
        {},
        r"FUND.csv:3: FUND is in USD here and in EUR before \(line 2\)",
    ),
    "one currency above and another in cells": (
        "Currency,USD\nDate,Close\n2024-03-01,\u20ac10\n2024-03-04,\u20ac11\n",
        {},
        "FUND.csv:3: FUND is in EUR here and in USD before",
    ),
    "a ticker twice in two rows of names": (
        "Price,Close,Close\nTicker,A,A\nDate,,\n2024-03-01,10,20\n2024-03-04,11,22\n",
        {},
        "FUND.csv:2: Close of A is there twice",
    ),
    "tickers that differ in capitals": (
        "ticker,date,close\nA,2024-03-01,10\na,2024-03-04,11\n",
        {},
        "FUND.csv:3: 'A' and 'a' would both be a",
    ),
    "hours": (
        "2024.03.01,09:00,10,10,10,10,5\n2024.03.01,10:00,11,11,11,11,5\n2024.03.01,11:00,11,11,11,11,5\n",
        {},
        "FUND.csv:2: FUND has several rows on 2024-03-01, as in line 1, at other times of day; export daily bars",
    ),
    "a volume among assets": (
        "Date,SPY Close,SPY Volume,Rate\n2024-03-01,10,5,1\n2024-03-04,11,5,1\n",
        {},
        "FUND.csv:1: 'SPY Close' is a field of an asset, but 'Rate' names none",
    ),
    "percent that are said to be fractions": (
        "Date,R\n" + "".join(f"2024-03-{d:02d},{0.5 if d % 2 else -0.6}\n" for d in range(1, 29)),
        {"returns": "fraction"},
        "FUND.csv:2: half of the returns of R are beyond 55%; say --returns percent",
    ),
    "JSON": ('[{"date":"2024-03-01","close":10}]', {}, "FUND.csv:1: JSON, not a table"),
    "pence": ("Date,Close\n2024-03-01,1000p\n2024-03-04,1100p\n", {}, "FUND.csv:2: close of FUND is '1000p'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_clear_is_refused_with_its_line(tmp_path: Path, case: str) -> None:
    content, how, wanted = REFUSED[case]
    with pytest.raises(DataError, match=wanted):
        totals(recognised(tmp_path, content, **how))


def test_day_numbers_of_a_spreadsheet_where_they_are_said_to_be(tmp_path: Path) -> None:
    # Day 45352 of a spreadsheet is 2024-03-01.
    file = recognised(tmp_path, "Date,Close\n45352,10\n45355,11\n\nSource: a vendor\n", date_format="excel")
    assert [said(t) for t in totals(file)] == [("FUND", *TWO)]
    assert file.left_out[0].why == "footer"


def test_a_pattern_without_a_day_means_the_months_end(tmp_path: Path) -> None:
    # Kenneth French's monthly files: a column without a name, and months such as 202403.
    text = "from a library\n\n,A\n202402,  1.00\n202403,  2.00\n\n Copyright 2024\n"
    file = recognised(tmp_path, text, date_format="%Y%m", returns="percent")
    (t,) = totals(file)
    assert said(t) == ("A", ["02-29", "03-31"], [101.0, 103.02])


@pytest.mark.parametrize("names", [("Mar-2024", "Apr-2024"), ("2024M03", "2024M04"), ("March 2024", "April 2024")])
def test_a_month_stands_for_its_last_day(tmp_path: Path, names: tuple[str, str]) -> None:
    (t,) = totals(recognised(tmp_path, dated(*names)))
    assert said(t)[1] == ["03-31", "04-30"]


@pytest.mark.parametrize("unit", ["fraction", "percent"])
def test_a_percent_sign_says_the_unit_of_a_return(tmp_path: Path, unit: str) -> None:
    text = "Date,Return\n2024-03-01,10.0%\n2024-03-04,-5.0%\n"
    (t,) = totals(recognised(tmp_path, text, returns=unit))
    assert (said(t), t.before) == (("FUND", TWO[0], [110.0, 104.5]), 100.0)


def test_fractions_that_are_said_to_be_percent_are_doubted(tmp_path: Path) -> None:
    text = "Date,R\n" + "".join(f"2024-03-{d:02d},{0.005 if d % 2 else -0.006}\n" for d in range(1, 29))
    assert recognised(tmp_path, text, returns="percent").notes == (
        "R: its returns are 0.006% at most; say --returns fraction if these are fractions",
    )
    assert recognised(tmp_path, text, returns="fraction").notes == ()


@pytest.mark.parametrize("written", ["2:1", "2/1", "2-for-1", "2 for 1"])
def test_a_split_may_be_written_in_words(tmp_path: Path, written: str) -> None:
    # 10, a split two for one, 5.5: a rise of 10%; then 0.5 is paid and the price falls to 5.
    text = f"Date,Close,Dividends,Splits\n2024-03-01,10,0,\n2024-03-04,5.5,0,{written}\n2024-03-05,5.0,0.5,\n"
    (t,) = totals(recognised(tmp_path, text), Claim.TRADED)
    assert [round(x, 9) for x in (t.level[1:] / t.level[:-1]).tolist()] == [1.1, 1.0]


# CRSP's rows without a price: B and a blank, 0, and the codes of files without letters. Returns are 10%, then 10%.
@pytest.mark.parametrize("row", ["1,20240305,AAA,,B,5", "1,20240305,AAA,0,,5", "1,20240305,AAA,0,-66.0,5"])
def test_crsps_rows_without_a_price_are_left_out(tmp_path: Path, row: str) -> None:
    head = "PERMNO,date,TICKER,PRC,RET,SHROUT\n1,20240301,AAA,10.0,C,5\n1,20240304,AAA,11.0,0.1,5\n"
    file = recognised(tmp_path, f"{head}{row}\n1,20240306,AAA,12.1,0.1,5\n")
    (t,) = totals(file, None)
    assert said(t) == ("AAA", ["03-01", "03-04", "03-06"], [100.0, 110.0, 121.0])
    assert [(left.why, left.line) for left in file.left_out] == [("no price", 4)]


def test_a_payment_on_many_rows_without_a_price_is_told_in_short(tmp_path: Path) -> None:
    rows = "".join(f"2024-03-{d:02d},{'' if d % 2 else 10 + d},{1 if d % 2 else 0}\n" for d in range(2, 15))
    file = recognised(tmp_path, f"Date,Close,Dividends\n{rows}")
    assert len([note for note in file.notes if "a row without a price" in note]) == 3
    assert "FUND: 3 other dividends on rows without a price count so too" in file.notes


def test_a_missing_number_of_parquet_is_no_price(tmp_path: Path) -> None:
    import pandas as pd

    days = pd.DatetimeIndex(["2024-03-01", "2024-03-04", "2024-03-05"])
    out = io.BytesIO()
    pd.DataFrame({"date": days, "close": pd.array([10, None, 12], dtype="Int64")}).to_parquet(out)
    (t,) = totals(recognised(tmp_path, out.getvalue(), "FUND.parquet"))
    assert said(t) == ("FUND", *HOLE)


def test_formulas_of_another_sheet_are_no_matter(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl, the extra xlsx, is not installed")
    import datetime as dt

    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (["Date", "Close"], [dt.date(2024, 3, 1), 10], [dt.date(2024, 3, 4), 11]):
        book.active.append(row)
    book.create_sheet("R&D")["A1"] = "=1+1"
    book.save(out)
    (t,) = totals(recognised(tmp_path, out.getvalue(), "FUND.xlsx", sheet="Sheet"))
    assert said(t) == ("FUND", *TWO)
    with pytest.raises(DataError, match=r"FUND.xlsx:1: 1 formula without saved values, the first in cell A1"):
        recognised(tmp_path, out.getvalue(), "FUND.xlsx", sheet="R&D")
