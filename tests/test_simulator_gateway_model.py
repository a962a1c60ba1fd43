"""Any order of requests, cancels, faults and departures: the gateway's books equal a model's, and it never stops."""

from __future__ import annotations

import time

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.loop_thread import LoopThread
from tests.simulator_raw_client import RawClient, market_data
from tickring.simulator.control import commands as do
from tickring.simulator.control.lines import CommandRefused
from tickring.simulator.gateway.gateway import Gateway
from tickring.simulator.gateway.settings import GatewaySettings
from tickring.simulator.wire.frames import frame

LINES = 6
LATE_S = 0.05  # ticks of a cancelled request may come so long: half a gateway's 0.1 s
CLIENTS = st.integers(0, 2)
IDS = st.integers(1, 4)
SYMBOLS = st.sampled_from(["SPY", "QQQ", "BRK B", "SIM00001", "NOSUCH"])
FAULTS: list[do.Command] = [
    do.Mute(symbol="SPY"),
    do.Mute(farm="usfarm"),
    do.Mute(),
    do.Unmute(),
    do.LinkDown(),
    do.LinkUp(code=1102),
    do.LinkUp(code=1102, data=False),
    do.FarmCode(code=2103),
    do.FarmCode(code=2104, data=False),
    do.CompetingSession(silent=True),
    do.CompetingSession(start=False),
    do.Split(mode="odd"),
    do.Split(mode="whole"),
    do.MarketPhase(phase="closed"),
    do.MarketPhase(phase="auto"),
    do.Halt(symbol="SPY"),
    do.Halt(symbol="SPY", value=0),
    do.SetPrice(symbol="QQQ", factor=1.5),
    do.ClockOffset(seconds=-100.0),
    do.ClockOffset(seconds=0.0),
    do.BadNumber(text="1.0"),
    do.UnknownMessage(),
    do.Burst(count=50),
]


class GatewayMachine(RuleBasedStateMachine):
    """Three clients on one gateway of six lines; after each step everything said is compared."""

    def __init__(self) -> None:
        super().__init__()
        self._running = LoopThread().__enter__()
        values = GatewaySettings(
            port=0, always_open=True, pace=0.5, sample_s=0.02, lines=LINES, generated=1, message_rate=0
        )
        self._gateway = Gateway(values)
        self._running.run(self._gateway.__aenter__())
        self._clients: dict[int, RawClient] = {}
        self._open: dict[tuple[int, int], str] = {}
        """What has a line: symbol by (client, request id)."""

    def teardown(self) -> None:
        for client in self._clients.values():
            client.close()
        assert self._gateway.failure is None
        self._running.run(self._gateway.__aexit__())
        self._running.__exit__()

    def _client(self, number: int) -> RawClient:
        if number not in self._clients:
            self._clients[number] = RawClient.ready(self._gateway.port, client_id=number)
        return self._clients[number]

    def _errors(self, client: RawClient, since: int) -> list[tuple[int, int]]:
        """The errors with a request's id up to the answer of a probe."""
        client.answers()
        return [(req_id, code) for req_id, code in client.errors(since) if req_id >= 0]

    @initialize()
    def begin(self) -> None:
        self._client(0)

    @rule(number=CLIENTS, req_id=IDS, symbol=SYMBOLS, generic=st.sampled_from(["", "233", "x"]), snapshot=st.booleans())
    def request(self, number: int, req_id: int, symbol: str, generic: str, snapshot: bool) -> None:
        client = self._client(number)
        since = len(client.messages)
        client.subscribe(req_id, symbol, generic=generic, is_snapshot=snapshot)
        expected = None
        if (number, req_id) in self._open:
            expected = 322
        elif generic == "x" or (generic and snapshot):
            expected = 321
        elif symbol == "NOSUCH":
            expected = 200
        elif len(self._open) >= LINES:
            expected = 101
        if expected is None:
            self._open[number, req_id] = symbol
        assert self._errors(client, since) == ([] if expected is None else [(req_id, expected)])

    @rule(number=CLIENTS, req_id=IDS)
    def cancel(self, number: int, req_id: int) -> None:
        client = self._client(number)
        since = len(client.messages)
        client.cancel(req_id)
        known = self._open.pop((number, req_id), None)
        assert self._errors(client, since) == ([] if known else [(req_id, 300)])
        client.listen(LATE_S + 0.05)
        assert not [m for m in client.listen(0.05) if m.is_tick and m.req_id == req_id]

    @rule(number=CLIENTS, payload=st.binary(max_size=40))
    def noise(self, number: int, payload: bytes) -> None:
        client = self._client(number)
        client.send(frame(b"x" + payload))
        client.answers()

    @rule(number=CLIENTS, cut=st.integers(0, 30))
    def leave(self, number: int, cut: int) -> None:
        client = self._client(number)
        client.send(market_data(9, "SPY")[:cut])
        client.close()
        del self._clients[number]
        self._open = {key: symbol for key, symbol in self._open.items() if key[0] != number}
        deadline = time.monotonic() + 5
        while any(one.client_id == number for one in self._gateway.world.clients):
            assert time.monotonic() < deadline, "the session of a client that has left is still there"
            time.sleep(0.001)

    @rule(command=st.sampled_from(FAULTS))
    def fault(self, command: do.Command) -> None:
        try:
            self._running.run(self._gateway.apply(command))
        except CommandRefused:
            assert isinstance(command, do.Burst)
            assert not self._open
        self._relax()

    @rule()
    def forget(self) -> None:
        self._running.run(self._gateway.apply(do.LinkUp(code=1101)))
        self._open.clear()
        self._relax()

    @rule(code=st.sampled_from([do.Finish(), do.Reset()]))
    def disconnect(self, code: do.Command) -> None:
        self._running.run(self._gateway.apply(code))
        for client in self._clients.values():
            client.until_over()
            client.close()
        self._clients.clear()
        self._open.clear()

    def _relax(self) -> None:
        for client in self._clients.values():
            client.answers()

    @invariant()
    def books_equal(self) -> None:
        status = self._running.run(self._gateway.apply(do.Status()))
        assert status["subscriptions"] == len(self._open)
        subscriptions = {one["client_id"]: one["subscriptions"] for one in status["clients"]}
        of_model = dict.fromkeys(self._clients, 0)
        for number, _ in self._open:
            of_model[number] += 1
        assert subscriptions == of_model
        world = self._gateway.world
        alive = {(s.session.client_id, s.req_id): s.listing.symbol for s in world.streams if not s.is_cancelled}
        assert alive == self._open


TestGateway = pytest.mark.slow(GatewayMachine.TestCase)
# Without shrinking: each step talks over sockets, and a failing sequence of 20 is short enough to read.
TestGateway.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
