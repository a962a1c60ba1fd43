"""The gateway as a whole: its port, its clients, its nightly restart, and the commands it takes."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Self

from tickring.simulator.control import commands as do
from tickring.simulator.control.lines import CommandRefused
from tickring.simulator.gateway.burst import burst
from tickring.simulator.gateway.client_session import ClientSession
from tickring.simulator.gateway.fault_actions import act
from tickring.simulator.gateway.listening_port import ListeningPort
from tickring.simulator.gateway.streams import Streams
from tickring.simulator.gateway.world import World

if TYPE_CHECKING:
    from tickring.simulator.control.sent_log import SentLog
    from tickring.simulator.gateway.settings import GatewaySettings

__all__ = ["Gateway"]

_LOWER_BY = 10


class Gateway:
    """Use as an async context manager; `run` beats until `quit` or cancellation."""

    def __init__(self, settings: GatewaySettings, log: SentLog | None = None) -> None:
        self.settings = settings
        self.world = World(settings, log)
        self.is_over = asyncio.Event()
        self.failure: BaseException | None = None
        """Why it is over, when nobody asked for it."""
        self._port = ListeningPort(settings.host, settings.port)
        self._connections = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def port(self) -> int:
        """Where clients connect."""
        return self._port.number

    async def __aenter__(self) -> Self:
        self._port.take()
        await self._port.open(self._new_session)
        self._in_background(Streams(self.world).run())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._port.release()
        for client in list(self.world.clients):
            client.finish()

    def _new_session(self) -> ClientSession:
        self._connections += 1
        return ClientSession(self.world, self._connections)

    def _in_background(self, coroutine: Any) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.failure = task.exception()
            self.is_over.set()

    # ---- commands ----

    async def apply(self, command: do.Command) -> dict[str, Any]:
        """Carry out a command of the control channel or a timeline.

        Raises:
            CommandRefused: it cannot be done now.
        """
        match command:
            case do.Quit():
                self.is_over.set()
                return {}
            case do.Burst(count=count):
                return await burst(self.world, count)
            case do.Refuse(seconds=seconds):
                self._close_port()  # before the answer: whoever connects after it is refused
                self._in_background(self._away(seconds))
                return {}
            case do.Restart():
                self._close_port()
                self._in_background(self._restart(command))
                return {}
            case do.Status():
                return {"port": self.port, **self.world.status()}
            case _:
                result = act(command, self.world)
                for client in list(self.world.clients):
                    client.flush()
                return result

    def _close_port(self) -> None:
        if not self._port.is_open:
            raise CommandRefused("the port is closed already; wait until it is back")
        self._port.close()

    async def _away(self, seconds: float) -> None:
        """Be back after so long; a connection attempt meanwhile is refused."""
        await asyncio.sleep(seconds)
        await self._port.open(self._new_session)

    async def _restart(self, command: do.Restart) -> None:
        """Close what is connected, stay away, come back empty."""
        world = self.world
        ghosts = [client.client_id for client in world.clients if client.client_id is not None]
        for client in list(world.clients):
            client.finish()
        world.next_valid_id = command.next_valid_id or max(1, world.next_valid_id - _LOWER_BY)
        await asyncio.sleep(command.seconds)
        until_s = time.monotonic() + command.ghost_seconds
        world.ghosts = dict.fromkeys(ghosts, until_s)
        await self._port.open(self._new_session)
