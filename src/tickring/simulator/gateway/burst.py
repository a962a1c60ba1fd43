"""So many ticks as fast as the sockets take them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tickring.simulator.control.lines import CommandRefused
from tickring.simulator.gateway import tick_numbers as tick

if TYPE_CHECKING:
    from tickring.simulator.gateway.client_session import ClientSession
    from tickring.simulator.gateway.world import World

__all__ = ["burst"]

_PIECE = 500


async def burst(world: World, count: int) -> dict[str, object]:
    """Send `count` ticks to each client with subscriptions, over all of them in turn: bid and ask move by ticks.

    Returns how many were sent. The next ordinary look at the market says everything of each quote anew.
    """
    clients = [client for client in world.clients if client.state == "ready" and len(client.desk) > 0]
    if not clients:
        raise CommandRefused("no client has a subscription; subscribe first")
    sent = await asyncio.gather(*(_burst_one(world, client, count) for client in clients))
    return {"ticks": sum(sent), "clients": len(clients)}


async def _burst_one(world: World, client: ClientSession, count: int) -> int:
    subscriptions = client.desk.all
    now_s = world.clock.now_s()
    levels = []
    for subscription in subscriptions:
        quote = world.market.state(subscription.listing, now_s)
        level = quote.bid or quote.last or quote.close or subscription.listing.temper.price
        levels.append((subscription.listing.symbol, subscription.req_id, level, subscription.listing.min_tick))
    sent = 0
    while sent < count and client.state == "ready":
        for _ in range(min(_PIECE, count - sent)):
            symbol, req_id, level, step = levels[(sent // 2) % len(levels)]
            moved = (sent // (2 * len(levels))) % 10
            is_bid = sent % 2 == 0
            price = round(level + step * (moved if is_bid else moved + 1), 6)
            number = tick.BID if is_bid else tick.ASK
            client.target.data.append(client.encoder.tick_price(req_id, number, price, 100.0, 1))
            client.target.said.append((symbol, req_id, number, price))
            sent += 1
        client.flush()
        await client.writable()
        await asyncio.sleep(0)
    for subscription in subscriptions:
        subscription.shown = None
    return sent
