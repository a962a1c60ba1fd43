"""The tree of errors: one root, every class public, and every error crosses a process boundary whole."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING

import pytest

from tests.openers import SMALL
from tickring import errors
from tickring.errors import (
    ApiModeMismatch,
    ConfigError,
    DirectoryFull,
    ForkedHandle,
    InvalidName,
    InvalidSymbol,
    LineBusy,
    NotASegment,
    QuoteStale,
    QuoteTooOld,
    QuoteUnchangedTooLong,
    SegmentError,
    SegmentFenced,
    SegmentNoSpace,
    SegmentVersionMismatch,
    SlotNotActive,
    SupervisorBusy,
    TickringError,
    UnpricedPositions,
    WriterBusy,
    WriterNotProvenDead,
)
from tickring.reader import QuoteReader
from tickring.states import Field, QuoteState
from tickring.supervisor import SegmentHost

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.feeds import Feed

MADE_BY_HAND = [
    ConfigError(("gateway.port is 0", "segment.depth is 3")),
    ForkedHandle("made before fork"),
    InvalidName("'a b' is not a segment name"),
    InvalidSymbol("a/b", "must not contain path separators"),
    LineBusy("line 3 belongs to another living child", path="/x/segment"),
    NotASegment("is not a tickring segment", path="/x/segment"),
    SegmentFenced("epoch 7 is over", path="/x/segment"),
    SegmentNoSpace("needs 8.8 TB", path="/x/segment", needed_bytes=8_800_000_000_000),
    SegmentVersionMismatch("has layout 3", path="/x/segment", found=3, understood=2),
    SlotNotActive("slot 7 belongs to no symbol"),
    WriterBusy("has a living writer", path="/x/segment", pid=4711),
    WriterNotProvenDead("could not be proven dead", path="/x/segment", pid=4711),
]


def check_copy(error: TickringError) -> None:
    """A pickled and a copied error are the error again."""
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is type(error)
        assert (str(again), repr(again), again.args) == (str(error), repr(error), error.args)
        assert vars(again) == vars(error)


def test_every_error_is_public_and_of_one_tree() -> None:
    """`except TickringError` catches all that tickring raises on purpose; every class of the package is exported.

    Parts have errors of their own below the same root, which other tests of this process may have imported.
    """
    exported = {getattr(errors, name) for name in errors.__all__}
    assert all(issubclass(kind, TickringError) for kind in exported)
    seen = {TickringError}
    while more := {kind for parent in seen for kind in parent.__subclasses__()} - seen:
        seen |= more
    assert {kind for kind in seen if kind.__module__.startswith("tickring.errors.")} == exported
    assert all(kind.__doc__ for kind in exported)


@pytest.mark.parametrize("error", MADE_BY_HAND, ids=lambda error: type(error).__name__)
def test_an_error_crosses_a_process_boundary_whole(error: TickringError) -> None:
    """Message and attributes survive pickling, as a process pool does it."""
    check_copy(error)


def test_an_error_about_a_quote_takes_the_quote_along(feed: Feed) -> None:
    """What `require` and a valuation raise can be looked at in another process."""
    feed.stream("SPY", Field.BID, 10.0)
    feed.stream("OLD", Field.BID, 3.0, state=QuoteState.STALE)
    reader = feed.open_reader()
    calls: list[tuple[type[TickringError], Callable[[], object]]] = [
        (QuoteStale, lambda: reader.require("OLD")),
        (QuoteTooOld, lambda: reader.require("SPY", max_age_s=0)),
        (QuoteUnchangedTooLong, lambda: reader.require("SPY", max_unchanged_s=0)),
        (UnpricedPositions, lambda: reader.batch(["OLD"]).value([1.0]).total),
        (InvalidSymbol, lambda: reader["a/b"]),
    ]
    for kind, call in calls:
        with pytest.raises(kind) as caught:
            call()
        check_copy(caught.value)


def test_an_error_about_a_segment_takes_its_path_along(feed: Feed) -> None:
    """So do those of the native core and of the files."""
    for number in range(64):
        feed.writer.add(f"S{number}")
    calls: list[tuple[type[SegmentError], Callable[[], object]]] = [
        (DirectoryFull, lambda: feed.writer.add("SPY")),
        (ApiModeMismatch, lambda: QuoteReader.open(feed.name, api_mode="live")),
        (SupervisorBusy, lambda: SegmentHost.open(feed.name, limits=SMALL)),
    ]
    for kind, call in calls:
        with pytest.raises(kind) as caught:
            call()
        assert caught.value.path.startswith(str(feed.host.paths.directory))
        check_copy(caught.value)
