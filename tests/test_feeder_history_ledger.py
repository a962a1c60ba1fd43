"""IB's limits on historical requests, held on a clock of the test's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.config.structs import FeederConfig
from tickring.feeder.history_ledger import HistoryLedger, HistoryRequest

RULES = FeederConfig(history_window_s=600.0, history_window_max=60, history_identical_s=15.0)


@given(
    st.lists(
        st.tuples(st.floats(0.0, 0.5) | st.floats(0.0, 30.0), st.sampled_from("abcdefgh"), st.sampled_from("xy")),
        max_size=150,
    ),
    st.integers(1, 60),
)
def test_no_window_holds_more_history_than_ib_allows(steps: list[tuple[float, str, str]], window_max: int) -> None:
    """Whatever is asked for and when: in 10 minutes, of one request in 15 s, of one contract in 2 s."""
    ledger = HistoryLedger(FeederConfig(history_window_max=window_max))
    now_s, made = 1000.0, list[HistoryRequest]()
    for step_s, identity, contract in steps:
        now_s += step_s
        if ledger.take(identity + contract, contract, now_s):
            made.append(HistoryRequest(now_s, identity + contract, contract))
    for one in made:
        later = [other for other in made if other.at_s >= one.at_s]
        assert sum(other.at_s < one.at_s + 600 for other in later) <= window_max
        assert sum(other.at_s < one.at_s + 15 and other.identity == one.identity for other in later) == 1
        assert sum(other.at_s < one.at_s + 2 and other.contract == one.contract for other in later) <= 5


@given(st.lists(st.tuples(st.floats(0.0, 30.0), st.sampled_from("abc")), min_size=1, max_size=120))
def test_the_ledger_says_when_to_come_again(steps: list[tuple[float, str]]) -> None:
    """After just that time the request may be made."""
    ledger, now_s = HistoryLedger(RULES), 1000.0
    for step_s, name in steps:
        now_s += step_s
        wait_s = ledger.wait_s(name, name, now_s)
        assert ledger.take(name, name, now_s) == (wait_s == 0.0)
        if wait_s > 0.0:
            now_s += wait_s + 1e-6
            assert ledger.take(name, name, now_s)


def test_fewer_than_six_requests_concern_one_contract_within_two_seconds() -> None:
    """However different they are; other contracts are free."""
    ledger = HistoryLedger(RULES)
    assert [ledger.take(name, "SPY", 100.0) for name in "abcdef"] == [True] * 5 + [False]
    assert ledger.take("g", "QQQ", 100.0)
    assert not ledger.take("f", "SPY", 101.9)
    assert ledger.take("f", "SPY", 102.0)


def test_a_violation_stops_everything_for_a_while() -> None:
    """The gateway counts what others ask for too."""
    ledger = HistoryLedger(RULES)
    ledger.violated(100.0)
    assert not ledger.take("a", "a", 114.9)
    assert ledger.wait_s("a", "a", 110.0) == pytest.approx(5.0)
    assert ledger.take("a", "a", 115.0)


def test_requests_of_another_boot_mean_nothing() -> None:
    """Their times lie ahead of this clock."""
    earlier = [HistoryRequest(5000.0, "a", "a"), HistoryRequest(90.0, "b", "b")]
    ledger = HistoryLedger(RULES, earlier, 100.0)
    assert [one.identity for one in ledger.taken()] == ["b"]
    assert ledger.take("a", "a", 100.0)
    assert not ledger.take("b", "b", 100.0)
