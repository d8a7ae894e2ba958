"""Readers of publishers' files: what they return, and what they refuse with file, line and remedy."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from fedcycle.data.errors import DataError
from fedcycle.data.sources import fred, french, tables
from fedcycle.data.sources.raw import RawFile

RETURNS = "Date,Lo 10,2-Dec,Hi 10\n20010914,0.35,-1.5,.2\n20010917,-4.92,0,-99.99\n20010918,1,2.00,-3\n"
SINCE = date(2001, 9, 14)


def raw(text: str | bytes, name: str = "size.csv") -> RawFile:
    return RawFile(name, text.encode() if isinstance(text, str) else text)


def changed(text: str, old: str, new: str) -> RawFile:
    assert old in text
    return raw(text.replace(old, new))


def test_percent_becomes_fractions() -> None:
    daily = french.daily(raw(RETURNS), ["Lo 10", "2-Dec"], since=SINCE)
    assert [str(day) for day in daily.sessions] == ["2001-09-14", "2001-09-17", "2001-09-18"]
    np.testing.assert_allclose(daily.returns["Lo 10"], [0.0035, -0.0492, 0.01], rtol=1e-15)
    np.testing.assert_allclose(daily.returns["2-Dec"], [-0.015, 0.0, 0.02], rtol=1e-15)


def test_windows_line_ends_are_no_part_of_the_last_column() -> None:
    text = RETURNS.replace("\n", "\r\n").replace("-99.99", "0.07")
    daily = french.daily(raw(text), ["Hi 10"], since=SINCE)
    np.testing.assert_allclose(daily.returns["Hi 10"], [0.002, 0.0007, -0.03], rtol=1e-15)


def test_what_is_missing_before_the_span_does_not_matter() -> None:
    daily = french.daily(raw(RETURNS), ["Hi 10"], since=date(2001, 9, 18))
    np.testing.assert_allclose(daily.returns["Hi 10"], [-0.03], rtol=1e-15)


@pytest.mark.parametrize(
    ("file", "line", "said"),
    [
        (raw(RETURNS), 3, "'Hi 10' is missing (-99.99)"),
        (changed(RETURNS, "-99.99", "-999"), 3, "'Hi 10' is missing (-999)"),
        (changed(RETURNS, "-99.99", ""), 3, "no 'Hi 10'"),
        (changed(RETURNS, "-99.99", "nan"), 3, "'Hi 10' is 'nan', which is not a number"),
        (changed(RETURNS, "-99.99", "1_0"), 3, "'Hi 10' is '1_0', which is not a number"),
        (changed(RETURNS, "-99.99", "9" * 400), 3, "which is not a number"),
        (changed(RETURNS, "-99.99", "-100.5"), 3, "'Hi 10' returns -100.5 percent"),
        (changed(RETURNS, "20010917", "20010914"), 3, "2001-09-14 is repeated"),
        (changed(RETURNS, "20010917", "20010910"), 3, "2001-09-10 comes after 2001-09-14"),
        (changed(RETURNS, "20010917", "20010931"), 3, "'20010931' is not a date"),
        (changed(RETURNS, "0,-99.99", "0"), 3, "3 cells where there should be 4 as in line 1"),
        (changed(RETURNS, "20010918,1,2.00,-3\n", "20010918,1"), 4, "the file stops inside the line '20010918,1'"),
        (changed(RETURNS, "-99.99\n20010918,1,2.00,-3\n", "1\n20010918,1,2.00,-"), 4, "the file stops inside"),
        (changed(RETURNS, "Hi 10", "Hi 20"), 1, "no column 'Hi 10'; the nearest is 'Hi 20'"),
        (changed(RETURNS, "2-Dec", "Hi 10"), 1, "column 'Hi 10' is there 2 times"),
        (changed(RETURNS, "Date", "Day"), 1, "the first column is 'Day'"),
        (raw(""), 1, "the file is empty"),
        (raw("<!DOCTYPE html>\n<html>404</html>\n"), 1, "a web page ('<!DOCTYPE html>')"),
        (raw(b"Date,Hi 10\n20010914,\xff\n"), 2, "a byte that is not text"),
        (raw("Date,Hi 10\n"), 1, "no row on 2001-09-14 or later (it has no row at all)"),
        (raw("Date,Hi 10\n20010913,1\n"), 2, "no row on 2001-09-14 or later (its last is 2001-09-13)"),
        (changed(RETURNS, "-99.99", '"1'), 4, "not a row of a CSV file"),
    ],
)
def test_a_malformed_file_of_returns_is_refused_with_its_line(file: RawFile, line: int, said: str) -> None:
    with pytest.raises(DataError) as caught:
        french.daily(file, ["Hi 10"], since=SINCE)
    sentence = str(caught.value)
    assert sentence.startswith(f"size.csv:{line}: ")
    assert said in sentence
    assert sentence.endswith("; get the file again from its publisher")
    assert "\n" not in sentence


def test_a_last_line_without_an_end_is_whole_when_it_is_as_long_as_the_others() -> None:
    daily = french.daily(raw("DATE,A\r\n20010914,  0.35\r\n20010917, -1.20"), ["A"], since=SINCE)
    np.testing.assert_allclose(daily.returns["A"], [0.0035, -0.012], rtol=1e-15)


STACKED = (
    "This file was created using the 202602 CRSP database.  It contains\r\n\r\n\r\n"
    "  Average Firm Sizes of another kind\r\n,Fin  ,Banks\r\n199001, 1.00, 1.00\r\n\r\n"
    "  Number of Firms in Portfolios\r\n,Fin  ,Banks\r\n198912,   7,   8\r\n199001,   9,  10\r\n199002,  11,  12\r\n"
    "\r\nCopyright\r\n"
)
FIRMS = "Number of Firms in Portfolios"


def zipped(text: str | bytes, *names: str) -> RawFile:
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names or ("49.csv",):
            archive.writestr(name, text)
    return RawFile("49.zip", out.getvalue())


def test_a_table_is_found_by_its_title_among_stacked_ones() -> None:
    table = french.monthly(zipped(STACKED), ["Banks", "Fin"], title=FIRMS, since=date(1990, 1, 2))
    assert [str(month) for month in table.months] == ["1990-01-01", "1990-02-01"]
    assert table.columns["Banks"].tolist() == [10.0, 12.0]
    assert table.columns["Fin"].tolist() == [9.0, 11.0]


def test_the_vintage_is_the_crsp_database_of_the_opening_line() -> None:
    assert french.vintage(zipped(STACKED)) == "202602"
    assert french.vintage(zipped("Some other opening\r\n")) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (STACKED.replace(FIRMS, "Firms"), "49.zip(49.csv):1: 0 tables are called 'Number of Firms in Portfolios'"),
        (STACKED.replace("199001,   9", "199001,-999"), ":11: 'Fin' is -999"),
        (STACKED.replace("199001,   9", "199001,   0"), ":11: 'Fin' is 0"),
        (STACKED.replace("199002,  11,  12", "199002,  11"), ":12: 2 cells where there should be 3 as in line 9"),
        (STACKED.replace("199002", "199003"), ":12: month 1990-03 follows 1990-01"),
        (STACKED.replace("199002", "199001"), ":12: month 1990-01 follows 1990-01"),
        (STACKED.replace("199002", "199013"), ":12: '19901301' is not a date"),
        (STACKED.replace("199002,  11,  12", "<html>"), ":12: '<html>' stands inside the table"),
        (STACKED.split("199002", maxsplit=1)[0] + "199002,  11,  12\r\n", ":12: the file stops inside the table"),
        (STACKED.replace("Banks", "Bank"), ":9: no column 'Banks'; the nearest is 'Bank'"),
    ],
)
def test_a_malformed_table_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(DataError) as caught:
        french.monthly(zipped(text), ["Banks", "Fin"], title=FIRMS, since=date(1990, 1, 2))
    assert said in str(caught.value)
    assert str(caught.value).endswith("; get the file again from its publisher")


@pytest.mark.parametrize(
    ("archive", "said"),
    [
        (RawFile("49.zip", b"<html>404</html>"), "49.zip: not a whole zip archive"),
        (RawFile("49.zip", zipped(STACKED).content[:-30]), "49.zip: not a whole zip archive"),
        (zipped(STACKED, "a.csv", "b.csv"), "the archive holds 2 files"),
        (zipped(STACKED, "../../x.exe"), "it should hold one CSV file"),
        (zipped(b"0" * (french.LARGEST_TEXT + 1)), "unpacks to 67108865 bytes"),
    ],
)
def test_what_is_no_archive_of_one_table_file_is_refused(archive: RawFile, said: str) -> None:
    with pytest.raises(DataError, match="get the file again") as caught:
        french.unpacked(archive)
    assert said in str(caught.value)


def test_a_day_without_a_yield_has_no_row() -> None:
    text = "observation_date,DGS10\n1989-12-29,7.93\n1990-01-02,7.94\n1990-01-03,\n1990-01-04,-0.01\n"
    observed = fred.observations(raw(text), "DGS10", since=date(1990, 1, 1))
    assert [str(day) for day in observed.observed_on] == ["1990-01-02", "1990-01-04"]
    assert observed.values.tolist() == [7.94, -0.01]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("observation_date,DGS2\n1990-01-02,1\n", "size.csv:1: no column 'DGS10'; the nearest is 'DGS2'"),
        ("observation_date,DGS10\n1990-01-02,#N/A\n", "size.csv:2: 'DGS10' is '#N/A', which is not a number"),
        ("observation_date,DGS10\n1990-01-02,1\n1990-01-02,1\n", "size.csv:3: 1990-01-02 is repeated"),
        ("observation_date,DGS10\n1990-01-03,1\n1990-01-02,1\n", "size.csv:3: 1990-01-02 comes after 1990-01-03"),
        ("observation_date,DGS10\n1990-01-02,\n", "size.csv:2: no value of DGS10"),
        ("observation_date,DGS10\n1990-01-02,1\n1990-01-0", "size.csv:3: the file stops inside"),
    ],
)
def test_a_malformed_series_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(DataError) as caught:
        fred.observations(raw(text), "DGS10", since=date(1990, 1, 1))
    assert str(caught.value).startswith(said)


TARGETS = (
    "announced,effective,lower,upper,change_bp,scheduled,note\n"
    ',1989-11-06,8.5,8.5,-25.0,,"from 8.75, reconstructed"\n'
    "1994-02-04,1994-02-05,3.25,3.5,-500.0,True,a range\n"
)


def test_a_target_change_keeps_what_is_known_of_it() -> None:
    old, new = tables.target_changes(raw(TARGETS))
    assert (old.announced, old.scheduled, old.note) == (None, None, "from 8.75, reconstructed")
    assert new == tables.TargetChange(date(1994, 2, 4), date(1994, 2, 5), 3.25, 3.5, -500.0, True, "a range")


def test_the_text_of_a_table_reads_back_as_the_table() -> None:
    changes = tables.target_changes(raw(TARGETS))
    assert tables.target_changes(raw(tables.target_changes_text(changes))) == changes
    points = (tables.TurningPoint("peak", date(1990, 7, 1), date(1991, 4, 25)),)
    assert tables.turning_points(raw(tables.turning_points_text(points))) == points


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("3.25,3.5", "3.75,3.5", ":3: lower is 3.75, above upper 3.5"),
        ("-500.0", "25.0", ":3: change_bp is 25, but upper goes from 8.5 to 3.5 percent"),
        ("1994-02-04,1994-02-05", ",1994-02-05", ":3: no announced for the change of 1994-02-05"),
        ("1994-02-04,", "1994-02-07,", ":3: announced on 1994-02-07, after it took effect on 1994-02-05"),
        ("1994-02-05", "1989-11-06", ":3: announced on 1994-02-04, after it took effect"),
        ("1994-02-04,1994-02-05", "1989-11-06,1989-11-06", ":3: 1989-11-06 is repeated"),
        ("True", "yes", ":3: scheduled is 'yes'"),
        ("effective,", "", ":1: no column 'effective'"),
    ],
)
def test_an_impossible_target_change_is_refused_with_its_line(old: str, new: str, said: str) -> None:
    text = TARGETS.replace(old, new)
    if old == "effective,":
        text = "\n".join(",".join(line.split(",")[:1] + line.split(",")[2:]) for line in TARGETS.split("\n"))
    with pytest.raises(DataError) as caught:
        tables.target_changes(raw(text))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("summit,1990-07,1991-04-25", ":2: event is 'summit'; write peak or trough"),
        ("peak,1990-07,1990-06-30", ":2: announced on 1990-06-30, before its month 1990-07"),
        ("peak,1990-07,1991-04-25\npeak,1991-03,1992-12-22", ":3: a peak follows a peak"),
        ("peak,1990-07,1991-04-25\ntrough,1990-07,1992-12-22", ":3: 1990-07-01 is repeated"),
        ("peak,1990-07,1993-04-25\ntrough,1991-03,1992-12-22", ":3: 1992-12-22 comes after 1993-04-25"),
    ],
)
def test_impossible_turning_points_are_refused_with_their_line(rows: str, said: str) -> None:
    with pytest.raises(DataError) as caught:
        tables.turning_points(raw(f"event,month,announced\n{rows}\n"))
    assert said in str(caught.value)
