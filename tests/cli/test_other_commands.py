"""strategies, config, new, data: the commands that run nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_strategies_lists_each_rule_with_its_parameters_units_and_case(fedcycle: Callable[..., Any]) -> None:
    found = {rule["name"]: rule for rule in fedcycle("strategies", "--json").json["strategies"]}
    assert {"BuyAndHold", "FixedMix", "RateCycleTiming", "MidOverSmall"} <= set(found)
    for rule in found.values():
        assert len(rule["case"]) > 100
        assert all(p["unit"] and p["doc"] for p in rule["parameters"]), rule["name"]


def test_one_strategy_shows_its_case_and_its_parameters(fedcycle: Callable[..., Any]) -> None:
    told = fedcycle("strategies", "RateCycleTiming").out
    for word in ("RateCycleTiming", "could fail", "risk_on", "recognise", "window", "until_hike"):
        assert word in told


def test_an_unknown_strategy_gets_the_nearest_one(fedcycle: Callable[..., Any]) -> None:
    assert "did you mean MidOverSmall?" in fedcycle("strategies", "MidOverSmal").sentence


def test_every_shipped_config_is_valid(fedcycle: Callable[..., Any]) -> None:
    from fedcycle.backtests.config import shipped

    answer = fedcycle("config", "check", *shipped(), "--json")
    assert {row["file"] for row in answer.json["configs"]} == set(shipped())
    assert all(row["valid"] and row["problems"] == [] for row in answer.json["configs"])


def test_check_reports_every_problem_of_every_file_and_exits_1(fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("extends: base.yaml\nschedul: daily\nexecution:\n  lag: 0\n", encoding="utf-8")
    answer = fedcycle("config", "check", "base", "bad.yaml")
    assert answer.code == 1
    assert answer.out == "base: valid\n"
    first, second = sorted(answer.err.splitlines())
    assert first.startswith("bad.yaml:2: ")
    assert "schedule" in first
    assert second.startswith("bad.yaml:4: execution.lag is 0")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "extends: rate-cycle-timing.yaml\nstrategy:\n  risk_off: larg\n",
            "bad.yaml:3: larg is not an asset of market",
        ),
        ("extends: base.yaml\nbenchmark: smal\n", "bad.yaml:2: smal is not an asset of market bundle; write small"),
        ("extends: base.yaml\nperiod: {start: 1980-01-02}\n", "bad.yaml:2: "),
        ("extends: base.yaml\nsweep: {name: [a, b]}\n", "bad.yaml:2: sweep: name changes no number"),
    ],
)
def test_check_knows_what_the_market_can_run(
    text: str, sentence: str, fedcycle: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    answer = fedcycle("config", "check", "bad.yaml")
    assert answer.code == 1
    assert sentence in answer.err
    assert answer.err.count("\n") == 1


def test_check_as_json_still_exits_1(fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("extends: base.yaml\nschedul: daily\n", encoding="utf-8")
    answer = fedcycle("config", "check", "bad.yaml", "--json")
    assert answer.code == 1
    (row,) = json.loads(answer.out)["configs"]
    assert row["valid"] is False
    assert len(row["problems"]) == 1


def test_show_says_where_each_value_comes_from(fedcycle: Callable[..., Any]) -> None:
    told = fedcycle("config", "show", "rate-cycle-timing", "--set", "execution.lag=3").out
    line = {part: next(text for text in told.splitlines() if part in text) for part in ("lag:", "risk_on:", "capital:")}
    assert "--set" in line["lag:"]
    assert "rate-cycle-timing.yaml:" in line["risk_on:"]
    assert "base.yaml:" in line["capital:"]


def test_show_as_json_gives_values_and_origins(fedcycle: Callable[..., Any]) -> None:
    document = fedcycle("config", "show", "rate-cycle-timing", "--json").json
    assert document["config"]["period"]["end"] == "2025-05-30"
    assert document["config"]["strategy"]["risk_on"] == "small"
    assert "rate-cycle-timing.yaml:" in json.dumps(document["origins"])


def test_what_show_prints_is_a_config_that_means_the_same(fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "shown.yaml").write_text(fedcycle("config", "show", "rate-cycle-timing").out, encoding="utf-8")
    runs = [
        fedcycle("run", c, "--no-tearsheet", "--json", "--engine", "vectorised").json["id"]
        for c in ("rate-cycle-timing", "shown.yaml")
    ]
    assert runs[0] == runs[1]


def test_schema_is_a_json_schema_that_knows_every_key(fedcycle: Callable[..., Any]) -> None:
    schema = fedcycle("config", "schema").json
    assert schema["$schema"].startswith("https://json-schema.org/")
    keys = {"name", "question", "data", "period", "strategy", "schedule", "cycles", "execution", "benchmark", "sweep"}
    assert keys | {"extends"} <= set(schema["properties"])


@pytest.mark.parametrize("rule", ["BuyAndHold", "FixedMix", "MidOverSmall", "RateCycleTiming"])
def test_a_new_config_is_valid_and_commented(rule: str, fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    assert fedcycle("new", "mine.yaml", "--strategy", rule).out.strip() == "mine.yaml"
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8").count("#") > 5
    assert fedcycle("config", "check", "mine.yaml").code == 0


def test_new_leaves_an_existing_file_alone(fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("mine", encoding="utf-8")
    assert "mine.yaml exists already" in fedcycle("new", "mine.yaml").sentence
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8") == "mine"


def test_data_list_says_what_there_is_and_until_when(fedcycle: Callable[..., Any]) -> None:
    document = fedcycle("data", "list", "--json").json
    names = [
        "small",
        "mid",
        "large",
        "micro",
        "small_ex_micro",
        "small_quality",
        "small_junk",
        "mid_quality",
        "financials",
        "bills",
    ]
    assert [asset["name"] for asset in document["assets"]] == names
    span = {asset["name"]: (asset["first"], asset["last"]) for asset in document["assets"]}
    assert span["small"] == ("1989-12-29", "2025-05-30")
    assert span["financials"] == ("1990-12-31", "2024-12-31")
    assert {"DGS10", "DGS2", "DGS3MO", "target_change"} <= {series["name"] for series in document["series"]}


def test_data_list_names_units_in_the_terminal(fedcycle: Callable[..., Any]) -> None:
    told = fedcycle("data", "list").out
    assert "small_ex_micro" in told
    assert "percent per year" in told


def test_data_build_without_raw_files_says_which_one_is_missing(fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    said = fedcycle("data", "build", "--from", "raw", "--out", "built").sentence
    assert "raw" in said
    assert not (tmp_path / "built").exists()
