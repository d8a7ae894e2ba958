"""Writes docs/2024-cycle.md: who believed what when, and what it cost, asked of the product's own commands.

Run: python docs/generate_2024_cycle.py FOLDER, with the folder of the publishers' raw files (``funds/IWM.csv`` ...).
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE = HERE / "2024-cycle.md"
sys.path.insert(0, str(HERE.parent / "src"))  # the source beside this file, installed or not

FUNDS = ("IWM", "IWB")
STUDY = """# Who was right about the final cut of 2024, and what did it cost?
extends: rate-cycle-timing.yaml
name: cycle-of-2024
question: Who was right about the final cut of 2024, and what did it cost?
data: {market: market-funds}
period: {start: 2024-12-18, end: null}
strategy: {risk_on: IWM, risk_off: IWB}
benchmark: IWB
sweep: {}
"""
ADD = ("data", "add", "IWM.csv", "IWB.csv", "--role", "small=IWM", "--role", "large=IWB", "--out", "market-funds")
BELIEFS: Mapping[str, str] = {
    "the note (as of 2025-01-12)": "{as_of: 2025-01-12}",
    "a pause of 3 months": "{pause: {months: 3}}",
    "a pause of 6 months": "{pause: {months: 6}}",
    "a pause of 9 months": "{pause: {months: 9}}",
    "a pause of 12 months": "{pause: {months: 12}}",
    "hindsight": "hindsight",
}
DAYS: Mapping[str, str] = {
    "2024-12-18": "third cut, to 4.25-4.50%",
    "2025-01-13": "the note is in the press",
    "2025-03-18": "three months without a change",
    "2025-06-18": "six months without a change",
    "2025-09-16": "the last day before the next cut",
    "2025-09-17": "fourth cut, to 4.00-4.25%",
    "2025-12-10": "sixth cut, to 3.50-3.75%: the true final one",
    "2026-03-10": "three months without a change",
    "2026-05-01": "the last close of the funds",
}
STRETCHES = (
    ("2024-12-18", "2025-09-17", "while the note's belief held"),
    ("2024-12-18", "2025-12-18", "the 12 months that the note spoke of"),
    ("2025-12-10", "2026-05-01", "since the true final cut, as far as the funds reach"),
)


def page(raw: Path) -> str:
    """Return the page, with every figure asked of the commands on the funds of a folder of raw files."""
    with tempfile.TemporaryDirectory() as folder, _in(Path(folder)):
        for fund in FUNDS:
            Path(f"{fund}.csv").write_bytes((raw / "funds" / f"{fund}.csv").read_bytes())
        Path("cycle-of-2024.yaml").write_text(STUDY, encoding="utf-8")
        _said(*ADD)
        return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    runs = {name: _run(recognise) for name, recognise in BELIEFS.items()}
    yield INTRODUCTION.format(study=STUDY.rstrip(), add=" ".join(ADD))
    yield from _facts()
    yield from _beliefs()
    yield from _costs(runs)
    yield from _stretches()
    yield from _portfolios()
    yield from _open_now()


def _facts() -> Iterator[str]:
    cycle = json.loads(_said("cycles", "--json"))["cycles"][-1]
    if cycle["final_cut"] != "2025-12-10":
        raise SystemExit(f"the page tells of the cycle that ended on 2025-12-10, the last one is {cycle}")
    yield "## What happened\n"
    yield (
        f"`fedcycle cycles`: the first cut on {cycle['first_cut']}, {cycle['cuts']} cuts of {cycle['cut_bp']:.0f} "
        f"basis points together, the final one on **{cycle['final_cut']}**, the next hike on **{cycle['next_hike']}**, "
        f"{'a' if cycle['recession'] else 'no'} recession. The note of 2025-01-12 believed that the cut of 2024-12-18 "
        "had been the final one; three more came.\n"
    )


def _beliefs() -> Iterator[str]:
    yield "## Who believed what when\n"
    yield (
        "The recognised final cut at the close of each day, and what the rule holds by it: small caps (IWM) for 12 "
        "months after a recognised cut, else large caps (IWB). Each cell is one command, such as `fedcycle explain "
        "cycle-of-2024.yaml 2025-06-18 --set strategy.recognise='{pause: {months: 6}}'`.\n"
    )
    yield from _table(["close of", "", *BELIEFS], [_row(day, what) for day, what in DAYS.items()])
    yield ""


def _row(day: str, what: str) -> list[str]:
    cells = []
    for recognise in BELIEFS.values():
        told = json.loads(_said("explain", "cycle-of-2024.yaml", day, *_set(recognise), "--json"))
        cut = next(s["value"] for s in told["signals"] if "final cut" in s["name"])
        cells.append(f"{cut}: {' and '.join(told['weights'])}")
    return [day, what, *cells]


def _costs(runs: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield "## What it cost\n"
    yield (
        "The same rule decided at month ends from 2024-12-18 to 2026-05-01, 5 basis points a trade: `fedcycle run "
        "cycle-of-2024.yaml --set strategy.recognise=...`. The benchmark is IWB from the run's first fill on. "
        "**HINDSIGHT** knows 2025-12-10 on the day; **AS OF** is the note's belief, held until the next change.\n"
    )
    rows = []
    for name, run in runs.items():
        figures, against = run["statistics"], run["relative"]
        held = run["exposure"].get("IWM", {"sessions": 0})["sessions"]
        stamps = "".join(f" · {stamp}" for stamp in run["stamps"])
        rows.append(
            [
                f"{name}{stamps}",
                _percent(figures["total_return"]),
                _percent(run["benchmark_statistics"]["total_return"]),
                f"{100 * against['relative_wealth']:+.1f}".replace("-", "−"),
                f"{held} of {run['period']['sessions']}",
                str(figures["trades"]),
                against["verdict"]["word"],
            ]
        )
    heads = ["belief", "total return, %", "IWB, %", "relative wealth, %", "sessions in IWM", "trades", "verdict"]
    yield from _table(heads, rows)
    yield (
        "\nOne cycle is one observation, and the verdicts say so: sixteen months tell nothing of the rule itself. What "
        "they show is the price of being wrong about the date, which a page of averages hides.\n"
    )


def _stretches() -> Iterator[str]:
    from fedcycle.data.dataset import load_market

    market = load_market("market-funds")
    yield "The two funds between the closes themselves, dividends included:\n"
    rows = []
    for begin, end, what in STRETCHES:
        growth = [market.prices[_at(market, end), market.column(f)] for f in FUNDS]
        start = [market.prices[_at(market, begin), market.column(f)] for f in FUNDS]
        small, large = (float(g / s - 1) for g, s in zip(growth, start, strict=True))
        rows.append(
            [f"{begin} to {end}", what, _percent(small), _percent(large), _points((1 + small) / (1 + large) - 1)]
        )
    yield from _table(["closes", "", "IWM, %", "IWB, %", "relative wealth, IWM against IWB, %"], rows)
    yield ""


def _portfolios() -> Iterator[str]:
    args = ("run", "rate-cycle-timing-as-of-the-note", "--set", "period.start=2024-12-18", "--no-tearsheet", "--json")
    run = json.loads(_said(*args))
    wealth = _points(run["relative"]["relative_wealth"])
    yield (
        f"On the bundled portfolios, which reach to {run['period']['end']}, the same belief has a "
        f"relative wealth of {wealth}% against large caps (`fedcycle {' '.join(args[:-2])}`).\n"
    )


def _open_now() -> Iterator[str]:
    told = json.loads(_said("status", "cycle-of-2024.yaml", "--json"))
    (rule,) = told["rules"]
    changes = "; ".join(f"{each['event']}: {_weights(each['weights'])}" for each in rule["would_change"])
    yield "## Where it stands, and what nobody knows yet\n"
    yield (
        f"`fedcycle status cycle-of-2024.yaml`, on the last close of the funds ({told['session']}): the phase is "
        f"{told['phase']}, the rule holds {_weights(rule['weights'])} since its decision of {rule['since']}, and "
        f"what would change it is: {changes}. A pause of six months recognises 2025-12-10 on 2026-06-10; the "
        "hike of 2026-09-16 ends every window. Prices of those months are not in the files at hand: with newer ones of "
        "your own the same commands go on.\n"
    )
    yield (
        "- The 12 months after the true final cut end on 2026-12-10. `cycles` and `claims` leave that window out, and "
        "say why, until prices reach that day.\n"
        "- Whether the hike of 2026-09-16 begins a tightening cycle is known only later, as it was with the cuts.\n"
        "- That the cycle came without a recession is what is known so far: NBER has announced turns 4 to 21 months "
        "late."
    )


INTRODUCTION = """# The cycle of 2024

Written by `python docs/generate_2024_cycle.py FOLDER`; every figure is a command's. On 2025-01-12 a note
believed that the Fed had cut for the last time on 2024-12-18. This page follows that belief, and others, with
fedcycle's own commands, on two funds: IWM for small caps and IWB for large ones. Their prices are not shipped; with
files of your own, as Yahoo writes them:

```sh
fedcycle {add}
```

and this study, `cycle-of-2024.yaml`:

```yaml
{study}
```
"""


def _weights(weights: Mapping[str, float]) -> str:
    return ", ".join(f"{100 * weight:.0f}% {asset}" for asset, weight in weights.items())


def _at(market: Any, day: str) -> int:
    import numpy as np

    return int(np.searchsorted(market.sessions, np.datetime64(day), side="right")) - 1


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.1f}".replace("-", "−")


def _points(fraction: float) -> str:
    return f"{100 * fraction:+.1f}".replace("-", "−")


def _run(recognise: str) -> dict[str, Any]:
    done: dict[str, Any] = json.loads(_said("run", "cycle-of-2024.yaml", *_set(recognise), "--no-tearsheet", "--json"))
    return done


def _set(recognise: str) -> tuple[str, str]:
    return "--set", f"strategy.recognise={recognise}"


def _said(*args: str) -> str:
    from click.testing import CliRunner

    from fedcycle.backtests.cli.app import cli

    result = CliRunner().invoke(cli, list(args))
    if result.exit_code != 0:
        raise SystemExit(f"fedcycle {' '.join(args)}: {result.stderr}")
    return result.stdout


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


@contextlib.contextmanager
def _in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    PAGE.write_text(page(Path(sys.argv[1]).resolve()), encoding="utf-8")
