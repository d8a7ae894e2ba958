"""How soon the charts of pages answer in a browser: python benchmarks/charts_in_browser.py PAGE.html...

Each page is opened ROUNDS times in Chromium with its processor slowed down SLOWER times, as a phone's is: a window of a
phone's size and a desk's. Milliseconds from the beginning of the navigation, medians: until something is painted, until
the charts in sight are drawn (they answer from then on), and until all are. Needs playwright, and Chromium where
`$CHROMIUM` names it, else at /usr/bin/chromium.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROUNDS = 5
SLOWER = 4
PATIENCE = 8
"""Seconds between two looks at a page."""
LOOKS = 15
WINDOWS: Mapping[str, dict[str, Any]] = {
    "phone, 390 x 844": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
    "desk, 1280 x 900": {"viewport": {"width": 1280, "height": 900}},
}
WATCH = """
window.seen = {};
const sight = () => {
  const charts = [...document.querySelectorAll(".chart")];
  const near = charts.filter((one) => one.getBoundingClientRect().top < innerHeight);
  // Where none is in sight, the first one.
  const those = near.length ? near : charts.slice(0, 1);
  if (!seen.sight && those.length && those.every((one) => one.dataset.drawn)) seen.sight = performance.now();
  if (!seen.all && document.documentElement.dataset.ready) seen.all = performance.now();
};
addEventListener("load", sight);
const told = { attributes: true, subtree: true, attributeFilter: ["data-drawn", "data-ready"] };
new MutationObserver(sight).observe(document, told);
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (entry.name === "first-contentful-paint") seen.paint = entry.startTime;
}).observe({ type: "paint", buffered: true });
"""


def once(browser: Any, page: Path, window: Mapping[str, Any]) -> dict[str, float]:
    """Return milliseconds until something is painted, until the charts in sight are drawn, and until all are."""
    context = browser.new_context(**window)
    tab = context.new_page()
    tab.add_init_script(WATCH)
    context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    tab.goto(page.as_uri(), wait_until="commit")
    seen: dict[str, float] = {}
    for _ in range(LOOKS):
        if len(seen) == 3:
            break
        # Looking costs the page time, so it is left alone for as long as it may need.
        time.sleep(PATIENCE)
        seen = tab.evaluate("window.seen")
    context.close()
    if len(seen) < 3:
        raise TimeoutError(f"{page}: after {LOOKS * PATIENCE} s only {sorted(seen)} had happened")
    return seen


def main(pages: list[Path]) -> None:
    """Open each page in each window, and print a table."""
    from playwright.sync_api import sync_playwright

    print("| page | MB | window | first paint, ms | charts in sight, ms | all charts, ms |")
    print("| --- | --- | --- | --- | --- | --- |")
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"]
        )
        for page in pages:
            for name, window in WINDOWS.items():
                found = [once(browser, page, window) for _ in range(ROUNDS)]
                told = [f"{statistics.median(one[key] for one in found):,.0f}" for key in ("paint", "sight", "all")]
                print(f"| {page.stem} | {page.stat().st_size / 1e6:.2f} | {name} | {' | '.join(told)} |")
        browser.close()


if __name__ == "__main__":
    main([Path(name).resolve() for name in sys.argv[1:]])
