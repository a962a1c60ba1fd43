"""Opening without the rights to, and what would hang: tried in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.openers import OPENERS, sound_segment

if TYPE_CHECKING:
    from pathlib import Path

OPEN_IN_CHILD = """
import os, sys
from pathlib import Path
from tickring.child_line import ChildLine
from tickring.errors import TickringError
from tickring.feeder import SegmentWriter
from tickring.reader import QuoteReader
from tickring.supervisor import SegmentHost, SegmentLimits
opener, directory = sys.argv[1], Path(sys.argv[2])
if os.geteuid() == 0 and "--drop" in sys.argv:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
try:
    if opener == "reader":
        QuoteReader.open(directory, api_mode="any")
    elif opener == "writer":
        SegmentWriter.attach(directory, epoch=1)
    elif opener == "child":
        ChildLine.claim(directory, 0, "flusher")
    else:
        SegmentHost.open(directory, limits=SegmentLimits(16, 4))
except TickringError as error:
    print(type(error).__name__, error)
"""


def open_in_child(opener: str, directory: Path, *options: str) -> str:
    """Open in another process and return the error's class and message; with "--drop" as a user without rights."""
    done = subprocess.run(
        [sys.executable, "-c", OPEN_IN_CHILD, opener, str(directory), *options],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("opener", OPENERS)
def test_a_fifo_does_not_hang_whoever_opens_it(segment_name: str, opener: str) -> None:
    """A named pipe at the path is refused at once, without waiting for somebody at its other end."""
    segment = sound_segment(segment_name)
    segment.unlink()
    os.mkfifo(segment)
    assert open_in_child(opener, segment.parent).startswith(f"NotASegment {segment}: ")


@pytest.fixture
def forbidden(tmp_path: Path) -> Path:
    """A segment in a directory that everybody can enter."""
    directory = tmp_path / "forbidden"
    sound_segment(directory)
    for place in (directory, *directory.parents):
        if place.stat().st_uid == os.geteuid() and place != place.parent:
            place.chmod(place.stat().st_mode | 0o055)
    return directory


@pytest.mark.parametrize("opener", OPENERS)
def test_a_segment_of_somebody_else_is_named_as_such(forbidden: Path, opener: str) -> None:
    """Without the right to open the file, the error says who must change what."""
    (forbidden / "segment").chmod(0o640 if os.geteuid() == 0 else 0)
    answer = open_in_child(opener, forbidden, "--drop")
    assert answer.startswith(f"SegmentPermissionDenied {forbidden / 'segment'}: ")
    assert re.search(r"join the group|run as the user", answer)


@pytest.mark.parametrize("opener", OPENERS)
def test_a_directory_of_somebody_else_is_named_as_such(forbidden: Path, opener: str) -> None:
    """Without the right to enter the directory, the error is the same."""
    forbidden.chmod(0o750 if os.geteuid() == 0 else 0)
    try:
        answer = open_in_child(opener, forbidden, "--drop")
    finally:
        forbidden.chmod(0o755)
    assert answer.startswith(f"SegmentPermissionDenied {forbidden / 'segment'}: ")


@pytest.mark.parametrize("opener", ["writer", "child"])
def test_the_right_to_read_is_not_the_right_to_write(forbidden: Path, opener: str) -> None:
    """A reader's rights do not make a writer."""
    (forbidden / "segment").chmod(0o644 if os.geteuid() == 0 else 0o444)
    assert open_in_child("reader", forbidden, "--drop") == ""
    assert open_in_child(opener, forbidden, "--drop").startswith(f"SegmentPermissionDenied {forbidden / 'segment'}: ")


def test_a_directory_that_may_not_be_made_is_named_as_such(forbidden: Path) -> None:
    """A supervisor without the right to make its directory says so."""
    forbidden.chmod(0o755 if os.geteuid() == 0 else 0o555)
    try:
        answer = open_in_child("host", forbidden / "deeper", "--drop")
    finally:
        forbidden.chmod(0o755)
    assert answer.startswith(f"SegmentPermissionDenied {forbidden / 'deeper'}: may not be made by this user")
