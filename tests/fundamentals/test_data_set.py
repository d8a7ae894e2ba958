"""From files of one's own to a data set of stocks by the command, with what goes wrong in such files: each by name."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from fedcycle.backtests.cli.app import cli
from fedcycle.data.dataset import load_market
from fedcycle.data.fundamentals import splits
from fedcycle.data.market import Market
from fedcycle.strategies import library

from .conftest import day

FIRST, LAST, SPLIT, END = "2021-01-04", "2022-12-30", "2022-06-01", "2022-03-31"
STOCKS = ("AAA", "BBB", "BBC", "CCC", "DDD", "EEE", "SLOW")
COMPANIES = "ticker,company,name\nAAA,1,Caf\xe9\nBBB,2,B\nBBC,2,B\nCCC,3,C\nDDD,4,D\nEEE,5,E\nEEE,6,E\nSLOW,7,S\n"


def invoke(*words: str) -> str:
    result = CliRunner().invoke(cli, list(words))
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def bars() -> str:
    """AAA splits 2 for 1; CCC ends; DDD never has a volume; SLOW's closes are all unadjusted for its split."""
    sessions = load_market("bundle").sessions
    kept = sessions[(sessions >= day(FIRST)) & (sessions <= day(LAST))]
    rows = ["ticker,date,close,adj close,volume"]
    for ticker in STOCKS:
        for session in kept:
            after = session >= day(SPLIT)
            close, adjusted, volume = 40.0, 40.0, "1000" if ticker != "BBC" else "9000"
            if ticker == "AAA":
                close, adjusted = 20.0 if after else 40.0, 20.0
            if ticker == "SLOW":
                close = adjusted = 20.0 if after else 40.0
            if ticker == "DDD":
                volume = ""
            if ticker == "CCC" and session > day(END):
                continue
            rows.append(f"{ticker},{session},{close},{adjusted},{volume}")
    rows.append(f"DUST,{FIRST},0.0001,0.0001,5")
    return "\n".join(rows) + "\n"


def accounts() -> str:
    """Shares and earnings, known 40 days after each quarter; the count of AAA and SLOW doubles in June 2022."""
    rows = ["company,item,start,end,value,known_on"]
    quarters = np.arange("2020-03", "2022-12", np.timedelta64(3, "M"), dtype="datetime64[M]")
    for company in range(1, 8):
        for begin in quarters:
            end = (begin + np.timedelta64(3, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
            known = end + np.timedelta64(40, "D")
            split = company in (1, 7) and end >= day(SPLIT)
            rows.append(f"{company},shares,,{end},{10e6 * (2 if split else 1):.0f},{known}")
            rows.append(f"{company},net_income,{begin.astype('datetime64[D]')},{end},{5e6 + 1e5 * company},{known}")
    for known, value in (("2021-06-01", 20e6), ("2021-10-01", 26e6), ("2022-02-01", 24e6)):
        rows.append(f"4,consensus,,{known},{value},{known}")
    return "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "bars.csv").write_text(bars())
    (folder / "own.csv").write_bytes(b"\xef\xbb\xbf" + accounts().encode())
    (folder / "companies.csv").write_bytes(COMPANIES.encode("latin-1"))
    (folder / "gone.csv").write_text("ticker,return\nCCC,-0.4\nAAA,-1\nZZZ,-1\n")
    said = invoke(
        "data", "add-fundamentals", f"{folder}/own.csv", "--out", f"{folder}/facts", "--prices", f"{folder}/bars.csv",
        "--companies", f"{folder}/companies.csv", "--data-set", f"{folder}/set", "--delisting", f"{folder}/gone.csv",
        "--json",
    )  # fmt: skip
    (folder / "said.json").write_text(said)
    return folder


@pytest.fixture(scope="module")
def market(desk: Path) -> Market:
    return load_market(desk / "set")


def test_what_cannot_be_joined_to_one_company_is_refused_by_name_and_counted(desk: Path, market: Market) -> None:
    assert market.fundamentals is not None
    assert market.fundamentals.assets == ("AAA", "BBC", "CCC", "DDD")
    with (desk / "facts" / "refused.csv").open(encoding="utf-8") as file:
        refused = {(row["company"], row["reason"]) for row in csv.DictReader(file)}
    assert refused == {
        ("BBB", "another ticker of the same company is traded more"),
        ("EEE", "it stands for two companies"),
        ("EEE", "no company with accounts"),
        ("SLOW", splits.NOT_ADJUSTED),
        ("1", splits.MULTIPLIED),
        ("AAA", "a delisting return of a stock that has not ended"),
        ("ZZZ", "a delisting return of a stock that is not in the data set"),
    }
    said = json.loads((desk / "said.json").read_text())
    assert said["refused"][splits.MULTIPLIED] == 1
    assert "1 rows without a close of at least 0.001 dollars" in said["data_set"]["notes"]


def test_a_data_set_keeps_the_splits_and_its_market_value_stays_at_400_million(market: Market) -> None:
    for session in ("2022-05-31", SPLIT, "2022-10-07", "2022-10-10", LAST):
        view = market.as_of(day(session)).fundamentals
        assert view.market_value()[view.assets.index("AAA")] == pytest.approx(4e8, rel=1e-12), session


def test_an_ended_stock_is_paid_what_the_table_says_and_the_run_is_stamped(desk: Path, market: Market) -> None:
    """The screen holds BBC, CCC and DDD, a third each, and nothing moves but what CCC's holders get."""
    assert market.delisting_returns["CCC"] == -0.4
    stated = {
        "data.market": desk / "set", "period.start": "2021-06-01", "period.end": LAST, "execution.engine": "vectorised",
        "execution.costs.slippage_bps": "0.0", "strategy.hold_rank": "null", "strategy.refinancing": "false",
        "strategy.revisions": "false", "strategy.max_weight": "1.0",
    }  # fmt: skip
    words = [word for key, value in stated.items() for word in ("--set", f"{key}={value}")]
    for setting, stamp, left in (
        ("data", "DELISTING: DATA", 0.6),
        ("last", "DELISTING: LAST", 1.0),
        ("-0.3", "DELISTING: -0.3", 0.7),
    ):
        said = invoke(
            "run", "stocks/quality-small-caps-stocks", *words, "--set", f"execution.delisting={setting}", "--out",
            str(desk / "runs"), "--json",
        )  # fmt: skip
        run = json.loads(said)
        assert stamp in run["stamps"]
        assert run["statistics"]["final_value"] == pytest.approx(1e6 * (2 + left) / 3, rel=1e-9)


def test_revisions_are_of_the_consensus_where_a_company_has_one_else_of_trailing_earnings(market: Market) -> None:
    rule = library.load("QualitySmallCaps")(size="small", refinancing=False, max_weight=1.0)
    up, down = market.as_of(day("2021-11-01")), market.as_of(day("2022-03-01"))
    for view, change, passed in ((up, 6e6, True), (down, -2e6, False)):
        parts = {p.name: p for p in rule.explain_stock(view, "DDD").parts}
        part = parts["revisions: change of the consensus over 63 sessions"]
        assert (part.value, part.passed) == (change, passed)
        assert [fact.item for fact in part.facts] == ["consensus"]
    others = {p.name: p for p in rule.explain_stock(market.as_of(day("2022-05-02")), "AAA").parts}
    assert others["revisions: change of trailing earnings over a year, a stand-in"].value == 0.0


def test_a_stock_without_volume_is_not_tradable_where_a_least_value_is_asked(market: Market) -> None:
    view = market.as_of(day("2021-11-01"))
    assert view.fundamentals.traded_value(63).tolist() == [40e3, 360e3, 40e3, 0.0]
