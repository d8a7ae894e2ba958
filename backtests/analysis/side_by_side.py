"""What two samples and several ways of dating say of the statements, from their JSON: sentences and table rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fedcycle.backtests.analysis.cycle_datings import ALL, LEVEL
from fedcycle.backtests.core.format import DASH, listing, p_equals, p_value, signed_percent

WINDOWS = ("C2", "C3")
"""Statements on windows after a final cut: the same windows are shown with C7 too, and told once."""
DATED = ("way of dating", "cycles", "n", "led in", "mean", "all windows", "over them", "p", "p against 0", "verdict")
CYCLES = ("way of dating", "first cut", "final cut", "next rise", "recession", "relative wealth", "note")


def span(sample: Mapping[str, Any]) -> str:
    """Return a sample's name with its years: ``long (1953-12-31 to 2025-08-29)``."""
    return f"{sample['name']} ({sample['first_session']} to {sample['last_session']})"


def years(sample: Mapping[str, Any]) -> int:
    """Return a sample's length in whole years."""
    first, last = (int(sample[key][:4]) for key in ("first_session", "last_session"))
    return last - first


def on_both(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the statements that were judged on two samples."""
    return [claim for claim in document["claims"] if len(claim["samples"]) > 1]


def sample_rows(document: Mapping[str, Any]) -> list[list[str]]:
    """Return a row for each sample of each statement that was judged on two."""
    rows = []
    for claim in on_both(document):
        for each in claim["samples"]:
            rests = "the verdict rests on it" if each["sample"] == claim["sample"] else "shown beside"
            shown = each["shown"]
            figures = (shown[key] for key in ("estimate", "interval", "n"))
            rows.append([claim["id"], each["sample"], shown["verdict"], each["main_verdict"], *figures, rests])
    return rows


SAMPLES = ("claim", "sample", "verdict", "main analysis", "estimate", "interval", "n", "")


def what_long_adds(document: Mapping[str, Any]) -> list[str]:
    """Return what the longer sample tells that the shorter could not."""
    said = []
    for claim in on_both(document):
        short, long = claim["samples"]
        name, other = long["sample"], short["sample"]
        if short["verdict"] != long["verdict"]:
            said.append(f"{claim['id']}: “{short['verdict']}” on {other}, “{long['verdict']}” on {name}.")
        elif short["main_verdict"] != long["main_verdict"]:
            stays = f"; the verdict is “{long['shown']['verdict']}”" if long["depends_on"] else ""
            said.append(
                f"{claim['id']}: “{short['main_verdict']}” by its main analysis on {other}, “{long['main_verdict']}” "
                f"on {name}{stays}."
            )
        if _turned(short["estimate"], long["estimate"]):
            figures = f"{short['shown']['estimate']} on {other}, {long['shown']['estimate']} on {name}"
            said.append(f"{claim['id']}: the estimate has another sign: {figures}.")
        said += _parts(claim)
    return said


def _turned(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and one * other < 0


def _parts(claim: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parts of a history in which the primary dating rejects both null hypotheses, as one of many looks."""
    for each in claim["datings"] if claim["id"] in WINDOWS else ():
        parts = [part for part in each["parts"] if part["part"] != ALL and part["n"]]
        for part in parts if each["primary"] else ():
            corrected = min(1.0, len(parts) * max(part["p"] or 1.0, part["p_above"] or 1.0))
            if corrected <= LEVEL:
                yield (
                    f"{claim['id']}, cycles {part['part']}: {each['pair'][0]} led {each['pair'][1]} in {part['ahead']} "
                    f"of {part['n']}; mean relative wealth {_against_all(part)} "
                    f"({p_equals(part['p_above'])}; {p_equals(corrected)} after Bonferroni's correction for the "
                    f"{len(parts)} parts looked at)."
                )


def what_stays_open(document: Mapping[str, Any]) -> list[str]:
    """Return what not even the longer sample tells, with the reason."""
    said = []
    for claim in on_both(document):
        rests = next(each for each in claim["samples"] if each["sample"] == claim["sample"])
        if rests["verdict"] != "cannot tell":
            continue
        shown = rests["shown"]
        why = f"it depends on {listing(rests['depends_on'])}" if rests["depends_on"] else "its own test does not decide"
        figures = f"{shown['estimate']}, {shown['interval']}, n = {shown['n']}"
        said.append(f"{claim['id']} ({figures}): {why}.{_datings(claim)}")
    return said


def _datings(claim: Mapping[str, Any]) -> str:
    told = [(each["dating"], part) for each in claim["datings"] for part in each["parts"] if part["part"] == ALL]
    told = [(name, part) for name, part in told if part["n"]]
    if len(told) < 2 or len({part["verdict"] for _, part in told}) == 1:
        return ""
    return " The ways of dating do not agree: " + "; ".join(f"{name}: {part['verdict']}" for name, part in told) + "."


def in_a_sentence(datings: Sequence[Mapping[str, Any]]) -> str:
    """Return what each way of dating gives against the average of all windows; nothing where there is one way."""
    said = []
    for each in datings:
        for part in each["parts"]:
            if part["part"] == ALL and part["n"]:
                said.append(f"{each['dating']}: {_against_all(part)} ({p_equals(part['p_above'])}, n = {part['n']})")
    return f"Mean relative wealth by each way of dating: {'; '.join(said)}." if len(said) > 1 else ""


def dated_rows(datings: Sequence[Mapping[str, Any]], *, parts: bool = True) -> list[list[str]]:
    """Return a row for each part of the history by each way of dating, or for the whole alone; see ``DATED``."""
    rows = []
    for each in datings:
        name = f"{each['short']}{' (primary)' if each['primary'] else ''}"
        if each["problem"]:
            rows.append([name, each["problem"], *[""] * 8])
        for part in each["parts"]:
            if part["n"] and (parts or part["part"] == ALL):
                figures = [signed_percent(part[key]) for key in ("mean", "average", "above")]
                tests = [p_value(part[key]) for key in ("p_above", "p")]
                rows.append([name, part["part"], str(part["n"]), str(part["ahead"]), *figures, *tests, part["verdict"]])
    return rows


def cycle_rows(datings: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Return a row for every cycle by each way of dating; see ``CYCLES``."""
    return [
        [
            each["short"],
            cycle["first_cut"],
            "not known yet" if cycle["open"] else cycle["final_cut"],
            cycle["next_hike"] or DASH,
            "yes" if cycle["recession"] else "no",
            signed_percent(cycle["relative_wealth"]),
            cycle["note"] or "",
        ]
        for each in datings
        for cycle in each["cycles"]
    ]


def _against_all(part: Mapping[str, Any]) -> str:
    return f"{signed_percent(part['mean'])}, {signed_percent(part['above'])} over the average of all windows"


HOW_TO_READ = (
    "Relative wealth is the growth of one over the growth of the other, less 1; its mean is geometric. p is of the "
    "exact one-sided sign-flip test against the average of all windows as long in the sample (of the same years where "
    "years are divided), p against 0 of a mean above zero. The primary way, named beforehand, decides; parts and other "
    "ways are shown beside, their verdicts at 5% without a correction for how many are looked at."
)
