"""The pages "own data" and "bring your backtrader strategy": their files are written and their commands run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from fedcycle.backtests.cli.app import cli
from fedcycle.data.dataset import load_market

ROOT = Path(__file__).parents[2]
OWN = (ROOT / "docs" / "own-data.md").read_text(encoding="utf-8")
NATIVE = (ROOT / "docs" / "bring-your-backtrader-strategy.md").read_text(encoding="utf-8")


def blocks(page: str) -> list[tuple[str, str, str]]:
    return re.findall(r"^```(\w+) ?([\w.-]*)\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)


def walked(page: str, folder: Path) -> list[str]:
    """Write every file of a page, run every command in its order, and return what each said."""
    said = []
    for kind, name, text in blocks(page):
        if kind == "csv":
            (folder / name).write_text(text, encoding="utf-8")
        elif kind in ("python", "yaml"):
            (folder / text.split("\n", 1)[0].removeprefix("# ")).write_text(text, encoding="utf-8")
    for kind, _, text in blocks(page):
        for line in text.splitlines() if kind == "sh" else []:
            program, *args = shlex.split(line)
            assert program == "fedcycle"
            result = CliRunner().invoke(cli, [*args, "--no-tearsheet"] if args[0] == "run" else args)
            assert result.exit_code == 0, (line, result.stderr, result.exception)
            said.append(result.output)
    return said


def test_the_page_own_data_works_word_by_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = walked(OWN, tmp_path)
    first = " ".join(said[0].split())
    assert "fund.csv: Yahoo; CSV, cells separated by a comma; one asset; oldest first; dates YYYY-MM-DD" in first
    assert "rows: 4 taken; left out: 1 no price (line 5)" in first
    assert "every page of a run on it says: SESSIONS LEFT OUT: 1" in first
    assert "nothing was written" in first
    assert dict(load_market("market-fund").gaps) == {"fund": 1}
    # 9 to 9.9 is 10%, then 9.99 / 9.9.
    prices = load_market("market-fund").prices[:, load_market("market-fund").column("fund")]
    there = prices[prices == prices]
    assert there[-1] / there[0] == pytest.approx(9.99 / 9.0, rel=1e-12)
    # 100 to 101 with a dividend of 1 at the end: 2%.
    market = load_market("with-a-file-of-dividends")
    level = market.prices[:, market.column("index")]
    level = level[level == level]
    assert level[-1] / level[0] == pytest.approx(1.02 * (102.0 / 102.0), rel=1e-12)
    assert load_market("without").stamps == ("PRICE RETURN: index",)
    assert load_market("market-months").frequency == "monthly"
    assert load_market("market-spliced").stamps == ("SPLICED: months is small before 2023-10-31", "MONTHLY DATA")
    assert load_market("europe").stamps == (
        "CURRENCY: EUR",
        "CENTRAL BANK: ECB",
        "OWN RECESSIONS: turns.csv",
    )
    assert load_market("market-fund").assets[-1] == "index"
    both, taken = load_market("both"), load_market("with-a-file-of-dividends")
    there = both.prices[:, both.column("index")]
    assert there[there == there].tolist() == [x for x in taken.prices[:, taken.column("index")].tolist() if x == x]


def test_the_question_takes_at_most_six_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From files to a page: mid instead of small after a surge of the yield, once the Fed has paused, at 20 bp."""
    monkeypatch.chdir(tmp_path)
    bundle = load_market("bundle")
    days = bundle.sessions[-1500:].astype(str).tolist()
    for k, name in enumerate(("small", "mid")):
        level = bundle.prices[-1500:, bundle.column(name)].tolist()
        rows = [
            f"{d},{x * (1 + 0.01 * ((i + k) % 2)):.6f}"
            for i, (d, x) in enumerate(zip(days, level, strict=True))
            if x == x
        ]
        Path(f"my-{name}.csv").write_text("\n".join(["Date,Close", *rows, ""]))
    commands = [
        "fedcycle data add my-small.csv my-mid.csv --total-return --dry-run",
        "fedcycle data add my-small.csv my-mid.csv --total-return --out mine",
        "fedcycle run examples/mid-after-a-surge-and-a-pause --set data.market=mine --set strategy.then=my-mid "
        "--set strategy.otherwise=my-small --set benchmark=my-small --set period.start=2021-01-04",
    ]
    assert len(commands) <= 6
    for line in commands:
        result = CliRunner().invoke(cli, shlex.split(line)[1:])
        assert result.exit_code == 0, (line, result.stderr, result.exception)
    page = next(Path("runs").glob("*/tearsheet.html")).read_text(encoding="utf-8")
    assert "my-mid" in page


def test_the_question_is_one_file_of_at_most_fifteen_lines() -> None:
    text = (ROOT / "configs" / "examples" / "mid-after-a-surge-and-a-pause.yaml").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 15


def test_the_bt_strategy_of_the_page_is_never_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    walked(NATIVE, tmp_path)
    text = (tmp_path / "switch.py").read_text()
    wrong = text.replace("wanted[each] - held[each])", "held[each] - wanted[each])").replace("0.98", "1.0")
    (tmp_path / "switch.py").write_text(wrong)
    result = CliRunner().invoke(cli, ["run", "switch.yaml", "--no-tearsheet"])
    assert result.exit_code != 0
    said = str(result.exception) + result.output
    for way in ("ended as Margin", "Place sells before buys", "target=0.98", "cheat_on_open"):
        assert way in said
