"""Whether the stream is connected, degraded or disconnected: the one table that says so.

`disconnected`: the service does not run, or is not alive. `degraded`: it runs, but what comes is not the gateway's
stream. `connected`: it streams. Nothing here looks at quotes: a quiet night or a closed market changes no word, because
then the gateway is there and the feeder beats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from tickring.states import Connection, RunState

if TYPE_CHECKING:
    from tickring.reader import ReaderStatus

__all__ = ["StreamWord", "stream_word"]

StreamWord: TypeAlias = Literal["connected", "degraded", "disconnected"]

_OF_SUPERVISOR: dict[RunState, StreamWord] = {
    RunState.STARTING: "connected",  # it says nothing against the feeder
    RunState.RUNNING: "connected",
    RunState.DEGRADED: "degraded",
}
_OF_FEEDER: dict[RunState, StreamWord] = {
    RunState.STARTING: "degraded",
    RunState.RUNNING: "connected",
    RunState.DEGRADED: "degraded",
}
_OF_CONNECTION: dict[Connection, StreamWord] = {
    Connection.CONNECTED: "connected",
    Connection.SUSPECT: "degraded",
    Connection.CONNECTING: "degraded",
    Connection.DISCONNECTED: "degraded",
    Connection.UNKNOWN: "degraded",
}
_WORST_LAST: tuple[StreamWord, ...] = ("connected", "degraded", "disconnected")


def stream_word(status: ReaderStatus | None) -> StreamWord:
    """Return the worst of what the header says; a state that is not in the table is `disconnected`.

    `None` is no segment at all. A superseded segment, an epoch that no feeder has taken and a heartbeat beyond its
    limit are `disconnected`, whatever the lines say.
    """
    if (
        status is None
        or status.is_superseded
        or status.feeder_epoch != status.epoch
        or status.heartbeat_age_s > status.heartbeat_limit_s
    ):
        return "disconnected"
    words = (
        _OF_SUPERVISOR.get(status.supervisor_state, "disconnected"),
        _OF_FEEDER.get(status.feeder_state, "disconnected"),
        _OF_CONNECTION.get(status.connection, "disconnected"),
    )
    return max(words, key=_WORST_LAST.index)
