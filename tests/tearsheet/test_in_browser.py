"""The page in a real browser: nothing fails, nothing is fetched, charts answer to hover, zoom and print."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import page
from fedcycle.backtests.tearsheet.section import anchor
from fedcycle.data.market import Market

ELSEWHERE = ("flows", "attribution", "benchmarks", "factors", "sizes", "stocks", "audit")
"""Sections that do not apply to the run of these tests."""
ANCHORS = [anchor(part) for part in page.ORDER if anchor(part) not in ELSEWHERE]
CHARTS = 18
# Charts over all of the run's time; a cycle's own page keeps its span.
RANGES = (
    "[...document.querySelectorAll('.chart:not([id^=chart-easing])')]"
    ".filter(chart => chart.layout.xaxis.type === 'date').map(chart => chart.layout.xaxis.range.join(' '))"
)
OWN = "document.querySelector('[id^=chart-easing]').layout.xaxis.range.join(' ')"


@pytest.fixture(scope="module")
def file(run: Run, market: Market, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "tearsheet.html"
    path.write_bytes(page.render(replace(run, stamps=("HINDSIGHT",)), market).encode())
    return path


@pytest.fixture
def show(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open a file in a fresh window; at the end, assert that it logged nothing and asked for nothing else."""
    opened, wrong = [], []

    def open_(path: Path, **window: Any) -> Any:
        context = chromium.new_context(**{"viewport": {"width": 1200, "height": 900}, **window})
        opened.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: wrong.append(f"console: {message.text}"))
        tab.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        tab.on("request", lambda asked: wrong.append(f"request: {asked.url}") if asked.url != path.as_uri() else None)
        tab.goto(path.as_uri())
        tab.wait_for_selector("html[data-ready]")
        return tab

    yield open_
    for context in opened:
        context.close()
    assert wrong == []


def until(tab: Any, condition: str) -> None:
    """Wait, frame by frame, for an expression to hold; playwright's own way is eval, which the page forbids."""
    for _ in range(600):
        if tab.evaluate(condition):
            return
        tab.evaluate("new Promise(requestAnimationFrame)")
    raise AssertionError(condition)


def test_every_section_is_visible_and_every_chart_drawn(show: Callable[..., Any], file: Path) -> None:
    tab = show(file)
    assert tab.eval_on_selector_all("section", "all => all.map(one => one.id)") == ANCHORS
    assert all(tab.locator(f"#{anchor} .finding").is_visible() for anchor in ANCHORS)
    for name, least in {
        "growth": 3,
        "drawdowns": 2,
        "rolling": 4,
        "cycle": 3,
        "rates": 8,
        "weights": 3,
        "easing-2001-01-03": 5,
    }.items():
        lines = tab.locator(f"#chart-{name} .scatterlayer .trace path[d]")
        assert lines.count() >= least, name
        assert tab.locator(f"#chart-{name} .annotation", has_text="HINDSIGHT").count() == 1


def test_hover_shows_the_day_and_both_values(show: Callable[..., Any], file: Path) -> None:
    tab = show(file)
    chart = tab.locator("#chart-growth")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    tab.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.4 * box["height"])
    label = tab.locator("#chart-growth .hoverlayer .legend")
    label.wait_for()
    said = label.text_content()
    assert "2011" in said
    assert "large : $" in said
    assert "rate-cycle-timing : $" in said
    assert "relative wealth against large" in said


def test_a_cycle_is_one_click_away_on_all_charts_and_back(show: Callable[..., Any], file: Path) -> None:
    tab = show(file)
    whole, own = tab.evaluate(RANGES), tab.evaluate(OWN)
    tab.locator("#growth button", has_text="2001–03").click()
    # A year before the first cut of 2001-01-03, two after the final one of 2003-06-25.
    assert tab.evaluate(RANGES) == ["2000-01-04 2005-06-24"] * 8
    assert tab.evaluate(OWN) == own
    assert tab.locator("#cycle button", has_text="2001–03").get_attribute("aria-pressed") == "true"
    tab.locator("#cycle button", has_text="all").click()
    assert tab.evaluate(RANGES) == whole


def test_dragging_on_one_chart_zooms_all_and_a_double_click_goes_back(show: Callable[..., Any], file: Path) -> None:
    tab = show(file)
    whole = tab.evaluate(RANGES)
    chart = tab.locator("#chart-growth")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    x, y = box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"]
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 200, y, steps=4)
    tab.mouse.up()
    until(tab, f"!{RANGES}.includes({whole[0]!r})")
    assert len(set(tab.evaluate(RANGES))) == 1
    # Two clicks are one double click only within 300 ms: not while the other charts are still drawn.
    tab.evaluate("new Promise(requestIdleCallback)")
    tab.mouse.dblclick(x + 100, y)
    until(tab, f"{RANGES}.every(range => range === {whole[0]!r})")


def test_the_value_axis_switches_between_log_and_linear(show: Callable[..., Any], file: Path) -> None:
    tab = show(file)
    scale = "document.getElementById('chart-growth').layout.yaxis.type"
    assert tab.evaluate(scale) == "log"
    tab.locator("#growth button", has_text="linear").click()
    assert tab.evaluate(scale) == "linear"


def test_a_phone_sees_no_sideways_scroll(show: Callable[..., Any], file: Path) -> None:
    tab = show(file, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    widths = tab.eval_on_selector_all(".chart .main-svg", "all => all.map(one => one.getBoundingClientRect().width)")
    assert max(widths) <= 390


@pytest.mark.slow
def test_dark_follows_the_reader_and_print_is_light_at_page_width(show: Callable[..., Any], file: Path) -> None:
    tab = show(file, color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    drawn = "[...document.querySelectorAll('.chart')].map(c => c.layout.paper_bgcolor + ' ' + c.layout.width)"
    assert tab.evaluate(paper) == "rgb(16, 23, 30)"
    assert tab.evaluate(drawn)[0].startswith("#10171e")
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    tab.emulate_media(media="print")
    assert tab.evaluate(paper) == "rgb(255, 255, 255)"
    assert tab.evaluate(drawn) == ["#ffffff 680"] * CHARTS
    tab.emulate_media(media="screen")
    tab.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert tab.evaluate(drawn)[0].startswith("#10171e")


@pytest.mark.slow
def test_the_browser_prints_it_to_pdf(show: Callable[..., Any], file: Path) -> None:
    tab = show(file)
    tab.evaluate(
        "window.addEventListener('beforeprint', () => { document.body.dataset.printed = chartWidths(); });"
        "window.chartWidths = () => [...document.querySelectorAll('.chart')].map(c => c.layout.width).join(' ')"
    )
    pdf = tab.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    # Our own listener came first and had laid the charts out when this one looked.
    assert tab.evaluate("document.body.dataset.printed") == " ".join(["680"] * CHARTS)
    assert 10 <= pdf.count(b"/Type /Page\n") <= 22


def test_a_hostile_name_runs_nothing(
    show: Callable[..., Any], judge: Callable[..., Run], six: Run, six_market: Market, tmp_path: Path
) -> None:
    name = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    run = judge(six.ledger, six_market, name=name, benchmark=name, config={"question": name}, stamps=(name,))
    path = tmp_path / "hostile.html"
    path.write_bytes(page.render(run, six_market).encode())
    tab = show(path)
    assert name in tab.title()
    assert name in tab.locator("h1").text_content()
    assert tab.locator("img").count() == 0
    assert name in tab.locator("#chart-growth .legend").text_content()


@pytest.mark.slow
def test_runs_at_the_edge_are_drawn_without_an_error(
    show: Callable[..., Any], odd: tuple[Run, Market], tmp_path: Path
) -> None:
    run, market = odd
    path = tmp_path / "odd.html"
    path.write_bytes(page.render(run, market).encode())
    tab = show(path)
    charts = tab.locator(".chart").count()
    assert charts >= 4
    assert tab.locator(".chart[data-drawn]").count() == charts


def test_without_scripts_the_charts_are_pictures_and_a_notice_says_so(chromium: Any, file: Path) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    tab = context.new_page()
    tab.goto(file.as_uri())
    notice = tab.locator("body > noscript")
    assert "Scripts are off" in notice.inner_text()
    assert notice.bounding_box()["y"] < 844
    for name in ("growth", "drawdowns", "cycle"):
        picture = tab.locator(f"#chart-{name} svg")
        box, place = picture.bounding_box(), tab.locator(f"#chart-{name}").bounding_box()
        assert place["x"] <= box["x"]
        assert box["x"] + box["width"] <= place["x"] + place["width"] + 1
        assert box["height"] > 150
        lines = [line.bounding_box() for line in picture.locator("path:not([d$='h1000'])").all()]
        assert max(line["width"] for line in lines) > 0.9 * box["width"]
    assert tab.locator(".chart[data-bare]").first.is_hidden()
    assert tab.locator(".controls").first.is_hidden()
    context.close()


def test_a_picture_gives_way_to_the_chart(show: Callable[..., Any], file: Path) -> None:
    tab = show(file)
    assert tab.locator(".still").count() == 0
    assert tab.locator("#chart-growth .main-svg").count() > 0


def test_a_stamp_leaves_a_long_legend_alone(show: Callable[..., Any], file: Path) -> None:
    """Beside the legend where there is room, as at 1,200 px, else inside the plot."""
    overlap = """() => [...document.querySelectorAll('.chart')].filter(chart => {
      const stamp = [...chart.querySelectorAll('.annotation')].find(one => one.textContent === 'HINDSIGHT');
      if (!stamp) return false;
      const a = stamp.getBoundingClientRect();
      return [...chart.querySelectorAll('.infolayer > .legend .legendtext')].some(text => {
        const b = text.getBoundingClientRect();
        return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
      });
    }).map(chart => chart.id)"""
    tab = show(file)
    assert tab.evaluate(overlap) == []
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert tab.evaluate(overlap) == []
