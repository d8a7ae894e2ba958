"""Runs to render: 27 seeded years for looks and size, six sessions worked by hand, and the ones that go wrong."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedcycle.backtests import statistics
from fedcycle.backtests.core.fed_cycles import easing_cycles
from fedcycle.backtests.core.ledger import Ledger, Trades, measured
from fedcycle.backtests.inference import verdict
from fedcycle.backtests.runs.storage import Run
from fedcycle.data.market import Market
from fedcycle.data.series import Series, Unit

# Announcement day and change in basis points: the first and last cut and hike of each cycle since 1994, public facts.
CHANGES = (
    ("1994-02-04", 25), ("1995-02-01", 50), ("1995-07-06", -25), ("1995-12-19", -25), ("1996-01-31", -25),
    ("1997-03-25", 25), ("1998-09-29", -25), ("1998-10-15", -25), ("1998-11-17", -25), ("1999-06-30", 25),
    ("2000-05-16", 150), ("2001-01-03", -50), ("2001-12-11", -425), ("2002-11-06", -50), ("2003-06-25", -25),
    ("2004-06-30", 25), ("2005-06-30", 200), ("2006-06-29", 200), ("2007-09-18", -50), ("2008-04-30", -275),
    ("2008-12-16", -175), ("2015-12-16", 25), ("2018-12-19", 200), ("2019-07-31", -25), ("2019-10-30", -50),
    ("2020-03-03", -50), ("2020-03-15", -100), ("2022-03-16", 25), ("2023-07-26", 500), ("2024-09-18", -50),
    ("2024-12-18", -50),
)  # fmt: skip
TURNS = (
    ("1990-07-01", "1991-04-25", -1), ("1991-03-01", "1992-12-22", 1), ("2001-03-01", "2001-11-26", -1),
    ("2001-11-01", "2003-07-17", 1), ("2007-12-01", "2008-12-01", -1), ("2009-06-01", "2010-09-20", 1),
    ("2020-02-01", "2020-06-08", -1), ("2020-04-01", "2021-07-19", 1),
)  # fmt: skip
ASSETS = ("small", "mid", "large", "bills")


def days(values: object) -> Any:
    return np.asarray(values, dtype="datetime64[D]")


@pytest.fixture(scope="session")
def market() -> Market:
    """27 years of weekdays: three kinds of stocks with fat, correlated, seeded returns, bills, and the real policy."""
    sessions = np.arange(days("1997-12-31"), days("2025-05-31"))
    sessions = sessions[np.is_busday(sessions)]
    random = np.random.default_rng(19980102)
    n = len(sessions) - 1
    common = 0.00034 + 0.0092 * random.standard_t(4, n) / np.sqrt(2)
    own = random.standard_normal((n, 3)) * np.array([0.0062, 0.0035, 0.0015])
    stocks = np.clip(common[:, None] * np.array([1.12, 1.06, 1.0]) + own, -0.12, 0.12)
    returns = np.column_stack([stocks, np.full(n, 0.00008)])
    prices = 100.0 * np.vstack([np.ones(4), np.cumprod(1.0 + returns, axis=0)])
    announced = days([day for day, _ in CHANGES])
    change = np.array([bp for _, bp in CHANGES], dtype=float)
    # DFEDTARU stood at 3.25 after the first of these changes.
    target = np.maximum(3.25 + np.cumsum(change) / 100.0 - change[0] / 100.0, 0.25)
    ten_year = 4.0 + np.cumsum(0.05 * random.standard_normal(len(sessions)) - 0.0003) * 0.6
    effective = announced + np.timedelta64(1, "D")
    known = np.append(sessions[1:], sessions[-1] + np.timedelta64(1, "D"))
    series = {
        "target_change": Series("target_change", Unit.BASIS_POINTS, change, effective, announced),
        "target_upper": Series("target_upper", Unit.PERCENT_PER_YEAR, target, effective, announced),
        "DGS10": Series("DGS10", Unit.PERCENT_PER_YEAR, ten_year, sessions, known),
        "nber_turning_point": Series(
            "nber_turning_point",
            Unit.TURNING_POINT,
            np.array([turn for _, _, turn in TURNS], dtype=float),
            days([month for month, _, _ in TURNS]),
            days([told for _, told, _ in TURNS]),
        ),
    }
    return Market("made-up", sessions, ASSETS, prices, series)


def account(market: Market, targets: dict[int, dict[str, float]], *, cost: float = 0.0005) -> Ledger:
    """Return the account that holds target weights from the session after each decision: plain arithmetic.

    ``targets`` is decision session -> weights. Costs are taken out of cash, which the weights leave for them.
    """
    sessions, prices = market.sessions, market.prices
    held, cash, units = np.zeros(len(ASSETS)), 1_000_000.0, []
    value, cashes, held_from, fills = [], [], [], []
    for t in range(len(sessions)):
        if t - 1 in targets:
            worth = cash + held @ prices[t]
            wanted = np.array([targets[t - 1].get(asset, 0.0) for asset in ASSETS]) * worth * 0.999 / prices[t]
            traded = wanted - held
            paid = cost * np.abs(traded * prices[t])
            cash -= float(traded @ prices[t] + paid.sum())
            held = wanted
            held_from.append(t)
            units.append(held)
            fills += [(t, j, traded[j], prices[t, j], paid[j]) for j in np.flatnonzero(traded)]
        value.append(cash + held @ prices[t])
        cashes.append(cash)
    at = np.array([fill[0] for fill in fills], dtype=np.int64)
    decided = sorted(targets)
    return Ledger(
        sessions=sessions,
        assets=ASSETS,
        value=np.array(value),
        cash=np.array(cashes),
        held_from=np.array(held_from, dtype=np.int64),
        holdings=np.array(units).reshape(-1, len(ASSETS)),
        decided_on=sessions[decided],
        targets=np.array([[targets[t].get(asset, 0.0) for asset in ASSETS] for t in decided]).reshape(-1, len(ASSETS)),
        trades=Trades(
            decided_on=sessions[at - 1],
            filled_on=sessions[at],
            asset=np.array([fill[1] for fill in fills], dtype=np.int64),
            units=np.array([fill[2] for fill in fills]),
            price=np.array([fill[3] for fill in fills]),
            cost=np.array([fill[4] for fill in fills]),
        ),
    )


def judged(ledger: Ledger, market: Market, **over: Any) -> Run:
    """Return an account as a run against ``large`` from its first fill on, with everything a stored run has."""
    sessions, first = ledger.sessions, ledger.first_fill
    large, bills = market.prices[:, market.column("large")], market.prices[:, market.column("bills")]
    bought = np.arange(len(large)) >= (first or 0)
    benchmark = ledger.value[0] * np.where(bought, large / large[first or 0], 1.0)
    month_ends = np.append(np.diff(sessions.astype("datetime64[M]").astype(int)) > 0, [False])
    setting = statistics.EvaluationInputs(
        benchmark="large",
        benchmark_value=benchmark,
        bills=bills,
        bills_value=ledger.units[:, ASSETS.index("bills")] * bills,
        prices=market.prices,
        calendar=market.sessions,
        month_ends=month_ends,
        phases=np.array([phase or "" for phase in phases(market)]),
        recession=np.zeros(len(sessions), dtype=bool),
        cycles=easing_cycles(market) if "target_change" in market.series else (),
    )
    own, other = ledger.measured(), measured(benchmark, first)
    found = statistics.summarise(ledger, setting)
    found["relative"] |= {
        "verdict": verdict.of_account(own.value, other, sessions=own.sessions, cycles=setting.cycles).plain(),
        "without_cycle": verdict.without_each_cycle(own.value, other, own.sessions, setting.cycles),
    }
    summary = {
        "id": "rate-cycle-timing-3f9a1c2b",
        "name": "rate-cycle-timing",
        "engine": "backtrader",
        "hindsight": False,
        "market": {"digest": market.digest, "name": market.name},
        "period": {
            "start": str(sessions[0]),
            "end": str(sessions[-1]),
            "sessions": len(sessions),
            "first_fill": None if first is None else str(sessions[first]),
            "sessions_before_first_fill": len(sessions) if first is None else first,
        },
        **found,
        "stamps": [],
    }
    config = {
        "name": "rate-cycle-timing",
        "question": "Does waiting six months after a cut, then holding small caps for a year, beat large caps?",
        "data": {"market": "bundle"},
        "strategy": {"class": "RateCycleTiming", "risk_on": "small", "recognise": {"pause": {"months": 6}}},
        "cycles": "runs",
        "execution": {
            "engine": "backtrader",
            "capital": 1000000.0,
            "lag": 1,
            "costs": {"commission_bps": 0.0, "slippage_bps": 5.0},
        },
        "benchmark": "large",
    }
    provenance = {
        "data": {
            "market": market.digest,
            "french": {"sha256": "5e0f" * 16, "vintage": "2025-05"},
            "DGS10": {"sha256": "77aa" * 16, "vintage": "2026-07-02"},
        },
        "code": "sha256:" + "c0de" * 16,
        "versions": {"python": "3.11.2", "backtrader": "1.9.78.123", "numpy": "2.4.6"},
        "command": "fedcycle run rate-cycle-timing",
        "config": config,
        "notes": [],
    }
    given = {
        "id": "rate-cycle-timing-3f9a1c2b",
        "name": "rate-cycle-timing",
        "config": config,
        "ledger": ledger,
        "benchmark": "large",
        "benchmark_value": benchmark,
        "summary": summary,
        "provenance": provenance,
        "files": {"config.yaml": b"name: rate-cycle-timing\nbenchmark: large\n"},
    }
    return Run(**{**given, **over})


def phases(market: Market) -> list[str | None]:
    """Return a phase for each session from the last change known, by calendar days: near enough to look at."""
    changes = market.series.get("target_change")
    if changes is None:
        return [None] * len(market.sessions)
    at = np.searchsorted(changes.known_on, market.sessions, side="right") - 1
    old = (market.sessions - changes.known_on[at]).astype(int) >= 182
    cut = changes.values[at] < 0
    return np.where(cut, np.where(old, "easy", "cutting"), np.where(old, "plateau", "hiking")).tolist()


@pytest.fixture(scope="session")
def judge() -> Callable[..., Run]:
    return judged


@pytest.fixture(scope="session")
def run(market: Market) -> Run:
    """Small caps in the year after each cut that has stood for six months, large caps otherwise; asked each month."""
    month_ends = np.flatnonzero(np.diff(market.sessions.astype("datetime64[M]").astype(int)))
    changes = market.series["target_change"]
    targets = {}
    for t in [0, *month_ends.tolist()]:
        k = int(np.searchsorted(changes.known_on, market.sessions[t], side="right")) - 1
        age = int((market.sessions[t] - changes.known_on[k]).astype(int))
        on = changes.values[k] < 0 and 183 <= age <= 365
        targets[t] = {"small": 1.0} if on else {"large": 0.8, "mid": 0.2} if changes.values[k] > 0 else {"large": 1.0}
    return judged(account(market, targets), market)


@pytest.fixture(scope="session")
def hindsight(run: Run) -> Run:
    return replace(run, stamps=("HINDSIGHT",))


@pytest.fixture
def six_market() -> Market:
    """Six sessions by hand: small 100 120 90 90 99 108, large 100 100 110 110 99 99, bills flat."""
    sessions = days(["2001-01-02", "2001-01-03", "2001-01-04", "2001-01-05", "2001-01-08", "2001-01-09"])
    small, large = [100.0, 120.0, 90.0, 90.0, 99.0, 108.0], [100.0, 100.0, 110.0, 110.0, 99.0, 99.0]
    prices = np.column_stack([small, [100.0] * 6, large, [100.0] * 6])
    announced = days(["2001-01-03"])
    cut = Series("target_change", Unit.BASIS_POINTS, np.array([-50.0]), announced, announced)
    turn = Series(
        "nber_turning_point", Unit.TURNING_POINT, np.array([-1.0]), days(["2001-03-01"]), days(["2001-11-26"])
    )
    return Market("six", sessions, ASSETS, prices, {"target_change": cut, "nber_turning_point": turn})


@pytest.fixture
def six(six_market: Market) -> Run:
    """All in small from the first close on, 100 USD, no costs: its value is small's price."""
    return judged(in_small(six_market, six_market.prices[:, 0].tolist()), six_market)


def cut_to(market: Market, n: int) -> Market:
    return Market(market.name, market.sessions[:n], market.assets, market.prices[:n], market.series)


def in_small(market: Market, value: list[float]) -> Ledger:
    """Return an account that bought one unit of small at the first close, for 100 USD, and is worth these amounts."""
    first = market.sessions[:1]
    return Ledger(
        sessions=market.sessions,
        assets=ASSETS,
        value=np.array(value),
        cash=np.zeros(len(value)),
        held_from=np.array([0]),
        holdings=np.array([[1.0, 0.0, 0.0, 0.0]]),
        decided_on=first,
        targets=np.array([[1.0, 0.0, 0.0, 0.0]]),
        trades=Trades(first, first, np.array([0]), np.array([1.0]), np.array([100.0]), np.array([0.0])),
    )


def in_cash(market: Market, value: list[float]) -> Ledger:
    """Return an account that only ever holds cash of these amounts."""
    n, none, no_day = len(market.assets), np.empty(0), days([])
    return Ledger(
        sessions=market.sessions,
        assets=market.assets,
        value=np.array(value),
        cash=np.array(value),
        held_from=np.empty(0, dtype=np.int64),
        holdings=np.empty((0, n)),
        decided_on=market.sessions[:1],
        targets=np.zeros((1, n)),
        trades=Trades(no_day, no_day, np.empty(0, dtype=np.int64), none, none, none),
    )


@pytest.fixture(params=["one session", "two sessions", "all cash", "ruined", "no policy facts"])
def odd(request: pytest.FixtureRequest, six_market: Market) -> tuple[Run, Market]:
    """Runs at the edge of what a page can say anything about."""
    kind = request.param
    market = cut_to(six_market, {"one session": 1, "two sessions": 2}.get(kind, 6))
    if kind == "no policy facts":
        market = Market("bare", market.sessions, market.assets, market.prices)
    if kind == "ruined":
        return judged(in_small(market, [100.0, 50.0, 0.0, 0.0, 0.0, 0.0]), market), market
    return judged(in_cash(market, [100.0] * len(market.sessions)), market), market


def chromium_path() -> str | None:
    """Return where Chromium is, None where it is not."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A real browser, Debian's Chromium, driven by playwright; skipped with the reason where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    path = chromium_path()
    if path is None or not Path(path).exists():
        pytest.skip("no chromium on this machine: apt-get install chromium, or set CHROMIUM to its path")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    arguments += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        new_page = browser.new_page

        def patient(**options: Any) -> Any:
            """Open a page that waits as long as a busy machine takes to draw it."""
            page = new_page(**options)
            page.set_default_timeout(180_000)
            return page

        browser.new_page = patient
        yield browser
        browser.close()


@pytest.fixture
def on_a_phone(chromium: Any, tmp_path: Path) -> Callable[[str], tuple[Any, list[str]]]:
    """Open a page at a phone's width, and return its tab and the list of what goes wrong in it or is fetched."""

    def opened(html: str) -> tuple[Any, list[str]]:
        path = tmp_path / "page.html"
        path.write_bytes(html.encode())
        wrong: list[str] = []
        tab = chromium.new_page(viewport={"width": 390, "height": 844})
        tab.on("console", lambda message: wrong.append(message.text))
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.on("request", lambda asked: wrong.append(asked.url) if not asked.url.startswith(path.as_uri()) else None)
        tab.goto(path.as_uri())
        tab.wait_for_selector("html[data-ready]")
        return tab, wrong

    return opened


COLOURS = """name => {
  const canvas = document.querySelector("#chart-" + name + " canvas"), copy = document.createElement("canvas");
  const data = JSON.parse(document.querySelector('[data-chart="chart-' + name + '"]').textContent);
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const pen = copy.getContext("2d", { willReadFrequently: true });
  pen.drawImage(canvas, 0, 0);
  const pixels = pen.getImageData(0, 0, copy.width, copy.height).data;
  const probe = document.createElement("i");
  document.body.append(probe);
  const found = data.series.filter((one) => one.width !== 0).map((one) => {
    probe.style.color = "var(" + one.colour + ")";
    const [r, g, b] = getComputedStyle(probe).color.match(/[0-9.]+/g).map(Number);
    let n = 0;
    for (let k = 0; k < pixels.length; k += 4) {
      const far = Math.abs(pixels[k] - r) + Math.abs(pixels[k + 1] - g) + Math.abs(pixels[k + 2] - b);
      if (pixels[k + 3] > 200 && far < 24) n++;
    }
    return [one.name, n];
  });
  probe.remove();
  return found;
}"""


@pytest.fixture
def painted() -> Callable[[Any, str], list[tuple[str, int]]]:
    """Return how many pixels of a chart have the colour of each of its series, by the series' names."""

    def of(tab: Any, name: str) -> list[tuple[str, int]]:
        return [(str(words), int(n)) for words, n in tab.evaluate(COLOURS, name)]

    return of


@pytest.fixture
def undrawn(painted: Callable[[Any, str], list[tuple[str, int]]]) -> Callable[[Any, str], list[str]]:
    """Return the series of a chart whose colour is nowhere on it."""

    def of(tab: Any, name: str) -> list[str]:
        found = painted(tab, name)
        assert found
        return [words for words, n in found if n < 20]

    return of
