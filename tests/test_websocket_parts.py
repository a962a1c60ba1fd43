"""The parts of the WebSocket that need no socket: mailbox, numbering, and what the supervisor's answers make news."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.control_serving import Serving
from tests.service_reports import now, report
from tests.waiting import wait_until
from tickring.api.bus import EventBus
from tickring.api.bus_events import EventName, QuoteReceived, ServiceEvent
from tickring.api.segment_view import SegmentView
from tickring.api.supervisor_desk import SupervisorDesk
from tickring.api.ws_follow import SegmentFollow
from tickring.api.ws_mailbox import Mailbox
from tickring.api.ws_messages import ErrorMessage, Pong, decode_asked, encoded, quote_update, snapshot, with_seq
from tickring.api.ws_supervisor import SupervisorWatch
from tickring.control.messages import EpisodeList, Episodes, SupervisorReport, Transition
from tickring.episodes import EpisodeBook, EpisodeKind
from tickring.json_faults import JSON_FAULTS
from tickring.names import SegmentPaths
from tickring.states import Field

if TYPE_CHECKING:
    from pathlib import Path

    from tests.feeds import Feed

SYMBOLS = ["A", "B", "C"]


@given(st.lists(st.sampled_from([*SYMBOLS, "word", "snapshot", "status", "take", "take one", "unmark A"]), max_size=80))
def test_a_mailbox_keeps_names_and_all_words(steps: list[str]) -> None:
    """Words come all and in order; a symbol comes once however often it was marked, and never after it was unmarked."""
    mailbox = Mailbox(max_bytes=1 << 16)
    put: list[bytes] = []
    taken: list[bytes] = []
    waiting: dict[str, None] = {}
    for number, step in enumerate(steps):
        match step:
            case "word":
                put.append(b"%d" % number)
                mailbox.put(put[-1])
            case "snapshot":
                mailbox.want_snapshot()
                waiting.clear()
            case "status":
                mailbox.want_status()
            case "unmark A":
                mailbox.unmark(["A"])
                waiting.pop("A", None)
            case "take" | "take one":
                most = 1 if step == "take one" else 64
                parcel = mailbox.take(most)
                taken += parcel.words
                assert parcel.symbols == list(waiting)[:most]
                for symbol in parcel.symbols:
                    del waiting[symbol]
                assert mailbox.news.is_set() == bool(waiting)
            case symbol:
                mailbox.mark(symbol)
                waiting[symbol] = None
        assert len(mailbox) <= len(put) - len(taken) + len(SYMBOLS) + 2
    assert taken + mailbox.take(64).words == put
    assert not mailbox.has_overflown


def test_a_mailbox_that_loses_a_word_says_so() -> None:
    """No client may be left to find out by itself; clearing gives the memory back."""
    mailbox = Mailbox(max_bytes=100)
    for _ in range(10):
        mailbox.put(b"x" * 10)
        assert not mailbox.has_overflown
    assert len(mailbox) == 10
    mailbox.put(b"x")
    overflown = mailbox.has_overflown
    assert overflown
    mailbox.clear()
    assert len(mailbox) == 0
    assert not mailbox.news.is_set()


def test_numbers_stand_in_front_of_ready_bytes() -> None:
    """The whole message is JSON, with its number, its type, and text of any language."""
    document = msgspec.json.encode({"symbol": "SPY", "bid": 1.5})
    assert msgspec.json.decode(with_seq(quote_update(document), 7)) == {
        "seq": 7,
        "type": "quote_update",
        "symbol": "SPY",
        "bid": 1.5,
    }
    whole = snapshot([document, document], encoded(Pong()))
    assert msgspec.json.decode(with_seq(whole, 1))["quotes"] == [{"symbol": "SPY", "bid": 1.5}] * 2
    assert msgspec.json.decode(with_seq(snapshot([], encoded(Pong())), 1))["quotes"] == []
    error = ErrorMessage(code="bad_message", message="Größe „“ 雪", next_step="")
    assert msgspec.json.decode(with_seq(encoded(error), 2))["message"] == "Größe „“ 雪"


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_whatever_a_client_says_it_is_a_message_or_a_fault(text: bytes | str) -> None:
    """Nothing else is ever raised by what comes from outside."""
    try:
        decode_asked(text)
    except JSON_FAULTS:
        return
    assert msgspec.json.decode(text)["type"] in {"subscribe", "unsubscribe", "ping"}


def test_brackets_without_end_are_a_fault() -> None:
    """Deep nesting is answered as any other nonsense."""
    with pytest.raises(JSON_FAULTS):
        decode_asked('{"type":"subscribe","symbols":' + "[" * 100_000)


# ---- what the supervisor's answers make news ----


class Answers:
    """What a supervisor would answer, from a report and a book of episodes that the test writes."""

    def __init__(self) -> None:
        self.report = report()
        self.book = EpisodeBook("supervisor-1")

    def __call__(self, body: object, _: object) -> SupervisorReport | EpisodeList:
        if not isinstance(body, Episodes):
            return self.report
        found = tuple(self.book.since(body.since))
        name = str(id(self.book))
        return EpisodeList(book=name, sequence=self.book.sequence, episodes=found, status="connected", is_run_on=True)

    def step(self, *numbers: int, **changes: object) -> None:
        """Have the stream's transitions be these."""
        steps = tuple(
            Transition(sequence=one, at=now(100 - one), state="s", status="connected", cause="c", code="d")
            for one in numbers
        )
        stream = msgspec.structs.replace(self.report.stream, transitions=steps)
        self.report = msgspec.structs.replace(self.report, stream=stream, **changes)

    def fault(self, scope: str) -> None:
        """Something begins to be wrong."""
        self.book.open(EpisodeKind.CHILD_DOWN, scope, cause="it ended", now_s=1.0, now_ns=10**18)

    def heal(self, scope: str) -> None:
        """It is over."""
        self.book.close(EpisodeKind.CHILD_DOWN, scope, now_s=2.0, now_ns=2 * 10**18)


def test_each_step_and_each_episode_is_told_once(tmp_path: Path) -> None:
    """What was before the first look is not news; a silent supervisor is none; another one's steps all are."""
    heard: list[tuple[str, object]] = []
    bus = EventBus()

    def hear(event: ServiceEvent) -> None:
        heard.append((event.name, event.content.get("sequence") or event.content["episode"]["scope"]))

    bus.subscribe(ServiceEvent, hear)
    socket, answers = SegmentPaths.of(tmp_path).control_socket, Answers()
    desk = SupervisorDesk(tmp_path, 20.0)
    watch = SupervisorWatch(desk, bus)

    def look() -> list[tuple[str, object]]:
        heard.clear()
        asyncio.run(watch.look())
        bus.dispatch()
        return sorted(heard, key=str)

    assert look() == []
    answers.fault("a")
    answers.step(1, 2)
    with Serving(socket, answers):
        assert look() == []
        answers.fault("b")
        answers.step(1, 2, 3)
        assert look() == [(EventName.EPISODE_OPENED, "b"), (EventName.STREAM_TRANSITION, 3)]
        assert look() == []
        answers.heal("a")
        answers.fault("c")
        answers.heal("c")
        closed, opened = EventName.EPISODE_CLOSED, EventName.EPISODE_OPENED
        assert look() == [(closed, "a"), (closed, "c"), (opened, "c")]
    assert look() == []
    answers.book = EpisodeBook("supervisor-2")
    answers.fault("d")
    answers.step(1, pid=4711)
    with Serving(socket, answers):
        assert look() == [(EventName.EPISODE_OPENED, "d"), (EventName.STREAM_TRANSITION, 1)]
    desk.close()


# ---- following ----


def test_news_of_more_symbols_than_the_bus_holds_are_told_all(feed: Feed) -> None:
    """All symbols of a segment at once, as when its feed dies, through a queue with room for two: none is dropped."""
    wanted = [f"S{number}" for number in range(20)]
    for symbol in wanted:
        feed.stream(symbol, Field.BID, 10.0)
    segment, bus = SegmentView(feed.name, "mock"), EventBus(queue_max=2)
    heard: set[str] = set()
    bus.subscribe(QuoteReceived, lambda event: heard.add(event.quote.symbol))

    async def follow() -> None:
        following = SegmentFollow(segment, bus, lambda: wanted, gather_s=0.0, retry_s=0.1)
        running = asyncio.create_task(following.run())
        await asyncio.to_thread(wait_until, lambda: bus.published >= len(wanted), "all have been told")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        bus.dispatch()

    asyncio.run(follow())
    segment.close()
    assert (heard, bus.dropped) == (set(wanted), 0)
