"""Only the writer of the epoch granted last writes; every other one is told to go."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.openers import SMALL
from tests.raw_segment import RawSegment
from tickring import _core
from tickring.errors import SegmentFenced
from tickring.feeder import SegmentWriter
from tickring.names import SegmentPaths
from tickring.states import Field
from tickring.supervisor import SegmentHost
from tickring.verdict import Reason

if TYPE_CHECKING:
    from tests.feeds import Feed


@pytest.mark.parametrize("offset", [-2, -1, 1, 1000])
def test_only_the_epoch_granted_last_makes_a_writer(feed: Feed, offset: int) -> None:
    """An older or invented epoch is refused before a byte is written; the granted one then still works."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    feed.writer.close()
    feed.host.grant_epoch()
    granted = feed.host.grant_epoch()
    before = reader["SPY"]
    with pytest.raises(
        SegmentFenced, match=f"is at epoch {granted}, this writer was granted {granted + offset}"
    ) as caught:
        SegmentWriter.attach(feed.name, epoch=granted + offset)
    assert caught.value.path == reader.path
    assert (reader["SPY"], reader["SPY"].reason) == (before, Reason.NO_FEEDER)
    feed.writer = SegmentWriter.attach(feed.name, epoch=granted)
    assert (feed.writer.epoch, feed.writer.add("SPY")) == (granted, slot)


@pytest.mark.parametrize("epoch_in_header", [None, 0])
def test_epoch_zero_is_nobodys(segment_name: str, epoch_in_header: int | None) -> None:
    """A writer that was granted nothing cannot begin, not even in a segment whose header says 0 too."""
    with SegmentHost.open(segment_name, limits=SMALL) as host, RawSegment(host.paths.segment) as raw:
        host.grant_epoch()
        if epoch_in_header is not None:
            raw.write("<Q", 0x80, epoch_in_header)
        with pytest.raises(SegmentFenced, match="exit and let the supervisor start the next one"):
            SegmentWriter.attach(segment_name, epoch=0)


def test_a_superseded_segment_has_no_next_writer(segment_name: str) -> None:
    """A writer that finds `superseded` in its segment goes, even with the right epoch."""
    with SegmentHost.open(segment_name, limits=SMALL) as host:
        epoch = host.grant_epoch()
    with host.paths.segment.open("r+b") as file:
        line = _core.SupervisorLine(file.fileno(), 1, 1)
        line.supersede()
        line.close()
    with pytest.raises(SegmentFenced, match=f"is at epoch {epoch} and superseded"):
        SegmentWriter.attach(segment_name, epoch=epoch)


def test_a_refused_writer_leaves_the_lock_to_the_next(segment_name: str) -> None:
    """An attempt with the wrong epoch neither keeps the writer lock nor names itself in the header."""
    with SegmentHost.open(segment_name, limits=SMALL) as host:
        epoch = host.grant_epoch()
        with pytest.raises(SegmentFenced):
            SegmentWriter.attach(segment_name, epoch=epoch + 1)
        assert not host.wait_for_feeder(timeout_s=0)
        with SegmentWriter.attach(segment_name, epoch=epoch):
            assert host.wait_for_feeder(timeout_s=0)


def test_a_writer_whose_epoch_is_over_is_told_at_its_next_commit(feed: Feed) -> None:
    """A writer that lives on beside its fence (it should not) leaves at the end of its batch."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    with SegmentPaths.of(feed.name).segment.open("r+b") as file:
        line = _core.SupervisorLine(file.fileno(), os.getpid(), 0)
        line.grant_epoch()
        line.close()
    feed.writer.tick(slot, 1, Field.BID, 11.0)
    with pytest.raises(
        SegmentFenced, match=f"epoch {feed.writer.epoch} is over, another writer has taken this segment"
    ):
        feed.writer.commit()
    assert feed.open_reader()["SPY"].reason is Reason.NO_FEEDER
