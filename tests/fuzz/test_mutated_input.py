"""Seeded fuzzers: mutated configs, data files and stored runs end in a sentence or a result, never in an error of ours.

``FEDCYCLE_FUZZ=20 pytest tests/fuzz`` runs twenty times as many cases, the usual ones among them.
"""

from __future__ import annotations

import datetime as dt
import io
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedcycle.backtests import config
from fedcycle.backtests.core.errors import ConfigError, RunError
from fedcycle.backtests.runs import storage
from fedcycle.backtests.workflows import reproduce
from fedcycle.backtests.workflows.jobs import Job, run_all
from fedcycle.data.errors import DataError
from fedcycle.data.sources import files
from fedcycle.data.sources.raw import RawFile

CONFIGS = Path(__file__).parents[2] / "configs"
PIECES = (
    *(b"", b"\n", b" ", b"\t", b"\x00", b"\xff", b"\xe2\x80\xae", b"\x1b[2J", b":", b"-", b"{", b"}", b"[", b"]"),
    *(b"'", b'"', b",", b"#", b"&a", b"*a", b"!!x", b"<<: ", b"~", b".nan", b"-.inf", b"1e999", b"0x7f", b"yes"),
    *(b"2020-02-30", b"null", b"9" * 30, b"../", b"/dev/zero", b"small", b"name: x\n", b"extends: base.yaml\n"),
    *(b"[" * 50, b"a: " * 20),
)
"""What mutations put in: what readers of text stumble over."""
CONFIG_CASES, TABLE_CASES, RUN_CASES = 250, 200, 120


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Return bytes with one to four changes: a bit, a piece put in, a stretch cut out, doubled or moved."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(content) + 1)
        stop = min(len(content), at + rng.randint(1, 40))
        stretch = content[at:stop]
        change = rng.randrange(5)
        if change == 0 and stretch:
            content = content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :]
        elif change == 1:
            content = content[:at] + rng.choice(PIECES) + content[at:]
        elif change == 2:
            content = content[:at] + content[stop:]
        elif change == 3:
            content = content[:stop] + stretch + content[stop:]
        else:
            rest = content[:at] + content[stop:]
            to = rng.randrange(len(rest) + 1)
            content = rest[:to] + stretch + rest[to:]
    return content


def cases(count: int, times: int) -> Iterator[random.Random]:
    return (random.Random(seed) for seed in range(count * times))  # noqa: S311 - a seed is the point


def test_a_mutated_config_is_valid_or_refused_in_a_sentence(times: int, tmp_path: Path) -> None:
    shipped = sorted(CONFIGS.rglob("*.yaml"))
    for seed, rng in enumerate(cases(CONFIG_CASES, times)):
        file = tmp_path / "mine.yaml"
        file.write_bytes(mutated(rng.choice(shipped).read_bytes(), rng))
        try:
            problems = config.check(file)
            if not problems:
                loaded = config.load(file)
                storage.json_bytes({"data": loaded.data, "origins": loaded.origins()})
                assert config.load(file).dump() == loaded.dump()
        except ConfigError:
            pass
        except Exception as error:  # noqa: BLE001 - any other is what is looked for
            pytest.fail(f"seed {seed}: {type(error).__name__}: {error}\n{file.read_bytes()!r}")
        else:
            assert all(problem.strip() and "\n" not in problem for problem in problems), f"seed {seed}: {problems}"


def tables() -> tuple[bytes, ...]:
    days = [dt.date(2019, 12, 2) + dt.timedelta(days=k) for k in range(120)]
    days = [day for day in days if day.weekday() < 5]
    wide = "date,A,B\n" + "".join(f"{day},{100 + k},{50 + k / 7}\n" for k, day in enumerate(days))
    bars = "Date,Open,High,Low,Close,Adj Close,Volume\n" + "".join(
        f"{day},{100 + k},{102 + k},{99 + k},{101 + k},{90 + k},1000\n" for k, day in enumerate(days)
    )
    long = "date,asset,close,adj close\n" + "".join(
        f"{day},{n},{9 + k},{8 + k}\n" for n in "XY" for k, day in enumerate(days)
    )
    packed = io.BytesIO()
    pq.write_table(pa.table({"date": days, "close": [1.0 + k for k in range(len(days))]}), packed)
    return wide.encode(), bars.encode(), long.encode(), packed.getvalue()


def test_a_mutated_file_of_prices_is_read_or_refused_in_a_sentence(times: int) -> None:
    whole = tables()
    for seed, rng in enumerate(cases(TABLE_CASES, times)):
        content = mutated(rng.choice(whole), rng)
        try:
            files.recognised(RawFile("mine.csv", content, files.MEND), name="mine")
        except DataError:
            pass
        except Exception as error:  # noqa: BLE001 - any other is what is looked for
            pytest.fail(f"seed {seed}: {type(error).__name__}: {error}\n{content[:300]!r}")


def _cut(file: Path, rng: random.Random) -> None:
    file.write_bytes(file.read_bytes()[: rng.randrange(file.stat().st_size)])


def _change(file: Path, rng: random.Random) -> None:
    file.write_bytes(mutated(file.read_bytes(), rng))


def _remove(file: Path, rng: random.Random) -> None:
    file.unlink()


def _swap(file: Path, rng: random.Random) -> None:
    other = rng.choice(sorted(file.parent.iterdir()))
    file.write_bytes(other.read_bytes())


def _link(file: Path, rng: random.Random) -> None:
    file.unlink()
    file.symlink_to("/etc/hostname")


DAMAGES: tuple[Callable[[Path, random.Random], None], ...] = (_cut, _change, _change, _change, _remove, _swap, _link)


def test_a_damaged_run_is_whole_or_listed_as_damaged_and_the_others_stand(times: int, tmp_path: Path) -> None:
    short = ("execution.engine=vectorised", "period.start=2005-01-03", "period.end=2005-12-30")
    job = Job("buy-and-hold-large", short, tmp_path / "runs", tearsheet=False)
    made = next(iter(run_all([job], notify=lambda _: None))).folder
    outside = tmp_path / "outside"
    outside.write_bytes(b"not ours")
    for seed, rng in enumerate(cases(RUN_CASES, times)):
        folder = Path(shutil.copytree(made, tmp_path / "strange" / made.name))
        rng.choice(DAMAGES)(rng.choice(sorted(folder.iterdir())), rng)
        try:
            row = reproduce.row(folder)
            assert row["damaged"] is None or str(folder) in row["damaged"]
            for act in (storage.load, reproduce.remove):
                with suppress(RunError):
                    act(folder)
        except Exception as error:  # noqa: BLE001 - any other is what is looked for
            pytest.fail(f"seed {seed}: {type(error).__name__}: {error}")
        shutil.rmtree(folder, ignore_errors=True)
    assert reproduce.row(made)["damaged"] is None
    assert outside.read_bytes() == b"not ours"
