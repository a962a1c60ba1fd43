"""Bytes that no gateway should send, and that some day it does.

Each goes to every client that is ready, in a write of its own, between whole messages.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tickring.simulator.control.lines import CommandRefused
from tickring.simulator.gateway import tick_numbers as tick
from tickring.simulator.wire.replies import CurrentTime

if TYPE_CHECKING:
    from tickring.simulator.gateway.client_session import ClientSession
    from tickring.simulator.gateway.ticks import Said
    from tickring.simulator.gateway.world import World

__all__ = [
    "send_absurd_length",
    "send_bad_number",
    "send_exactly_4096",
    "send_garbage",
    "send_half_a_message",
    "send_unknown_message",
]

_READ_BYTES = 4096  # what ibapi reads at once


def _ready(world: World) -> list[ClientSession]:
    return [client for client in world.clients if client.state == "ready"]


def send_garbage(world: World, count: int) -> int:
    """Send random bytes, the same for the same seed; return to how many clients."""
    clients = _ready(world)
    data = random.Random(f"garbage {world.settings.seed} {count}").randbytes(count)
    for client in clients:
        client.send_raw(data)
    return len(clients)


def send_absurd_length(world: World, length: int) -> int:
    """Send a length prefix and a little after it; return to how many clients."""
    clients = _ready(world)
    for client in clients:
        client.send_raw(length.to_bytes(4, "big") + b"1\x006\x00")
    return len(clients)


def send_half_a_message(world: World, *, close: bool) -> int:
    """Send the first half of a message, then close or say nothing more; return to how many clients."""
    clients = _ready(world)
    for client in clients:
        message = client.encoder.encode(CurrentTime(time_s=int(world.clock.now_s())))
        client.send_raw(message[: len(message) // 2])
        if close:
            client.finish()
        else:
            client.freeze()
    return len(clients)


def send_unknown_message(world: World, message_id: int) -> int:
    """Send a message of an id that no client knows; return to how many clients."""
    clients = _ready(world)
    for client in clients:
        client.send_raw(client.encoder.unknown_message(message_id))
    return len(clients)


def send_bad_number(world: World, text: str) -> int:
    """Send a price tick whose price is `text`, for the first subscription; return to how many clients."""
    clients = _ready(world)
    for client in clients:
        subscriptions = client.desk.all
        req_id = subscriptions[0].req_id if subscriptions else 1
        client.send_raw(client.encoder.bad_number_tick(req_id, text))
    return len(clients)


def send_exactly_4096(world: World, *, seconds: float, cut: bool) -> int:
    """Send exactly 4096 bytes of ticks to each client with a subscription, then nothing for so long.

    Whole messages, the last one padded; with `cut` one byte of the last message comes after the silence. Returns the
    number of messages in the 4096 bytes, of all clients together.
    """
    clients = [client for client in _ready(world) if len(client.desk) > 0]
    if not clients:
        raise CommandRefused("no client has a subscription whose ticks could fill 4096 bytes; subscribe first")
    return sum(_send_exactly(client, seconds, cut=cut) for client in clients)


def _send_exactly(client: ClientSession, seconds: float, *, cut: bool) -> int:
    encoder, subscription = client.encoder, client.desk.all[0]
    req_id, symbol = subscription.req_id, subscription.listing.symbol
    wanted = _READ_BYTES + (1 if cut else 0)
    messages: list[bytes] = []
    said: list[Said] = []
    left = wanted
    lots = 0
    while left > 256:
        lots += 1
        messages.append(encoder.tick_size(req_id, tick.BID_SIZE, lots))
        said.append((symbol, req_id, tick.BID_SIZE, lots))
        left -= len(messages[-1])
    shortest = len(encoder.tick_string(req_id, tick.LAST_EXCHANGE, ""))
    for length in range(left - shortest, -1, -1):
        message = encoder.tick_string(req_id, tick.LAST_EXCHANGE, "Q" * length)
        if len(message) == left:
            messages.append(message)
            said.append((symbol, req_id, tick.LAST_EXCHANGE, "Q" * length))
            break
    data = b"".join(messages)
    assert len(data) == wanted, f"{len(data)} bytes instead of {wanted}"
    client.send_ticks_raw(data[:_READ_BYTES], said)
    client.hold(seconds)
    if cut:
        client.outbox.add(data[_READ_BYTES:])
    return len(messages)
