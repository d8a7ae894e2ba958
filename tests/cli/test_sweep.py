"""``fedcycle sweep`` of one choice at a time as a user meets it: tables, JSON, pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

SHORT = ("--set", "period.start=2006-01-03", "--set", "period.end=2012-12-31", "--jobs", "1")
FAN = (
    "sweep", "rate-cycle-timing", *SHORT,
    "--set", "sweep_design=one_at_a_time",
    "--set", "sweep_reference=the note's own choice",
    "--set", "sweep={strategy.window: [{months: 9}, {months: 12}, until_hike], strategy.recognise: [hindsight]}",
)  # fmt: skip


@pytest.fixture(scope="module")
def ablation(keep: Callable[..., Any]) -> Any:
    return keep("sweep", "bofa-composite-ablation", *SHORT)


@pytest.fixture(scope="module")
def fan(keep: Callable[..., Any]) -> Any:
    return keep(*FAN, "--html", "fan.html", "--markdown", "fan.md")


def lines(told: str, begins: str) -> list[str]:
    return [line for line in told.splitlines() if line.lstrip().startswith(begins)]


def test_the_ablation_says_what_is_less_what_and_has_every_rule(ablation: Any) -> None:
    told = ablation.answer.out
    assert ablation.answer.code == 0, ablation.answer.err
    assert "What each rule adds: the note's own choice less the same without it" in told
    assert "What each adds by itself: it less the plain mix" in told
    for rule in ("pressure", "recovery", "rebound", "hiking", "quality", "all 5 together"):
        (line,) = lines(told, f"{rule}  ")
        assert re.search(r"[+−]?\d\.\d\d to [+−]?\d\.\d\d", line)
        assert re.search(r" (no|yes|together) ", line)
    assert "11 comparisons at 95% each" in told
    assert lines(told, "* the note's own choice: CAGR, % a year ")


def test_the_own_choice_is_marked_in_its_place_and_hindsight_is_said_beside_its_row(fan: Any) -> None:
    told = fan.answer.out
    rows = [line.strip().split("  ")[0] for line in told.splitlines()]
    at = rows.index("window")
    assert rows[at + 1 : at + 6] == ["9 months", "* 12 months", "until hike", "recognise", "* pause 6 months"]
    assert "hindsight [HINDSIGHT]" in rows
    assert "hindsight" not in rows


def test_json_has_the_contrasts_and_nothing_else_on_stdout(fan: Any, fedcycle: Callable[..., Any]) -> None:
    document = fedcycle(*FAN, "--json", cwd=fan.cwd).json
    assert document["design"] == "one_at_a_time"
    assert document["reference"]["name"] == "the note's own choice"
    assert [row["label"] for row in document["contrasts"]["rows"]] == [
        "window: 9 months", "window: until hike", "recognise: hindsight",
    ]  # fmt: skip
    assert document["contrasts"]["comparisons"] == 3
    assert document["inference"]["trials"] == 4


def test_both_pages_are_written_and_have_the_same_finding(fan: Any) -> None:
    page, text = ((fan.cwd / name).read_text(encoding="utf-8") for name in ("fan.html", "fan.md"))
    assert "written to fan.html" in fan.answer.err
    finding = re.search(r"^- (Window: 2 other choices .*)\.$", text, flags=re.MULTILINE)
    assert finding is not None
    assert finding[1] in page.replace("&#39;", "'")
    assert "| □ 12 months | " in text
    assert "hindsight \\[HINDSIGHT]" in text


def test_a_grid_has_a_page_and_no_markdown(fedcycle: Callable[..., Any], tmp_path: Any) -> None:
    words = ("sweep", "rate-cycle-timing", *SHORT, "--set", "sweep_design=grid")
    answer = fedcycle(*words, "--html", "grid.html", "--json")
    assert answer.json["contrasts"] is None
    assert answer.json["design"] == "grid"
    page = (tmp_path / "grid.html").read_text(encoding="utf-8")
    assert answer.json["inference"]["sentences"][0] in page.replace("&#39;", "'")


def test_markdown_of_a_grid_is_refused_before_any_of_it_is_run(fedcycle: Callable[..., Any], tmp_path: Any) -> None:
    grid = ("--set", "sweep_design=grid")
    said = fedcycle("sweep", "rate-cycle-timing", *SHORT, *grid, "--markdown", "grid.md").sentence
    assert "write sweep_design: one_at_a_time" in said
    assert not (tmp_path / "sweeps").exists()


def test_variants_are_opened_by_their_numbers_wherever_a_config_is(fan: Any, fedcycle: Callable[..., Any]) -> None:
    document = fedcycle(*FAN, "--json", cwd=fan.cwd).json
    assert f"To run variants by themselves: {document['open']}" in fan.answer.out
    command = document["open"].split()
    assert command[:2] == ["fedcycle", "compare"]
    named = command[2].partition("#")[0]
    rows = {row["variant"]: row for row in document["table"]["rows"]}
    labels = ("--label", f"{named}#2=never until a hike", "--baseline", f"{named}#0")
    compared = fedcycle("compare", f"{named}#0,2", *labels, "--json", cwd=fan.cwd).json
    found = {row["label"]: row for row in compared["table"]["rows"]}
    assert found["never until a hike"]["cagr"] == pytest.approx(rows[2]["cagr"], rel=1e-9)
    assert found["never until a hike"]["against_baseline"] is not None
    answer = fedcycle("explain", f"{named}#2", "2009-06-30", cwd=fan.cwd)
    assert answer.code == 0
    assert f"variant 2 of sweep {named.removeprefix('sweeps/')}: strategy.window=until_hike" in answer.err
    keys = fedcycle("diff", f"{named}#0", f"{named}#2", "--json", cwd=fan.cwd).json["keys"]
    assert {"key": "strategy.window", "a": None, "b": "until_hike"} in keys
    assert "names 2 variants" in fedcycle("explain", f"{named}#0,2", "2009-06-30", cwd=fan.cwd).sentence
