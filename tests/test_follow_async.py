"""Following in asyncio: the event loop runs on, one thread waits for all, and every waiter hears what ends its wait."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.waiting import wait_until
from tickring.states import Field
from tickring.verdict import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from tests.feeds import Feed
    from tickring.reader import Follow, Quote, QuoteReader

LONG_S = 50.0  # far longer than any of these waits takes; shorter than the test's own limit


@pytest.fixture
def waiting_threads() -> Callable[[], list[threading.Thread]]:
    """Says which threads wait for followers of this test; those of earlier tests may linger for a moment."""
    earlier = set(threading.enumerate())

    def started_since() -> list[threading.Thread]:
        return [one for one in threading.enumerate() if one.name == "tickring-waiter" and one not in earlier]

    return started_since


async def until_waiting(reader: QuoteReader, tasks: int = 1) -> None:
    """Let the event loop run until so many tasks of the reader wait."""
    deadline = time.monotonic() + LONG_S
    while reader._waiter is None or len(reader._waiter._waiting) < tasks:
        assert time.monotonic() < deadline
        await asyncio.sleep(0)


async def soon(follow: Follow) -> tuple[Quote, int]:
    """The next record."""
    return await asyncio.wait_for(anext(follow), LONG_S)


def test_records_come_in_order_while_the_loop_runs_on(feed: Feed) -> None:
    """`async for` gives what iteration gives; other tasks run while it waits."""
    slot = feed.stream("SPY", Field.BID, 0.5)
    reader = feed.open_reader()
    heard: list[float | None] = []
    turns = 0

    async def listen() -> None:
        async for quote, missed in reader.follow(["SPY"]):
            assert missed == 0
            heard.append(quote.bid)
            if quote.bid == 50.0:
                return

    async def main() -> None:
        nonlocal turns
        listener = asyncio.create_task(listen())
        for price in range(1, 51):
            await until_waiting(reader)
            feed.tick(slot, Field.BID, float(price))
            while heard[-1:] != [price]:
                turns += 1
                await asyncio.sleep(0)
        await listener

    asyncio.run(main())
    assert heard == [0.5, *map(float, range(1, 51))]
    assert turns > 50


def test_what_is_there_comes_without_waiting(feed: Feed, waiting_threads: Callable[[], list[threading.Thread]]) -> None:
    """News that stand already need no thread."""
    for symbol in ("SPY", "QQQ"):
        feed.stream(symbol, Field.BID, 10.0)
    reader = feed.open_reader()

    async def main() -> list[str]:
        follow = reader.follow(["SPY", "QQQ", "XYZ"])
        return [(await soon(follow))[0].symbol for _ in range(3)]

    assert asyncio.run(main()) == ["SPY", "QQQ", "XYZ"]
    assert waiting_threads() == []


def test_it_ends_after_a_time_without_news(feed: Feed) -> None:
    """As in iteration: at least the time it was told, and it can be asked again."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    follow = feed.open_reader().follow(["SPY"], timeout_s=0.12)

    async def main() -> None:
        started = time.monotonic()
        assert [quote.bid async for quote, _ in follow] == [10.0]
        assert time.monotonic() - started >= 0.12
        feed.tick(slot, Field.BID, 11.0)
        assert [quote.bid async for quote, _ in follow] == [11.0]

    asyncio.run(main())


def test_missed_records_are_told(feed: Feed) -> None:
    """A task that comes late learns how many it missed."""
    slot = feed.stream("SPY", Field.BID, 1.0)
    reader = feed.open_reader()

    async def main() -> None:
        follow = reader.follow(["SPY"])
        await soon(follow)
        for price in range(2, 52):
            feed.tick(slot, Field.BID, float(price))
        told = [await soon(follow) for _ in range(14)]
        assert [missed for _, missed in told] == [36, *[0] * 13]
        assert told[-1][0].bid == 51.0
        assert follow.missed == 36

    asyncio.run(main())


def test_one_thread_waits_for_all_followers_of_a_reader(
    feed: Feed, waiting_threads: Callable[[], list[threading.Thread]]
) -> None:
    """However many tasks wait: one thread, which hears for all of them, and goes when nobody waits any more."""
    slots = [feed.stream(f"S{number}", Field.BID, 1.0) for number in range(40)]
    reader = feed.open_reader()

    async def main() -> None:
        follows = [reader.follow([f"S{number}"]) for number in range(40)]
        for follow in follows:
            await soon(follow)
        tasks = [asyncio.create_task(soon(follow)) for follow in follows]
        await until_waiting(reader, 40)
        assert len(waiting_threads()) == 1
        feed.tick(slots[7], Field.BID, 2.0)
        assert (await tasks[7])[0].symbol == "S7"
        assert sum(task.done() for task in tasks) == 1, "only who has news is woken"
        for slot in slots:
            feed.tick(slot, Field.BID, 3.0)
        assert {(await task)[0].bid for task in tasks} == {2.0, 3.0}

    asyncio.run(main())
    wait_until(lambda: not waiting_threads(), "the waiting thread ends", show=waiting_threads)


def test_two_readers_have_two_threads(feed: Feed, waiting_threads: Callable[[], list[threading.Thread]]) -> None:
    """Readers are independent of each other."""
    feed.stream("SPY", Field.BID, 1.0)
    readers = [feed.open_reader(), feed.open_reader()]

    async def main() -> None:
        follows = [reader.follow(["SPY"]) for reader in readers]
        for follow in follows:
            await soon(follow)
        tasks = [asyncio.create_task(soon(follow)) for follow in follows]
        for reader in readers:
            await until_waiting(reader)
        assert len(waiting_threads()) == 2
        feed.stream("SPY", Field.BID, 2.0)
        assert [(await task)[0].symbol for task in tasks] == ["SPY", "SPY"]

    asyncio.run(main())


def test_two_event_loops_share_a_reader(feed: Feed) -> None:
    """Each loop in its own thread gets everything, through the one waiting thread."""
    slot = feed.stream("SPY", Field.BID, 0.5)
    reader = feed.open_reader()
    heard: list[list[float | None]] = [[], []]

    async def listen(bids: list[float | None]) -> None:
        async for quote, _ in reader.follow(["SPY"]):
            bids.append(quote.bid)
            if quote.bid == 20.0:
                return

    threads = [threading.Thread(target=lambda bids=bids: asyncio.run(listen(bids))) for bids in heard]
    for thread in threads:
        thread.start()
    for price in range(1, 21):
        wait_until(lambda: all(heard), "both listen")
        feed.tick(slot, Field.BID, float(price))
        wait_until(lambda price=price: all(bids[-1] == price for bids in heard), f"both hear {price}")  # type: ignore[misc]
    for thread in threads:
        thread.join()
    assert heard == [[0.5, *map(float, range(1, 21))]] * 2


def test_a_cancelled_task_leaves_the_others_waiting(feed: Feed) -> None:
    """Cancelling takes one waiter out; nothing is lost for it when it asks again, and the others do not notice."""
    slot = feed.stream("SPY", Field.BID, 1.0)
    reader = feed.open_reader()

    async def main() -> None:
        follows = [reader.follow(["SPY"]) for _ in range(3)]
        for follow in follows:
            await soon(follow)
        tasks = [asyncio.create_task(soon(follow)) for follow in follows]
        await until_waiting(reader, 3)
        tasks[1].cancel()
        with pytest.raises(asyncio.CancelledError):
            await tasks[1]
        feed.tick(slot, Field.BID, 2.0)
        assert [(await tasks[at])[0].bid for at in (0, 2)] == [2.0, 2.0]
        assert (await soon(follows[1]))[0].bid == 2.0

    asyncio.run(main())


def test_a_loop_that_ends_while_its_tasks_wait_is_forgotten(feed: Feed) -> None:
    """`asyncio.run` cancels what still waits; the next loop starts afresh with the same follower."""
    slot = feed.stream("SPY", Field.BID, 1.0)
    reader = feed.open_reader()
    follow = reader.follow(["SPY"])

    async def leave_waiting() -> None:
        with contextlib.suppress(StopAsyncIteration):
            await soon(follow)
        task = asyncio.create_task(soon(follow))
        await until_waiting(reader)
        assert not task.done()

    async def hear() -> float | None:
        task = asyncio.create_task(soon(follow))
        await until_waiting(reader)
        feed.tick(slot, Field.BID, 2.0)
        return (await task)[0].bid

    asyncio.run(leave_waiting())
    assert asyncio.run(hear()) == 2.0


def test_closing_the_reader_is_told_to_every_waiter(feed: Feed) -> None:
    """Nobody waits for ever for a reader that is closed."""
    feed.stream("SPY", Field.BID, 1.0)
    reader = feed.open_reader()

    async def main() -> None:
        follows = [reader.follow(["SPY"]) for _ in range(5)]
        for follow in follows:
            await soon(follow)
        tasks = [asyncio.create_task(soon(follow)) for follow in follows]
        await until_waiting(reader, 5)
        reader.close()
        for task in tasks:
            with pytest.raises(ValueError, match="is closed"):
                await task
        with pytest.raises(ValueError, match="is closed"):
            await soon(follows[0])

    asyncio.run(main())


@pytest.mark.parametrize("moment", ["wake_word", "has_news", "wait"])
def test_closing_the_reader_at_any_moment_of_the_waiting_thread_is_told(feed: Feed, moment: str) -> None:
    """Between any two of its steps the reader may go; the thread neither dies nor leaves a task waiting."""
    feed.stream("SPY", Field.BID, 1.0)
    reader = feed.open_reader()

    def close_after_step(frame: FrameType, event: str, argument: object) -> None:
        if (
            event == "c_return"
            and getattr(argument, "__name__", "") == moment
            and "async_waiter" in frame.f_code.co_filename
        ):
            reader.close()

    async def main() -> None:
        follow = reader.follow(["SPY"])
        await soon(follow)
        with pytest.raises(ValueError, match="is closed"):
            await soon(follow)

    threading.setprofile(close_after_step)
    try:
        asyncio.run(main())
    finally:
        threading.setprofile(None)


def test_a_task_hears_that_its_symbol_was_retired(feed: Feed) -> None:
    """Not only ticks end a wait."""
    feed.stream("SPY", Field.BID, 1.0)
    reader = feed.open_reader()

    async def main() -> None:
        follow = reader.follow(["SPY"])
        await soon(follow)
        task = asyncio.create_task(soon(follow))
        await until_waiting(reader)
        feed.writer.retire("SPY")
        quote, _ = await task
        assert (quote.verdict, quote.reason) == (Verdict.MISSING, Reason.RETIRED)

    asyncio.run(main())
