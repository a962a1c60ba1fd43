"""The small parts of the feeder, each with its promise."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.config.structs import ContractConfig
from tickring.feeder.api_callbacks import error_parts
from tickring.feeder.backoff import Backoff
from tickring.feeder.candidates import candidates, distinct
from tickring.feeder.commands import AddSymbols, RemoveSymbols, decode_command, encode_command
from tickring.feeder.gateway_lost import GatewayLost
from tickring.feeder.gateway_socket import parse_hello
from tickring.feeder.outbound import Outbound
from tickring.feeder.poison import Poison
from tickring.feeder.tick_types import DELAYED_TYPES, PRICES, SIZES, shares_per_unit
from tickring.feeder.token_bucket import TokenBucket
from tickring.simulator.control.tick_fields import FIELD_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

# ---- requests on their way -------------------------------------------------------------------------------------------


@pytest.fixture
def full_socket() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A socket whose peer reads nothing, with its buffers full."""
    near, far = socket.socketpair()
    near.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            near.send(bytes(65536))
    yield near, far
    near.close()
    far.close()


def test_outbound_is_bounded_in_size(full_socket: tuple[socket.socket, socket.socket]) -> None:
    """The limit itself fits, one byte more ends the connection."""
    near, _ = full_socket
    outbound = Outbound(1000, 5.0)
    outbound.add(bytes(400), 0.0)
    outbound.flush(near, 0.0)
    outbound.add(bytes(600), 0.0)
    assert len(outbound) == 1000
    with pytest.raises(GatewayLost, match="1000 bytes"):
        outbound.add(b"x", 0.0)


def test_outbound_is_bounded_in_age(full_socket: tuple[socket.socket, socket.socket]) -> None:
    """The oldest waiting byte counts, whatever is added after it."""
    near, _ = full_socket
    outbound = Outbound(1000, 5.0)
    outbound.add(b"old", 100.0)
    outbound.add(b"new", 104.0)
    outbound.flush(near, 105.0)
    with pytest.raises(GatewayLost, match="no request for 5 s"):
        outbound.flush(near, 105.1)


def test_outbound_sends_in_order_what_the_socket_takes(full_socket: tuple[socket.socket, socket.socket]) -> None:
    """Once the peer reads again everything arrives, and the clock starts anew with the next byte."""
    near, far = full_socket
    outbound = Outbound(1000, 5.0)
    outbound.add(b"first ", 100.0)
    outbound.add(b"second", 100.0)
    outbound.flush(near, 101.0)
    assert len(outbound) == 12
    far.setblocking(False)
    rest = b""
    with contextlib.suppress(BlockingIOError):
        while True:
            rest = (rest + far.recv(65536))[-64:]
    outbound.flush(near, 104.0)
    assert len(outbound) == 0
    assert far.recv(64) == b"first second"
    outbound.add(b"x", 200.0)
    outbound.flush(near, 200.0)


# ---- pacing and waiting ----------------------------------------------------------------------------------------------


@given(st.sampled_from([0.5, 1.0, 3.0, 45.0]), st.lists(st.floats(0.0, 0.4), min_size=1, max_size=200))
def test_no_second_holds_more_than_the_bucket_allows(per_s: float, steps_s: list[float]) -> None:
    """Whatever the moments of asking, every window of a second holds at most so many."""
    bucket = TokenBucket(per_s)
    now_s, taken_s = 1000.0, []
    for step_s in steps_s:
        now_s += step_s
        if bucket.take(now_s):
            taken_s.append(now_s)
    period_s = max(1.0, 1.0 / per_s)
    for begin_s in taken_s:
        assert sum(begin_s <= one_s < begin_s + period_s for one_s in taken_s) <= max(1, int(per_s))


def test_requests_leave_evenly() -> None:
    """A gateway that reads a tenth of a second late still counts no second over IB's 50, and none is held back long."""
    bucket, now_s, taken_s = TokenBucket(45.0), 1000.0, list[float]()
    while len(taken_s) < 500:
        if bucket.take(now_s):
            taken_s.append(now_s)
        else:
            now_s += bucket.wait_s(now_s) + 1e-9
    for begin_s in taken_s:
        assert sum(begin_s <= one_s < begin_s + 1.1 for one_s in taken_s) <= 50
        assert sum(begin_s <= one_s < begin_s + 0.1 for one_s in taken_s) <= 5
    assert taken_s[-1] - taken_s[0] < 500 / 45.0


def test_the_bucket_says_when_to_come_again() -> None:
    """After just that time there is one."""
    bucket = TokenBucket(2.0)
    assert [bucket.take(10.0), bucket.take(10.05), bucket.take(10.25), bucket.take(10.5)] == [True, False, True, False]
    assert bucket.wait_s(10.5) == pytest.approx(0.5)
    assert bucket.take(10.5 + bucket.wait_s(10.5))


def test_backoff_doubles_to_its_limit_and_is_forgotten() -> None:
    """Each wait is spread upwards by a tenth at most."""
    backoff = Backoff(1.0, 60.0)
    for expected_s in (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0):
        assert expected_s <= backoff.next_s() <= expected_s * 1.1
    backoff.succeeded()
    assert backoff.next_s() <= 1.1


def test_backoff_survives_a_weekend() -> None:
    """Thousands of failures neither overflow nor exceed the limit."""
    backoff = Backoff(0.5, 60.0)
    assert all(backoff.next_s() <= 66.0 for _ in range(5000))


# ---- what differs between the releases -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        (7, 200, "no such contract"),
        (7, 200, "no such contract", ""),
        (7, 1_795_270_000_000, 200, "no such contract"),
        (7, 1_795_270_000_000, 200, "no such contract", ""),
        (7, 0, 200, "no such contract", ""),
    ],
    ids=["9.81.1", "with json", "own errors of 10.x", "10.46 and 10.51", "time unknown"],
)
def test_error_parts_of_every_signature(arguments: tuple[object, ...]) -> None:
    """Id, code and text, wherever they stand."""
    assert error_parts(arguments) == (7, 200, "no such contract")


@pytest.mark.parametrize(
    ("version", "lot", "volume"), [(157, 100, 100), (158, 100, 100), (159, 1, 100), (219, 1, 100), (220, 1, 1)]
)
def test_units_by_server_version(version: int, lot: int, volume: int) -> None:
    """Sizes turn to shares at 159, volumes at 220; delayed ones alike."""
    shares = shares_per_unit(version)
    assert {shares[number] for number in (0, 3, 5, 69, 70, 71)} == {lot}
    assert {shares[number] for number in (8, 74)} == {volume}


def test_tick_numbers_mean_what_the_gateways_words_say() -> None:
    """Held against the simulator's own table of words."""
    for table in (PRICES, SIZES):
        for number, field in table.items():
            assert FIELD_WORDS[number].removeprefix("delayed_") == str(field)
            assert FIELD_WORDS[number].startswith("delayed_") == (number in DELAYED_TYPES)


# ---- the gateway's hello ---------------------------------------------------------------------------------------------


@given(st.integers(0, 999), st.text(st.characters(codec="latin-1", exclude_characters="\0"), max_size=60))
def test_a_hello_is_version_and_any_text(version: int, text: str) -> None:
    """The zone's words are the host's own."""
    hello = parse_hello(b"%d\0" % version + text.encode("latin-1") + b"\0")
    assert hello == (version, text)


@given(st.binary(max_size=200))
def test_whatever_else_answers_is_no_gateway(payload: bytes) -> None:
    """Any bytes are a hello or a lost gateway, never another error."""
    try:
        hello = parse_hello(payload)
    except GatewayLost:
        return
    assert payload.startswith((str(hello.server_version).encode(), b"0"))


def test_a_version_of_five_thousand_digits_is_no_gateway() -> None:
    """Python refuses to make a number of it, which must not be the end of the feeder."""
    with pytest.raises(GatewayLost, match="no gateway"):
        parse_hello(b"1" * 5000 + b"\0now\0")


# ---- contracts and commands ------------------------------------------------------------------------------------------


def _details(con_id: int, exchange: str, primary: str = "") -> SimpleNamespace:
    """What ibapi's ContractDetails hold, as far as it is looked at."""
    return SimpleNamespace(
        contract=SimpleNamespace(conId=con_id, exchange=exchange, primaryExchange=primary, currency="USD")
    )


def test_one_listing_over_many_exchanges_is_one() -> None:
    """Told apart by contract id, in their order."""
    found = [_details(1, "SMART", "ARCA"), _details(2, "SMART", "NYSE"), _details(1, "NYSE", "ARCA")]
    assert [details.contract.conId for details in distinct(found)] == [1, 2]


def test_candidates_name_what_to_write() -> None:
    """A person can copy the exchange or the contract id; of many, five are shown and the rest counted."""
    assert "knows no 'XYZ'" in candidates("XYZ", [])
    text = candidates("RY", [_details(number, "SMART", f"EX{number}") for number in range(7)])
    assert "'RY' is ambiguous: EX0 USD (con_id 0)" in text
    assert "EX4" in text
    assert "EX5" not in text
    assert "and 2 more" in text
    assert "primary_exchange or con_id" in text


symbol_names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)


@given(st.dictionaries(symbol_names, st.builds(ContractConfig, con_id=st.integers(0, 2**31 - 1)), max_size=5))
def test_commands_travel(symbols: dict[str, ContractConfig]) -> None:
    """What is encoded is decoded, of either kind."""
    for command in (AddSymbols(symbols), RemoveSymbols(tuple(symbols))):
        assert decode_command(encode_command(command)) == command


@pytest.mark.parametrize("data", [b"", b"{", b'{"type":"quit"}', b'{"type":"add","symbols":{"SPY":{"con_id":-1}}}'])
def test_what_is_no_command_is_refused(data: bytes) -> None:
    """With one class of error."""
    with pytest.raises(msgspec.MsgspecError):
        decode_command(data)


# ---- messages that could not be taken apart --------------------------------------------------------------------------


def _errors(count: int) -> list[Exception]:
    return [type(f"Error{number}", (Exception,), {})() for number in range(count)]


def test_poison_is_kept_once_per_kind_and_bounded_in_kinds(tmp_path: Path) -> None:
    """A flood of kinds fills no disk; everything is counted."""
    poison = Poison(str(tmp_path / "poison"), 10.0)
    for error in _errors(100):
        for _ in range(3):
            poison.take(b"1\0payload", "SPY", error, 0.0)
    assert poison.count == 300
    kept = sorted((tmp_path / "poison").glob("*.bin"))
    assert len(kept) == 32
    assert kept[0].read_bytes() == b"1\0payload"
    assert "SPY" in kept[0].with_suffix(".txt").read_text()


def test_poison_is_told_at_most_so_often(caplog: pytest.LogCaptureFixture) -> None:
    """One line a period, with how many there were since."""
    poison = Poison("", 10.0)
    error = ValueError("abc")
    for now_s in (100.0, 100.1, 109.9, 110.0, 115.0):
        poison.take(b"1\0x", None, error, now_s)
    assert [record.args[1] for record in caplog.records if isinstance(record.args, tuple)] == [1, 3]


def test_poison_survives_a_disk_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where nothing can be kept it is still counted and told."""
    (tmp_path / "file").write_text("in the way")
    poison = Poison(str(tmp_path / "file"), 10.0)
    text = poison.take(b"1\0x", "SPY", ValueError("abc"), 0.0)
    assert "SPY" in text
    assert poison.count == 1
    assert any("message.poison_not_kept" in record.getMessage() for record in caplog.records)
