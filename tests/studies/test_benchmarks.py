"""Several benchmarks: each is what a run against it alone says, and only the first answers the question."""

from __future__ import annotations

import pytest

from fedcycle.backtests import config
from fedcycle.backtests.tearsheet import page
from fedcycle.backtests.workflows import study

SHORT = ("execution.engine=vectorised", "period.start=2003-01-02", "period.end=2006-12-29")
MIX = "{small: 0.5, large: 0.5}"


def done(*sets: str):
    prepared = study.prepare(config.load("mid-over-small", (*SHORT, *sets)))
    return prepared, study.execute(prepared)


def test_each_benchmark_is_what_a_run_against_it_alone_says() -> None:
    _, run = done(f"benchmark=[small, large, {MIX}]")
    assert run.benchmark == "small"
    assert [of["benchmark"] for of in run.summary["relative_to_others"]] == ["large", "0.5 large + 0.5 small"]
    for found, stated in zip(run.summary["relative_to_others"], ("large", MIX), strict=True):
        _, alone = done(f"benchmark={stated}")
        assert alone.summary["relative_to_others"] == []
        expected = {key: value for key, value in alone.summary["relative"].items() if key in found}
        assert {key: value for key, value in found.items() if key != "verdict"} == pytest.approx(
            {key: value for key, value in expected.items() if key != "verdict"}
        )
        assert found["verdict"] == expected["verdict"]


def test_the_page_shows_each_benchmark_and_leaves_the_section_out_where_there_is_one() -> None:
    prepared, run = done()
    html = page.render(run, prepared.market)
    assert 'id="benchmarks"' in html
    assert "The question is answered against small; the others stand beside it and decide nothing." in html
    prepared, alone = done("benchmark=small")
    assert 'id="benchmarks"' not in page.render(alone, prepared.market)
