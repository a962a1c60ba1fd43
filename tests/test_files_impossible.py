"""What no feeder would publish and no clock should say: it is bounded, counted and shown, and the files go on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.json_files import quote_at, status_at
from tests.raw_segment import RawSegment
from tests.waiting import wait_until
from tickring.config.structs import Config, FilesConfig, SegmentConfig
from tickring.flusher import Flusher
from tickring.flusher.process import BAD_CONFIGURATION
from tickring.iso_time import iso_from_ns, iso_now, iso_or_none
from tickring.names import SegmentPaths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.feeds import Feed

INFINITY_BITS = 0x7FF0000000000000
HUGE_BITS = 0x7E37E43C8800759C  # 1e300
RECORD = {"bid": 8, "ask": 16, "ts_recv_ns": 32, "bid_size": 64, "volume": 88}
"""Offsets within a record: docs/layout.md."""


@pytest.fixture
def flusher(feed: Feed, tmp_path: Path) -> Iterator[Flusher]:
    """A flusher of the test's segment that turns when it is told to."""
    made = Flusher(feed.name, FilesConfig(data_root=str(tmp_path), writes_per_s=1000.0, status_period_s=0.02))
    yield made
    made.close()


def turn_until_status(flusher: Flusher, directory: Path, **files: object) -> dict[str, object]:
    """Turn until `_status.json` says this of the files; return it."""

    def says() -> bool:
        flusher.turn()
        path = directory / "_status.json"
        return path.exists() and files.items() <= status_at(directory)["files"].items()

    wait_until(says, f"the status says {files}")
    return status_at(directory)


def newest_record(raw: RawSegment, slot: int) -> int:
    """Where the slot's newest record begins: the cursor names it."""
    return raw.record(slot, raw.read("<Q", raw.control(slot)))


def test_a_time_that_cannot_be_is_null_and_counted(feed: Feed, flusher: Flusher, tmp_path: Path) -> None:
    """A record from before 1970 gets a file without that time; the status counts it, all else goes on."""
    slot = feed.stream("SPY", "bid", 1.0)
    other = feed.stream("QQQ", "bid", 2.0)
    with RawSegment(SegmentPaths.of(feed.name).segment) as raw:
        raw.write("<q", newest_record(raw, slot) + RECORD["ts_recv_ns"], -1_000_000_000)
    directory = tmp_path / "stream"
    turn_until_status(flusher, directory, impossible_times=1)
    spy = quote_at(directory, "SPY")
    assert (spy["timestamp"], spy["received_at"], spy["bid"]) == (None, None, 1.0)
    feed.tick(other, "bid", 3.0)

    def moved() -> bool:
        flusher.turn()
        return bool(quote_at(directory, "QQQ")["bid"] == 3.0)

    wait_until(moved, "the other symbol moves on")


def test_values_without_an_end_do_not_end_it(feed: Feed, flusher: Flusher, tmp_path: Path) -> None:
    """Infinite and absurdly large numbers in the memory become JSON all the same, infinite ones null."""
    slot = feed.stream("SPY", "bid", 1.0, "ask", 2.0, "volume", 5.0, "bid_size", 1.0)
    with RawSegment(SegmentPaths.of(feed.name).segment) as raw:
        record = newest_record(raw, slot)
        for field, bits in (("bid", INFINITY_BITS), ("volume", HUGE_BITS), ("bid_size", INFINITY_BITS)):
            raw.write("<Q", record + RECORD[field], bits)
    turn_until_status(flusher, tmp_path / "stream", written=1)
    spy = quote_at(tmp_path / "stream", "SPY")
    assert (spy["bid"], spy["bid_size"], spy["ask"], spy["volume"]) == (None, None, 2.0, 1e300)


@pytest.mark.parametrize(
    ("clock_ns", "written_at"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (-(10**18), "1970-01-01T00:00:00.000000Z"),
        (10**22, "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_wall_clock_that_is_far_off_does_not_end_it(
    feed: Feed, flusher: Flusher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock_ns: int, written_at: str
) -> None:
    """A machine whose clock was lost (1970, or any other year) has files all the same, with what can be said."""
    feed.stream("SPY", "bid", 1.0)
    monkeypatch.setattr(time, "time_ns", lambda: clock_ns)
    status = turn_until_status(flusher, tmp_path / "stream", written=1)
    spy = quote_at(tmp_path / "stream", "SPY")
    assert (status["written_at"], status["last_heartbeat"]) == (written_at, None)
    assert (spy["written_at"], spy["bid"], spy["published_at"]) == (written_at, 1.0, None)


def test_a_configuration_that_can_never_work_is_not_tried_again(feed: Feed, tmp_path: Path) -> None:
    """A segment or directory that cannot be named, and a configuration that is none, end with 78 and the reason."""
    good = Config(segment=SegmentConfig(name=feed.name), files=FilesConfig(data_root=str(tmp_path)))
    replace = msgspec.structs.replace
    for config, why in (
        (replace(good, segment=SegmentConfig(name="no such name")), "is not a segment name"),
        (replace(good, files=FilesConfig(data_root="a\0b")), "which is no path"),
        (replace(good, files=FilesConfig(data_root="x" * 5000)), "which is too long"),
        (None, "its configuration cannot be read"),
    ):
        code, errors = end_of(b'{"files": 7}' if config is None else msgspec.json.encode(config))
        assert (code, why in errors) == (BAD_CONFIGURATION, True), errors


def end_of(config_json: bytes) -> tuple[int, str]:
    """Run the flusher's process to its end."""
    program = (
        "import os, sys; from tickring.flusher import run_flusher; run_flusher(sys.stdin.buffer.read(), os.getppid())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=config_json, capture_output=True, timeout=30, check=False, env=os.environ
    )
    return done.returncode, done.stderr.decode()


def test_times_are_text_within_four_digits_of_a_year() -> None:
    """The ends of the range are exact, and beyond them there is no text."""
    last_ns = 253_402_300_800 * 1_000_000_000 - 1
    assert (iso_from_ns(0), iso_from_ns(last_ns)) == ("1970-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z")
    for ns in (-1, last_ns + 1):
        assert iso_or_none(ns) is None
        with pytest.raises(ValueError, match="outside the years 1970 to 9999"):
            iso_from_ns(ns)
    assert iso_or_none(time.time_ns()) is not None
    assert abs(int(iso_now()[:4]) - time.gmtime().tm_year) <= 1
