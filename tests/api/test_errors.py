"""Bad input in Python: one of our errors, with the sentence that the command line would print."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fedcycle as fc

from .conftest import SHORT

WRONG: list[tuple[Callable[[], Any], type[fc.FedcycleError], str]] = [
    (
        lambda: fc.run("rate-cycle-timng", store=None),
        fc.ConfigError,
        "there is no such config; write rate-cycle-timing",
    ),
    (
        lambda: fc.run("base", overrides={"execution.lga": 2}, store=None),
        fc.ConfigError,
        "--set execution.lga=2: execution.lga is not a key; write execution.lag",
    ),
    (
        lambda: fc.run({"execution": {"lga": 2}}, store=None),
        fc.ConfigError,
        "the config given: execution.lga is not a key; write execution.lag",
    ),
    (
        lambda: fc.run({"execution": {"lag": np.nan}}, store=None),
        fc.ConfigError,
        "execution.lag is nan, but it must be a whole number",
    ),
    (
        lambda: fc.run({"strategy": {"class": object}}, store=None),
        fc.ConfigError,
        "strategy.class is of type type, which a config cannot hold",
    ),
    (lambda: fc.run("base", start="1900-01-01", store=None), fc.FedcycleError, "1900-01-01"),
    (lambda: fc.run("base", start="soon", store=None), fc.ConfigError, "period.start is 'soon', but it must be a date"),
    (lambda: fc.run("base", assets=["small"], store=None), fc.ConfigError, "assets is for a rule made in Python"),
    (lambda: fc.compare("base"), fc.ConfigError, "compare takes a list"),
    (lambda: fc.compare([]), fc.ConfigError, "compare takes a list"),
    (lambda: fc.sweep("base", store=None), fc.ConfigError, "sweep"),
    (lambda: fc.load_market("bundel"), fc.DataError, "'bundel' is not a folder; write bundle"),
    (lambda: fc.cycles(as_of="1900-01-01"), fc.DataError, "1900-01-01"),
]


@pytest.mark.parametrize(("call", "kind", "sentence"), WRONG, ids=[sentence for _, _, sentence in WRONG])
def test_bad_input_is_an_error_of_ours_in_one_sentence(
    call: Callable[[], Any],
    kind: type[fc.FedcycleError],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind) as caught:
        call()
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_does_not_exist_names_those_that_do(run: fc.RunResult, store: Path) -> None:
    with pytest.raises(fc.RunError, match=rf"rate-cyc-9 is no stored run below .*; there is {run.id}"):
        fc.load_run("rate-cyc-9", store=store)


def test_runs_that_cannot_be_compared_are_refused(run: fc.RunResult) -> None:
    with pytest.raises(fc.RunError, match="their periods differ"):
        fc.compare([run, "buy-and-hold-small"], store=None)
    with pytest.raises(fc.RunError, match="was run against large; run it again with overrides="):
        fc.compare([run], benchmark="mid", store=None)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_an_error_of_ours(run: fc.RunResult, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(fc.RunError, match="Permission denied"):
            run.tearsheet(tmp_path / "page.html")
    finally:
        tmp_path.chmod(0o700)


def test_a_place_below_a_file_is_an_error_of_ours(run: fc.RunResult, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for act in (
        lambda: run.tearsheet(tmp_path / "file" / "page.html"),
        lambda: run.export(tmp_path / "file" / "x.xlsx"),
    ):
        with pytest.raises(fc.RunError, match="nothing was changed there"):
            act()
    with pytest.raises(fc.RunError, match="nothing was changed there"):
        fc.run("base", overrides=SHORT, store=tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_page_may_not_take_the_place_of_a_stored_runs_file(run: fc.RunResult) -> None:
    assert run.folder is not None
    before = (run.folder / "statistics.json").read_bytes()
    with pytest.raises(fc.RunError, match="whose files are kept as they are"):
        run.tearsheet(run.folder / "statistics.json")
    assert (run.folder / "statistics.json").read_bytes() == before
