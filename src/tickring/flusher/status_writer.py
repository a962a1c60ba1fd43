"""Puts `_status.json` together from the header, the feeder's own words and the flusher's numbers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec

from tickring.flusher.stream_status import STATUS_FILE, FilesReport, status_report
from tickring.iso_time import iso_now, iso_or_none
from tickring.states import ApiMode, DataType
from tickring.stream_facts import facts_from
from tickring.stream_words import StreamWords, stream_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tickring.feeder_status import FeederStatus
    from tickring.flusher.file_errors import FileErrors
    from tickring.flusher.quote_files import QuoteFiles
    from tickring.flusher.stream_directory import StreamDirectory
    from tickring.reader import ReaderStatus

__all__ = ["StatusWriter"]

_ENDED = StreamWords(
    *("stopped", "disconnected", "STREAM", "not_running", "files_ended"), "nobody keeps these files up any more"
)


class StatusWriter:
    """One per flusher; errors are counted with those of the quotes' files."""

    def __init__(self, directory: StreamDirectory, errors: FileErrors, data_limit_s: float) -> None:
        """`data_limit_s`: see `tickring.stream_facts.StreamFacts`."""
        self._data_limit_s = data_limit_s
        self._directory = directory
        self._errors = errors
        self._started_at = iso_now()

    def write(
        self,
        header: ReaderStatus | None,
        symbols: Sequence[str],
        feeder: FeederStatus | None,
        *,
        quotes: QuoteFiles,
        waiting: int,
        kept_newer: int,
        fault: str | None,
        is_ending: bool,
    ) -> None:
        """Replace the file. Without a header there is no segment; `is_ending`: nobody keeps the files up after this."""
        words = _ENDED if is_ending else stream_words(facts_from(header, feeder, data_limit_s=self._data_limit_s))
        report = status_report(
            words.status,
            symbols,
            state=words.state,
            mode=words.mode,
            cause=words.cause,
            started_at=self._started_at,
            files=FilesReport(
                written=quotes.written,
                kept_newer=kept_newer,
                errors=self._errors.count,
                errors_by_name=dict(self._errors.by_name),
                last_error=self._errors.last,
                waiting=waiting,
                without_file=quotes.without_file,
                impossible_times=quotes.impossible_times,
            ),
            fault=fault,
            **_of_header(header),
            **_of_feeder(feeder),
        )
        try:
            self._directory.replace(STATUS_FILE, msgspec.json.encode(report) + b"\n")
        except OSError as error:
            self._errors.add(error, f"{self._directory.directory}/{STATUS_FILE}")


def _of_header(header: ReaderStatus | None) -> dict[str, Any]:
    if header is None:
        return {"last_heartbeat": None}
    age_s = header.heartbeat_age_s
    gateway = header.gateway_api_mode
    return {
        "last_heartbeat": None if age_s == float("inf") else iso_or_none(time.time_ns() - round(age_s * 1e9)),
        "feeder_pid": header.feeder_pid or None,
        "epoch": header.epoch,
        "api_mode": header.api_mode if gateway is ApiMode.UNKNOWN else gateway,
    }


def _of_feeder(feeder: FeederStatus | None) -> dict[str, Any]:
    if feeder is None:
        return {}
    known = feeder.market_data_type in set(DataType)
    return {
        "ib_error_count": feeder.errors,
        "last_error": feeder.last_error,
        "market_data_type": DataType(feeder.market_data_type) if known else DataType.UNKNOWN,
        "desired": feeder.desired,
        "confirmed": feeder.confirmed,
        "pending": feeder.pending,
        "unresolved": feeder.unresolved,
        "server_version": feeder.server_version,
        "account": feeder.account,
    }
