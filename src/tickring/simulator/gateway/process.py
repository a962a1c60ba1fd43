"""The simulator's process: gateway, control channel, timeline and log together, until it is told to end."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import msgspec

from tickring.simulator.control import timeline as timelines
from tickring.simulator.control.sent_log import SentLog
from tickring.simulator.control.server import ControlServer
from tickring.simulator.gateway.gateway import Gateway

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.simulator.gateway.settings import GatewaySettings

__all__ = ["Ready", "run_simulator"]

_LOG = logging.getLogger("tickring.simulator")


class Ready(msgspec.Struct, frozen=True):
    """Where a started simulator is found."""

    host: str
    port: int
    control: str
    pid: int


async def run_simulator(settings: GatewaySettings, announce: Callable[[Ready], None], pid: int) -> None:
    """Run until SIGTERM, SIGINT or the command `quit`; `announce` is called once, when clients may connect.

    Raises:
        PortTaken, BadPlace, PlaceTaken, BadTimeline, OSError: it could not start; nothing is left behind.
    """
    timeline = timelines.Timeline.load(settings.timeline) if settings.timeline else None
    async with AsyncExitStack() as stack:
        log = None
        if settings.log:
            log = SentLog(settings.log)
            stack.callback(log.close)
            flushing = asyncio.create_task(log.keep_flushed())
            stack.callback(flushing.cancel)
        gateway = await stack.enter_async_context(Gateway(settings, log))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, gateway.is_over.set)
        place = ""
        if settings.control:
            control = ControlServer(gateway.apply)
            place = await control.listen(settings.control)
            stack.push_async_callback(control.close)
        announce(Ready(settings.host, gateway.port, place, pid))
        running = None
        if timeline is not None:
            started_s = time.monotonic()
            running = asyncio.create_task(timelines.run(timeline, gateway.apply, lambda: time.monotonic() - started_s))
        await gateway.is_over.wait()
        if running is not None:
            running.cancel()
        if gateway.failure is not None:
            raise gateway.failure
        _LOG.info("simulator.ends")
