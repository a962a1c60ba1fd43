"""The stream in the eight figures of a dashboard: derived from the one table of words and the feeder's own status."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from tickring.feeder_status import FeederStatus, LastError
from tickring.iso_time import iso_or_none

if TYPE_CHECKING:
    from tickring.stream_words import HealthWord, ModeWord, StatusWord

__all__ = ["MarketStreamStatus", "market_stream_status"]


class MarketStreamStatus(msgspec.Struct, frozen=True, kw_only=True):
    """As of the moment it was made."""

    connected: bool
    """The stream serves, or its markets are closed."""
    mode: Literal["STREAM", "POLL"]
    """POLL: no symbol streams, snapshots and history serve."""
    stale: bool
    """It should deliver and does not."""
    stale_threshold_s: float
    """Without a price of any symbol for longer, while a market is open, it is stale whatever else is said."""
    last_tick_ts: str | None
    """When the newest price of any symbol came: ISO 8601, UTC; None: none in this life of the feeder."""
    subscriptions: int
    """Symbols that shall be streamed."""
    reconnect_attempts: int
    """Connections to the gateway that failed or were lost since the last data."""
    last_error: LastError | None


class _Words(Protocol):
    """What is taken of a row of `tickring.stream_words`."""

    @property
    def status(self) -> StatusWord: ...
    @property
    def mode(self) -> ModeWord: ...
    @property
    def health(self) -> HealthWord: ...


def market_stream_status(
    words: _Words,
    feeder: FeederStatus | None,
    *,
    stale_threshold_s: float = 30.0,
    now_ns: int | None = None,
    now_mono_ns: int | None = None,
) -> MarketStreamStatus:
    """Return the figures. `feeder` None: it has said nothing in this epoch, or an earlier life has.

    `now_ns` is the wall clock, `now_mono_ns` CLOCK_MONOTONIC at the same moment; by default both are read here.
    """
    wall_ns = time.time_ns() if now_ns is None else now_ns
    mono_ns = time.monotonic_ns() if now_mono_ns is None else now_mono_ns
    if feeder is None:
        feeder = FeederStatus(epoch=0, pid=0, written_at="")
    age_ns = mono_ns - feeder.last_data_mono_ns if feeder.last_data_mono_ns > 0 else None
    is_old = age_ns is None or age_ns > stale_threshold_s * 1e9
    is_to_deliver = words.health == "running" and feeder.confirmed > 0 and feeder.in_session is not False
    return MarketStreamStatus(
        connected=words.status == "connected",
        mode=words.mode,
        stale=words.health == "stale" or (is_to_deliver and is_old),
        stale_threshold_s=stale_threshold_s,
        last_tick_ts=None if age_ns is None else iso_or_none(wall_ns - max(0, age_ns)),
        subscriptions=feeder.desired,
        reconnect_attempts=feeder.reconnect_attempts,
        last_error=feeder.last_error,
    )
