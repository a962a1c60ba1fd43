"""What a captured connection becomes: groups of replies, each waiting for the request that they answered.

Two requests are the same when message and contract are the same, and all else but the request id, the generic ticks, a
history's end and the client id; the second one like it in the capture answers the client's second one. Replies without
a request id belong to the newest request of their family before them (positions, account updates, open orders, ...),
and where there is none, to the start of the session.
"""

from typing import Any, NamedTuple

import msgspec

from tickring.simulator.control.capture import BadCapture, CaptureFrame
from tickring.simulator.control.reply_ids import reply_id, request_id_of
from tickring.simulator.wire.decode_requests import BadRequest, decode_request
from tickring.simulator.wire.requests import CancelHistoricalData, CancelMktData, NamedRequest, Request, StartApi

__all__ = ["CapturedReply", "ReplayPlan", "ReplyGroup", "RequestKey", "is_cancel", "key_of", "plans_of"]

RequestKey = tuple[Any, ...]

_LEFT_OUT = frozenset({"req_id", "generic_ticks", "end", "client_id", "capabilities"})
_ORDERS = ("open_orders", "all_open_orders", "auto_open_orders")
_FAMILIES: dict[int, tuple[str, ...]] = {
    3: _ORDERS,
    5: _ORDERS,
    53: _ORDERS,
    6: ("ReqAccountUpdates",),
    7: ("ReqAccountUpdates",),
    8: ("ReqAccountUpdates",),
    54: ("ReqAccountUpdates",),
    9: ("ReqIds",),
    15: ("managed_accounts",),
    49: ("current_time",),
    61: ("positions",),
    62: ("positions",),
    101: ("completed_orders",),
    102: ("completed_orders",),
    109: ("current_time_in_millis",),
}
"""Reply ids without a request id, and the names of the requests that bring them."""


class CapturedReply(NamedTuple):
    """One payload and how long after its request it came; the captured request id where it carries one."""

    after_s: float
    payload: bytes
    request_id: int | None


class ReplyGroup(msgspec.Struct):
    """What one captured request brought, in order."""

    key: RequestKey
    t_s: float
    request_id: int | None
    replies: list[CapturedReply] = []  # msgspec copies it


class ReplayPlan(msgspec.Struct):
    """One captured connection. `hello` is the server's answer to the client's hello."""

    connection: int
    server_version: int
    hello: bytes
    groups: list[ReplyGroup]


def is_cancel(request: Request) -> bool:
    """Whether a request ends another one, by its id, and is not answered."""
    if isinstance(request, NamedRequest):
        return request.name.startswith("cancel_")
    return isinstance(request, CancelMktData | CancelHistoricalData)


def key_of(request: Request) -> RequestKey:
    """What is the same in two requests that ask for the same."""
    names = [name for name in request.__struct_fields__ if name not in _LEFT_OUT]
    return (type(request).__name__, *(getattr(request, name) for name in names))


def plans_of(frames: list[CaptureFrame]) -> list[ReplayPlan]:
    """Return the plan of every connection of a capture that got as far as startApi, in order.

    Raises:
        BadCapture: there is none.
    """
    by_connection: dict[int, list[CaptureFrame]] = {}
    for frame in frames:
        by_connection.setdefault(frame.connection, []).append(frame)
    plans = [plan for connection in by_connection.values() if (plan := _plan(connection)) is not None]
    if not plans:
        raise BadCapture("the capture holds no session: no connection has a startApi")
    return plans


def _plan(frames: list[CaptureFrame]) -> ReplayPlan | None:
    hello = next((frame for frame in frames if frame.direction == "server"), None)
    if hello is None:
        return None
    plan = ReplayPlan(frames[0].connection, hello.server_version, hello.payload, [])
    start: ReplyGroup | None = None
    by_id: dict[int, ReplyGroup] = {}
    by_name: dict[str, ReplyGroup] = {}
    for frame in frames[frames.index(hello) + 1 :]:
        if frame.direction == "client":
            group = _group(frame)
            if group is None:
                continue
            plan.groups.append(group)
            by_name[_name(group.key)] = group
            if group.request_id is not None:
                by_id[group.request_id] = group
            if start is None and group.key[0] == StartApi.__name__:
                start = group
        elif start is not None:
            request_id = request_id_of(frame.payload, frame.server_version)
            group = by_id.get(request_id) if request_id is not None else None
            if group is None:
                names = _FAMILIES.get(reply_id(frame.payload, frame.server_version), ())
                candidates = [by_name[name] for name in names if name in by_name]
                group = max(candidates, key=lambda candidate: candidate.t_s, default=start)
                request_id = None
            group.replies.append(CapturedReply(frame.t_s - group.t_s, frame.payload, request_id))
    return plan if start is not None else None


def _group(frame: CaptureFrame) -> ReplyGroup | None:
    try:
        request = decode_request(frame.payload, frame.server_version)
    except BadRequest:
        return None  # whatever it was, no client will be found to send the same
    if is_cancel(request):
        return None
    return ReplyGroup(key_of(request), frame.t_s, getattr(request, "req_id", None))


def _name(key: RequestKey) -> str:
    return str(key[1]) if key[0] == NamedRequest.__name__ else str(key[0])
