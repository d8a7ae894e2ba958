"""Announcements of one's own and the roles of one's own assets, put into a data set that was made."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fedcycle.backtests.analysis.event_study import event_study
from fedcycle.data.dataset import folder_of, load_market
from fedcycle.data.errors import DataError
from fedcycle.data.manifest import Manifest, read_manifest
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.storage import checksums
from fedcycle.data.user.policy_changes import policy, put


def read(text: str, **options: str) -> object:
    return policy(RawFile("mine.csv", text.encode()), **options)


def put_into(folder: Path, **said: Any) -> tuple[Manifest, tuple[str, ...]]:
    """Put what a user said into a data set; return its new manifest and the notes."""
    files, notes = put({p.name: p.read_bytes() for p in folder.iterdir()}, where=folder, **said)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return read_manifest(folder), notes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(folder_of("bundle"), tmp_path / "mine")
    return tmp_path / "mine"


HEAD = "announced,rate,change_bp\n"


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("2026-10-28,4.25,0.25\n", r"mine.csv:2: change_bp is 0.25, but it is in basis points; write 25"),
        ("2026-10-28,4.25,25\n2026-10-28,4.5,25\n", r"mine.csv:3: 2026-10-28 is repeated"),
        ("2026-10-28,4.25,25\n2026-09-28,4.5,25\n", r"mine.csv:3: 2026-09-28 comes after 2026-10-28"),
        ("2026-10-28,4.25,25\n2026-12-09,4.75,25\n", r"mine.csv:3: change_bp is 25, but rate goes from 4.25 to 4.75"),
        ("1990-10-28,4.25,25\n", r"before 1994-02-04"),
        ("2026-10-28,4.25,0\n", r"which is no change; leave the row out"),
        ("", r"the table has no row"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused_with_its_line(rows: str, fault: str) -> None:
    with pytest.raises(DataError, match=fault):
        read(HEAD + rows)


def test_announcements_of_the_fed_follow_the_table(folder: Path) -> None:
    raw = RawFile("mine.csv", (HEAD + "2026-10-28,4.25,25\n").encode())
    put_into(folder, own=policy(raw, complete_to=date(2026, 11, 20)))
    changes = load_market(folder).series["target_change"]
    assert changes.known_on.astype(str).tolist()[-2:] == ["2026-09-16", "2026-10-28"]
    assert str(changes.complete_to) == "2026-11-20"
    assert not list(checksums.problems(folder))


def test_an_announcement_that_does_not_fit_the_table_is_refused_and_nothing_is_changed(folder: Path) -> None:
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    raw = RawFile("mine.csv", (HEAD + "2026-10-28,4.50,25\n").encode())
    with pytest.raises(DataError, match="but the target was 4 before"):
        put_into(folder, own=policy(raw))
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_another_bank_takes_the_feds_place_and_a_day_without_a_session_is_said(folder: Path) -> None:
    # The ECB's deposit rate in 2024, announced on Thursdays; the Saturday is made up.
    raw = RawFile("ecb.csv", (HEAD + "2024-06-06,3.75,-25\n2024-09-14,3.50,-25\n").encode())
    made, notes = put_into(folder, own=policy(raw, bank="European Central Bank", currency="EUR"))
    assert load_market(folder).series["target_change"].values.tolist() == [-25.0, -25.0]
    entry = next(e for e in made.series if e.name == "target_change")
    assert entry.source == "European Central Bank (EUR), your own file ecb.csv"
    assert notes == ("2024-09-14 is no session: that change is known at the close of 2024-09-16",)


def test_a_role_is_played_by_the_asset_that_is_named(folder: Path) -> None:
    put_into(folder, roles={"small": "micro"})
    market, bundle = load_market(folder), load_market("bundle")
    assert (market.role("small"), market.role("large"), bundle.role("small")) == ("micro", "large", "small")
    study, other = event_study(market), event_study(bundle)
    assert study.measured[0]["12m"].returns["small"] != other.measured[0]["12m"].returns["small"]
    micro = market.prices[:, market.column("micro")]
    start, end = (list(market.sessions.astype(str)).index(d) for d in ("1996-01-31", "1997-01-31"))
    assert study.measured[0]["12m"].returns["small"] == pytest.approx(micro[end] / micro[start] - 1, rel=1e-12)
    assert study.document["roles"]["small"] == "micro"


def test_a_role_that_no_asset_can_play_is_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="'IWM' is no asset"):
        put_into(folder, roles={"small": "IWM"})
