"""The files that a run's user code opened while it ran: part of its identity, kept beside its config."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fedcycle.backtests.config import file_inputs
from fedcycle.backtests.config.code_identity import Source
from fedcycle.backtests.config.file_inputs import MOST_BYTES, Opened, digest, is_kept
from fedcycle.backtests.core.errors import ConfigError

PROVENANCE = "provenance.json"


@dataclass(frozen=True, eq=False)
class RunInputs:
    """What a run read beside its config, its data and its code.

    Parameters
    ----------
    opened : name -> digest, or None for a file that was looked for and not there
    files : name -> bytes of those that a stored run keeps
    unknown : reasons why what it depends on cannot be known
    notes : a sentence for each file that the stored run does not keep
    """

    opened: Mapping[str, str | None]
    files: Mapping[str, bytes]
    unknown: tuple[str, ...]
    notes: tuple[str, ...]

    def identity(self, base: str) -> str:
        """Return the identity of the run: that of its study, and with it of all that was opened."""
        if not self.opened:
            return base
        return hashlib.sha256(json.dumps([base, dict(self.opened)], sort_keys=True).encode()).hexdigest()

    def document(self, base: str) -> dict[str, Any]:
        """Return what provenance says; nothing for a run that opened nothing."""
        said: dict[str, Any] = {}
        if self.opened:
            said |= {"base": base, "opened": dict(self.opened), "kept": sorted(self.files)}
        return said | ({"unknown": list(self.unknown)} if self.unknown else {})


def of(sources: Sequence[Source], opened: Opened, *, kept: Mapping[str, bytes]) -> RunInputs:
    """Return the inputs of a run, from what its code opened; ``kept`` are the files that are part of its config."""
    found = opened.named(_folders(sources))
    found = {name: content for name, content in sorted(found.items()) if kept.get(name) != content or content is None}
    files, notes = {}, []
    for name, content in found.items():
        if content is None:
            continue
        if name in kept:
            raise ConfigError(f"the rule reads a file {name} that is not the one beside its config; rename one")
        if is_kept(name) and len(content) <= MOST_BYTES:
            files[name] = content
        else:
            why = "lies outside the folder of the rule" if Path(name).is_absolute() else "is over 64 MB or has a name"
            notes.append(f"the rule reads {name}, which {why}: the stored run has its digest but no copy")
    digests = {name: digest(content) for name, content in found.items()}
    unknown = dict.fromkeys([*(reason for source in sources for reason in source.unknown), *opened.unknown])
    return RunInputs(digests, files, tuple(unknown), tuple(notes))


def opened_by(folder: Path, base: str) -> Mapping[str, str | None] | None:
    """Return what a stored run of a study opened, or None where it is no run of that study."""
    try:
        said = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
        return said["opened"] if said.get("base") == base else None
    except (OSError, ValueError, KeyError, AttributeError):
        return None


def changed(opened: Mapping[str, str | None], sources: Sequence[Source]) -> list[str]:
    """Return the files that are not what a stored run read."""
    return file_inputs.changed(opened, _folders(sources))


def _folders(sources: Sequence[Source]) -> list[Path]:
    return list(dict.fromkeys(folder for source in sources for folder in source.folders))
