"""Files of months and weeks: a data set of that frequency, and a portfolio put before a fund's first close."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fedcycle.data.dataset import load_market
from fedcycle.data.errors import DataError
from fedcycle.data.manifest import read_manifest
from fedcycle.data.sources.files import read
from fedcycle.data.user.splice import tracking
from fedcycle.data.user.user_data import Added, Said, add

MONTHS = (
    "2023-09-29",
    "2023-10-31",
    "2023-11-30",
    "2023-12-29",
    "2024-01-31",
    "2024-02-29",
    "2024-03-28",
    "2024-04-30",
)
"""Last sessions of New York's months; 2024-03-29 was Good Friday."""


def made(folder: Path, rows: dict[str, list[tuple[str, float]]], **how: object) -> Added:
    for name, cells in rows.items():
        (folder / f"{name}.csv").write_text("date,close\n" + "".join(f"{day},{level}\n" for day, level in cells))
    said = Said(declared=True, **how)  # type: ignore[arg-type]
    return add([read(folder / f"{name}.csv") for name in rows], base="bundle", out=folder / "m", said=said)


def counted(days: tuple[str, ...]) -> list[tuple[str, float]]:
    return [(day, 100.0 + k) for k, day in enumerate(days)]


def test_monthly_rows_make_a_data_set_of_month_ends(tmp_path: Path) -> None:
    done = made(tmp_path, {"A": counted(MONTHS)})
    market, manifest = load_market(done.folder), read_manifest(done.folder)
    assert (manifest.frequency, market.frequency) == ("monthly", "monthly")
    assert done.stamps == market.stamps == ("MONTHLY DATA",)
    own = market.prices[:, market.column("A")]
    assert market.sessions[~np.isnan(own)].astype(str).tolist() == list(MONTHS)
    assert own[~np.isnan(own)].tolist() == [100.0 + k for k in range(8)]
    # The base's assets stand at the same closes as in the bundle.
    bundle = load_market("bundle")
    day = np.datetime64("2024-03-28")
    for asset in ("small", "bills"):
        there = market.prices[market.position(day), market.column(asset)]
        assert there == bundle.prices[bundle.position(day), bundle.column(asset)]
    assert len(np.unique(market.sessions.astype("datetime64[M]"))) == len(market.sessions)


def test_a_calendar_month_end_is_the_last_session_before_it(tmp_path: Path) -> None:
    calendar = ("2023-11-30", "2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30")
    done = made(tmp_path, {"A": counted(calendar)})
    market = load_market(done.folder)
    own = market.prices[:, market.column("A")]
    assert market.sessions[~np.isnan(own)].astype(str).tolist()[1] == "2023-12-29"
    assert market.sessions[~np.isnan(own)].astype(str).tolist()[4] == "2024-03-28"


def test_a_month_that_was_not_over_is_left_out_and_said(tmp_path: Path) -> None:
    done = made(tmp_path, {"A": [*counted(MONTHS), ("2024-05-10", 200.0)]})
    assert "A: the last row, 2024-05-10, is of a month that was not over: left out" in done.notes
    market = load_market(done.folder)
    assert np.nanmax(market.prices[:, market.column("A")]) == 107.0


def test_rows_dated_by_the_first_of_the_month_are_refused_until_it_is_said_what_they_are(tmp_path: Path) -> None:
    firsts = tuple(f"{day[:7]}-01" for day in MONTHS)
    with pytest.raises(DataError, match=r"A\.csv:2: A is dated by the first day of each month.*say --dated start"):
        made(tmp_path, {"A": counted(firsts)})
    market = load_market(made(tmp_path, {"A": counted(firsts)}, dated_start=True).folder)
    own = market.prices[:, market.column("A")]
    assert market.sessions[~np.isnan(own)].astype(str).tolist() == list(MONTHS)


def test_rows_in_the_middle_of_months_are_refused_with_file_and_line(tmp_path: Path) -> None:
    middle = tuple(f"{day[:7]}-15" for day in MONTHS)
    with pytest.raises(
        DataError, match=r"A\.csv:2: A has a row on 2023-09-15, but the month's last session is 2023-09-29"
    ):
        made(tmp_path, {"A": counted(middle)})


def test_weekly_rows_make_a_data_set_of_week_ends(tmp_path: Path) -> None:
    # 2024-03-29 was Good Friday: that week ended on Thursday, whatever day the file gives it.
    weeks = ("2024-03-01", "2024-03-08", "2024-03-15", "2024-03-22", "2024-03-29", "2024-04-05")
    done = made(tmp_path, {"A": counted(weeks)})
    market = load_market(done.folder)
    assert (market.frequency, done.stamps) == ("weekly", ("WEEKLY DATA",))
    own = market.prices[:, market.column("A")]
    assert market.sessions[~np.isnan(own)].astype(str).tolist() == [*weeks[:4], "2024-03-28", weeks[5]]


def test_a_daily_file_is_refused_beside_a_monthly_market(tmp_path: Path) -> None:
    done = made(tmp_path, {"A": counted(MONTHS)})
    days = load_market("bundle").sessions[-40:].astype(str).tolist()
    (tmp_path / "D.csv").write_text("date,close\n" + "".join(f"{d},{50 + k}\n" for k, d in enumerate(days)))
    with pytest.raises(DataError, match="market m is monthly, but the added rows are daily; give monthly rows"):
        add([read(tmp_path / "D.csv")], base=done.folder, out=tmp_path / "n", declared=True)


def test_a_portfolio_before_a_fund_is_scaled_dated_stamped_and_its_tracking_said(tmp_path: Path) -> None:
    bundle = load_market("bundle")
    small = bundle.prices[:, bundle.column("small")]
    there = np.flatnonzero(~np.isnan(small))[-500:]
    days = bundle.sessions[there].astype(str).tolist()
    # The fund earns half of the portfolio's return each session, from 10 on.
    fund = 10.0 * np.cumprod(np.concatenate([[1.0], 1.0 + 0.5 * (small[there][1:] / small[there][:-1] - 1.0)]))
    rows = list(zip(days, fund.tolist(), strict=True))
    done = made(tmp_path, {"F": rows}, before={"F": "small"})
    assert f"SPLICED: F is small before {days[0]}" in done.stamps
    market = load_market(done.folder)
    level = market.prices[:, market.column("F")]
    join = market.position(np.datetime64(days[0]))
    assert level[join] == pytest.approx(10.0, rel=1e-12)
    # Before the join it has the portfolio's returns; after it, its own.
    base = market.prices[:, market.column("small")]
    assert level[join] / level[join - 250] == pytest.approx(base[join] / base[join - 250], rel=1e-12)
    assert level[join + 1] / level[join] == pytest.approx(fund[1] / fund[0], rel=1e-12)
    said = market.spliced["F"]
    assert said.startswith(
        f"before {days[0]} it is small, scaled to meet it there; over the 499 returns that both have"
    )
    # Half of a return correlates with it perfectly.
    assert "correlation is 1.000" in said


def test_tracking_is_what_paper_says() -> None:
    months = np.array(["2020-12-31", "2021-01-29", "2021-02-26", "2021-12-31"], dtype="datetime64[D]")
    own, fund = np.array([100.0, 110.0, 99.0, 99.0]), np.array([100.0, 108.0, 99.36, 99.36])
    found = tracking(own, fund, months, frequency="monthly")
    # Differences of returns: 2%, -2%, 0; their standard deviation is 2%, times the root of 12.
    assert found.tracking_error == pytest.approx(0.02 * np.sqrt(12), rel=1e-12)
    # 365 days: 99 / 100 against 99.36 / 100, to the power 365.25 / 365.
    assert found.difference == pytest.approx(0.99 ** (365.25 / 365) - 0.9936 ** (365.25 / 365), rel=1e-12)
    assert found.returns == 3


@pytest.mark.parametrize(
    ("before", "said"),
    [({"F": "smal"}, "'smal' is not there; write PORTFOLIO=FUND"), ({"G": "small"}, "'G' is not there")],
)
def test_a_splice_of_what_is_not_there_is_refused(tmp_path: Path, before: dict[str, str], said: str) -> None:
    with pytest.raises(DataError, match=said):
        made(tmp_path, {"F": counted(MONTHS)}, before=before)


def test_a_portfolio_that_begins_no_earlier_adds_nothing(tmp_path: Path) -> None:
    days = load_market("bundle").sessions[:40].astype(str).tolist()
    with pytest.raises(DataError, match="small has no price before 1989-12-29, so it adds nothing"):
        made(tmp_path, {"F": [(d, 10.0 + k) for k, d in enumerate(days)]}, before={"F": "small"})
