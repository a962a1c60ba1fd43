"""The whole answer of `tickring status`: the supervisor's report, or why there is none and what stands all the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

import msgspec

from tickring.cli.status.remains import Remains, look_at_remains
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

__all__ = ["StatusDocument", "data_root_of", "look"]

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


def look(client: SupervisorClient, segment: str, data_root: str) -> StatusDocument:
    """Ask the supervisor; where it does not answer, look at what stands."""
    try:
        report = client.status()
    except SupervisorNotRunning as error:
        return _without(segment, data_root, "not_running", error)
    except SupervisorSilent as error:
        return _without(segment, data_root, "silent", error)
    except ControlNotPermitted as error:
        return _without(segment, data_root, "not_permitted", error)
    except (BadReply, RequestRefused) as error:  # another release answers, or one that is broken
        return _without(segment, data_root, "silent", error)
    return StatusDocument(status=report.stream.status, supervisor="running", segment=segment, report=report)


def data_root_of(config: Path | None) -> str:
    """Return where the service's files lie, as the configuration says; the default where that cannot be used."""
    try:
        return load(config, environ=os.environ, overrides={}).files.data_root
    except ConfigError:
        return Config().files.data_root


def _without(segment: str, data_root: str, word: SupervisorWord, error: Exception) -> StatusDocument:
    remains = look_at_remains(segment, data_root, is_supervised=word != "not_running")
    return StatusDocument(status=remains.status, supervisor=word, segment=segment, why=str(error), remains=remains)
