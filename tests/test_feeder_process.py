"""The feeder's process: what is wanted of it, how it ends, and what it refuses."""

from __future__ import annotations

import signal
import socket
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.clients.environments import IBAPI_9, IBAPI_10_46, IBAPI_10_51
from tests.feeder_heartbeat import HeartbeatSampler
from tests.feeder_rig import FeederRig
from tests.feeder_world import HEARTBEAT_LIMIT_S
from tests.waiting import wait_until
from tickring.feeder import SegmentWriter, exits
from tickring.simulator.running import SimulatorProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


pytestmark = pytest.mark.slow
STOP_LIMIT_S = 2.0
RELEASES = (IBAPI_9, IBAPI_10_46, IBAPI_10_51)


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    """A well gateway that nobody disturbs."""
    with SimulatorProcess.start(always_open=True, pace=0.1, sample_s=0.02, lines=1000, generated=100) as running:
        yield running


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Accepts connections in the kernel and says nothing, ever."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        yield listening.getsockname()[1]


@pytest.fixture
def full_port() -> Iterator[int]:
    """Answers no connection: its queue is full."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]
        for one in waiting:
            one.close()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Refuses connections: bound, nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


# ---- how it ends -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("port", ["full_port", "silent_port", "closed_port"])
def test_signals_end_it_in_every_phase(
    request: pytest.FixtureRequest, segment_name: str, port: str, number: int
) -> None:
    """Connecting, waiting for hello, backing off: ended in order, readers see `feed_down`."""
    with FeederRig(IBAPI_9, segment_name, request.getfixturevalue(port), ("SPY",)) as rig:
        rig.start()
        said = {"full_port": "connection has not come", "silent_port": "hello", "closed_port": "refused"}[port]
        wait_until(lambda: said in rig.log(), f"the log says {said}", show=rig.show)
        time.sleep(0.25)  # somewhere in the next attempt
        began_s = time.monotonic()
        rig.signal(number)
        assert rig.wait_exit() == exits.STOPPED
        assert time.monotonic() - began_s < STOP_LIMIT_S
        assert rig.reader.status().feeder_state == "stopped"


@pytest.mark.parametrize("client", RELEASES)
def test_the_end_while_streaming_is_quick_and_seen_by_the_gateway(
    simulator: SimulatorProcess, segment_name: str, client: str
) -> None:
    """The client id is free within 50 ms: ibapi's own close takes a second."""
    with FeederRig(client, segment_name, simulator.port, ("SPY",)) as rig:
        rig.start().wait_live()
        rig.signal(signal.SIGTERM)
        assert rig.wait_exit() == exits.STOPPED
        wait_until(lambda: not simulator.do("status")["clients"], "the gateway sees it", timeout_s=0.05)
        assert rig.said("SPY") == "feed_down/feeder_state"
        words = rig.words()
        assert words is not None
        assert words.desired == 1


def test_another_kind_of_account_is_refused(simulator: SimulatorProcess, segment_name: str) -> None:
    """78, and the message names the account and the setting; nobody saw a price."""
    with FeederRig(IBAPI_9, segment_name, simulator.port, ("SPY",), stream={"api_mode": "live"}) as rig:
        rig.start()
        assert rig.wait_exit() == exits.BAD_CONFIGURATION
        assert "SIM1000001 is mock" in rig.log()
        assert "stream.api_mode = 'live'" in rig.log()
        words = rig.words()
        assert words is not None
        assert words.last_error is not None
        assert "SIM1000001" in words.last_error.text
        assert rig.reader["SPY"].bid is None


def test_without_an_ibapi(segment_name: str, tmp_path: Path) -> None:
    """78, and the message names what to install."""
    with FeederRig(IBAPI_9, segment_name, 1, ("SPY",)) as rig:
        (tmp_path / "ibapi").mkdir()
        (tmp_path / "ibapi" / "__init__.py").touch()  # in front of one that may be installed: nothing of it is there
        rig.client_path = str(tmp_path)
        rig.start(is_waited_for=False)
        assert rig.wait_exit() == exits.BAD_CONFIGURATION
        assert "pip install" in rig.log()


def test_an_old_epoch_is_fenced(simulator: SimulatorProcess, segment_name: str) -> None:
    """76 at the start, and while it runs."""
    with FeederRig(IBAPI_9, segment_name, simulator.port, ("SPY",)) as rig:
        old = rig.host.grant_epoch()
        rig.host.grant_epoch()
        rig.start(epoch=old, is_waited_for=False)
        assert rig.wait_exit() == exits.FENCED
        rig.start().wait_live()
        rig.host._line.grant_epoch()  # without the kill that goes with it: as if the writer could not be killed
        assert rig.wait_exit() == exits.FENCED


def test_a_fence_is_noticed_in_silence_too(silent_port: int, segment_name: str) -> None:
    """No message is needed for it."""
    with FeederRig(IBAPI_9, segment_name, silent_port, ("SPY",)) as rig:
        rig.start()
        rig.host._line.grant_epoch()
        assert rig.wait_exit(2.0) == exits.FENCED


def test_a_busy_writer_lock_is_refused(simulator: SimulatorProcess, segment_name: str) -> None:
    """Another living writer: told by its pid, a matter of time, and undisturbed."""
    with FeederRig(IBAPI_9, segment_name, simulator.port, ("SPY",)) as rig:
        epoch = rig.host.grant_epoch()
        with SegmentWriter.attach(segment_name, epoch=epoch) as writer:
            rig.start(epoch=epoch, is_waited_for=False)
            assert rig.wait_exit() == exits.TRY_AGAIN
            assert "has a living writer" in rig.log()
            writer.heartbeat()
            writer.commit()


@pytest.mark.parametrize("client", RELEASES)
def test_the_heartbeat_is_young_from_the_first_one_on(
    simulator: SimulatorProcess, segment_name: str, client: str
) -> None:
    """Importing ibapi, the first connection and the first messages take their time elsewhere or in small pieces."""
    with FeederRig(client, segment_name, simulator.port, ("SPY",)) as rig:
        rig.start()
        with HeartbeatSampler(rig.name, rig.pid) as heartbeat:
            rig.wait_live()
            wait_until(lambda: heartbeat.stamps > 2, "it stamps")
        assert heartbeat.worst_s < HEARTBEAT_LIMIT_S, f"as seen {heartbeat.worst_raw_s}"


# ---- what it costs ---------------------------------------------------------------------------------------------------


def test_cpu_at_a_hundred_symbols(segment_name: str, start_simulator: Callable[..., SimulatorProcess]) -> None:
    """100 symbols, each looked at four times a second: printed, not judged."""
    import psutil

    gateway = start_simulator(always_open=True, pace=0.1, sample_s=0.25, lines=1000, generated=100, message_rate=0)
    symbols = tuple(f"SIM{number:05d}" for number in range(1, 101))
    changes = {"segment": {"vouch_limit_s": 60.0}, "feeder": {"messages_per_s": 1000.0}}
    with FeederRig(IBAPI_10_51, segment_name, gateway.port, symbols, **changes) as rig:
        rig.start().wait_live(timeout_s=15)
        process = psutil.Process(rig.pid)
        ticks = rig.reader.status().counters["ticks_published"]
        before, began_s = process.cpu_times(), time.monotonic()
        time.sleep(2.0)
        after, took_s = process.cpu_times(), time.monotonic() - began_s
        spent_s = after.user + after.system - before.user - before.system
        ticks = rig.reader.status().counters["ticks_published"] - ticks
        per_s, rss_mb = ticks / took_s, process.memory_info().rss / 1e6
        sys.stdout.write(f"feeder: {100 * spent_s / took_s:.1f}% of a core, {per_s:.0f} records/s, {rss_mb:.0f} MB\n")
        assert ticks > 0
