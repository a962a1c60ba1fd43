"""The documents of one symbol beside its quote: what it has been, its file; and what a start would stream."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from tickring.episodes import Episode
from tickring.states import DataType, QuoteState, Source

__all__ = [
    "EpisodeTurn",
    "FileDifference",
    "LogTurn",
    "QuoteFileDocument",
    "RecordTurn",
    "StartPlanDocument",
    "SymbolTurnsDocument",
]


class RecordTurn(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="record"):
    """The records of a symbol began to say something else: another state, source or kind of data."""

    at: str
    is_exact: bool
    """False: the state changed without a price, at `at` or later; such a record has no time of its own."""
    sequence: int
    """Of the first record that says so."""
    state: QuoteState
    source: Source
    market_data_type: DataType
    is_oldest: bool
    """The segment keeps no older record: it may have been so for longer."""


class EpisodeTurn(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="episode"):
    """A fault of this symbol, of its farm, of the gateway or of the whole stream."""

    at: str
    """When it opened."""
    until: str | None
    """Null: it is open, or nobody saw its end."""
    is_open: bool
    episode: Episode


class LogTurn(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="log"):
    """An entry of the event log about this symbol."""

    at: str
    id: int
    name: str
    """`contract.resolved`, `set.changed` ..."""
    text: str


_Turn: TypeAlias = RecordTurn | EpisodeTurn | LogTurn


class SymbolTurnsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What a symbol has been, and what has befallen it."""

    symbol: str
    turns: tuple[_Turn, ...]
    """The newest first."""
    records_since: str | None
    """Of the oldest record that the segment keeps; null: it has none."""
    supervisor_alive: bool
    """False: episodes are those of the feeder's last words and of the event log."""
    log_fault: str | None
    """Why the event log is missing here; null: it is not."""
    at: str


class FileDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A key whose value in the file is another than in the segment."""

    key: str
    file: float | str | None
    segment: float | str | None


class QuoteFileDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON file of one symbol as it stands on the disk (docs/files.md)."""

    symbol: str
    path: str
    size_bytes: int
    modified_at: str | None
    """Null: outside the years 1970 to 9999."""
    age_s: float
    """Since it was written, by this machine's clock."""
    text: str | None
    """As it stands, with line breaks; null: too long to be a quote's file."""
    fault: str | None
    """Why it cannot be compared; null: it can."""
    records_behind: int | None
    """Records that the segment has and the file has not; null: not of this segment, or not known."""
    waits_s: float | None
    """So long the oldest price among those has been in the segment; null: there is none, or that is not known."""
    is_late: bool
    """The file should have them by now, or is of another segment."""
    differences: tuple[FileDifference, ...]
    at: str


class StartPlanDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What a start streams that names nothing else, as this service is configured."""

    origin: Literal["static", "database", "file", "http", "sql"]
    """Who names the symbols; `static`: `stream.symbols`."""
    place: str
    """Of the file or the service, without any secret; empty: the origin has none."""
    symbols: tuple[str, ...] | None
    """Those of `static`; null: they are asked for at the start."""
    takes_project: bool
    """Whether `project_id` and `decision_snapshot_id` choose anything."""
    takes_refresh: bool
    """Whether `refresh_interval_seconds` does."""
    project_id: int
    snapshot: Literal["chosen", "latest", "none"]
    """Which decision snapshot counts; `chosen`: as the project's user chose."""
    decision_snapshot_id: int | None
    """This one and no other; null: as `snapshot` says."""
    max_symbols: int | None
    """Null: all of `symbols`."""
    refresh_interval_s: float | None
    """Null: the symbols are never asked for again."""
