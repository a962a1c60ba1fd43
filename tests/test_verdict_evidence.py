"""Nothing without positive evidence reads live: properties of the verdict over the whole range of its numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verdict_model import CLOCK_TOLERANCE_NS, EPOCH, LIMIT_NS, NOW_NS, PRICES
from tickring import _core
from tickring.states import ApiMode, Connection, DataType, QuoteState, RunState, Source
from tickring.verdict import GOOD, Reason, Verdict

U8, U16, U32, U64 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32, 64))
I64 = st.integers(-(2**63), 2**63 - 1)


def number(word: ApiMode | Connection | DataType | QuoteState | RunState | Source) -> int:
    """The place of a word in its list."""
    return list(type(word)).index(word)


class Inputs(NamedTuple):
    """Every number that a verdict depends on, as it lies in memory; the defaults make a live quote."""

    state: int = number(QuoteState.LIVE)
    source: int = number(Source.IB_STREAM)
    data_type: int = number(DataType.REALTIME)
    record_epoch: int = EPOCH & 0xFFFF
    has: int = PRICES
    record_mode: int = number(ApiMode.LIVE)
    supervisor_epoch: int = EPOCH
    feeder_epoch: int = EPOCH
    heartbeat_ns: int = NOW_NS - LIMIT_NS // 2
    heartbeat_limit_ns: int = LIMIT_NS
    vouch_limit_ns: int = LIMIT_NS
    supervisor_state: int = number(RunState.RUNNING)
    feeder_state: int = number(RunState.RUNNING)
    connection: int = number(Connection.CONNECTED)
    supervisor_mode: int = number(ApiMode.LIVE)
    feeder_mode: int = number(ApiMode.LIVE)
    superseded: int = 0
    vouched_ns: int = NOW_NS - LIMIT_NS // 2
    accepted_modes: int = 1 << number(ApiMode.LIVE)
    is_newest: bool = True

    def judged(self) -> tuple[Verdict, Reason]:
        """Ask the core."""
        return _core.judge(self[:6], self[6:17], self.vouched_ns, NOW_NS, self.accepted_modes, self.is_newest)


ANY = {
    "state": U8,
    "source": U8,
    "data_type": U8,
    "record_epoch": U16,
    "has": U16,
    "record_mode": st.integers(0, 3),  # two bits
    "supervisor_epoch": U64,
    "feeder_epoch": U64,
    "heartbeat_ns": I64,
    "heartbeat_limit_ns": I64,
    "vouch_limit_ns": I64,
    "supervisor_state": U32,
    "feeder_state": U32,
    "connection": U32,
    "supervisor_mode": U32,
    "feeder_mode": U32,
    "superseded": U32,
    "vouched_ns": I64,
    "accepted_modes": U32,
    "is_newest": st.booleans(),
}
"""The whole range of each input."""

FRESH_STAMPS = range(NOW_NS - LIMIT_NS, NOW_NS + CLOCK_TOLERANCE_NS + 1)
LONG_ENOUGH_LIMITS = range(LIMIT_NS // 2, 2**63)
MAY_STAND: dict[str, Any] = {
    "state": {number(QuoteState.LIVE), number(QuoteState.QUIET)},
    "source": {number(Source.IB_STREAM)},
    "data_type": {number(DataType.REALTIME)},
    "record_epoch": {EPOCH & 0xFFFF},
    "has": {has for has in range(2**16) if has & PRICES},
    "record_mode": {number(ApiMode.LIVE)},
    "supervisor_epoch": {EPOCH},
    "feeder_epoch": {EPOCH},
    "heartbeat_ns": FRESH_STAMPS,
    "heartbeat_limit_ns": LONG_ENOUGH_LIMITS,
    "vouch_limit_ns": LONG_ENOUGH_LIMITS,
    "supervisor_state": {number(RunState.STARTING), number(RunState.RUNNING), number(RunState.DEGRADED)},
    "feeder_state": {number(RunState.RUNNING), number(RunState.DEGRADED)},
    "connection": {number(Connection.CONNECTED)},
    "supervisor_mode": {number(ApiMode.LIVE)},
    "feeder_mode": {number(ApiMode.LIVE)},
    "superseded": {0},
    "vouched_ns": FRESH_STAMPS,
    "accepted_modes": {modes for modes in range(2**8) if modes & 1 << number(ApiMode.LIVE)},
    "is_newest": {True},
}
"""For each input the values that leave a live quote good when it alone changes (of the masks, the small ones)."""


def test_the_baseline_reads_live() -> None:
    """The quote of which the next tests change one input is live, so that each shows what that input alone does."""
    assert set(Inputs._fields) == set(ANY) == set(MAY_STAND)
    assert Inputs().judged() == (Verdict.LIVE, Reason.VOUCHED)


@pytest.mark.parametrize("name", Inputs._fields)
@given(data=st.data())
def test_one_bad_input_is_enough_to_lose_live(name: str, data: st.DataObject) -> None:
    """From a live quote, any other value of any single input than the good ones takes live and quiet away."""
    good = MAY_STAND[name]
    any_value: st.SearchStrategy[Any] = ANY[name]
    value = data.draw(any_value.filter(lambda value: value not in good), name)
    if name == "accepted_modes":
        value &= ~(1 << number(ApiMode.LIVE))
    assert Inputs()._replace(**{name: value}).judged()[0] not in GOOD


@pytest.mark.parametrize("name", Inputs._fields)
def test_the_good_values_stay_good(name: str) -> None:
    """Each good value of each single input leaves a live quote good: the rules refuse no more than they say."""
    good = MAY_STAND[name]
    some = {good[0], good[len(good) // 2], good[-1]} if isinstance(good, range) else good
    for value in some:
        changes: dict[str, Any] = {name: value}
        assert Inputs()._replace(**changes).judged()[0] in GOOD


NEAR_NOW = st.integers(-2 * LIMIT_NS, 2 * CLOCK_TOLERANCE_NS).map(lambda offset: NOW_NS + offset)
SMALL = st.integers(0, 11)
NEAR: dict[str, st.SearchStrategy[int]] = {
    **dict.fromkeys(["state", "source", "data_type", "supervisor_state", "feeder_state", "connection"], SMALL),
    **dict.fromkeys(["supervisor_mode", "feeder_mode"], st.integers(0, 4)),
    **dict.fromkeys(["supervisor_epoch", "feeder_epoch"], st.sampled_from([EPOCH, EPOCH + 1, 0])),
    **dict.fromkeys(["heartbeat_ns", "vouched_ns"], NEAR_NOW),
    **dict.fromkeys(["heartbeat_limit_ns", "vouch_limit_ns"], st.integers(-1, 2 * LIMIT_NS)),
    "record_epoch": st.sampled_from([EPOCH & 0xFFFF, 0]),
    "record_mode": st.integers(0, 3),
    "has": U16,
    "superseded": st.integers(0, 2),
    "accepted_modes": st.integers(0, 31),
    "is_newest": st.booleans(),
}
"""For each input values around the good ones."""


@st.composite
def nearly_good(draw: st.DrawFn) -> Inputs:
    """A live quote with up to four inputs changed."""
    changed = draw(st.lists(st.sampled_from(Inputs._fields), max_size=4, unique=True))
    changes: dict[str, Any] = {name: draw(NEAR[name], name) for name in changed}
    return Inputs()._replace(**changes)


@settings(max_examples=1000)
@given(nearly_good())
def test_a_good_verdict_is_the_same_as_all_the_evidence(inputs: Inputs) -> None:
    """Whatever the numbers: live or quiet if and only if every piece of evidence is there; the state says which."""
    evidence = [
        inputs.accepted_modes >> inputs.supervisor_mode & 1 == 1,
        inputs.accepted_modes >> inputs.feeder_mode & 1 == 1,
        inputs.accepted_modes >> inputs.record_mode & 1 == 1,
        inputs.has & PRICES != 0,
        inputs.is_newest,
        inputs.superseded == 0,
        inputs.supervisor_state in {1, 2, 3},  # starting, running, degraded
        inputs.feeder_state in {2, 3},  # running, degraded
        inputs.feeder_epoch == inputs.supervisor_epoch != 0,
        inputs.record_epoch == inputs.feeder_epoch & 0xFFFF,
        -CLOCK_TOLERANCE_NS <= NOW_NS - inputs.heartbeat_ns <= inputs.heartbeat_limit_ns > 0,
        inputs.connection == 2,  # connected
        inputs.state in {2, 3},  # live, quiet
        inputs.source == 1 or (inputs.source == 4 and inputs.record_mode == 3),  # ib_stream, or sample in mock mode
        inputs.data_type == 1,  # realtime
        -CLOCK_TOLERANCE_NS <= NOW_NS - inputs.vouched_ns <= inputs.vouch_limit_ns > 0,
    ]
    verdict, _ = inputs.judged()
    assert (verdict in GOOD) == all(evidence)
    if verdict in GOOD:
        assert verdict is (Verdict.QUIET if inputs.state == 3 else Verdict.LIVE)
