"""Account ids leave a capture and request ids are exchanged in it, byte for byte, in text and in protobuf."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.simulator.control.capture import BadCapture, CaptureFrame, CaptureWriter, read_capture
from tickring.simulator.control.reply_ids import reply_id, request_id_of, with_request_id
from tickring.simulator.control.sanitise import Sanitiser, managed_accounts
from tickring.simulator.wire import replies, versions
from tickring.simulator.wire.frames import FrameCutter
from tickring.simulator.wire.protobuf_fields import ProtobufReader, int_field, text_field
from tickring.simulator.wire.reply_encoder import ReplyEncoder
from tickring.simulator.wire.requests import Contract

VERSIONS = (157, 163, 164, 166, 178, 193, 194, 196, 200, 201, 205, 206, 207, 212, 226)
ACCOUNTS = ("U7654321", "DU7654321", "F12345", "DUM123456", "odd:account")


def payloads(version: int, reply: replies.Reply) -> list[bytes]:
    """A reply's payloads, without their lengths."""
    return FrameCutter().feed(ReplyEncoder(version).encode(reply))


# ---- account ids -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_the_accounts_of_a_session_are_found_in_every_version(version: int) -> None:
    """The message is understood as text, as text with a raw id, and as protobuf; nothing else is taken for it."""
    (payload,) = payloads(version, replies.ManagedAccounts(accounts=ACCOUNTS))
    assert managed_accounts(payload, version) == [account.encode() for account in ACCOUNTS]
    (other,) = payloads(version, replies.NextValidId(order_id=15))
    assert managed_accounts(other, version) is None


def test_a_list_may_end_in_a_comma() -> None:
    """As recorded from real gateways."""
    assert managed_accounts(b"15\x001\0DU1234567,\0", 173) == [b"DU1234567"]
    with pytest.raises(ValueError, match="without a list"):
        managed_accounts(b"15\0", 173)


@pytest.mark.parametrize("version", VERSIONS)
def test_no_account_is_left_in_any_message(version: int) -> None:
    """Ids vanish from every field, also inside other texts, and lengths stay: a protobuf message can still be read."""
    sanitiser = Sanitiser()
    sanitiser.learn([account.encode() for account in ACCOUNTS])
    said: list[replies.Reply] = [replies.ManagedAccounts(accounts=ACCOUNTS)]
    for account in ACCOUNTS:
        said += [
            replies.AccountValue(key="NetLiquidation", value="1", currency="USD", account=account),
            replies.AccountSummary(req_id=7, account=account, tag="AccountType", value="INDIVIDUAL", currency=""),
            replies.Position(account=account, contract=Contract(symbol="SPY"), position=1.0, average_cost=2.0),
            replies.AccountDownloadEnd(account=account),
            replies.ErrorReply(req_id=-1, code=321, text=f"{'x' * 70}The account code {account}{account} is required"),
        ]
    for payload in [payload for reply in said for payload in payloads(version, reply)]:
        clean = sanitiser.clean(payload)
        assert len(clean) == len(payload)
        assert not any(account.encode() in clean for account in ACCOUNTS)
        assert clean != payload
        if version >= versions.PROTOBUF_REST_MESSAGES_3:
            ProtobufReader(clean[4:])  # raises for what is no message


def test_an_id_becomes_the_same_id_everywhere_and_different_ones_stay_different() -> None:
    """Also where one id is the end of another, and for an id that the gateway named only later."""
    sanitiser = Sanitiser()
    early = sanitiser.clean(b"F1234567")
    sanitiser.learn([b"U7654321", b"DU7654321"])
    live, paper = sanitiser.clean(b"U7654321"), sanitiser.clean(b"DU7654321")
    assert sanitiser.clean(b"(DU7654321,U7654321)F1234567") == b"(" + paper + b"," + live + b")" + early
    assert len({early, live, paper}) == 3
    assert (len(live), len(paper)) == (8, 9)
    assert all(name.startswith(b"SIM") for name in (early, live, paper))


@given(st.lists(st.from_regex(rb"[A-Z0-9]{1,12}", fullmatch=True), max_size=5), st.binary(max_size=60))
def test_cleaning_never_changes_a_length(accounts: list[bytes], payload: bytes) -> None:
    """Whatever the ids and the bytes are."""
    sanitiser = Sanitiser()
    sanitiser.learn(accounts)
    assert len(sanitiser.clean(payload)) == len(payload)


@pytest.mark.parametrize(
    "text", [b"US0378331005", b"SPY", b"20260105 09:30:00", b"DUK", b"U123", b"1.7976931348623157E308"]
)
def test_what_is_no_account_stays(text: bytes) -> None:
    """ISINs, symbols, dates and numbers are left alone."""
    assert Sanitiser().clean(text) == text


# ---- request ids -----------------------------------------------------------------------------------------------------

BAR = replies.Bar(date="20260105", open=1.0, high=2.0, low=0.5, close=1.5, volume=10.0, wap=1.2, count=3)
CONTRACT = Contract(con_id=756733, symbol="SPY", sec_type="STK", exchange="SMART", currency="USD")


def with_id(req_id: int) -> list[replies.Reply]:
    """Every reply that answers a request by its id."""
    return [
        replies.ErrorReply(req_id=req_id, code=200, text="none"),
        replies.MarketDataType(req_id=req_id, data_type=1),
        replies.TickReqParams(req_id=req_id, min_tick=0.01),
        replies.TickPrice(req_id=req_id, tick_type=1, price=650.12, size=3.0, attributes=1),
        replies.TickSize(req_id=req_id, tick_type=0, size=3.0),
        replies.TickGeneric(req_id=req_id, tick_type=49, value=0.0),
        replies.TickString(req_id=req_id, tick_type=45, value="1700000000"),
        replies.TickSnapshotEnd(req_id=req_id),
        replies.ContractDetails(
            req_id=req_id,
            contract=CONTRACT,
            market_name="SPY",
            min_tick=0.01,
            long_name="SPDR S&P 500",
            order_types="LMT",
            valid_exchanges="SMART",
            market_rule_ids="26",
        ),
        replies.ContractDetailsEnd(req_id=req_id),
        replies.SymbolSamples(req_id=req_id, samples=()),
        replies.HistoricalData(req_id=req_id, start="a", end="b", bars=(BAR,)),
        replies.HistoricalDataUpdate(req_id=req_id, bar=BAR),
        replies.HeadTimestamp(req_id=req_id, text="19930129"),
        replies.AccountSummary(req_id=req_id, account="SIM1", tag="a", value="b", currency=""),
        replies.AccountSummaryEnd(req_id=req_id),
        replies.AccountUpdateMulti(req_id=req_id, account="SIM1", model="", key="a", value="b", currency=""),
        replies.AccountUpdateMultiEnd(req_id=req_id),
        replies.ExecDetailsEnd(req_id=req_id),
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("old", "new"), [(1, 2_000_000_000), (300, 0), (9001, 9002)])
def test_a_request_id_is_found_and_exchanged_in_every_reply(version: int, old: int, new: int) -> None:
    """The result is byte for byte what the gateway would have sent with the other id."""
    for before, after in zip(with_id(old), with_id(new), strict=True):
        for payload, wanted in zip(payloads(version, before), payloads(version, after), strict=True):
            assert request_id_of(payload, version) == old, before
            assert with_request_id(payload, version, new) == wanted


@pytest.mark.parametrize("version", VERSIONS)
def test_replies_without_a_request_say_so(version: int) -> None:
    """Session messages, account messages and errors with -1 belong to no request."""
    said = [
        replies.ManagedAccounts(accounts=("SIM1",)),
        replies.NextValidId(order_id=5),
        replies.CurrentTime(time_s=5),
        replies.ErrorReply(req_id=-1, code=2104, text="OK:usfarm"),
        replies.Position(account="SIM1", contract=CONTRACT, position=1.0, average_cost=2.0),
        replies.PositionEnd(),
        replies.AccountValue(key="a", value="b", currency="USD", account="SIM1"),
        replies.OpenOrderEnd(),
        replies.CompletedOrdersEnd(),
    ]
    for reply in said:
        for payload in payloads(version, reply):
            assert request_id_of(payload, version) is None, reply


@given(st.binary(max_size=40), st.sampled_from(VERSIONS))
def test_noise_has_no_request(data: bytes, version: int) -> None:
    """Bytes that are no message raise nothing, and where an id is found in them it can be exchanged."""
    reply_id(data, version)
    found = request_id_of(data, version)
    if found is not None:
        assert request_id_of(with_request_id(data, version, 77), version) == 77


def test_a_protobuf_id_at_an_odd_place_is_not_touched() -> None:
    """Only a leading field 1 is exchanged; a message without it is nobody's."""
    assert request_id_of(b"\0\0\0\xc9" + int_field(2, 1) + int_field(1, 5), 210) is None
    assert request_id_of(b"\0\0\0\xc9" + text_field(2, "x"), 210) is None


# ---- the file --------------------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.floats(0, 1e6), st.integers(1, 9), st.sampled_from(["client", "server"]), st.binary(max_size=50))
    )
)
def test_every_payload_comes_back(tmp_path: Path, frames: list[tuple[float, int, str, bytes]]) -> None:
    """Text or not, in order."""
    path = tmp_path / "capture"
    path.unlink(missing_ok=True)
    writer = CaptureWriter(path)
    for t_s, connection, direction, payload in frames:
        writer.write([CaptureFrame.of(t_s, connection, "client" if direction == "client" else "server", 178, payload)])
    writer.close()
    read = [(frame.t_s, frame.connection, frame.direction, frame.payload) for frame in read_capture(path)]
    assert read == [(round(t_s, 6), connection, direction, payload) for t_s, connection, direction, payload in frames]


def test_a_capture_is_private_and_never_replaced(tmp_path: Path) -> None:
    """Mode 0600, and an existing file is an error."""
    path = tmp_path / "capture"
    CaptureWriter(path).close()
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        CaptureWriter(path)


HEAD = b'{"tickring_capture":1}\n'
FRAME = b'{"t_s":0.0,"connection":1,"direction":"client","server_version":0,"text":"v157..178"}\n'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is no capture"),
        (b"hello\n", "is no capture"),
        (b"\xff\xfe\n", "is no capture"),
        (b'{"tickring_capture":2}\n', "of form 2, this release reads form 1"),
        (HEAD + FRAME + b"{}\n", "line 3: Object missing required field `t_s`"),
        (HEAD + FRAME.replace(b'"text"', b'"base64"'), "line 2: "),
        (HEAD + FRAME.replace(b',"text":"v157..178"', b""), "line 2: a frame has either text or base64"),
        (HEAD + FRAME.replace(b"v157", "€".encode()), "line 2: "),
        (HEAD + FRAME.replace(b'"client"', b'"sideways"'), "line 2: Invalid enum value 'sideways'"),
    ],
)
def test_a_file_that_is_no_capture_is_named_by_line(tmp_path: Path, data: bytes, said: str) -> None:
    """The message has file, line and rule."""
    path = tmp_path / "capture"
    path.write_bytes(data)
    with pytest.raises(BadCapture) as caught:
        list(read_capture(path))
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_last_line_by_half_is_left_out(tmp_path: Path) -> None:
    """What a killed recorder left can be replayed."""
    path = tmp_path / "capture"
    path.write_bytes(HEAD + FRAME + FRAME[:20])
    assert [frame.payload for frame in read_capture(path)] == [b"v157..178"]
