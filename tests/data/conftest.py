"""A raw folder small enough to compile with pencil and paper, and the way to the real one."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fedcycle.data import dataset as bundle

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


FIVE_FACTORS = "french/published/F-F_Research_Data_5_Factors_2x3_daily_202605_CSV.zip"
MOMENTUM = "french/published/F-F_Momentum_Factor_daily_CSV.zip"


def factor_archive(*names: str) -> bytes:
    """Factors that gain 0.2% a session, as the library publishes them, long enough for pandas-datareader to see."""
    before = [f"1988{month:02d}{day:02d}" for month in range(1, 5) for day in range(1, 21)]
    rows = "".join(f"{day},{','.join(f'{0.2:8.2f}' for _ in names)}\n" for day in (*before, *SESSIONS))
    text = f"This file was created by using the 202605 CRSP database.\n\n,{','.join(names)}\n{rows}\nCopyright 2026\n"
    return zipped("factors.csv", text.replace("\n", "\r\n"))


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
        FIVE_FACTORS: factor_archive("RMW", "CMA"),
        MOMENTUM: factor_archive("Mom"),
        "fomc_target_changes.csv": TARGETS,
        "nber_turning_points.csv": TURNING_POINTS,
        **{f"fred/{name}.csv": f"observation_date,{name}\n{YIELD_ROWS}" for name in ("DGS10", "DGS2", "DGS3MO")},
    }
    for name, content in files.items():
        (raw / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return raw


class Publisher(ThreadingHTTPServer):
    """FRED and the French library on this machine: serves files, or whatever a test puts in their place."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.instead: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.asked: list[str] = []
        self.released = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def replace(self, name: str, old: str, new: str) -> None:
        """Change the text of a served file, within its archive where it is one."""
        text = unzipped(self.files[name]) if name.endswith(".zip") else self.files[name].decode()
        assert old in text
        changed = text.replace(old, new)
        self.files[name] = zipped("x.csv", changed) if name.endswith(".zip") else changed.encode()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that hang up are what is tested."""


class Handler(BaseHTTPRequestHandler):
    """Answers as the publishers do: ``/graph/fredgraph.csv?id=NAME`` and ``.../ftp/NAME_CSV.zip``."""

    server: Publisher

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        name = self.path.rsplit("=", 1)[1] if "fredgraph" in self.path else self.path.rsplit("/", 1)[1]
        self.server.asked.append(name)
        if name in self.server.instead:
            self.server.instead[name](self)
        elif name in self.server.files:
            send(self, self.server.files[name])
        else:
            send(self, b"<html>Not found</html>", status=404)


def send(
    handler: BaseHTTPRequestHandler,
    body: bytes,
    *,
    status: int = 200,
    kind: str = "application/octet-stream",
    length: int | None = None,
    **headers: str,
) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def unzipped(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(archive.infolist()[0]).decode()


def as_published(text: str) -> str:
    """A file of daily returns as the library publishes it: an opening, no name for the dates, a copyright line."""
    table = text.replace("\r\n", "\n").rstrip("\n").partition(",")[2]
    opening = "This file was created using the 202505 CRSP database.\n\n"
    return f"{opening},{table}\n\nCopyright 2025 Eugene F. Fama and Kenneth R. French\n".replace("\n", "\r\n")


DAILY = {
    "Portfolios_Formed_on_ME_Daily": "Portfolios_Formed_on_ME_Daily",
    "25_Portfolios_ME_OP_5x5_daily": "25_Portfolios_ME_OP_5x5_Daily",
    "49_Industry_Portfolios_daily": "49_Industry_Portfolios_Daily",
    "F-F_Research_Data_Factors_daily": "F-F_Research_Data_Factors_daily",
}


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    server = Publisher()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()
    thread.join(timeout=60)


def serve(server: Publisher, raw: Path) -> None:
    """Serve a raw folder as its publishers do."""
    for dataset, file in DAILY.items():
        text = as_published((raw / "french" / f"{file}.csv").read_bytes().decode())
        server.files[f"{dataset}_CSV.zip"] = zipped(f"{dataset}.csv", text)
    for file in (raw / "french" / "published").glob("*_Formed_on_ME_CSV.zip"):
        server.files[file.name] = file.read_bytes()
    server.files["49_Industry_Portfolios_CSV.zip"] = (
        raw / "french" / "published" / "49_Industry_Portfolios_CSV.zip"
    ).read_bytes()
    server.files["F-F_Research_Data_5_Factors_2x3_daily_CSV.zip"] = (raw / FIVE_FACTORS).read_bytes()
    if (raw / MOMENTUM).is_file():
        server.files[MOMENTUM.rsplit("/", 1)[1]] = (raw / MOMENTUM).read_bytes()
    for file in (raw / "fred").glob("*.csv"):
        server.files[file.stem] = file.read_bytes()


@pytest.fixture
def tiny_published(tiny_raw: Path, publisher: Publisher) -> Publisher:
    """The raw folder of eight sessions, served; its tables are made long enough for pandas-datareader to see them."""
    industries, factors = (tiny_raw / "french" / f"{DAILY[n]}.csv" for n in list(DAILY)[2:])
    spare = tuple(f"Spare{k}" for k in range(60))
    industries.write_text(returns_text((*INDUSTRIES, *spare), INDUSTRY_RETURNS, SESSIONS[-2:]))
    names, *rows = factors.read_text().splitlines()
    before = [f"1988{month:02d}{day:02d},0.1,0.1,0.1,0.02" for month in range(1, 5) for day in range(1, 21)]
    factors.write_text("\n".join([names, *before, *filter(None, rows), ""]))
    (tiny_raw / "fred" / "DFEDTARU.csv").write_text("observation_date,DFEDTARU\n2008-12-16,0.25\n2008-12-17,0.25\n")
    (tiny_raw / "fred" / "CPIAUCSL.csv").write_text(
        "observation_date,CPIAUCSL\n1989-12-01,126.3\n1990-01-01,127.5\n1990-02-01,128.0\n"
    )
    for name in ("fomc_target_changes.csv", "nber_turning_points.csv"):  # those of every fetched data set
        (tiny_raw / name).write_bytes((Path(bundle.__file__).parent / "bundle" / name).read_bytes())
    serve(publisher, tiny_raw)
    return publisher
