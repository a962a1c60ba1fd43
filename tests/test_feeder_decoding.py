"""Messages one by one through the feeder's decoder with every release of ibapi: told as one, or refused as an error."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.clients.environments import SCRIPTS, run
from tests.clients.fixtures import IBAPI_SESSIONS, Session
from tickring.simulator.wire import replies
from tickring.simulator.wire.frames import FrameCutter
from tickring.simulator.wire.reply_encoder import ReplyEncoder

TIME_MS = 1_795_270_000_000


def told(release: Session, *payloads: bytes) -> list[dict[str, Any]]:
    """What the sink is told of each message, and what is raised."""
    version = str(release.server_version)
    return [
        json.loads(line)
        for line in run(
            release.client, SCRIPTS / "feeder_decodes.py", version, *(one.hex() for one in payloads)
        ).splitlines()
    ]


def text_message(release: Session, number: int, *fields: bytes) -> bytes:
    """A text payload in the form of the session's version."""
    body = b"".join(field + b"\0" for field in fields)
    if release.server_version > 200:
        return number.to_bytes(4, "big") + body
    return b"%d\0" % number + body


@pytest.fixture(params=IBAPI_SESSIONS, ids=str)
def release(request: pytest.FixtureRequest) -> Session:
    """A release and the version it agrees on."""
    chosen: Session = request.param
    return chosen


def test_each_message_is_told_alike(release: Session) -> None:
    """Ticks, kinds of data, accounts, ids and errors: the same calls whatever the release and version."""
    encode = ReplyEncoder(release.server_version).encode
    sent = [
        replies.TickPrice(req_id=1000, tick_type=1, price=600.25, size=3.0, attributes=1),
        replies.TickPrice(req_id=1000, tick_type=6, price=601.0, size=0.0, attributes=0),
        replies.TickSize(req_id=1000, tick_type=8, size=12345.0),
        replies.TickString(req_id=1000, tick_type=45, value="1700000000"),
        replies.TickGeneric(req_id=1000, tick_type=49, value=2.0),
        replies.MarketDataType(req_id=1000, data_type=3),
        replies.ManagedAccounts(accounts=("DU1", "DU2")),
        replies.NextValidId(order_id=9),
        replies.ErrorReply(req_id=1000, code=354, text="not subscribed", time_ms=TIME_MS),
        replies.ErrorReply(req_id=-1, code=2104, text="usfarm", time_ms=TIME_MS),
    ]
    assert [one["calls"] for one in told(release, *(encode(reply)[4:] for reply in sent))] == [
        [["tick_price", [1000, 1, 600.25]], ["tick_size", [1000, 0, 3.0]]],
        [["tick_price", [1000, 6, 601.0]]],
        [["tick_size", [1000, 8, 12345.0]]],
        [["tick_text", [1000, 45, "1700000000"]]],
        [["tick_number", [1000, 49, 2.0]]],
        [["market_data_type", [1000, 3]]],
        [["accounts", [["DU1", "DU2"]]]],
        [["next_valid_id", []]],
        [["error", [1000, 354, "not subscribed"]]],
        [["error", [-1, 2104, "usfarm"]]],
    ]


def test_snapshots_and_bars_end_alike(release: Session) -> None:
    """From version 196 on the end of bars is a message of its own; dates are texts in every form."""
    bars = tuple(
        replies.Bar(date=date, open=600.0, high=601.0, low=599.0, close=600.5, volume=12.0, wap=600.0, count=3)
        for date in ("1700000000", "20260105")
    )
    data = replies.HistoricalData(req_id=7, start="", end="", bars=bars)
    encode = ReplyEncoder(release.server_version).encode
    payloads = FrameCutter().feed(encode(replies.TickSnapshotEnd(req_id=6)) + encode(data))
    calls = [call for one in told(release, *payloads) for call in one["calls"]]
    assert calls == [
        ["snapshot_end", [6]],
        ["bar", [7, "1700000000", 600.5]],
        ["bar", [7, "20260105", 600.5]],
        ["bars_end", [7]],
    ]


def test_the_gateways_clock_is_told(release: Session) -> None:
    """Whole seconds since 1970, in text and in protobuf."""
    payload = ReplyEncoder(release.server_version).encode(replies.CurrentTime(time_s=1_700_000_000))[4:]
    assert told(release, payload) == [{"calls": [["current_time", [1_700_000_000]]], "error": None}]


def test_what_cannot_be_read_is_an_error_and_tells_nothing(release: Session) -> None:
    """Also where ibapi itself drops the message and only logs it (a wrong number of fields)."""
    odd = [
        text_message(release, 2, b"6", b"1000", b"8"),
        text_message(release, 1, b"6", b"1000", b"1", b"abc", b"1", b"0"),
        text_message(release, 1, b"6", b"1000"),
    ]
    for one in told(release, *odd):
        assert one["error"] is not None, one
        assert [name for name, _ in one["calls"] if name != "error"] == []


def test_what_is_not_wanted_tells_nothing(release: Session) -> None:
    """A message that the feeder has no use for is neither an error nor news."""
    reply = replies.TickReqParams(req_id=1000, min_tick=0.01, bbo_exchange="9c0001", snapshot_permissions=3)
    (one,) = told(release, ReplyEncoder(release.server_version).encode(reply)[4:])
    assert one == {"calls": [], "error": None}
