"""The optional source Yahoo, with a stand-in for yfinance: no network."""

from __future__ import annotations

import sys
from datetime import date
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from fedcycle.data.errors import DataError
from fedcycle.data.sources.files import recognised
from fedcycle.data.sources.yahoo import prices

FRAME = pd.DataFrame(
    {
        "Open": [10.0, 9.4],
        "High": [10.5, 9.9],
        "Low": [9.5, 9.2],
        "Close": [10.0, 9.5],
        "Adj Close": [9.0, 9.5],
        "Volume": [1000, 1000],
        "Dividends": [0.0, 1.0],
        "Stock Splits": [0.0, 0.0],
    },
    index=pd.DatetimeIndex(["2024-03-04", "2024-03-05"], tz="America/New_York", name="Date"),
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the stand-in was asked; its answer is the frame, or raised where it is an exception."""
    seen: list[Any] = [FRAME]

    def history(**options: Any) -> Any:
        seen.append(options)
        if isinstance(seen[0], Exception):
            raise seen[0]
        return seen[0]

    monkeypatch.setitem(sys.modules, "yfinance", SimpleNamespace(Ticker=lambda name: SimpleNamespace(history=history)))
    return seen


def test_prices_take_the_way_of_a_file_of_one_fund(asked: list[Any]) -> None:
    raw = prices("IWM", start=date(2005, 1, 3))
    file = recognised(raw, name="IWM")
    assert file.form == "one asset"
    assert file.bars[0].days.astype(str).tolist() == ["2024-03-04", "2024-03-05"]
    assert file.bars[0].prices["adjusted"].tolist() == [9.0, 9.5]
    assert file.bars[0].paid["dividends"].tolist() == [0.0, 1.0]


def test_unadjusted_prices_with_dividends_are_asked_for_from_the_start(asked: list[Any]) -> None:
    prices("IWM", start=date(2005, 1, 3))
    assert asked[1]["start"] == "2005-01-03"
    assert asked[1]["auto_adjust"] is False
    assert asked[1]["actions"] is True


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (FRAME.iloc[:0], "IWM: yfinance gave no row"),
        (FRAME.drop(columns="Adj Close"), "IWM: yfinance gave no Adj Close"),
        (ValueError("rate limited\nand more"), r"IWM: yfinance got no prices \(rate limited\)"),
    ],
)
def test_no_answer_is_one_sentence(asked: list[Any], answer: Any, said: str) -> None:
    asked[0] = answer
    with pytest.raises(DataError, match=said) as caught:
        prices("IWM", start=date(2005, 1, 3))
    assert "\n" not in str(caught.value)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yfinance", None)
    with pytest.raises(DataError, match=r"yfinance is not installed; .*fedcycle\[yahoo\]"):
        prices("IWM", start=date(2005, 1, 3))
