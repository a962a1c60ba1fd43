"""The service's settings for a drill: those of the product, with every time divided by the drill's speed."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import inspect

from tickring.config.structs import Config

__all__ = ["LINES", "drill_settings"]

LINES = 102
"""Market data lines of the account: a hundred for streams, and those that are kept for snapshots."""
_CAPACITY = 1024
_AS_THEY_ARE = ("history_", "heartbeat_", "stop_")
_FLOORS_S = {
    "connect_timeout_s": 2.0,
    "hello_timeout_s": 3.0,
    "resolve_timeout_s": 2.0,
    "subscribe_timeout_s": 2.0,
    "half_message_timeout_s": 1.0,
    "outbound_deadline_s": 2.0,
    "probe_answer_s": 0.5,
    "answer_wait_s": 0.7,
    "snapshot_timeout_s": 1.5,
}
"""What a machine that is busy needs, however fast the drill is."""
_READER_LIMIT_S = 1.0


def drill_settings(speed: float) -> dict[str, dict[str, Any]]:
    """Return sections of settings. At speed 1 the times are the product's own.

    Rates stay what they are, and so do IB's limits on historical requests, which the simulator enforces in real time.
    """
    sections: dict[str, dict[str, Any]] = {
        "stream": {"api_mode": "mock", "data_limit_s": max(2.0, 10.0 / speed)},
        "segment": {"heartbeat_limit_s": _READER_LIMIT_S, "capacity": _CAPACITY},
        "supervisor": {"restart_max": 1000, "good_run_s": max(0.5, 60.0 / speed)},
        "sessions": {"always_open": True},
        "planner": {"origin": "static"},
        "api": {"child": "no"},
    }
    own = Config()
    for name, section in (("gateway", own.gateway), ("liveness", own.liveness), ("feeder", own.feeder)):
        sections[name] = dict(_quicker(section, speed))
    sections["feeder"]["lines_max"] = LINES
    return sections


def _quicker(section: msgspec.Struct, speed: float) -> dict[str, float]:
    """Return its times, divided, as far as they may be."""
    found: dict[str, float] = {}
    about = inspect.type_info(type(section))
    assert isinstance(about, inspect.StructType)
    for field in about.fields:
        name = field.name
        is_time = name.endswith("_s") and not name.endswith("_per_s") and isinstance(field.type, inspect.FloatType)
        if not is_time or name.startswith(_AS_THEY_ARE):
            continue
        assert isinstance(field.type, inspect.FloatType)
        value = float(field.default) / speed
        found[name] = max(value, min(float(field.default), _FLOORS_S.get(name, 0.0)), float(field.type.ge or 0.0))
    return found
