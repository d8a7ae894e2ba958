"""Pages of runs whose free texts are hostile: they have the elements of a harmless page, and nothing loads or runs."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import page
from fedcycle.backtests.workflows.jobs import Job, market_of, run_all
from fedcycle.data.market import Market

CASES = 4
PIECES = (
    *("<script>alert(1)</script>", "<img src=x onerror=alert(2)>", "</script><svg onload=alert(3)>", "<!--", "-->"),
    *('" onmouseover="alert(4)', "' autofocus onfocus='alert(5)", "javascript:alert(6)", "&lt;b&gt;", "{{ 7 * 7 }}"),
    *(
        "{% for x in y %}",
        "</style><link rel=stylesheet href=//x>",
        "<base href=//x>",
        "\u202etxt",
        "\x00",
        "<b",
        "]]>",
    ),
    *(
        "</title><iframe src=//x>",
        "<a href=javascript:alert(8)>x</a>",
        "${alert(9)}",
        "%3Cscript%3E",
        "<math><mi//xlink:",
    ),
    *("</textarea>", "<meta http-equiv=refresh content=0>", "<!DOCTYPE html>", "\\u003cscript\\u003e", "a" * 400),
)
FREE = {"name": "harmless", "question": "Is it harmless?", "note": "harmless"}
LOADING = {"src", "srcset", "poster", "data", "action", "formaction", "background", "xlink:href"}


class Elements(HTMLParser):
    """The elements of a page in order, each with the names of its attributes, and what is loaded or runs."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.bad: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(sorted({name for name, _ in attrs} - {"class", "title"}))))
        for name, value in attrs:
            follows = name == "href" and not (value or "").startswith(("#", "data:,"))
            if name.startswith("on") or name in LOADING or follows:
                self.bad.append(f"<{tag} {name}={value!r}>")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Market]:
    short = ("execution.engine=vectorised", "period.start=2005-01-03", "period.end=2006-12-29")
    job = Job("buy-and-hold-large", short, tmp_path_factory.mktemp("runs"), tearsheet=False)
    stored = next(iter(run_all([job], notify=lambda _: None)))
    return stored.run, market_of(stored)


def dressed(run: Run, text: Callable[[str], str]) -> Run:
    """Return the run with other free texts: its names, question, stamp, notes, and what its config says of files."""
    provenance = {**run.provenance, "notes": [text("note")], "command": text("note"), "versions": {text("name"): "1"}}
    config = {**run.config, "name": text("name"), "question": text("question"), "data": {"market": text("note")}}
    return replace(
        run, name=text("name"), benchmark=text("name"), config=config, stamps=(text("note"),), provenance=provenance,
        files={"config.yaml": text("note").encode("utf-8", "replace")},
    )  # fmt: skip


def test_a_page_of_hostile_texts_has_the_elements_of_a_harmless_one(times: int, made: tuple[Run, Market]) -> None:
    run, market = made
    harmless = Elements(page.render(dressed(run, FREE.__getitem__), market))
    assert not harmless.bad
    for seed in range(CASES * times):
        rng = random.Random(seed)  # noqa: S311 - a seed is the point
        html = page.render(dressed(run, lambda _, rng=rng: "".join(rng.choices(PIECES, k=rng.randint(1, 4)))), market)
        found = Elements(html)
        assert not found.bad, f"seed {seed}: {found.bad[:3]}"
        assert found.found == harmless.found, f"seed {seed}: another element"
        scripts = re.findall(r"<script>", html)
        assert len(scripts) == 3, f"seed {seed}"


def test_the_fuzzer_would_see_an_element_too_many(made: tuple[Run, Market]) -> None:
    run, market = made
    html = page.render(dressed(run, FREE.__getitem__), market)
    broken = html.replace("<main>", "<main><img src=x onerror=alert(1)>", 1)
    assert broken != html
    assert Elements(broken).bad
    assert Elements(broken).found != Elements(html).found
