"""Requests the simulator does not serve: where their id stands, so that the refusal names it.

Source: `client.py` of ibapi 9.81.1 and 10.51.1.
"""

from tickring.simulator.wire.field_error import BadField
from tickring.simulator.wire.protobuf_fields import ProtobufReader
from tickring.simulator.wire.requests import UnknownRequest
from tickring.simulator.wire.text_fields import TextReader

__all__ = ["unknown_protobuf_request", "unknown_text_request"]

# Depth, scanner, real-time bars, fundamentals, option calculations, display groups, positions of models.
_ID_AFTER_VERSION = frozenset({10, 11, 21, 23, 50, 51, 52, 53, 54, 55, 56, 57, 67, 68, 69, 70, 74, 75})
# Scanner, option parameters, soft dollars, components, news, histograms, PnL, historical and single ticks, calendar.
_ID_FIRST = frozenset({22, 78, 79, 83, 84, 86, 88, 89, 92, 93, 94, 95, 96, 97, 98, 100, 101, 102, 103, 104, 107, 108})


def unknown_text_request(message_id: int, fields: TextReader) -> UnknownRequest:
    """The request with its id, as far as that can be found."""
    try:
        if message_id in _ID_AFTER_VERSION:
            fields.skip(1, "version")
        if message_id in _ID_AFTER_VERSION or message_id in _ID_FIRST:
            fields.read_request_id()
    except BadField:
        return UnknownRequest(message_id=message_id)  # refused anyway, then without an id
    return UnknownRequest(message_id=message_id, req_id=fields.request_id)


def unknown_protobuf_request(message_id: int, fields: ProtobufReader) -> UnknownRequest:
    """The request with its id, which is field 1 wherever there is one."""
    try:
        if message_id in _ID_AFTER_VERSION or message_id in _ID_FIRST:
            fields.read_request_id()
    except BadField:
        return UnknownRequest(message_id=message_id)  # refused anyway, then without an id
    return UnknownRequest(message_id=message_id, req_id=fields.request_id)
