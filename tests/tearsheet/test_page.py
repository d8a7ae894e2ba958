"""The page: one file that needs nothing else, the same bytes twice, text stays text, one failure stays one section."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import assets, page
from fedcycle.backtests.tearsheet.markup import Column, table
from fedcycle.backtests.tearsheet.section import RenderedSection, Section, anchor
from fedcycle.data.market import Market

ELSEWHERE = ("flows", "attribution", "benchmarks", "factors", "sizes", "stocks", "audit")
"""Sections that do not apply to the run of these tests."""
ANCHORS = [anchor(part) for part in page.ORDER if anchor(part) not in ELSEWHERE]
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
CHART_WORDS = '<script type="application/json" class="chart-data"'
# Attributes by which an element loads something; an <a href> is only followed by a reader.
LOADING = {"src", "srcset", "poster", "data", "action", "formaction", "background", "xlink:href"}


class Reader(HTMLParser):
    """What a browser would make of a page: elements, what they load, their text, and figures with their text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.loads: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.figures: list[str] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.text: dict[str, str] = {}
        self._open: list[str] = []
        self._section = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        self.loads += [f"{tag} {key}={value}" for key, value in attrs if key in LOADING]
        if tag == "link":
            self.loads.append(f"link href={given.get('href')}")
        if tag == "figure":
            self.figures.append("")
        if tag == "section":
            self._section = given.get("id") or ""
        if tag in {"script", "style", "figure"}:
            self._open.append(tag)
            if tag == "script":
                self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "figure"}:
            assert self._open.pop() == tag
        if tag == "section":
            self._section = ""

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        if inside == "script":
            self.scripts[-1] += data
        elif inside == "style":
            self.styles.append(data)
        else:
            self.text[self._section] = self.text.get(self._section, "") + data
            if "figure" in self._open:
                self.figures[-1] += data


@pytest.fixture(scope="session")
def html(run: Run, market: Market) -> str:
    return page.render(run, market)


def charts(html: str) -> dict[str, dict[str, object]]:
    """Return the charts of a page as the browser's script reads them."""
    found = re.findall(r'class="chart-data" data-chart="([\w-]+)">(.*?)</script>', html, flags=re.DOTALL)
    return {name: json.loads(text) for name, text in found}


def test_the_page_loads_nothing_at_all(html: str) -> None:
    read = Reader(html)
    assert [load for load in read.loads if load != "link href=data:,"] == []
    assert not any(re.search(r"url\(|@import|@font-face", style) for style in read.styles)


def test_the_policy_forbids_the_network_and_every_script_but_those_of_the_page(html: str) -> None:
    read = Reader(html)
    policy = next(t["content"] for tag, t in read.tags if tag == "meta" and t.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert "connect-src" not in policy
    allowed = re.findall(r"'sha256-([^']+)'", policy)
    runs = [
        script
        for (tag, given), script in zip((t for t in read.tags if t[0] == "script"), read.scripts, strict=True)
        if tag == "script" and given.get("type") is None
    ]
    assert allowed == [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in runs]
    assert len(runs) == 3  # the library of charts, ours, and that of the list of fills


def test_every_section_is_there_in_page_order_with_a_heading_and_a_finding(html: str) -> None:
    read = Reader(html)
    assert [t["id"] for tag, t in read.tags if tag == "section"] == ANCHORS
    findings = re.findall(r'<p class="finding">(.*?)</p>', html)
    assert len(findings) == len(ANCHORS)
    for finding in findings:
        assert re.fullmatch(r"[A-Z$0-9].*\d.*\.", finding), finding
        assert not re.search(r"(^|\s)–", finding), "a dash stands for a missing number"
        assert "None" not in finding
        assert "nan" not in finding
    assert [t["href"] for tag, t in read.tags if tag == "a" and "download" not in t] == [
        f"#{anchor}" for anchor in ANCHORS
    ]


def test_the_page_can_be_read_by_machines_and_screen_readers(html: str) -> None:
    read = Reader(html)
    assert ("html", {"lang": "en"}) in read.tags
    assert any(t.get("name") == "viewport" for tag, t in read.tags if tag == "meta")
    assert [tag for tag, _ in read.tags].count("h1") == 1
    assert [tag for tag, _ in read.tags].count("table") == [tag for tag, _ in read.tags].count("caption")
    drawn = [t for _, t in read.tags if t.get("class") == "chart"]
    # 13 sections' charts, two of them in rolling and two in the calendar, and one for each of five cycles.
    assert len(drawn) == 13 + 5
    assert all(t["role"] == "img" and t["aria-label"] for t in drawn)
    assert all(t.get("scope") for tag, t in read.tags if tag == "th")
    ids = [t["id"] for _, t in read.tags if "id" in t]
    assert len(ids) == len(set(ids))


def test_two_renders_are_the_same_bytes(run: Run, market: Market, html: str) -> None:
    assert page.render(run, market) == html


def test_27_years_stay_under_2_mb(html: str) -> None:
    assert len(html.encode()) < 1_200_000


def test_a_page_without_a_chart_carries_no_script() -> None:
    words = dict.fromkeys(("title", "description", "kicker", "heading", "question"), CHART_WORDS)
    body = table(CHART_WORDS, [Column(CHART_WORDS)], rows=[[CHART_WORDS]], stamps=())
    place = RenderedSection("one", "One", Section("One", CHART_WORDS, body))
    sessions = np.array(["2025-05-30"], dtype="datetime64[D]")
    html = page.document(**words, stamps=(), places=[place], sessions=sessions)
    read = Reader(html)
    assert read.scripts == []
    assert "script-src 'none'" in html
    assert CHART_WORDS in read.text["one"]
    assert len(html.encode()) < 30_000


def test_the_chart_library_is_the_published_bundle() -> None:
    # As `npm pack uplot@1.6.32` gave them; docs/decisions/0014 names them.
    published = {
        assets.LIBRARY: "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
        assets.LIBRARY_STYLE: "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
    }
    assert {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in published} == published
    licence = (assets.LIBRARY.parent / "LICENSE-uPlot.txt").read_text(encoding="utf-8")
    assert licence.startswith("The MIT License (MIT)\n\nCopyright (c) 2022 Leon Sorokin")


def test_dates_are_stored_once(html: str) -> None:
    calendar = json.loads(re.findall(r'id="calendars">(.*?)</script>', html)[0])["sessions"]
    assert len(calendar) == 7153
    named = {
        one["x"]
        for chart in charts(html).values()
        if chart["across"]["kind"] == "dates"  # type: ignore[index]
        for one in chart["series"]  # type: ignore[attr-defined]
    }
    assert named == {"sessions", "weights", "pairs", "periods", "around", "held"}


def test_a_hostile_name_and_question_are_text(judge: Callable[..., Run], six: Run, six_market: Market) -> None:
    config = {**six.config, "question": HOSTILE, "name": HOSTILE}
    run = judge(
        six.ledger, six_market, name=HOSTILE, config=config, benchmark=HOSTILE, files={"config.yaml": HOSTILE.encode()}
    )
    run = replace(run, stamps=(HOSTILE,), provenance={HOSTILE: {HOSTILE: HOSTILE}, "command": HOSTILE})
    html = page.render(run, six_market)
    read = Reader(html)
    assert "img" not in {tag for tag, _ in read.tags}
    assert len(read.scripts) == len(Reader(page.render(six, six_market)).scripts)
    assert HOSTILE in read.text[""]
    assert not re.search(r"<script>alert", html)
    # In the data of charts a name is as it was given, in JSON that no HTML can leave; legends escape it.
    names = [one["name"] for chart in charts(html).values() for one in chart["series"]]  # type: ignore[attr-defined]
    assert HOSTILE in names
    assert HOSTILE in read.text["growth"]


@pytest.mark.parametrize("broken", ANCHORS)
def test_a_section_that_fails_is_its_title_and_reason_and_the_others_stay(
    broken: str, six: Run, six_market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = next(p for p in page.ORDER if p.__name__.endswith(f".{broken}"))  # type: ignore[attr-defined]

    def fail(run: Run, market: Market) -> None:
        raise ZeroDivisionError("nothing <b>to</b> divide by")

    monkeypatch.setattr(part, "section", fail)
    read = Reader(page.render(six, six_market))
    assert [t["id"] for tag, t in read.tags if tag == "section"] == ANCHORS
    assert "ZeroDivisionError: nothing <b>to</b> divide by" in read.text[broken]
    assert part.TITLE in read.text[broken]
    whole = [anchor for anchor in ANCHORS if "could not be made" not in read.text[anchor]]
    assert whole == [anchor for anchor in ANCHORS if anchor != broken]


def test_a_section_that_does_not_apply_is_left_out(
    six: Run, six_market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page.ORDER[1], "section", lambda run, market: None)
    read = Reader(page.render(six, six_market))
    assert [t["id"] for tag, t in read.tags if tag == "section"] == [a for a in ANCHORS if a != "growth"]


@pytest.mark.slow
@pytest.mark.parametrize("stamp", ["HINDSIGHT", "AS OF 2024-12-18"])
def test_a_stamp_stands_in_every_block_of_figures_and_in_every_chart(stamp: str, run: Run, market: Market) -> None:
    html = page.render(replace(run, stamps=(stamp,)), market)
    read = Reader(html)
    assert len(read.figures) >= 12
    assert all(stamp in figure for figure in read.figures)
    assert all(stamp in read.text[anchor].split("\n")[1] for anchor in ANCHORS), "beside the finding"
    assert all(chart["stamp"] == stamp for chart in charts(html).values())
    assert "stamp" not in {t.get("class") for _, t in Reader(page.render(run, market)).tags}


def test_runs_at_the_edge_have_a_page_with_every_section_whole(odd: tuple[Run, Market]) -> None:
    run, market = odd
    read = Reader(page.render(run, market))
    assert [t["id"] for tag, t in read.tags if tag == "section"] == ANCHORS
    for one in ANCHORS:
        assert "could not be made" not in read.text[one], read.text[one]
        assert not re.search(r"\b(nan|None|inf)\b", read.text[one]), read.text[one]


def test_a_summary_without_its_numbers_shows_dashes(six: Run, six_market: Market) -> None:
    summary = {
        "statistics": {"cagr": None, "sharpe": None, "novel_ratio": 1.5},
        "by_cycle": [{}],
        "by_phase": {"easy": {}},
    }
    read = Reader(page.render(replace(six, summary=summary, provenance={}, files={}), six_market))
    assert all("could not be made" not in read.text[anchor] for anchor in ANCHORS)
    assert "Novel ratio" in read.text["statistics"]
    assert "–" in read.text["headline"]


def test_a_market_without_small_caps_loses_only_the_cycle_section(
    judge: Callable[..., Run], six: Run, six_market: Market
) -> None:
    keep = [1, 2, 3]
    market = Market(
        "no-small", six_market.sessions, six_market.assets[1:], six_market.prices[:, keep], six_market.series
    )
    ledger = replace(
        six.ledger, assets=market.assets, holdings=six.ledger.holdings[:, keep], targets=six.ledger.targets[:, keep]
    )
    read = Reader(page.render(replace(six, ledger=ledger), market))
    assert "has no asset 'small'" in read.text["cycle"]
    assert all("could not be made" not in read.text[a] for a in ANCHORS if a != "cycle")


def test_a_script_cannot_end_its_element() -> None:
    assert str(assets.inline('a="</script><!--";\r\nb=1\r')) == 'a="<\\/script><\\!--";\nb=1\n'
