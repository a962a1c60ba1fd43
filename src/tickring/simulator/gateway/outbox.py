"""What leaves on one socket: whole writes, or the pieces a fault asks for; never more waiting than a limit."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from tickring.simulator.gateway.faults import Faults

__all__ = ["Outbox"]

_WAITING_BYTES_MAX = 16 << 20


class Outbox:
    """Collects messages and hands them to the socket in one write per event.

    A client that does not read is dropped once 16 MB wait for it, as a gateway drops it.
    """

    def __init__(self, transport: asyncio.Transport, faults: Faults, seed: int, overflow: Callable[[], None]) -> None:
        self._transport = transport
        self._faults = faults
        self._chance = random.Random(seed)  # not for secrets
        self._overflow = overflow
        self._waiting: list[bytes] = []
        self.is_held = False
        """True while nothing at all may leave (half-open, a silence after exactly 4096 bytes)."""

    def add(self, data: bytes) -> None:
        """Leave with the next flush."""
        self._waiting.append(data)

    def add_all(self, messages: list[bytes]) -> None:
        """Leave with the next flush, in this order."""
        self._waiting += messages

    @property
    def unsent_bytes(self) -> int:
        """What was handed over and the socket has not taken yet."""
        return self._transport.get_write_buffer_size()

    def flush(self) -> None:
        """Hand over everything added so far, unless nothing may leave."""
        if not self._waiting:
            return
        if self.is_held:
            if sum(map(len, self._waiting)) > _WAITING_BYTES_MAX:
                self._overflow()
            return
        data = self._waiting[0] if len(self._waiting) == 1 else b"".join(self._waiting)
        self._waiting.clear()
        if self.unsent_bytes + len(data) > _WAITING_BYTES_MAX:
            self._overflow()
            return
        if self._faults.split == "whole":
            self._transport.write(data)
            return
        at = 0
        while at < len(data):
            length = 1 if self._faults.split == "bytes" else self._chance.randint(1, 37)
            self._transport.write(data[at : at + length])
            at += length
