"""The beat of the market: every subscription is looked at once per sample, spread over it, and changes are sent.

Each client gets what one beat brings in one write. A client that does not take what it was sent is left out until it
does: it then gets the newest state, as IB sends state and not every tick.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickring.simulator.gateway.client_session import ClientSession
    from tickring.simulator.gateway.subscription import Subscription
    from tickring.simulator.gateway.world import World

__all__ = ["Streams"]

_BEATS_A_SAMPLE = 10
_SHORTEST_BEAT_S = 0.005
_UNSENT_BYTES_MAX = 1 << 20


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
            self.beat(number)
            number += 1
            due_s += self._beat_s
            now_s = loop.time()
            due_s = max(due_s, now_s)
            await asyncio.sleep(due_s - now_s)
            self._log()

    def beat(self, number: int) -> None:
        """Look at the share of the subscriptions whose turn it is."""
        world = self._world
        now_s = world.clock.now_s()
        touched: set[ClientSession] = set()
        turn = number % self._beats
        for place, subscription in enumerate(list(world.streams)):
            if place % self._beats == turn and self.look(subscription, now_s):
                touched.add(subscription.session)
        for session in touched:
            session.flush()

    def look(self, subscription: Subscription, now_s: float) -> bool:
        """Collect what has changed for one subscription; return whether anything has."""
        session = subscription.session
        if (
            not subscription.is_started
            or subscription.is_dead
            or session.state != "ready"
            or session.outbox.unsent_bytes > _UNSENT_BYTES_MAX
            or self._world.faults.silence(subscription.listing)
        ):
            return False
        now = subscription.walker.step(now_s)
        before = subscription.shown
        if now is before or now == before:
            return False
        subscription.maker.add_changes(before, now, session.target)
        subscription.shown = now
        return True

    def _log(self) -> None:
        if self._world.log is not None:
            self._world.log.flush()
