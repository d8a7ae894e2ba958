"""A user's own prices: recognised, refused with reasons, made total return by hand-checked arithmetic."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from fedcycle.data.calendar import exchange_days
from fedcycle.data.dataset import load_market
from fedcycle.data.errors import DataError
from fedcycle.data.manifest import read_manifest
from fedcycle.data.sources.files import read
from fedcycle.data.user.user_data import Added, add
from fedcycle.data.verify import check

DAYS = ("2024-03-01", "2024-03-04", "2024-03-05", "2024-03-06")
FUND = "Date,Open,High,Low,Close,Adj Close,Volume,Dividends\n" + "".join(
    f"{day},{o},{h},{low},{c},{a},1000,{d}\n"
    for day, o, h, low, c, a, d in (
        ("2024-03-01", 10.0, 10.5, 9.5, 10.0, 9.0, 0),
        ("2024-03-04", 10.2, 10.6, 10.0, 10.5, 9.45, 0),
        ("2024-03-05", 9.4, 9.9, 9.2, 9.5, 9.5, 1.0),
        ("2024-03-06", 9.6, 9.9, 9.4, 9.8, 9.8, 0),
    )
)


def written(tmp_path: Path, text: str, name: str = "FUND.csv") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def added(tmp_path: Path, text: str, **options: object) -> Added:
    file = read(written(tmp_path, text))
    return add([file], base="bundle", out=tmp_path / "market", **options)  # type: ignore[arg-type]


def column(folder: Path, file: str, name: str, days: Sequence[str] = DAYS) -> list[float]:
    with (folder / file).open(newline="") as opened:
        return [float(row[name]) for row in csv.DictReader(opened) if row["date"] in days and row[name]]


def test_the_columns_of_one_asset_are_recognised(tmp_path: Path) -> None:
    file = read(written(tmp_path, FUND))
    assert file.form == "one asset"
    assert file.columns == {
        "date": "Date",
        "open": "Open",
        "high": "High",
        "low": "Low",
        "close": "Close",
        "adjusted": "Adj Close",
        "volume": "Volume",
        "dividends": "Dividends",
    }
    assert [b.name for b in file.bars] == ["FUND"]


def test_opens_are_adjusted_by_the_factor_of_their_own_close(tmp_path: Path) -> None:
    done = added(tmp_path, FUND)
    # 9 / 10 and 9.45 / 10.5 are 0.9; on the day the dividend is gone, and after it, the factor is 1.
    assert column(done.folder, "levels.csv", "FUND") == [9.0, 9.45, 9.5, 9.8]
    np.testing.assert_allclose(column(done.folder, "opens.csv", "FUND"), [9.0, 9.18, 9.4, 9.6], rtol=1e-15)


def test_the_market_has_the_bundles_series_and_bills_and_the_asset(tmp_path: Path) -> None:
    done = added(tmp_path, FUND)
    market, bundle = (load_market(ref, splice_bills=False) for ref in (done.folder, "bundle"))
    assert market.assets == ("bills", "FUND")
    assert market.series.keys() == bundle.series.keys()
    bills = bundle.prices[:, bundle.column("bills")]
    np.testing.assert_array_equal(market.prices[:, 0], bills[~np.isnan(bills)])
    assert "small, mid, large" in done.notes[0]
    assert not [c for c in check(tmp_path, [done.folder]) if c.problems]


def test_bills_open_at_their_close_of_the_session_before(tmp_path: Path) -> None:
    done = added(tmp_path, FUND)
    days = (*DAYS, "2024-03-07")
    opens = column(done.folder, "opens.csv", "bills", days)
    assert opens[1:] == column(done.folder, "levels.csv", "bills", days)[:-1]


def test_the_bundles_portfolios_can_be_kept_without_opens(tmp_path: Path) -> None:
    done = added(tmp_path, FUND, portfolios=True)
    market = load_market(done.folder)
    assert market.opens is None
    assert market.assets == (*load_market("bundle").assets, "FUND")


def test_a_second_file_is_added_to_the_first(tmp_path: Path) -> None:
    first = added(tmp_path, FUND)
    other = read(written(tmp_path, FUND, "OTHER.csv"))
    done = add([other], base=first.folder, out=tmp_path / "two")
    market = load_market(done.folder)
    assert market.assets == ("bills", "FUND", "OTHER")
    assert market.opens is not None
    np.testing.assert_array_equal(market.opens[:, 1], market.opens[:, 2])


def test_the_manifest_says_whose_it_is_and_names_no_folder(tmp_path: Path) -> None:
    done = added(tmp_path, FUND)
    entry = next(e for e in read_manifest(done.folder).assets if e.name == "FUND")
    assert (entry.first, entry.last, entry.count) == ("2024-03-01", "2024-03-06", 4)
    assert entry.source == "your own file FUND.csv"
    assert "not to be passed on" in entry.rights
    assert not [f for f in done.folder.iterdir() if str(tmp_path).encode() in f.read_bytes()]


def test_dividends_are_reinvested_at_the_close_of_their_day(tmp_path: Path) -> None:
    text = FUND.replace("Adj Close", "Something")
    done = added(tmp_path, text)
    # Growth 1.05, then (9.5 + 1) / 10.5 = 1, then 9.8 / 9.5; the level stands where the last close does.
    np.testing.assert_allclose(
        column(done.folder, "levels.csv", "FUND"), [9.8 * 9.5 / 9.8 / 1.05, 9.5, 9.5, 9.8], rtol=1e-12
    )


def test_splits_still_in_the_closes_are_taken_out(tmp_path: Path) -> None:
    text = (
        "date,close,dividends,stock splits\n2024-03-01,100,0,0\n2024-03-04,102,0,0\n2024-03-05,51,0,2\n"
        "2024-03-06,52,0.51,\n"
    )
    done = added(tmp_path, text)
    # 102 becomes two shares of 51; then 52 and 0.51 paid on 51.
    level = column(done.folder, "levels.csv", "FUND")
    np.testing.assert_allclose(np.divide(level[1:], level[:-1]), [1.02, 1.0, 52.51 / 51], rtol=1e-12)
    assert "1 splits taken out" in done.totals[0].how


def test_splits_already_out_of_the_closes_are_left_alone(tmp_path: Path) -> None:
    text = "date,close,dividends,splits\n2024-03-01,50,0,0\n2024-03-04,51,0,0\n2024-03-05,51,0.51,2\n"
    done = added(tmp_path, text)
    level = column(done.folder, "levels.csv", "FUND")
    np.testing.assert_allclose(np.divide(level[1:], level[:-1]), [1.02, 1.01], rtol=1e-12)
    assert "split adjusted already" in done.totals[0].how


def test_a_long_file_holds_several_assets(tmp_path: Path) -> None:
    rows = FUND.splitlines()
    text = "\n".join(["Ticker," + rows[0], *("A," + r for r in rows[1:]), *("B," + r for r in rows[1:])]) + "\n"
    done = added(tmp_path, text)
    assert load_market(done.folder).assets == ("bills", "A", "B")


def test_a_wide_file_needs_the_users_word(tmp_path: Path) -> None:
    text = "date,A,B\n2024-03-01,100,50\n2024-03-04,101,49\n2024-03-05,102,\n"
    with pytest.raises(DataError, match="nothing says whether these are total-return or price-return levels"):
        added(tmp_path, text)
    done = added(tmp_path, text, declared=True)
    market = load_market(done.folder)
    assert (market.assets[-2:], market.opens) == (("A", "B"), None)
    assert column(done.folder, "levels.csv", "A")[:3] == [100.0, 101.0, 102.0]


def test_parquet_is_read_as_the_csv_is(tmp_path: Path) -> None:
    import pandas as pd

    frame = pd.read_csv(written(tmp_path, FUND), parse_dates=["Date"]).set_index("Date")
    frame.to_parquet(tmp_path / "FUND.parquet")
    one, two = read(tmp_path / "FUND.csv"), read(tmp_path / "FUND.parquet")
    assert two.columns == one.columns
    for role, values in one.bars[0].prices.items():
        np.testing.assert_array_equal(two.bars[0].prices[role], values)
    np.testing.assert_array_equal(two.bars[0].days, one.bars[0].days)


def test_dates_with_midnight_and_a_zone_are_days(tmp_path: Path) -> None:
    text = FUND.replace("2024-03-01", "2024-03-01 00:00:00-05:00")
    assert str(read(written(tmp_path, text)).bars[0].days[0]) == "2024-03-01"


REFUSED = {
    "unsorted": (FUND.replace("2024-03-05", "2024-03-02"), "FUND.csv:4: FUND: 2024-03-02 comes after 2024-03-04"),
    "repeated": (FUND.replace("2024-03-05", "2024-03-04"), "FUND.csv:4: FUND: 2024-03-04 is repeated"),
    "NaN inside": (FUND.replace("9.45", "NaN"), "FUND.csv:3: no adjusted of FUND, inside its span"),
    "empty inside": (FUND.replace("10.5,9.45", ",9.45"), "FUND.csv:3: no close of FUND, inside its span"),
    "zero": (FUND.replace("9.45", "0"), "FUND.csv:3: adjusted of FUND is 0; a price is positive"),
    "negative": (FUND.replace("9.45", "-9.45"), "FUND.csv:3: adjusted of FUND is -9.45; a price is positive"),
    "a word": (FUND.replace("9.45", "high"), "FUND.csv:3: adjusted of FUND is 'high', which is not a number"),
    "infinite": (FUND.replace("9.45", "inf"), "which is not a number"),
    "no session": (FUND.replace("2024-03-04", "2024-03-03"), "1 of its dates are not sessions (2024-03-03)"),
    "a holiday after the bundle": (
        FUND.replace("2024-03-0", "2027-07-0")
        .replace("-01,", "-02,")
        .replace("-04,", "-05,")
        .replace("-05,9", "-06,9")
        .replace("-06,9.6", "-07,9.6"),
        "1 of its dates are not sessions (2027-07-05)",
    ),
    "price return": (FUND.replace("Adj Close", "x").replace("Dividends", "y"), "FUND is price return"),
    "an adjusted close that ignores dividends": (
        FUND.replace("10.0,9.0,", "10.0,10.0,").replace("10.5,9.45,", "10.5,10.5,"),
        "its adjusted close ignores its dividends",
    ),
    "an open outside the day's range": (FUND.replace("9.4,9.9", "94,9.9"), "open of FUND is 94, outside its low 9.2"),
    "no date": ("close,volume\n10.5,5\n10.6,5\n", "no row with a date and a number"),
    "no price": ("date,volume\n2024-03-01,5\n", "no column of prices"),
    "two closes": (FUND.replace("Open", "Price"), "'Price' and 'Close' both are the close"),
    "an American date": (FUND.replace("2024-03-01", "03/01/2024"), "is not a date such as"),
    "no separator": (FUND.replace(",", " "), "separate the cells with commas"),
    "no row": ("date,close\n", "no row of prices"),
    "a web page": ("<html>\n", "a web page"),
    "nothing": ("", "the file is empty"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_is_refused_with_the_reason(tmp_path: Path, case: str) -> None:
    text, said = REFUSED[case]
    with pytest.raises(DataError) as caught:
        added(tmp_path, text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "publisher" not in str(caught.value), "the file is the user's own"
    assert not (tmp_path / "market").exists()


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1" + b"\0" * 100, b"PK\3\4", b"\xff\xfe"])
def test_a_damaged_file_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(DataError) as caught:
        read(tmp_path / "x.csv")
    assert "\n" not in str(caught.value)


def long_fund(days: Sequence[str]) -> str:
    return "date,close,adj close\n" + "".join(f"{d},{100 + k},{90 + k}\n" for k, d in enumerate(days))


def test_a_gap_is_refused_and_a_short_one_is_left_out_for_all(tmp_path: Path) -> None:
    sessions = [str(d) for d in load_market("bundle").sessions[-30:-10]]
    with pytest.raises(DataError, match=rf"FUND lacks 6 sessions from {sessions[5]} to {sessions[10]}, more than 5"):
        added(tmp_path, long_fund([*sessions[:5], *sessions[11:]]))
    done = added(tmp_path, long_fund([*sessions[:5], *sessions[6:]]))
    assert sessions[5] not in load_market(done.folder).sessions.astype(str).tolist()
    assert f"1 session left out, as an added asset has no price on them: {sessions[5]}" in done.notes
    assert added(tmp_path, long_fund([*sessions[:5], *sessions[11:]]), largest_gap=6).totals


def test_years_without_a_dividend_are_taken_for_price_return(tmp_path: Path) -> None:
    sessions = [str(d) for d in load_market("bundle").sessions[-600:]]
    text = "date,close,adj close\n" + "".join(f"{d},{100 + k},{100 + k}\n" for k, d in enumerate(sessions))
    with pytest.raises(
        DataError, match="is price return as far as one can see: in 600 rows its adjusted close never moves"
    ):
        added(tmp_path, text)
    assert added(tmp_path, text, declared=True).totals


@pytest.mark.parametrize("name", ["small", "^GSPC", "", "a b", "x" * 65])
def test_a_name_that_is_taken_or_none_is_refused(tmp_path: Path, name: str) -> None:
    file = read(written(tmp_path, FUND.replace("Date,", "Date,"), "f.csv"), name=name or " ")
    with pytest.raises(DataError, match=r"--name"):
        add([file], base="bundle", out=tmp_path / "market", portfolios=True)


def test_the_exchanges_days_by_rule_are_the_bundles_but_for_days_it_could_not_know() -> None:
    sessions = load_market("bundle").sessions
    by_rule = exchange_days(sessions[0], sessions[-1])
    assert not np.setdiff1d(sessions, by_rule).size
    # Funerals of three presidents, September 2001, a president's death in January 2025, hurricane Sandy.
    assert np.setdiff1d(by_rule, sessions).astype(str).tolist() == [
        *("1994-04-27", "2001-09-11", "2001-09-12", "2001-09-13", "2001-09-14", "2004-06-11", "2007-01-02"),
        *("2012-10-29", "2012-10-30", "2018-12-05", "2025-01-09"),
    ]


def test_funds_as_they_are_become_markets_that_agree_with_their_dividends(raw_data: Path, tmp_path: Path) -> None:
    files = [read(raw_data / "funds" / f"{n}.csv") for n in ("IWM", "IWR", "IWB", "SPY", "XLF")]
    done = add(files, base="bundle", out=tmp_path / "funds")
    market = load_market(done.folder)
    assert market.assets == ("bills", "IWM", "IWR", "IWB", "SPY", "XLF")
    assert market.opens is not None
    with (raw_data / "funds" / "IWM.csv").open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    first = market.spans["IWM"][0]
    j = market.column("IWM")
    # From the close of one day to the open of the next: (open + dividend) / close before, as traded. Adjusted closes
    # are rounded to four decimals, and Yahoo's factor is 1 - dividend / close, not close / (close + dividend): 2e-4.
    for k in (1, 54, 1000, 5000):
        traded = (float(rows[k]["Open"]) + float(rows[k]["Dividends"])) / float(rows[k - 1]["Close"])
        overnight = market.opens[first + k, j] / market.prices[first + k - 1, j]
        assert overnight == pytest.approx(traded, abs=2e-4), rows[k]["Date"]


def test_gaps_are_kept_where_the_user_says_so_and_the_market_says_where(tmp_path: Path) -> None:
    sessions = [str(d) for d in load_market("bundle").sessions[-30:-10]]
    done = added(tmp_path, long_fund([*sessions[:5], *sessions[7:]]), keep_gaps=True)
    market = load_market(done.folder)
    assert dict(market.gaps) == {"FUND": 2}
    assert np.isnan(
        market.prices[[market.position(np.datetime64(d)) for d in sessions[5:7]], market.column("FUND")]
    ).all()
    assert "FUND has no price in 2 sessions of its span" in done.notes
    with pytest.raises(DataError, match="FUND lacks 6 sessions"):
        added(tmp_path, long_fund([*sessions[:5], *sessions[11:]]), keep_gaps=True)


def test_an_empty_cell_of_a_wide_file_is_left_out_and_counted(tmp_path: Path) -> None:
    sessions = [str(d) for d in load_market("bundle").sessions[-5:]]
    rows = [f"{d},{100 + k},{'' if k == 2 else 50 + k}" for k, d in enumerate(sessions)]
    path = written(tmp_path, "\n".join(["date,ONE,TWO", *rows, ""]), "wide.csv")
    file = read(path)
    assert [(left.why, left.count, left.line) for left in file.left_out] == [("no price", 1, 4)]
    done = add([file], base="bundle", out=tmp_path / "m", declared=True, portfolios=True, keep_gaps=True)
    assert dict(load_market(done.folder).gaps) == {"TWO": 1}
    assert not done.stamps
    done = add([file], base="bundle", out=tmp_path / "m", declared=True, portfolios=True)
    assert sessions[2] not in load_market(done.folder).sessions.astype(str).tolist()
    assert done.stamps == read_manifest(done.folder).stamps == ("SESSIONS LEFT OUT: 1",)


def test_what_holders_got_in_the_end_is_kept_with_the_asset_and_handed_on(tmp_path: Path) -> None:
    first = added(tmp_path, FUND, delisting={"FUND": -0.35})
    assert dict(load_market(first.folder).delisting_returns) == {"FUND": -0.35}
    other = read(written(tmp_path, FUND, "OTHER.csv"))
    second = add([other], base=first.folder, out=tmp_path / "second")
    assert dict(load_market(second.folder).delisting_returns) == {"FUND": -0.35}
    with pytest.raises(DataError, match="--delisting names 'FUN', which is not among the added: FUND"):
        added(tmp_path, FUND, delisting={"FUN": -0.35})
    with pytest.raises(DataError, match="--delisting of FUND is -35; it is a fraction of the last close, -1 or more"):
        added(tmp_path, FUND, delisting={"FUND": -35.0})


def test_a_move_that_looks_like_another_unit_is_told(tmp_path: Path) -> None:
    sessions = [str(d) for d in load_market("bundle").sessions[-10:]]
    rows = "".join(f"{d},{(100 if k < 5 else 4_000) + k}\n" for k, d in enumerate(sessions))
    path = written(tmp_path, "date,close\n" + rows)
    done = add([read(path)], base="bundle", out=tmp_path / "m", declared=True)
    assert done.notes[0] == (
        f"FUND moves by +3,751% from {sessions[4]} to {sessions[5]}; if that is a split or another unit, "
        "correct it at the source"
    )


def test_an_asset_cannot_have_the_name_of_a_series_that_rules_ask_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"DGS10 is a series of that market already; give another name with --name"):
        add([read(written(tmp_path, FUND), name="DGS10")], base="bundle", out=tmp_path / "market")
    assert not (tmp_path / "market").exists()
