"""SHA256SUMS: a list of a folder's files and digests that ``sha256sum --check`` reads too, and what differs from it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

NAME = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64})  ([^\n]+)", re.ASCII)


def text(files: Mapping[str, bytes]) -> str:
    """Return the list for some files, name -> bytes, sorted by name."""
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))


def problems(folder: Path) -> Iterator[str]:
    """Yield a sentence for each file of a folder that is not what its list says: changed, missing, not listed."""
    listed = _listed(folder / NAME)
    if listed is None:
        yield f"{folder / NAME} is missing or damaged, so nothing in {folder} can be relied on"
        return
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {NAME}
    for name in sorted(listed.keys() | there):
        path = folder / name
        if name not in there:
            yield f"{path} is missing, which {folder / NAME} lists"
        elif name not in listed:
            yield f"{path} is not one of the files that were written there, as {folder / NAME} lists them"
        elif digest(path) != listed[name]:
            yield f"{path} is not what was written (sha256 differs from {folder / NAME})"


def digest(path: Path) -> str:
    """Return the SHA-256 digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _listed(path: Path) -> dict[str, str] | None:
    try:
        lines = path.read_text(encoding="ascii").splitlines(keepends=True)
    except (OSError, ValueError):
        return None
    found = [_LINE.fullmatch(line[:-1]) if line.endswith("\n") else None for line in lines]
    listed = {match[2]: match[1] for match in found if match is not None}
    return listed if listed and len(listed) == len(lines) else None
