"""Gateways that hang, half answer, hold our id or move away: found in time, told once, healed without a hand."""

from __future__ import annotations

import os
import re
import signal
import socket
import struct
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.clients.environments import IBAPI_9, IBAPI_10_51
from tests.feeder_rig import FeederRig
from tests.loop_thread import LoopThread
from tests.scripted_gateway import ScriptedGateway
from tests.waiting import wait_until
from tickring.episodes import EpisodeKind, Severity
from tickring.feeder.reset_times import REGIONS, ResetTimes
from tickring.simulator.wire import replies
from tickring.simulator.wire.requests import Request, StartApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tickring.episodes import Episode
    from tickring.feeder_status import FeederStatus
    from tickring.simulator.running import SimulatorProcess
    from tickring.simulator.wire.replies import Reply

pytestmark = pytest.mark.slow
QUICK = {"probe_after_s": 0.5, "probe_answer_s": 0.2, "probe_limit_s": 1.2, "hello_timeout_s": 0.5}
CLIENT_ID = 47


@pytest.fixture
def simulator(start_simulator: Callable[..., SimulatorProcess]) -> SimulatorProcess:
    """A gateway of the test's own."""
    return start_simulator(always_open=True, pace=0.1, sample_s=0.02, message_rate=0)


def of_kind(words: FeederStatus, kind: EpisodeKind) -> list[Episode]:
    """The episodes of one kind, oldest first."""
    return [one for one in words.episodes if one.kind is kind]


def is_over(kind: EpisodeKind) -> Callable[[FeederStatus], bool]:
    """Whether there was exactly one episode of a kind, and it is closed."""
    return lambda words: [one.is_open for one in of_kind(words, kind)] == [False]


def wait_connection(rig: FeederRig, *words: str, timeout_s: float = 5.0) -> None:
    """Return once the header says one of these."""
    wait_until(lambda: rig.reader.status().connection in words, f"it is {words}", timeout_s=timeout_s, show=rig.show)


# ---- nobody there ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("release", "version"), [(IBAPI_9, 200), (IBAPI_10_51, 226)])
def test_a_stopped_gateway_is_found_and_outlived(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str, release: str, version: int
) -> None:
    """SIGSTOP: the kernel answers for it, and still it is suspect, then lost; live again soon after SIGCONT."""
    simulator = start_simulator(always_open=True, pace=0.1, sample_s=0.02, max_server_version=version)
    with FeederRig(release, segment_name, simulator.port, gateway=QUICK) as rig:
        rig.start().wait_live()
        os.kill(simulator.pid, signal.SIGSTOP)
        try:
            wait_connection(rig, "suspect")
            assert rig.said("SPY") == "stale/connection"
            wait_until(lambda: "the connection is half-open" in rig.log(), "it is given up", show=rig.show)
            wait_connection(rig, "disconnected", "connecting")
        finally:
            os.kill(simulator.pid, signal.SIGCONT)
        rig.wait_live(timeout_s=15.0)
        rig.wait_words(is_over(EpisodeKind.GATEWAY_LOST), "one outage has begun and ended")


def test_a_half_open_connection_is_left_by_itself(simulator: SimulatorProcess, segment_name: str) -> None:
    """The socket stands and nothing goes through it: a new session without anybody's help."""
    with FeederRig(IBAPI_9, segment_name, simulator.port, gateway={**QUICK, "client_id_patience_s": 0.2}) as rig:
        rig.start().wait_live()
        simulator.do("half_open")
        wait_connection(rig, "suspect")
        rig.wait_live(timeout_s=15.0)
        assert "the connection is half-open" in rig.log()


def test_a_gateway_that_has_no_news_and_answers_is_connected(simulator: SimulatorProcess, segment_name: str) -> None:
    """All streams silent for longer than `probe_limit_s`: the probe is answered, and nothing is in doubt."""
    patient = {"probe_after_s": 1.05, "probe_answer_s": 0.3, "probe_limit_s": 1.5}  # one answer a second, as at IB
    with FeederRig(IBAPI_9, segment_name, simulator.port, gateway=patient) as rig:
        rig.start().wait_live()
        simulator.do("mute")
        until_s = time.monotonic() + patient["probe_limit_s"] + 0.4
        while time.monotonic() < until_s:
            assert rig.reader.status().connection == "connected"
            time.sleep(0.01)
        assert sum(line.kind == "StartApi" for line in simulator.sent()) == 1
        assert sum(line.kind == "CurrentTime" for line in simulator.sent()) >= 2


def test_an_outage_that_lasts_becomes_critical(segment_name: str) -> None:
    """One episode from the first refusal on; past the deadline it is critical, but for IB's own reset times."""
    now_ns = time.time_ns()
    region = next((one for one in REGIONS if ResetTimes(one).end_ns(now_ns) is None), "europe")
    expected = Severity.CRITICAL if ResetTimes(region).end_ns(now_ns) is None else Severity.INFO
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        gateway = {"outage_critical_s": 0.3, "region": region}
        with FeederRig(IBAPI_9, segment_name, bound.getsockname()[1], gateway=gateway) as rig:
            rig.start()
            words = rig.wait_words(
                lambda words: [one.severity for one in of_kind(words, EpisodeKind.GATEWAY_LOST)] == [expected],
                "it is told",
            )
            (episode,) = of_kind(words, EpisodeKind.GATEWAY_LOST)
            assert episode.is_open
            assert "refused" in episode.cause.lower()


# ---- no login --------------------------------------------------------------------------------------------------------


def no_accounts(request: Request) -> list[Reply]:
    """A gateway whose login waits for a person."""
    return [replies.NextValidId(order_id=1)] if isinstance(request, StartApi) else []


@contextmanager
def scripted(script: Callable[[Request], list[Reply]]) -> Iterator[int]:
    """The port of a gateway of few words."""
    gateway = ScriptedGateway(157, script)
    with LoopThread() as thread:
        thread.run(gateway.__aenter__())
        try:
            yield int(gateway.place.rpartition(":")[2])
        finally:
            thread.run(gateway.__aexit__())


def test_a_gateway_without_accounts_is_never_ready(segment_name: str) -> None:
    """Hello and nextValidId are not enough: not `connected`, and the log says what is missing."""
    with scripted(no_accounts) as port, FeederRig(IBAPI_9, segment_name, port, gateway=QUICK) as rig:
        rig.start()
        words = rig.wait_words(lambda words: words.reconnect_attempts >= 2, "it is given up and tried again")
        assert words.last_error is not None
        assert words.last_error.text == "the gateway's managed accounts have not come in time"
        assert rig.reader.status().connection != "connected"
        assert "session.ready" not in rig.log()


def test_a_handshake_without_data_shortens_no_wait(segment_name: str) -> None:
    """A gateway that lets us in and is gone again: waits grow as if it had not answered, and are counted."""

    def lets_in_and_breaks_off(request: Request) -> list[Reply]:
        if isinstance(request, StartApi):
            return [
                replies.ManagedAccounts(accounts=("SIM1",)),
                replies.NextValidId(order_id=1),
                replies.ErrorReply(req_id=-1, code=504, text="Not connected"),
            ]
        return []

    with scripted(lets_in_and_breaks_off) as port, FeederRig(IBAPI_9, segment_name, port) as rig:
        rig.start()
        words = rig.wait_words(lambda words: words.reconnect_attempts >= 4, "it is tried again and again")
        assert words.errors_by_code[504] >= 4
        assert words.account == "SIM1"
        waits_s = [float(text) for text in re.findall(r"next_s=(\d+\.\d)", rig.log())]
        assert waits_s == sorted(waits_s)
        assert waits_s[-1] >= 0.4


# ---- our id is somebody else's ---------------------------------------------------------------------------------------


@contextmanager
def holding(port: int, client_id: int) -> Iterator[None]:
    """A session that has a client id, as one does whose process has died and whose gateway has not noticed."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
        peer.sendall(b"API\0" + struct.pack(">I", 9) + b"v100..157")
        start = b"71\x002\x00%d\x00\x00" % client_id
        peer.sendall(struct.pack(">I", len(start)) + start)
        heard = b""
        while b"managed" not in heard and b"SIM" not in heard:
            heard += peer.recv(4096)
        yield


def test_a_client_id_that_stays_taken_is_left_for_a_reserved_one(
    simulator: SimulatorProcess, segment_name: str
) -> None:
    """326 beyond the patience: data through the next id; after the next loss the own id is back."""
    with (
        holding(simulator.port, CLIENT_ID),
        FeederRig(IBAPI_9, segment_name, simulator.port, gateway={"client_id_patience_s": 0.3}) as rig,
    ):
        rig.start()
        rig.wait_live()
        words = rig.wait_words(lambda words: words.client_id == CLIENT_ID + 1, "a reserved id is in use")
        assert is_over(EpisodeKind.ID_TAKEN)(words)
        assert words.errors_by_code[326] < 10
        simulator.do("fin")
        rig.wait_words(lambda words: words.client_id == CLIENT_ID, "the own id is back")
        rig.wait_live()


# ---- elsewhere -------------------------------------------------------------------------------------------------------


def test_a_gateway_that_moved_is_followed_where_that_is_wanted(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str
) -> None:
    """1300 with `gateway.follow_port`: live from the port that was told."""
    here, there = (start_simulator(always_open=True, pace=0.1, sample_s=0.02, message_rate=0) for _ in range(2))
    with FeederRig(IBAPI_9, segment_name, here.port, gateway={"follow_port": True}) as rig:
        rig.start().wait_live()
        here.do("error", code=1300, text=f"Please reconnect on the new port - {there.port}", req_id=-1)
        wait_until(lambda: f"the gateway has moved to port {there.port}" in rig.log(), "it is told", show=rig.show)
        wait_until(lambda: there.do("status")["clients"], "it is there", show=rig.show)
        rig.wait_live()


# ---- clocks ----------------------------------------------------------------------------------------------------------


def test_clocks_that_differ_are_one_episode(simulator: SimulatorProcess, segment_name: str) -> None:
    """Ninety seconds off while ticks flow: told with the difference, and over once the clock is right."""
    with FeederRig(IBAPI_9, segment_name, simulator.port, gateway={"clock_period_s": 1.1}) as rig:
        rig.start().wait_live()
        words = rig.wait_words(lambda words: words.clock_skew_s is not None, "the clocks are compared")
        assert words.clock_skew_s is not None
        assert abs(words.clock_skew_s) < 2.0
        assert of_kind(words, EpisodeKind.CLOCK_SKEW) == []
        simulator.do("clock_offset", seconds=-90)
        words = rig.wait_words(lambda words: of_kind(words, EpisodeKind.CLOCK_SKEW), "it is told")
        assert words.clock_skew_s is not None
        assert words.clock_skew_s == pytest.approx(-90.0, abs=3.0)
        simulator.do("clock_offset", seconds=0)
        rig.wait_words(is_over(EpisodeKind.CLOCK_SKEW), "it is over")
