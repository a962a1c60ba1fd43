"""The feeder's process from its start to its exit code."""

from __future__ import annotations

import faulthandler
import gc
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING

from tickring.errors import SegmentError, SegmentFenced
from tickring.feeder import exits
from tickring.feeder.api_client import NoApi, load_api
from tickring.feeder.loop import FeederLoop
from tickring.feeder.segment_writer import SegmentWriter
from tickring.feeder.start_clock import StartClock
from tickring.log_setup import set_up_logging

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as Pipe
    from types import FrameType

    from tickring.config.structs import Config

__all__ = ["run_feeder"]

_LOG = logging.getLogger("tickring.feeder")


def run_feeder(config: Config, epoch: int, inbox: Pipe | None = None) -> int:
    """Feed the segment until SIGTERM or SIGINT; return the exit code (`tickring.feeder.exits`).

    `epoch`: as granted by the segment's owner. `inbox`: messages of `tickring.feeder.commands`. Takes the process: its
    signal handlers, its main thread. Once asked to end it has `feeder.stop_timeout_s`; what hangs longer is ended with
    its traceback in the log and exit code 1.
    """
    set_up_logging("feeder", config.log)
    start = StartClock()
    start.mark("entered")

    def heed(number: int, frame: FrameType | None) -> None:
        """The loop reads the number from the wakeup pipe; this sees that it does so in time."""
        del number, frame
        faulthandler.dump_traceback_later(config.feeder.stop_timeout_s, exit=True, file=sys.__stderr__ or sys.stderr)

    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    before = signal.set_wakeup_fd(writing)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, heed)
    try:
        load_api()  # before the first heartbeat: importing takes longer than a stamp may be old
        gc.freeze()  # what was imported stays: no collection looks through it again while ticks wait
        start.mark("imported")
        with SegmentWriter.attach(config.segment.name, epoch=epoch) as writer:
            start.mark("attached")
            return FeederLoop(config, writer, epoch, reading, inbox, start).run()
    except SegmentFenced as error:
        _LOG.warning("feeder.fenced error=%s", error)
        return exits.FENCED
    except NoApi as error:
        _LOG.error("feeder.no_ibapi error=%s", error)
        return exits.BAD_CONFIGURATION
    except SegmentError as error:  # also another writer that still lives: it may be gone the next time
        _LOG.error("feeder.segment_unusable error=%s", error)
        return exits.TRY_AGAIN
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)
