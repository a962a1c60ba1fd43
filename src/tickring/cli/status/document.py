"""The whole answer of `tickring status`: the supervisor's report, or why there is none and what stands all the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

import msgspec

from tickring.cli.status.remains import Remains, ServicePlace, look_at_remains
from tickring.config.load import load
from tickring.config.structs import Config
from tickring.control.messages import SupervisorReport
from tickring.errors import (
    BadReply,
    ConfigError,
    ControlNotPermitted,
    RequestRefused,
    SupervisorNotRunning,
    SupervisorSilent,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tickring.control.client import SupervisorClient

__all__ = ["StatusDocument", "look", "place_of"]

SupervisorWord = Literal["running", "silent", "not_running", "not_permitted"]


class StatusDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What `tickring status --json` prints."""

    status: str
    """`connected`, `degraded` or `disconnected`."""
    supervisor: SupervisorWord
    """`running`: it has answered. `silent`: it is there and does not. `not_permitted`: this user may not ask it."""
    segment: str
    """As it was asked for."""
    why: str | None = None
    """Why it has not answered."""
    report: SupervisorReport | None = None
    """None unless it has answered."""
    remains: Remains | None = None
    """What stands without it; None if it has answered."""


def look(client: SupervisorClient, segment: str, place: ServicePlace) -> StatusDocument:
    """Ask the supervisor; where it does not answer, look at what stands."""
    try:
        report = client.status()
    except SupervisorNotRunning as error:
        return _without(segment, place, "not_running", error)
    except SupervisorSilent as error:
        return _without(segment, place, "silent", error)
    except ControlNotPermitted as error:
        return _without(segment, place, "not_permitted", error)
    except (BadReply, RequestRefused) as error:  # another release answers, or one that is broken
        return _without(segment, place, "silent", error)
    return StatusDocument(status=report.stream.status, supervisor="running", segment=segment, report=report)


def place_of(config: Path | None, data_root: str) -> ServicePlace:
    """Return what the configuration says, the default where it cannot be used; a `data_root` that is given counts."""
    try:
        settings = load(config, environ=os.environ, overrides={})
    except ConfigError:
        settings = Config()
    return ServicePlace(data_root or settings.files.data_root, settings.stream.data_limit_s)


def _without(segment: str, place: ServicePlace, word: SupervisorWord, error: Exception) -> StatusDocument:
    remains = look_at_remains(segment, place, is_supervised=word != "not_running")
    return StatusDocument(status=remains.status, supervisor=word, segment=segment, why=str(error), remains=remains)
