"""The feeder's words beside the segment: written whole, read back, and gone with the segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tickring.errors import TickringError
from tickring.feeder_status import (
    FeederStatus,
    FeederStatusUnreadable,
    LastError,
    read_feeder_status,
    write_feeder_status,
)
from tickring.names import SegmentPaths
from tickring.supervisor import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from pathlib import Path

STATUS = FeederStatus(
    epoch=3,
    pid=4,
    written_at="2026-03-04T05:06:07.000000Z",
    errors=2,
    last_error=LastError(code=200, text="No security definition", at="2026-03-04T05:06:07.000000Z", symbol="XXX"),
    desired=5,
    confirmed=3,
    pending=1,
    unresolved={"XXX": "No security definition"},
    market_data_type="realtime",
    server_version=176,
    account="DU1",
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """All of it, and the file is only for who may read the segment."""
    write_feeder_status(tmp_path, STATUS)
    assert read_feeder_status(tmp_path) == STATUS
    path = SegmentPaths.of(tmp_path).feeder_status
    assert path.stat().st_mode & 0o777 == 0o640
    assert [found.name for found in tmp_path.iterdir()] == ["feeder_status.json"]


def test_a_key_of_a_later_release_is_ignored(tmp_path: Path) -> None:
    """Flusher and feeder may be of two releases while one of them is replaced."""
    write_feeder_status(tmp_path, STATUS)
    path = SegmentPaths.of(tmp_path).feeder_status
    path.write_bytes(path.read_bytes().replace(b"{", b'{"colour":"green",', 1))
    assert read_feeder_status(tmp_path) == STATUS


def test_nothing_said_yet(tmp_path: Path) -> None:
    """No file, no directory."""
    assert read_feeder_status(tmp_path) is None
    assert read_feeder_status(tmp_path / "none") is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"epoch": 1}', b"\xff", b'{"written_at": "\xff"}', b'{"later": ' + b"[" * 100_000],
    ids=["empty", "half", "a list", "too little", "no text", "not UTF-8", "brackets without end"],
)
def test_another_file_there_is_named(tmp_path: Path, content: bytes) -> None:
    """With the next step; the next write replaces it."""
    path = SegmentPaths.of(tmp_path).feeder_status
    path.write_bytes(content)
    with pytest.raises(FeederStatusUnreadable, match="replaced by the feeder's next write") as caught:
        read_feeder_status(tmp_path)
    assert isinstance(caught.value, TickringError)
    assert caught.value.path == str(path)
    write_feeder_status(tmp_path, STATUS)
    assert read_feeder_status(tmp_path) == STATUS


def test_it_goes_with_the_segment(segment_name: str) -> None:
    """A host that removes its segment leaves no directory behind because of it."""
    host = SegmentHost.open(segment_name, limits=SegmentLimits(4, 4))
    write_feeder_status(segment_name, STATUS)
    host.close(remove=True)
    assert not SegmentPaths.of(segment_name).directory.exists()


def test_the_next_host_clears_away_what_a_killed_feeder_left(segment_name: str) -> None:
    """A draft of a process that is gone."""
    with SegmentHost.open(segment_name, limits=SegmentLimits(4, 4)) as host:
        draft = host.paths.directory / "_tmp.999999999.1.0.00000000"
        draft.write_text("half")
    with SegmentHost.open(segment_name, limits=SegmentLimits(4, 4)):
        assert not draft.exists()
