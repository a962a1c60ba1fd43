"""The feeder's process from its start to its exit code."""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import TYPE_CHECKING

from tickring.errors import SegmentError, SegmentFenced, WriterBusy
from tickring.feeder import exits
from tickring.feeder.api_client import NoApi, load_api
from tickring.feeder.loop import FeederLoop
from tickring.feeder.segment_writer import SegmentWriter

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as Pipe
    from types import FrameType

    from tickring.config.structs import Config

__all__ = ["run_feeder"]

_LOG = logging.getLogger("tickring.feeder")


def run_feeder(config: Config, epoch: int, inbox: Pipe | None = None) -> int:
    """Feed the segment until SIGTERM or SIGINT; return the exit code (`tickring.feeder.exits`).

    `epoch`: as granted by the segment's owner. `inbox`: messages of `tickring.feeder.commands`. Takes the process: its
    signal handlers, its main thread.
    """
    logging.basicConfig(level=config.log.level.upper(), format="%(asctime)s feeder %(message)s", stream=sys.stderr)
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    before = signal.set_wakeup_fd(writing)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _heed_by_pipe)
    try:
        load_api()  # before the first heartbeat: importing takes longer than a stamp may be old
        with SegmentWriter.attach(config.segment.name, epoch=epoch) as writer:
            return FeederLoop(config, writer, epoch, reading, inbox).run()
    except SegmentFenced as error:
        _LOG.warning("%s", error)
        return exits.FENCED
    except (NoApi, WriterBusy) as error:
        _LOG.error("%s", error)
        return exits.BAD_CONFIGURATION
    except SegmentError as error:
        _LOG.error("%s", error)
        return exits.TRY_AGAIN
    finally:
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)


def _heed_by_pipe(number: int, frame: FrameType | None) -> None:
    """The loop reads the number from the wakeup pipe."""
    del number, frame
