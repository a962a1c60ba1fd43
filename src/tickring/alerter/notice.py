"""One message about one fault, as it waits to be delivered: facts, not yet words."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from tickring.episodes import Severity

__all__ = ["Notice", "NoticeEvent"]


class NoticeEvent(StrEnum):
    """What a message is about."""

    OPEN = "open"
    REMINDER = "reminder"
    """The fault goes on, or has become worse."""
    CLOSE = "close"
    TEST = "test"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What is told. Times are ISO 8601 in UTC, durations seconds."""

    mark: str
    """The same fact has the same mark, also when it is told a second time: for whoever drops repetitions."""
    event: NoticeEvent
    alert: str
    """Of all messages about one fault the same."""
    kind: str
    """`tickring.episodes.EpisodeKind`."""
    scope: str
    """Whom it concerns: `stream`, `gateway`, `symbol SPY`, `symbols`."""
    severity: Severity
    at: str
    """When this was so; not when it is delivered."""
    since: str
    until: str | None = None
    """None: it goes on."""
    duration_s: float = 0.0
    """From `since` to `at`, or to `until`."""
    openings: int = 1
    """How often the fault has come; more than once is flapping."""
    flap_s: float = 0.0
    """Within this time; 0: it came once."""
    count: int = 1
    """How often it has shown, while it was open too."""
    cause: str = ""
    heals: str = ""
    """What ends it."""
    code: int = 0
    """The gateway's; 0: none."""
    scopes: tuple[str, ...] = ()
    """Where several are told together: some of them."""
    scopes_total: int = 1
    runbook: str = ""
    """Where the next step is described."""
    service: str = ""
    """Which service on which machine."""
    text: str = ""
    """Of a test: what it says."""
