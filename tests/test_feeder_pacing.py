"""What leaves, how fast and in which order; how long refused symbols wait; when the history queue has its turn."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.config.structs import FeederConfig
from tickring.feeder.history_eta import history_etas_s
from tickring.feeder.history_ledger import HistoryLedger
from tickring.feeder.retry_wait import answer_wait_s, retry_wait_s
from tickring.feeder.token_bucket import PacingClass, TokenBucket

CONFIG = FeederConfig()
kinds = st.sampled_from(list(PacingClass))
steps = st.lists(st.tuples(st.floats(0.0, 0.4), kinds, st.booleans()), max_size=400)


@given(happenings=steps)
def test_no_second_holds_more_whatever_asks(happenings: list[tuple[float, PacingClass, bool]]) -> None:
    """45 in any second and 40 without orders; half of it while the gateway complains, counted from the complaint on.

    Only orders leave although more than that has left before it, and no more of them than are left to them.
    """
    bucket, now_s = TokenBucket(45.0, 5), 1000.0
    taken: list[tuple[float, PacingClass]] = []
    slow_since_s = 0.0
    for step_s, kind, is_complaint in happenings:
        now_s += step_s / 10.0
        if is_complaint and step_s > 0.39:
            slow_since_s = now_s if bucket.slow_down(now_s, 2.0) else slow_since_s
        before = len(taken)
        taken += [(now_s, kind) for _ in range(6) if bucket.take(now_s, kind)]
        if bucket.is_slow(now_s) and len(taken) > before:
            within = [kind for at_s, kind in taken if at_s > now_s - 1.0]
            assert len(within) <= 22 or (kind is PacingClass.ORDER and within.count(PacingClass.ORDER) <= 5)
            assert len(within) <= 22 or now_s - slow_since_s <= 1.0
    for begin_s, _ in taken:
        within = [kind for at_s, kind in taken if begin_s <= at_s < begin_s + 1.0]
        assert len(within) <= 45
    others_s = [at_s for at_s, kind in taken if kind is not PacingClass.ORDER]
    for begin_s in others_s:
        assert sum(begin_s <= at_s < begin_s + 1.0 for at_s in others_s) <= 40


@given(waits_s=st.lists(st.floats(0.21, 5.0), min_size=1, max_size=30))
def test_an_order_leaves_at_once_in_a_storm(waits_s: list[float]) -> None:
    """Subscriptions take all they can get the whole time; up to five orders a second wait for nobody."""
    bucket, now_s = TokenBucket(45.0, 5), 1000.0
    for wait_s in waits_s:
        until_s = now_s + wait_s
        while now_s < until_s:
            while bucket.take(now_s, PacingClass.STREAM):
                pass
            now_s += 0.01
        assert bucket.wait_s(now_s, PacingClass.STREAM) >= 0.0
        assert bucket.take(now_s, PacingClass.ORDER), f"an order waits {bucket.wait_s(now_s, PacingClass.ORDER)} s"


@given(before_s=st.floats(0.0, 2.0), orders=st.integers(1, 5))
def test_an_order_leaves_at_once_when_the_gateway_complains(before_s: float, orders: int) -> None:
    """Subscriptions have taken all they can get and the rate is half from now on: up to five orders wait for nobody."""
    bucket, now_s = TokenBucket(45.0, 5), 1000.0
    until_s = now_s + before_s
    while now_s < until_s:
        while bucket.take(now_s, PacingClass.STREAM):
            pass
        now_s += 0.01
    bucket.slow_down(now_s, 60.0)
    assert all(bucket.take(now_s, PacingClass.ORDER) for _ in range(orders))
    while bucket.take(now_s, PacingClass.ORDER):
        pass
    assert bucket.in_period(now_s) <= 45


def test_who_matters_more_is_not_overtaken() -> None:
    """A cancel that was refused a moment ago leaves before the stream that asks first when there is room again."""
    bucket, now_s = TokenBucket(45.0, 5), 1000.0
    while bucket.take(now_s, PacingClass.STREAM):
        pass
    assert not bucket.take(now_s, PacingClass.CANCEL)
    now_s += 0.101
    assert not bucket.take(now_s, PacingClass.STREAM)
    assert not bucket.take(now_s, PacingClass.HISTORY)
    assert bucket.take(now_s, PacingClass.CANCEL)
    assert bucket.take(now_s, PacingClass.STREAM)


def test_who_comes_no_more_holds_nobody_up() -> None:
    """A cancel that was refused and never came again is forgotten after two tenths of a second."""
    bucket, now_s = TokenBucket(45.0, 5), 1000.0
    while bucket.take(now_s, PacingClass.STREAM):
        pass
    assert not bucket.take(now_s, PacingClass.CANCEL)
    wait_s = bucket.wait_s(now_s, PacingClass.STREAM)
    assert wait_s == pytest.approx(0.2)
    assert bucket.take(now_s + wait_s + 1e-9, PacingClass.STREAM)


def test_a_complaint_halves_the_rate_once_and_for_its_time() -> None:
    """Further complaints make it longer, not slower; after it the rate is whole again."""
    bucket = TokenBucket(45.0, 5)
    assert bucket.slow_down(1000.0, 60.0)
    assert not bucket.slow_down(1030.0, 60.0)
    assert (bucket.per_s(1000.0), bucket.per_s(1089.9), bucket.per_s(1090.0)) == (22, 22, 45)
    assert bucket.slow_down(1100.0, 60.0)


@pytest.mark.parametrize("per_s", [0.3, 1.0, 2.0, 3.0, 10.0, 1000.0])
@pytest.mark.parametrize("reserve", [0, 5, 1000])
def test_every_rate_lets_everybody_through(per_s: float, reserve: int) -> None:
    """However small the rate and large the reserve, each class gets its turn; what `wait_s` says is enough."""
    bucket, now_s = TokenBucket(per_s, reserve), 1000.0
    for kind in (*reversed(PacingClass), *PacingClass):
        now_s += bucket.wait_s(now_s, kind) + 1e-9
        assert bucket.take(now_s, kind)
    assert sum(bucket.sent.values()) == 2 * len(PacingClass)


def test_what_leaves_anyway_counts() -> None:
    """A session's first words use up what follows them."""
    bucket = TokenBucket(2.0)
    bucket.spend(1000.0)
    bucket.spend(1000.0)
    assert not bucket.take(1000.5)
    assert bucket.in_period(1000.5) == 2
    assert bucket.take(1001.0)


@given(refusals=st.integers(0, 5000))
def test_waits_grow_to_a_limit(refusals: int) -> None:
    """No refusal shortens the wait before the next try, and none is longer than the limit."""
    waits_s = [retry_wait_s(CONFIG, count) for count in (refusals, refusals + 1)]
    assert CONFIG.retry_s <= waits_s[0] <= waits_s[1] <= CONFIG.retry_limit_s
    assert retry_wait_s(CONFIG, 1) == CONFIG.retry_s
    answers_s = [answer_wait_s(CONFIG, count) for count in (refusals, refusals + 1)]
    assert CONFIG.subscribe_timeout_s <= answers_s[0] <= answers_s[1] <= CONFIG.retry_s


@given(
    taken=st.lists(st.tuples(st.floats(0.0, 900.0), st.integers(0, 5)), max_size=80),
    queue=st.lists(st.integers(0, 8), min_size=1, max_size=40, unique=False),
)
def test_the_queue_moves_as_it_was_told(taken: list[tuple[float, int]], queue: list[int]) -> None:
    """Asked for in their order at the times told, the ledger allows each; and none could have been a second earlier."""
    ledger = HistoryLedger(CONFIG)
    now_s = 1000.0
    for after_s, number in sorted(taken):
        ledger.take(f"id {number}", f"contract {number}", now_s + after_s)
    now_s += 900.0
    requests = [(f"id {number}", f"contract {number}") for number in queue]
    before = ledger.taken()
    etas_s = history_etas_s(ledger, requests, now_s)
    assert ledger.taken() == before
    assert all(first <= second for first, second in pairwise(etas_s))
    previous_s = 0.0
    for (identity, contract), eta_s in zip(requests, etas_s, strict=True):
        if eta_s > previous_s + 1.0:
            assert not ledger.copy().take(identity, contract, now_s + eta_s - 1.0)
        assert ledger.take(identity, contract, now_s + eta_s)
        previous_s = eta_s
