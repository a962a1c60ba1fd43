"""The stream's state over time: one numbered transition for each change, with its cause, and the time in the state."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.states import Connection, RunState
from tickring.stream_facts import StreamFacts
from tickring.stream_words import stream_words
from tickring.supervisor.stream_machine import StreamMachine

NEVER = float("inf")
STREAMING = StreamFacts(
    is_run_on=True,
    supervisor_state=RunState.RUNNING,
    feeder_state=RunState.RUNNING,
    connection=Connection.CONNECTED,
    is_epoch_taken=True,
    is_superseded=False,
    supervisor_heartbeat_age_s=0.1,
    heartbeat_age_s=0.1,
    heartbeat_limit_s=1.0,
    data_age_s=0.5,
    desired=1,
    confirmed=1,
)
LIFE: dict[str, StreamFacts | None] = {
    "no segment": None,
    "starting": STREAMING._replace(
        supervisor_state=RunState.STARTING, feeder_state=RunState.UNKNOWN, heartbeat_age_s=NEVER, is_epoch_taken=False
    ),
    "connecting": STREAMING._replace(connection=Connection.CONNECTING, data_age_s=NEVER, desired=0, confirmed=0),
    "subscribing": STREAMING._replace(confirmed=0, data_age_s=NEVER),
    "streaming": STREAMING,
    "streaming, another tick": STREAMING._replace(data_age_s=0.1, heartbeat_age_s=0.05),
    "silent": STREAMING._replace(data_age_s=11.0),
    "fallback": STREAMING._replace(confirmed=0, on_fallback=1),
    "gateway lost": STREAMING._replace(connection=Connection.DISCONNECTED),
    "feeder lost": STREAMING._replace(heartbeat_age_s=1.5),
    "stopped": STREAMING._replace(is_run_on=False),
}
"""What a stream goes through."""


def iso(now_s: float) -> str:
    """A time as text, for these tests."""
    return f"T{now_s:g}"


def test_before_anything_is_seen_nothing_runs() -> None:
    """And there is no transition yet."""
    report = StreamMachine().report(5.0)
    assert (report.state, report.status, report.health) == ("not_running", "disconnected", "not_running")
    assert (report.since, report.since_s, report.transitions) == ("", 0.0, ())


def test_the_first_look_is_a_transition_whatever_it_finds() -> None:
    """From then on there is a time since when it is so."""
    machine = StreamMachine()
    first = machine.observe(None, now_s=10.0, at_iso="T10")
    assert first is not None
    assert (first.sequence, first.at, first.state, first.code) == (1, "T10", "not_running", "no_segment")
    report = machine.report(12.5)
    assert (report.since, report.since_s, report.transitions) == ("T10", 2.5, (first,))


def test_a_restart_leaves_its_trace() -> None:
    """Feeder lost, started, connecting, back on fallback, streaming: each with time, number, cause and code."""
    machine = StreamMachine()
    machine.observe(STREAMING, now_s=0.0, at_iso="T0")
    steps = [LIFE[name] for name in ("feeder lost", "starting", "connecting", "subscribing", "fallback", "streaming")]
    for number, facts in enumerate(steps, 1):
        machine.observe(facts, now_s=number / 2, at_iso=iso(number / 2))
    report = machine.report(4.0)
    assert [one.state for one in report.transitions] == [
        *("streaming", "feeder_lost", "starting", "connecting", "subscribing", "fallback", "streaming"),
    ]
    assert [one.sequence for one in report.transitions] == [1, 2, 3, 4, 5, 6, 7]
    assert [one.at for one in report.transitions] == [iso(number / 2) for number in range(7)]
    assert (report.since, report.since_s) == ("T3", 1.0)
    assert all(one.cause and one.code for one in report.transitions)


def test_what_the_caller_knows_is_in_the_cause() -> None:
    """Behind the table's own words; the code is the caller's, for this transition only."""
    machine = StreamMachine()
    lost = machine.observe(
        LIFE["feeder lost"], now_s=0.0, at_iso="T0", cause_hint="ended by SIGKILL, out of memory?", code="feeder_killed"
    )
    assert lost is not None
    assert lost.cause == f"{stream_words(LIFE['feeder lost']).cause}: ended by SIGKILL, out of memory?"
    assert lost.code == "feeder_killed"
    report = machine.report(1.0)
    assert (report.cause, report.code) == (lost.cause, lost.code)
    assert machine.observe(LIFE["feeder lost"], now_s=1.0, at_iso="T1", cause_hint="again", code="x") is None
    assert machine.report(1.0).cause == lost.cause
    back = machine.observe(STREAMING, now_s=2.0, at_iso="T2")
    assert back is not None
    assert (back.cause, back.code) == (stream_words(STREAMING).cause, "streaming")


def test_a_change_of_mode_within_a_state_is_told() -> None:
    """A closed market served by the stream, then by fallback: the word `closed` stays, the mode does not."""
    machine = StreamMachine()
    closed = STREAMING._replace(in_session=False)
    assert machine.observe(closed, now_s=0.0, at_iso="T0") is not None
    moved = machine.observe(closed._replace(confirmed=0, on_fallback=1), now_s=1.0, at_iso="T1")
    assert moved is not None
    assert (moved.state, moved.code, machine.report(1.0).mode) == ("closed", "closed_fallback", "POLL")


def test_the_newest_transitions_are_kept() -> None:
    """As many as asked for; the numbers go on."""
    machine = StreamMachine(history=3)
    for number in range(10):
        machine.observe(STREAMING if number % 2 else None, now_s=float(number), at_iso=iso(number))
    assert [one.sequence for one in machine.report(9.0).transitions] == [8, 9, 10]
    with pytest.raises(ValueError, match="history is 0"):
        StreamMachine(history=0)


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(sorted(LIFE)), st.floats(0, 100), st.sampled_from(["", "hint"])), max_size=40
    ),
    history=st.integers(1, 8),
)
def test_transitions_are_the_changes_and_nothing_else(steps: list[tuple[str, float, str]], history: int) -> None:
    """Whatever happens: one where another row holds, none where the same does; the report is of the last look."""
    machine = StreamMachine(history=history)
    now_s, entered_s, before = 0.0, 0.0, None
    made: list[object] = []
    for name, pause_s, hint in steps:
        now_s += pause_s
        words = stream_words(LIFE[name])
        transition = machine.observe(LIFE[name], now_s=now_s, at_iso=iso(now_s), cause_hint=hint)
        assert (transition is not None) == (words != before)
        if transition is not None:
            made.append(transition)
            entered_s = now_s
            assert transition.sequence == len(made)
            assert (transition.state, transition.status) == (words.state, words.status)
            assert transition.cause.startswith(words.cause)
        before = words
        report = machine.report(now_s)
        assert (report.state, report.status, report.mode, report.health) == words[:4]
        assert report.since_s == pytest.approx(now_s - entered_s)
        assert report.transitions == tuple(made[-history:])
        assert machine.words == words
