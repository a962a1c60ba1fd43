"""Planners that do what none should; for the supervisor's tests."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import msgspec

from tickring.child_line import ChildLine
from tickring.config.structs import Config
from tickring.control.planner_messages import Begun
from tickring.states import RunState

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def _claim(config_json: bytes) -> ChildLine:
    config = msgspec.json.decode(config_json, type=Config)
    line = ChildLine.claim(config.segment.name, 1, "planner")
    line.set_state(RunState.RUNNING)
    return line


def talk_nonsense(config_json: bytes, parent_pid: int, pipe: Connection) -> int:
    """Write what is no frame, then go on as if nothing had happened."""
    del parent_pid
    line = _claim(config_json)
    os.write(pipe.fileno(), b"GET / HTTP/1.1\r\nHost: planner\r\n\r\n")
    while True:
        line.heartbeat()
        time.sleep(0.05)


def flood(config_json: bytes, parent_pid: int, pipe: Connection) -> int:
    """Write messages that mean nothing, as fast as the pipe takes them."""
    del parent_pid
    line = _claim(config_json)
    frame = msgspec.json.encode(Begun("no run at all"))
    while True:
        line.heartbeat()
        for _ in range(1000):
            pipe.send_bytes(frame)


def stay_silent(config_json: bytes, parent_pid: int, pipe: Connection) -> int:
    """Live, and neither read nor write."""
    del parent_pid, pipe
    line = _claim(config_json)
    while True:
        line.heartbeat()
        time.sleep(0.05)
