"""What is taken for total return, on which evidence, and what is refused: no dividend twice, none lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fedcycle.data.dataset import load_market
from fedcycle.data.errors import DataError
from fedcycle.data.manifest import read_manifest
from fedcycle.data.sources.files import read, recognised
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.sources.total_return import Claim, TotalReturn
from fedcycle.data.user.user_data import Said, add, totals_of


def one(text: str, *, name: str = "FUND", said: Said | None = None) -> TotalReturn:
    return totals_of([recognised(RawFile(f"{name}.csv", text.encode()), name=name)], said or Said())[0]


def grown(t: TotalReturn) -> float:
    return float(t.level[-1] / t.level[0])


def sessions(n: int) -> list[str]:
    return [str(d) for d in load_market("bundle").sessions[-n:]]


def quarterly(n: int = 400, *, cents: bool = True) -> tuple[list[float], list[float], list[float]]:
    """Traded closes, their dividends and adjusted closes of a made fund: every 60 rows 2% falls out of the price."""
    rng = np.random.default_rng(7)
    close, paid = [100.0], [0.0]
    for k in range(1, n):
        d = round(0.02 * close[-1], 2) if k % 60 == 0 else 0.0
        value = (close[-1] - d) * (1 + 0.004 * rng.standard_normal())
        close.append(round(value, 2) if cents else value)
        paid.append(d)
    adjusted, factor = close.copy(), 1.0
    for k in range(n - 1, 0, -1):
        adjusted[k] = close[k] * factor
        factor *= 1 - paid[k] / close[k - 1]
    adjusted[0] = close[0] * factor
    return close, paid, adjusted


def table(columns: dict[str, list[object]]) -> str:
    n = len(next(iter(columns.values())))
    head = "Date," + ",".join(columns)
    return "\n".join(
        [head, *(",".join([d, *(str(c[k]) for c in columns.values())]) for k, d in enumerate(sessions(n)))]
    )


def reinvested(close: list[float], paid: list[float]) -> float:
    out = 1.0
    for k in range(1, len(close)):
        out *= (close[k] + paid[k]) / close[k - 1]
    return out


def test_traded_closes_with_dividends_are_reinvested_and_say_why() -> None:
    close, paid, _ = quarterly()
    t = one(table({"Close": close, "Dividends": paid}))
    assert grown(t) == pytest.approx(reinvested(close, paid), rel=1e-9)
    assert "of the dividends fall out of the prices on 6 ex-dates" in t.how


@pytest.mark.parametrize("digits", [9, 6, 4, 2])
def test_closes_with_dividends_in_them_are_not_given_these_again(digits: int) -> None:
    _, paid, adjusted = quarterly()
    rounded = [round(a, digits) for a in adjusted]
    t = one(table({"Close": rounded, "Dividends": paid}))
    assert grown(t) == pytest.approx(rounded[-1] / rounded[0], rel=1e-12)
    assert "which has the dividends in it already" in t.how


def test_where_nothing_is_sure_it_is_refused_with_the_ways_out() -> None:
    rng = np.random.default_rng(1)
    # Adjusted closes of six digits with dividends that their own wobble hides.
    close = np.round(100 * np.cumprod(1 + 0.02 * rng.standard_normal(200)), 6).tolist()
    text = table({"Close": close, "Dividends": [0.3 if k % 60 == 59 else 0 for k in range(200)]})
    with pytest.raises(DataError, match="nothing is sure of whether its dividends are in its closes already"):
        one(text)
    traded = one(text, said=Said({"FUND": Claim.TRADED}))
    total = one(text, said=Said({"FUND": Claim.TOTAL}))
    assert grown(traded) > grown(total) == pytest.approx(close[-1] / close[0], rel=1e-12)
    assert total.notes[0].startswith("FUND: its 3 dividends (0.9 in all) are not used")


def test_yfinances_default_export_of_few_rows_is_never_given_its_dividends_twice() -> None:
    text = (
        "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n2024-03-01,9.12,9.2,9,9.11,5,0,0\n"
        "2024-03-04,9.12,9.2,9,9.15,5,0.02,0\n2024-03-05,9.12,9.2,9,9.12,5,0,0\n"
    )
    with pytest.raises(DataError, match="yfinance's default export has closes with dividends in them"):
        one(text)


def test_an_unadjusted_close_beside_tells_what_the_close_is() -> None:
    # 10, 11, then 1.1 falls out: 9.9. Adjusted by 0.9 before that day.
    rows = [("2024-03-01", 9.0, 10.0, 0), ("2024-03-04", 9.9, 11.0, 0), ("2024-03-05", 9.9, 9.9, 1.1)]
    head = "Date,Close,Unadjusted Close,Dividends\n"
    adjusted = one(head + "".join(f"{d},{c},{u},{p}\n" for d, c, u, p in rows))
    assert grown(adjusted) == pytest.approx(1.1, rel=1e-12)
    traded = one(head + "".join(f"{d},{u},{u},{p}\n" for d, _, u, p in rows))
    assert grown(traded) == pytest.approx(1.1, rel=1e-12)


@pytest.mark.parametrize("rows", [20, 504, 600])
def test_an_adjusted_close_that_never_leaves_its_close_is_price_return(rows: int) -> None:
    text = table({"Close": [100 + k for k in range(rows)], "Adj Close": [100 + k for k in range(rows)]})
    with pytest.raises(DataError, match=f"price return as far as one can see: in {rows} rows .* or say --price-return"):
        one(text)


def test_a_step_of_a_split_alone_is_no_dividend() -> None:
    text = table({"Close": [100, 102, 51, 52, 53], "Adj Close": [50, 51, 51, 52, 53]})
    with pytest.raises(DataError, match="price return as far as one can see"):
        one(text)


def test_a_split_that_was_left_in_is_named_and_mended_on_demand() -> None:
    # 100, 102, then two for one: 51, 66.5: 1.33 times what was paid for.
    text = table({"Close": [100, 102, 51, 66.5]})
    day = sessions(4)[2]
    with pytest.raises(DataError) as caught:
        one(text, said=Said(declared=True))
    assert f"FUND.csv:4: FUND moves by -50.0% from {sessions(4)[1]} to {day}, as for a split 2 for one" in str(
        caught.value
    )
    assert f"--split FUND:{day}=2" in str(caught.value)
    mended = one(text, said=Said(declared=True, splits={"FUND": {np.datetime64(day): 2.0}}))
    assert grown(mended) == pytest.approx(1.33, rel=1e-12)
    assert mended.stamps == (f"SPLIT MENDED: FUND {day} 2",)
    none = one(text, said=Said(declared=True, splits={"FUND": {np.datetime64(day): 1.0}}))
    assert (grown(none), none.stamps) == (pytest.approx(0.665, rel=1e-12), ())


def test_a_dividend_on_a_row_without_a_price_counts_on_the_next() -> None:
    # 11, no price and 1.1 paid, then 9.9 and 10.89: a total return of 10%.
    days = sessions(4)
    for empty in ("", "null", "nan", "NA"):
        text = f"Date,Close,Dividends\n{days[0]},11,0\n{days[1]},{empty},1.1\n{days[2]},9.9,0\n{days[3]},10.89,0\n"
        file = recognised(RawFile("F.csv", text.encode()), name="F")
        t = totals_of([file], Said())[0]
        assert grown(t) == pytest.approx(1.1, rel=1e-12)
        assert f"dividends of 1.1 on {days[1]} (line 3), a row without a price, count on {days[2]}" in file.notes[0]


def test_price_return_on_demand_is_stamped(tmp_path: Path) -> None:
    (tmp_path / "SPX.csv").write_text(table({"Close": [100.0, 101.0, 102.0]}))
    with pytest.raises(DataError, match=r"SPX is price return: .* --total-return .* --dividends FILE .* --price-"):
        add([read(tmp_path / "SPX.csv")], base="bundle", out=tmp_path / "m")
    add(
        [read(tmp_path / "SPX.csv")],
        base="bundle",
        out=tmp_path / "m",
        said=Said({"SPX": Claim.PRICE}),
        portfolios=True,
    )
    assert load_market(tmp_path / "m").stamps == read_manifest(tmp_path / "m").stamps == ("PRICE RETURN: SPX",)


def test_what_is_said_of_one_file_leaves_the_dividends_of_another_alone() -> None:
    close, paid, _ = quarterly()
    files = [
        recognised(RawFile("A.csv", table({"Close": close, "Dividends": paid}).encode()), name="A"),
        recognised(RawFile("B.csv", table({"B": [100.0 + k for k in range(9)]}).encode()), name="B"),
    ]
    for said in (Said(declared=True), Said({"B": Claim.TOTAL})):
        a, b = totals_of(files, said)
        assert grown(a) == pytest.approx(reinvested(close, paid), rel=1e-9)
        assert grown(b) == pytest.approx(1.08, rel=1e-12)


def test_weekly_rows_beside_daily_ones_are_refused(tmp_path: Path) -> None:
    weekly = [str(d) for d in load_market("bundle").sessions[-780::5]]
    text = "date,adj close\n" + "".join(f"{d},{100 + k}\n" for k, d in enumerate(weekly))
    (tmp_path / "W.csv").write_text(text)
    daily = [str(d) for d in load_market("bundle").sessions[-780:]]
    (tmp_path / "D.csv").write_text("date,adj close\n" + "".join(f"{d},{50 + k % 7}\n" for k, d in enumerate(daily)))
    both = [read(tmp_path / name) for name in ("W.csv", "D.csv")]
    with pytest.raises(DataError, match="W is weekly: its rows are 5 sessions apart, and every other asset would lose"):
        add(both, base="bundle", out=tmp_path / "m", declared=True)


def test_weekends_that_repeat_the_close_before_are_left_out_and_counted(tmp_path: Path) -> None:
    text = "date,adj close\n2024-03-01,10\n2024-03-02,10\n2024-03-03,10\n2024-03-04,11\n"
    (tmp_path / "W.csv").write_text(text)
    done = add([read(tmp_path / "W.csv")], base="bundle", out=tmp_path / "m", declared=True)
    assert "W: 2 rows on weekends and holidays repeat the price before and are left out" in done.notes[0]
    assert len(done.totals[0].days) == 2
    (tmp_path / "W.csv").write_text(text.replace("2024-03-03,10", "2024-03-03,10.5"))
    with pytest.raises(DataError, match=r"W.csv:4: W: 1 of its dates are not sessions \(2024-03-03\) and have a price"):
        add([read(tmp_path / "W.csv")], base="bundle", out=tmp_path / "m", declared=True)


def test_a_price_that_stands_still_is_told() -> None:
    close = [*(100 + k for k in range(5)), *[105] * 40, 106]
    text = table({"Close": close, "Volume": [9] * 5 + [5] + [0] * 39 + [9]})
    notes = one(text, said=Said(declared=True)).notes
    days = sessions(46)
    assert notes == (
        f"FUND has one price and no volume in the 40 rows from {days[5]} to {days[44]}: stale, or not traded",
    )


def test_the_file_of_another_asset_is_told_by_its_returns(tmp_path: Path) -> None:
    market = load_market("bundle")
    small = market.prices[-400:-300, market.column("small")]
    days = market.sessions[-400:-300]
    keep = ~np.isnan(small)
    rows = "".join(f"{d},{2 * x!r}\n" for d, x in zip(days[keep], small[keep].tolist(), strict=True))
    (tmp_path / "M.csv").write_text("date,adj close\n" + rows)
    with pytest.raises(DataError, match=r"M.csv:2: M has the returns of small on all \d+ sessions that both have"):
        add([read(tmp_path / "M.csv")], base="bundle", out=tmp_path / "m", declared=True)


def test_a_gap_of_a_year_is_named_with_its_line(tmp_path: Path) -> None:
    days = sessions(300)
    text = "date,adj close\n" + "".join(f"{d},{100 + k}\n" for k, d in enumerate([*days[:20], *days[-20:]]))
    (tmp_path / "G.csv").write_text(text)
    with pytest.raises(DataError, match=rf"G.csv:22: G lacks 260 sessions from {days[20]} to {days[279]}, more than 5"):
        add([read(tmp_path / "G.csv")], base="bundle", out=tmp_path / "m", declared=True)


@pytest.mark.parametrize("fund", ["IWM", "IWR", "IWB", "SPY", "XLF"])
def test_real_funds_are_told_apart_whichever_close_they_come_with(raw_data: Path, fund: str) -> None:
    import csv

    with (raw_data / "funds" / f"{fund}.csv").open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    right = float(rows[-1]["Adj Close"]) / float(rows[0]["Adj Close"])
    factor = [float(r["Adj Close"]) / float(r["Close"]) for r in rows]
    head = "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n"
    for adjusted in (True, False):
        lines = [
            ",".join([r["Date"], *(repr(float(r[c]) * (f if adjusted else 1)) for c in ("Open", "High", "Low"))])
            + f",{r['Adj Close'] if adjusted else r['Close']},{r['Volume']},{r['Dividends']},0\n"
            for r, f in zip(rows, factor, strict=True)
        ]
        t = one(head + "".join(lines), name=fund)
        # Yahoo's factor is 1 - dividend / close, ours reinvests at the close: a few tenths of a percent in 21 years.
        assert grown(t) == pytest.approx(right, rel=1e-9 if adjusted else 5e-3), fund


def test_another_currency_is_stamped_and_two_are_refused(tmp_path: Path) -> None:
    euros = "Date,Adj Close\n2024-03-01,€10\n2024-03-04,€11\n"
    (tmp_path / "E.csv").write_text(euros)
    done = add([read(tmp_path / "E.csv")], base="bundle", out=tmp_path / "m", declared=True)
    assert load_market(done.folder).stamps == ("CURRENCY: EUR",)
    assert any("prices are in EUR, bills and every asset of bundle in US dollars" in note for note in done.notes)
    (tmp_path / "D.csv").write_text(euros.replace("€", "$").replace("11", "12"))
    both = [read(tmp_path / "E.csv"), read(tmp_path / "D.csv")]
    with pytest.raises(DataError, match=r"E.csv in EUR and .*D.csv in USD; give files of one currency"):
        add(both, base="bundle", out=tmp_path / "m", declared=True)
    with pytest.raises(DataError, match=r"E\.csv is in EUR, but --currency says GBP"):
        add(both[:1], base="bundle", out=tmp_path / "m", said=Said(declared=True, currency="gbp"))
