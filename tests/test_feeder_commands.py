"""Commands over the pipe: whole, in pieces, nonsense; the loop never waits for the rest of one."""

from __future__ import annotations

import os
import struct
import time
from multiprocessing import Pipe
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clients.environments import IBAPI_9
from tests.feeder_heartbeat import HeartbeatSampler
from tests.feeder_rig import FeederRig
from tests.feeder_world import HEARTBEAT_LIMIT_S
from tests.waiting import wait_until
from tickring.config.structs import ContractConfig
from tickring.feeder.command_pipe import CommandPipe, PipeUnreadable
from tickring.feeder.commands import AddSymbols, encode_command

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.simulator.running import SimulatorProcess


@given(st.lists(st.binary(max_size=200), max_size=8), st.lists(st.integers(1, 100), min_size=1, max_size=20))
def test_messages_are_whole_however_they_come(messages: list[bytes], cuts: list[int]) -> None:
    """In any pieces, in order, none lost and none made up."""
    reading, writing = Pipe(duplex=False)
    pipe = CommandPipe(reading)
    data = b"".join(struct.pack("!i", len(message)) + message for message in messages)
    taken: list[bytes] = []
    turn = 0
    while data:
        size = cuts[turn % len(cuts)]
        os.write(writing.fileno(), data[:size])
        data, turn = data[size:], turn + 1
        taken += pipe.take()
    assert taken == messages
    assert pipe.take() == []
    writing.close()
    with pytest.raises(EOFError):
        pipe.take()
    pipe.close()


def test_what_multiprocessing_sends_is_understood() -> None:
    """The sender is `Connection.send_bytes`."""
    reading, writing = Pipe(duplex=False)
    pipe = CommandPipe(reading)
    for message in (b"", b"x", bytes(20_000)):
        writing.send_bytes(message)
        assert pipe.take() == [message]
    writing.close()
    pipe.close()


@pytest.mark.parametrize("length", [-1, -(2**31), 2**31 - 1])
def test_an_absurd_length_is_refused(length: int) -> None:
    """Nothing after it could be understood, and nobody waits for two gigabytes."""
    reading, writing = Pipe(duplex=False)
    pipe = CommandPipe(reading)
    os.write(writing.fileno(), struct.pack("!i", length) + b"x")
    with pytest.raises(PipeUnreadable, match=str(length)):
        pipe.take()
    writing.close()
    pipe.close()


@pytest.mark.slow
def test_half_a_command_stops_nothing(start_simulator: Callable[..., SimulatorProcess], segment_name: str) -> None:
    """The stamp stays young, ticks go on; with its other half it is obeyed."""
    simulator = start_simulator(always_open=True, pace=0.1, sample_s=0.02)
    with FeederRig(IBAPI_9, segment_name, simulator.port, ("SPY",)) as rig:
        rig.start().wait_live()
        message = encode_command(AddSymbols({"QQQ": ContractConfig()}))
        data = struct.pack("!i", len(message)) + message
        with HeartbeatSampler(rig.name, rig.pid) as heartbeat:
            rig.tell_raw(data[:20])
            before = rig.reader["SPY"].sequence
            wait_until(lambda: rig.reader["SPY"].sequence > before + 20, "ticks go on", show=rig.show)
            assert "QQQ" not in rig.reader
            rig.tell_raw(data[20:])
            rig.wait_live("QQQ", "SPY")
        assert heartbeat.worst_s < HEARTBEAT_LIMIT_S


@pytest.mark.slow
def test_a_pipe_of_garbage_is_closed_and_the_stream_goes_on(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str
) -> None:
    """Told in log and status."""
    simulator = start_simulator(always_open=True, pace=0.1, sample_s=0.02)
    with FeederRig(IBAPI_9, segment_name, simulator.port, ("SPY",)) as rig:
        rig.start().wait_live()
        rig.tell_raw(b"\xff" * 64)
        words = rig.wait_words(lambda words: words.last_error is not None, "it is told")
        assert words.last_error is not None
        assert "not heard any more" in words.last_error.text
        before = rig.reader["SPY"].sequence
        wait_until(lambda: rig.reader["SPY"].sequence > before + 20, "ticks go on", show=rig.show)


@pytest.mark.slow
def test_one_symbol_cannot_be_two_contracts(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str
) -> None:
    """The message names both; the symbol streams on, and removed first it can be the other one."""
    simulator = start_simulator(always_open=True, pace=0.1, sample_s=0.02)
    with FeederRig(IBAPI_9, segment_name, simulator.port, ("SPY", "RY")) as rig:
        rig.start().wait_live("SPY")
        rig.add(SPY=ContractConfig(symbol="RY", currency="CAD"), QQQ=ContractConfig())
        rig.wait_live("QQQ", "SPY")
        words = rig.wait_words(lambda words: words.last_error and words.last_error.symbol == "SPY", "it is told")
        assert words.last_error is not None
        assert "SMART in USD" in words.last_error.text
        assert "RY, STK, SMART in CAD" in words.last_error.text
        assert "remove" in words.last_error.text
        rig.remove("SPY")
        rig.wait_said("SPY", "missing/retired")
        rig.add(SPY=ContractConfig(symbol="RY", currency="CAD"))
        rig.wait_live("SPY")


@pytest.mark.slow
def test_five_thousand_symbols_at_once_leave_the_stamp_young(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str
) -> None:
    """Added and removed while others stream, over a pipe that holds 64 KiB."""
    simulator = start_simulator(always_open=True, pace=0.1, sample_s=0.02)
    with FeederRig(IBAPI_9, segment_name, simulator.port, ("SPY",), segment={"capacity": 8192}) as rig:
        rig.start().wait_live()
        names = [f"X{number:05d}" for number in range(5000)]
        with HeartbeatSampler(rig.name, rig.pid) as heartbeat:
            rig.add(**dict.fromkeys(names, ContractConfig()))
            rig.wait_words(lambda words: words.desired == 5001, "all are wanted")
            rig.remove(*names)
            rig.wait_words(lambda words: words.desired == 1, "all are gone")
            time.sleep(0.2)
        assert heartbeat.worst_s < HEARTBEAT_LIMIT_S, f"as seen {heartbeat.worst_raw_s}"
        rig.wait_live()
