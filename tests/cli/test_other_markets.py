"""Other markets: another exchange, currency, central bank, yield and recessions; data sets joined and added to."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from fedcycle.backtests.cli.app import cli
from fedcycle.data.calendar import exchange_days
from fedcycle.data.dataset import load_market

CALENDARS = pytest.mark.skipif(
    importlib.util.find_spec("exchange_calendars") is None,
    reason="needs exchange_calendars, the extra fedcycle[calendars]",
)
ECB = """\
announced,rate,change_bp
2022-07-21,0.00,50
2022-09-08,0.75,75
2022-10-27,1.50,75
2022-12-15,2.00,50
2023-02-02,2.50,50
2023-03-16,3.00,50
2023-05-04,3.25,25
2023-06-15,3.50,25
2023-07-27,3.75,25
2023-09-14,4.00,25
2024-06-06,3.75,-25
2024-09-12,3.50,-25
2024-10-17,3.25,-25
2024-12-12,3.00,-25
2025-01-30,2.75,-25
2025-03-06,2.50,-25
2025-04-17,2.25,-25
2025-06-05,2.00,-25
"""
"""The deposit facility rate of the ECB, by the days of its press releases."""
TURNS = "event,month,announced\npeak,2011-09,2012-11-15\ntrough,2013-03,2015-10-01\n"
"""Turning points of the euro area that the CEPR dated."""


def said(*args: str) -> Result:
    result = CliRunner().invoke(cli, list(args))
    assert result.exit_code == 0, (args, result.stderr, result.exception)
    return result


def refused(*args: str) -> str:
    result = CliRunner().invoke(cli, list(args))
    assert result.exit_code != 0
    return f"{result.stderr}{result.exception}"


def europe(folder: Path) -> None:
    """Write a small and a large fund, money and a yield on the sessions of Frankfurt, 2022-07 to 2025-12."""
    from fedcycle.data.sources.exchange import sessions_of

    days = sessions_of("XETR", np.datetime64("2022-07-01"), np.datetime64("2025-12-30"))
    wave = np.sin(np.arange(len(days)) / 9.0)
    for name, level in {
        "small": 100.0 * np.exp(3e-4 * np.arange(len(days)) + 0.05 * wave),
        "large": 100.0 * np.exp(2e-4 * np.arange(len(days)) + 0.03 * wave),
        "bills": 100.0 * np.exp(1e-4 * np.arange(len(days))),
    }.items():
        rows = "".join(f"{d},{x:.6f}\n" for d, x in zip(days, level.tolist(), strict=True))
        (folder / f"{name}.csv").write_text(f"date,close\n{rows}")
    rows = "".join(f"{d},{2.0 + x:.3f}\n" for d, x in zip(days, wave.tolist(), strict=True))
    (folder / "bund.csv").write_text(f"date,yield\n{rows}")
    (folder / "ecb.csv").write_text(ECB)
    (folder / "turns.csv").write_text(TURNS)


@CALENDARS
def test_a_european_study_runs_from_files_to_a_page_in_six_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    europe(tmp_path)
    (tmp_path / "euro.yaml").write_text(
        "data: {market: euro}\nperiod: {start: 2023-01-02}\nbenchmark: large\nexecution: {engine: vectorised}\n"
        "strategy:\n  class: When\n  when: {phase: {one_of: [cutting, easy]}}\n  then: small\n  otherwise: large\n"
    )
    commands = (
        "data add small.csv large.csv bills.csv --total-return --out euro --calendar XETR --currency EUR "
        "--policy ecb.csv --bank ECB --policy-complete-to 2025-12-30 --series DGS10=bund.csv,percent,1 "
        "--recessions turns.csv --recessions-complete-to 2025-12-30",
        "data verify euro",
        "run euro.yaml --json",
        "cycles --market euro --html cycles.html",
        "status euro.yaml",
    )
    assert len(commands) <= 6
    out = [said(*command.split()).stdout for command in commands]
    market = load_market("euro")
    # Easter Monday and 1 May are no sessions of Frankfurt; 4 July and Thanksgiving are.
    sessions = market.sessions.astype(str).tolist()
    assert not {"2024-04-01", "2024-05-01"} & set(sessions)
    assert {"2024-07-04", "2024-11-28"} <= set(sessions)
    assert market.assets == ("small", "large", "bills")
    assert market.series["target_upper"].values[-1] == 2.0
    # A yield is known one day later, so at the close of the next session.
    assert market.as_of(np.datetime64("2024-07-04")).history("DGS10", 1).observed_on[0] == np.datetime64("2024-07-03")
    stamps = ["CURRENCY: EUR", "CENTRAL BANK: ECB", "OWN SERIES: DGS10 is bund.csv", "OWN RECESSIONS: turns.csv"]
    run = json.loads(out[2])
    assert run["stamps"] == stamps
    assert run["by_phase"]["hiking"]["sessions"] > 100
    page = Path(run["tearsheet"]).read_text(encoding="utf-8")
    assert "EUR 1,000,000" in page
    assert "US dollars" not in page.split("<script", 1)[0]
    assert "CURRENCY: EUR" in Path("cycles.html").read_text(encoding="utf-8")
    assert "2024-06-06" in out[3]
    said("export", run["id"], "--format", "json", "-o", "tables.json")
    tables = Path("tables.json").read_text(encoding="utf-8")
    assert "US dollars" not in tables
    assert "EUR a unit" in tables


@CALENDARS
def test_a_calendar_that_is_none_is_refused_with_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    europe(tmp_path)
    text = refused("data", "add", "small.csv", "--total-return", "--calendar", "XETRA", "--out", "m")
    assert "--calendar is 'XETRA', which no exchange has; did you mean XETR?" in text


@pytest.mark.skipif(
    importlib.util.find_spec("exchange_calendars") is not None, reason="exchange_calendars is installed"
)
def test_another_calendar_without_the_extra_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "A.csv").write_text("date,close\n2024-03-01,10\n2024-03-04,11\n")
    text = refused("data", "add", "A.csv", "--total-return", "--calendar", "XLON", "--out", "m")
    assert (
        "--calendar XLON needs the package exchange_calendars; install it with: pip install 'fedcycle[calendars]'"
        in text
    )


@pytest.mark.skipif(
    importlib.util.find_spec("pandas_market_calendars") is None, reason="needs pandas_market_calendars to compare with"
)
def test_new_yorks_rules_are_those_of_pandas_market_calendars_but_for_special_days() -> None:
    import pandas_market_calendars as calendars

    first, last = np.datetime64("1998-01-02"), np.datetime64("2026-12-31")
    schedule = calendars.get_calendar("NYSE").valid_days(start_date=str(first), end_date=str(last))
    theirs = schedule.tz_localize(None).to_numpy().astype("datetime64[D]")
    ours = exchange_days(first, last)
    assert not np.setdiff1d(theirs, ours).size
    # September 2001, three presidents' funerals and a fourth's, hurricane Sandy: days that no rule knows.
    assert np.setdiff1d(ours, theirs).astype(str).tolist() == [
        *("2001-09-11", "2001-09-12", "2001-09-13", "2001-09-14"),
        *("2004-06-11", "2007-01-02", "2012-10-29", "2012-10-30", "2018-12-05", "2025-01-09"),
    ]


def two(folder: Path) -> None:
    days = load_market("bundle").sessions[-60:].astype(str).tolist()
    for k, name in enumerate("AB"):
        # Neither the same returns nor the same file.
        rows = "".join(f"{d},{100 + (k + 1) * (i % 9) + i / 10}\n" for i, d in enumerate(days))
        (folder / f"{name}.csv").write_text(f"date,close\n{rows}")
        said("data", "add", str(folder / f"{name}.csv"), "--total-return", "--out", str(folder / name))


def test_two_data_sets_are_joined_with_the_assets_of_both(tmp_path: Path) -> None:
    two(tmp_path)
    out = said("data", "join", str(tmp_path / "A"), str(tmp_path / "B"), "--out", str(tmp_path / "both")).stdout
    assert "small" in out
    assert "A, B" in out
    one, other, both = (load_market(tmp_path / name) for name in ("A", "B", "both"))
    for market, name in ((one, "A"), (other, "B"), (one, "small"), (one, "bills")):
        theirs = both.prices[:, both.column(name)]
        assert np.array_equal(theirs, market.prices[:, market.column(name)], equal_nan=True)
    assert both.stamps == ()


def test_what_differs_is_named_and_taken_from_the_one_that_is_said(tmp_path: Path) -> None:
    two(tmp_path)
    text = (tmp_path / "B.csv").read_text()
    (tmp_path / "A.csv").write_text(text)
    said("data", "add", str(tmp_path / "A.csv"), "--total-return", "--out", str(tmp_path / "B"))
    args = ["data", "join", str(tmp_path / "A"), str(tmp_path / "B"), "--out", str(tmp_path / "both")]
    assert "A and B have different data under the same name: A; say whose with --take A=first" in refused(*args)
    assert not (tmp_path / "both").exists()
    assert "A is that of B" in said(*args, "--take", "A=second").stderr
    both, other = load_market(tmp_path / "both"), load_market(tmp_path / "B")
    assert np.array_equal(both.prices[:, both.column("A")], other.prices[:, other.column("A")], equal_nan=True)
    assert "'small' does not differ" in refused(*args, "--take", "small=first", "--take", "A=first")


def test_an_asset_is_added_to_a_data_set_in_its_place(tmp_path: Path) -> None:
    two(tmp_path)
    place = str(tmp_path / "A")
    before = load_market(place)
    said("data", "add", str(tmp_path / "B.csv"), "--total-return", "--to", place)
    after = load_market(place)
    assert after.assets == (*before.assets, "B")
    assert np.array_equal(after.prices[:, :-1], before.prices, equal_nan=True)
    assert "B is an asset of that market already" in refused(
        "data", "add", str(tmp_path / "B.csv"), "--total-return", "--to", place
    )


@pytest.mark.parametrize(
    ("text", "option", "expected"),
    [
        (
            "date,x\n2024-03-01,1.0\n",
            "X=s.csv,percent",
            "neither the option nor a column known_on says when its values",
        ),
        ("date,x\n2024-03-01,1.0\n", "X=s.csv,dollars,1", "the unit is 'dollars'; write percent, bp, index"),
        (
            "date,x\n2024-02-29,1.0\n2024-03-04,1.0\n2024-03-01,1.1\n",
            "X=s.csv,percent,1",
            "s.csv:4: 2024-03-01 comes after 2024-03-04",
        ),
        ("date,x\n2024-03-01,one\n", "X=s.csv,percent,1", "s.csv:2: 'x' is 'one', which is not a number"),
        ("date,x,known_on\n2024-03-04,1.0,2024-03-01\n", "X=s.csv,percent", "s.csv:2: known on 2024-03-01, before"),
        ("date,x\n2024-03-01,1.0\n", "small=s.csv,percent,1", "that is the name of an asset"),
        ("date,x\n2024-03-01,1.0\n", "X", "write NAME=FILE,UNIT,DAYS"),
    ],
)
def test_a_series_that_is_none_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, option: str, expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "A.csv").write_text("date,close\n2024-03-01,10\n2024-03-04,11\n")
    (tmp_path / "s.csv").write_text(text)
    found = refused("data", "add", "A.csv", "--total-return", "--out", "m", "--series", option)
    assert expected in found
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("observation_date,DGS10\n2024-02-29,1.5\n2024-03-01,.\n2024-03-04,1.75\n", "1 rows of s.csv without a value"),
        ("observation_date,DGS10\n2024-02-29,1.5\n2024-03-01,\n2024-03-04,1.75\n", "1 rows of s.csv without a value"),
        ("Datum;Rendite in Prozent\n04.03.2024;1,75\n29.02.2024;1,50\n", ""),
        ("Date\tPrice\nMar 4, 2024\t1.75%\nFeb 29, 2024\t1.50%\n", ""),
    ],
)
def test_a_series_is_read_as_its_publisher_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, note: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "A.csv").write_text("date,close\n2024-03-01,10\n2024-03-04,11\n2024-03-05,12\n")
    (tmp_path / "s.csv").write_text(text)
    done = said("data", "add", "A.csv", "--total-return", "--out", "m", "--series", "X=s.csv,percent,1")
    assert note in done.stderr
    series = load_market("m").series["X"]
    assert (series.values.tolist(), series.known_on.astype(str).tolist()) == ([1.5, 1.75], ["2024-03-01", "2024-03-05"])


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "A.csv").write_text("date,close\n2024-03-01,10\n2024-03-04,11\n")
    for option in (("--series", "X=s.csv,percent,1"), ("--policy", "s.csv"), ("--recessions", "s.csv")):
        text = refused("data", "add", "A.csv", "--total-return", "--out", "m", *option)
        assert "s.csv cannot be read (No such file or directory); name a file that is there" in text


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (("--dividends", "d.csv"), "d.csv:3: a dividend on 2024-03-06, after the last price of A, 2024-03-04"),
        (
            ("--policy", "p.csv", "--bank", "ECB", "--policy-complete-to", "2024-01-01"),
            "p.csv:3: a change on 2024-06-06, after 2024-01-01, to which the file is said to be complete",
        ),
        (
            ("--recessions", "r.csv", "--recessions-complete-to", "2012-01-01"),
            "r.csv:3: announced on 2015-10-01, after 2012-01-01, to which it is said to be complete",
        ),
    ],
)
def test_facts_of_ones_own_are_refused_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: tuple[str, ...], expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "A.csv").write_text("date,close\n2024-03-01,10\n2024-03-04,11\n")
    (tmp_path / "d.csv").write_text("date,dividend\n2024-03-04,0.1\n2024-03-06,0.2\n")
    (tmp_path / "p.csv").write_text("announced,rate,change_bp\n2023-09-14,4.00,25\n2024-06-06,3.75,-25\n")
    (tmp_path / "r.csv").write_text(TURNS)
    claim = () if option[0] == "--dividends" else ("--total-return",)
    assert expected in refused("data", "add", "A.csv", *claim, "--out", "m", *option)
    assert not (tmp_path / "m").exists()


def test_a_series_with_its_own_known_days_is_served_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "A.csv").write_text("date,close\n2024-03-01,10\n2024-03-04,11\n2024-03-05,12\n")
    (tmp_path / "s.csv").write_text("date,x,known_on\n2024-02-29,1.5,2024-03-04\n")
    said("data", "add", "A.csv", "--total-return", "--out", "m", "--series", "IFO=s.csv,index")
    market = load_market("m")
    assert len(market.series["IFO"].until(np.datetime64("2024-03-01"))) == 0
    assert market.as_of(np.datetime64("2024-03-04")).latest("IFO") == 1.5


def funds(folder: Path) -> None:
    """Write two funds with whole bars, and a third without opens, each made a data set of its own."""
    days = load_market("bundle").sessions[-200:-140].astype(str).tolist()
    for k, name in enumerate("AB"):
        closes = [100 + (k + 1) * (i % 9) + i / 10 for i in range(len(days))]
        rows = "".join(
            f"{d},{c - 1},{c + 2},{c - 2},{c},{50 + i}\n" for i, (d, c) in enumerate(zip(days, closes, strict=True))
        )
        (folder / f"{name}.csv").write_text(f"date,open,high,low,close,volume\n{rows}")
        said("data", "add", str(folder / f"{name}.csv"), "--total-return", "--out", str(folder / name))
    rows = "".join(f"{d},{100 + (i * 7) % 11}\n" for i, d in enumerate(days))
    (folder / "C.csv").write_text(f"date,close\n{rows}")
    said("data", "add", str(folder / "C.csv"), "--total-return", "--out", str(folder / "C"))


def test_opens_highs_lows_and_volumes_survive_a_join(tmp_path: Path) -> None:
    funds(tmp_path)
    done = said("data", "join", str(tmp_path / "A"), str(tmp_path / "B"), "--out", str(tmp_path / "both"))
    assert "opens" not in done.stderr
    one, other, both = (load_market(tmp_path / name) for name in ("A", "B", "both"))
    assert both.opens is not None
    assert set(both.bars) == {"high", "low", "volume"}
    for market, name in ((one, "A"), (other, "B"), (one, "bills")):
        assert market.opens is not None
        theirs = both.opens[:, both.column(name)]
        assert np.array_equal(theirs, market.opens[:, market.column(name)], equal_nan=True)
    # The first close of B is 100: it opened at 99, was traded at 98 to 102, and 50 units were.
    first = int(np.searchsorted(both.sessions, load_market("bundle").sessions[-200]))
    at = (first, both.column("B"))
    found = [both.opens[at], *(both.bars[part][at] for part in ("high", "low", "volume"))]
    assert found == [99.0, 102.0, 98.0, 50.0]
    run = ("run", "base", "--set", f"data.market={tmp_path / 'both'}", "--set", "strategy.asset=B", "--no-tearsheet")
    period = ("--set", "benchmark=A", "--set", f"period.start={both.sessions[first]}", "--out", str(tmp_path / "runs"))
    opened = json.loads(said(*run, *period, "--set", "execution.fill=open", "--json").stdout)
    assert opened["stamps"] == []


def test_opens_that_a_join_cannot_keep_are_told_and_stamped(tmp_path: Path) -> None:
    funds(tmp_path)
    done = said("data", "join", str(tmp_path / "A"), str(tmp_path / "C"), "--out", str(tmp_path / "both"))
    assert "opens of A left out, as C has none: execution.fill must be close" in done.stderr
    assert "every page of a run on it says: OPENS LEFT OUT: A" in done.stdout
    assert load_market(tmp_path / "both").stamps == ("OPENS LEFT OUT: A",)
    assert load_market(tmp_path / "both").opens is None


def test_opens_that_an_addition_cannot_keep_are_told_and_stamped(tmp_path: Path) -> None:
    funds(tmp_path)
    place = str(tmp_path / "A")
    done = said("data", "add", str(tmp_path / "C.csv"), "--total-return", "--to", place)
    assert "opens of A left out, as not every added asset has opens: execution.fill must be close" in done.stderr
    assert load_market(place).stamps == ("OPENS LEFT OUT: A",)
    assert load_market(place).opens is None
