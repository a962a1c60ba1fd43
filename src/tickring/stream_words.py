"""What the stream is, in the words of all three vocabularies: the one table that says so.

`connected` / `degraded` / `disconnected`, `STREAM` / `POLL` and `running` / `stale` / `not_running` are columns of one
table, so they never contradict each other. The first row whose condition holds counts; docs/states.md shows the same
table, and a test holds the two against each other. Pure: whoever asks (flusher, supervisor, command line) brings the
facts of `tickring.stream_facts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from tickring.states import Connection, RunState
from tickring.stream_facts import AT_WORK

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.stream_facts import StreamFacts

__all__ = [
    "HealthWord",
    "ModeWord",
    "StateWord",
    "StatusWord",
    "StreamWords",
    "all_stream_words",
    "stream_words",
]

StateWord: TypeAlias = Literal[
    "not_running",
    "failed",
    "stopped",
    "service_lost",
    "starting",
    "feeder_lost",
    "gateway_suspect",
    "connecting",
    "gateway_lost",
    "idle",
    "impaired",
    "closed",
    "fallback",
    "subscribing",
    "silent",
    "mixed",
    "partial",
    "streaming",
]
StatusWord: TypeAlias = Literal["connected", "degraded", "disconnected"]
ModeWord: TypeAlias = Literal["STREAM", "POLL"]
HealthWord: TypeAlias = Literal["running", "stale", "not_running"]


class StreamWords(NamedTuple):
    """One row of the table."""

    state: StateWord
    status: StatusWord
    mode: ModeWord
    health: HealthWord
    code: str
    """A stable word for programs; tells rows of the same state apart."""
    cause: str
    """In words."""


def stream_words(facts: StreamFacts | None) -> StreamWords:
    """Return the row of the table that the facts fall under. None is no segment."""
    if facts is None:
        return _NO_SEGMENT
    return next((words for holds, words in _TABLE if holds(facts)), _STREAMING)


def all_stream_words() -> tuple[StreamWords, ...]:
    """Return every row of the table in its order."""
    return (_NO_SEGMENT, *(words for _, words in _TABLE), _STREAMING)


# ---- conditions: a comparison with an age that is not a number is never a good sign ----


def _is_feeder_lost(facts: StreamFacts) -> bool:
    is_beating = facts.heartbeat_age_s <= facts.heartbeat_limit_s
    return not (is_beating and facts.is_epoch_taken and facts.feeder_state in AT_WORK)


def _is_supervisor_silent(facts: StreamFacts) -> bool:
    return not facts.supervisor_heartbeat_age_s <= facts.heartbeat_limit_s


def _says_degraded(facts: StreamFacts) -> bool:
    return RunState.DEGRADED in {facts.supervisor_state, facts.feeder_state}


def _is_served_by_fallback(facts: StreamFacts) -> bool:
    return facts.confirmed <= 0 < max(facts.on_fallback, facts.rotated)


def _is_much(count: int, facts: StreamFacts) -> bool:
    return count > 0 and not count < facts.degraded_share * facts.desired


def _is_closed(facts: StreamFacts) -> bool:
    return facts.in_session is False


# ---- the table ----

_NO_SEGMENT = StreamWords(
    "not_running", "disconnected", "STREAM", "not_running", "no_segment", "there is no segment: nothing runs here"
)
_STREAMING = StreamWords("streaming", "connected", "STREAM", "running", "streaming", "every wanted symbol streams")

_TABLE: tuple[tuple[Callable[[StreamFacts], bool], StreamWords], ...] = (
    (
        lambda facts: facts.is_superseded,
        StreamWords(
            *("not_running", "disconnected", "STREAM", "not_running", "superseded"),
            "a newer segment has replaced this one",
        ),
    ),
    (
        lambda facts: facts.supervisor_state is RunState.FAILED,
        StreamWords("failed", "disconnected", "STREAM", "not_running", "failed", "the supervisor has given up"),
    ),
    (
        lambda facts: not facts.is_run_on or facts.supervisor_state not in AT_WORK,
        StreamWords("stopped", "disconnected", "STREAM", "not_running", "stopped", "no run is on"),
    ),
    (
        lambda facts: _is_feeder_lost(facts) and _is_supervisor_silent(facts),
        StreamWords(
            *("service_lost", "disconnected", "STREAM", "not_running", "service_lost"),
            "neither the feeder nor the supervisor beats",
        ),
    ),
    (
        lambda facts: _is_feeder_lost(facts) and facts.supervisor_state is RunState.STARTING,
        StreamWords("starting", "degraded", "STREAM", "running", "starting", "the feeder is being started"),
    ),
    (
        _is_feeder_lost,
        StreamWords(
            *("feeder_lost", "degraded", "STREAM", "stale", "feeder_lost"),
            "the feeder does not beat; the supervisor is at work",
        ),
    ),
    (
        lambda facts: facts.feeder_state is RunState.STARTING,
        StreamWords("starting", "degraded", "STREAM", "running", "feeder_starting", "the feeder has just started"),
    ),
    (
        lambda facts: facts.connection is Connection.SUSPECT,
        StreamWords(
            *("gateway_suspect", "degraded", "STREAM", "stale", "gateway_suspect"),
            "the gateway has lost its own connection, or does not answer",
        ),
    ),
    (
        lambda facts: facts.connection is not Connection.CONNECTED and facts.data_age_s == float("inf"),
        StreamWords(
            *("connecting", "degraded", "STREAM", "running", "connecting"),
            "the feeder is not connected to its gateway yet",
        ),
    ),
    (
        lambda facts: facts.connection is not Connection.CONNECTED,
        StreamWords(
            *("gateway_lost", "degraded", "STREAM", "stale", "gateway_lost"),
            "the feeder has lost its gateway",
        ),
    ),
    (
        lambda facts: facts.desired <= 0,
        StreamWords("idle", "degraded", "STREAM", "running", "idle", "no symbol is wanted"),
    ),
    (
        lambda facts: _is_closed(facts) and _says_degraded(facts),
        StreamWords(
            *("impaired", "degraded", "STREAM", "running", "impaired_closed"),
            "a part of the service does not run; the market is closed",
        ),
    ),
    (
        lambda facts: _is_closed(facts) and _is_served_by_fallback(facts),
        StreamWords(
            *("closed", "connected", "POLL", "running", "closed_fallback"),
            "the market is closed; values are from snapshots or history",
        ),
    ),
    (
        _is_closed,
        StreamWords("closed", "connected", "STREAM", "running", "closed", "the market is closed"),
    ),
    (
        _is_served_by_fallback,
        StreamWords(
            *("fallback", "degraded", "POLL", "running", "fallback"),
            "no symbol streams; values are from snapshots or history",
        ),
    ),
    (
        lambda facts: facts.confirmed <= 0,
        StreamWords("subscribing", "degraded", "STREAM", "running", "subscribing", "no symbol has proved itself yet"),
    ),
    (
        lambda facts: not facts.data_age_s <= facts.data_limit_s,
        StreamWords(
            *("silent", "degraded", "STREAM", "stale", "no_data"),
            "no price of any symbol within the limit, though the market is open",
        ),
    ),
    (
        _says_degraded,
        StreamWords(
            *("impaired", "degraded", "STREAM", "running", "impaired"),
            "a part of the service does not run; the stream does",
        ),
    ),
    (
        lambda facts: _is_much(facts.on_fallback, facts),
        StreamWords(
            *("mixed", "degraded", "STREAM", "running", "fallback_in_use"),
            "some symbols stream, others are served from snapshots or history",
        ),
    ),
    (
        lambda facts: _is_much(facts.silent, facts),
        StreamWords(
            *("mixed", "degraded", "STREAM", "running", "much_silent"),
            "many symbols have no data, though their markets are open",
        ),
    ),
    (
        lambda facts: facts.on_fallback > 0,
        StreamWords(
            *("mixed", "connected", "STREAM", "running", "few_on_fallback"),
            "most symbols stream, a few are served from snapshots or history",
        ),
    ),
    (
        lambda facts: facts.silent > 0,
        StreamWords(
            *("partial", "connected", "STREAM", "running", "few_silent"),
            "a few symbols have no data, though their markets are open",
        ),
    ),
    (
        lambda facts: facts.confirmed + max(0, facts.rotated) < facts.desired,
        StreamWords(
            *("partial", "connected", "STREAM", "running", "partial"),
            "some symbols have not proved themselves yet",
        ),
    ),
    (
        lambda facts: facts.rotated > 0,
        StreamWords(
            *("mixed", "connected", "STREAM", "running", "rotated"),
            "there are fewer market data lines than symbols; those without one are served by snapshots in turn",
        ),
    ),
)
"""Checked from the top; below the last row stands `_STREAMING`."""
