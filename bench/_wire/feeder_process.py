"""The feeder's process with a release of ibapi of one's choice, and the flusher's beside it."""

from __future__ import annotations

import os
import sys

import msgspec

from bench._contenders.gateway_clients import client_directory
from bench._harness.cores import pin
from tickring.config.structs import Config
from tickring.process_identity import die_with_parent

__all__ = ["feed", "write_files"]


def feed(client: str, config: bytes, epoch: int, core: int, parent_pid: int) -> None:
    """Run the service's own feeder; ends by SIGTERM and with the process that started it."""
    die_with_parent(parent_pid)
    os.setpgid(0, 0)  # as agents: it is stopped most of the time
    pin(core)
    sys.path.insert(0, str(client_directory(client)))
    from tickring.feeder.process import run_feeder

    sys.exit(run_feeder(msgspec.json.decode(config, type=Config), epoch))


def write_files(config: bytes, core: int, parent_pid: int) -> None:
    """Run the service's own flusher; ends by SIGTERM and with the process that started it."""
    os.setpgid(0, 0)
    pin(core)
    from tickring.flusher.process import run_flusher

    run_flusher(config, parent_pid)
