"""The four commands of evidence: one JSON document each, sentences for what cannot be, exit status by verdict."""

from __future__ import annotations

import json
import math
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from fedcycle.backtests.cli import main

PEEKING = """
import gc
from dataclasses import dataclass
from fedcycle.data.market import Market
from fedcycle.strategies.strategy import Strategy


@dataclass(frozen=True, kw_only=True)
class Mine(Strategy):
    def weights(self, view):
        market = next(x for x in gc.get_referents(view) if isinstance(x, Market))
        i = market.position(view.today)
        rise = market.prices[min(i + 1, len(market.sessions) - 1)] / market.prices[i]
        small, large = market.column("small"), market.column("large")
        return {"small" if rise[small] > rise[large] else "large": 1.0}
"""
STUDY = "name: mine\nperiod: {start: 2020-01-02, end: 2021-12-31}\nstrategy: {class: 'mine.py:Mine'}\n"


class Said:
    """What a command said, and how it ended."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document


@pytest.fixture
def fedcycle(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)

    def run(*args: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["fedcycle", *args])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        said = capsys.readouterr()
        return Said(int(stopped.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def peeking(tmp_path: Path) -> str:
    (tmp_path / "mine.py").write_text(PEEKING, encoding="utf-8")
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    return "study.yaml"


def test_cycles_prints_the_document_that_scripts_rely_on(fedcycle: Any) -> None:
    said = fedcycle("cycles", "--json")
    first = said.document["cycles"][0]
    assert said.status == 0
    assert {"first_cut", "final_cut", "next_hike", "recession", "windows"} <= set(first)
    assert set(first["windows"]) >= {"12m", "to_hike"}
    assert set(first["windows"]["12m"]) == {"small", "mid", "large", "small_quality"}
    assert said.document["cycles"][-1]["windows"]["12m"] is None


def test_cycles_writes_a_page_and_tables(fedcycle: Any, tmp_path: Path) -> None:
    said = fedcycle("cycles", "--html", "cycles.html", "--by", "episodes")
    assert "no hike came before the next episode of cuts" in said.out
    assert "HINDSIGHT" in said.out
    assert "Aligned at the final cut" in (tmp_path / "cycles.html").read_text(encoding="utf-8")


def test_cycles_as_of_a_day_before_the_data_is_one_sentence_and_exit_1(fedcycle: Any) -> None:
    said = fedcycle("cycles", "--as-of", "1980-01-01", "--json")
    assert (said.status, said.out) == (1, "")
    assert said.err == "fedcycle: 1980-01-01 is before the first session of market bundle, 1989-12-29\n"


@pytest.mark.slow
def test_claims_prints_the_document_that_scripts_rely_on_and_writes_both_pages(fedcycle: Any, tmp_path: Path) -> None:
    said = fedcycle("claims", "--as-of", "2025-01-13", "--json", "--html", "c.html", "--markdown", "c.md")
    claims = said.document["claims"]
    assert said.status == 0
    assert [c["id"] for c in claims] == [f"C{k}" for k in range(1, 13)]
    for claim in claims:
        assert {"id", "verdict", "n", "estimate", "interval", "text", "data"} <= set(claim)
    assert "as of 2025-01-13, nothing later used" in (tmp_path / "c.md").read_text(encoding="utf-8")
    assert "as of 2025-01-13, nothing later used" in (tmp_path / "c.html").read_text(encoding="utf-8")


def test_claims_says_each_verdict_in_the_terminal(fedcycle: Any) -> None:
    said = fedcycle("claims", "--as-of", "1995-12-29")
    assert said.status == 0
    assert "not testable" in said.out
    assert "C12" in said.out


def test_recognise_says_what_not_knowing_cost(fedcycle: Any) -> None:
    said = fedcycle("recognise", "rate-cycle-timing", "--belief", "2001-12-31", "--json")
    names = [t["recogniser"] for t in said.document["recognisers"]]
    months = ["pause of 1 month", *(f"pause of {n} months" for n in range(2, 13))]
    assert names == ["hindsight", *months, "as of 2001-12-31"]
    assert fedcycle("recognise", "base").err.startswith("fedcycle: base.yaml: BuyAndHold has no parameter recognise")


def test_the_cost_of_real_time_detection_is_said_to_be_of_log_returns(fedcycle: Any) -> None:
    """10.90 less 10.00 % a year is 0.90 points of CAGR and 100 x log(1.1090 / 1.1000) = 0.81 of log return."""
    told = fedcycle("recognise", "rate-cycle-timing").out.splitlines()
    (heads,) = (line for line in told if "recogniser" in line)
    assert "cost, log pp a year" in heads
    (row,) = (line.split() for line in told if line.startswith("  pause of 6 months"))
    (best,) = (line.split() for line in told if line.startswith("  hindsight ["))
    cagr, price = float(row[9]), float(row[10])
    assert price == pytest.approx(100 * math.log((100 + float(best[7])) / (100 + cagr)), abs=0.02)


def test_an_honest_rule_passes_and_exits_0(fedcycle: Any) -> None:
    said = fedcycle("audit", "mid-over-small-when-rates-press", "--sample", "5", "--json")
    assert said.status == 0
    assert {k: said.document[k] for k in ("verdict", "decisions_checked", "first_violation")} == {
        "verdict": "pass",
        "decisions_checked": 5,
        "first_violation": None,
    }


def test_open_hindsight_is_its_own_verdict(fedcycle: Any) -> None:
    said = fedcycle("audit", "rate-cycle-timing-hindsight", "--sample", "5", "--json")
    assert (said.status, said.document["verdict"]) == (0, "hindsight")


def test_a_peeking_rule_fails_with_exit_1_and_a_whole_report(fedcycle: Any, peeking: str) -> None:
    said = fedcycle("audit", peeking, "--json")
    first = said.document["first_violation"]
    assert (said.status, said.document["verdict"]) == (1, "fail")
    assert first["asset"] in {"small", "large"}
    assert {first["weight"], first["other_weight"]} == {0.0, 1.0}
    assert first["input"].startswith("the close of ")
    assert first["day"] in fedcycle("audit", peeking).out


def test_a_run_says_its_audit_and_a_failed_one_is_stamped_on_everything(
    fedcycle: Any, peeking: str, tmp_path: Path
) -> None:
    said = fedcycle("run", peeking, "--engine", "vectorised", "--json")
    document = said.document
    assert said.status == 0
    assert document["audit"]["verdict"] == "fail"
    assert "FAILED AUDIT" in document["stamps"]
    assert "audit: fail: on " in said.err
    page = (tmp_path / document["tearsheet"]).read_text(encoding="utf-8")
    assert page.count("FAILED AUDIT") > 5
    assert "Look-ahead audit" in page


def test_an_honest_run_carries_its_audit(fedcycle: Any) -> None:
    document = fedcycle("run", "base", "--engine", "vectorised", "--no-tearsheet", "--json").document
    assert document["audit"]["verdict"] == "pass"
    assert document["audit"]["decisions_checked"] == 3
    assert document["stamps"] == []


def test_claims_on_the_users_own_funds_read_of_those_funds(fedcycle: Any, tmp_path: Path) -> None:
    """Funds begin in 2000 and end in 2026: what the bundle's portfolios showed stands in no sentence of theirs."""
    raw = os.environ.get("FEDCYCLE_RAW_DATA")
    if not raw:
        pytest.skip("FEDCYCLE_RAW_DATA is not set: it names the folder with the funds' own files")
    files = [str(Path(raw) / "funds" / f"{fund}.csv") for fund in ("IWM", "IWB", "IWR")]
    roles = ("--role", "small=IWM", "--role", "large=IWB", "--role", "mid=IWR")
    assert fedcycle("data", "add", *files, *roles, "--out", "market-funds").status == 0
    said = fedcycle("claims", "--market", "market-funds", "--json", "--html", "funds.html")
    found = {c["id"]: c for c in said.document["claims"]}
    # The cycles of 2007 and 2019 alone have 12 months of both funds after their final cut, and small led in both.
    assert found["C2"]["summary"].startswith(
        "In the 12 months after a final cut small led large in 2 of 2 cycles; mean relative wealth +"
    )
    assert (found["C2"]["verdict"], found["C2"]["n"]) == ("cannot tell", 2)
    assert found["C2"]["interval"][0] < found["C2"]["estimate"] < found["C2"]["interval"][1]
    assert {key for key, c in found.items() if c["verdict"] == "not testable"} == {"C5", "C8", "C10"}
    assert "These data do not hold the whole year 1998" in found["C5"]["summary"]
    assert "has no asset small_quality" in found["C8"]["summary"]
    words = " ".join(c["summary"] for c in found.values()) + (tmp_path / "funds.html").read_text(encoding="utf-8")
    for of_the_bundle in ("in 3 of 5 cycles", "in 12 of 17 cycles", "of 384", "portfolios of the library"):
        assert of_the_bundle not in words, of_the_bundle
