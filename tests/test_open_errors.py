"""What can stand at a segment's path, and which error names it and the next step: for readers, writers and children."""

from __future__ import annotations

import os
import shutil
import socket
import struct
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.openers import OPENERS, sound_segment
from tickring import _core
from tickring.errors import (
    NotASegment,
    SegmentError,
    SegmentNotFound,
    SegmentNotReady,
    SegmentSizeMismatch,
    SegmentVersionMismatch,
)
from tickring.reader import QuoteReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Identity block of the header (docs/layout.md): offset and struct format of the fields that are damaged here.
MAGIC, VERSION, READY, SEGMENT_BYTES = (0, "<Q"), (8, "<I"), (12, "<I"), (16, "<Q")
CAPACITY, DEPTH, TABLE_ENTRIES = (52, "<I"), (56, "<I"), (60, "<I")
DIRECTORY_OFFSET, CONTROL_OFFSET, RING_OFFSET = (64, "<Q"), (72, "<Q"), (80, "<Q")


@pytest.fixture
def segment(segment_name: str) -> Path:
    """A sound segment file without a supervisor or writer."""
    return sound_segment(segment_name)


def patch(field: tuple[int, str], change: Callable[[int], int]) -> Callable[[Path], object]:
    """Change one number of the identity block."""
    offset, kind = field

    def apply(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(offset)
            (value,) = struct.unpack(kind, file.read(struct.calcsize(kind)))
            file.seek(offset)
            file.write(struct.pack(kind, change(value)))

    return apply


def put(field: tuple[int, str], number: int) -> Callable[[Path], object]:
    """Overwrite one number of the identity block."""
    return patch(field, lambda _: number)


def replace_by(make: Callable[[Path], object]) -> Callable[[Path], object]:
    """Put something else in the file's place."""

    def apply(path: Path) -> None:
        path.unlink()
        make(path)

    return apply


def make_socket(path: Path) -> None:
    """A Unix socket that stays behind."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def both(first: Callable[[Path], object], second: Callable[[Path], object]) -> Callable[[Path], object]:
    """Two damages at once."""
    return lambda path: (first(path), second(path))


class Damage(NamedTuple):
    what: str
    do: Callable[[Path], object]
    error: type[SegmentError]
    next_step: str


START = "start the supervisor"
DAMAGES = [
    Damage("gone", lambda path: path.unlink(), SegmentNotFound, START),
    Damage("directory gone", lambda path: shutil.rmtree(path.parent), SegmentNotFound, START),
    Damage("zeros", lambda path: path.write_bytes(bytes(path.stat().st_size)), SegmentNotReady, START),
    Damage("not ready", patch(READY, lambda _: 0), SegmentNotReady, START),
    Damage("ready with another number", patch(READY, lambda _: 2), SegmentNotReady, START),
    Damage("newer", patch(VERSION, lambda version: version + 1), SegmentVersionMismatch, "upgrade tickring"),
    Damage("much newer", patch(VERSION, lambda _: 2**32 - 1), SegmentVersionMismatch, "upgrade tickring"),
    Damage("older", patch(VERSION, lambda version: version - 1), SegmentVersionMismatch, "restart the writer"),
    Damage("newer, not ready", both(put(VERSION, 9), put(READY, 0)), SegmentVersionMismatch, ""),
    Damage("one byte short", lambda path: os.truncate(path, path.stat().st_size - 1), SegmentSizeMismatch, START),
    Damage("header only", lambda path: os.truncate(path, _core.HEADER_BYTES), SegmentSizeMismatch, START),
    Damage("one page longer", lambda path: os.truncate(path, path.stat().st_size + 4096), SegmentSizeMismatch, START),
    *(
        Damage(f"{what} {number}", put(field, number), SegmentSizeMismatch, START)
        for what, field, damaged in [
            ("segment_bytes", SEGMENT_BYTES, [0, 4096, 2**64 - 1]),
            ("capacity", CAPACITY, [0, 15, 17, 2**20, 2**20 + 1, 2**32 - 1]),
            ("depth", DEPTH, [0, 1, 2, 3, 16, 31, 64, 2**16, 2**17, 2**32 - 1]),
            ("table_entries", TABLE_ENTRIES, [0, 16, 64, 2**32 - 1]),
            ("directory_offset", DIRECTORY_OFFSET, [0, 4097, 2**63]),
            ("control_offset", CONTROL_OFFSET, [0, 4096, 2**64 - 1]),
            ("ring_offset", RING_OFFSET, [0, 4096, 2**64 - 1]),
        ]
        for number in damaged
    ),
    Damage("half a header", lambda path: os.truncate(path, _core.HEADER_BYTES - 1), NotASegment, "remove the file"),
    Damage("empty", lambda path: path.write_bytes(b""), NotASegment, "remove the file"),
    Damage("short text", lambda path: path.write_text("hello"), NotASegment, "remove the file"),
    Damage("long text", lambda path: path.write_text("hello, world\n" * 10_000), NotASegment, "remove the file"),
    Damage("other magic", patch(MAGIC, lambda magic: magic ^ 1), NotASegment, "remove the file"),
    Damage("no magic but ready", patch(MAGIC, lambda _: 0), NotASegment, "remove the file"),
    Damage("directory", replace_by(lambda path: path.mkdir()), NotASegment, "remove the file"),
    Damage("socket", replace_by(make_socket), NotASegment, "remove the file"),
]  # fmt: skip


@pytest.mark.parametrize("opener", OPENERS)
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.what)
def test_what_stands_at_the_path_is_named_with_the_next_step(segment: Path, opener: str, damage: Damage) -> None:
    """Everything that is no usable segment is its own error, which names the file and what to do."""
    damage.do(segment)
    try:
        with pytest.raises(SegmentError) as caught:
            OPENERS[opener](segment.parent)
    finally:
        if segment.is_dir():
            segment.rmdir()
    assert type(caught.value) is damage.error
    assert caught.value.path == str(segment)
    assert str(caught.value).startswith(f"{segment}: ")
    assert damage.next_step in str(caught.value)


@pytest.mark.parametrize("opener", OPENERS)
@pytest.mark.parametrize("found", [_core.LAYOUT_VERSION + 1, 2**32 - 1])
def test_a_foreign_version_is_carried_by_the_error(segment: Path, opener: str, found: int) -> None:
    """Which versions met stands in the message and in attributes."""
    patch(VERSION, lambda _: found)(segment)
    with pytest.raises(SegmentVersionMismatch, match=f"layout version {found}") as caught:
        OPENERS[opener](segment.parent)
    assert (caught.value.found, caught.value.understood) == (found, _core.LAYOUT_VERSION)


@pytest.mark.parametrize("opener", OPENERS)
def test_a_file_in_the_place_of_the_directory_is_no_segment(tmp_path: Path, opener: str) -> None:
    """Where the directory should be stands a file: nothing is there, in tickring's own words."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SegmentNotFound, match=START):
        OPENERS[opener](tmp_path / "file")


@pytest.mark.parametrize("opener", OPENERS)
def test_a_directory_whose_name_is_no_text_can_be_named(tmp_path: Path, opener: str) -> None:
    """A path with bytes that are no UTF-8 is legal; the error about it is still the right one."""
    with pytest.raises(SegmentNotFound) as caught:
        OPENERS[opener](tmp_path / os.fsdecode(b"caf\xe9"))
    assert caught.value.path.endswith("segment")


def test_a_link_to_a_segment_can_be_read(segment: Path, tmp_path: Path) -> None:
    """A reader follows a symbolic link: it cannot do harm with what it finds."""
    (tmp_path / "segment").symlink_to(segment)
    QuoteReader.open(tmp_path, api_mode="any").close()


@pytest.mark.parametrize("opener", ["writer", "child"])
def test_a_link_to_a_segment_is_not_written(segment: Path, tmp_path: Path, opener: str) -> None:
    """Whoever writes does not follow a symbolic link, and says so as a segment error."""
    (tmp_path / "segment").symlink_to(segment)
    with pytest.raises(SegmentError):
        OPENERS[opener](tmp_path)
