"""So many ticks as fast as the sockets take them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tickring.simulator.control.lines import CommandRefused
from tickring.simulator.gateway.ticks import TickTarget

if TYPE_CHECKING:
    from tickring.simulator.gateway.client_session import ClientSession
    from tickring.simulator.gateway.ticks import TickMaker
    from tickring.simulator.gateway.world import World

__all__ = ["burst"]

_PIECE = 500
_STEPS = 10  # prices go up so many ticks and begin again
_SIZE_SHARES = 100
_PATIENCE_S = 5.0


async def burst(world: World, count: int) -> dict[str, object]:
    """Send `count` ticks to each client with subscriptions, over all of them in turn: bid and ask move by ticks.

    Returns how many were sent; fewer where a client has gone or has read nothing for 5 s. The next ordinary look at
    the market says everything of each quote anew.
    """
    clients = [client for client in world.clients if client.takes_ticks and len(client.desk) > 0]
    if not clients:
        raise CommandRefused("no client that reads has a subscription; subscribe first")
    sent = await asyncio.gather(*(_burst_one(world, client, count) for client in clients))
    return {"ticks": sum(sent), "clients": len(clients)}


async def _burst_one(world: World, client: ClientSession, count: int) -> int:
    subscriptions = client.desk.all
    made = _round(world, client, count)
    sent = 0
    while sent < count and client.state == "ready":
        at = sent % len(made.data)
        end = min(at + _PIECE, len(made.data), at + count - sent)
        client.target.data += made.data[at:end]
        client.target.said += made.said[at:end]
        client.flush()
        sent += end - at
        try:
            async with asyncio.timeout(_PATIENCE_S):  # wait_for of Python 3.11 can swallow a cancellation
                await client.writable()
        except TimeoutError:
            break
        await asyncio.sleep(0)
    for subscription in subscriptions:
        subscription.shown = None
    return sent


def _round(world: World, client: ClientSession, count: int) -> TickTarget:
    """The messages that the burst goes round in: made once, because making them costs more than sending them."""
    now_s = world.clock.now_s()
    levels: list[tuple[TickMaker, float, float]] = []
    for subscription in client.desk.all:
        quote = subscription.walker.step(now_s)
        level = quote.bid or quote.last or quote.close or subscription.listing.temper.price
        levels.append((subscription.maker, level, subscription.listing.min_tick))
    made = TickTarget()
    for step in range(_STEPS):
        for maker, level, min_tick in levels:
            bid, ask = round(level + min_tick * step, 6), round(level + min_tick * (step + 1), 6)
            maker.add_bid_and_ask(bid, ask, _SIZE_SHARES, made)
        if len(made.data) >= count:
            break
    return made
