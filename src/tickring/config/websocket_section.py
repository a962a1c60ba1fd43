"""The WebSocket's section of the configuration: how often clients are told, and how long a slow one is waited for."""

from typing import Annotated

import msgspec

from tickring.config.section import Seconds, Section

__all__ = ["WebSocketConfig"]


class WebSocketConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The WebSocket of the HTTP service."""

    window_s: Annotated[float, msgspec.Meta(ge=0.001, le=60)] = 0.1
    """At most one update per symbol in this time; the newest is always delivered."""
    gather_s: Annotated[float, msgspec.Meta(ge=0, le=0.05)] = 0.002
    """After news the segment is left alone for so long, so that ticks of one moment are taken together."""
    batch_s: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.05
    """A client that asked for batches is sent one in this time; more than 256 symbols are several messages."""
    rejudge_s: Annotated[float, msgspec.Meta(gt=0, le=0.5)] = 0.25
    """Every subscribed symbol's verdict is looked at this often, also when no tick comes."""
    status_s: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    """The stream's status is sent this often, and at once when it changes."""
    supervisor_s: Seconds = 1.0
    """The supervisor is asked for what has happened this often."""
    events_within_s: Seconds = 2.0
    """Status and positions of orders that say nothing new are left out for so long."""
    clients_max: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 200
    """Clients at a time; who comes later is closed with 4409."""
    symbols_max: Annotated[int, msgspec.Meta(ge=1, le=1 << 20)] = 10_000
    """Symbols that one client may name; `*` is all there are."""
    message_limit_bytes: Annotated[int, msgspec.Meta(ge=1024, le=1 << 24)] = 1 << 20
    """A client's message may be so long."""
    mailbox_bytes: Annotated[int, msgspec.Meta(ge=16_384, le=1 << 28)] = 1 << 20
    """Events and answers that may wait for one client, beside one place per symbol. Beyond it: closed with 4408."""
    send_buffer_bytes: Annotated[int, msgspec.Meta(ge=4096, le=1 << 24)] = 1 << 17
    """What the kernel may hold for one client; the less, the sooner a client that does not read is noticed."""
    stuck_s: Seconds = 5.0
    """A client that takes nothing for so long is closed with 4408."""
    close_s: Seconds = 5.0
    """So long it has to read why, then the connection is cut."""
    ping_s: Seconds = 5.0
    """A client is pinged this often, and has as long to answer."""
    quote_cache_symbols: Annotated[int, msgspec.Meta(ge=1, le=1 << 20)] = 10_000
    """Symbols whose last update is kept encoded; others are encoded again for each client."""
