"""Make docs/tearsheet.png, the picture at the top of the README: `python docs/picture.py [CONFIG]`.

Runs a shipped study on the bundled data in a temporary folder and takes the picture of its tearsheet's first screen in
Chromium (`pip install playwright`, and the system's own chromium, or CHROMIUM set to its path).
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from fedcycle.backtests.runs import storage
from fedcycle.backtests.workflows import comparison

PICTURE = Path(__file__).parent / "tearsheet.png"
WIDTH, HEIGHT = 1160, 1500


def main(ref: str) -> None:
    """Write the picture of a study's tearsheet."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        sys.exit("no chromium on this machine: apt-get install chromium, or set CHROMIUM to its path")
    with tempfile.TemporaryDirectory() as out, sync_playwright() as playwright:
        done = comparison.stored(ref, out=Path(out), say=sys.stderr.write)
        browser = playwright.chromium.launch(executable_path=path, args=["--headless", "--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1.25)
        page.goto((done.folder / storage.TEARSHEET).resolve().as_uri())
        page.wait_for_selector("html[data-ready]")
        page.screenshot(path=PICTURE)
        browser.close()
    sys.stdout.write(f"{PICTURE}\n")


if __name__ == "__main__":
    main(*(sys.argv[1:2] or ["rate-cycle-timing"]))
