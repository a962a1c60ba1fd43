"""The flusher's loop against a real segment: the last value always arrives, and no file looks better than it is."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.feeds import Feed
from tests.json_files import drafts_in, quote_at, status_at
from tests.waiting import wait_until
from tickring import _core
from tickring.child_line import ChildLine
from tickring.config.structs import FilesConfig
from tickring.feeder_status import FeederStatus, LastError, write_feeder_status
from tickring.flusher import Flusher
from tickring.flusher.checking import check_directory
from tickring.flusher.pacing import Pacing
from tickring.names import SegmentPaths
from tickring.states import ApiMode, Connection, QuoteState, RunState
from tickring.supervisor import SegmentLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Files:
    """A flusher that turns when it is told to, and its files."""

    def __init__(self, segment: str, root: Path, **settings: Any) -> None:
        fast = {"writes_per_s": 1000.0, "retry_s": 0.01, "status_period_s": 0.02, **settings}
        self.directory = root / "stream"
        self.flusher = Flusher(segment, FilesConfig(data_root=str(root), **fast), line=3)

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Turn until it is so."""

        def turned() -> object:
            self.flusher.turn()
            return condition()

        wait_until(turned, what, show=lambda: [path.name for path in self.directory.iterdir()])

    def quote(self, name: str = "SPY") -> dict[str, Any]:
        """Return what the file says; empty if it is not there."""
        return quote_at(self.directory, name) if (self.directory / f"{name}.json").exists() else {}

    def until_says(self, name: str, **values: object) -> dict[str, Any]:
        """Turn until the file says this; return it."""
        self.until(lambda: values.items() <= self.quote(name).items(), f"{name} says {values}")
        return self.quote(name)


@pytest.fixture
def files(segment_name: str, tmp_path: Path) -> Iterator[Files]:
    """A fast flusher of the test's segment."""
    made = Files(segment_name, tmp_path)
    yield made
    made.flusher.close()


def test_what_is_streamed_is_in_the_files(feed: Feed, files: Files) -> None:
    """Symbols that appear at run time get theirs; the directory passes its own check."""
    feed.stream("SPY", "bid", 1.0)
    files.until_says("SPY", bid=1.0, verdict="live")
    feed.stream("BRK B", "last", 2.5, "volume", 7.0)
    assert files.until_says("BRK%20B", last=2.5)["volume"] == 7
    feed.stream("EUR.USD", state=QuoteState.PENDING)
    files.until_says("EUR.USD", state="pending", verdict="missing", bid=None)
    files.until(lambda: len(status_at(files.directory)["subscribed_symbols"]) == 3, "all in the status")
    assert [file for file in check_directory(files.directory) if file.faults] == []


def test_a_verdict_that_changes_without_a_record_is_written(make_feed: Callable[..., Feed], files: Files) -> None:
    """A feeder that falls silent publishes nothing, and every file says `feed_down` all the same."""
    feed = make_feed(heartbeat_limit_s=0.3)
    feed.stream("SPY", "bid", 1.0)
    feed.stream("QQQ", "bid", 2.0)
    feed.writer.heartbeat()
    files.until_says("SPY", verdict="live")
    for name, bid in (("SPY", 1.0), ("QQQ", 2.0)):
        files.until_says(name, verdict="feed_down", reason="heartbeat", bid=bid)
    files.until(lambda: status_at(files.directory)["status"] == "disconnected", "the status says so")
    feed.writer.heartbeat()
    files.until_says("SPY", verdict="live", bid=1.0)


def test_a_symbol_that_is_taken_out_stays_as_unsubscribed(feed: Feed, files: Files) -> None:
    """Its file says so and has no value left; added again it is a quote again."""
    feed.stream("SPY", "bid", 1.0)
    files.until_says("SPY", bid=1.0)
    feed.writer.retire("SPY")
    files.until_says("SPY", state="unsubscribed", verdict="missing", bid=None)
    feed.stream("SPY", "bid", 2.0)
    files.until_says("SPY", state="live", verdict="live", bid=2.0)


def test_files_of_an_earlier_life_do_not_look_live(feed: Feed, files: Files, segment_name: str, tmp_path: Path) -> None:
    """Nobody streams them any more: the next flusher says so, and leaves alone what is not ours."""
    feed.stream("OLD", "bid", 1.0)
    feed.stream("SPY", "bid", 1.0)
    files.until_says("OLD", verdict="live")
    files.flusher.close()
    (files.directory / "notes.json").write_text('{"mine": 1}')
    feed.writer.retire("OLD")
    following = Files(segment_name, tmp_path)
    following.until_says("OLD", state="unsubscribed", bid=None)
    following.until_says("SPY", verdict="live")
    following.flusher.close()
    assert (files.directory / "notes.json").read_text() == '{"mine": 1}'


def test_without_a_segment_the_status_says_so(files: Files, segment_name: str) -> None:
    """The flusher waits for it; when it comes, it is read."""
    files.until((files.directory / "_status.json").exists, "a status")
    status = status_at(files.directory)
    assert (status["status"], status["epoch"], status["last_heartbeat"]) == ("disconnected", None, None)
    assert "is not there" in status["fault"]
    with Feed.start(segment_name) as feed:
        feed.stream("SPY", "bid", 1.0)
        feed.say_data_flows()
        files.until_says("SPY", bid=1.0)
        files.until(lambda: status_at(files.directory)["status"] == "connected", "connected")
        assert status_at(files.directory)["fault"] is None


def test_it_moves_to_a_replaced_segment(feed: Feed, files: Files) -> None:
    """With its line; the epoch and the segment in the files are the new ones."""
    feed.stream("SPY", "bid", 1.0)
    before = files.until_says("SPY", bid=1.0)
    feed.writer.close()
    feed.host.replace(limits=SegmentLimits(128, 16, 300, 300))
    feed.restart_writer()
    feed.go_live()
    feed.stream("SPY", "bid", 2.0)
    after = files.until_says("SPY", bid=2.0, verdict="live")
    assert after["segment_id"] != before["segment_id"]
    assert after["epoch"] > before["epoch"]
    reader = feed.open_reader()
    files.until(lambda: [line.name for line in reader.status().children] == ["flusher"], "its line")
    assert reader.status().children[0].state is RunState.RUNNING


def test_without_its_line_it_writes_all_the_same(feed: Feed, files: Files) -> None:
    """Another child holds the line: told, and claimed as soon as it is free."""
    other = ChildLine.claim(feed.name, 3, "other")
    feed.stream("SPY", "bid", 1.0)
    files.until_says("SPY", bid=1.0)
    files.until(lambda: "belongs to another living child" in (status_at(files.directory)["fault"] or ""), "the fault")
    other.close()
    files.until(lambda: status_at(files.directory)["fault"] is None, "no fault any more")
    assert [line.name for line in feed.open_reader().status().children] == ["flusher"]


def test_prices_of_another_kind_of_account_are_written_for_nobody(feed: Feed, tmp_path: Path) -> None:
    """A flusher for live accounts does not open a mock segment, and says why."""
    feed.stream("SPY", "bid", 1.0)
    flusher = Flusher(feed.name, FilesConfig(data_root=str(tmp_path)), api_mode=ApiMode.LIVE)
    flusher.turn()
    assert "carries mock prices" in status_at(tmp_path / "stream")["fault"]
    assert not (tmp_path / "stream" / "SPY.json").exists()
    flusher.close()


def test_a_symbol_that_gets_no_file_is_named(feed: Feed, files: Files) -> None:
    """The others are not affected."""
    feed.stream("_mine", "bid", 1.0)
    feed.stream("SPY", "bid", 1.0)
    files.until_says("SPY", bid=1.0)
    files.until(lambda: status_at(files.directory)["files"]["without_file"], "named")
    assert "reserved" in status_at(files.directory)["files"]["without_file"]["_mine"]
    assert not list(files.directory.glob("_mine*"))


# ---- the status ------------------------------------------------------------------------------------------------------


def test_the_feeders_own_words_are_in_the_status(feed: Feed, files: Files) -> None:
    """Errors, counts, account; those of an earlier life are not."""
    error = LastError(code=354, text="not subscribed", at="2026-03-04T05:06:07.000000Z", symbol="SPY")
    told = FeederStatus(
        epoch=feed.writer.epoch,
        pid=1,
        written_at="2026-03-04T05:06:07.000000Z",
        errors=3,
        last_error=error,
        desired=3,
        confirmed=1,
        pending=1,
        unresolved={"XXX": "no such contract"},
        market_data_type="delayed",
        server_version=176,
        account="SIM1",
    )
    write_feeder_status(feed.name, told)
    files.until(lambda: status_at(files.directory)["ib_error_count"] == 3, "the feeder's errors")
    status = status_at(files.directory)
    assert status["last_error"] == msgspec.to_builtins(error)
    assert (status["desired"], status["confirmed"], status["pending"]) == (3, 1, 1)
    assert (status["market_data_type"], status["account"], status["server_version"]) == ("delayed", "SIM1", 176)
    assert status["unresolved"] == {"XXX": "no such contract"}
    write_feeder_status(feed.name, msgspec.structs.replace(told, epoch=told.epoch - 1))
    files.until(lambda: status_at(files.directory)["ib_error_count"] == 0, "the past is not told")


@pytest.mark.parametrize("litter", [b"", b"{", b'{"epoch": "x"}'])
def test_a_feeder_status_that_cannot_be_read_is_a_fault(feed: Feed, files: Files, litter: bytes) -> None:
    """Told, and no more."""
    feed.stream("SPY", "bid", 1.0)
    SegmentPaths.of(feed.name).feeder_status.write_bytes(litter)
    files.until(lambda: "not a feeder's status" in (status_at(files.directory)["fault"] or ""), "the fault")
    files.until_says("SPY", bid=1.0)


def test_a_lost_gateway_is_degraded_and_a_quiet_market_is_not(feed: Feed, files: Files) -> None:
    """The word follows connection and data; symbols that are quiet or closed change nothing."""
    feed.say_data_flows()
    files.until(lambda: status_at(files.directory)["status"] == "connected", "connected")
    for state in (QuoteState.CLOSED, QuoteState.QUIET):
        feed.stream("SPY", "bid", 1.0, state=state)
        files.until_says("SPY", state=str(state))
        assert status_at(files.directory)["status"] == "connected"
    feed.writer.set_line(connection=Connection.DISCONNECTED)
    files.until(lambda: status_at(files.directory)["state"] == "gateway_lost", "the gateway is lost")
    assert status_at(files.directory)["status"] == "degraded"
    files.until_says("SPY", verdict="stale", reason="connection")


def test_a_stream_that_falls_silent_or_back_is_degraded(feed: Feed, files: Files) -> None:
    """State, mode and cause say which, and out of session neither is."""
    feed.stream("SPY", "bid", 1.0)
    feed.say_data_flows(desired=2)
    files.until(lambda: status_at(files.directory)["state"] == "partial", "one of two")
    feed.say_data_flows(last_data_mono_ns=max(1, time.monotonic_ns() - 11 * 10**9))
    files.until(lambda: status_at(files.directory)["state"] == "silent", "silent")
    assert "the market is open" in status_at(files.directory)["cause"]
    feed.say_data_flows(confirmed=0, fallback={"SPY": "ib_snapshot"})
    files.until(lambda: status_at(files.directory)["mode"] == "POLL", "served by fallback")
    assert status_at(files.directory)["status"] == "degraded"
    feed.say_data_flows(last_data_mono_ns=0, in_session=False)
    files.until(lambda: status_at(files.directory)["state"] == "closed", "closed")
    assert status_at(files.directory)["status"] == "connected"


def test_the_status_is_rewritten_when_nothing_moves(feed: Feed, tmp_path: Path) -> None:
    """At least every second, with the default period."""
    feed.stream("SPY", "bid", 1.0)
    stamps: list[str] = []

    def is_stopping() -> bool:
        path = tmp_path / "stream" / "_status.json"
        if path.exists() and (stamp := json.loads(path.read_text())["written_at"]) not in stamps:
            stamps.append(stamp)
        return len(stamps) == 3

    started_s = time.monotonic()
    Flusher(feed.name, FilesConfig(data_root=str(tmp_path))).run(is_stopping)
    assert time.monotonic() - started_s < 10
    assert all(stamps)
    assert status_at(tmp_path / "stream")["status"] == "disconnected"


# ---- the last value --------------------------------------------------------------------------------------------------

_PAUSES = st.sampled_from([0.0, 0.0, 0.0, 0.001, 0.005, 0.02])
_TICKS = st.lists(st.tuples(st.integers(0, 2), _PAUSES), min_size=1, max_size=40)


@settings(max_examples=25)
@given(ticks=_TICKS, writes_per_s=st.sampled_from([20.0, 100.0, 1000.0]))
def test_the_last_value_is_always_written(
    feed: Feed, tmp_path: Path, ticks: list[tuple[int, float]], writes_per_s: float
) -> None:
    """Whatever the timing of ticks and turns, when it is quiet every file has its symbol's newest record."""
    symbols = ["AAA", "BBB", "CCC"]
    slots = [feed.stream(symbol) for symbol in symbols]
    flusher = Flusher(feed.name, FilesConfig(data_root=str(tmp_path), writes_per_s=writes_per_s))
    last: dict[str, float] = {}
    for count, (which, pause_s) in enumerate(ticks, start=1):
        last[symbols[which]] = float(count)
        feed.tick(slots[which], "bid", float(count))
        flusher.turn()
        if pause_s:
            time.sleep(pause_s)
    reader = feed.open_reader()

    def is_written() -> bool:
        flusher.turn()
        return all(
            (quote_at(tmp_path / "stream", symbol)["bid"], quote_at(tmp_path / "stream", symbol)["sequence"])
            == (bid, reader[symbol].sequence)
            for symbol, bid in last.items()
        )

    wait_until(is_written, "the newest of every symbol is in its file")
    assert drafts_in(tmp_path / "stream") == []
    flusher.close()


def test_what_waits_is_written_at_the_end(feed: Feed, tmp_path: Path) -> None:
    """A tick that came after the symbol's last file does not wait for its period when the process ends."""
    slot = feed.stream("SPY", "bid", 1.0)
    flusher = Flusher(feed.name, FilesConfig(data_root=str(tmp_path), writes_per_s=0.01))
    turns = iter(range(3))

    def is_stopping() -> bool:
        turn = next(turns)
        if turn == 1:
            feed.tick(slot, "bid", 2.0)
        return turn == 2

    flusher.run(is_stopping)
    assert quote_at(tmp_path / "stream", "SPY")["bid"] == 2.0


def test_ticks_between_two_files_are_one_change(feed: Feed, tmp_path: Path) -> None:
    """The rate is kept to, whatever the rate of ticks."""
    slot = feed.stream("SPY", "bid", 1.0)
    flusher = Flusher(feed.name, FilesConfig(data_root=str(tmp_path), writes_per_s=20.0))
    sequences: set[int] = set()
    started_s = time.monotonic()
    ticks = 0
    while time.monotonic() - started_s < 0.5:
        ticks += 1
        feed.tick(slot, "bid", float(ticks))
        flusher.turn()
        sequences.add(quote_at(tmp_path / "stream", "SPY")["sequence"])
    assert len(sequences) <= 12
    assert ticks > len(sequences)
    flusher.close()


# ---- pacing, alone ---------------------------------------------------------------------------------------------------


def test_pacing_writes_at_once_then_once_a_period() -> None:
    """A calm symbol does not wait; a busy one has its turn each period; a failed one comes back."""
    pacing = Pacing(0.25, 1.0)
    pacing.changed("SPY")
    assert pacing.due(10.0) == ["SPY"]
    pacing.wrote("SPY", 10.0)
    assert (pacing.due(99.0), pacing.next_at()) == ([], float("inf"))
    pacing.changed("SPY")
    assert (pacing.due(10.24), pacing.due(10.25), pacing.next_at()) == ([], ["SPY"], 10.25)
    pacing.failed("SPY", 10.25)
    assert (pacing.waiting, pacing.next_at()) == (1, 11.25)
    pacing.changed("QQQ")
    assert pacing.due(11.25) == ["SPY", "QQQ"]
    pacing.forget("SPY")
    pacing.hurry()
    assert pacing.due(0.0) == ["QQQ"]


def test_the_lines_number_is_one_of_sixteen() -> None:
    """What the process claims exists."""
    from tickring.flusher.process import CHILD_LINE

    assert 0 <= CHILD_LINE < _core.CHILD_LINES
