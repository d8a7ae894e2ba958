"""Three datings of the end of easing, and the lead of small over large after each, against plain arithmetic."""

from __future__ import annotations

import csv
import io
import os
import statistics
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from fedcycle.backtests.core.cycle_dating import (
    easings,
    every_lead,
    funds_rate_easings,
    leads,
    runs_of_cuts,
    target_history,
)
from fedcycle.data.dataset import load_market
from fedcycle.data.market import Market
from fedcycle.data.typing import days

DECILES = ("Lo 10", "2-Dec", "3-Dec", "4-Dec", "5-Dec", "6-Dec")


@pytest.fixture(scope="module")
def long() -> Market:
    return load_market("long")


def test_a_run_of_cuts_ends_at_a_rise_and_small_runs_can_be_left_out() -> None:
    dates = days(["2000-01-03", "2000-02-01", "2000-03-01", "2000-04-03", "2000-05-01"])
    change = np.array([-25.0, -50.0, 25.0, -25.0, 50.0])
    assert [(str(r.first), str(r.final), str(r.reversed_on), r.size_bp) for r in runs_of_cuts(dates, change)] == [
        ("2000-01-03", "2000-02-01", "2000-03-01", 75.0),
        ("2000-04-03", "2000-04-03", "2000-05-01", 25.0),
    ]
    assert len(runs_of_cuts(dates, change, least_bp=75.0)) == 1


def test_a_last_run_of_cuts_is_open() -> None:
    (run,) = runs_of_cuts(days(["2000-01-03"]), np.array([-25.0]))
    assert run.reversed_on is None


def test_a_trough_of_the_funds_rate_needs_a_rise_of_a_full_point() -> None:
    months = days([f"2000-{m:02d}-01" for m in range(1, 11)])
    # Peak 5.0 in February, bottom 3.5 in May (the last of two equal months), 4.4 is not enough, 4.5 confirms.
    rate = np.array([4.8, 5.0, 4.4, 3.5, 3.5, 3.9, 4.4, 4.5, 4.6, 3.6])
    first, second = funds_rate_easings(months, rate)
    assert (str(first.first), str(first.final), str(first.reversed_on)) == ("2000-02-29", "2000-05-31", "2000-08-31")
    assert first.size_bp == 150.0
    assert (str(second.first), second.reversed_on) == ("2000-09-30", None)  # from 4.6 to 3.6, not turned yet


def test_the_primary_dating_has_seventeen_easings_with_a_whole_window(long: Market) -> None:
    found = [each for each in leads(long, easings(long)) if each.lead is not None]
    assert len(found) == 17
    assert [str(e.final) for e in easings(long)][:3] == ["1954-04-16", "1958-04-18", "1960-08-12"]
    # The cycle that the cut-off of 1994 hides: DOMAIN's table begins with 1995.
    assert ("1990-12-19", "1992-07-02") in [(str(e.first), str(e.final)) for e in easings(long)]


def test_the_other_datings_have_the_number_of_easings_the_specification_says(long: Market) -> None:
    # DOMAIN 7: runs of 75 bp and more since 1982, twelve of them whole; about 20 of the funds rate since 1954.
    assert len([x for x in leads(long, easings(long, "target")) if x.lead is not None]) == 12
    assert len(easings(long, "funds rate")) == 20


def test_target_changes_before_1994_are_dated_by_their_effect() -> None:
    dates, change = target_history()
    assert (str(dates[0]), change[0]) == ("1982-10-01", -25.0)
    assert "2024-12-18" in dates.astype(str).tolist()  # announced; effective on the 19th


@pytest.fixture(scope="module")
def by_hand() -> dict[str, dict[date, float]]:
    """Growth of small and large since 1953-12-31 at each session, from the raw files, one plain number at a time."""
    folder = os.environ.get("FEDCYCLE_RAW_DATA")
    if not folder:
        pytest.skip("FEDCYCLE_RAW_DATA is not set: it names the folder with the publishers' raw files")
    french = Path(folder) / "french"
    weights = _weights(french / "published" / "Portfolios_Formed_on_ME_CSV.zip")
    small, large, month, values = 1.0, 1.0, "", dict.fromkeys(DECILES, 0.0)
    out: dict[str, dict[date, float]] = {"small": {}, "large": {}}
    with (french / "Portfolios_Formed_on_ME_Daily.csv").open(newline="") as file:
        reader = csv.DictReader(file)
        names = {n.strip(): n for n in reader.fieldnames or []}
        for row in reader:
            text = row[names["Date"]].strip()
            if text <= "19531231":
                continue
            if text[:6] != month:
                month = text[:6]
                total = sum(weights[month].values())
                values = {d: small * w / total for d, w in weights[month].items()}
            values = {d: v * (1 + float(row[names[d]]) / 100) for d, v in values.items()}
            small = sum(values.values())
            large *= 1 + float(row[names["Hi 30"]]) / 100
            day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
            out["small"][day], out["large"][day] = small, large
    return out


def _weights(path: Path) -> dict[str, dict[str, float]]:
    """Return month -> decile -> firms x average size."""
    with zipfile.ZipFile(path) as packed:
        lines = packed.read(packed.namelist()[0]).decode().splitlines()
    tables = {}
    for title in ("Number of Firms in Portfolios", "Average Firm Size"):
        at = next(i for i, line in enumerate(lines) if line.strip() == title) + 1
        end = next(i for i in range(at, len(lines)) if not lines[i].strip())
        rows = list(csv.reader(io.StringIO("\n".join(lines[at:end]))))
        head = [cell.strip().replace("Dec ", "") for cell in rows[0]]
        names = [f"{h}-Dec" if h.isdigit() else h for h in head]
        tables[title] = {r[0].strip(): dict(zip(names[1:], map(float, r[1:]), strict=True)) for r in rows[1:]}
    firms, size = tables.values()
    return {m: {d: firms[m][d] * size[m][d] for d in DECILES} for m in firms if m in size}


def _lead_by_hand(by_hand: dict[str, dict[date, float]], announced: date) -> float:
    sessions = sorted(by_hand["small"])
    base = next(s for s in sessions if s >= announced)
    last = announced.replace(year=announced.year + 1)
    end = max(s for s in sessions if s <= last)
    growth = {a: by_hand[a][end] / by_hand[a][base] - 1 for a in ("small", "large")}
    return growth["small"] - growth["large"]


def test_the_lead_cycle_by_cycle_is_the_one_worked_out_from_the_raw_files(
    long: Market, by_hand: dict[str, dict[date, float]]
) -> None:
    found = [each for each in leads(long, easings(long)) if each.lead is not None]
    expected = [_lead_by_hand(by_hand, each.easing.final.item()) for each in found]
    # Seven significant digits at both ends of a window that may more than double: 1e-6, so 1e-5 is ample.
    assert [each.lead for each in found] == pytest.approx(expected, abs=1e-5)
    assert 100 * statistics.mean(expected) == pytest.approx(11.19, abs=0.01)
    assert sum(x > 0 for x in expected) == 12


def test_the_average_of_all_windows_is_the_one_worked_out_from_the_raw_files(
    long: Market, by_hand: dict[str, dict[date, float]]
) -> None:
    starts, lead = every_lead(long)
    sample = range(100, len(starts), 997)  # every 997th window, a leap day's aside
    for k in sample:
        start = starts[k].item()
        if (start.month, start.day) != (2, 29):
            assert lead[k] == pytest.approx(_lead_by_hand(by_hand, start), abs=1e-5)
    assert 100 * float(lead.mean()) == pytest.approx(2.04, abs=0.01)
