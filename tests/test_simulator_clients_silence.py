"""What clients of other people notice when the simulator, or what is behind it, falls silent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.fixtures import NEWEST_SESSIONS
from tests.clients.talking import new_client_id, stock
from tests.clients.tick_story import heard_ticks

if TYPE_CHECKING:
    from tests.clients.talking import TalkingClient
    from tickring.simulator.running import SimulatorProcess

pytestmark = pytest.mark.parametrize("session", NEWEST_SESSIONS, ids=str, indirect=True)

QUIET_S = 0.15
TICKS = ("tickPrice", "tickSize", "tickString", "tickGeneric")


def watch(talker: TalkingClient, *symbols: str) -> None:
    """Subscribe to these as 101, 102, ... and see their ticks flow."""
    for req_id, symbol in enumerate(symbols, 101):
        talker.subscribe(req_id, stock(symbol))
    for req_id, _ in enumerate(symbols, 101):
        talker.wait_for_ticks(req_id, 12)


def is_silent(talker: TalkingClient, req_id: int) -> bool:
    """Whether no tick of the request comes; what was on the way does not count."""
    time.sleep(0.03)
    since = len(talker.heard)
    time.sleep(QUIET_S)
    return not heard_ticks(talker, req_id, since)


def wait_for_more(talker: TalkingClient, req_id: int) -> None:
    """Return when ticks of the request flow again."""
    talker.wait_for_ticks(req_id, 3, len(talker.heard))


def is_served(fresh: TalkingClient, gateway: SimulatorProcess) -> bool:
    """Whether another client gets a session and ticks."""
    fresh.connect(gateway.port, new_client_id())
    fresh.subscribe(901, stock("NVDA"))
    fresh.wait_for_ticks(901, 12)
    return True


# ---- muted ----


@pytest.mark.parametrize("what", [{"symbol": "SPY"}, {"farm": "usfarm"}, {}], ids=["symbol", "farm", "all"])
def test_mute(talker: TalkingClient, gateway: SimulatorProcess, what: dict[str, Any]) -> None:
    """The muted symbols bring no tick and no error; requests are answered; unmute brings the ticks back."""
    watch(talker, "SPY", "NVDA")
    errors = len(talker.codes())
    gateway.do("mute", **what)
    assert is_silent(talker, 101)
    assert is_silent(talker, 102) == ("symbol" not in what)
    talker.call("reqCurrentTime")
    talker.wait_for("currentTime")
    gateway.do("unmute", **what)
    wait_for_more(talker, 101)
    wait_for_more(talker, 102)
    assert len(talker.codes()) == errors


def test_half_open(talker: TalkingClient, other: TalkingClient, gateway: SimulatorProcess) -> None:
    """The client hears nothing at all any more and believes to be connected; a fresh one is served."""
    watch(talker, "SPY")
    assert gateway.do("half_open") == {"clients": 1}
    time.sleep(0.05)
    since = len(talker.heard)
    talker.call("reqCurrentTime")
    assert is_served(other, gateway)
    assert talker.quiet_for(QUIET_S, "currentTime", "connectionClosed", "error", *TICKS)
    assert [told["call"] for told in talker.heard[since:]] == ["returned"]
    assert talker.ask("isConnected")


def test_slow(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """Every answer waits; ticks do not."""
    watch(talker, "SPY")
    gateway.do("slow", seconds=0.3)
    since = len(talker.heard)
    asked_ns = time.monotonic_ns()
    talker.call("reqCurrentTime")
    talker.wait_for("currentTime", since)
    answered_ns = next(told["mono_ns"] for told in talker.heard[since:] if told["call"] == "currentTime")
    assert answered_ns - asked_ns >= 0.3e9
    assert heard_ticks(talker, 101, since)
    gateway.do("slow", seconds=0)


# ---- links ----


def test_1100_then_1101_loses_the_requests(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """Ticks stop with 1100, every time it is said; with 1101 the requests are gone, and the old ids are free."""
    watch(talker, "SPY", "NVDA")
    gateway.do("link_down", repeat=3)
    talker.wait_for_code(1100)
    assert is_silent(talker, 101)
    assert talker.codes().count(1100) == 3
    assert talker.ask("isConnected")
    since = len(talker.heard)
    gateway.do("link_up", code=1101)
    talker.wait_for_code(1101, since)
    talker.wait_for_code(2104, since)
    assert is_silent(talker, 101)
    assert gateway.do("status")["subscriptions"] == 0
    talker.subscribe(101, stock("SPY"))
    wait_for_more(talker, 101)
    assert 322 not in talker.codes()


def test_1102_keeps_the_requests(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """Ticks stop with 1100 and go on after 1102 without any request."""
    watch(talker, "SPY")
    gateway.do("link_down")
    talker.wait_for_code(1100)
    assert is_silent(talker, 101)
    gateway.do("link_up", code=1102)
    talker.wait_for_code(1102)
    wait_for_more(talker, 101)


def test_1102_without_data(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """1102, and yet silence: the id is in use (322) until it is cancelled and asked for again."""
    watch(talker, "SPY")
    gateway.do("link_down")
    gateway.do("link_up", code=1102, data=False)
    talker.wait_for_code(1102)
    assert is_silent(talker, 101)
    talker.subscribe(101, stock("SPY"))
    talker.wait_for_code(322, reqId=101)
    talker.call("cancelMktData", 101)
    talker.subscribe(101, stock("SPY"))
    wait_for_more(talker, 101)


def test_2110_is_an_1100_by_another_name(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """Ticks stop, and go on after 1102."""
    watch(talker, "SPY")
    gateway.do("link_down", code=2110)
    talker.wait_for_code(2110)
    assert is_silent(talker, 101)
    gateway.do("link_up", code=1102)
    wait_for_more(talker, 101)


# ---- farms ----


def test_a_farm_breaks_and_comes_back(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """2103 stops the ticks, 2104 brings them back; the farm's name is in the text."""
    watch(talker, "SPY")
    gateway.do("farm", code=2103)
    assert talker.wait_for_code(2103)["errorString"].endswith(":usfarm")
    assert is_silent(talker, 101)
    since = len(talker.heard)
    gateway.do("farm", code=2104)
    talker.wait_for_code(2104, since)
    wait_for_more(talker, 101)


def test_a_farm_comes_back_without_data(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """2104 and silence on the old request, without a word; a new request brings ticks."""
    watch(talker, "SPY")
    gateway.do("farm", code=2103)
    gateway.do("farm", code=2104, data=False)
    talker.wait_for_code(2104, len(talker.heard) - 1)
    assert is_silent(talker, 101)
    talker.subscribe(102, stock("SPY"))
    wait_for_more(talker, 102)
    assert is_silent(talker, 101)


def test_other_farm_notices_stop_nothing(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """2105 to 2108, 2119, 2157 and 2158 arrive with their farm, and ticks go on."""
    watch(talker, "SPY")
    codes = (2105, 2106, 2107, 2108, 2119, 2157, 2158)
    since = len(talker.heard)
    for code in codes:
        gateway.do("farm", code=code, farm="cafarm")
    talker.wait_for_code(2158, since)
    told = [(one["reqId"], one["errorCode"]) for one in talker.all("error", since) if "cafarm" in one["errorString"]]
    assert told == [(-1, code) for code in codes]
    wait_for_more(talker, 101)


# ---- another session ----


def test_a_competing_session(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """10197 for every request, then silence; new requests get 10197 too; data comes back when the other one leaves."""
    watch(talker, "SPY", "NVDA")
    assert gateway.do("competing_session") == {"subscriptions": 2}
    for req_id in (101, 102):
        talker.wait_for_code(10197, reqId=req_id)
        assert is_silent(talker, req_id)
    talker.subscribe(103, stock("KO"))
    talker.wait_for_code(10197, reqId=103)
    gateway.do("competing_session", start=False)
    wait_for_more(talker, 101)
    wait_for_more(talker, 102)


def test_a_competing_session_that_leaves_dead_requests(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """Taken without a word, and not given back: only a new request brings ticks."""
    watch(talker, "SPY")
    gateway.do("competing_session", silent=True)
    assert is_silent(talker, 101)
    gateway.do("competing_session", start=False, resume=False)
    assert is_silent(talker, 101)
    assert 10197 not in talker.codes()
    talker.call("cancelMktData", 101)
    talker.subscribe(101, stock("SPY"))
    wait_for_more(talker, 101)


def test_any_code_can_be_sent(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """To nobody in particular, to an id, or to whoever watches a symbol, with a text of one's own."""
    watch(talker, "SPY", "NVDA")
    gateway.do("error", code=1300, text="moved")
    gateway.do("error", code=2148, req_id=77)
    assert gateway.do("error", code=10225, symbol="NVDA") == {"told": 1}
    assert talker.wait_for_code(1300)["errorString"] == "moved"
    talker.wait_for_code(2148, reqId=77)
    talker.wait_for_code(10225, reqId=102)
    wait_for_more(talker, 101)
