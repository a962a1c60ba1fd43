"""What can be told of a service without its supervisor: its segment, the feeder's words, the lock, the files.

Nothing here asks a process. What a dead one wrote is told as the past: a heartbeat counts only while its process lives.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from tickring.cli.segment_report import SegmentReport, read_segment
from tickring.errors import SegmentNotFound, TickringError
from tickring.feeder_status import FeederStatus, read_feeder_status
from tickring.job_lock import STREAM_JOB, JobLock, LockHolder
from tickring.json_faults import JSON_FAULTS
from tickring.reader import QuoteReader, ReaderStatus
from tickring.stream_facts import facts_from
from tickring.stream_words import StatusWord, stream_words

__all__ = ["FilesLook", "Remains", "ServicePlace", "look_at_remains"]

_LIVING = frozenset({"alive", "stopped", "traced", "not visible here"})


class ServicePlace(NamedTuple):
    """What the service's configuration says, where it cannot be asked."""

    data_root: str
    """Where its files lie."""
    data_limit_s: float
    """Without a price of any symbol for longer the stream is mute (`stream.data_limit_s`)."""


class FilesLook(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON files' own status."""

    path: str
    status: str | None = None
    """As it says; None: there is no such file, or it cannot be read."""
    age_s: float | None = None
    """Since it was written. Older than three seconds: its writer is dead or stuck, whatever it says."""
    fault: str | None = None


class Remains(msgspec.Struct, frozen=True, kw_only=True):
    """What stands, whether or not anybody is behind it."""

    status: StatusWord
    state: str
    cause: str
    code: str
    """The four as in docs/states.md, judged without the supervisor."""
    segment: SegmentReport | None = None
    segment_fault: str | None = None
    """Why there is none, or why it cannot be read."""
    feeder: FeederStatus | None = None
    """The feeder's last words."""
    is_feeder_present: bool = False
    """Whether they are of a feeder that lives; else they are the past."""
    feeder_fault: str | None = None
    lock_path: str
    is_lock_there: bool
    """Whether there is such a file: if not, no run was on there, or the service's files lie elsewhere."""
    lock_holder: LockHolder | None = None
    """Who holds the lock of the stream now; None: nobody, or it cannot be told."""
    files: FilesLook


class _FilesStatus(msgspec.Struct):
    status: str
    written_at: str


def look_at_remains(segment: str, place: ServicePlace, *, is_supervised: bool) -> Remains:
    """Look at everything once. `is_supervised`: somebody listens at the control socket, though he does not answer us.

    Raises:
        InvalidName: no segment can be called so.
    """
    report: SegmentReport | None = None
    header: ReaderStatus | None = None
    segment_fault: str | None = None
    try:
        with QuoteReader.open(segment, api_mode="any") as reader:
            report, header = read_segment(reader), reader.status()
    except SegmentNotFound:
        segment_fault = "there is none"
    except TickringError as error:
        segment_fault = str(error)
    feeder, feeder_fault = _feeder_words(segment)
    is_feeder_alive = report is not None and _lives(report, "feeder")
    facts = facts_from(header, feeder, data_limit_s=place.data_limit_s)
    if facts is not None and not is_supervised:
        facts = facts._replace(supervisor_heartbeat_age_s=math.inf)
    if facts is not None and not is_feeder_alive:
        facts = facts._replace(heartbeat_age_s=math.inf)
    words = stream_words(facts)
    lock = JobLock(STREAM_JOB, place.data_root)
    return Remains(
        status=words.status,
        state=words.state,
        cause=words.cause,
        code=words.code,
        segment=report,
        segment_fault=segment_fault,
        feeder=feeder,
        is_feeder_present=is_feeder_alive
        and feeder is not None
        and header is not None
        and feeder.epoch == header.epoch,
        feeder_fault=feeder_fault,
        lock_path=str(lock.path.absolute()),
        is_lock_there=lock.path.exists(),
        lock_holder=_holder(lock),
        files=_look_at_files(Path(place.data_root) / "stream" / "_status.json"),
    )


def _lives(report: SegmentReport, role: str) -> bool:
    return any(line.role == role and line.process in _LIVING for line in report.processes)


def _feeder_words(segment: str) -> tuple[FeederStatus | None, str | None]:
    try:
        return read_feeder_status(segment), None
    except TickringError as error:
        return None, str(error)


def _holder(lock: JobLock) -> LockHolder | None:
    try:
        return lock.holder()
    except (TickringError, OSError):  # not ours to read: then it cannot be told
        return None


def _look_at_files(path: Path) -> FilesLook:
    where = str(path.absolute())
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_FilesStatus)
        written_at = datetime.fromisoformat(found.written_at)
        age_s = max(0.0, (datetime.now(UTC) - written_at).total_seconds())
    except FileNotFoundError:
        return FilesLook(path=where, fault="there is none")
    except (OSError, ValueError, TypeError, *JSON_FAULTS) as error:
        return FilesLook(path=where, fault=str(error))
    return FilesLook(path=where, status=found.status, age_s=age_s)
