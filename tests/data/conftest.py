"""A raw folder small enough to compile with pencil and paper, and the door to the real one."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

SESSIONS = ("19891228", "19891229", "19900102", "19900103", "19900201", "19901231", "19910102", "19910103")
DECILES = ("Lo 10", "2-Dec", "3-Dec", "4-Dec", "5-Dec", "6-Dec", "7-Dec", "8-Dec", "9-Dec", "Hi 10")
SIZES = ("<= 0", "Lo 30", "Med 40", "Hi 30", "Lo 20", "Qnt 2", "Qnt 3", "Qnt 4", "Hi 20", *DECILES)
QUALITY = (
    *("SMALL LoOP", "ME1 OP2", "ME1 OP3", "ME1 OP4", "SMALL HiOP"),
    *(f"ME{me} OP{op}" for me in (2, 3, 4) for op in (1, 2, 3, 4, 5)),
    *("BIG LoOP", "ME5 OP2", "ME5 OP3", "ME5 OP4", "BIG HiOP"),
)
INDUSTRIES = ("Agric", "Banks", "Insur", "RlEst", "Fin", "Other")
MONTHS = ("198912", *(f"1990{month:02d}" for month in range(1, 13)), "199101", "199102")

# Returns in percent, by column and session; whatever is not here is 0.00.
SIZE_RETURNS = {
    "7-Dec": {"19891229": 50.0, "19900102": 10.0, "19900103": 50.0},
    "9-Dec": {"19900201": -10.0},
    "Hi 30": {"19900102": 1.0, "19900103": -2.0},
    "<= 0": dict.fromkeys(SESSIONS, -99.99),
}
QUALITY_RETURNS = {"ME2 OP1": {"19900102": 10.0, "19900103": 10.0}, "ME3 OP1": {"19900103": -10.0}}
INDUSTRY_RETURNS = {"Banks": {"19910102": 20.0}, "Fin": {"19910103": -50.0}}

# Firms and average sizes by column and month; whatever is not here is 10 firms of 5.00.
FIRMS = {
    "7-Dec": {"198912": 1000, "199001": 10, "199002": 10},
    "8-Dec": {"199001": 20, "199002": 10},
    "9-Dec": {"199001": 30, "199002": 20},
}
FIRM_SIZES = {column: {"199001": 2.0, "199002": 3.0} for column in ("7-Dec", "8-Dec", "9-Dec")}
INDUSTRY_FIRMS = {"Banks": {"199101": 30}}


def returns_text(
    columns: Sequence[str], returns: Mapping[str, Mapping[str, float]], sessions: Sequence[str] = SESSIONS
) -> str:
    rows = [",".join([s, *(f"{returns.get(c, {}).get(s, 0.0):7.2f}" for c in columns)]) for s in sessions]
    return "\r\n".join([",".join(["Date", *columns]), *rows, ""])


def archive(name: str, columns: Sequence[str], tables: Mapping[str, Mapping[str, Mapping[str, float]]]) -> bytes:
    """Return a published archive: an opening, tables under their titles between blank lines, a copyright line."""
    lines = ["This file was created using the 202602 CRSP database.  It contains", "some tables.", "", ""]
    for title, figures in tables.items():
        default = {"Number of Firms in Portfolios": 10.0, "Average Firm Size": 5.0}.get(title, 777.0)
        lines += [f"  {title}", ",".join(["", *(f"{c:5}" for c in columns)])]
        lines += [",".join([m, *(f"{figures.get(c, {}).get(m, default):8.2f}" for c in columns)]) for m in MONTHS]
        lines += ["", ""]
    lines += ["Copyright 2026 Eugene F. Fama and Kenneth R. French", ""]
    return zipped(name, "\r\n".join(lines))


def zipped(name: str, text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, text)
    return out.getvalue()


TARGETS = """announced,effective,lower,upper,change_bp,scheduled,note
,1989-11-06,8.5,8.5,-25.0,,"from 8.75; pre-1994: no statement"
1992-09-04,1992-09-04,3.0,3.0,-550.0,False,
1994-02-04,1994-02-04,3.25,3.25,25.0,True,from 3
2020-03-15,2020-03-16,0.0,0.25,-300.0,False,a Sunday
"""
TURNING_POINTS = "event,month,announced\npeak,1990-07,1991-04-25\ntrough,1991-03,1992-12-22\n"
YIELD_ROWS = (
    "1989-12-29,7.93\n1990-01-02,7.94\n1990-01-03,\n1990-01-04,7.98\n1990-12-31,8.08\n1991-01-03,8.0\n1991-01-07,8.1\n"
)


@pytest.fixture
def tiny_raw(tmp_path: Path) -> Path:
    """A raw folder of eight sessions and six months."""
    raw = tmp_path / "raw"
    (raw / "french" / "published").mkdir(parents=True)
    (raw / "fred").mkdir()
    weights = {"Average Value Weight Returns -- Monthly": {}, "Number of Firms in Portfolios": FIRMS}
    files: dict[str, str | bytes] = {
        "french/Portfolios_Formed_on_ME_Daily.csv": returns_text(SIZES, SIZE_RETURNS),
        "french/25_Portfolios_ME_OP_5x5_Daily.csv": returns_text(QUALITY, QUALITY_RETURNS, (*SESSIONS, "19910104")),
        "french/49_Industry_Portfolios_Daily.csv": returns_text(INDUSTRIES, INDUSTRY_RETURNS, SESSIONS[-2:]),
        "french/F-F_Research_Data_Factors_daily.csv": "Date,Mkt-RF,SMB,HML,RF\r\n"
        + "".join(f"{s},0.1,0.1,0.1,0.026\r\n" for s in SESSIONS),
        "french/published/Portfolios_Formed_on_ME_CSV.zip": archive(
            "Portfolios_Formed_on_ME.csv", SIZES, {**weights, "Average Firm Size": FIRM_SIZES}
        ),
        "french/published/49_Industry_Portfolios_CSV.zip": archive(
            "49_Industry_Portfolios.csv",
            INDUSTRIES,
            {**weights, "Number of Firms in Portfolios": INDUSTRY_FIRMS, "Average Firm Size": {}},
        ),
        "fomc_target_changes.csv": TARGETS,
        "nber_turning_points.csv": TURNING_POINTS,
        **{f"fred/{name}.csv": f"observation_date,{name}\n{YIELD_ROWS}" for name in ("DGS10", "DGS2", "DGS3MO")},
    }
    for name, content in files.items():
        (raw / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return raw


@pytest.fixture(scope="session")
def raw_data() -> Path:
    """The folder with the publishers' real files."""
    folder = os.environ.get("FEDCYCLE_RAW_DATA")
    if not folder:
        pytest.skip("FEDCYCLE_RAW_DATA is not set: it names the folder with the publishers' raw files")
    return Path(folder)
