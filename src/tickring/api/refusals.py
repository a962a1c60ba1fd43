"""Which error of ours is which answer: status, code and what helps, in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tickring.errors import (
    ApiModeMismatch,
    ApiRefused,
    BadReply,
    ControlNotPermitted,
    DatabaseError,
    DatabaseOutdated,
    DatabaseTooNew,
    InvalidSymbol,
    PositionsNotFound,
    PositionsUnreadable,
    SegmentError,
    SegmentNotFound,
    SegmentNotReady,
    SupervisorNotRunning,
    SupervisorSilent,
    TickringError,
    UnknownProject,
)

if TYPE_CHECKING:
    from tickring.control.messages import Refusal

__all__ = ["refused", "refused_by_supervisor"]

_START_IT = "start the service: `systemctl start tickring`, or `tickring run`"
_ANSWERS: tuple[tuple[type[TickringError], int, str, str], ...] = (
    (SupervisorNotRunning, 503, "supervisor_not_running", _START_IT),
    (SupervisorSilent, 504, "supervisor_silent", "it may have been done: look at /api/ib/stream/status, then again"),
    (
        ControlNotPermitted,
        503,
        "supervisor_not_permitted",
        "run this service as the supervisor's user, or name a group of both in supervisor.control_group",
    ),
    (BadReply, 502, "supervisor_bad_reply", "use the same release of tickring for both"),
    (SegmentNotFound, 503, "segment_not_found", _START_IT),
    (SegmentNotReady, 503, "segment_not_ready", "it is being made: ask again"),
    (ApiModeMismatch, 503, "api_mode_mismatch", "set stream.api_mode of this service to that of the feed"),
    (SegmentError, 503, "segment_unusable", "see the message"),
    (DatabaseOutdated, 503, "database_outdated", "`tickring db upgrade`"),
    (DatabaseTooNew, 503, "database_too_new", "install the release that wrote it"),
    (DatabaseError, 503, "database_unavailable", "look whether it runs (database.url); quotes do not need it"),
    (InvalidSymbol, 422, "invalid_symbol", "take a symbol as it is streamed: SPY, 'BRK B', EUR.USD"),
    (UnknownProject, 404, "unknown_project", "see /api/projects"),
    (PositionsNotFound, 404, "positions_not_found", "the planner or the broker's adapter tells them: start it"),
    (PositionsUnreadable, 503, "positions_unreadable", "their writer's next write replaces the file"),
)
"""The first class that fits counts."""
_STATUS_OF_REFUSAL = {
    "ib_stream_lock_busy": 409,
    "bad_request": 422,
    "not_permitted": 503,
    "lock_unusable": 503,
    "no_run": 409,
    "unknown_child": 404,
    "wrong_configuration": 409,
    "not_mock": 409,
    "no_simulator": 409,
}


def refused(error: TickringError) -> ApiRefused:
    """Return the answer that an error is."""
    if isinstance(error, ApiRefused):
        return error
    for kind, status, code, next_step in _ANSWERS:
        if isinstance(error, kind):
            return ApiRefused(status, code, str(error), next_step)
    return ApiRefused(500, "internal_error", str(error), "the service's log has more")


def refused_by_supervisor(refusal: Refusal) -> ApiRefused:
    """Return the answer that a refusal of the supervisor is; 502 for one that this release does not know."""
    holder = None if refusal.holder is None else msgspec.to_builtins(refusal.holder)
    return ApiRefused(
        _STATUS_OF_REFUSAL.get(refusal.code, 502),
        refusal.code,
        refusal.message,
        refusal.next_step,
        {} if holder is None else {"holder": holder},
    )
