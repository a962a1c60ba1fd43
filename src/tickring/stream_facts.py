"""What is known of the stream at one moment, from the segment's header and the feeder's own status.

Flusher, supervisor and command line all take their facts here, so that they come to the same words
(`tickring.stream_words`).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tickring.states import Connection, RunState

if TYPE_CHECKING:
    from tickring.feeder_status import FeederStatus

__all__ = ["AT_WORK", "StreamFacts", "facts_from"]

AT_WORK = frozenset({RunState.STARTING, RunState.RUNNING, RunState.DEGRADED})
"""States in which a supervisor supervises and a feeder feeds."""


class StreamFacts(NamedTuple):
    """What is known of the stream at one moment. Ages and limits are in seconds; an age of `inf`: never."""

    is_run_on: bool
    """Between start and stop of a run."""
    supervisor_state: RunState
    """What the supervisor says of itself and its children. Never derived from these words: it would not recover."""
    feeder_state: RunState
    connection: Connection
    is_epoch_taken: bool
    """The feeder that the supervisor granted the present epoch to is the one that writes."""
    is_superseded: bool
    """A newer segment has replaced this one."""
    supervisor_heartbeat_age_s: float
    heartbeat_age_s: float
    """Of the feeder."""
    heartbeat_limit_s: float
    """For both heartbeats."""
    data_age_s: float
    """Since the newest price tick of any symbol; `inf`: none in this life of the feeder."""
    data_limit_s: float = 10.0
    """Without data for longer, in session time, the stream is `silent`."""
    in_session: bool | None = None
    """Whether any wanted symbol's market is open; None: not known, taken as open."""
    desired: int = 0
    """Symbols that shall be streamed."""
    confirmed: int = 0
    """Of those: a price tick of the running request has come."""
    on_fallback: int = 0
    """Of those: served from a snapshot or from history because their streams fail."""
    silent: int = 0
    """Of those: their market is open, and their stream says nothing for longer than it is used to."""
    degraded_share: float = 0.1
    """From this share of `desired` on, silence and fallback are the whole stream's matter."""
    rotated: int = 0
    """Of `desired`: served in turn by snapshots, because there are fewer market data lines than symbols."""


class _Header(Protocol):
    """What `facts_from` reads of `tickring.reader.ReaderStatus`."""

    @property
    def epoch(self) -> int: ...
    @property
    def feeder_epoch(self) -> int: ...
    @property
    def supervisor_state(self) -> RunState: ...
    @property
    def feeder_state(self) -> RunState: ...
    @property
    def connection(self) -> Connection: ...
    @property
    def is_superseded(self) -> bool: ...
    @property
    def supervisor_heartbeat_age_s(self) -> float: ...
    @property
    def heartbeat_age_s(self) -> float: ...
    @property
    def heartbeat_limit_s(self) -> float: ...


def facts_from(
    header: _Header | None,
    feeder: FeederStatus | None,
    *,
    is_run_on: bool | None = None,
    in_session: bool | None = None,
    data_limit_s: float = 10.0,
    now_mono_ns: int | None = None,
) -> StreamFacts | None:
    """Return the facts of now; None without a header, which is no segment at all.

    `feeder` counts only if it is of the header's present feeder: what an earlier life said is no fact. `is_run_on`
    None: as the supervisor's line says; `in_session` None: as the feeder says. `now_mono_ns` is CLOCK_MONOTONIC, by
    default read here.
    """
    if header is None:
        return None
    if feeder is not None and feeder.epoch != header.feeder_epoch:
        feeder = None
    last_data_ns = 0 if feeder is None else feeder.last_data_mono_ns
    now_ns = time.monotonic_ns() if now_mono_ns is None else now_mono_ns
    return StreamFacts(
        is_run_on=header.supervisor_state in AT_WORK if is_run_on is None else is_run_on,
        supervisor_state=header.supervisor_state,
        feeder_state=header.feeder_state,
        connection=header.connection,
        is_epoch_taken=header.feeder_epoch == header.epoch,
        is_superseded=header.is_superseded,
        supervisor_heartbeat_age_s=header.supervisor_heartbeat_age_s,
        heartbeat_age_s=header.heartbeat_age_s,
        heartbeat_limit_s=header.heartbeat_limit_s,
        data_age_s=max(0, now_ns - last_data_ns) / 1e9 if last_data_ns > 0 else float("inf"),
        data_limit_s=data_limit_s,
        in_session=feeder.in_session if in_session is None and feeder is not None else in_session,
        desired=0 if feeder is None else feeder.desired,
        confirmed=0 if feeder is None else feeder.confirmed,
        on_fallback=0 if feeder is None else len(feeder.fallback) - feeder.rotated_served,
        silent=0 if feeder is None else feeder.silent,
        degraded_share=0.1 if feeder is None else feeder.degraded_share,
        rotated=0 if feeder is None else feeder.rotated_served,
    )
