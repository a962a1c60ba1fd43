"""The beat of the market: every subscription is looked at once per sample, spread over it, and changes are sent.

Each client gets what one beat brings in one write. A client that does not take what it was sent is left out until it
does: it then gets the newest state, as IB sends state and not every tick.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickring.simulator.gateway.subscription import Subscription
    from tickring.simulator.gateway.world import World

__all__ = ["Streams"]

_BEATS_A_SAMPLE = 10
_SHORTEST_BEAT_S = 0.005
_LOOKS_AT_ONCE = 100


class Streams:
    """Runs as one task of the gateway."""

    def __init__(self, world: World) -> None:
        self._world = world
        sample_s = world.settings.sample_s
        self._beats = max(1, min(_BEATS_A_SAMPLE, int(sample_s / _SHORTEST_BEAT_S)))
        self._beat_s = sample_s / self._beats

    async def run(self) -> None:
        """Beat until cancelled. A beat that comes late is not made up for."""
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        number = 0
        while True:
            await self.beat(number)
            number += 1
            due_s += self._beat_s
            now_s = loop.time()
            due_s = max(due_s, now_s)
            await asyncio.sleep(due_s - now_s)

    async def beat(self, number: int) -> None:
        """Look at the share of the subscriptions whose turn it is; requests are served in between."""
        streams = list(self._world.streams)[number % self._beats :: self._beats]
        for start in range(0, len(streams), _LOOKS_AT_ONCE):
            if start:
                await asyncio.sleep(0)
            self._look(streams[start : start + _LOOKS_AT_ONCE])

    def _look(self, streams: list[Subscription]) -> None:
        """Send what has changed for some subscriptions, in one write per client."""
        world = self._world
        faults = world.faults
        if faults.is_all_silent:
            return
        now_s = world.clock.now_s()
        targets = {client: client.target for client in world.clients if client.takes_ticks}
        may_be_silent = faults.is_any_silent
        for subscription in streams:
            target = targets.get(subscription.session)
            if target is None or not subscription.is_started or subscription.is_dead:
                continue
            if may_be_silent and faults.silence(subscription.listing):
                continue
            now = subscription.walker.step(now_s)
            before = subscription.shown
            if now is not before and now != before:
                subscription.maker.add_changes(before, now, target)
                subscription.shown = now
        for client, target in targets.items():
            if target.data:
                client.flush()
