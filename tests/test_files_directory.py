"""One writer a directory, and nothing old replaces anything newer."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.json_files import quote_at
from tickring.flusher import FilesBusy, QuoteDocument, StreamDirectory
from tickring.flusher.quote_document import unsubscribed
from tickring.states import ApiMode, DataType, Source
from tickring.verdict import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BASE = QuoteDocument(
    symbol="SPY",
    timestamp="2026-03-04T05:06:07.000000Z",
    source=Source.IB_STREAM,
    bid=1.0,
    ask=2.0,
    last=None,
    close=None,
    volume=3,
    currency="USD",
    exchange="SMART",
    received_at="2026-03-04T05:06:07.000000Z",
    published_at="2026-03-04T05:06:07.000000Z",
    written_at="2026-03-04T05:06:07.000000Z",
    sequence=10,
    epoch=5,
    segment_id="a",
    bid_size=1,
    ask_size=1,
    last_trade_at=None,
    market_data_type=DataType.REALTIME,
    state="live",
    verdict=Verdict.LIVE,
    reason=Reason.VOUCHED,
    api_mode=ApiMode.MOCK,
)
EARLIER, LATER = "2026-03-04T05:06:06.000000Z", "2026-03-04T05:06:08.000000Z"


def changed(**values: object) -> QuoteDocument:
    """Return the document with other values."""
    return msgspec.structs.replace(BASE, **values)


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    """Where the files go; not there yet."""
    return tmp_path / "data" / "ib" / "stream"


@pytest.fixture
def taken(stream: Path) -> Iterator[StreamDirectory]:
    """A writer of the directory."""
    directory = StreamDirectory(stream)
    assert directory.take()
    yield directory
    directory.release()


def successor(taken: StreamDirectory) -> StreamDirectory:
    """Return the next process' view: it holds the lock and has written nothing yet."""
    taken.release()
    following = StreamDirectory(taken.directory)
    assert following.take()
    return following


def test_a_directory_has_one_writer(taken: StreamDirectory, stream: Path) -> None:
    """The second is told the pid of the first; the lock is free at once when that one lets go."""
    other = StreamDirectory(stream)
    with pytest.raises(FilesBusy, match=r"by another flusher \(pid \d+\)"):
        other.take()
    assert not other.is_taken
    assert not taken.take()
    taken.release()
    assert other.take()
    other.release()


@pytest.mark.parametrize(
    "older",
    [
        changed(epoch=4, sequence=99, published_at=LATER),
        changed(sequence=9, published_at=EARLIER),
        changed(epoch=0),
    ],
)
def test_an_older_life_never_replaces_a_newer_file(taken: StreamDirectory, older: QuoteDocument) -> None:
    """Same segment, later epoch - or a later record of the same epoch: what stands there stays, and is counted."""
    assert taken.write(BASE)
    following = successor(taken)
    assert not following.write(older)
    assert not following.write(older)
    assert following.kept_newer == 2
    assert quote_at(following.directory, "SPY")["sequence"] == 10
    following.release()


@pytest.mark.parametrize(
    "newer",
    [
        changed(epoch=6, sequence=1),
        changed(sequence=11, published_at=LATER),
        changed(written_at=LATER, verdict=Verdict.FEED_DOWN),
        changed(sequence=3, published_at=LATER),  # taken out and added again, in another slot
        changed(segment_id="b", epoch=1, sequence=1, published_at=EARLIER),  # epochs begin anywhere after a restart
        unsubscribed(BASE),
    ],
)
def test_all_else_replaces_it(taken: StreamDirectory, newer: QuoteDocument) -> None:
    """A later life, a later record, the same record looked at again, another segment."""
    taken.write(BASE)
    following = successor(taken)
    assert following.write(newer)
    assert quote_at(following.directory, "SPY") == msgspec.to_builtins(newer)
    assert following.kept_newer == 0
    following.release()


@pytest.mark.parametrize("litter", [b"", b"{", b"[]", b'{"symbol": "SPY"}', b"\xff\xfe"])
def test_what_is_no_document_is_replaced(taken: StreamDirectory, litter: bytes) -> None:
    """A file that a loss of power has emptied, or that somebody else wrote there."""
    (taken.directory / "SPY.json").write_bytes(litter)
    assert taken.write(BASE)
    assert quote_at(taken.directory, "SPY")["bid"] == 1.0


def test_a_directory_that_was_removed_is_made_again(taken: StreamDirectory, stream: Path) -> None:
    """Writing fails until it is taken again; then all is as before."""
    taken.write(BASE)
    shutil.rmtree(stream.parent)
    with pytest.raises(FileNotFoundError):
        taken.write(BASE)
    assert taken.take()
    assert taken.write(BASE)
    assert sorted(path.name for path in stream.iterdir()) == ["SPY.json", "_flusher.lock"]


def test_who_was_faster_after_a_removal_has_it(taken: StreamDirectory, stream: Path) -> None:
    """The lock of a directory that is gone guards nothing."""
    shutil.rmtree(stream)
    other = StreamDirectory(stream)
    assert other.take()
    with pytest.raises(FilesBusy):
        taken.take()
    assert not taken.is_taken
    other.release()


def test_what_dead_writers_left_goes_when_the_directory_is_taken(stream: Path) -> None:
    """Their drafts, and nothing else."""
    stream.mkdir(parents=True)
    for name in ("_tmp.999999999.1.0.00000000", "_tmp.mine", "SPY.json", "notes.txt"):
        (stream / name).write_text("x")
    directory = StreamDirectory(stream)
    directory.take()
    assert sorted(path.name for path in stream.iterdir()) == ["SPY.json", "_flusher.lock", "_tmp.mine", "notes.txt"]
    directory.release()


def test_only_documents_of_their_own_symbol_are_taken_for_such(taken: StreamDirectory) -> None:
    """Whatever else lies there is left out, and left alone."""
    taken.write(BASE)
    taken.write(changed(symbol="BRK B"))
    shutil.copy(taken.directory / "SPY.json", taken.directory / "QQQ.json")
    (taken.directory / "notes.json").write_text('{"mine": 1}')
    (taken.directory / "_status.json").write_text("{}")
    assert taken.documents() == {"SPY": BASE, "BRK B": changed(symbol="BRK B")}
