"""What is kept: stored runs listed, made again and compared byte for byte, and removed."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fedcycle.backtests import config as configs
from fedcycle.backtests.config.serialize import leaves
from fedcycle.backtests.core.errors import RunError
from fedcycle.backtests.runs import provenance, storage
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.workflows import study
from fedcycle.backtests.workflows.study import PreparedRun

UNBOUND = (("data", "market"),)
"""Keys whose value is where data lie, not what they are."""


@dataclass(frozen=True, eq=False)
class Reproduction:
    """A stored run and the same config run once more.

    Parameters
    ----------
    before, after : the stored run and the new one
    inputs : what changed between them, input -> sentence; empty where nothing did
    files : file of the run -> whether its bytes are the same
    asked : what the new run was asked to have otherwise, such as other data
    """

    before: Run
    after: Run
    inputs: Mapping[str, str]
    files: Mapping[str, bool]
    asked: str | None

    @property
    def same(self) -> bool:
        """Return whether every byte is the same."""
        return all(self.files.values())

    @property
    def verdict(self) -> str:
        """Return the outcome in one sentence."""
        n, changed = len(self.files), [name for name, same in self.files.items() if not same]
        if self.same:
            return f"{self.before.id}: the same bytes again in all {n} files"
        differ = f"{len(changed)} of {n} files differ ({', '.join(changed)})"
        if self.inputs:
            return f"{self.before.id}: {differ}, because of: {'; '.join(self.inputs.values())}"
        if self.unsteady:
            why = "; ".join(self.unsteady)
            return (
                f"{self.before.id}: {differ}; its rule does not answer alike twice, since it {why}: no damage was found"
            )
        return f"{self.before.id}: {differ} although no input changed; report this as a bug, with the config"

    @property
    def unsteady(self) -> tuple[str, ...]:
        """Return why the same inputs may give another result: chance, the clock or other things outside."""
        said = [reason.partition(" ")[2] or reason for reason in self.before.provenance.get("unknown", ())]
        audited = self.before.summary.get("audit", {})
        return tuple(said or ([audited["text"]] if audited.get("verdict") == "fail" else []))

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON document of the second run."""
        numbers = {
            block: {
                name: {"before": old, "after": self.after.summary[block].get(name)}
                for name, old in self.before.summary[block].items()
            }
            for block in ("statistics", "relative")
        }
        return {
            "id": self.before.id,
            "id_now": self.after.id,
            "same_bytes": self.same,
            "verdict": self.verdict,
            "inputs_changed": dict(self.inputs),
            "files": dict(self.files),
            "data_asked": self.asked,
            **numbers,
        }


def find_run(ref: str, runs_dir: Path) -> Path:
    """Return the folder of a stored run by path or an unambiguous prefix of its id; raises RunError without one."""
    folder = storage.find(ref, runs_dir)
    if folder is None:
        have = [run.name for run in storage.listing(runs_dir)]
        near = [name for name in have if ref[:4] and name.startswith(ref[:4])]
        named = (near or have)[:5]
        more = f" and {len(have) - len(named)} more" if len(have) > len(named) else ""
        remedy = f"there is {', '.join(named)}{more}" if have else "none is stored there"
        raise RunError(f"{ref} is no stored run below {runs_dir}; {remedy}")
    return folder


def row(folder: Path) -> dict[str, Any]:
    """Return what a list says of a stored run; one that is damaged is listed with the reason."""
    try:
        run = storage.load(folder)
    except RunError as error:
        return {"id": folder.name, "directory": folder.as_posix(), "damaged": str(error)}
    summary = run.summary
    return {
        "id": run.id,
        "directory": folder.as_posix(),
        "stamps": list(run.stamps),
        "period": summary["period"],
        "market": summary["market"]["name"],
        "benchmark": run.benchmark,
        "cagr": summary["statistics"]["cagr"],
        "sharpe": summary["statistics"]["sharpe"],
        "max_drawdown": summary["statistics"]["max_drawdown"],
        "excess_cagr": summary["relative"]["excess_cagr"],
        "tearsheet": (folder / storage.TEARSHEET).is_file(),
        "growth": run.ledger.value.tolist(),
        "damaged": None,
    }


def rerun(folder: Path, *, data: str | Path | None = None, store: Path | None = None) -> Reproduction:
    """Run a stored run's config again, beside it, and compare every byte.

    Parameters
    ----------
    folder : of the stored run
    data : another data set to run it on, a folder or ``bundle``; None for the run's own
    store : the data folder, for configs that say ``data.market: store``
    """
    before = storage.load(folder)
    named = None if data is None else str(data if data == "bundle" else Path(data).resolve())
    sets = () if named is None else (f"data.market={named}",)
    folder, store = folder.resolve(), None if store is None else store.resolve()
    with contextlib.chdir(folder):  # a file that the rule opens by a relative name is the copy kept there
        prepared = study.prepare(configs.load(str(folder / storage.CONFIG), sets, store=store))
        after = study.execute(prepared)
    with tempfile.TemporaryDirectory() as scratch:
        again = storage.save(after, Path(scratch), tearsheet=None)
        names = storage.file_names(again)
        kept = [name for name in storage.file_names(folder) if name != storage.TEARSHEET]
        files = {name: _bytes(folder / name) == _bytes(again / name) for name in dict.fromkeys([*names, *kept])}
    return Reproduction(before, after, _changed(before, prepared), files, named)


def remove(folder: Path) -> None:
    """Remove a stored run, whole or not at all.

    Raises
    ------
    RunError
        If the folder holds a file that fedcycle did not write, which is not ours to remove.
    """
    ours = storage.members(folder)
    others = [name for name in storage.file_names(folder) if name not in ours]
    if others:
        raise RunError(
            f"{folder} also holds {', '.join(sorted(others))}, which fedcycle did not write; move that first"
        )
    if folder.is_symlink():
        folder.unlink()
        return
    # Hidden first: killed in between, no list shows half a run, and the next run stored here sweeps what is left.
    hidden = folder.with_name(f".partial-{folder.name}")
    shutil.rmtree(hidden, ignore_errors=True)
    folder.rename(hidden)
    shutil.rmtree(hidden, ignore_errors=True)


def _bytes(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _changed(before: Run, now: PreparedRun) -> dict[str, str]:
    """Return which inputs of a run are not what they were, input -> sentence."""
    told, changed = before.provenance, {}
    keys = _keys(before.config, now.config.data)
    if keys:
        changed["config"] = f"the config resolves otherwise now ({', '.join(keys)})"
    digest = told["market"]["digest"]
    if digest != now.market.digest:
        changed["data"] = f"the data are others ({digest[:19]}… then, {now.market.digest[:19]}… now)"
    elif told["config"]["data"]["market"] != now.config.data["data"]["market"]:
        places = [config["data"]["market"] for config in (told["config"], now.config.data)]
        changed["place"] = f"the data lie elsewhere ({places[0]} then, {places[1]} now), though they are the same"
    if told["code"] != provenance.code_digest():
        changed["code"] = "fedcycle's own source changed"
    changed |= _libraries(told["versions"], provenance.versions())
    files = now.config.companions
    for name in sorted({*told["companions"], *files}):
        if before.files.get(name) != files.get(name):
            changed[f"files.{name}"] = f"{name} is not the file it was"
    if not changed and told.get("base", told["identity"]) != now.identity:
        changed["modules"] = "a module that the config names changed"
    return changed


def _libraries(then: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    said = {
        name: f"{name} was {then[name]} and is {now.get(name, 'gone')}"
        if name in then
        else f"{name} did not count then"
        for name in dict.fromkeys([*then, *sorted(now)])
        if then.get(name) != now.get(name)
    }
    return {f"versions.{name}": sentence for name, sentence in said.items()}


def _keys(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    one, other = ({path: value for path, value in leaves(entry) if path not in UNBOUND} for entry in (before, now))
    return [".".join(path) for path in dict.fromkeys([*one, *other]) if one.get(path) != other.get(path)]
