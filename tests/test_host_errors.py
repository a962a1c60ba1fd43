"""What a supervisor is refused when it opens its segment, and that a refusal leaves things as they were."""

from __future__ import annotations

import math
import os
import struct
from pathlib import Path
from typing import Any

import pytest

from tests.openers import SMALL, sound_segment
from tickring import _core
from tickring.errors import SegmentNoSpace, SegmentNotFound, SegmentPermissionDenied, SupervisorBusy
from tickring.feeder import SegmentWriter
from tickring.names import SegmentPaths
from tickring.reader import QuoteReader
from tickring.states import Field
from tickring.supervisor import SegmentHost, SegmentLimits

IMPOSSIBLE = SegmentLimits(capacity=2**20, depth=2**16)  # 8.8 TB


def names_in(directory: Path) -> set[str]:
    """The files of a directory."""
    return {path.name for path in directory.iterdir()}


# ---- the directory ---------------------------------------------------------------------------------------------------


def test_a_directory_of_another_user_is_refused(tmp_path: Path) -> None:
    """In a shared tmpfs anybody can take a name first; a segment is not made in somebody else's directory."""
    directory = tmp_path / "taken"
    directory.mkdir()
    if os.geteuid() == 0:
        os.chown(directory, 65534, 65534)
    else:
        directory = Path("/usr")
    owner = directory.stat().st_uid
    with pytest.raises(SegmentPermissionDenied, match=f"belongs to user {owner}.*this process is user {os.geteuid()}"):
        SegmentHost.open(f"{directory}/", limits=SMALL)
    assert not (directory / "supervisor.lock").exists()


def test_a_link_to_a_directory_is_refused(tmp_path: Path) -> None:
    """A symbolic link in the directory's place could lead anywhere."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(SegmentPermissionDenied, match="no plain directory") as caught:
        SegmentHost.open(tmp_path / "link", limits=SMALL)
    assert caught.value.path == str(tmp_path / "link")
    assert names_in(tmp_path / "real") == set()


def test_a_file_in_the_directorys_place_is_refused(tmp_path: Path) -> None:
    """A file of this name is left alone."""
    (tmp_path / "file").write_text("mine")
    with pytest.raises(SegmentPermissionDenied, match="no plain directory"):
        SegmentHost.open(tmp_path / "file", limits=SMALL)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("parent", ["nowhere", "file"])
def test_a_directory_is_made_but_not_its_parents(tmp_path: Path, parent: str) -> None:
    """A missing parent (or a file in its place) is probably a misspelt path, and is named."""
    (tmp_path / "file").write_text("mine")
    with pytest.raises(SegmentNotFound, match=f"cannot be made: {tmp_path / parent} "):
        SegmentHost.open(tmp_path / parent / "segment", limits=SMALL)


def test_a_second_owner_is_refused_and_told_the_first(segment_name: str) -> None:
    """One host a directory; the second gets the pid of the first and changes nothing."""
    with SegmentHost.open(segment_name, limits=SMALL) as host:
        before = host.paths.segment.stat().st_ino
        with pytest.raises(SupervisorBusy, match=f"pid {os.getpid()}") as caught:
            SegmentHost.open(segment_name, limits=SegmentLimits(64, 4))
        assert (caught.value.pid, caught.value.path) == (os.getpid(), str(host.paths.directory))
        assert host.paths.segment.stat().st_ino == before
    SegmentHost.open(segment_name, limits=SMALL).close()


# ---- room ------------------------------------------------------------------------------------------------------------


def test_a_segment_that_does_not_fit_says_how_much_it_needs(segment_name: str) -> None:
    """No room is an error when the segment is made, with the numbers; half-made files are taken away."""
    with pytest.raises(SegmentNoSpace, match=r"needs .* MB, .* MB are free") as caught:
        SegmentHost.open(segment_name, limits=IMPOSSIBLE)
    assert caught.value.needed_bytes == _core.segment_bytes(*IMPOSSIBLE[:2])
    paths = SegmentPaths.of(segment_name)
    assert caught.value.path == str(paths.segment)
    assert names_in(paths.directory) <= {"supervisor.lock"}
    SegmentHost.open(segment_name, limits=SMALL).close()


def test_a_replacement_that_does_not_fit_leaves_the_old_segment(segment_name: str) -> None:
    """A larger segment that has no room does not cost the one that stands."""
    segment = sound_segment(segment_name)
    before = segment.stat()
    with pytest.raises(SegmentNoSpace):
        SegmentHost.open(segment_name, limits=IMPOSSIBLE)
    assert segment.stat().st_ino == before.st_ino
    assert names_in(segment.parent) == {"segment", "supervisor.lock"}
    with SegmentHost.open(segment_name, limits=SMALL) as host:
        assert host.paths.segment.stat().st_ino == before.st_ino
        with SegmentWriter.attach(segment_name, epoch=host.grant_epoch()) as writer:
            writer.tick(writer.add("SPY"), 1, Field.BID, 10.0)
            with QuoteReader.open(segment_name, api_mode="any") as reader:
                assert reader.symbols() == ["SPY"]


# ---- limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["heartbeat_limit_s", "vouch_limit_s"])
@pytest.mark.parametrize("seconds", [0, 0.049, -1, 86_400.1, math.nan, math.inf, -math.inf])
def test_a_limit_out_of_range_is_refused(segment_name: str, field: str, seconds: float) -> None:
    """A limit of time says its name, its value and its range, before anything is made."""
    changes: dict[str, Any] = {field: seconds}
    with pytest.raises(ValueError, match=rf"{field} is {seconds!r}, must be 0\.05 to [0-9]+ seconds"):
        SegmentHost.open(segment_name, limits=SMALL._replace(**changes))
    assert not SegmentPaths.of(segment_name).directory.exists()


@pytest.mark.parametrize("limits", [SMALL._replace(heartbeat_limit_s=300.1)])
def test_the_heartbeat_limit_ends_at_five_minutes(limits: SegmentLimits) -> None:
    """A feeder may not be silent for longer than 300 s, whatever the operator would like."""
    with pytest.raises(ValueError, match=r"heartbeat_limit_s is 300\.1, must be 0.05 to 300 seconds"):
        limits.check()


@pytest.mark.parametrize("capacity", [0, -1, 2**20 + 1, 2**32, 2**32 + 16, 2**64 + 16, -(2**32) + 16])
def test_an_impossible_capacity_is_refused(segment_name: str, capacity: int) -> None:
    """1 to 1,048,576 symbols, and not a number that happens to wrap around to one of those."""
    with pytest.raises(ValueError, match="capacity must be 1-1048576 symbols"):
        SegmentHost.open(segment_name, limits=SegmentLimits(capacity, 4))
    assert not SegmentPaths.of(segment_name).directory.exists()


@pytest.mark.parametrize("depth", [0, 1, 2, 3, 5, 63, 65, 2**16 + 1, 2**17, -4, 2**32 + 4, 2**64 + 4])
def test_an_impossible_depth_is_refused(segment_name: str, depth: int) -> None:
    """A power of two from 4 to 65,536, and not a number that happens to wrap around to one of those."""
    with pytest.raises(ValueError, match="depth a power of two 4-65536"):
        SegmentHost.open(segment_name, limits=SegmentLimits(16, depth))
    assert not SegmentPaths.of(segment_name).directory.exists()


@pytest.mark.parametrize("limits", [SegmentLimits(16.0, 4), SegmentLimits(16, "4"), SegmentLimits(None, 4)])  # type: ignore[arg-type]
def test_a_limit_that_is_no_integer_is_refused(limits: SegmentLimits) -> None:
    """Symbols and records are counted in whole numbers."""
    with pytest.raises(TypeError):
        limits.check()


@pytest.mark.parametrize(
    "limits",
    [SegmentLimits(1, 4, 0.05, 0.05), SegmentLimits(17, 8, 300.0, 86_400.0), SegmentLimits(3, 2**16)],
    ids=str,
)
def test_limits_at_the_ends_of_their_ranges_work(segment_name: str, limits: SegmentLimits) -> None:
    """The smallest and the largest of each range make a segment that says what it was made for."""
    with SegmentHost.open(segment_name, limits=limits), QuoteReader.open(segment_name, api_mode="any") as reader:
        status = reader.status()
        assert (status.capacity, status.depth) == limits[:2]
        assert (status.heartbeat_limit_s, status.vouch_limit_s) == limits[2:]
        assert status.segment_bytes == _core.segment_bytes(*limits[:2]) == Path(status.path).stat().st_size


@pytest.mark.parametrize(("capacity", "depth"), [(1, 4), (8, 4), (9, 4), (10_000, 64), (2**20, 2**16)])
def test_the_size_of_a_segment_follows_from_its_limits(capacity: int, depth: int) -> None:
    """The arithmetic of docs/layout.md, done by hand."""

    def pages(size: int) -> int:
        return -(-size // 4096) * 4096

    table = 1 << max(4, (2 * capacity - 1).bit_length())
    rings = pages(4096 + table * 128 + capacity * 64)
    assert _core.segment_bytes(capacity, depth) == pages(rings + capacity * depth * 128)


# ---- taking over -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["zeros", "text", "truncated", "version", "capacity"])
def test_an_unusable_segment_is_replaced(segment_name: str, damage: str) -> None:
    """What stands at the path, is no segment of this release and has no living writer, makes room for a new one."""
    segment = sound_segment(segment_name)
    content = bytearray(segment.read_bytes())
    if damage == "zeros":
        content = bytearray(len(content))
    elif damage == "text":
        content = bytearray(b"hello")
    elif damage == "truncated":
        del content[-1:]
    else:
        struct.pack_into("<I", content, {"version": 8, "capacity": 52}[damage], 77)
    segment.write_bytes(content)
    with SegmentHost.open(segment_name, limits=SMALL) as host:
        with SegmentWriter.attach(segment_name, epoch=host.grant_epoch()) as writer:
            writer.tick(writer.add("SPY"), 1, Field.BID, 10.0)
        QuoteReader.open(segment_name, api_mode="any").close()
    assert names_in(segment.parent) == {"segment", "supervisor.lock"}


def test_litter_of_a_creator_that_died_is_taken_away(segment_name: str) -> None:
    """The next host removes half-made files; nobody else's."""
    segment = sound_segment(segment_name)
    (segment.parent / ".segment.4711.0badcafe.tmp").write_bytes(bytes(4096))
    (segment.parent / "notes.txt").write_text("mine")
    SegmentHost.open(segment_name, limits=SMALL).close()
    assert names_in(segment.parent) == {"segment", "supervisor.lock", "notes.txt"}


def test_files_have_the_rights_that_readers_need(segment_name: str) -> None:
    """The group may read the segment and write nothing, nobody else may do anything; whatever the umask."""
    before = os.umask(0o077)
    try:
        segment = sound_segment(segment_name)
    finally:
        os.umask(before)
    assert segment.parent.stat().st_mode & 0o777 == 0o750
    assert segment.stat().st_mode & 0o777 == 0o640
    assert (segment.parent / "supervisor.lock").stat().st_mode & 0o777 == 0o600


# ---- leaving ---------------------------------------------------------------------------------------------------------


def test_a_host_that_removes_its_segment_leaves_nothing_and_sends_readers_away(segment_name: str) -> None:
    """With `remove` directory and memory go; readers keep last values, no good verdict, and find the next segment."""
    with SegmentHost.open(segment_name, limits=SMALL) as host:
        with SegmentWriter.attach(segment_name, epoch=host.grant_epoch()) as writer:
            writer.set_line(state="running", connection="connected", api_mode="live")
            writer.tick(writer.add("SPY"), 1, Field.BID, 10.0)
            reader = QuoteReader.open(segment_name)
        host.close(remove=True)
        host.close(remove=True)
    assert not host.paths.directory.exists()
    with reader:
        assert (reader["SPY"].verdict, reader["SPY"].reason, reader["SPY"].bid) == ("feed_down", "superseded", 10.0)
        with SegmentHost.open(segment_name, limits=SMALL):
            assert reader.reattach()
            assert reader["SPY"].reason == "unknown_symbol"


def test_a_removed_segment_leaves_what_is_not_its_own(segment_name: str) -> None:
    """A file that somebody put into the directory keeps it there."""
    with SegmentHost.open(segment_name, limits=SMALL) as host:
        (host.paths.directory / "notes.txt").write_text("mine")
        host.close(remove=True)
    assert names_in(host.paths.directory) == {"notes.txt"}
