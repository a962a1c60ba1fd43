"""The machines of the connection, each alone: handshake, probe, client ids, plan, link; events in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.config.structs import GatewayConfig
from tickring.feeder.client_ids import ClientIds
from tickring.feeder.connection_plan import ConnectionPlan
from tickring.feeder.gateway_lost import ClientIdTaken, GatewayLost, PortMoved
from tickring.feeder.gateway_probe import GatewayProbe, ProbeStep
from tickring.feeder.handshake import Handshake
from tickring.feeder.ib_link import IbLink, LinkState

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIG = GatewayConfig()
STEPS_S = st.lists(st.tuples(st.floats(0.01, 5.0), st.booleans()), max_size=120)

# ---- ready -----------------------------------------------------------------------------------------------------------


@given(st.sets(st.sampled_from(["has_hello", "has_order_id", "has_accounts"])))
def test_ready_takes_all_three_answers(come: set[str]) -> None:
    """Less than hello, nextValidId and accounts is not ready, and what is missing is named."""
    handshake = Handshake()
    for name in come:
        setattr(handshake, name, True)
    assert handshake.is_ready is (len(come) == 3)
    assert (handshake.missing == "") is handshake.is_ready
    assert ("nextValidId" in handshake.missing) is ("has_order_id" not in come)


# ---- the probe -------------------------------------------------------------------------------------------------------


@given(STEPS_S)
def test_a_silent_gateway_is_asked_doubted_and_given_up_in_time(steps: Sequence[tuple[float, bool]]) -> None:
    """No question before `probe_after_s`, never two at once; the verdict falls at `probe_limit_s`, not before."""
    probe, now_s, heard_s, asked_s = GatewayProbe(CONFIG, 100.0), 100.0, 100.0, float("-inf")
    for step_s, answers in steps:
        now_s += step_s
        step = probe.step(now_s)
        silence_s = now_s - heard_s
        assert (step is ProbeStep.GIVE_UP) is (silence_s >= CONFIG.probe_limit_s)
        if step is ProbeStep.GIVE_UP:
            return
        if step is ProbeStep.ASK:
            assert silence_s >= CONFIG.probe_after_s
            assert now_s - asked_s >= CONFIG.probe_answer_s
            probe.asked(now_s)
            asked_s = now_s
        assert not probe.is_overdue or silence_s >= CONFIG.probe_after_s + CONFIG.probe_answer_s
        if answers:
            probe.heard(now_s)
            heard_s = now_s
            assert not probe.is_overdue
            assert not probe.is_waiting


def test_a_stopped_gateway_is_doubted_well_before_it_is_given_up() -> None:
    """By default: asked after 15 s, suspect after 20, dead after 30."""
    probe = GatewayProbe(CONFIG, 0.0)
    asked_s, suspect_s, now_s = list[float](), None, 0.0
    while (step := probe.step(now_s)) is not ProbeStep.GIVE_UP:
        if step is ProbeStep.ASK:
            probe.asked(now_s)
            asked_s.append(now_s)
        if probe.is_overdue and suspect_s is None:
            suspect_s = now_s
        now_s += 0.05
    assert asked_s == pytest.approx([15.0, 20.0, 25.0], abs=0.2)
    assert suspect_s == pytest.approx(20.0, abs=0.2)
    assert now_s == pytest.approx(30.0, abs=0.1)


def test_an_answer_in_time_leaves_no_doubt() -> None:
    """A gateway that has no news and answers is well for ever."""
    probe, now_s, questions = GatewayProbe(CONFIG, 0.0), 0.0, 0
    while now_s < 3600.0:
        step = probe.step(now_s)
        assert step is not ProbeStep.GIVE_UP
        if step is ProbeStep.ASK:
            questions += 1
            probe.asked(now_s)
            now_s += 0.3
            probe.heard(now_s)
        assert not probe.is_overdue
        now_s += 1.0
    assert 200 <= questions <= 240


def test_a_process_that_stood_still_blames_nobody() -> None:
    """After a pause of its own the gateway has all its time again, whether a question was on its way or not."""
    probe, now_s = GatewayProbe(CONFIG, 0.0), 0.0
    for pause_s in (60.0, 3600.0):
        now_s += pause_s
        assert probe.step(now_s) is ProbeStep.WAIT
    while (step := probe.step(now_s)) is ProbeStep.WAIT:
        now_s += 1.0
    assert step is ProbeStep.ASK
    probe.asked(now_s)
    now_s += 120.0
    assert probe.step(now_s) is ProbeStep.WAIT
    assert not probe.is_overdue
    while probe.step(now_s) is not ProbeStep.GIVE_UP:
        now_s += 1.0
    assert probe.silence_s(now_s) == pytest.approx(CONFIG.probe_limit_s, abs=1.5)


# ---- client ids ------------------------------------------------------------------------------------------------------


ID_EVENTS = st.lists(
    st.tuples(st.floats(0.0, 20.0), st.sampled_from(["taken", "taken", "taken", "lost", "settled"])), max_size=100
)


@given(st.integers(0, 5), ID_EVENTS)
def test_only_the_own_id_and_reserved_ones_are_used(reserved: int, events: list[tuple[float, str]]) -> None:
    """The own id first, and after whatever stood; a reserved one only after the patience, each once in a round."""
    ids, now_s, since_s = ClientIds(47, reserved, 30.0), 0.0, None
    for step_s, event in events:
        now_s += step_s
        before = ids.current
        assert 47 <= before <= 47 + reserved
        if event != "taken":
            getattr(ids, event)()
            since_s = None if event == "settled" else since_s
            assert ids.is_own
            continue
        since_s = now_s if since_s is None else since_s
        ids.taken(now_s)
        if now_s - since_s < 30.0:
            assert ids.is_own
        elif reserved:
            assert ids.current == 47 + (before - 47 + 1) % (reserved + 1)


def test_an_id_that_is_held_for_ninety_seconds_costs_few_attempts() -> None:
    """A session that died holds the id: a reserved one is in use after half a minute, by fewer than ten attempts."""
    plan, now_s, attempts = ConnectionPlan(CONFIG), 0.0, 0
    while plan.place.client_id == CONFIG.client_id:
        attempts += 1
        assert attempts < 10
        now_s += plan.lost(ClientIdTaken("taken"), now_s)
    assert CONFIG.client_id < plan.place.client_id <= CONFIG.client_id + CONFIG.client_id_pool
    assert 30.0 <= now_s < 60.0
    plan.ready()
    assert plan.place.client_id == CONFIG.client_id


# ---- the plan --------------------------------------------------------------------------------------------------------

EVENTS = st.lists(st.sampled_from(["refused", "taken", "moved", "ready", "data"]), max_size=200)


@given(EVENTS, st.booleans())
def test_no_order_of_events_makes_a_storm(events: list[str], follows: bool) -> None:
    """Waits stay within the curve; without data they never shrink but for a step to something that was not tried."""
    config = GatewayConfig(follow_port=follows)
    plan, now_s, failures = ConnectionPlan(config), 0.0, 0
    for event in events:
        if event == "ready":
            plan.ready()
            assert plan.place.client_id == config.client_id
        elif event == "data":
            plan.data_came()
            failures = 0
            assert plan.attempts == 0
        else:
            errors = {"refused": GatewayLost("x"), "taken": ClientIdTaken("x"), "moved": PortMoved("x", 4999)}
            wait_s = plan.lost(errors[event], now_s)
            now_s += wait_s
            assert config.backoff_first_s <= wait_s <= config.backoff_limit_s * 1.1
            is_new = (event == "taken" and plan.place.client_id != config.client_id) or (event == "moved" and follows)
            assert plan.place.port == (4999 if event == "moved" and follows else plan.place.port)
            if not is_new:
                expected_s = min(config.backoff_limit_s, config.backoff_first_s * 2.0**failures)
                assert expected_s <= wait_s <= expected_s * 1.1
                failures += 1
        assert plan.place.port in {config.port, 4999}


def test_a_handshake_alone_does_not_shorten_the_waits() -> None:
    """A gateway that lets us in and breaks off, for ever, is asked less and less often."""
    plan = ConnectionPlan(CONFIG)
    waits_s = []
    for _ in range(10):
        plan.ready()
        waits_s.append(plan.lost(GatewayLost("closed"), 0.0))
    assert waits_s[0] < 1.2
    assert min(waits_s[6:]) >= 60.0
    plan.data_came()
    assert plan.lost(GatewayLost("closed"), 0.0) < 1.2


def test_a_port_that_was_told_is_left_when_nobody_answers_there() -> None:
    """1300: the new port once, then the configured one."""
    plan = ConnectionPlan(GatewayConfig(follow_port=True))
    plan.lost(PortMoved("moved", 4999), 0.0)
    assert plan.place.port == 4999
    plan.lost(GatewayLost("refused"), 1.0)
    assert plan.place.port == CONFIG.port


# ---- the link behind the gateway -------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.floats(0.0, 20.0), st.sampled_from(["down", "up", "data", "check"])), max_size=100))
def test_doubt_begins_once_and_only_proof_ends_it(events: list[tuple[float, str]]) -> None:
    """Begin and end come in turn; while any market may be open only a price ends it."""
    link, now_s, is_suspect = IbLink(CONFIG), 0.0, False
    for step_s, event in events:
        now_s += step_s
        if event in {"down", "up"}:
            has_begun = link.went_down(now_s) if event == "down" else link.came_up(now_s)
            assert has_begun is not is_suspect
            is_suspect = True
        elif event == "data":
            is_suspect = is_suspect and not link.data_came(now_s)
        else:
            assert not link.check(now_s, in_session=True)
            assert not link.check(now_s, in_session=None)
        assert link.is_suspect is is_suspect


def test_a_price_that_was_on_its_way_proves_nothing() -> None:
    """Right after 1100 a tick may still come; one that comes later is proof, whatever was said."""
    link = IbLink(CONFIG)
    assert link.went_down(10.0)
    assert not link.data_came(10.5)
    assert link.data_came(11.0)
    assert link.state is LinkState.UP


def test_with_all_markets_closed_the_gateways_word_is_enough_after_a_while() -> None:
    """No price can come at night; 1100 alone is still no good news."""
    link = IbLink(CONFIG)
    link.went_down(0.0)
    assert not link.check(3600.0, in_session=False)
    link.came_up(3600.0)
    assert not link.check(3610.0, in_session=False)
    assert link.check(3615.0, in_session=False)
    assert link.state is LinkState.UP
