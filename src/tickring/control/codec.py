"""Payloads to messages and back: JSON, so that a control connection can be read with strace and written by hand.

A request is taken apart in two steps, envelope and body, so that one with an unknown body or of another version is
still answered under its own id.
"""

from __future__ import annotations

from typing import Any, Final, cast, get_args

import msgspec

from tickring.control.messages import PROTOCOL_VERSION, Reply, Request, RequestBody
from tickring.errors import BadReply, BadRequest
from tickring.json_faults import JSON_FAULTS

__all__ = ["decode_reply", "decode_request", "encode_reply", "encode_request"]

_SHOWN_CHARACTERS: Final = 80
_KINDS: Final = tuple(cast("str", body.__struct_config__.tag) for body in get_args(RequestBody))


class _Envelope(msgspec.Struct, frozen=True):
    id: int
    body: msgspec.Raw
    version: int = PROTOCOL_VERSION


class _Version(msgspec.Struct, frozen=True):
    version: int = PROTOCOL_VERSION


class _Kind(msgspec.Struct, frozen=True):
    type: str


_ENVELOPES = msgspec.json.Decoder(_Envelope)
_REPLY_VERSIONS = msgspec.json.Decoder(_Version)
_BODIES: msgspec.json.Decoder[RequestBody] = msgspec.json.Decoder(cast("Any", RequestBody))
_REPLIES = msgspec.json.Decoder(Reply)


def encode_request(request: Request) -> bytes:
    """Return the payload of a frame."""
    return msgspec.json.encode(request)


def decode_request(payload: bytes) -> Request:
    """Return the request of a frame's payload.

    Raises:
        BadRequest: names the value and the rule it breaks; its `id` is the request's where that could be read.
    """
    try:
        envelope = _ENVELOPES.decode(payload)
    except JSON_FAULTS as error:
        raise BadRequest(f'{_shown(payload)} is not {{"id": NUMBER, "body": {{...}}}} in JSON: {error}') from None
    if envelope.version != PROTOCOL_VERSION:
        raise BadRequest(
            f"version is {envelope.version}, must be {PROTOCOL_VERSION} here: use the same release of tickring",
            id=envelope.id,
        )
    try:
        kind = msgspec.json.decode(envelope.body, type=_Kind).type
        if kind not in _KINDS:
            raise BadRequest(f"body.type is {_shown(kind)}, must be one of {', '.join(_KINDS)}", id=envelope.id)
        return Request(envelope.id, _BODIES.decode(envelope.body))
    except JSON_FAULTS as error:
        raise BadRequest(f"body is {_shown(bytes(envelope.body))}: {error}", id=envelope.id) from None


def encode_reply(reply: Reply) -> bytes:
    """Return the payload of a frame."""
    return msgspec.json.encode(reply)


def decode_reply(payload: bytes) -> Reply:
    """Return the reply of a frame's payload.

    Raises:
        BadReply: it is none that this release knows.
    """
    try:
        version = _REPLY_VERSIONS.decode(payload).version
        if version != PROTOCOL_VERSION:
            raise BadReply(f"its version is {version}, this client speaks {PROTOCOL_VERSION}: use the same release")
        return _REPLIES.decode(payload)
    except JSON_FAULTS as error:
        raise BadReply(f"{_shown(payload)}: {error}") from None


def _shown(value: bytes | str) -> str:
    text = value.decode(errors="replace") if isinstance(value, bytes) else value
    return repr(text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}...")
