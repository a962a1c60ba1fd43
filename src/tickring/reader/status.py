"""What the header page says, in words and seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tickring import _core
    from tickring.states import ApiMode, Connection, RunState

__all__ = ["ChildStatus", "ReaderStatus"]


class ChildStatus(NamedTuple):
    """One child's line of the header."""

    name: str
    state: RunState
    pid: int
    heartbeat_age_s: float


class ReaderStatus(NamedTuple):
    """The feed as this reader sees it now. Ages are in seconds on CLOCK_MONOTONIC; `inf` = never."""

    path: str
    segment_id: str
    layout_version: int
    segment_bytes: int
    capacity: int
    depth: int
    active_symbols: int
    epoch: int
    """Granted by the supervisor; the feeder serves it when `feeder_epoch` is the same."""
    feeder_epoch: int
    supervisor_state: RunState
    feeder_state: RunState
    connection: Connection
    api_mode: ApiMode
    """What the operator configured."""
    gateway_api_mode: ApiMode
    """What the gateway's accounts say."""
    is_superseded: bool
    supervisor_pid: int
    supervisor_heartbeat_age_s: float
    feeder_pid: int
    heartbeat_age_s: float
    """Of the feeder, against `heartbeat_limit_s`."""
    heartbeat_limit_s: float
    vouch_limit_s: float
    children: tuple[ChildStatus, ...]
    counters: dict[str, int]
    histograms: dict[str, tuple[int, tuple[int, ...]]]
    """By name (`_core.HISTOGRAMS`): the sum in ns, and how many durations fell below each of
    `_core.HISTOGRAM_BOUNDS_NS` and not below the one before; the last count is of all others."""
    reader_stats: dict[str, int]
    """This reader's own: retries, contended, reattached."""

    @classmethod
    def of(cls, reader: _core.Reader) -> ReaderStatus:
        """Read the header page; moves to a newer segment first if the feed of this one is down."""
        header = reader.header()
        identity, supervisor, feeder = header["identity"], header["supervisor"], header["feeder"]
        now_ns = header["read_ns"]

        def age_s(stamp_ns: int) -> float:
            return max(0, now_ns - stamp_ns) / 1e9 if stamp_ns > 0 else float("inf")

        return cls(
            path=reader.path,
            segment_id=identity["segment_id"],
            layout_version=identity["layout_version"],
            segment_bytes=identity["segment_bytes"],
            capacity=identity["capacity"],
            depth=identity["depth"],
            active_symbols=feeder["active_symbols"],
            epoch=supervisor["epoch"],
            feeder_epoch=feeder["epoch"],
            supervisor_state=supervisor["state"],
            feeder_state=feeder["state"],
            connection=feeder["connection"],
            api_mode=supervisor["api_mode"],
            gateway_api_mode=feeder["api_mode"],
            is_superseded=bool(supervisor["superseded"]),
            supervisor_pid=supervisor["pid"],
            supervisor_heartbeat_age_s=age_s(supervisor["heartbeat_ns"]),
            feeder_pid=feeder["pid"],
            heartbeat_age_s=age_s(feeder["heartbeat_ns"]),
            heartbeat_limit_s=supervisor["heartbeat_limit_ns"] / 1e9,
            vouch_limit_s=supervisor["vouch_limit_ns"] / 1e9,
            children=tuple(
                ChildStatus(line["name"], line["state"], line["pid"], age_s(line["heartbeat_ns"]))
                for line in header["children"]
            ),
            counters=header["counters"],
            histograms=header["histograms"],
            reader_stats=reader.stats,
        )
