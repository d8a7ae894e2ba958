"""What is installed is what is here: packages, data, metadata, licence."""

from __future__ import annotations

import configparser
import email
import os
import re
import sys
import zipfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import fedcycle

CODE = ("data", "strategies", "backtests")


@pytest.fixture(scope="module")
def setup(root: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(root / "setup.cfg", encoding="utf-8")
    return parser


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


def names(requirements: str) -> set[str]:
    return {re.split(r"[ <>=!~\[;]", line, maxsplit=1)[0].lower() for line in lines(requirements)}


def test_no_folder_with_code_lacks_its_init(root: Path) -> None:
    folders = {p.parent for top in CODE for p in (root / top).rglob("*.py")}
    assert not [folder for folder in folders if not (folder / "__init__.py").is_file()]


def test_the_wheel_holds_every_source_file_and_template(wheel: zipfile.ZipFile, root: Path) -> None:
    kept = {".py", ".html", ".css", ".js", ".typed"}
    there = {
        p.relative_to(root) for top in CODE for p in (root / top).rglob("*") if p.suffix in kept or p.name == "py.typed"
    }
    missing = {f"fedcycle/{p.as_posix()}" for p in there} - set(wheel.namelist())
    assert not missing


def test_the_wheel_holds_the_bundle_byte_by_byte(wheel: zipfile.ZipFile, root: Path) -> None:
    files = [p for p in (root / "data" / "bundle").iterdir() if p.is_file()]
    assert {"levels.csv", "yields.csv", "manifest.json", "NOTICE.md"} <= {p.name for p in files}
    for file in files:
        assert wheel.read(f"fedcycle/data/bundle/{file.name}") == file.read_bytes(), file.name


def test_the_wheel_holds_every_config_and_type_marker(wheel: zipfile.ZipFile, root: Path) -> None:
    configs = {f"fedcycle/{p.relative_to(root).as_posix()}" for p in (root / "configs").rglob("*.yaml")}
    assert "fedcycle/configs/base.yaml" in configs
    assert configs | {f"fedcycle/{top}/py.typed" for top in CODE} <= set(wheel.namelist())


def test_the_wheel_puts_nothing_but_fedcycle_into_an_environment(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"fedcycle"}
    assert not [n for n in wheel.namelist() if "/tests/" in n or Path(n).name.startswith(("test_", "conftest"))]


def test_the_wheel_holds_the_package_itself(wheel: zipfile.ZipFile) -> None:
    assert {"fedcycle/__init__.py", "fedcycle/__main__.py", "fedcycle/py.typed"} <= set(wheel.namelist())
    assert not [name for name in wheel.namelist() if "__pycache__" in name]


def test_the_wheel_carries_the_licence_and_the_notice(wheel: zipfile.ZipFile) -> None:
    licences = [n for n in wheel.namelist() if ".dist-info/licenses/" in n]
    assert {Path(n).name for n in licences} == {"LICENSE", "LICENSE-uPlot.txt", "NOTICE.md"}


def test_the_wheel_says_what_setup_says(wheel: zipfile.ZipFile) -> None:
    name = next(n for n in wheel.namelist() if n.endswith(".dist-info/METADATA"))
    told = email.message_from_string(wheel.read(name).decode("utf-8"))
    assert told["Version"] == fedcycle.__version__
    assert told["License-Expression"] == "GPL-3.0-or-later AND MIT"
    assert told["Requires-Python"] == ">=3.11"
    assert told.get_payload().startswith("# fedcycle")


def test_the_wheel_is_under_three_megabytes(wheel: zipfile.ZipFile) -> None:
    assert sum(entry.compress_size for entry in wheel.infolist()) < 3_000_000


def test_the_command_is_declared(wheel: zipfile.ZipFile) -> None:
    name = next(n for n in wheel.namelist() if n.endswith("entry_points.txt"))
    assert "fedcycle = fedcycle.backtests.cli:main" in wheel.read(name).decode()


def test_the_version_is_the_one_on_top_of_the_changelog(root: Path) -> None:
    change = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    first = re.search(r"^## \[?(\d+\.\d+\.\d+)\]?", change, flags=re.MULTILINE)
    assert first is not None
    assert first[1] == fedcycle.__version__


def test_what_is_required_is_what_is_imported(setup: configparser.ConfigParser, sources: Sequence[Any]) -> None:
    """A missing requirement breaks a fresh install; one too many is a download that nobody needs."""
    used = {found.module.split(".")[0] for source in sources for found in source.imports()}
    third = used - set(sys.stdlib_module_names) - {"fedcycle"}
    owners = metadata.packages_distributions()
    wanted = {"ruamel.yaml" if module == "ruamel" else owners.get(module, [module])[0].lower() for module in third}
    extras = setup["options.extras_require"]
    optional = {name for extra in extras if extra not in {"test", "oracles", "dev"} for name in names(extras[extra])}
    required = names(setup["options"]["install_requires"])
    assert wanted - optional == required - optional


def test_the_links_to_the_top_level_folders_are_relative(root: Path) -> None:
    links = sorted(p for p in (root / "src" / "fedcycle").iterdir() if p.is_symlink())
    assert [link.name for link in links] == ["backtests", "configs", "data", "strategies"]
    for link in links:
        assert os.fspath(link.readlink()) == f"../../{link.name}"
        assert link.resolve() == root / link.name
