"""A full tmpfs is an error when a segment is made, never a crash later, and leaves nothing half made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.processes.child import ChildError, unshare_or_skip
from tickring import _core

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.processes.child import Child, Processes

SIZE_BYTES = 1 << 20
SMALL = {"capacity": 64, "depth": 16}
TOO_LARGE = {"capacity": 1000, "depth": 64}
MOUNT = f'mount -t tmpfs -o size={SIZE_BYTES} tickring-test "$0" && exec "$@"'


@pytest.fixture
def place(tmp_path: Path) -> str:
    """The directory of the segment, as it is seen by the owner alone."""
    return str(tmp_path / "tmpfs" / "tickring")


@pytest.fixture
def owner(tmp_path: Path, processes: Processes) -> Child:
    """A process in whose eyes `tmp_path/tmpfs` is a tmpfs of 1 MB. The mount ends with the process."""
    mounted = tmp_path / "tmpfs"
    mounted.mkdir()
    return processes.start("owner", under=unshare_or_skip("--mount", "sh", "-c", MOUNT, str(mounted)))


def _fill(owner: Child, place: str) -> None:
    owner.ask("fill", path=place + "-ballast")
    assert owner.ask("free", directory=str(Path(place).parent)) == 0


def _check_feed(owner: Child, place: str, *, symbols: int) -> None:
    """Run a feeder that wraps every ring of the small segment, and end it."""
    owner.ask("attach", directory=place, symbols=symbols)
    assert owner.ask("publish", directory=place, ticks=3 * SMALL["depth"]) == "live"
    owner.ask("detach")


def _no_space(attempt: Callable[[], object]) -> str:
    with pytest.raises(ChildError) as caught:
        attempt()
    assert caught.value.kind == "SegmentNoSpace", caught.value
    return caught.value.message


def test_a_segment_that_does_not_fit_leaves_no_litter(owner: Child, place: str) -> None:
    """SegmentNoSpace says how much is needed and how much is there; no file of it stays, and no space is lost."""
    owner.ask("own", directory=place, **SMALL)
    owner.ask("disown")
    free = owner.ask("free", directory=place)
    names = owner.ask("names", directory=place)
    message = _no_space(lambda: owner.ask("own", directory=place, **TOO_LARGE))
    assert f"{_core.segment_bytes(*TOO_LARGE.values()) / 1e6:.1f} MB" in message
    assert f"{free / 1e6:.1f} MB are free" in message
    assert owner.ask("names", directory=place) == names
    assert owner.ask("free", directory=place) == free


def test_a_smaller_segment_then_fits(owner: Child, place: str) -> None:
    """After SegmentNoSpace the lock is free again, and a segment that fits is made and works."""
    _no_space(lambda: owner.ask("own", directory=place, **TOO_LARGE))
    assert "segment" not in owner.ask("names", directory=place)
    owner.ask("own", directory=place, **SMALL)
    assert owner.ask("names", directory=place) == ["segment", "supervisor.lock"]
    _check_feed(owner, place, symbols=64)


def test_a_standing_segment_outlives_a_replacement_that_does_not_fit(owner: Child, place: str) -> None:
    """If the larger one does not fit beside it, the standing segment stays as it was and can be taken over again."""
    inode = owner.ask("own", directory=place, **SMALL)
    _check_feed(owner, place, symbols=3)
    owner.ask("disown")
    _no_space(lambda: owner.ask("own", directory=place, **TOO_LARGE))
    assert owner.ask("own", directory=place, **SMALL) == inode
    _check_feed(owner, place, symbols=3)


def test_an_owner_whose_replacement_does_not_fit_goes_on_with_what_it_has(owner: Child, place: str) -> None:
    """SegmentNoSpace from `replace` changes nothing: the feeder that runs goes on, in the same file."""
    inode = owner.ask("own", directory=place, **SMALL)
    owner.ask("attach", directory=place, symbols=3)
    assert owner.ask("publish", directory=place, ticks=3) == "live"
    _no_space(lambda: owner.ask("replace", **TOO_LARGE))
    assert owner.ask("names", directory=place) == ["segment", "supervisor.lock"]
    assert owner.ask("publish", directory=place, ticks=3) == "live"
    owner.ask("detach")
    _check_feed(owner, place, symbols=64)
    owner.ask("disown")
    assert owner.ask("own", directory=place, **SMALL) == inode


def test_a_disk_that_fills_up_later_harms_no_segment(owner: Child, place: str) -> None:
    """A segment has all its memory from the start: with no byte free, every slot and record can be written."""
    owner.ask("own", directory=place, **SMALL)
    _fill(owner, place)
    _check_feed(owner, place, symbols=64)


def test_an_owner_starts_over_a_standing_segment_on_a_full_disk(owner: Child, place: str) -> None:
    """The next owner needs no space to take over what stands."""
    inode = owner.ask("own", directory=place, **SMALL)
    owner.ask("disown")
    _fill(owner, place)
    assert owner.ask("own", directory=place, **SMALL) == inode
    _check_feed(owner, place, symbols=64)


def test_without_a_single_free_byte_it_is_still_that_error(owner: Child, place: str) -> None:
    """SegmentNoSpace also when not even the small files beside the segment fit."""
    _fill(owner, place)
    _no_space(lambda: owner.ask("own", directory=place, **SMALL))
