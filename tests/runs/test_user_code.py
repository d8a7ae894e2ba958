"""A stored run is used again only while every module and file that its rule depends on is what it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fedcycle.backtests import sweep as sweeps
from fedcycle.backtests.config import file_inputs
from fedcycle.backtests.workflows import reproduce
from fedcycle.backtests.workflows.jobs import Job, run_all
from fedcycle.backtests.workflows.study import StoredRun

ROOT = Path(__file__).parents[2]
HEAD = """
from dataclasses import dataclass
from pathlib import Path
from fedcycle.strategies.strategy import Strategy
"""
BODY = """

@dataclass(frozen=True, kw_only=True)
class Mine(Strategy):
    '''Holds a share of large caps.'''

    def weights(self, view):
        return {"large": SHARE}
"""
SHORT = ("execution.engine=vectorised", "period.start=2005-01-03", "period.end=2005-12-30")
STUDY = "extends: base.yaml\nname: mine\nstrategy:\n  class: CLASS\n"


class Desk:
    """A user's folder with a study, and runs kept elsewhere."""

    def __init__(self, root: Path) -> None:
        self.root, self.out = root / "desk", root / "runs"
        self.root.mkdir()
        self.said: list[str] = []

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def study(self, rule: str, named: str = "mine.py:Mine") -> None:
        self.write("mine.py", HEAD + rule + BODY)
        self.write("mine.yaml", STUDY.replace("CLASS", named))

    def run(self, *sets: str) -> StoredRun:
        self.said.clear()
        job = Job(str(self.root / "mine.yaml"), (*SHORT, *sets), self.out, tearsheet=False)
        return next(iter(run_all([job], notify=self.said.append)))

    def share(self, stored: StoredRun) -> float:
        """What the first decision wanted in large caps."""
        ledger = stored.run.ledger
        return float(ledger.targets[0, ledger.assets.index("large")])


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    found = Desk(tmp_path)
    monkeypatch.chdir(found.root)
    return found


def both(desk: Desk, file: Path, first: str, second: str) -> tuple[StoredRun, StoredRun]:
    """Run, change one file, and run again."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(first)
    one = desk.run()
    again = desk.run()
    assert again.reused
    assert again.run.id == one.run.id
    file.write_text(second)
    other = desk.run()
    assert (desk.share(one), desk.share(other)) == (0.4, 0.8)
    assert not other.reused
    assert other.run.id != one.run.id
    return one, other


def test_a_constant_of_a_module_beside_the_rule(desk: Desk) -> None:
    desk.study("from helper import SHARE\n")
    one, _ = both(desk, desk.root / "helper.py", "SHARE = 0.4\n", "SHARE = 0.8\n")
    assert (one.folder / "helper.py").read_text() == "SHARE = 0.4\n"


def test_a_constant_two_imports_away_and_back(desk: Desk) -> None:
    desk.study("from pkg.first import SHARE\n")
    desk.write("pkg/__init__.py", "")
    desk.write("pkg/first.py", "from . import second\nSHARE = second.SHARE\n")
    file = desk.root / "pkg" / "second.py"
    one, _ = both(desk, file, "SHARE = 0.4\n", "SHARE = 0.8\n")
    assert (one.folder / "pkg" / "second.py").is_file()
    file.write_text("SHARE = 0.4\n")
    assert desk.run().reused


def test_a_module_on_the_path(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    desk.study("import consts_on_a_path as consts\nSHARE = consts.SHARE\n")
    both(desk, tmp_path / "lib" / "consts_on_a_path.py", "SHARE = 0.4\n", "SHARE = 0.8\n")


def test_a_module_imported_only_when_the_rule_decides(desk: Desk) -> None:
    desk.study("SHARE = None\n")
    desk.write(
        "mine.py", (desk.root / "mine.py").read_text().replace("return", "from late import SHARE\n        return")
    )
    both(desk, desk.root / "late.py", "SHARE = 0.4\n", "SHARE = 0.8\n")


def test_a_rule_named_as_a_module(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.study("from helper import SHARE\n", named="mine:Mine")
    one, _ = both(desk, desk.root / "helper.py", "SHARE = 0.4\n", "SHARE = 0.8\n")
    assert {"mine.py", "helper.py"} <= {file.name for file in one.folder.iterdir()}


def test_an_installed_distribution_edited_in_place(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site-packages"
    info = site / "deskpkg-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: deskpkg\nVersion: 1.0\n")
    (info / "RECORD").write_text("deskpkg/__init__.py,,\ndeskpkg/consts.py,,\n")
    (site / "deskpkg").mkdir()
    (site / "deskpkg" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setattr("fedcycle.backtests.config.code_identity.site_folders", lambda: (site.resolve(),))
    desk.study("from deskpkg.consts import SHARE\n")
    (site / "deskpkg" / "consts.py").write_text("SHARE = 0.4\n")
    one = desk.run()
    assert desk.run().reused
    assert not (one.folder / "deskpkg").exists()  # installed by name and version, not copied
    (site / "deskpkg" / "consts.py").write_text("SHARE = 0.8\n")
    assert not desk.run().reused


def test_a_file_read_while_the_rule_is_loaded(desk: Desk) -> None:
    desk.study("SHARE = float((Path(__file__).parent / 'share.txt').read_text())\n")
    one, _ = both(desk, desk.root / "share.txt", "0.4", "0.8")
    assert (one.folder / "share.txt").read_text() == "0.4"


def test_a_file_read_by_a_helper_while_it_is_loaded(desk: Desk) -> None:
    desk.study("from reader import SHARE\n")
    desk.write("reader.py", "from pathlib import Path\nSHARE = float(Path('share.txt').read_text())\n")
    both(desk, desk.root / "share.txt", "0.4", "0.8")


def test_a_file_read_when_the_rule_decides(desk: Desk) -> None:
    desk.study("class Late:\n    def __rmul__(self, one): return 0\nSHARE = None\n")
    desk.write(
        "mine.py", (desk.root / "mine.py").read_text().replace("SHARE}", "float(Path('share.txt').read_text())}")
    )
    one, _ = both(desk, desk.root / "share.txt", "0.4", "0.8")
    assert (one.folder / "share.txt").read_text() == "0.4"
    desk.write("share.txt", "0.4")
    assert desk.run().run.id == one.run.id
    assert desk.run().reused


def test_a_file_that_was_not_there_and_is_now(desk: Desk) -> None:
    desk.study(
        "def share():\n    try:\n        return float(Path('share.txt').read_text())\n    except FileNotFoundError:\n"
        "        return 0.4\nSHARE = share()\n"
    )
    one = desk.run()
    assert desk.share(one) == 0.4
    assert desk.run().reused
    desk.write("share.txt", "0.8")
    assert desk.share(desk.run()) == 0.8


def test_a_bt_strategy_that_reads_a_file(desk: Desk) -> None:
    desk.write(
        "mine.py",
        "import pathlib\nimport backtrader as bt\n\nclass Mine(bt.Strategy):\n    def __init__(self):\n"
        "        self.units = float(pathlib.Path('units.txt').read_text())\n"
        "        self.bought = False\n    def next(self):\n"
        "        if not self.bought:\n            self.bought = True\n"
        "            self.buy(data=self.getdatabyname('large'), size=self.units)\n",
    )
    desk.write("mine.yaml", STUDY.replace("CLASS", "mine.py:Mine"))
    backtrader = "execution.engine=backtrader"
    found = []
    for units in ("4", "8"):
        desk.write("units.txt", units)
        found.append(desk.run(backtrader))
        assert desk.run(backtrader).reused
    assert [stored.run.ledger.trades.units[0] for stored in found] == [4.0, 8.0]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("import os\nSHARE = float(os.environ.get('DESK_SHARE', '0.4'))\n", "mine.py:6 reads environment variables"),
        ("import datetime as dt\nSHARE = 0.4 if dt.datetime.now().year > 2000 else 0\n", "mine.py:6 asks the clock"),
        ("import os\nSHARE = 0.4 if os.listdir('.') else 0\n", "lists a folder"),
        ("import subprocess\nSHARE = 0.4\n", "mine.py:5 starts other programs"),
        ("import importlib\nSHARE = importlib.import_module('math').pi / 10\n", "imports modules by names made"),
        ("import numpy as np\nSHARE = 0.4 + 0 * np.random.default_rng().random()\n", "draws random numbers"),
    ],
)
def test_what_cannot_be_known_is_not_used_again_and_says_why(desk: Desk, line: str, why: str) -> None:
    desk.study(line)
    desk.run()
    again = desk.run()
    assert not again.reused
    assert any("no stored run is used again, since" in said and why in said for said in desk.said)


def test_a_seeded_rule_is_used_again(desk: Desk) -> None:
    desk.study("import numpy as np\nSHARE = 0.4 + 0 * np.random.default_rng(7).random()\n")
    desk.run()
    assert desk.run().reused


def test_a_run_moved_to_another_folder_runs_again_to_the_byte(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    (tmp_path / "lib" / "far").mkdir(parents=True)
    (tmp_path / "lib" / "far" / "__init__.py").write_text("")
    (tmp_path / "lib" / "far" / "deep.py").write_text("BASE = 0.1\n")
    desk.study(
        "from helper import MORE\nfrom far.deep import BASE\n"
        "SHARE = BASE + MORE + float(Path('share.txt').read_text())\n"
    )
    desk.write("helper.py", "MORE = 0.1\n")
    desk.write("share.txt", "0.2")
    stored = desk.run()
    elsewhere = tmp_path / "another" / stored.folder.name
    shutil.copytree(stored.folder, elsewhere)
    shutil.rmtree(desk.root)
    shutil.rmtree(tmp_path / "lib")
    (tmp_path / "empty").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    words = "from fedcycle.backtests.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", words, "runs", "rerun", str(elsewhere)],
        cwd=tmp_path / "empty", env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "the same bytes again in all 11 files" in done.stdout


def test_two_rules_with_helpers_of_one_name_keep_apart(desk: Desk) -> None:
    shares = []
    for folder, share in (("one", "0.4"), ("two", "0.8"), ("one", "0.4")):
        desk.write(f"{folder}/mine.py", HEAD + "from helper import SHARE\n" + BODY)
        desk.write(f"{folder}/helper.py", f"SHARE = {share}\n")
        desk.write("mine.yaml", STUDY.replace("CLASS", f"{folder}/mine.py:Mine"))
        shares.append(desk.share(desk.run()))
    assert shares == [0.4, 0.8, 0.4]


def swept(desk: Desk) -> str:
    file = desk.root / "mine.yaml"
    file.write_text(STUDY.replace("CLASS", "mine.py:Mine") + "sweep:\n  execution.costs.slippage_bps: [0, 5]\n")
    desk.said.clear()
    notify = desk.said.append
    return sweeps.sweep(
        str(file), sweeps_dir=desk.out, sets=SHORT, jobs=1, on_progress=lambda *_: None, notify=notify
    ).id


def test_a_sweep_does_not_repeat_rows_of_another_helper(desk: Desk) -> None:
    desk.study("from helper import SHARE\n")
    ids = []
    for share in ("0.4", "0.8"):
        desk.write("helper.py", f"SHARE = {share}\n")
        ids.append(swept(desk))
    assert ids[0] != ids[1]


def test_a_sweep_does_not_repeat_rows_of_another_file_read_when_the_rule_decides(desk: Desk) -> None:
    desk.study("SHARE = None\n")
    read = (desk.root / "mine.py").read_text().replace("SHARE}", "float(Path('share.txt').read_text())}")
    desk.write("mine.py", read)
    ids = []
    for share in ("0.4", "0.8"):
        desk.write("share.txt", share)
        ids.append(swept(desk))
    assert ids[0] != ids[1]


def test_a_sweep_whose_inputs_cannot_be_known_is_run_again_and_says_why(desk: Desk) -> None:
    desk.study("import os\nSHARE = float(os.environ.get('DESK_SHARE', '0.4'))\n")
    assert swept(desk) == swept(desk)
    assert any("results kept are not used again, since mine.py:6 reads environment" in said for said in desk.said)


def test_a_file_written_by_the_rule_is_no_input(desk: Desk) -> None:
    desk.study("Path('log.txt').write_text('loaded')\nSHARE = 0.4\n")
    desk.run()
    assert desk.run().reused


def test_a_rerun_of_a_run_with_helpers_is_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    desk.study("from helper import SHARE\n")
    desk.write("helper.py", "SHARE = 0.4\n")
    stored = desk.run()
    desk.write("helper.py", "SHARE = 0.8\n")
    assert reproduce.rerun(stored.folder).same
    assert not (stored.folder / "__pycache__").exists()
    reproduce.remove(stored.folder)
    assert not stored.folder.exists()


def test_a_file_of_pythons_own_is_no_input() -> None:
    assert file_inputs.is_installed(Path(os.__file__))
    assert not file_inputs.is_installed(Path(__file__))
