"""Where a server's message carries the id of the request that it answers.

Only the id is looked at, so that a replay need not understand the rest of a message. Source of the places: the decoders
of ibapi 9.81.1 and 10.51.1; in every protobuf reply that has one, the request id is field 1.
"""

from tickring.simulator.wire import versions
from tickring.simulator.wire.message_ids import PROTOBUF_OFFSET, ReplyId
from tickring.simulator.wire.protobuf_fields import ProtobufReader, int_field

__all__ = ["reply_id", "request_id_of", "with_request_id"]

_AFTER_A_VERSION = frozenset({1, 2, 12, 13, 20, 45, 46, 47, 50, 51, 52, 55, 56, 57, 58, 63, 64, 71, 72, 73, 74})
_AT_ONCE = frozenset(
    {11, 17, 21, 75, 76, 77, 79, 81, 82, 83, 84, 86, 87, 88, 89, 90, 91, 92, 94, 95, 96, 97, 98, 99, 106, 107, 108}
)
_CONTRACTS = frozenset({10, 18})
_FIELD_1 = b"\x08"  # the key of a varint; writers put fields in the order of their numbers, so it comes first
_WITH_ID = _AFTER_A_VERSION | _AT_ONCE | _CONTRACTS | {ReplyId.ERROR}


def reply_id(payload: bytes, server_version: int) -> int:
    """Return the number of a server's message, without what marks protobuf; -1 for what is no message."""
    if server_version >= versions.PROTOBUF:
        number = int.from_bytes(payload[:4], "big")
        return number - PROTOBUF_OFFSET if number > PROTOBUF_OFFSET else number
    first = payload.partition(b"\0")[0]
    return int(first) if first.isdigit() else -1


def request_id_of(payload: bytes, server_version: int) -> int | None:
    """Return the request id that a server's message carries; None when it has none or says "no request" (-1)."""
    message_id = reply_id(payload, server_version)
    if message_id not in _WITH_ID:
        return None
    try:
        if _is_protobuf(payload, server_version):
            if payload[4:5] != _FIELD_1:
                return None
            found = ProtobufReader(payload[4:]).integer(1, "reqId", unset=-1)
        else:
            found = int(_text_fields(payload, server_version)[1][_place(message_id, server_version)])
    except (ValueError, IndexError):
        return None
    return found if found >= 0 else None


def with_request_id(payload: bytes, server_version: int, request_id: int) -> bytes:
    """Return a message that `request_id_of` found an id in, with another id in its place."""
    if _is_protobuf(payload, server_version):
        body = payload[4:]
        last = next(at for at in range(1, len(body)) if body[at] < 0x80)  # byte of the old id
        return payload[:4] + int_field(1, request_id) + body[last + 1 :]
    head, fields = _text_fields(payload, server_version)
    fields[_place(reply_id(payload, server_version), server_version)] = b"%d" % request_id
    return head + b"\0".join(fields)


def _is_protobuf(payload: bytes, server_version: int) -> bool:
    return server_version >= versions.PROTOBUF and int.from_bytes(payload[:4], "big") > PROTOBUF_OFFSET


def _text_fields(payload: bytes, server_version: int) -> tuple[bytes, list[bytes]]:
    """The message id as it stands, and the fields after it."""
    if server_version >= versions.PROTOBUF:
        return payload[:4], payload[4:].split(b"\0")
    first, _, body = payload.partition(b"\0")
    return first + b"\0", body.split(b"\0")


def _place(message_id: int, server_version: int) -> int:
    if message_id in _AFTER_A_VERSION:
        return 1
    if message_id in _CONTRACTS:
        return 1 if server_version < versions.SIZE_RULES else 0
    if message_id == ReplyId.ERROR:
        return 1 if server_version < versions.ERROR_TIME else 0
    return 0
