"""The page of a sweep: the own choice marked, every figure stamped, users' words as text, nothing fetched."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from fedcycle.backtests.tearsheet.pages import sweep as page

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'


def apart(middle: float, low: float, high: float) -> dict[str, Any]:
    return {"difference": middle, "low": low, "high": high, "apart": low > 0 or high < 0, "apart_together": False}


def choice(variant: int, value: str, **over: Any) -> dict[str, Any]:
    plain = {
        "variant": variant, "group": "strategy.window", "kind": "choice", "label": f"window: {value}", "adds": None,
        "value": value, "against": "the note's own choice", "stamps": [], "note": None, "same": False,
        "differs": {"decisions": 330, "differ": 20, "periods": 5},
        "mean_return": apart(-0.0065, -0.0186, 0.0012), "sharpe": apart(-0.03, -0.08, 0.01),
    }  # fmt: skip
    return plain | over


def numbers(variant: int, label: str, **over: Any) -> dict[str, Any]:
    plain = {
        "variant": variant, "label": label, "own": variant == 0, "start": "1998-01-02", "end": "2025-05-30",
        "stamps": [], "cagr": 0.1021, "sharpe": 0.48, "max_drawdown": -0.554, "values": {}, "deflated_sharpe": 0.5,
    }  # fmt: skip
    return plain | over


@pytest.fixture
def document() -> dict[str, Any]:
    rows = [
        choice(1, "9 months"),
        choice(2, "told", stamps=["HINDSIGHT"], mean_return=apart(0.002, 0.001, 0.003)),
        choice(3, "never", note="it cannot be run: it never opens", differs=None),
    ]
    del rows[2]["mean_return"], rows[2]["sharpe"]
    group = {
        "name": "strategy.window", "title": "window", "kind": "choice", "own": "12 months", "own_at": 1,
        "against": "the note's own choice", "variants": [1, 2, 3], "text": "window: 2 other choices change it",
    }  # fmt: skip
    table = [numbers(1, "window: 9 months"), numbers(0, "the note's own choice")]
    table.append(numbers(2, "window: told", stamps=["HINDSIGHT"]))
    return {
        "id": "fan-0a1b2c3d", "name": "fan", "question": "Does the window matter?", "design": "one_at_a_time",
        "stamps": [],
        "table": {"ranked_by": "sharpe", "benchmark": "large", "rows": table},
        "inference": {"trials": 3}, "reference": {"name": "the note's own choice", "variant": 0, "stamps": []},
        "contrasts": {
            "rows": rows, "groups": [group], "sentences": ["2 comparisons at 95% each"], "comparisons": 2,
            "method": {"resamples": 1000, "sessions": 6895, "block_sessions": 183.4},
        },
    }  # fmt: skip


def chart_of(html: str) -> Any:
    found = re.search(r'<script type="application/json" class="chart-data"[^>]*>(.*?)</script>', html)
    assert found is not None
    return json.loads(found[1])


def test_findings_lead_and_the_question_is_there(document: dict[str, Any]) -> None:
    html = page.render(document)
    assert re.findall(r'<p class="finding">(.*?)</p>', html) == [
        "2 comparisons at 95% each.", "Window: 2 other choices change it.",
    ]  # fmt: skip
    assert "Does the window matter?" in html
    assert page.render(document) == html


def test_the_command_that_opens_variants_is_there_with_their_numbers(document: dict[str, Any]) -> None:
    html = page.render(document | {"open": "fedcycle compare sweeps/fan-0a1b2c3d#1,2"})
    assert "by their numbers: fedcycle compare sweeps/fan-0a1b2c3d#1,2" in html
    assert re.findall(r'<td class="number">(\d)</td>', html)[:4] == ["1", "0", "2", "3"]
    assert "To run variants" not in page.render(document)


def test_the_own_choice_has_a_sign_of_its_own_in_its_place_in_the_chart_and_the_table(
    document: dict[str, Any],
) -> None:
    html = page.render(document)
    figure = chart_of(html)
    rows = figure["panels"]["y"]["rows"]
    assert rows["names"] == ["9 months", "□ the note's own choice: 12 months", "told [HINDSIGHT]"]
    assert rows["marked"] == 1
    estimates, own = figure["series"]
    assert (estimates["x"], own["x"]) == ([-0.65, 0.2], [0.0])
    assert estimates["sign"] != own["sign"]
    assert estimates["low"] == pytest.approx([-0.65 - 1.21, 0.2 - 0.1])
    heads = re.findall(r'<th scope="row"[^>]*>([^<]*)</th>', html)
    assert heads == ["9 months", "□ the note&#39;s own choice: 12 months", "told [HINDSIGHT]", "never"]


def test_what_could_not_be_run_is_in_the_table_with_its_sentence(document: dict[str, Any]) -> None:
    html = page.render(document)
    assert "it cannot be run: it never opens" in html
    assert "never" not in json.dumps(chart_of(html)["panels"]["y"]["rows"])


def test_stamps_stand_beside_their_choice_and_are_explained(document: dict[str, Any]) -> None:
    html = page.render(document)
    body = re.sub(r"<script.*?</script>", "", html.split("<main>")[1], flags=re.DOTALL)
    assert all(body[m.end() :].startswith(" [HINDSIGHT]") for m in re.finditer(r">told\b", body))
    assert "Its figures are an upper bound" in html


def test_a_users_words_are_text(document: dict[str, Any]) -> None:
    document["contrasts"]["rows"][0] |= {"value": HOSTILE}
    document["contrasts"]["groups"][0] |= {"title": HOSTILE, "text": HOSTILE, "own": HOSTILE}
    document |= {"name": HOSTILE, "question": HOSTILE, "reference": {"name": HOSTILE, "variant": 0, "stamps": []}}
    html = page.render(document)
    assert "<script>alert" not in html
    assert "<img" not in html


def test_a_grid_is_ranked(document: dict[str, Any]) -> None:
    rows = [numbers(k, "", own=False, values={"execution.lag": k + 1}) for k in range(2)]
    large = {"name": "large", "cagr": 0.08, "sharpe": 0.4, "max_drawdown": -0.5}
    table = {**document["table"], "rows": rows, "benchmark_row": large}
    inference = {"trials": 3, "sentences": ["no variant beat large", "the interval holds 0"]}
    grid = document | {"contrasts": None, "reference": None, "table": table, "inference": inference}
    html = page.render(grid)
    assert '<p class="finding">No variant beat large.</p>' in html
    assert "it is not the probability that skill is true" in html
    assert "benchmark: large" in html
    assert "execution.lag" in html


def grid(document: dict[str, Any], rows: list[dict[str, Any]], own: dict[str, Any]) -> dict[str, Any]:
    table = {**document["table"], "rows": rows, "benchmark_row": {"name": "large", "cagr": 0.08}}
    inference = {"trials": len(rows), "sentences": []}
    return document | {"contrasts": None, "reference": None, "own_values": own, "table": table, "inference": inference}


def at(active: float, **values: Any) -> dict[str, Any]:
    return numbers(0, "", own=False, values=values, excess_cagr=active)


def test_one_key_is_a_curve_with_the_own_value_and_the_plateau_of_the_best(document: dict[str, Any]) -> None:
    found = {10: (0.001, -0.01), 1: (0.02, 0.012), 2: (0.03, 0.015), 5: (0.01, -0.001)}
    rows = [
        at(active, lag=lag) | {"verdict": {"active_return": active, "low": low, "high": active + 0.02}}
        for lag, (active, low) in found.items()
    ]
    html = page.render(grid(document, rows, {"lag": 1}))
    figure = chart_of(html)
    [line] = figure["series"]
    assert line["x"] == figure["across"]["names"] == ["□ 1", "2", "5", "10"]
    assert line["signs"] == ["square", "circle", "circle", "circle"]
    assert line["low"] == pytest.approx([1.2, 1.5, -0.1, -1.0])
    assert line["along"] == "y"
    low, high = figure["panels"]["y"]["range"]
    assert low < -1.0 < 5.0 < high
    assert "Plateau: 1 to 2 (two values of lag) lie within the interval of the best, 2." in html
    assert "+0.10 pp to +3.00 pp a year, and above 0 at 4 of 4" in html


def test_a_curve_without_intervals_says_so_and_one_row_has_none(document: dict[str, Any]) -> None:
    html = page.render(grid(document, [at(0.01, lag=1), at(0.02, lag=2)], {"lag": 3}))
    assert "nothing says which values can be told apart" in html
    assert "The config&#39;s own value is not among them" in html
    assert "low" not in chart_of(html)["series"][0]
    assert "Over the values tried" not in page.render(grid(document, [at(0.01, lag=1)], {"lag": 1}))


def test_two_keys_are_a_map_and_a_third_makes_one_each(document: dict[str, Any]) -> None:
    rows = [
        at((months - lag) / 1000, lag=lag, months=months, off=off)
        for lag, months, off in [(1, 3, "a"), (1, 6, "a"), (2, 3, "a"), (2, 6, "a"), (1, 3, HOSTILE), (1, 9, HOSTILE)]
    ]
    html = page.render(grid(document, rows, {"lag": 1, "months": 6, "off": "a"}))
    first, second = re.findall(r'<table class="heat">.*?</table>', html, flags=re.DOTALL)
    one, other = (second, first) if "img" in first else (first, second)
    assert re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', one) == ["months", "□ 1", "2"]
    assert re.findall(r'<th scope="row"[^>]*>([^<]*)</th>', one) == ["3", "□ 6", "9"]
    assert "off □ a" in one
    assert "<img" not in html
    assert [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in re.findall(r"<tr>.*?</tr>", other)[1:]] == [
        ["+0.20", "–"],
        ["–", "–"],
        ["+0.80", "–"],
    ]
    assert "0.00 is large, which earned 8.00% a year" in html


def test_the_best_of_more_trials_are_said_to_be_the_best(document: dict[str, Any]) -> None:
    many = grid(document, [at(0.01, lag=1), at(0.02, lag=2)], {"lag": 1})
    many["inference"]["trials"] = 5000
    assert "Only the best 2 of 5,000 trials are drawn." in page.render(many)


def test_in_a_browser_nothing_fails_and_nothing_is_fetched(on_a_phone: Any, document: dict[str, Any]) -> None:
    tab, wrong = on_a_phone(page.render(document))
    assert tab.locator(".chart[data-drawn]").count() == 1
    assert wrong == []
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    tab.close()
