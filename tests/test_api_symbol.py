"""One symbol beside its quote: its file against the segment, what it has been, and what a start would stream."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest

from tests.api_rig import ApiRig, own_feed
from tests.waiting import wait_until
from tickring.api.start_plan import start_plan
from tickring.api.symbol_schemas import LogTurn
from tickring.api.symbol_turns import newest_first
from tickring.config import Config, DatabaseConfig, PlannerConfig, StreamConfig
from tickring.db import Database
from tickring.db.event_log import Event, append_events
from tickring.episodes import Episode, EpisodeKind, Severity
from tickring.file_names import file_name_of
from tickring.flusher import QuoteScribe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from tests.feeds import Feed

AT = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)


class Desk(NamedTuple):
    """A feed in this process, a service over it, and the directory of the files."""

    feed: Feed
    api: ApiRig
    files: Path


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """One per test: what is done to a symbol stays with it."""
    files = tmp_path / "data" / "stream"
    files.mkdir(parents=True)
    with own_feed() as feed, ApiRig(feed.name, tmp_path, "files.writes_per_s=100") as api:
        yield Desk(feed, api.wait_up(), files)


def write_file(desk: Desk, symbol: str) -> bytes:
    """Write the symbol's file as the flusher would now; return what stands in it."""
    quote = desk.feed.open_reader()[symbol]
    content = msgspec.json.encode(QuoteScribe().document(quote, desk.feed.host.epoch))
    (desk.files / file_name_of(symbol)).write_bytes(content)
    return content


# ---- the file --------------------------------------------------------------------------------------------------------


def test_a_file_of_now_is_shown_as_it_stands(desk: Desk) -> None:
    """Its text is the file's, number for number; nothing is missing in it and nothing differs."""
    slot = desk.feed.stream("BRK B", "bid", 400.1, "ask", 400.3)
    desk.feed.say_data_flows()
    content = write_file(desk, "BRK B")
    document = desk.api.get("/api/quotes/BRK%20B/file")
    assert document["path"] == str(desk.files / "BRK%20B.json")
    assert document["size_bytes"] == len(content)
    assert msgspec.json.format(document["text"].encode(), indent=-1).replace(b" ", b"") == content.replace(b" ", b"")
    assert (document["records_behind"], document["waits_s"], document["is_late"]) == (0, None, False)
    assert (document["differences"], document["fault"]) == ([], None)
    assert document["age_s"] >= 0.0
    desk.feed.tick(slot, "bid", 400.2)
    assert desk.api.get("/api/quotes/BRK%20B/file")["records_behind"] == 1


def test_a_late_file_says_how_far_and_where_it_differs(desk: Desk) -> None:
    """Records that wait for longer than a write may take make it late; the keys with another value are named."""
    slot = desk.feed.stream("SPY", "bid", 601.12, "ask", 601.13)
    write_file(desk, "SPY")
    desk.feed.tick(slot, "bid", 601.2)
    desk.feed.tick(slot, "bid", 601.3)
    wait_until(lambda: desk.api.get("/api/quotes/SPY/file")["is_late"], "the file is late")
    document = desk.api.get("/api/quotes/SPY/file")
    assert document["records_behind"] == 2
    assert document["waits_s"] > 1.0
    assert document["differences"] == [{"key": "bid", "file": 601.12, "segment": 601.3}]
    assert document["fault"] is None


def test_a_state_that_the_file_lacks_is_named_without_a_time(desk: Desk) -> None:
    """A change of state alone has no time of its own: how long it waits is not known, what differs is."""
    slot = desk.feed.stream("SPY", "bid", 601.12)
    write_file(desk, "SPY")
    desk.feed.writer.set_state(slot, state="stale", source="ib_stream", data_type="realtime")
    desk.feed.writer.commit()
    document = desk.api.get("/api/quotes/SPY/file")
    assert (document["records_behind"], document["waits_s"], document["is_late"]) == (1, None, False)
    assert {each["key"] for each in document["differences"]} == {"state", "verdict"}


def test_a_file_of_another_segment_is_late(desk: Desk) -> None:
    """Sequences of two segments do not compare: it says so instead of counting."""
    desk.feed.stream("SPY", "bid", 601.12)
    content = write_file(desk, "SPY")
    segment_id = desk.feed.open_reader()["SPY"].segment_id
    (desk.files / "SPY.json").write_bytes(content.replace(segment_id.encode(), b"0" * 32))
    document = desk.api.get("/api/quotes/SPY/file")
    assert (document["is_late"], document["records_behind"]) == (True, None)
    assert "another segment" in document["fault"]


def test_a_file_without_its_symbol_in_the_segment_is_shown(desk: Desk) -> None:
    """The file of a symbol that is streamed no longer is shown; its old price makes it late."""
    desk.feed.stream("SPY", "bid", 601.12)
    content = write_file(desk, "SPY")
    (desk.files / "GONE.json").write_bytes(content)
    document = desk.api.get("/api/quotes/GONE/file")
    assert (document["is_late"], document["fault"]) == (True, "the segment does not stream it now")
    assert '"bid": 601.12' in document["text"]


@pytest.mark.parametrize(
    ("content", "fault", "has_text"),
    [(b"{not json", "is not what it must be", True), (b"\xff\xfe", "is not what it must be", True),
     (b" " * 70_000, "70000 bytes", False)],
)  # fmt: skip
def test_what_is_no_document_is_told_and_not_compared(
    desk: Desk, content: bytes, fault: str, *, has_text: bool
) -> None:
    """Bytes that are no JSON, and a file that is too long to be read."""
    (desk.files / "SPY.json").write_bytes(content)
    document = desk.api.get("/api/quotes/SPY/file")
    assert fault in document["fault"]
    assert (document["text"] is not None, document["differences"]) == (has_text, [])


def test_no_file_yet_is_said_in_words(desk: Desk) -> None:
    """404 with where it would be and who makes it; names that are no symbol's reach no file."""
    error = desk.api.get("/api/quotes/SPY/file", 404)["error"]
    assert error["code"] == "no_file"
    assert str(desk.files / "SPY.json") in error["message"]
    assert "flusher" in error["next_step"]
    (desk.files / "_status.json").write_text("{}")
    for name in ("_status", "%2e%2e", "..", "%00"):
        assert desk.api.client.get(f"/api/quotes/{name}/file").status_code == 404
    (desk.files.parent / "secret.json").write_text("{}")
    assert desk.api.client.get("/api/quotes/..%2fsecret/file").status_code == 404


def test_what_cannot_be_read_waits_for_nobody(desk: Desk) -> None:
    """A pipe in the file's place and a directory are 503 with a next step, at once."""
    os.mkfifo(desk.files / "PIPE.json")
    (desk.files / "DIR.json").mkdir()
    for name in ("PIPE", "DIR"):
        error = desk.api.get(f"/api/quotes/{name}/file", 503)["error"]
        assert (error["code"], bool(error["next_step"])) == ("file_unreadable", True)


# ---- what it has been ------------------------------------------------------------------------------------------------


def turns_of(desk: Desk, symbol: str, **params: int) -> list[dict[str, Any]]:
    """Ask for the symbol's turns."""
    found: list[dict[str, Any]] = desk.api.get(f"/api/quotes/{symbol}/turns", params=params)["turns"]
    return found


def test_records_tell_each_state_once_with_its_begin(desk: Desk) -> None:
    """Newest first; ticks that change no state make no turn, and the oldest record says that it is the oldest."""
    slot = desk.feed.stream("SPY", "bid", 1.0)
    for number in range(3):
        desk.feed.tick(slot, "bid", 2.0 + number)
    desk.feed.writer.set_state(slot, state="stale", source="ib_stream", data_type="realtime")
    desk.feed.writer.commit()
    document = desk.api.get("/api/quotes/SPY/turns")
    states = [turn["state"] for turn in document["turns"]]
    assert states == ["stale", "live", "pending", "empty"]
    assert [turn["is_exact"] for turn in document["turns"]] == [False, True, True, True]
    sequences = [turn["sequence"] for turn in document["turns"]]
    assert sequences == sorted(sequences, reverse=True)
    assert document["records_since"] == document["turns"][-1]["at"]
    assert [turn["is_oldest"] for turn in document["turns"]] == [False] * 4  # the slot's very first one is there
    for number in range(40):
        desk.feed.tick(slot, "bid", 10.0 + number)
    (only,) = turns_of(desk, "SPY")
    assert (only["state"], only["is_oldest"]) == ("stale", True)
    assert len(turns_of(desk, "NOPE")) == 0


def test_faults_that_concern_the_symbol_are_told_and_others_are_not(desk: Desk) -> None:
    """Its own, its kind's, the gateway's and the stream's; not those of other symbols, kinds and processes."""
    scopes = ("symbol SPY", "symbol QQQ", "gateway", "stream", "farm usfarm", "farm of STK USD", "farm of CASH USD",
              "child flusher", "child feeder")  # fmt: skip
    episodes = tuple(
        Episode(
            episode_id=f"feeder-1-{place}", kind=EpisodeKind.GATEWAY_LOST, scope=scope, severity=Severity.WARNING,
            cause="why", opened_at=f"2026-03-04T15:3{place}:00.000000Z", sequence=place,
        )
        for place, scope in enumerate(scopes)
    )  # fmt: skip
    desk.feed.say_data_flows(episodes=episodes)
    found = turns_of(desk, "SPY")
    assert [turn["episode"]["scope"] for turn in found] == [
        "child feeder", "farm of STK USD", "farm usfarm", "stream", "gateway", "symbol SPY",
    ]  # fmt: skip
    assert {turn["is_open"] for turn in found} == {False}  # no supervisor has said so
    assert len(turns_of(desk, "SPY", limit=2)) == 2


def test_the_log_goes_on_where_nobody_remembers(desk: Desk) -> None:
    """Episodes and entries of earlier lives; an episode that feeder and log both have comes once."""
    known = Episode(
        episode_id="feeder-1-1", kind=EpisodeKind.LINK_DOWN, scope="gateway", severity=Severity.CRITICAL,
        cause="why", opened_at="2026-03-04T15:30:00.000000Z", closed_at="2026-03-04T15:31:00.000000Z", sequence=2,
    )  # fmt: skip
    older = {"episode_id": "feeder-1-0", "kind_of": "symbol_silent", "severity": "warning", "code": 0,
             "opened_at": "2026-03-04T15:00:00.000000Z", "duration_s": 60.0, "count": 2}  # fmt: skip
    same = {**older, "episode_id": "feeder-1-1", "kind_of": "link_down", "opened_at": known.opened_at}
    entries = [
        Event("set.changed", text="2 added", data={"added": ["SPY", "QQQ"], "removed": []}, at=AT - timedelta(hours=2)),
        Event("set.changed", text="1 removed", data={"added": [], "removed": ["QQQ"]}, at=AT - timedelta(hours=1)),
        Event("contract.resolved", "SPY", "contract 756733", at=AT - timedelta(minutes=50)),
        Event("contract.resolved", "QQQ", "contract 320227571", at=AT - timedelta(minutes=50)),
        Event("episode.opened", "symbol SPY", "silent", older, at=AT - timedelta(minutes=30)),
        Event("episode.closed", "symbol SPY", "silent", older, at=AT - timedelta(minutes=29)),
        Event("episode.opened", "gateway", "why", same, at=AT),
        Event("episode.opened", "gateway", "of another release", {"episode_id": 7}, at=AT),
        Event("episode.opened", "symbol QQQ", "silent", older, at=AT),
    ]
    url = f"sqlite:///{desk.api.place / 'desk.db'}"
    with Database.open(DatabaseConfig(url=url)) as database, database.writing() as session:
        append_events(session, entries)
    desk.feed.say_data_flows(episodes=(known,))
    document = desk.api.get("/api/quotes/SPY/turns")
    assert document["log_fault"] is None
    told = [
        (turn["kind"], turn["at"][11:16], turn.get("text") or turn["episode"]["kind"]) for turn in document["turns"]
    ]
    assert told == [
        ("episode", "15:30", "link_down"),
        ("episode", "15:00", "symbol_silent"),
        ("log", "14:40", "contract 756733"),
        ("log", "13:30", "added to what is streamed"),
    ]
    assert [turn["until"] for turn in document["turns"][:2]] == [known.closed_at, "2026-03-04T15:01:00.000000Z"]


def test_without_database_segment_and_supervisor_the_rest_is_told(tmp_path: Path) -> None:
    """Nothing is there: an empty list that says why, and no error."""
    with ApiRig(f"test-none-{os.getpid()}", tmp_path) as api:
        document = api.wait_up().get("/api/quotes/SPY/turns")
    assert (document["turns"], document["supervisor_alive"], document["records_since"]) == ([], False, None)
    assert document["log_fault"]


def test_the_newest_turns_are_kept() -> None:
    """A limit takes the oldest away."""
    turns = [LogTurn(at=f"2026-03-0{day}T00:00:00.000000Z", id=day, name="x", text="") for day in (3, 1, 2)]
    assert [turn.at[9] for turn in newest_first(turns, 2)] == ["3", "2"]


# ---- what a start would stream ---------------------------------------------------------------------------------------


def test_a_configured_set_is_named_symbol_by_symbol() -> None:
    """With `stream.symbols` and no planner neither project nor refresh means anything."""
    plan = start_plan(Config(stream=StreamConfig(symbols=("SPY", "BRK B"), project_id=3)))
    assert (plan.origin, plan.symbols, plan.project_id) == ("static", ("SPY", "BRK B"), 3)
    assert (plan.takes_project, plan.takes_refresh, plan.max_symbols, plan.refresh_interval_s) == (
        False, False, None, None,
    )  # fmt: skip


def test_a_project_is_a_choice_only_where_the_database_is_asked() -> None:
    """Nothing configured means the database; an address is shown without what may be a secret."""
    plan = start_plan(Config())
    assert (plan.origin, plan.takes_project, plan.symbols, plan.max_symbols) == ("database", True, None, 100)
    url = "https://user:word@desk.example:8443/symbols?key=1#x"
    plan = start_plan(Config(planner=PlannerConfig(origin="http", http_url=url)))
    assert (plan.origin, plan.place, plan.takes_project) == ("http", "https://desk.example:8443/symbols", False)
    plan = start_plan(Config(planner=PlannerConfig(origin="file", file_path="/srv/desk.csv")))
    assert (plan.origin, plan.place, plan.takes_refresh) == ("file", "/srv/desk.csv", True)


def test_the_plan_is_a_route(desk: Desk) -> None:
    """It needs neither supervisor nor database."""
    plan = desk.api.get("/api/ib/stream/plan")
    assert (plan["origin"], plan["project_id"]) == ("database", 1)
