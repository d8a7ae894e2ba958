"""cycles, claims, recognise, audit: the commands about evidence."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from fedcycle.backtests.cli.app import data_dir, debug, json_flag, use_cache
from fedcycle.backtests.cli.complete import config_names
from fedcycle.backtests.cli.console import DASH, PERCENT, note, note_place, print_json, print_table, say, shown
from fedcycle.backtests.cli.data_ingest import MARKET as DATA_SETS
from fedcycle.backtests.cli.data_ingest import resolve_dataset
from fedcycle.backtests.cli.freshness import say_age
from fedcycle.backtests.cli.outputs import OutFile
from fedcycle.backtests.cli.pdf import PDF, write_pages
from fedcycle.backtests.cli.variants import one_variant
from fedcycle.backtests.core.format import stamped

MARKET = click.option("--market", default="bundle", show_default=True, help=DATA_SETS)
AS_OF = click.option(
    "--as-of",
    "as_of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Use only what was known at the close of that day; a yield is known one session after its day.",
)
HTML = click.option("--html", type=OutFile(), help="Also write it as one HTML page.")
SETS = click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Override a value of the config.")


@click.command("cycles", epilog="Example: fedcycle cycles --html cycles.html")
@click.option(
    "--by",
    type=click.Choice(["runs", "episodes"]),
    default="runs",
    show_default=True,
    help="runs: every cut between two hikes is one cycle; episodes: 2019 and 2020 count as two.",
)
@AS_OF
@MARKET
@HTML
@PDF
@data_dir
@json_flag
@debug
def cycles_command(
    by: Any,
    as_of: dt.datetime | None,
    market: str,
    html: Path | None,
    pdf: Path | None,
    data_dir: Path,
    as_json: bool,
) -> None:
    """Show the Fed's easing cycles, and what small, mid, large and quality small caps returned around them."""
    from fedcycle.backtests.analysis.cycle_datings import study_document
    from fedcycle.backtests.analysis.event_study import event_study
    from fedcycle.data.dataset import load_market

    use_cache()
    held = load_market(resolve_dataset(market, data_dir))
    study = event_study(held, by, as_of=_day(as_of, held))
    document = study_document(study)
    if html is not None or pdf is not None:
        from fedcycle.backtests.tearsheet.pages import cycles as page

        paths = [(f"{str(c.first_cut)[:4]} to {str(c.final_cut)[:4]}", x, y) for c, x, y in study.aligned()]
        _pages(html, pdf, page.render(document, paths))
    if as_json:
        print_json(document)
        return
    _print_cycles(document)
    for sentence in document["notes"]:
        say(sentence)
    say_age(document["data"])


@click.command("claims", epilog="Example: fedcycle claims --as-of 2025-01-13 --html claims.html")
@AS_OF
@click.option(
    "--market",
    help=f"{DATA_SETS} Without it, statements on how things go in general are judged on bundle and on long.",
)
@HTML
@PDF
@click.option("--markdown", type=OutFile(), help="Also write it as a Markdown page.")
@data_dir
@json_flag
@debug
def claims_command(
    as_of: dt.datetime | None,
    market: str | None,
    html: Path | None,
    pdf: Path | None,
    markdown: Path | None,
    data_dir: Path,
    as_json: bool,
) -> None:
    """Test the note's statements C1 to C12, each by a rule written down before the data were read."""
    from fedcycle.backtests.claims.markdown import meaning
    from fedcycle.backtests.claims.markdown import page as text
    from fedcycle.backtests.core.format import sentence
    from fedcycle.data.reach import reach_sentence

    document = _claims(market, as_of, data_dir)
    if html is not None or pdf is not None:
        from fedcycle.backtests.tearsheet.pages import claims as page

        _pages(html, pdf, page.render(document, meaning(document)))
    if markdown is not None:
        _write(markdown, text(document))
    if as_json:
        print_json(document)
        return
    _print_claims(document)
    for said in meaning(document):
        say(said)
    for sample in document["samples"]:
        say(f"{sample['name']}, cycles by {sample['dating']}. {sentence(reach_sentence(sample['data']))}")
    say_age([each for sample in document["samples"] for each in sample["data"]])


def _claims(market: str | None, as_of: dt.datetime | None, data_dir: Path) -> dict[str, Any]:
    """Return the document of the statements on a market, or on both shipped ones where none was named."""
    from fedcycle.backtests.claims.kept import claims_document
    from fedcycle.data.dataset import BUNDLE, LONG, load_market

    use_cache()
    if market is None:
        held, long = load_market(BUNDLE), load_market(LONG)
        return claims_document(held, long, as_of=_day(as_of, held), notify=note)
    held = load_market(resolve_dataset(market, data_dir))
    return claims_document(held, as_of=_day(as_of, held), notify=note)


def _print_claims(document: Mapping[str, Any]) -> None:
    from fedcycle.backtests.analysis import side_by_side

    rows = [[_stamped(c), c["sample"], c["shown"]["verdict"], c["summary"], *_shown(c)] for c in document["claims"]]
    heads = ["claim", "sample", "verdict", "result", "estimate", "interval", "n"]
    upto = document["as_of"] or f"all the data, to {document['last_session']}"
    stamps = dict.fromkeys(stamp for sample in document["samples"] for stamp in sample.get("stamps", []))
    print_table(heads, rows, title=stamped(f"as of {upto}", stamps), text=4)
    for claim in document["claims"]:
        if claim["id"] in side_by_side.WINDOWS and claim["datings"]:
            whole = side_by_side.dated_rows(claim["datings"], parts=False)
            title = f"{_stamped(claim)} by each way of dating; p against the average of all windows, then against zero"
            print_table(list(side_by_side.DATED), whole, title=title, text=2, keys=2)
    if side_by_side.on_both(document):
        print_table(
            list(side_by_side.SAMPLES), side_by_side.sample_rows(document), title="both samples", text=4, keys=2
        )
        for sentence in (*side_by_side.what_long_adds(document), *side_by_side.what_stays_open(document)):
            say(sentence)


def _stamped(claim: Mapping[str, Any]) -> str:
    return stamped(claim["id"], claim["stamps"])


@click.command("recognise", epilog="Example: fedcycle recognise rate-cycle-timing --belief 2001-12-31")
@click.argument("config", metavar="CONFIG", shell_complete=config_names)
@SETS
@click.option(
    "--belief",
    "beliefs",
    type=click.DateTime(["%Y-%m-%d"]),
    multiple=True,
    metavar="DATE",
    help="Replay the assumption, as of that day, that the last cut was final; 2025-01-12, the note's, unless given.",
)
@data_dir
@json_flag
@debug
def recognise_command(
    config: str, sets: tuple[str, ...], beliefs: Sequence[dt.datetime], data_dir: Path, as_json: bool
) -> None:
    """Run the rule of CONFIG ex post and in real time (pauses of 1 to 12 months, assumptions as of a day)."""
    from fedcycle.backtests.config import load
    from fedcycle.backtests.workflows.recogniser_study import NOTE_DAY, recognise

    days = tuple(b.date() for b in beliefs) or (NOTE_DAY,)
    document = recognise(load(config, sets, store=data_dir), beliefs=days).document
    if as_json:
        print_json(document)
        return
    _print_recognisers(document)
    for sentence in document["notes"]:
        say(sentence)


@click.command("audit", epilog="Example: fedcycle audit rate-cycle-timing --sample 50")
@click.argument("config", metavar="CONFIG", shell_complete=config_names)
@SETS
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Replay N decisions, evenly spaced; else all.")
@click.option(
    "--processes",
    type=click.IntRange(0, 4),
    metavar="N",
    help="Ask N fresh processes too, each with its own hash seed; else 4, or 2 for a rule of the library, whose tests "
    "ask 4.",
)
@data_dir
@json_flag
@debug
def audit_command(
    config: str, sets: tuple[str, ...], sample: int | None, processes: int | None, data_dir: Path, as_json: bool
) -> None:
    """Audit the rule of CONFIG for look-ahead; exit 1 when a decision changes with the future."""
    from fedcycle.backtests.audit import audit
    from fedcycle.backtests.config import load
    from fedcycle.backtests.workflows.study import prepare

    use_cache()
    study = prepare(load(one_variant(config, data_dir), sets, store=data_dir))
    found = audit(study.backtest, stamps=study.stamps, sample=sample, processes=processes)
    document = {"name": study.config.name, "stamps": list(study.stamps)} | found.document
    if as_json:
        print_json(document)
    else:
        rows = [
            [c["asked"], c["verdict"], (c["violation"] or {}).get("sentence") or c["reason"] or DASH]
            for c in document["checks"]
        ]
        print_table(
            ["check", "verdict", "first violation"], rows, title=f"{study.config.name}: {found.verdict}", text=3
        )
        say(found.text)
    if found.verdict == "fail":
        sys.exit(1)


def _day(as_of: dt.datetime | None, market: Any) -> Any:
    """Return a day as the market's calendar has it; says so where the data end before it."""
    import numpy as np

    if as_of is None:
        return None
    day = np.datetime64(as_of.date(), "D")
    if day > market.sessions[-1]:
        note(f"market {market.name} ends on {market.sessions[-1]}: what is said as of {day} is as of that session")
    return day


def _pages(html: Path | None, pdf: Path | None, text: str) -> None:
    from fedcycle.backtests.runs.storage import write_page

    write_pages(html, pdf, write=lambda path: write_page(path, text.encode()), what="written to")


def _write(file: Path, text: str) -> None:
    from fedcycle.backtests.runs.storage import write_page

    write_page(file, text.encode())
    note_place("written to", file)


def _shown(claim: Mapping[str, Any]) -> list[str]:
    return [claim["shown"][key] for key in ("estimate", "interval", "n")]


def _print_cycles(document: Mapping[str, Any]) -> None:
    heads = ["first cut", "final cut", "next hike", "recession", "cuts", "bp", "days"]
    rows = [
        [
            _marked(c, "first_cut"),
            "not known yet" if c["open"] else _marked(c, "final_cut"),
            _marked(c, "next_hike"),
            "yes" if c["recession"] else "no",
            DASH if c["cuts"] is None else str(c["cuts"]),
            f"{c['cut_bp']:.0f}",
            str(c["length_days"]),
        ]
        for c in document["cycles"]
    ]
    as_of = "" if document["as_of"] is None else f", as of {document['as_of']}"
    stamps = stamped("", ("HINDSIGHT", *document["market"].get("stamps", [])))
    print_table(heads, rows, title=f"easing cycles by {document['how']}{as_of}{stamps}", text=4)
    for name, words in document["window_names"].items():
        _print_window(document, name, words)
    _print_datings(document["datings"])


def _marked(cycle: Mapping[str, Any], key: str) -> str:
    return f"{cycle[key] or DASH}{' (derived)' if key in cycle['derived'] else ''}"


def _print_datings(datings: Sequence[Mapping[str, Any]]) -> None:
    from fedcycle.backtests.analysis import side_by_side

    rows = side_by_side.dated_rows(datings)
    title = "relative wealth of small against large, 12 months after the final cut, by each way of dating [HINDSIGHT]"
    print_table(list(side_by_side.DATED), rows, title=title, text=2, keys=2)
    others = [each for each in datings if not each["primary"] and each["cycles"]]
    if others:
        cycles = side_by_side.cycle_rows(others)
        print_table(
            list(side_by_side.CYCLES), cycles, title="cycles by the other ways of dating [HINDSIGHT]", text=7, keys=2
        )
    say(side_by_side.HOW_TO_READ)


def _print_window(document: Mapping[str, Any], name: str, words: str) -> None:
    """Print what each asset and each ratio of two did in a window of each cycle, and which windows are incomplete."""
    summary = document["summary"][name]
    rows, left_out = [], []
    for cycle in document["cycles"]:
        values = {**(cycle["windows"][name] or {}), **(cycle["relative_wealth"][name] or {})}
        rows.append([cycle["first_cut"], *(shown(values.get(key), PERCENT) for key in summary)])
        if why := cycle["spans"][name]["note"]:
            left_out.append(f"{cycle['first_cut']}: {why}.")
    rows.append(["average (n)", *(f"{shown(s['mean'], PERCENT)} ({s['n']})" for s in summary.values())])
    for label, key, unit in (("all windows", "average", PERCENT), ("p against that", "p", None)):
        against = [(s.get("against_average") or {}).get(key) for s in summary.values()]
        rows.append([label, *(shown(x, unit) if unit else DASH if x is None else f"{x:.3f}" for x in against)])
    rows.append(["p against 0", *(DASH if s.get("p") is None else f"{s['p']:.3f}" for s in summary.values())])
    print_table(["first cut", *summary], rows, title=f"{words}, % [HINDSIGHT]")
    for sentence in left_out:
        say(sentence)


def _print_recognisers(document: Mapping[str, Any]) -> None:
    heads = [
        "recogniser",
        "hits",
        "late",
        "misses",
        "false positives",
        "delay, days",
        "CAGR, % a year",
        "cost, log pp a year",
        "95% interval",
    ]
    rows = []
    for trial in document["recognisers"]:
        told, price = trial["signals"], trial["price_of_not_knowing"] or {}
        name = stamped(trial["recogniser"], trial["stamps"])
        late = told["mean_days_late"]
        ends = price.get("interval")
        rows.append(
            [
                name,
                *(str(told[key]) for key in ("true", "late", "missed", "false")),
                DASH if late is None else f"{late:.0f}",
                shown(trial["cagr"], PERCENT),
                shown(price.get("log_return_per_year"), PERCENT),
                trial["refused"]
                or (DASH if ends is None else f"{shown(ends[0], PERCENT)} to {shown(ends[1], PERCENT)}"),
            ]
        )
    period = document["period"]
    span = f"{document['name']}: {period['start']} to {period['end']}"
    print_table(heads, rows, title=f"{span}; ex post less real time is the cost of real-time detection")
