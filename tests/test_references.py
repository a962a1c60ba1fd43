"""Nothing grows: every operation, thousands of times, leaves objects, references, heap, mappings and files alone.

Each measure counts things, so a leak of one a call shows as thousands, and the tolerance is far below and free of time.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import ctypes
import gc
import itertools
import os
import pickle
import sys
import weakref
from enum import EnumType
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pytest

from tests.lane_frames import BID, PRICE, lane_of, text_frame
from tickring import _core, errors, states, verdict
from tickring.child_line import ChildLine
from tickring.errors import TickringError
from tickring.feeder import SegmentWriter
from tickring.names import SegmentPaths
from tickring.reader import Quote, QuoteReader
from tickring.states import ApiMode, Connection, Field, QuoteState
from tickring.supervisor import SegmentHost
from tickring.verdict import GOOD, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.feeds import Feed
    from tickring.reader import Batch, Follow, Handle

CALLS = 1000
TOLERATED = CALLS // 5
"""Caches of the interpreter move by a few; a leak moves by at least one a call."""


class Scene(NamedTuple):
    """What the operations work on."""

    feed: Feed
    reader: QuoteReader
    handle: Handle
    batch: Batch
    follow: Follow
    slot: int
    quote: Quote
    numbers: itertools.count[int]


@pytest.fixture(autouse=True)
def old_objects_set_aside() -> None:
    """What stood before the test is not looked at by its collections, which would take most of its time."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def scene(feed: Feed) -> Scene:
    """SPY live, GOLD quiet, OLD stale, EMPTY without a price; XYZ unknown."""
    slot = feed.stream("SPY", Field.BID, 1.0, Field.ASK, 2.0)
    feed.stream("GOLD", Field.BID, 20.0, state=QuoteState.QUIET)
    feed.stream("OLD", Field.BID, 3.0, state=QuoteState.STALE)
    feed.stream("EMPTY")
    reader = feed.open_reader()
    symbols = ["SPY", "GOLD", "OLD", "EMPTY", "XYZ"]
    follow = reader.follow(symbols, timeout_s=0.0)
    return Scene(
        feed, reader, reader.handle("SPY"), reader.batch(symbols), follow, slot, reader["SPY"], itertools.count(10)
    )


def refused(call: Callable[[], object]) -> None:
    """The call is refused."""
    with contextlib.suppress(TickringError, ValueError, TypeError, OverflowError, BufferError, AttributeError):
        call()
        pytest.fail("it was not refused")


def tick(scene: Scene) -> int:
    """A tick that changes the bid."""
    return scene.feed.writer.tick(scene.slot, 1, Field.BID, float(next(scene.numbers)))


def connect_and_disconnect(scene: Scene) -> None:
    """Two changes of every verdict, told to a follower."""
    for connection in (Connection.SUSPECT, Connection.CONNECTED):
        scene.feed.writer.set_line(connection=connection)
        assert len(scene.follow.take()) >= 2


async def hear_one(scene: Scene) -> None:
    """Wait in asyncio until a tick comes."""
    follow = scene.reader.follow(["SPY"])
    await anext(follow)
    task = asyncio.ensure_future(anext(follow))
    await asyncio.sleep(0)
    tick(scene)
    scene.feed.writer.commit()
    await task


def mistaken_calls(scene: Scene) -> None:
    """Every kind of bad argument once."""
    writer, reader = scene.feed.writer, scene.reader
    calls: list[Callable[[], object]] = [
        *(lambda: reader["../x"], lambda: reader[7], lambda: reader["\ud800"]),  # type: ignore[index]
        *(lambda: reader.batch(["SPY", ""]), lambda: reader.follow("SPY"), lambda: reader.batch(7)),  # type: ignore[arg-type]
        *(lambda: reader.history("SPY", 0), lambda: reader.follower(["SPY"]).take(0)),
        *(lambda: reader.require("SPY", max_age_s=-1), lambda: reader.require("SPY", accept=["x"])),  # type: ignore[list-item]
        *(lambda: scene.handle.require(1), lambda: scene.handle.require(x=1)),  # type: ignore[call-arg]
        *(lambda: scene.batch.value([1.0]), lambda: scene.batch.value([float("nan")] * 5)),
        *(lambda: scene.batch.value([1.0] * 5, out=b""), lambda: scene.batch.value([1.0] * 5, out=bytearray(40))),
        *(lambda: scene.batch.value([1.0] * 5, side="bid"), lambda: reader.fill_table(b"")),  # type: ignore[arg-type]
        *(lambda: writer.tick(scene.slot, 1, "x", 1.0), lambda: writer.tick(scene.slot, 1, "bid", "x")),
        *(lambda: writer.tick(scene.slot, 1, "bid", 1.0, "ask"), lambda: writer.tick(63, 1, "bid", 1.0)),
        *(
            lambda: writer.set_state(scene.slot, state="x"),
            lambda: writer.set_line(connection="x"),
            lambda: writer.add(""),
        ),
        *(lambda: _core._restore_quote(99, "SPY", b""), lambda: _core._restore_quote(1, "SPY", b"x")),
        *(lambda: setattr(scene.quote, "bid", 1.0), lambda: _core.segment_bytes(0, 0)),
        *(lambda: _core.judge((1,), (2,), 3, 4, 5, True), lambda: reader.__init__("x", [])),  # type: ignore[arg-type, misc]
    ]
    for call in calls:
        refused(call)


def open_and_use(scene: Scene) -> None:
    """A reader with handles, a batch, a follower and a table, closed."""
    with QuoteReader.open(scene.feed.name, api_mode="any") as reader:
        assert reader["SPY"].bid
        assert reader.handle("GOLD").read().bid
        reader.batch(["SPY", "OLD"]).read()
        reader.follow(["SPY"]).take()
        reader.table()
    refused(lambda: reader["SPY"])


def open_and_forget(scene: Scene) -> None:
    """A reader that nobody closes, in a cycle with its handle; the collector ends both."""
    reader = QuoteReader.open(scene.feed.name, api_mode="any")
    assert reader.handle("SPY").read() == reader["SPY"]
    reader.follow(["SPY"]).take()
    del reader
    if next(scene.numbers) % 50 == 0:
        gc.collect()


def fail_to_open(scene: Scene) -> None:
    """Readers, writers and hosts that are refused."""
    name = scene.feed.name
    refused(lambda: QuoteReader.open("test-there-is-none"))
    refused(lambda: QuoteReader.open(name, api_mode="live"))
    refused(lambda: QuoteReader.open("a b"))
    refused(lambda: SegmentWriter.attach(name, epoch=1))
    refused(lambda: SegmentHost.open(name))
    refused(lambda: ChildLine.claim(name, 16, "x"))
    refused(lambda: _core.Reader("/dev/null", [ApiMode.MOCK]))
    refused(lambda: _core.Reader("/dev/null", ["x"]))  # type: ignore[list-item]
    refused(lambda: _core.Reader(1, 2))  # type: ignore[arg-type]


def restart(scene: Scene) -> None:
    """The writer goes and the next one comes."""
    scene.feed.restart_writer()
    scene.feed.go_live()


def come_and_go(scene: Scene) -> None:
    """A symbol is added, read, retired and read."""
    scene.feed.stream("NEW", Field.BID, 1.0)
    assert "NEW" in scene.reader
    scene.feed.writer.retire("NEW")
    assert scene.reader["NEW"].bid is None
    scene.reader.symbols()


def raise_and_keep(scene: Scene) -> None:
    """An error that holds a quote, caught with its traceback."""
    with pytest.raises(errors.QuoteRejected) as caught:
        scene.reader.require("OLD")
    assert caught.value.quote.bid == 3.0


def begin(scene: Scene) -> None:
    """A new subscription, with and without the last known values."""
    scene.feed.writer.begin(scene.slot, keep_last_known=True)
    scene.feed.writer.begin(scene.slot)


def lane_runs(scene: Scene) -> None:
    """A native lane is made, refuses bad arguments, and takes a tick of a request that comes and goes."""
    lane = lane_of(scene.feed.writer)
    frame = text_frame(PRICE, 7, BID, f"{next(scene.numbers)}", "1", "0")
    refused(lambda: lane.run(frame, 5, 4, 1))
    refused(lambda: lane.run("text", 0, 0, 1))  # type: ignore[arg-type]
    refused(lambda: lane.admit(7, 63, takes_delayed=False))
    refused(lambda: lane.__init__(scene.feed.writer))  # type: ignore[call-arg]
    refused(lambda: _core.TickLane(scene.feed.writer))  # type: ignore[call-arg]
    for req_id in range(500):
        lane.admit(req_id, scene.slot, takes_delayed=False)
    assert lane.run(bytearray(frame), 0, len(frame), 1) == len(frame)
    assert lane.dismiss(7)
    assert lane.run(frame, 0, len(frame), 1) == 0
    lane.clear()


def stamp(scene: Scene) -> None:
    """What a writer and a host say when nothing happens."""
    scene.feed.writer.vouch(scene.slot)
    scene.feed.writer.commit()
    scene.feed.writer.heartbeat()
    scene.feed.host.heartbeat()


OPERATIONS: dict[str, Callable[[Scene], object]] = {
    "read": lambda scene: scene.reader["SPY"],
    "read by handle": lambda scene: scene.handle.read(),
    "read every attribute": lambda scene: [getattr(scene.quote, name) for name in dir(Quote)],
    "read missing": lambda scene: scene.reader["XYZ"],
    "read by a new string": lambda scene: scene.reader["".join(["S", "P", "Y"])],
    "contains": lambda scene: ("SPY" in scene.reader, "XYZ" in scene.reader),
    "require": lambda scene: scene.reader.require("SPY", max_age_s=300, max_unchanged_s=300, accept=GOOD),
    "require by verdict": lambda scene: refused(lambda: scene.reader.require("OLD")),
    "require by age": lambda scene: refused(lambda: scene.reader.require("SPY", max_age_s=0)),
    "require by change": lambda scene: refused(lambda: scene.reader.require("SPY", max_unchanged_s=0)),
    "require missing": lambda scene: refused(lambda: scene.reader.require("XYZ", accept=[Verdict.LIVE])),
    "raise and keep": raise_and_keep,
    "history": lambda scene: scene.reader.history("SPY", 14),
    "history of values": lambda scene: scene.reader.history("GOLD", 5, include_state_only=False),
    "table": lambda scene: scene.reader.table(),
    "symbols": lambda scene: scene.reader.symbols(),
    "status": lambda scene: scene.reader.status(),
    "batch": lambda scene: scene.reader.batch(["SPY", "XYZ"]),
    "batch.read": lambda scene: scene.batch.read(),
    "batch.value": lambda scene: scene.batch.value([1.0, -1.0, 1.0, 0.0, 1.0], out=np.empty(5)),
    "batch.value mid": lambda scene: scene.batch.value(range(5), side="mid", accept=Verdict, max_age_s=1.0),
    "follow": lambda scene: scene.reader.follow(["SPY", "XYZ"]).take(),
    "tick and take": lambda scene: (tick(scene), scene.follow.take()),
    "lapped": lambda scene: ([tick(scene) for _ in range(20)], scene.follow.take()),
    "iterate": lambda scene: (tick(scene), [*scene.follow]),
    "verdicts told": connect_and_disconnect,
    "wait": lambda scene: scene.reader.wait(0, 0.0),
    "has_news": lambda scene: scene.reader.follower(["SPY"]).has_news(),
    "equality and hash": lambda scene: ({scene.quote, scene.reader["GOLD"]}, scene.quote == scene.reader["SPY"]),
    "repr": lambda scene: (repr(scene.quote), repr(scene.handle), repr(scene.reader["XYZ"])),
    "to_dict": lambda scene: scene.quote.to_dict(),
    "pickle": lambda scene: pickle.loads(pickle.dumps([scene.quote, scene.reader["XYZ"]])),
    "copy": lambda scene: copy.deepcopy(scene.quote),
    "msgspec": lambda scene: msgspec.json.encode(scene.quote),
    "tick": tick,
    "tick unchanged": lambda scene: scene.feed.writer.tick(scene.slot, 1, "ask", 2.0, Field.BID_SIZE, None),
    "set_state": lambda scene: [
        scene.feed.writer.set_state(scene.slot, state=word) for word in ("quiet", QuoteState.LIVE)
    ],
    "begin": begin,
    "stamps": stamp,
    "set_line": lambda scene: scene.feed.writer.set_line(state="running", connection="connected", api_mode="mock"),
    "add and retire": come_and_go,
    "judge": lambda _: _core.judge((2, 1, 1, 1, 7, 1), (1, 1, 9, 9, 9, 2, 2, 2, 1, 1, 0), 9, 10, 2, True),
    "check_symbol": lambda _: (_core.check_symbol("SPY"), _core.symbol_hash("SPY"), _core.boot_ns()),
    "mistakes": mistaken_calls,
    "lane": lane_runs,
}
HEAVY_OPERATIONS: dict[str, Callable[[Scene], object]] = {
    "open and use": open_and_use,
    "open and forget": open_and_forget,
    "fail to open": fail_to_open,
    "restart the writer": restart,
    "a child's line": lambda scene: ChildLine.claim(scene.feed.name, 3, "planner").close(),
    "asyncio": lambda scene: asyncio.run(hear_one(scene)),
}


# ---- measures --------------------------------------------------------------------------------------------------------


_MALLOC_NUMBERS = [
    *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
    *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
]


class _MallocInfo(ctypes.Structure):
    """`struct mallinfo2` of glibc 2.33."""

    _fields_ = [(name, ctypes.c_size_t) for name in _MALLOC_NUMBERS]


def heap_bytes() -> int:
    """What C code has allocated and not freed; 0 where the C library cannot say."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallinfo2"):
        return 0
    libc.mallinfo2.restype = _MallocInfo
    info = libc.mallinfo2()
    return int(info.uordblks + info.hblkhd)


KINDS: list[Any] = [getattr(module, name) for module in (states, verdict) for name in module.__all__]
WORDS: list[object] = [member for kind in KINDS if isinstance(kind, EnumType) for member in list(kind)]  # type: ignore[var-annotated]
CLASSES = [getattr(errors, name) for name in errors.__all__]


class Measures(NamedTuple):
    """Everything that a leak would move."""

    blocks: int
    gc_objects: int
    heap_bytes: int
    mappings: int
    files: int
    references: tuple[int, ...]


def measure(*objects: object) -> Measures:
    """Count now, after a collection."""
    gc.collect()
    kept = [*objects, *WORDS, *CLASSES, Quote, QuoteReader, None, True, "SPY", "XYZ"]
    return Measures(
        blocks=sys.getallocatedblocks(),
        gc_objects=len(gc.get_objects()),
        heap_bytes=heap_bytes(),
        mappings=len(Path("/proc/self/maps").read_text().splitlines()),
        files=len([*Path("/proc/self/fd").iterdir()]),
        references=tuple(sys.getrefcount(one) for one in kept),
    )


def grown(before: Measures, after: Measures, tolerated: int) -> list[str]:
    """What moved by more than is tolerated."""
    moved = {
        "blocks": after.blocks - before.blocks,
        "objects": after.gc_objects - before.gc_objects,
        # The smallest block takes 32 bytes. A page is let pass: what counting itself needs comes from the same heap.
        "blocks of heap": (after.heap_bytes - before.heap_bytes - 4096) // 32,
        "mappings": (after.mappings - before.mappings) * 4,
        "files": (after.files - before.files) * 100,
        "references": max(new - old for old, new in zip(before.references, after.references, strict=True)),
        "references given back": max(old - new for old, new in zip(before.references, after.references, strict=True)),
    }
    return [f"{name}: {count}" for name, count in moved.items() if count >= tolerated]


def check_that_nothing_grows(operation: Callable[[Scene], object], scene: Scene, calls: int) -> None:
    """Caches of the interpreter fill and then stand still; a leak goes on, so every one of six rounds shows it."""
    objects = (scene.reader, scene.handle, scene.quote, scene.batch, scene.feed.writer, scene.numbers)
    before = measure(*objects)
    leaks: list[str] = []
    for _ in range(6):
        for _ in range(calls):
            operation(scene)
        after = measure(*objects)
        leaks = grown(before, after, calls // 5)
        if not leaks:
            return
        before = after
    pytest.fail(f"in {calls} calls grew {', '.join(leaks)}")


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_leaves_nothing_behind(scene: Scene, name: str) -> None:
    """A thousand times: no object, reference, heap block, mapping or file more than before."""
    check_that_nothing_grows(OPERATIONS[name], scene, CALLS)


@pytest.mark.parametrize("name", HEAVY_OPERATIONS)
def test_opening_and_closing_leaves_nothing_behind(scene: Scene, name: str) -> None:
    """Two hundred times: as above; each of these maps files, locks them or starts threads."""
    check_that_nothing_grows(HEAVY_OPERATIONS[name], scene, 200)


@pytest.mark.parametrize("leak", ["object", "reference", "heap", "file"])
def test_a_leak_would_be_seen(scene: Scene, leak: str) -> None:
    """The measures notice one object, one reference, a few bytes of heap or a file each call."""
    kept: list[object] = []
    libc = ctypes.CDLL(None)
    leaks: dict[str, Callable[[Scene], object]] = {
        "object": lambda scene: kept.append(scene.feed.name.encode()),
        "reference": lambda _: kept.append(Verdict.LIVE),
        "heap": lambda _: libc.malloc(24),
        "file": lambda _: kept.append(os.open("/dev/null", os.O_RDONLY)) if len(kept) < 100 else None,
    }
    try:
        with pytest.raises(pytest.fail.Exception, match="grew"):
            check_that_nothing_grows(leaks[leak], scene, 10 if leak == "file" else CALLS // 5)
    finally:
        for fd in kept:
            if leak == "file":
                os.close(fd)  # type: ignore[arg-type]


@pytest.mark.skipif(not hasattr(sys, "gettotalrefcount"), reason="only a debug build of Python counts all references")
def test_the_interpreters_own_count_of_references_stands(scene: Scene) -> None:
    """In a debug build of Python, every operation leaves the sum of all reference counts."""
    for name, operation in OPERATIONS.items():
        for _ in range(100):
            operation(scene)
        gc.collect()
        before = sys.gettotalrefcount()
        for _ in range(CALLS):
            operation(scene)
        gc.collect()
        assert abs(sys.gettotalrefcount() - before) < TOLERATED, name


# ---- cycles ----------------------------------------------------------------------------------------------------------

HOLDERS: dict[str, Callable[[QuoteReader], object]] = {
    "nothing": lambda _: None,
    "a quote": lambda reader: reader["SPY"],
    "a handle": lambda reader: reader.handle("SPY"),
    "a batch": lambda reader: reader.batch(["SPY"]),
    "a follower": lambda reader: reader.follower(["SPY"]),
    "a follow": lambda reader: reader.follow(["SPY"]),
}


@pytest.mark.parametrize("is_closed", [False, True])
@pytest.mark.parametrize("holder", HOLDERS)
def test_a_forgotten_reader_is_collected(feed: Feed, holder: str, is_closed: bool) -> None:
    """Reader and handles refer to each other; when nobody holds any of them, the collector unmaps the segment."""
    feed.stream("SPY", Field.BID, 10.0)
    segment = str(SegmentPaths.of(feed.name).segment)

    def mappings() -> int:
        return Path("/proc/self/maps").read_text().count(segment)

    gc.collect()
    before = mappings()
    reader = QuoteReader.open(feed.name, api_mode="any")
    held = HOLDERS[holder](reader)
    assert reader["SPY"].bid == 10.0
    assert mappings() == before + 1
    alive = weakref.ref(reader)
    if is_closed:
        reader.close()
    del reader
    gc.collect()
    keeps_it = holder not in {"nothing", "a quote"}
    assert (alive() is not None) == keeps_it
    del held
    gc.collect()
    assert alive() is None
    assert mappings() == before


def test_a_quote_outlives_everything(segment_name: str) -> None:
    """A quote needs neither its reader nor its segment."""
    from tests.feeds import Feed

    with Feed.start(segment_name) as feed:
        feed.stream("SPY", Field.BID, 10.0)
        quotes = [feed.open_reader()["SPY"], *feed.open_reader().history("SPY", 3)]
    del feed
    gc.collect()
    assert [quote.bid for quote in quotes] == [10.0, 10.0, None, None]
    assert repr(quotes[0]).startswith("<Quote SPY live")
