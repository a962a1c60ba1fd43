"""The configuration in force, and what of a new one takes its place while everything runs.

Three kinds of settings: what the supervisor itself looks at each time counts at once; what a child reads counts from
its next life; what the segment, the directories and the sockets are made of waits for the next start of the service. A
setting that waits stays named until then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from tickring.config.settings import CONTRACTS, name_of, sections, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.config.structs import Config

__all__ = ["Change", "LiveConfig"]

SERVICE, FEEDER, FLUSHER, PLANNER, ALERTER, RUN = "the service", "feeder", "flusher", "planner", "alerter", "a new run"
API = "api"

_AT_ONCE = ""
_BY_NAME = {
    "log.level": _AT_ONCE,
    "stream.symbols": _AT_ONCE,
    "stream.data_limit_s": _AT_ONCE,
    "stream.project_id": RUN,
    "planner.origin": SERVICE,
    "api.child": SERVICE,
    "alerts.telegram_chat_id": SERVICE,
    "alerts.webhook_url": SERVICE,
    "alerts.apprise_file": SERVICE,
    "alerts.ping_url": SERVICE,
    "files.data_root": SERVICE,
    "files.state_dir": SERVICE,
    "stream.heartbeat_timeout_s": SERVICE,
    "supervisor.control_group": SERVICE,
    "supervisor.control_connections": SERVICE,
    "supervisor.control_idle_s": SERVICE,
    "supervisor.control_stuck_s": SERVICE,
}
_BY_SECTION = {
    "supervisor": _AT_ONCE,
    "gateway": FEEDER,
    "feeder": FEEDER,
    CONTRACTS: FEEDER,
    "files": FLUSHER,
    "planner": PLANNER,
    "database": PLANNER,
    "sessions": PLANNER,
    "alerts": ALERTER,
    "api": API,
    "websocket": API,
}


class Change(NamedTuple):
    """What a reload has done."""

    applied: tuple[str, ...]
    """Settings that count now."""
    needs_restart: tuple[str, ...]
    """Settings that do not yet."""
    added: tuple[str, ...]
    removed: tuple[str, ...]
    """Of `stream.symbols`."""


class LiveConfig:
    """`config` is what counts now. One thread."""

    def __init__(self, config: Config, reread: Callable[[], Config] | None = None) -> None:
        """`reread` reads the configuration again from where it came from; None: it came from nowhere."""
        self.config = config
        self.waiting: dict[str, str] = {}
        """Settings that were changed and do not count yet, with what must be started again."""
        self._reread = reread
        self._told = config

    def reload(self) -> Change:
        """Read the configuration again and put in force what can be.

        Raises:
            ConfigError: it is wrong; nothing has changed.
        """
        before, now = self._told, self._told if self._reread is None else self._reread()
        places = {name: _place_of(name) for name in _changed(before, now)}
        self.config, self._told = _merged(self.config, now), now
        for name, place in places.items():
            if place == _AT_ONCE or (place == SERVICE and name not in _changed(self.config, now)):
                self.waiting.pop(name, None)  # also: put back to what it still is
            else:
                self.waiting[name] = place
        symbols = set(before.stream.symbols)
        return Change(
            applied=tuple(name for name in places if name not in self.waiting),
            needs_restart=tuple(name for name in places if name in self.waiting),
            added=tuple(symbol for symbol in now.stream.symbols if symbol not in symbols),
            removed=tuple(sorted(symbols - set(now.stream.symbols))),
        )

    def started(self, what: str) -> None:
        """Note that a child, or a run, begins with the configuration in force."""
        self.waiting = {name: place for name, place in self.waiting.items() if place != what}

    @property
    def notes(self) -> list[str]:
        """Return what an operator should know."""
        return [f"{name} was changed and counts after a restart of {place}" for name, place in self.waiting.items()]


def _place_of(name: str) -> str:
    return _BY_NAME.get(name, _BY_SECTION.get(name.partition(".")[0], SERVICE))


def _changed(before: Config, after: Config) -> list[str]:
    names = [name for name in settings() if _value_of(before, name) != _value_of(after, name)]
    symbols = {**before.contracts, **after.contracts}
    changed = [symbol for symbol in symbols if before.contracts.get(symbol) != after.contracts.get(symbol)]
    return names + [name_of((CONTRACTS, symbol)) for symbol in changed]


def _merged(old: Config, new: Config) -> Config:
    """Return the new configuration with the old values of what only another start of the service can change."""
    kept: dict[str, Any] = {}
    for section in sections():
        names = [name for name in settings() if name.partition(".")[0] == section and _place_of(name) == SERVICE]
        values = {name.partition(".")[2]: _value_of(old, name) for name in names}
        kept[section] = replace(getattr(new, section), **values)
    return replace(new, **kept)


def _value_of(config: Config, name: str) -> Any:
    section, _, key = name.partition(".")
    return getattr(getattr(config, section), key)
