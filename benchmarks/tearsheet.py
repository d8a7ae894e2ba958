"""How long a tearsheet of 27 years takes to render and how large it is: python benchmarks/tearsheet.py.

Prints processor seconds, so that a busy machine changes them little; the target is 2 s and 8 MB.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent.parent / "src"))  # the source beside this file, installed or not

from fedcycle.backtests import config
from fedcycle.backtests.workflows import study


def main() -> None:
    """Render one shipped study six times."""
    prepared = study.prepare(config.load("rate-cycle-timing"))
    done = study.execute(prepared)
    took = []
    for _ in range(6):
        started = time.process_time()
        html = study.render(done, prepared.market)
        took.append(time.process_time() - started)
    size = len(html.encode()) / 1e6
    print(f"first {took[0]:.2f} s with imports, warm {statistics.median(took[1:]):.2f} s (median of 5), {size:.1f} MB")


if __name__ == "__main__":
    main()
