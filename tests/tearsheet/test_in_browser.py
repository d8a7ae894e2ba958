"""The page in a real browser: nothing fails, nothing is fetched, charts answer to hover, zoom and print."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import page
from fedcycle.backtests.tearsheet.section import anchor
from fedcycle.data.market import Market

from .conftest import chromium_path

ELSEWHERE = ("flows", "attribution", "benchmarks", "factors", "sizes", "stocks", "audit")
"""Sections that do not apply to the run of these tests."""
ANCHORS = [anchor(part) for part in page.ORDER if anchor(part) not in ELSEWHERE]
CHARTS = 18
# Charts over all of the run's time; a cycle's own page keeps its span.
RANGES = (
    "[...document.querySelectorAll('.chart:not([id^=chart-easing])')]"
    ".map(chart => chart.dataset.span).filter(span => /^\\d{4}-\\d\\d-\\d\\d /.test(span))"
)
OWN = "document.querySelector('[id^=chart-easing]').dataset.span"
# Pixels of a copy, since a browser complains of a canvas that is read more than once.
READ = """const read = (canvas) => {
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const pen = copy.getContext("2d", { willReadFrequently: true });
  pen.drawImage(canvas, 0, 0);
  return pen.getImageData(0, 0, copy.width, copy.height).data;
};"""
SPREAD = (
    "name => {"
    + READ
    + """
  const data = read(document.querySelector("#chart-" + name + " canvas"));
  let found = 0;
  for (let k = 3; k < data.length; k += 4) found = (found * 31 + data[k] + data[k - 1]) % 4294967291;
  return found;
}"""
)


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


def scroll_to(tab: Any, chart: Any) -> None:
    """Bring a chart into sight, and wait for the scroll to be told, which hides what hovering shows."""
    chart.scroll_into_view_if_needed()
    for _ in range(2):
        tab.evaluate("new Promise(requestAnimationFrame)")


def drag(tab: Any, chart: Any) -> tuple[float, float]:
    """Drag over 200 pixels of a chart from a place in it, which is returned."""
    box = chart.bounding_box()
    x, y = box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"]
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 200, y, steps=4)
    tab.mouse.up()
    return x, y


@pytest.mark.parametrize("slower", [4, 8])
def test_charts_fit_beside_a_scroll_bar_that_comes_with_the_rest_of_the_page(
    file: Path, chromium: Any, slower: int
) -> None:
    # In a window higher than the first sections and lower than the page; playwright hides scroll bars by itself.
    shown = {"args": ["--no-sandbox", "--disable-gpu"], "ignore_default_args": ["--hide-scrollbars"]}
    with chromium.browser_type.launch(executable_path=chromium_path(), **shown) as browser:
        context = browser.new_context(viewport={"width": 1000, "height": 3000})
        tab = context.new_page()
        context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": slower})
        tab.goto(file.as_uri(), timeout=180_000)
        tab.wait_for_selector("html[data-ready]", timeout=180_000)
        bar = tab.evaluate("innerWidth - document.documentElement.clientWidth")
        # Of the canvas itself: what is out of sight may not be laid out.
        wide = tab.evaluate("[...document.querySelectorAll('.chart canvas')].map(one => one.width / devicePixelRatio)")
        width = tab.evaluate("document.querySelector('main').clientWidth")
    assert bar > 0
    assert wide == [width] * CHARTS


@pytest.fixture
def slow_server(file: Path) -> Iterator[tuple[str, threading.Event]]:
    """Serve the page up to the figure of its second chart, and the rest when the event is set."""
    content, rest = file.read_bytes(), threading.Event()
    first = content.index(b'class="chart-data"')
    cut = content.index(b'<script type="application/json" class="chart-data"', first)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(content[:cut])
            self.wfile.flush()
            rest.wait(60)
            self.wfile.write(content[cut:])

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", rest
        rest.set()
        server.shutdown()


def test_a_button_pressed_before_its_chart_was_read_counts_once_it_is(
    chromium: Any, slow_server: tuple[str, threading.Event]
) -> None:
    address, rest = slow_server
    tab, wrong = chromium.new_page(), []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.goto(address, wait_until="commit")
    tab.wait_for_selector("#chart-growth canvas")  # the first chart is drawn while the rest of the page is on its way
    name = tab.locator("#drawdowns .legend button[data-series]").first
    name.click()
    assert name.get_attribute("aria-pressed") == "true"
    rest.set()
    # What is pressed once the chart is there comes after what was pressed before.
    tab.wait_for_selector("script[data-chart=chart-drawdowns]", state="attached")
    tab.locator("#drawdowns .legend button[data-series]").nth(1).click()
    tab.wait_for_selector("html[data-ready]")
    assert name.get_attribute("aria-pressed") == "false"
    assert tab.locator("#drawdowns .legend button[data-series]").nth(1).get_attribute("aria-pressed") == "false"
    assert wrong == []
    tab.close()


def test_every_section_is_visible_and_every_chart_drawn(
    show: Callable[..., Any], undrawn: Callable[[Any, str], list[str]], file: Path
) -> None:
    tab = show(file)
    assert tab.eval_on_selector_all("section", "all => all.map(one => one.id)") == ANCHORS
    assert all(tab.locator(f"#{anchor} .finding").is_visible() for anchor in ANCHORS)
    names = tab.eval_on_selector_all(".chart", "all => all.map(one => one.id.slice(6))")
    assert len(names) == CHARTS
    for name in names:
        # Cash is held for a session now and then: too thin an area to see.
        assert set(undrawn(tab, name)) <= {"uninvested cash"}, name
        figure = tab.locator(f"figure:has(#chart-{name})")
        assert figure.locator(".legend .stamp", has_text="HINDSIGHT").count() == 1
        chart = tab.locator(f"#chart-{name}")
        assert chart.get_attribute("role") == "img"
        assert len(chart.get_attribute("aria-label")) > 10
    said = tab.locator("#chart-growth").get_attribute("aria-description")
    assert said.startswith("1997-12-31 to 2025-05-30; US dollars: $1M, $2M, ")


def test_hover_shows_the_day_and_both_values(show: Callable[..., Any], file: Path) -> None:
    tab = show(file)
    chart = tab.locator("#chart-growth")
    scroll_to(tab, chart)
    box = chart.bounding_box()
    tab.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.4 * box["height"])
    label = tab.locator(".tip")
    label.wait_for()
    said = label.text_content()
    assert re.match(r"[A-Z][a-z]{2} \d{1,2} [A-Z][a-z]{2} 2011", said)
    assert re.search(r"large\$\d{1,3}(,\d{3})+", said)
    assert re.search(r"rate-cycle-timing\$\d{1,3}(,\d{3})+", said)
    assert re.search(r"relative wealth against large.*[+−]\d+\.\d%", said)
    tab.mouse.move(box["x"] + 0.5 * box["width"], box["y"] - 200)
    label.wait_for(state="hidden")


def test_hover_on_an_interval_tells_its_row(show: Callable[..., Any], file: Path) -> None:
    tab = show(file)
    chart = tab.locator("#chart-inference")
    scroll_to(tab, chart)
    tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    scroll_to(tab, chart)
    box = chart.bounding_box()
    tab.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.16 * box["height"])
    tab.locator(".tip").wait_for()
    assert re.fullmatch(r"Annualised return, points: [+-]\d+\.\d\d \(.* to .*\)", tab.locator(".tip").text_content())


def test_a_name_in_the_legend_hides_its_line_and_shows_it_again(
    show: Callable[..., Any], painted: Callable[[Any, str], list[tuple[str, int]]], file: Path
) -> None:
    tab = show(file)
    before = dict(painted(tab, "growth"))
    name = tab.locator("#growth .legend button", has_text="rate-cycle-timing")
    name.click()
    assert name.get_attribute("aria-pressed") == "false"
    hidden = dict(painted(tab, "growth"))
    assert before["rate-cycle-timing"] > 200
    assert hidden["rate-cycle-timing"] == 0
    assert hidden["large"] > 200
    name.click()
    assert dict(painted(tab, "growth")) == before


def test_a_chart_can_be_kept_as_a_picture(show: Callable[..., Any], file: Path) -> None:
    tab = show(file)
    with tab.expect_download() as saved:
        tab.locator("#growth button", has_text="PNG").click()
    assert saved.value.suggested_filename == "growth.png"
    head = Path(saved.value.path()).read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    # Twice as many pixels as on the page, with the words above it and a margin.
    wide, tall = (int.from_bytes(head[at : at + 4], "big") for at in (16, 20))
    box = tab.locator("#chart-growth").bounding_box()
    assert wide == 2 * (box["width"] + 24)
    assert tall > 2 * (box["height"] + 60)


def test_a_cycle_is_one_click_away_on_all_charts_and_back(show: Callable[..., Any], file: Path) -> None:
    tab = show(file)
    whole, own = tab.evaluate(RANGES), tab.evaluate(OWN)
    tab.locator("#growth .switch button", has_text="2001–03").click()
    # A year before the first cut of 2001-01-03, two after the final one of 2003-06-25.
    assert tab.evaluate(RANGES) == ["2000-01-04 2005-06-24"] * 8
    assert tab.evaluate(OWN) == own
    assert tab.locator("#cycle .switch button", has_text="2001–03").get_attribute("aria-pressed") == "true"
    tab.locator("#cycle .switch button", has_text="all").click()
    assert tab.evaluate(RANGES) == whole


def test_dragging_on_one_chart_zooms_all_and_a_double_click_goes_back(show: Callable[..., Any], file: Path) -> None:
    tab = show(file)
    whole = tab.evaluate(RANGES)
    chart = tab.locator("#chart-growth")
    scroll_to(tab, chart)
    x, y = drag(tab, chart)
    until(tab, f"!{RANGES}.includes({whole[0]!r})")
    assert len(set(tab.evaluate(RANGES))) == 1
    tab.mouse.dblclick(x + 100, y)
    until(tab, f"{RANGES}.every(range => range === {whole[0]!r})")


def test_the_value_axes_follow_the_span(show: Callable[..., Any], file: Path) -> None:
    tab = show(file)
    ticks = "document.getElementById('chart-drawdowns').getAttribute('aria-description').split('; ')[1]"
    whole = tab.evaluate(ticks)
    assert whole.startswith("in drawdown: −")
    # In 1998 the account fell less deep than in the worst of 27 years.
    tab.locator("#drawdowns .switch button", has_text="1998").click()
    until(tab, f"{ticks} !== {whole!r}")
    deepest = [float(re.search(r"−(\d+)", said)[1]) for said in (whole, tab.evaluate(ticks))]
    assert deepest[1] < deepest[0]
    assert tab.evaluate(ticks).endswith("0%")


def test_a_cycle_is_zoomed_by_itself_and_back(show: Callable[..., Any], file: Path) -> None:
    tab = show(file)
    whole, own = tab.evaluate(RANGES), tab.evaluate(OWN)
    chart = tab.locator("[id^=chart-easing]").first
    for _ in range(2):
        scroll_to(tab, chart)
        tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    x, y = drag(tab, chart)
    until(tab, f"{OWN} !== {own!r}")
    assert tab.evaluate(RANGES) == whole
    tab.mouse.dblclick(x + 100, y)
    until(tab, f"{OWN} === {own!r}")


def test_the_value_axis_switches_between_log_and_linear(show: Callable[..., Any], file: Path) -> None:
    tab = show(file)
    chart = tab.locator("#chart-growth")
    assert chart.get_attribute("data-scale") == "log"
    upright = tab.evaluate(SPREAD, "growth")
    tab.locator("#growth button", has_text="linear").click()
    assert chart.get_attribute("data-scale") == "linear"
    assert "$0, " in chart.get_attribute("aria-description") or "$2M, $4M" in chart.get_attribute("aria-description")
    assert tab.evaluate(SPREAD, "growth") != upright


def test_a_phone_sees_no_sideways_scroll_and_touch_scrolls_the_page(show: Callable[..., Any], file: Path) -> None:
    tab = show(file, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    widths = tab.eval_on_selector_all(".chart canvas", "all => all.map(one => one.getBoundingClientRect().width)")
    assert len(widths) == CHARTS
    assert max(widths) <= 390
    over = tab.locator("#chart-growth .u-over")
    assert over.evaluate("one => getComputedStyle(one).touchAction") == "auto"
    # A tap tells the values; a finger that moves scrolls, since nothing listens to touches and takes them away.
    scroll_to(tab, over)
    over.tap()
    tab.locator(".tip").wait_for()
    moved = "one => one.dispatchEvent(new Event('touchmove', { cancelable: true, bubbles: true }))"
    assert over.evaluate(moved) is True


PAPER = "getComputedStyle(document.body).backgroundColor"
WORDS = (
    "() => {"
    + READ
    + """
  const data = read(document.querySelector("#chart-growth canvas"));
  const darkest = [255, 255, 255], lightest = [0, 0, 0];
  for (let k = 0; k < data.length; k += 4)
    for (let c = 0; c < 3 && data[k + 3] > 250; c++) {
      darkest[c] = Math.min(darkest[c], data[k + c]);
      lightest[c] = Math.max(lightest[c], data[k + c]);
    }
  return { darkest, lightest };
}"""
)


@pytest.mark.slow
def test_dark_follows_the_reader_and_print_is_light_at_page_width(show: Callable[..., Any], file: Path) -> None:
    tab = show(file, color_scheme="dark")
    widths = "[...document.querySelectorAll('.chart canvas')].map(one => one.style.width)"
    assert tab.evaluate(PAPER) == "rgb(16, 23, 30)"
    # The ink of ticks: #e4eaef on dark, #16212c on light.
    assert min(tab.evaluate(WORDS)["lightest"]) >= 0xE4
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    tab.emulate_media(media="print")
    assert tab.evaluate(PAPER) == "rgb(255, 255, 255)"
    assert tab.evaluate(widths) == ["680px"] * CHARTS
    assert max(tab.evaluate(WORDS)["darkest"]) <= 0x2C
    assert tab.evaluate("document.querySelector('#chart-growth canvas').width") == 3 * 680
    tab.emulate_media(media="screen")
    tab.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert tab.evaluate(PAPER) == "rgb(16, 23, 30)"
    assert min(tab.evaluate(WORDS)["lightest"]) >= 0xE4
    tab.emulate_media(color_scheme="light")
    until(tab, f"{PAPER} === 'rgb(255, 255, 255)'")
    until(tab, f"Math.max(...({WORDS})().darkest) <= 0x2c")


@pytest.mark.slow
def test_the_browser_prints_it_to_pdf(show: Callable[..., Any], file: Path) -> None:
    tab = show(file)
    tab.evaluate(
        "window.addEventListener('beforeprint', () => { document.body.dataset.printed = chartWidths(); });"
        "window.chartWidths = () => [...document.querySelectorAll('.chart canvas')].map(c => c.style.width).join(' ')"
    )
    pdf = tab.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    # Our own listener came first and had laid the charts out when this one looked.
    assert tab.evaluate("document.body.dataset.printed") == " ".join(["680px"] * CHARTS)
    assert 10 <= pdf.count(b"/Type /Page\n") <= 22
    assert len(pdf) < 3_000_000


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
    assert name in tab.locator("#growth .legend").text_content()
    scroll_to(tab, tab.locator("#chart-growth"))
    box = tab.locator("#chart-growth").bounding_box()
    tab.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.4 * box["height"])
    tab.locator(".tip").wait_for()
    assert name in tab.locator(".tip").text_content()
    assert tab.locator(".tip img, .tip script").count() == 0


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
    assert tab.locator("#chart-growth canvas").count() == 1


def test_words_around_charts_do_not_touch(show: Callable[..., Any], file: Path) -> None:
    """Names, stamps and the button of every legend, on a desk, on a phone and on paper."""
    overlap = """() => [...document.querySelectorAll('.legend')].filter(legend => {
      const words = [...legend.querySelectorAll('button, .stamp')];
      const boxes = words.map(one => one.getBoundingClientRect()).filter(box => box.width);
      return boxes.some((a, k) => boxes.slice(k + 1).some(b =>
        a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1));
    }).map(legend => legend.nextElementSibling.id)"""
    tab = show(file)
    assert tab.locator(".legend").count() == CHARTS
    assert tab.evaluate(overlap) == []
    tab.set_viewport_size({"width": 390, "height": 844})
    assert tab.evaluate(overlap) == []
    tab.set_viewport_size({"width": 688, "height": 900})
    tab.emulate_media(media="print")
    assert tab.evaluate(overlap) == []
