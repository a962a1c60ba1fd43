"""What a client holds is good only while the service proves that it still says so."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waiting import wait_until
from tickring.client import Client, ClientTiming, RemoteQuote
from tickring.client.changed_symbols import ChangedSymbols
from tickring.client.held_quotes import HeldQuotes
from tickring.client.reconnecting import Reconnecting
from tickring.client.remote_quote import accepted_modes, admitted
from tickring.client.requests import http_url, quote_of, ws_url
from tickring.states import ApiMode
from tickring.verdict import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

LIMIT_S = 3.0


class Clock:
    """A clock that stands until it is set."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def live(symbol: str = "SPY", *, sequence: int = 1, api_mode: ApiMode = ApiMode.MOCK, bid: float = 10.0) -> RemoteQuote:
    """A good quote."""
    return RemoteQuote(
        symbol=symbol,
        verdict=Verdict.LIVE,
        reason=Reason.VOUCHED,
        bid=bid,
        age_s=0.5,
        vouched_age_s=0.1,
        api_mode=api_mode,
        sequence=sequence,
    )


@pytest.fixture
def clock() -> Clock:
    """Its own for each test."""
    return Clock()


@pytest.fixture
def held(clock: Clock) -> HeldQuotes:
    """Connected now, with one good quote."""
    quotes = HeldQuotes(LIMIT_S, clock=clock)
    quotes.connected(clock.now_s)
    quotes.put(live())
    return quotes


def test_it_reads_as_told_while_the_service_proves_itself(held: HeldQuotes, clock: Clock) -> None:
    """Its age grows here; what nothing was heard of is missing."""
    clock.now_s += 2.0
    quote = held.read("SPY")
    assert (quote.verdict, quote.bid, quote.age_s) == (Verdict.LIVE, 10.0, 2.5)
    assert quote.is_good
    assert held.read("QQQ").verdict is Verdict.MISSING


def test_without_a_connection_nothing_is_good(held: HeldQuotes) -> None:
    """At once: the last prices stay to be seen, as `feed_down`, until the next connection tells them anew."""
    held.lost()
    quote = held.read("SPY")
    assert (quote.verdict, quote.reason, quote.bid) == (Verdict.FEED_DOWN, Reason.CONNECTION, 10.0)
    assert not quote.is_good
    held.connected(100.0)
    assert held.is_proven
    assert held.read("SPY").verdict is Verdict.FEED_DOWN
    held.put(live(sequence=2))
    assert held.read("SPY").is_good


def test_a_mute_service_is_no_proof(held: HeldQuotes, clock: Clock) -> None:
    """A connection that stands and brings nothing: after the limit nothing is good."""
    clock.now_s += LIMIT_S
    assert held.read("SPY").is_good
    clock.now_s += 0.001
    assert held.read("SPY").verdict is Verdict.FEED_DOWN


def test_late_bytes_are_no_proof(held: HeldQuotes, clock: Clock) -> None:
    """What comes now may have been sent long ago: only an answer says how long ago at most."""
    clock.now_s += 10.0
    held.put(live(sequence=2))
    held.status_heard()
    assert held.read("SPY").verdict is Verdict.FEED_DOWN
    held.proved(clock.now_s - LIMIT_S - 1)  # an answer to an old question comes late too
    assert held.read("SPY").verdict is Verdict.FEED_DOWN
    held.proved(clock.now_s - 1.0)
    assert held.read("SPY").is_good


def test_answers_without_a_status_are_no_proof(held: HeldQuotes, clock: Clock) -> None:
    """A service that answers and no longer says how it is cannot be believed either."""
    for _ in range(5):
        clock.now_s += 1.0
        held.proved(clock.now_s)
    assert held.read("SPY").verdict is Verdict.FEED_DOWN
    held.status_heard()
    assert held.read("SPY").is_good


def test_an_answer_of_the_connection_before_proves_nothing(held: HeldQuotes) -> None:
    """It is counted only after a greeting."""
    held.lost()
    held.proved(1e9)
    assert not held.is_proven


def test_followers_hear_when_belief_ends(held: HeldQuotes, clock: Clock) -> None:
    """Once when it ends and once when it begins again, each symbol with what it reads then."""
    held.check()
    news = ChangedSymbols(held, ["SPY", "XYZ"], lambda: None)
    assert news.next() == held.read("SPY")
    assert news.next() is None
    clock.now_s += LIMIT_S + 1
    held.check()
    held.check()
    down = news.next()
    assert down is not None
    assert down.verdict is Verdict.FEED_DOWN
    assert news.next() is None
    held.proved(clock.now_s)
    held.status_heard()
    held.check()
    again = news.next()
    assert again is not None
    assert again.is_good
    news.close()
    held.put(live(sequence=9))
    assert news.next() is None


def test_a_slow_follower_gets_the_newest_only(held: HeldQuotes) -> None:
    """One place per symbol, whatever happens meanwhile; what reads the same as before is no news."""
    news = ChangedSymbols(held, ["*"], lambda: None)
    for sequence in range(2, 100):
        held.put(live(sequence=sequence))
    newest = news.next()
    assert newest is not None
    assert newest.sequence == 99
    assert news.next() is None
    held.put(live(sequence=99))
    assert news.next() is None


def test_a_connection_that_is_lost_at_once_is_told(held: HeldQuotes) -> None:
    """Followers that were told a good quote hear of the end, also if nothing has been checked in between."""
    changed = ChangedSymbols(held, ["SPY"], lambda: None)
    quote = changed.next()
    assert quote is not None
    assert quote.is_good
    held.lost()
    quote = changed.next()
    assert quote is not None
    assert quote.reason is Reason.CONNECTION


def test_followers_end_with_their_client() -> None:
    """Whoever waits in a thread of its own is not left waiting."""
    client = Client("http://127.0.0.1:9", timing=ClientTiming(backoff_first_s=10.0))
    waiting = threading.Thread(target=lambda: list(client.follow(["SPY"])), daemon=True)
    waiting.start()
    wait_until(lambda: client.fault is not None, "it has tried to connect")
    client.close()
    waiting.join(20)
    assert not waiting.is_alive()


def test_a_suspended_machine_is_no_pause_of_the_clock() -> None:
    """Where the kernel says that the machine was suspended for a day, a proof is a day older."""
    code = "import time; from tickring.client.clock import elapsed_s; print(elapsed_s() - time.monotonic())"
    suspended = ["unshare", "--map-root-user", "--time", "--fork", "--boottime", "86400"]
    if shutil.which("unshare") is None or subprocess.run([*suspended, "true"], check=False).returncode != 0:
        pytest.skip("needs a namespace of time: Linux 5.6, unshare of util-linux, and the right to make one")
    told = subprocess.run([*suspended, sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(told.stdout) > 86_000


def test_a_snapshot_is_whole(held: HeldQuotes) -> None:
    """What is not in it is not held any more; what is not wanted any more neither."""
    held.replace([live("QQQ"), live("IWM")])
    assert held.symbols() == ["IWM", "QQQ"]
    assert held.read("SPY").verdict is Verdict.MISSING
    held.keep(lambda symbol: symbol == "QQQ")
    assert held.symbols() == ["QQQ"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["put", "prove", "status", "lost", "connect", "late proof", "check"]), st.floats(0, 2)
        ),
        max_size=60,
    )
)
def test_whatever_happens_nothing_old_is_good(steps: list[tuple[str, float]]) -> None:
    """Good is only what came on a connection that has answered a question not older than the limit, at any moment."""
    clock = Clock()
    held = HeldQuotes(LIMIT_S, clock=clock)
    proved_s, is_up, is_told = float("-inf"), False, False
    for number, (what, gap_s) in enumerate(steps):
        clock.now_s += gap_s
        match what:
            case "put":
                held.put(live(sequence=number + 1))
                is_told = True
            case "prove":
                held.proved(clock.now_s)
                proved_s = clock.now_s if is_up else proved_s
            case "late proof":
                held.proved(clock.now_s - LIMIT_S - 1)
            case "status":
                held.status_heard()
            case "lost":
                held.lost()
                proved_s, is_up = float("-inf"), False
            case "connect":
                held.connected(clock.now_s)
                proved_s, is_up, is_told = clock.now_s, True, False
            case _:
                held.check()
        if held.read("SPY").is_good:
            assert is_up
            assert is_told
            assert clock.now_s - proved_s <= LIMIT_S


# ---- what may be shown, and where it is asked ----


def test_prices_of_another_account_are_not_shown() -> None:
    """As a reader: `live` unless told otherwise; the verdict says why and the prices are gone."""
    refused = admitted(live(api_mode=ApiMode.MOCK), accepted_modes("live"))
    assert (refused.verdict, refused.reason, refused.bid) == (Verdict.MISSING, Reason.OTHER_API_MODE, None)
    assert admitted(live(), accepted_modes(["paper", "mock"])) == live()
    assert admitted(live(), accepted_modes("any")) == live()
    wrong: str | list[str]
    for wrong in ("demo", [], "unknown"):
        with pytest.raises(ValueError, match="must be 'live', 'paper', 'mock', several of them, or 'any'"):
            accepted_modes(wrong)


def test_addresses() -> None:
    """Of the service, of its WebSocket, of a symbol whose name has signs in it."""
    assert http_url("http://desk:8765/") == "http://desk:8765"
    assert ws_url("https://desk/tickring") == "wss://desk/tickring/ws"
    assert quote_of("BRK B").path == "/api/quotes/BRK%20B"
    with pytest.raises(ValueError, match="must be like http://desk:8765"):
        Client("desk:8765")


def test_timers_must_make_sense() -> None:
    """A limit that no ping can keep would make every quote bad."""
    with pytest.raises(ValueError, match=r"ping_s is 2, must be at most half of proof_limit_s \(3\)"):
        ClientTiming(ping_s=2.0).checked()
    with pytest.raises(ValueError, match="answer_s is 0"):
        ClientTiming(answer_s=0).checked()


def test_waits_grow_and_are_forgotten() -> None:
    """Doubled for each failure up to the limit, spread; a connection that held makes the next wait a first one."""
    timing = ClientTiming(backoff_first_s=1.0, backoff_limit_s=8.0, good_after_s=5.0)

    def bounds(waits: Iterable[float]) -> list[bool]:
        return [limit / 2 <= wait <= limit for wait, limit in zip(waits, (1, 2, 4, 8, 8), strict=False)]

    reconnecting = Reconnecting(timing)
    assert bounds(reconnecting.wait_s(0.0) for _ in range(5)) == [True] * 5
    assert bounds([reconnecting.wait_s(5.0), reconnecting.wait_s(4.9)]) == [True] * 2


def test_a_quote_is_a_plain_struct() -> None:
    """It goes to JSON and back, and does not change."""
    assert msgspec.json.decode(msgspec.json.encode(live()), type=RemoteQuote) == live()
    with pytest.raises(AttributeError):
        live().bid = 1.0  # type: ignore[misc]


def test_the_client_needs_nothing_of_the_service() -> None:
    """Importing it loads httpx, websockets and msgspec, and of ours the ground floor only."""
    code = "import sys, tickring.client; print(*sorted({name.split('.')[0] for name in sys.modules}), *sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(done.stdout.split())
    assert {"httpx", "websockets", "msgspec"} <= loaded
    assert not loaded & {"fastapi", "starlette", "uvicorn", "sqlalchemy", "numpy", "typer", "psutil", "multiprocess"}
    ours = {name.split(".")[1] for name in loaded if name.startswith("tickring.")}
    assert not ours & {"api", "reader", "feeder", "supervisor", "planner", "config", "control", "cli", "db"}
