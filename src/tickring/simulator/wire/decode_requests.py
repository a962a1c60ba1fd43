"""From the payload of a client's frame to what it asks for."""

import re

from tickring.simulator.wire import versions
from tickring.simulator.wire.field_error import BadField
from tickring.simulator.wire.message_ids import PROTOBUF_OFFSET
from tickring.simulator.wire.protobuf_fields import ProtobufReader
from tickring.simulator.wire.protobuf_requests import decode_protobuf_request
from tickring.simulator.wire.requests import Request
from tickring.simulator.wire.text_fields import TextReader
from tickring.simulator.wire.text_requests import TEXT_REQUESTS
from tickring.simulator.wire.unserved_requests import unknown_text_request

__all__ = ["BadRequest", "decode_request"]

_TEXT_ID = re.compile(rb"[0-9]{1,9}")


class BadRequest(ValueError):
    """A request that cannot be read. `req_id` is its own id or its order's, None when it has none or it is lost."""

    def __init__(self, message: str, req_id: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.req_id = req_id


def decode_request(payload: bytes, server_version: int) -> Request:
    """Return what the payload of one frame asks for; an UnknownRequest when the simulator does not serve it.

    Up to version 200 message ids are text; from 201 on they are raw 4-byte integers, and one above 200 says that the
    body is protobuf.

    Raises:
        BadRequest: the payload is no request; it was read in time linear in its length.
    """
    if server_version >= versions.PROTOBUF:
        if len(payload) < 4:
            raise BadRequest(f"a message of {len(payload)} bytes has no 4-byte message id")
        message_id, body = int.from_bytes(payload[:4], "big"), payload[4:]
        if message_id > PROTOBUF_OFFSET:
            return _decode_protobuf(message_id - PROTOBUF_OFFSET, body)
    else:
        first, separator, body = payload.partition(b"\0")
        if not separator or not _TEXT_ID.fullmatch(first):
            raise BadRequest(f"a message starts with {first[:32]!r}, expected a message id in decimal and a NUL")
        message_id = int(first)
    return _decode_text(message_id, body, server_version)


def _decode_text(message_id: int, body: bytes, server_version: int) -> Request:
    fields = TextReader(body)
    decoder = TEXT_REQUESTS.get(message_id)
    if decoder is None:
        return unknown_text_request(message_id, fields)
    try:
        return decoder(fields, server_version)
    except BadField as error:
        raise BadRequest(f"message {message_id}: {error}", fields.request_id) from error


def _decode_protobuf(message_id: int, body: bytes) -> Request:
    fields: ProtobufReader | None = None
    try:
        fields = ProtobufReader(body)
        return decode_protobuf_request(message_id, fields)
    except BadField as error:
        raise BadRequest(f"message {message_id}: {error}", fields.request_id if fields else None) from error
