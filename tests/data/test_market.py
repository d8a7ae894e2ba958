"""Market and MarketView: what is public on a day, what is not, and what no market may contain."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcycle.data.errors import DataError, NotYetKnown, UnknownName
from fedcycle.data.market import Market
from fedcycle.data.series import Series, Unit
from fedcycle.data.typing import Day, days

NAN = np.nan
SESSIONS = ("2020-03-12", "2020-03-13", "2020-03-16", "2020-03-17", "2020-03-18", "2020-03-19")
#          small  late  gone
PRICES = (
    (100.0, NAN, 10.0),
    (101.0, NAN, 11.0),
    (102.0, 50.0, 12.0),
    (103.0, 51.0, 13.0),
    (104.0, 52.0, NAN),
    (105.0, 53.0, NAN),
)


def day(text: str) -> Day:
    return np.datetime64(text, "D")


def target() -> Series:
    observed, known = days(["2020-03-04", "2020-03-16"]), days(["2020-03-03", "2020-03-15"])
    return Series("target", Unit.PERCENT_PER_YEAR, np.array([1.25, 0.25]), observed, known)


def yields() -> Series:
    observed, known = days(["2020-03-12", "2020-03-13", "2020-03-18"]), days(["2020-03-13", "2020-03-16", "2020-03-19"])
    return Series("DGS10", Unit.PERCENT_PER_YEAR, np.array([0.88, 0.94, 1.18]), observed, known)


def market(
    prices: object = PRICES, sessions: object = SESSIONS, assets: tuple[str, ...] = ("small", "late", "gone")
) -> Market:
    series = {"target": target(), "DGS10": yields()}
    return Market("six-days", days(sessions), assets, np.array(prices, dtype=float), series)


def test_a_view_lists_the_assets_with_a_price_that_day() -> None:
    assert market().as_of(day("2020-03-13")).assets == ("small", "gone")
    assert market().as_of(day("2020-03-16")).assets == ("small", "late", "gone")
    assert market().as_of(day("2020-03-18")).assets == ("small", "late")


def test_closes_end_today() -> None:
    view = market().as_of(day("2020-03-17"))
    assert view.closes("small", 3).tolist() == [101.0, 102.0, 103.0]
    assert view.closes("late", 2).tolist() == [50.0, 51.0]
    assert view.sessions(2).astype(str).tolist() == ["2020-03-16", "2020-03-17"]


def test_closes_beyond_an_assets_first_session_are_refused_with_what_there_is() -> None:
    view = market().as_of(day("2020-03-17"))
    with pytest.raises(NotYetKnown, match="late: closes: 3 asked on 2020-03-17, only 2 exist; ask for 1 to 2"):
        view.closes("late", 3)
    with pytest.raises(NotYetKnown, match="sessions: 5 asked on 2020-03-17, only 4 exist"):
        view.sessions(5)


@pytest.mark.parametrize("n", [0, -1])
def test_a_window_of_no_sessions_is_refused(n: int) -> None:
    view = market().as_of(day("2020-03-17"))
    with pytest.raises(NotYetKnown):
        view.closes("small", n)
    with pytest.raises(NotYetKnown):
        view.sessions(n)
    with pytest.raises(NotYetKnown):
        view.history("DGS10", n)


def test_an_asset_that_is_not_listed_yet_has_no_close() -> None:
    with pytest.raises(NotYetKnown, match="late: no close is known on 2020-03-13"):
        market().as_of(day("2020-03-13")).closes("late", 1)


def test_an_asset_that_has_ended_has_no_close() -> None:
    with pytest.raises(NotYetKnown, match="gone: its closes end on 2020-03-17, before 2020-03-18"):
        market().as_of(day("2020-03-18")).closes("gone", 1)


def test_what_is_neither_an_asset_nor_a_series_is_said_to_be_neither() -> None:
    said = (
        "'DGS100' is neither an asset nor a series of market six-days; did you mean DGS10[?]; it has small, late, gone"
    )
    with pytest.raises(UnknownName, match=said):
        market().check_known("DGS100")


def test_an_unknown_name_is_refused_with_the_names_there_are() -> None:
    view = market().as_of(day("2020-03-18"))
    with pytest.raises(UnknownName, match="'smal' is not an asset of market six-days; it has small, late, gone"):
        view.closes("smal", 1)
    with pytest.raises(UnknownName, match="'DGS1' is not a series of market six-days; it has DGS10, target"):
        view.latest("DGS1")
    with pytest.raises(UnknownName, match="it has DGS10, target"):
        view.history("small")


def test_a_value_is_seen_from_the_day_it_is_known() -> None:
    seen = {text: market().as_of(day(text)).latest("DGS10") for text in SESSIONS[1:]}
    assert list(seen.values()) == [0.88, 0.94, 0.94, 0.94, 1.18]
    with pytest.raises(NotYetKnown, match="DGS10: nothing was public by 2020-03-12"):
        market().as_of(day("2020-03-12")).latest("DGS10")


def test_what_is_announced_on_a_sunday_is_seen_on_monday() -> None:
    assert market().as_of(day("2020-03-13")).latest("target") == 1.25
    assert market().as_of(day("2020-03-16")).latest("target") == 0.25


def test_history_ends_with_what_is_known() -> None:
    view = market().as_of(day("2020-03-18"))
    assert view.history("DGS10").values.tolist() == [0.88, 0.94]
    assert view.history("DGS10", 1).observed_on.astype(str).tolist() == ["2020-03-13"]
    with pytest.raises(NotYetKnown, match="DGS10: 3 observations asked on 2020-03-18, 2 were public"):
        view.history("DGS10", 3)


def test_an_earlier_view_is_the_view_of_that_day() -> None:
    view = market().as_of(day("2020-03-18")).earlier(3)
    assert view.today == day("2020-03-13")
    assert view.latest("DGS10") == 0.88
    with pytest.raises(NotYetKnown):
        view.earlier(2)
    with pytest.raises(NotYetKnown):
        view.earlier(-1)


def test_what_a_view_hands_out_leads_to_nothing_later() -> None:
    view = market().as_of(day("2020-03-17"))
    observations = view.history("DGS10")
    handed = [view.closes("small", 2), view.sessions(2), observations.values, observations.observed_on]
    for array in [*handed, observations.known_on]:
        assert array.base is None or isinstance(array.base, bytes)  # bytes cannot be written to
        assert not array.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[-1]


def test_the_market_itself_cannot_be_written_to() -> None:
    prices = np.array(PRICES)
    kept = Market("m", days(SESSIONS), ("small", "late", "gone"), prices)
    prices[0, 0] = 1.0
    assert kept.prices[0, 0] == 100.0
    with pytest.raises(ValueError, match="read-only"):
        kept.prices[0, 0] = 1.0
    with pytest.raises(TypeError):
        kept.series["x"] = yields()  # type: ignore[index]


@given(cut=st.integers(0, 5), noise=st.floats(0.1, 10))
def test_no_view_changes_with_what_comes_after_it(cut: int, noise: float) -> None:
    whole = market()
    prices = np.array(PRICES)
    prices[cut + 1 :] *= noise
    late = whole.series["DGS10"].known_on > whole.sessions[cut]
    values = np.where(late, noise, whole.series["DGS10"].values)
    other = Series("DGS10", Unit.PERCENT_PER_YEAR, values, yields().observed_on, yields().known_on)
    changed = Market("six-days", whole.sessions, whole.assets, prices, {"target": target(), "DGS10": other})
    a, b = whole.as_of(whole.sessions[cut]), changed.as_of(whole.sessions[cut])
    assert a.assets == b.assets
    for asset in set(a.assets) - {"late"}:
        assert a.closes(asset, cut + 1).tolist() == b.closes(asset, cut + 1).tolist()
    assert a.history("DGS10").values.tolist() == b.history("DGS10").values.tolist()


@given(cut=st.integers(0, 5))
def test_a_truncated_market_shows_each_past_day_as_the_whole_one_does(cut: int) -> None:
    whole = market()
    short = whole.truncated(whole.sessions[cut])
    assert short.sessions.tolist() == whole.sessions[: cut + 1].tolist()
    for session in short.sessions:
        a, b = whole.as_of(session), short.as_of(session)
        assert a.assets == b.assets
        assert {x: a.closes(x, 1).tolist() for x in a.assets} == {x: b.closes(x, 1).tolist() for x in b.assets}
        for name in whole.series:
            assert a.history(name).values.tolist() == b.history(name).values.tolist()


def test_a_truncated_market_has_nothing_that_was_not_there() -> None:
    short = market().truncated(day("2020-03-15"))
    assert str(short.sessions[-1]) == "2020-03-13"
    assert short.assets == ("small", "gone")
    assert short.series["DGS10"].values.tolist() == [0.88]
    # On Sunday the cut was announced, but the market stands at Friday's close.
    assert short.series["target"].values.tolist() == [1.25]


def test_a_day_without_a_session_has_no_view() -> None:
    with pytest.raises(DataError, match="2020-03-14 is not a session of market six-days; the one before is 2020-03-13"):
        market().as_of(day("2020-03-14"))
    with pytest.raises(DataError, match="2020-03-11 is before the first session of market six-days, 2020-03-12"):
        market().as_of(day("2020-03-11"))


@pytest.mark.parametrize(
    ("row", "column", "price", "said"),
    [
        (1, 0, -1.0, "small: price -1 on 2020-03-13; a price must be positive and finite"),
        (4, 1, 0.0, "late: price 0 on 2020-03-18; a price must be positive and finite"),
        (2, 0, np.inf, "small: price inf on 2020-03-16; a price must be positive and finite"),
    ],
)
def test_an_impossible_price_is_refused_with_asset_and_day(row: int, column: int, price: float, said: str) -> None:
    prices = np.array(PRICES)
    prices[row, column] = price
    with pytest.raises(DataError, match=said):
        market(prices)


def test_an_asset_without_any_price_is_refused() -> None:
    prices = np.array(PRICES)
    prices[:, 2] = NAN
    with pytest.raises(DataError, match="gone: no price at all; leave the asset out"):
        market(prices)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("2020-03-16", "session 2020-03-16 is repeated; sessions must increase, each once"),
        ("2020-03-13", "session 2020-03-13 comes after 2020-03-16"),
        ("NaT", "a session has no date"),
    ],
)
def test_impossible_sessions_are_refused(other: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        market(sessions=[*SESSIONS[:3], other, *SESSIONS[4:]])


def test_a_market_without_sessions_is_refused() -> None:
    with pytest.raises(DataError, match="a market needs at least one session"):
        Market("m", days([]), ("small",), np.empty((0, 1)))


def test_an_asset_that_is_there_twice_is_refused() -> None:
    with pytest.raises(DataError, match="asset small is there twice"):
        market(assets=("small", "late", "small"))


def test_prices_of_another_shape_are_refused() -> None:
    with pytest.raises(DataError, match=r"prices have shape \(6, 3\), but 6 sessions and 2 assets"):
        market(assets=("small", "late"))


def test_impossible_opens_are_refused() -> None:
    with pytest.raises(DataError, match="small: open -1 on 2020-03-12"):
        Market("m", days(SESSIONS[:1]), ("small",), np.array([[1.0]]), {}, np.array([[-1.0]]))


def test_the_digest_changes_with_every_fact_and_not_with_the_name() -> None:
    base = market()
    prices = np.array(PRICES)
    prices[0, 0] += 1e-12
    moved = Series(
        "DGS10",
        Unit.PERCENT_PER_YEAR,
        yields().values,
        yields().observed_on,
        yields().known_on + np.timedelta64(1, "D"),
    )
    others = [
        market(prices),
        market(assets=("small", "late", "went")),
        market(sessions=[*SESSIONS[:5], "2020-03-20"]),
        Market("six-days", base.sessions, base.assets, base.prices, {"target": target()}),
        Market("six-days", base.sessions, base.assets, base.prices, {"target": target(), "DGS10": moved}),
        Market("six-days", base.sessions, base.assets, base.prices, base.series, base.prices),
    ]
    assert len({base.digest, *(other.digest for other in others)}) == 7
    assert Market("renamed", base.sessions, base.assets, base.prices, base.series).digest == base.digest
    assert base.digest.startswith("sha256:")


def test_a_session_without_a_trade_is_a_gap_and_the_last_close_stays_what_a_holding_is_worth() -> None:
    prices = np.array(PRICES)
    prices[1:3, 0] = NAN
    gappy = market(prices)
    assert dict(gappy.gaps) == {"small": 2}
    np.testing.assert_array_equal(gappy.marks[:, 0], [prices[0, 0], prices[0, 0], prices[0, 0], *prices[3:, 0]])
    # Before the first price and after the last there is nothing to carry.
    np.testing.assert_array_equal(np.isnan(gappy.marks[:, 1:]), np.isnan(prices[:, 1:]))
    assert not market().gaps
    assert market().marks is market().prices or (market().marks[:, 0] == market().prices[:, 0]).all()


def test_a_view_shows_a_gap_as_one_and_does_not_tell_it_from_an_end() -> None:
    prices, ended = np.array(PRICES), np.array(PRICES)
    prices[3, 0] = NAN
    ended[3:, 0] = NAN
    for each in (market(prices), market(ended)):
        view = each.as_of(each.sessions[3])
        assert "small" not in view.assets
        assert view.traded_lately("small")
        np.testing.assert_array_equal(view.closes("small", 2), [prices[2, 0], NAN])
        with pytest.raises(NotYetKnown, match="small: its closes end on 2020-03-16, before 2020-03-17"):
            view.closes("small", 1)


def test_an_open_without_a_close_is_refused() -> None:
    prices = np.array(PRICES)
    opens = prices.copy()
    prices[2, 0] = NAN
    base = market()
    with pytest.raises(DataError, match="small: an open but no close on 2020-03-16; give both, or neither"):
        Market("m", base.sessions, base.assets, prices, {}, opens)


@pytest.mark.parametrize(
    ("returns", "said"),
    [
        ({"smal": -0.3}, "'smal', which is no asset"),
        ({"small": -1.5}, "small: its delisting return is -1.5; it is a fraction, -1 for a total loss or more"),
        ({"small": NAN}, "small: its delisting return is nan"),
    ],
)
def test_a_delisting_return_that_cannot_be_is_refused(returns: dict[str, float], said: str) -> None:
    base = market()
    with pytest.raises(DataError, match=said):
        Market("m", base.sessions, base.assets, base.prices, delisting_returns=returns)


def test_what_holders_got_in_the_end_is_a_fact_of_the_market_that_its_past_does_not_know() -> None:
    base = market()
    told = Market("m", base.sessions, base.assets, base.prices, base.series, delisting_returns={"gone": -0.3})
    assert told.digest != base.digest
    assert not told.truncated(base.sessions[4]).delisting_returns


def test_an_asset_without_a_price_for_21_sessions_did_not_trade_lately() -> None:
    sessions = np.busday_offset("2020-01-01", np.arange(30), roll="forward").astype("datetime64[D]")
    prices = np.ones((30, 2))
    prices[6:29, 0] = NAN  # the last price is that of session 5, until the one of session 29
    made = Market("gap", sessions, ("small", "large"), prices)
    assert made.as_of(sessions[25]).traded_lately("small"), "session 5 is the first of the last 21"
    assert not made.as_of(sessions[26]).traded_lately("small")
    assert made.as_of(sessions[29]).traded_lately("small")
    assert not made.as_of(sessions[29]).traded_lately("nothing")


def test_a_market_with_other_numbers_is_what_building_it_anew_gives() -> None:
    whole = market()
    doubled = whole.with_numbers(prices=2.0 * whole.prices)
    anew = dataclasses.replace(whole, prices=2.0 * whole.prices)
    assert doubled.digest == anew.digest
    assert doubled.gaps == anew.gaps
    assert doubled.spans == anew.spans
    assert not doubled.prices.flags.writeable
    assert doubled.prices.base is None or isinstance(doubled.prices.base, bytes)


def test_a_market_cut_at_a_session_is_what_building_it_anew_gives() -> None:
    whole = market()
    cut = whole.truncated(whole.sessions[3])
    anew = dataclasses.replace(cut)
    assert cut.digest == anew.digest
    assert (cut.assets, cut.roles, cut.gaps) == (anew.assets, anew.roles, anew.gaps)
    for array in (cut.prices, cut.sessions, *(series.values for series in cut.series.values())):
        assert isinstance(array.base, bytes)  # nothing leads back to what came later
