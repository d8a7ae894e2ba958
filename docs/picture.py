"""Make docs/tearsheet.png, the picture at the top of the README, or those of the gallery.

Run: python docs/picture.py [CONFIG]; python docs/picture.py gallery

Runs shipped studies on the bundled data in a temporary folder and takes the picture of each page's first screen in
Chromium (`pip install playwright`, and the system's own chromium, or CHROMIUM set to its path).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from fedcycle.backtests.runs import storage
from fedcycle.backtests.workflows import jobs

HERE = Path(__file__).parent
WIDTH, HEIGHT = 1160, 1500
GALLERY = {
    "compare": ("compare", "rate-cycle-timing", "buy-and-hold-small", "quality-small-caps"),
    "diff": ("diff", "rate-cycle-timing", "rate-cycle-timing-until-hike"),
    "sweep": ("sweep", "bofa-composite-ablation"),
    "cycles": ("cycles",),
}
"""Name of a picture -> the command that writes its page with ``--html``."""


def main(ref: str) -> None:
    """Write the picture of a study's tearsheet, or all of the gallery."""
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_chromium(), args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        out = Path(temporary)
        if ref == "gallery":
            for name, words in GALLERY.items():
                page = out / f"{name}.html"
                command = [sys.executable, "-m", "fedcycle", *words, "--html", str(page)]
                subprocess.run(command, check=True, cwd=out, stdout=subprocess.DEVNULL, timeout=600)  # noqa: S603
                _picture(browser, page, HERE / "gallery" / f"{name}.png", scale=1.0)
        else:
            done = jobs.stored(ref, runs_dir=out, notify=sys.stderr.write)
            _picture(browser, done.kept_in / storage.TEARSHEET, HERE / "tearsheet.png", scale=1.25)
        browser.close()


def _chromium() -> str:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        sys.exit("no chromium on this machine: apt-get install chromium, or set CHROMIUM to its path")
    return path


def _picture(browser: Any, html: Path, picture: Path, *, scale: float) -> None:
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=scale)
    page.goto(html.resolve().as_uri())
    page.wait_for_selector("html[data-ready]")
    picture.parent.mkdir(exist_ok=True)
    page.screenshot(path=picture)
    page.close()
    sys.stdout.write(f"{picture}\n")


if __name__ == "__main__":
    main(*(sys.argv[1:2] or ["rate-cycle-timing"]))
