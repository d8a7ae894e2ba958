"""One kind of interval in a comparison: that of the verdict, with a sentence where a run by itself says otherwise."""

from __future__ import annotations

from fedcycle.backtests.inference.joint import judged_together, looks_apart
from fedcycle.backtests.inference.verdict import Verdict


def verdict(word, low, high, *, active=0.012, note=None):
    return Verdict(word, active, low, high, None, None, None, None, note=note)


def test_the_interval_is_that_of_all_judged_together():
    found = judged_together(verdict("ahead", 0.002, 0.022), verdict("ahead", 0.004, 0.02), trials=3)
    assert (found["difference"], found["low"], found["high"], found["apart"]) == (0.012, 0.002, 0.022, True)
    assert found["alone"] == {"low": 0.004, "high": 0.02, "word": "ahead"}
    assert (found["word"], found["note"]) == ("ahead", None)
    assert found["text"] == (
        "active return +1.20 pp a year, 95% interval +0.20 to +2.20 pp, judged together with all 3: ahead"
    )


def test_a_run_that_is_ahead_only_by_itself_has_a_sentence():
    together, alone = verdict("not distinguishable", -0.004, 0.028), verdict("ahead", 0.001, 0.023)
    said = looks_apart(together, alone)
    assert said == "by itself it is ahead (+0.10 to +2.30 pp); of several looked at, one in twenty is so by chance"
    found = judged_together(together, alone, trials=20)
    assert (found["apart"], found["note"]) == (False, said)
    assert found["text"].endswith(f"not distinguishable; {said}")


def test_no_sentence_where_both_agree_or_none_was_stored():
    together = verdict("not distinguishable", -0.004, 0.028)
    assert looks_apart(together, verdict("not distinguishable", -0.001, 0.025)) is None
    assert looks_apart(together, None) is None
    assert looks_apart(verdict("ahead", 0.001, 0.02), verdict("ahead", 0.002, 0.02)) is None


def test_a_run_without_an_interval_says_why():
    found = judged_together(verdict(None, None, None, note="the account was lost"), None, trials=2)
    assert (found["low"], found["apart"], found["alone"]) == (None, None, None)
    assert found["text"] == "active return +1.20 pp a year, no interval: the account was lost"
