"""One fault that is told: from its first episode until it has stayed away long enough."""

from __future__ import annotations

import msgspec

from tickring.episodes import Severity

__all__ = ["Alert", "BookState", "PastAlert"]


class Alert(msgspec.Struct, kw_only=True):
    """Times ending in `_s` are the alerter's monotonic seconds, others ISO 8601 in UTC."""

    alert_id: str
    kind: str
    scope: str
    severity: Severity
    """As the episode has it; what is told depends on the hour too."""
    cause: str
    heals: str
    code: int
    members: dict[str, str]
    """Scopes that are open now, with the episode of each. Empty: it is over, if it stays so."""
    seen: list[str]
    """Scopes that were ever open, as far as they are kept."""
    scopes_total: int = 1
    opened_at: str
    opened_s: float
    first_s: float
    """When the fault came first, earlier alerts that it continues included."""
    closed_at: str | None = None
    closed_s: float = 0.0
    openings: int = 1
    count: int = 0
    """Of episodes that are closed."""
    told: Severity | None = None
    """As what it was told; None: it was not yet."""
    messages: int = 0
    remind_s: float = 0.0
    """When the next reminder is due."""
    remind_gap_s: float = 0.0
    book: str
    """The supervisor's life that has spoken of it last."""
    orphans: dict[str, float] = msgspec.field(default_factory=dict[str, float])
    """Members of which nobody has spoken again, with the time since when: over, if it stays so."""


class PastAlert(msgspec.Struct, kw_only=True):
    """One that was told to be over, remembered in case it comes back."""

    closed_s: float
    first_s: float
    openings: int


class BookState(msgspec.Struct, kw_only=True):
    """All there is to keep over a restart. Keys are kind and scope with a bar between them."""

    alerts: dict[str, Alert] = msgspec.field(default_factory=dict[str, Alert])
    past: dict[str, PastAlert] = msgspec.field(default_factory=dict[str, PastAlert])

    def shift(self, by_s: float) -> None:
        """Move all monotonic times: another boot, or a process that was not there for a while."""
        for alert in self.alerts.values():
            alert.opened_s += by_s
            alert.first_s += by_s
            alert.closed_s += by_s
            alert.remind_s += by_s
            alert.orphans = {scope: since_s + by_s for scope, since_s in alert.orphans.items()}
        for past in self.past.values():
            past.closed_s += by_s
            past.first_s += by_s
