"""Episodes in, messages out: which fault is told when, and when it is not.

One message when a fault opens, one when it has stayed away for long enough, reminders with growing gaps between them.
A fault that comes back meanwhile is the same one: it flaps, and is told so. Pure: whoever calls brings the time, and
keeps the state.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from tickring.alerter.alert import Alert, BookState, PastAlert
from tickring.alerter.notice import Notice, NoticeEvent
from tickring.episodes import Severity
from tickring.iso_time import iso_from_ns
from tickring.severity_rank import RANK

if TYPE_CHECKING:
    from tickring.config.structs import AlertsConfig
    from tickring.episodes import Episode

__all__ = ["OWN_BOOK", "AlertBook", "Moment"]

OWN_BOOK = "alerter"
"""The book of what the alerter finds by itself: no supervisor's life ends it."""
_SYMBOL = "symbol "
_SYMBOLS = "symbols"
_SCOPES_SEEN = 200
_SCOPES_TOLD = 20
_COMES_BACK = 3
"""A fault that came so often is told, however short it is each time."""


class Moment(NamedTuple):
    """When, and in which hours."""

    now_s: float
    """Monotonic."""
    now_ns: int
    """The same on the wall clock."""
    is_quiet: bool = False
    """No market is open, or maintenance is under way: what is not critical counts as `info`."""


class AlertBook:
    """Works on a `BookState`, which it changes. One thread."""

    def __init__(self, state: BookState, settings: AlertsConfig, *, service: str = "") -> None:
        """`service`: stands in every message."""
        self.state = state
        self._settings = settings
        self._least = RANK[Severity(settings.least_severity)]
        self._service = service

    @property
    def open_count(self) -> int:
        """How many faults go on."""
        return sum(1 for alert in self.state.alerts.values() if alert.members)

    def has_critical(self, moment: Moment) -> bool:
        """Return whether a fault goes on that counts as critical now."""
        alerts = self.state.alerts.values()
        return any(alert.members and _weight(alert, moment) is Severity.CRITICAL for alert in alerts)

    # ---- what happens ----

    def see(self, episode: Episode, moment: Moment, *, book: str) -> None:
        """Take note of an episode that has opened, closed or become worse; in the order of their sequence."""
        key = self._key_of(episode)
        alert = self.state.alerts.get(key)
        if alert is None:
            alert = self.state.alerts[key] = self._begin(key, episode, moment, book)
        elif not alert.members:
            alert.openings += 1
        alert.book = book
        alert.orphans.pop(episode.scope, None)
        if RANK[episode.severity] > RANK[alert.severity]:
            alert.severity = episode.severity
        if episode.is_open or episode.scope not in alert.members:  # else it has come and gone between two looks
            self._join(alert, episode)
        if not episode.is_open:
            alert.members.pop(episode.scope, None)
            alert.count += episode.count
            if not alert.members:
                alert.closed_at, alert.closed_s = episode.closed_at, moment.now_s

    def orphan_all(self, moment: Moment) -> None:
        """Another life of the supervisor speaks, or ends were missed: what is not spoken of for a while is over."""
        for alert in self.state.alerts.values():
            if alert.book != OWN_BOOK:
                alert.orphans = {scope: alert.orphans.get(scope, moment.now_s) for scope in alert.members}

    def turn(self, moment: Moment) -> list[Notice]:
        """Return what is to be told now, in order."""
        notices: list[Notice] = []
        for key, alert in list(self.state.alerts.items()):
            self._end_orphans(alert, moment)
            is_over = self._is_over(alert, moment)
            if alert.told is None:
                if self._is_due(alert, moment):
                    notices.append(self._open(alert, moment))
                elif is_over:
                    self._forget(key, alert)
            elif is_over:
                notices.append(self._notice(alert, NoticeEvent.CLOSE, alert.told, moment))
                self._forget(key, alert)
            elif (reminder := self._reminder(alert, moment)) is not None:
                notices.append(reminder)
        limit_s = moment.now_s - self._settings.flap_s
        self.state.past = {key: past for key, past in self.state.past.items() if past.closed_s > limit_s}
        return notices

    # ---- whose it is ----

    def _key_of(self, episode: Episode) -> str:
        """Return where the episode belongs: to its own alert, or beyond some symbols to that of all of them."""
        own = f"{episode.kind}|{episode.scope}"
        if own in self.state.alerts or not episode.scope.startswith(_SYMBOL):
            return own
        together = f"{episode.kind}|{_SYMBOLS}"
        known = self.state.alerts.get(together)
        if known is not None and (known.members or episode.scope in known.seen):
            return together
        alone = sum(1 for key in self.state.alerts if key.startswith(f"{episode.kind}|{_SYMBOL}"))
        return together if alone >= self._settings.symbols_max else own

    def _begin(self, key: str, episode: Episode, moment: Moment, book: str) -> Alert:
        past = self.state.past.pop(key, None)
        age_s = max(0.0, moment.now_ns / 1e9 - datetime.fromisoformat(episode.opened_at).timestamp())
        opened_s = moment.now_s - age_s
        return Alert(
            alert_id=f"{episode.episode_id}@{episode.opened_at[:19]}",
            kind=str(episode.kind),
            scope=key.partition("|")[2],
            severity=episode.severity,
            cause=episode.cause,
            heals=episode.heals,
            code=episode.code,
            members={},
            seen=[],
            scopes_total=0,
            opened_at=episode.opened_at,
            opened_s=opened_s,
            first_s=opened_s if past is None else past.first_s,
            openings=1 if past is None else past.openings + 1,
            book=book,
        )

    def _join(self, alert: Alert, episode: Episode) -> None:
        if not alert.members:
            alert.cause, alert.heals, alert.code = episode.cause, episode.heals, episode.code
        alert.members[episode.scope] = episode.episode_id
        alert.closed_at = None
        if episode.scope not in alert.seen:
            alert.scopes_total += 1
            if len(alert.seen) < _SCOPES_SEEN:
                alert.seen.append(episode.scope)

    # ---- when ----

    def _end_orphans(self, alert: Alert, moment: Moment) -> None:
        limit_s = moment.now_s - self._settings.orphan_s
        ended = [scope for scope, since_s in alert.orphans.items() if since_s <= limit_s]
        for scope in ended:
            del alert.orphans[scope]
            alert.members.pop(scope, None)
        if ended and not alert.members:
            alert.closed_at = iso_from_ns(moment.now_ns)
            alert.closed_s = moment.now_s - self._settle_s(alert)  # it has been away for long enough

    def _settle_s(self, alert: Alert) -> float:
        return self._settings.settle_s if alert.openings == 1 else self._settings.flap_s

    def _is_over(self, alert: Alert, moment: Moment) -> bool:
        return not alert.members and moment.now_s - alert.closed_s >= self._settle_s(alert)

    def _is_due(self, alert: Alert, moment: Moment) -> bool:
        weight = _weight(alert, moment)
        if RANK[weight] < self._least:
            return False
        has_lasted = bool(alert.members) and moment.now_s - alert.opened_s >= self._settings.hold_s
        is_held = self._settings.hold_s > 0 and not has_lasted and alert.openings < _COMES_BACK
        return weight is Severity.CRITICAL or not is_held

    def _open(self, alert: Alert, moment: Moment) -> Notice:
        alert.told = _weight(alert, moment)
        alert.remind_gap_s = self._settings.remind_first_s
        alert.remind_s = moment.now_s + alert.remind_gap_s
        return self._notice(alert, NoticeEvent.OPEN, alert.told, moment)

    def _reminder(self, alert: Alert, moment: Moment) -> Notice | None:
        assert alert.told is not None
        weight = _weight(alert, moment)
        if not alert.members and alert.openings == 1:  # it seems to be over; one that flaps does not
            return None
        if alert.members and RANK[weight] > RANK[alert.told]:
            alert.told = weight
            return self._notice(alert, NoticeEvent.REMINDER, weight, moment)
        if moment.now_s < alert.remind_s or RANK[weight] < self._least:
            return None
        alert.remind_gap_s = min(alert.remind_gap_s * self._settings.remind_factor, self._settings.remind_limit_s)
        alert.remind_s = moment.now_s + alert.remind_gap_s
        return self._notice(alert, NoticeEvent.REMINDER, alert.told, moment)

    def _forget(self, key: str, alert: Alert) -> None:
        del self.state.alerts[key]
        self.state.past[key] = PastAlert(closed_s=alert.closed_s, first_s=alert.first_s, openings=alert.openings)

    # ---- what is said ----

    def _notice(self, alert: Alert, event: NoticeEvent, severity: Severity, moment: Moment) -> Notice:
        alert.messages += 1
        is_close = event is NoticeEvent.CLOSE
        until = alert.closed_at if is_close else None
        end = datetime.fromisoformat(until or iso_from_ns(moment.now_ns))
        told = sorted(alert.members) if alert.members else alert.seen
        return Notice(
            mark=f"{alert.alert_id}.{alert.messages}",
            event=event,
            alert=alert.alert_id,
            kind=alert.kind,
            scope=alert.scope,
            severity=severity,
            at=iso_from_ns(moment.now_ns),
            since=alert.opened_at,
            until=until,
            duration_s=max(0.0, (end - datetime.fromisoformat(alert.opened_at)).total_seconds()),
            openings=alert.openings,
            flap_s=0.0 if alert.openings == 1 else max(0.0, moment.now_s - alert.first_s),
            count=max(alert.count + len(alert.members), 1),
            cause=alert.cause,
            heals=alert.heals,
            code=alert.code,
            scopes=tuple(told[:_SCOPES_TOLD]) if alert.scope == _SYMBOLS else (),
            scopes_total=len(alert.members) if alert.members else alert.scopes_total,
            runbook=f"{self._settings.runbook_url}#{alert.kind}",
            service=self._service,
        )


def _weight(alert: Alert, moment: Moment) -> Severity:
    """Return how severe a fault counts at this hour."""
    is_lowered = moment.is_quiet and alert.severity is not Severity.CRITICAL
    return Severity.INFO if is_lowered else alert.severity
