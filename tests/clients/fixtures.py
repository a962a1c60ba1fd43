"""Every client against simulators that many tests share, and that each test leaves as it found them.

A test that takes `talker` runs once for each of `SESSIONS`. Processes
are started once per test process, sessions are begun anew for each test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.clients.environments import IB_ASYNC, IBAPI_9, IBAPI_10_46, IBAPI_10_51
from tests.clients.talking import TalkingClient, new_client_id
from tests.waiting import wait_until
from tickring.simulator.running import SimulatorProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["IBAPI_SESSIONS", "NEWEST_SESSIONS", "SESSIONS", "Session", "gateway", "session", "talker"]

FASTER = 0.05  # a twentieth of the time that a real gateway takes
SAMPLE_S = 0.02


class Session(NamedTuple):
    """A client, the gateway's highest server version, and the version they agree on."""

    client: str
    max_server_version: int
    server_version: int

    def __str__(self) -> str:
        return f"{self.client} at {self.server_version}"


SESSIONS = (
    Session(IBAPI_9, 200, 157),
    Session(IBAPI_10_46, 200, 200),
    Session(IBAPI_10_46, 226, 225),
    Session(IBAPI_10_51, 200, 200),
    Session(IBAPI_10_51, 226, 226),
    Session(IB_ASYNC, 200, 178),
)

NEWEST_SESSIONS = tuple(
    one for one in SESSIONS if one.client not in {IBAPI_10_46, IBAPI_10_51} or one.server_version > 200
)
"""One for each client: for what takes long and has nothing to do with how messages look."""
IBAPI_SESSIONS = tuple(one for one in SESSIONS if one.client != IB_ASYNC)


@pytest.fixture(scope="session")
def gateways() -> Iterator[dict[int, SimulatorProcess]]:
    """The shared simulators by their highest server version, started when first needed."""
    started: dict[int, SimulatorProcess] = {}
    yield started
    for process in started.values():
        process.close()


@pytest.fixture(scope="session")
def talkers() -> Iterator[dict[tuple[str, int], TalkingClient]]:
    """The shared clients' processes by name and number, started when first needed."""
    started: dict[tuple[str, int], TalkingClient] = {}
    yield started
    for process in started.values():
        process.close()


@pytest.fixture(params=SESSIONS, ids=str)
def session(request: pytest.FixtureRequest) -> Session:
    """Each client at each version."""
    chosen: Session = request.param
    return chosen


@pytest.fixture
def gateway(session: Session, gateways: dict[int, SimulatorProcess]) -> Iterator[SimulatorProcess]:
    """A shared simulator without clients and faults; both are gone afterwards too."""
    highest = session.max_server_version
    if highest not in gateways:
        gateways[highest] = SimulatorProcess.start(
            always_open=True, pace=FASTER, sample_s=SAMPLE_S, max_server_version=highest
        )
    simulator = gateways[highest]
    yield simulator
    make_well(simulator)
    status = simulator.do("status")
    assert (status["faults"], status["subscriptions"], status["phase"]) == ({}, 0, "regular"), simulator.errors


def make_well(simulator: SimulatorProcess) -> None:
    """End all sessions and every fault."""
    simulator.do("fin")
    wait_until(lambda: not simulator.do("status")["clients"], "all sessions end", show=lambda: simulator.do("status"))
    faults = simulator.do("status")["faults"]
    simulator.do("unmute")
    simulator.do("slow", seconds=0)
    simulator.do("split", mode="whole")
    simulator.do("lines", limit=100)
    simulator.do("message_rate", limit=50)
    simulator.do("clock_offset", seconds=0)
    simulator.do("market", phase="auto")
    if "is_link_down" in faults:
        simulator.do("link_up", code=1102)
    if "competing" in faults:
        simulator.do("competing_session", start=False)
    for farm in faults.get("farms_down", ()):
        simulator.do("farm", code=2104, farm=farm)
    for symbol in faults.get("permissions", ()):
        simulator.do("permission", code=None, symbol=symbol or None)


def _begun(talkers: dict[tuple[str, int], TalkingClient], name: str, number: int) -> TalkingClient:
    key = (name, number)
    if key not in talkers:
        talkers[key] = TalkingClient(name)
    else:
        talkers[key].new_client()
    return talkers[key]


@pytest.fixture
def talker(
    session: Session, gateway: SimulatorProcess, talkers: dict[tuple[str, int], TalkingClient]
) -> Iterator[TalkingClient]:
    """The client, connected; its client id is `talker.client_id`."""
    client = _begun(talkers, session.client, 1)
    client.connect(gateway.port, new_client_id())
    assert client.all("connected")[0]["server_version"] == session.server_version
    yield client
    _end(client)


@pytest.fixture
def other(
    session: Session,
    gateway: SimulatorProcess,  # noqa: ARG001 - ends after this
    talkers: dict[tuple[str, int], TalkingClient],
) -> Iterator[TalkingClient]:
    """A second process of the same client, not connected."""
    client = _begun(talkers, session.client, 2)
    yield client
    _end(client)


def _end(client: TalkingClient) -> None:
    since = len(client.heard)
    client.call("hang_up")
    client.wait_for("hung_up", since)
