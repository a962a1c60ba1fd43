"""Every route over a living segment and a database: what it answers, from where, and what a part that is away costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest

from tests.api_rig import ApiRig, own_feed
from tests.waiting import wait_until
from tickring.api import book_schemas, error_document, record_schemas, schemas, symbol_schemas
from tickring.api.examples import example_names, example_of
from tickring.config import DatabaseConfig
from tickring.db import (
    Contract,
    Database,
    DecisionSnapshot,
    DecisionSnapshotItem,
    Project,
    SnapshotChoice,
    ThemeMember,
)
from tickring.db.event_log import Event, append_events
from tickring.db.stream_runs import end_run, start_run
from tickring.feeder_status import read_feeder_status, write_feeder_status
from tickring.planner_status import PlannedSymbol, PlannerStatus, write_planner_status
from tickring.positions import Position, write_positions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.feeds import Feed

AT = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)
AT_TEXT = "2026-03-04T15:30:00.000000Z"
DATABASE_ROUTES = ("projects", "projects/1/snapshots", "stream/runs", "events", "contracts/SHOP")


class Desk(NamedTuple):
    """A feed in this process, a service over it, and the file of its database."""

    feed: Feed
    api: ApiRig
    slot: int
    file: Path


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One for all tests here."""
    place = tmp_path_factory.mktemp("desk")
    file = place / "desk.db"
    fill(file)
    with own_feed() as feed:
        slot = feed.stream("SPY", "bid", 601.12, "ask", 601.13, "last", 601.12, "last_trade_s", int(AT.timestamp()))
        feed.stream("BRK B", "bid", 400.0, "ask", 400.5)
        feed.stream("OLD", "bid", 9.0, state="stale")  # type: ignore[arg-type]
        feed.say_data_flows(unresolved={"NOPE": "200: no such contract"})
        with ApiRig(feed.name, place) as api:
            yield Desk(feed, api.wait_up(), slot, file)


def fill(file: Path) -> None:
    """Make a database with one of everything."""
    with Database.open(DatabaseConfig(url=f"sqlite:///{file}")) as database, database.writing() as session:
        items = [DecisionSnapshotItem(place=0, symbol="SPY", side="long", weight=Decimal("0.25"), note="core")]
        snapshot = DecisionSnapshot(name="friday", decided_at=AT, imported_at=AT, origin="friday.csv", items=items)
        theme = [ThemeMember(symbol=symbol, added_at=AT) for symbol in ("SPY", "QQQ")]
        project = Project(name="us-large", created_at=AT, theme=theme)
        session.add(project)
        session.flush()
        snapshot.project_id = project.id
        session.add(snapshot)
        session.flush()
        session.add(SnapshotChoice(project_id=project.id, rule="latest", chosen_at=AT))
        session.add(
            Contract(
                symbol="SHOP",
                con_id=195014116,
                primary_exchange="TSE",
                currency="CAD",
                changed_at=AT,
                min_tick=Decimal("0.01"),
            )
        )
        start_run(session, "run-1", by="test", api_mode="mock", project_id=project.id, at=AT)
        end_run(session, "run-1", "stopped by test", at=AT + timedelta(hours=6))
        append_events(session, [Event(f"test.event_{number}", data={"number": number}, at=AT) for number in range(5)])


# ---- quotes ----------------------------------------------------------------------------------------------------------


def test_quotes_are_those_of_the_segment_with_their_verdicts(desk: Desk) -> None:
    """All of them, sorted, as a reader of this process sees them."""
    document = desk.api.get("/api/quotes")
    assert [quote["symbol"] for quote in document["quotes"]] == ["BRK B", "OLD", "SPY"]
    assert document["total"] == 3
    assert (document["epoch"], document["feed"]["is_good"]) == (desk.feed.host.epoch, True)
    own = desk.feed.open_reader()["SPY"]
    spy = document["quotes"][2]
    assert (spy["bid"], spy["ask"], spy["last"], spy["mid"]) == (own.bid, own.ask, own.last, own.mid)
    assert (spy["spread"], spy["sequence"], spy["verdict"]) == (own.spread, own.sequence, "live")
    assert (spy["source"], spy["market_data_type"], spy["api_mode"]) == ("ib_stream", "realtime", "mock")
    assert spy["last_trade_at"] == "2026-03-04T15:30:00.000Z"
    received = datetime.fromtimestamp(own.ts_recv_ns // 1_000_000 / 1000, tz=UTC)
    assert spy["ts"] == received.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert (spy["volume"], spy["bid_size"]) == (None, None)
    assert document["quotes"][1]["verdict"] == "stale"


def test_quotes_can_be_named_filtered_and_paged(desk: Desk) -> None:
    """Named ones keep their order, unknown ones read `missing`; filter first, then the page."""
    named = desk.api.get("/api/quotes", params={"symbols": "SPY,NOPE, BRK B"})
    assert [(one["symbol"], one["verdict"]) for one in named["quotes"]] == [
        ("SPY", "live"),
        ("NOPE", "missing"),
        ("BRK B", "live"),
    ]
    live = desk.api.get("/api/quotes?verdict=live&limit=1&offset=1")
    assert ([one["symbol"] for one in live["quotes"]], live["total"]) == (["SPY"], 2)
    assert desk.api.get("/api/quotes?offset=1000")["quotes"] == []
    assert desk.api.get("/api/quotes/BRK%20B")["bid"] == 400.0
    assert desk.api.get("/api/quotes/NOPE")["reason"] == "unknown_symbol"
    assert desk.api.get("/api/quotes/%20", 422)["error"]["code"] == "invalid_symbol"


def test_history_has_the_newest_first_and_no_more_than_asked(desk: Desk) -> None:
    """What was ticked since, in reverse, the older ones as `past`."""
    for number in range(4):
        desk.feed.tick(desk.slot, "bid", 700.0 + number)
    document = desk.api.get("/api/quotes/SPY/history?n=3")
    assert document["symbol"] == "SPY"
    assert [tick["bid"] for tick in document["ticks"]] == [703.0, 702.0, 701.0]
    assert [tick["verdict"] for tick in document["ticks"]] == ["live", "past", "past"]
    sequences = [tick["sequence"] for tick in document["ticks"]]
    assert sequences == sorted(sequences, reverse=True)


def test_a_feed_that_goes_down_is_told_with_every_quote(desk: Desk) -> None:
    """No tick comes, yet the next answer says `feed_down` and why, and the service is not ready."""
    desk.feed.writer.set_line(state="stopped")
    try:
        document = desk.api.get("/api/quotes")
        assert {quote["verdict"] for quote in document["quotes"]} == {"feed_down"}
        feed = document["feed"]
        assert (feed["is_good"], feed["verdict"], feed["reason"]) == (False, "feed_down", "feeder_state")
        assert "feeder_state" in desk.api.get("/readyz", 503)["error"]["details"]["reasons"][0]
    finally:
        desk.feed.go_live()
    assert desk.api.get("/readyz")["status"] == "ready"


# ---- symbols and positions -------------------------------------------------------------------------------------------


def test_symbols_say_where_each_comes_from_and_how_far_it_is(desk: Desk) -> None:
    """The planner's words, the feeder's refusals and the segment's verdicts side by side; no planner is no error."""
    without = desk.api.get("/api/symbols")
    assert without["planner_written_at"] is None
    assert [row["symbol"] for row in without["symbols"]] == ["BRK B", "NOPE", "OLD", "SPY"]
    row = PlannedSymbol(symbol="SPY", origin="snapshot", priority=2, state="streamed", since=AT_TEXT)
    status = PlannerStatus(
        pid=1, written_at=AT_TEXT, project_id=7, decision_snapshot_id=None, max_symbols=9, refresh_interval_s=30,
        symbols=(row,),
    )  # fmt: skip
    write_planner_status(desk.feed.name, status)
    document = desk.api.get("/api/symbols")
    spy, nope = document["symbols"][0], document["symbols"][2]
    assert (spy["symbol"], spy["origin"], spy["verdict"], spy["source"]) == ("SPY", "snapshot", "live", "ib_stream")
    assert (nope["symbol"], nope["verdict"], nope["fault"]) == ("NOPE", None, "200: no such contract")
    assert (document["project_id"], document["max_symbols"], document["desired"]) == (7, 9, 1)


def test_who_takes_turns_for_want_of_a_line_is_counted_apart(desk: Desk) -> None:
    """Not as on fallback; each says why and how old its snapshot is."""
    before = read_feeder_status(desk.feed.name)
    assert before is not None
    turns = {"desired": 2, "fallback": {"SPY": "ib_snapshot"}, "rotated": {"SPY": 12.5}, "rotated_served": 1}
    try:
        write_feeder_status(desk.feed.name, msgspec.structs.replace(before, **turns))
        document = desk.api.get("/api/symbols")
        spy = next(row for row in document["symbols"] if row["symbol"] == "SPY")
        status = desk.api.get("/api/ib/stream/status")
    finally:
        write_feeder_status(desk.feed.name, before)
    assert (document["on_fallback"], document["rotated"]) == (0, 1)
    assert "no market data line" in spy["fault"]
    assert "12.5 s old" in spy["fault"]
    assert (status["stream"]["status"], status["stream"]["code"]) == ("connected", "rotated")
    assert status["feeder"]["rotated"] == {"SPY": 12.5}


def test_positions_keep_what_is_vouched_apart_from_what_is_not(desk: Desk) -> None:
    """No table is 404; then each position with its price's verdict, two sums, and no total while one is not vouched."""
    assert desk.api.get("/api/positions", 404)["error"]["code"] == "positions_not_found"
    good, bad = (
        Position(account=account, symbol=symbol, quantity=10, currency="USD", average_cost=1.0)
        for account, symbol in (("SIM1", "BRK B"), ("SIM2", "OLD"))
    )
    write_positions(desk.feed.name, [good, bad])
    document = desk.api.get("/api/positions")
    assert document["total"] is None
    assert (document["vouched_total"], document["unvouched_total"]) == (4000.0, 90.0)
    assert (document["vouched"], document["unvouched"], document["unpriced"]) == (1, 1, 0)
    rows = {row["symbol"]: row for row in document["positions"]}
    assert (rows["BRK B"]["is_vouched"], rows["BRK B"]["verdict"], rows["BRK B"]["value"]) == (True, "live", 4000.0)
    assert (rows["OLD"]["is_vouched"], rows["OLD"]["verdict"]) == (False, "stale")
    assert rows["OLD"]["why"].startswith("stale: ")
    assert desk.api.get("/api/positions?account=SIM1")["total"] == 4000.0
    assert desk.api.get("/api/positions?accept=stale")["total"] == 4090.0
    assert desk.api.get("/api/positions?base=usd", 422)["error"]["code"] == "invalid_request"


# ---- the database ----------------------------------------------------------------------------------------------------


def test_what_the_database_knows_is_told(desk: Desk) -> None:
    """Projects with themes, snapshots with decisions, runs, contracts."""
    (project,) = desk.api.get("/api/projects")["projects"]
    assert (project["id"], project["name"], project["theme"]) == (1, "us-large", ["QQQ", "SPY"])
    assert (project["snapshot_rule"], project["snapshots"], project["is_configured"]) == ("latest", 1, True)
    (snapshot,) = desk.api.get("/api/projects/1/snapshots")["snapshots"]
    assert (snapshot["name"], snapshot["decided_at"]) == ("friday", AT_TEXT)
    assert snapshot["items"] == [{"symbol": "SPY", "side": "long", "weight": 0.25, "quantity": None, "note": "core"}]
    (run,) = desk.api.get("/api/stream/runs")["runs"]
    assert (run["run_id"], run["started_at"], run["ended_how"]) == ("run-1", AT_TEXT, "stopped by test")
    contract = desk.api.get("/api/contracts/SHOP")
    assert (contract["con_id"], contract["currency"], contract["min_tick"]) == (195014116, "CAD", 0.01)
    assert desk.api.get("/api/contracts/NOPE", 404)["error"]["code"] == "unknown_contract"
    assert desk.api.get("/api/projects/9/snapshots", 404)["error"]["code"] == "unknown_project"


def test_the_event_log_comes_in_pages_that_miss_and_repeat_nothing(desk: Desk) -> None:
    """From the beginning two at a time; without `after` the newest, from which one goes on."""
    kinds: list[str] = []
    after, has_more = 0, True
    while has_more:
        page = desk.api.get(f"/api/events?after={after}&limit=2")
        kinds += [event["kind"] for event in page["events"]]
        after, has_more = page["next_after"], page["has_more"]
    assert kinds == [f"test.event_{number}" for number in range(5)]
    newest = desk.api.get("/api/events?limit=2")
    assert [event["data"]["number"] for event in newest["events"]] == [3, 4]
    assert desk.api.get(f"/api/events?after={newest['next_after']}") == {
        "events": [],
        "next_after": newest["next_after"],
        "has_more": False,
    }


def test_a_database_that_is_gone_costs_its_own_routes_alone(desk: Desk) -> None:
    """Moved away: 503 with the next step and no new empty file, quotes as before; put back: all is well again."""
    aside = desk.file.with_suffix(".aside")
    desk.file.rename(aside)
    try:
        for path in DATABASE_ROUTES:
            error = desk.api.get(f"/api/{path}", 503)["error"]
            assert (error["code"], bool(error["next_step"])) == ("database_unavailable", True)
        assert not desk.file.exists()
        assert desk.api.get("/api/quotes/SPY")["verdict"] == "live"
    finally:
        aside.rename(desk.file)
    wait_until(lambda: desk.api.client.get("/api/projects").status_code == 200, "it is read again")


# ---- the rest --------------------------------------------------------------------------------------------------------


def test_the_service_tells_what_it_is(desk: Desk) -> None:
    """Release, kind of prices, whether reading needs a token; alive says nothing of the stream."""
    about = desk.api.get("/api/about")
    assert (about["api_mode"], about["needs_token"], about["throttle_ms"]) == ("mock", False, 100)
    assert "simulator" in about["features"]
    assert desk.api.get("/healthz")["status"] == "ok"


def test_prometheus_gets_its_text(desk: Desk) -> None:
    """The same numbers as the exporter's, in the text format with its version."""
    answer = desk.api.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'tickring_up{part="segment"} 1.0' in answer.text


def test_what_there_is_not_is_told_in_the_one_shape(desk: Desk) -> None:
    """404 and 405 of paths, files and methods; nothing outside the dashboard's directory is given away."""
    for path in ("/api/nothing", "/assets/nothing.js", "/..%2f__init__.py", "/assets/..%2f..%2fapp.py", "/.hidden"):
        assert desk.api.get(path, 404)["error"]["code"] == "not_found"
    assert desk.api.post("/api/quotes", 405)["error"]["code"] == "method_not_allowed"
    listed = desk.api.client.get("/docs")
    assert (listed.status_code, "<script" in listed.text) == (200, False)
    assert all(path in listed.text for path in desk.api.get("/openapi.json")["paths"])


DOCUMENTS = {
    name: getattr(module, name)
    for module in (schemas, record_schemas, book_schemas, symbol_schemas, error_document)
    for name in module.__all__
    if name in example_names()
}


def test_every_example_belongs_to_a_document() -> None:
    """None is left of a document that is gone."""
    assert set(DOCUMENTS) == set(example_names())


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_every_example_is_what_its_document_says(name: str) -> None:
    """The examples of OpenAPI decode strictly, and have no key that the document has not."""
    example, kind = example_of(name), DOCUMENTS[name]
    assert set(example) <= {field.encode_name for field in msgspec.structs.fields(kind)}
    assert msgspec.to_builtins(msgspec.convert(example, kind)).keys() >= example.keys()
