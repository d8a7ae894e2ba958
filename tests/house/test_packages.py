"""What is installed is what is here: packages, data, metadata, licence."""

from __future__ import annotations

import configparser
import email
import hashlib
import os
import re
import sys
import zipfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

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


def test_the_packages_listed_are_the_folders_with_code_or_data(setup: configparser.ConfigParser, root: Path) -> None:
    folders = {p.parent.relative_to(root) for top in CODE for p in (root / top).rglob("__init__.py")}
    there = {f"fedcycle.{'.'.join(folder.parts)}" for folder in folders}
    listed = lines(setup["options"]["packages"])
    assert sorted(listed) == sorted(there | {"fedcycle.data.bundle", "fedcycle.configs"})


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


def test_the_namespace_has_no_init_that_would_shut_others_out(wheel: zipfile.ZipFile) -> None:
    assert "fedcycle/__init__.py" not in wheel.namelist()


def test_the_wheel_carries_the_licence_and_the_notice(wheel: zipfile.ZipFile) -> None:
    licences = [n for n in wheel.namelist() if ".dist-info/licenses/" in n]
    assert {Path(n).name for n in licences} == {"LICENSE", "NOTICE.md"}


def test_the_wheel_says_what_setup_says(wheel: zipfile.ZipFile, setup: configparser.ConfigParser) -> None:
    name = next(n for n in wheel.namelist() if n.endswith(".dist-info/METADATA"))
    told = email.message_from_string(wheel.read(name).decode("utf-8"))
    assert told["Version"] == setup["metadata"]["version"]
    assert told["License-Expression"] == "GPL-3.0-or-later"
    assert told["Requires-Python"] == ">=3.11"
    assert told.get_payload().startswith("# fedcycle")


def test_the_wheel_is_under_two_megabytes(wheel: zipfile.ZipFile) -> None:
    assert sum(entry.compress_size for entry in wheel.infolist()) < 2_000_000


def test_the_command_is_declared(wheel: zipfile.ZipFile) -> None:
    name = next(n for n in wheel.namelist() if n.endswith("entry_points.txt"))
    assert "fedcycle = fedcycle.backtests.cli:main" in wheel.read(name).decode()


def test_the_version_is_the_one_on_top_of_the_changelog(setup: configparser.ConfigParser, root: Path) -> None:
    change = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    first = re.search(r"^## \[?(\d+\.\d+\.\d+)\]?", change, flags=re.MULTILINE)
    assert first is not None
    assert first[1] == setup["metadata"]["version"]


def test_what_is_required_is_what_is_imported(setup: configparser.ConfigParser, sources: Sequence[Any]) -> None:
    """A missing requirement breaks a fresh install; one too many is a download that nobody needs."""
    used = {found.module.split(".")[0] for source in sources for found in source.imports()}
    third = used - set(sys.stdlib_module_names) - {"fedcycle"}
    owners = metadata.packages_distributions()
    wanted = {"ruamel.yaml" if module == "ruamel" else owners.get(module, [module])[0].lower() for module in third}
    extras = setup["options.extras_require"]
    optional = {name for extra in extras if extra not in {"test", "dev"} for name in names(extras[extra])}
    required = names(setup["options"]["install_requires"])
    assert wanted - optional == required - optional


def test_the_licence_is_the_gpl_3_word_by_word(root: Path) -> None:
    text = (root / "LICENSE").read_text(encoding="utf-8")
    assert "GNU GENERAL PUBLIC LICENSE\n                       Version 3, 29 June 2007" in text
    # The digest of https://www.gnu.org/licenses/gpl-3.0.txt.
    assert (
        hashlib.sha256(text.encode()).hexdigest() == "3972dc9744f6499f0f9b2dbf76696f2ae7ad8af9b23dde66d6af86c9dfb36986"
    )


def test_the_links_for_type_checkers_are_relative_and_lead_to_the_folders(root: Path) -> None:
    links = sorted((root / "typings" / "fedcycle").iterdir())
    assert [link.name for link in links] == ["backtests", "configs", "data", "strategies"]
    for link in links:
        assert link.is_symlink()
        assert os.fspath(link.readlink()) == f"../../{link.name}"
        assert link.resolve() == root / link.name
