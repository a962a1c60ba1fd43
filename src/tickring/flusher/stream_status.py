"""`_status.json`: what the stream is, for who reads files and nothing else.

The file is rewritten at least every second, also when nothing moves. Whoever reads it looks at `written_at` first: when
that is older than three seconds its writer is dead or stuck, and whatever the file says, the stream is `disconnected`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from tickring.atomic_file import replace_file
from tickring.feeder_status import LastError
from tickring.flusher.file_errors import FileFault
from tickring.flusher.quote_document import Time
from tickring.iso_time import iso_now
from tickring.states import ApiMode, DataType
from tickring.stream_words import ModeWord, StateWord, StatusWord

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["STATUS_FILE", "FilesReport", "StreamStatus", "status_report", "write_stream_status"]

STATUS_FILE = "_status.json"


class FilesReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The flusher's own numbers since it started."""

    written: int = 0
    kept_newer: int = 0
    """Not written because the file was newer."""
    errors: int = 0
    errors_by_name: dict[str, int] = {}
    """As in errno.h: ENOSPC, EROFS, EACCES ..."""
    last_error: FileFault | None = None
    waiting: int = 0
    """Symbols whose newest value is not in their file yet."""
    without_file: dict[str, str] = {}
    """Symbols that get no file, and why."""
    impossible_times: int = 0
    """Times outside the years 1970 to 9999, written as null: of records, or by a wall clock that is wrong."""


class StreamStatus(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `_status.json` holds: docs/files.md, docs/schemas/status.schema.json. Absent is null."""

    status: StatusWord
    state: Annotated[StateWord | None, msgspec.Meta(description="The finer word; docs/states.md.")] = None
    mode: Annotated[ModeWord | None, msgspec.Meta(description="POLL: no symbol streams, fallback serves.")] = None
    cause: Annotated[str | None, msgspec.Meta(description="Of the state, in words.")] = None
    last_heartbeat: Annotated[Time | None, msgspec.Meta(description="The feeder's newest stamp; null: never.")]
    subscribed_symbols: Annotated[list[str], msgspec.Meta(description="What the segment streams, sorted.")]
    ib_error_count: Annotated[int, msgspec.Meta(ge=0, description="In this life of the feeder.")] = 0
    last_error: LastError | None = None
    market_data_type: DataType = DataType.UNKNOWN
    written_at: Annotated[Time, msgspec.Meta(description="Older than three seconds: the writer is dead or stuck.")]
    pid: Annotated[int, msgspec.Meta(description="Of the process that wrote this file.")]
    started_at: Time
    feeder_pid: int | None = None
    epoch: Annotated[int | None, msgspec.Meta(description="Granted last by the supervisor; null: no segment.")] = None
    api_mode: ApiMode = ApiMode.UNKNOWN
    desired: int | None = None
    confirmed: int | None = None
    pending: int | None = None
    unresolved: Annotated[dict[str, str], msgspec.Meta(description="Symbol to the reason.")] = {}
    server_version: int | None = None
    account: str | None = None
    files: FilesReport = FilesReport()
    fault: Annotated[
        str | None, msgspec.Meta(description="Why the segment or the feeder's own status cannot be read.")
    ] = None


def write_stream_status(
    path: str | os.PathLike[str],
    *,
    status: StatusWord,
    symbols: Iterable[str],
    file_mode: int = 0o644,
    fsync: bool = False,
    **more: Any,
) -> dict[str, Any]:
    """Replace the file at `path` and return what it says.

    `more` are further fields of `StreamStatus` by name. `last_heartbeat`, `written_at` and `started_at` are now and
    `pid` is this process unless given; symbols are sorted.

    Raises:
        TypeError: a field that does not exist.
        msgspec.ValidationError: a value that its field cannot have, such as another word for `status`.
        OSError: it could not be written; what stood there still stands.
    """
    report = status_report(status, symbols, **more)
    replace_file(path, msgspec.json.encode(report) + b"\n", mode=file_mode, fsync=fsync)
    return report


def status_report(status: StatusWord, symbols: Iterable[str], **more: Any) -> dict[str, Any]:
    """Return the checked document as plain values; see `write_stream_status`."""
    now = iso_now()
    values: dict[str, Any] = {"last_heartbeat": now, "written_at": now, "started_at": now, "pid": os.getpid(), **more}
    unchecked = StreamStatus(status=status, subscribed_symbols=sorted(symbols), **values)
    plain: dict[str, Any] = msgspec.to_builtins(unchecked)
    msgspec.convert(plain, StreamStatus)
    return plain
