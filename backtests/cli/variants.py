"""Variants of sweeps among what a command is given: ``sweeps/ID#6,12`` stands for the configs of two of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fedcycle.backtests.cli.console import note
from fedcycle.backtests.core.callbacks import Notify

MARK = "#"


def with_variants(refs: Sequence[str], store: Path, *, notify: Notify = note) -> list[str]:
    """Return references with the variants of sweeps among them written out as configs, and say what each is."""
    if not any(MARK in ref for ref in refs):
        return list(refs)
    from fedcycle.backtests.sweep.variant_configs import is_variants, variant_configs

    found: list[str] = []
    for ref in refs:
        found += variant_configs(ref, notify=notify, store=store) if is_variants(ref) else [ref]
    return found


def one_variant(ref: str, store: Path) -> str:
    """Return a reference, or the config of the one variant that it names; raises RunError where it names several."""
    from fedcycle.backtests.core.errors import RunError

    said: list[str] = []
    found = with_variants([ref], store, notify=said.append)
    if len(found) != 1:
        raise RunError(f"{ref} names {len(found)} variants, but one is looked at here; name one")
    for sentence in said:
        note(sentence)
    return found[0]
