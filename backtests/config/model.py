"""What a config may say: every key with its type, range, unit and the sentence for a value that is none of these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fedcycle.backtests.core.account import MOST_FEE_BPS, MOST_GROSS
from fedcycle.backtests.core.rebalance import MOST_BPS

EARLIEST = date(1900, 1, 1)
LATEST = date(2200, 12, 31)


@dataclass(frozen=True)
class Says:
    """How a key's sentence goes on: what the value must be, with its unit, and what to write."""

    must: str
    write: str
    choices: tuple[str, ...] = ()


Schedule = Literal["month_end", "month_start", "quarter_end", "year_end", "week_end", "daily", "after_fomc"]
Regular = Literal["month_end", "week_end", "daily"]
Engine = Literal["backtrader", "vectorised"]
Fill = Literal["close", "open"]
Units = Literal["fractional", "whole"]
Cycles = Literal["runs", "episodes"]
Design = Literal["grid", "one_at_a_time"]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z_]+(\.[A-Za-z0-9_-]+)*$")]
Label = Annotated[str, StringConstraints(pattern=r"^\S.*$", max_length=80)]


def _one_of(kind: Any, default: str) -> Says:
    choices = get_args(kind)
    return Says(f"one of {', '.join(choices)}", default, choices)


_DAY = Says("a date as YYYY-MM-DD, without quotes, from 1900 to 2200", "1998-01-02")
_BPS = Says(f"a number of basis points of traded value, each side, 0 to {MOST_BPS:g}", "5.0 for 0.05%")
Bps = Annotated[float, Field(ge=0, le=MOST_BPS), _BPS]
YearlyBps = Annotated[
    float,
    Field(ge=0, le=MOST_FEE_BPS),
    Says(f"a number of basis points a year, 0 to {MOST_FEE_BPS:g}", "50.0 for half a percent a year"),
]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel):
    """A mapping whose keys are all known and whose values keep their type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Data(Part):
    """Where prices and series come from."""

    market: Annotated[
        str,
        StringConstraints(min_length=1, max_length=1000),
        Field(
            description="Market data: bundle, store, synthetic-stocks, or a data set's folder, relative to this file."
        ),
        Says("bundle, store, synthetic-stocks or a folder with a built data set", "bundle"),
    ]
    allow_revised: Annotated[
        bool,
        Field(description="Whether rules may read series whose publishers rewrite their past; stamps the run."),
        Says("true or false", "false"),
    ]
    allow_stale: Annotated[
        bool,
        Field(description="Whether rules are served values too old to stand for the day; stamps the run STALE DATA."),
        Says("true or false", "false"),
    ]


class Period(Part):
    """First and last day of the run."""

    start: Annotated[date, Field(ge=EARLIEST, le=LATEST, description="First day of the run, YYYY-MM-DD."), _DAY]
    end: Annotated[
        date | None,
        Field(ge=EARLIEST, le=LATEST, description="Last day, YYYY-MM-DD; null is as far as the data reach."),
        Says(_DAY.must + ", or null for as far as the data reach", "2025-05-30"),
    ]


class CostsPart(Part):
    """What a trade costs, each side, in basis points of traded value."""

    commission_bps: Annotated[Bps, Field(description="Commission, basis points of traded value, each side.")]
    slippage_bps: Annotated[Bps, Field(description="Slippage, basis points of traded value, each side.")]


class AccountPart(Part):
    """What the account may hold, and what shorts and loans cost."""

    short: Annotated[bool, Field(description="Whether weights may be negative."), Says("true or false", "false")]
    gross: Annotated[
        float,
        Field(ge=1, le=MOST_GROSS, description="Most that the sizes of a decision's weights may add up to, of value."),
        Says(f"a multiple of value, 1 (no leverage) to {MOST_GROSS:g}", "2.0"),
    ]
    borrow_bps: Annotated[
        YearlyBps, Field(description="Fee on the value sold short, basis points a year of 365 days, by days passed.")
    ]
    loan_bps: Annotated[
        YearlyBps, Field(description="What a loan costs above bills, basis points a year of 365 days, by days passed.")
    ]
    maintenance: Annotated[
        Annotated[float, Field(ge=1, le=1000)] | None,
        Field(description="Gross exposure over value above which a close makes a margin call; null: 1.5 times gross."),
        Says("a multiple of value, gross or more, or null for 1.5 times gross", "3.0"),
    ]


class Execution(Part):
    """How decisions become holdings."""

    engine: Annotated[Engine, Field(description="The engine that keeps the account."), _one_of(Engine, "backtrader")]
    capital: Annotated[
        float,
        Field(gt=0, le=1e15, description="Starting capital, US dollars."),
        Says("a number of US dollars above 0, at most 1e15", "1000000"),
    ]
    lag: Annotated[
        int,
        Field(ge=1, le=252, description="Sessions between decision and fill, at least 1."),
        Says("a whole number of sessions between decision and fill, 1 to 252", "1"),
    ]
    fill: Annotated[
        Fill, Field(description="Price of a fill; open only where the data have opens."), _one_of(Fill, "close")
    ]
    band: Annotated[
        float,
        Field(ge=0, lt=1, description="How far a holding may drift from its weight before it is traded, of value."),
        Says("a fraction of value, 0 or more and below 1, not percent", "0.02 for two percent of the portfolio"),
    ]
    units: Annotated[Units, Field(description="Whether units of an asset can be split."), _one_of(Units, "fractional")]
    delisting: Annotated[
        Literal["last", "data"] | Annotated[float, Field(ge=-1, le=100)],
        Field(description="Delisting proceeds, over the last close: last, data, or a fraction."),
        Says("last, data, or a fraction of the last close, -1 (nothing is left) or more, not percent", "-0.3"),
    ]
    costs: Annotated[CostsPart, Says("a mapping of commission_bps and slippage_bps", "{slippage_bps: 5.0}")]
    account: Annotated[
        AccountPart,
        Says("a mapping of short, gross, borrow_bps, loan_bps and maintenance", "{short: true, gross: 2.0}"),
    ]


class Every(Part):
    """A schedule that counts sessions from the run's first."""

    every: Annotated[
        int,
        Field(ge=1, le=2520, description="Sessions from one decision to the next."),
        Says("a whole number of sessions, 1 to 2520", "21"),
    ]


class OnDates(Part):
    """A schedule of days of one's own."""

    dates: Annotated[
        Annotated[str, StringConstraints(min_length=1, max_length=1000)]
        | Annotated[list[Annotated[date, Field(ge=EARLIEST, le=LATEST)]], Field(min_length=1)],
        Field(description="A file with a day a line (relative to this file), or the days themselves."),
        Says("a file with a day a line, or a list of days", "rebalance-days.csv"),
    ]


class Flows(Part):
    """Cash paid into the account, or out of it."""

    amount: Annotated[
        float,
        Field(ge=-1e12, le=1e12, description="US dollars paid in each time; negative: paid out."),
        Says("a number of US dollars, negative for what is paid out", "500"),
    ]
    every: Annotated[Regular, Field(description="Sessions at whose close it is paid."), _one_of(Regular, "month_end")]


Holding: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=1000)] | dict[str, Fraction]
"""What a benchmark holds: an asset, a config's rule by its file, or assets by their weights."""


class StudySchema(Part):
    """A whole config."""

    name: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=80),
        Field(description="Name of the study; becomes part of a folder's name. Letters, digits, - and _."),
        Says("at most 80 letters, digits, - and _ that begin with a letter or digit", "my-study"),
    ]
    question: Annotated[
        str,
        StringConstraints(max_length=1000),
        Field(description="The question the study asks, one sentence."),
        Says("a text of at most 1000 characters", "question: Do mid caps beat small caps?"),
    ]
    data: Annotated[Data, Says("a mapping with market", "{market: bundle}")]
    period: Annotated[Period, Says("a mapping of start and end", "{start: 1998-01-02, end: null}")]
    strategy: Annotated[
        dict[str, Any],
        Field(description="The rule: a class and its parameters."),
        Says("a mapping with a class and its parameters", "{class: BuyAndHold, asset: large}"),
    ]
    schedule: Annotated[
        Schedule | Every | OnDates,
        Field(description="Sessions at whose close the rule is asked: a name, {every: N} sessions, or {dates: FILE}."),
        Says(
            f"one of {', '.join(get_args(Schedule))}, {{every: N}} sessions, or {{dates: FILE}}",
            "month_end",
            get_args(Schedule),
        ),
    ]
    cycles: Annotated[
        Cycles,
        Field(description="How cycles are dated in reports: runs of cuts, or 2019 and 2020 as two episodes."),
        _one_of(Cycles, "runs"),
    ]
    execution: Annotated[
        Execution,
        Says("a mapping of engine, capital, lag, fill, band, units, delisting, costs and account", "{lag: 1}"),
    ]
    flows: Annotated[
        Flows | None,
        Field(description="Cash paid in or out, amount and every; null for none. Never a profit."),
        Says("null, or a mapping of amount and every", "{amount: 500, every: month_end}"),
    ]
    benchmark: Annotated[
        Holding | Annotated[list[Holding], Field(min_length=1, max_length=8)],
        Field(
            description="An asset held from the run's first fill on, a mapping of asset to weight, or a config file; "
            "or a list, whose first answers the question and whose others stand beside it."
        ),
        Says("an asset, a mapping of asset to fraction (0 to 1), a config file, or a list of these", "large"),
    ]
    sweep: Annotated[
        dict[
            Key,
            Annotated[list[Any], Field(min_length=1)] | dict[Literal["from", "to", "step"], int | float],
        ],
        Field(description="Read by fedcycle sweep only: dotted key to the values to try, a list or {from, to, step}."),
        Says("a mapping of dotted key to a list of values", "{strategy.recognise.pause.months: [3, 6, 9, 12]}"),
    ]
    sweep_design: Annotated[
        Design | None,
        Field(
            description="Every combination of the values, or one key at a time around the config's own values; null: "
            "one at a time where one key is tried, else every combination."
        ),
        _one_of(Design, "grid"),
    ]
    sweep_reference: Annotated[
        Label,
        Field(description="What the config's own values are called where other choices stand beside them."),
        Says("one line of at most 80 characters", "the note's own choice"),
    ]
    sweep_variants: Annotated[
        dict[Label, Annotated[dict[Key, Any], Field(min_length=1)]],
        Field(
            description="One at a time only: name to dotted keys set together; against: the variant it is put beside."
        ),
        Says("a mapping of name to a mapping of dotted key to value", "{bare: {strategy.quality: false}}"),
    ]


def keys() -> tuple[str, ...]:
    """Return every key of a config, dotted, in order; below strategy, benchmark and sweep there are none."""
    return tuple(_keys(StudySchema, ""))


def _keys(part: type[Part], prefix: str) -> Iterator[str]:
    for name, field in part.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Part):
            yield from _keys(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name
