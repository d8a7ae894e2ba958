"""What a result was made from: digests of code and data, versions of libraries, and the identity they add up to."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import fedcycle.backtests
import fedcycle.data
import fedcycle.strategies

LIBRARIES = ("backtrader", "jinja2", "numpy", "pyarrow", "pydantic", "ruamel.yaml")
"""Every library that can change a byte of a run's folder."""
_CODE = (".py", ".html", ".css", ".js")


@cache
def code_digest() -> str:
    """Return ``sha256:`` and the digest of all our own source, whatever folder it is installed in."""
    h = hashlib.sha256()
    for name, content in _sources():
        h.update(f"{name}\0{len(content)}\0".encode())
        h.update(content)
    return "sha256:" + h.hexdigest()


@cache
def versions() -> Mapping[str, str]:
    """Return the versions of Python and of the libraries that a result depends on."""
    return {"python": platform.python_version()} | {name: _version(name) for name in LIBRARIES}


def _version(name: str) -> str:
    """Return what ``metadata.version`` does, without reading a library's whole description as an e-mail."""
    found = metadata.distribution(name)
    for line in (found.read_text("METADATA") or "").splitlines():
        if line.startswith("Version:"):
            return line.partition(":")[2].strip()
        if not line:  # the description begins
            break
    return found.version


def identity(config: Mapping[str, Any], *, market_digest: str, files: Mapping[str, bytes]) -> str:
    """Return the digest of everything that could change a number of a run, as 64 hexadecimal digits.

    Where a data set is kept does not matter, so ``data.market`` is left out: the digest of its facts is in. ``files``
    are those that the config names beside itself, name -> content.
    """
    parts = {
        "config": {key: value for key, value in config.items() if key != "data"},
        "market": market_digest,
        "code": code_digest(),
        "versions": versions(),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _sources() -> Iterator[tuple[str, bytes]]:
    for package in (fedcycle.backtests, fedcycle.data, fedcycle.strategies):
        root = Path(str(package.__file__)).parent
        for parts in sorted(_files(str(root))):
            yield "/".join((package.__name__, *parts)), root.joinpath(*parts).read_bytes()


def _files(folder: str, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the parts of each source file's path; a path object for every file there is takes twice the time."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path, (*above, entry.name))
            elif entry.name.endswith(_CODE) and entry.is_file():
                yield *above, entry.name
