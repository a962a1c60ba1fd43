"""The gateway as a whole: its port, its clients, its nightly restart, and the commands it takes."""

from __future__ import annotations

import asyncio
import errno
import logging
import time
from typing import TYPE_CHECKING, Any, Self

from tickring.errors import TickringError
from tickring.simulator.control import commands as do
from tickring.simulator.control.lines import CommandRefused
from tickring.simulator.gateway.burst import burst
from tickring.simulator.gateway.client_session import ClientSession
from tickring.simulator.gateway.fault_actions import act
from tickring.simulator.gateway.streams import Streams
from tickring.simulator.gateway.world import World

if TYPE_CHECKING:
    from tickring.simulator.control.sent_log import SentLog
    from tickring.simulator.gateway.settings import GatewaySettings

__all__ = ["Gateway", "PortTaken"]

_LOG = logging.getLogger("tickring.simulator")
_LOWER_BY = 10


class PortTaken(TickringError):
    """The port cannot be listened on."""


class Gateway:
    """Use as an async context manager; `run` beats until `quit` or cancellation."""

    def __init__(self, settings: GatewaySettings, log: SentLog | None = None) -> None:
        self.settings = settings
        self.world = World(settings, log)
        self.port = settings.port
        self.is_over = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._connections = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        await self._listen()
        self._in_background(Streams(self.world).run())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._close_port()
        for client in list(self.world.clients):
            client.finish()

    def _in_background(self, coroutine: Any) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _LOG.error("the gateway ends: %s", task.get_name(), exc_info=task.exception())
            self.is_over.set()

    # ---- the port ----

    async def _listen(self) -> None:
        def new_session() -> ClientSession:
            self._connections += 1
            return ClientSession(self.world, self._connections)

        try:
            self._server = await asyncio.get_running_loop().create_server(
                new_session, self.settings.host, self.port, reuse_address=True, backlog=512
            )
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL}:
                raise
            raise PortTaken(
                f"{self.settings.host}:{self.port} cannot be listened on ({error.strerror}); perhaps a real gateway or "
                "another simulator has it: choose another with --port, or 0 for any"
            ) from error
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close_port(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _away(self, seconds: float) -> None:
        """Close the port for so long; a connection attempt meanwhile is refused."""
        await self._close_port()
        await asyncio.sleep(seconds)
        await self._listen()

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
                self._must_listen()
                self._in_background(self._away(seconds))
                return {}
            case do.Restart():
                self._must_listen()
                self._in_background(self._restart(command))
                return {}
            case do.Status():
                return {"port": self.port, **self.world.status()}
            case _:
                result = act(command, self.world)
                for client in list(self.world.clients):
                    client.flush()
                return result

    def _must_listen(self) -> None:
        if self._server is None:
            raise CommandRefused("the port is closed already; wait until it is back")

    async def _restart(self, command: do.Restart) -> None:
        """Close everything, stay away, come back empty."""
        world = self.world
        ghosts = [client.client_id for client in world.clients if client.client_id is not None]
        await self._close_port()
        for client in list(world.clients):
            client.finish()
        world.next_valid_id = command.next_valid_id or max(1, world.next_valid_id - _LOWER_BY)
        await asyncio.sleep(command.seconds)
        until_s = time.monotonic() + command.ghost_seconds
        world.ghosts = dict.fromkeys(ghosts, until_s)
        await self._listen()
