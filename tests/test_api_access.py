"""Who may ask: hosts, origins, the token; and how much one may ask."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.datastructures import Headers

from tests.api_rig import ApiRig, own_feed
from tests.waiting import wait_until
from tickring.api.access import Access
from tickring.config.structs import ApiConfig
from tickring.errors import ApiRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

STOP = "/api/ib/stream/stop"
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiRig]:
    """A service over a small feed, with narrow limits."""
    limits = (
        "api.requests_open_max=8",
        "api.head_timeout_s=1",
        "api.connections_max=40",
        "api.request_timeout_s=5",
        "api.request_limit_bytes=2048",
    )
    with own_feed() as feed:
        feed.stream("SPY", "bid", 601.12, "ask", 601.13)
        feed.say_data_flows()
        with ApiRig(feed.name, tmp_path_factory.mktemp("access"), *limits) as rig:
            yield rig.wait_up()


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and stable word of an error."""
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "next_step", "details"}
    return answer.status_code, error["code"]


# ---- the token -------------------------------------------------------------------------------------------------------


def test_orders_need_the_token_and_looking_does_not(api: ApiRig) -> None:
    """On loopback every GET goes without; no POST does, whatever stands in the place of the token."""
    assert api.get("/api/quotes/SPY")["bid"] == 601.12
    wrong = (
        "Bearer",
        "Bearer x",
        f"Basic {api.token}",
        f"Bearer {api.token}x",
        f"Bearer {api.token[:-1]}",
    )
    for path in (STOP, "/api/ib/stream/start", "/api/simulator/fault"):
        missing = api.client.post(path)
        assert code_of(missing) == (401, "token_missing")
        assert missing.headers["www-authenticate"] == "Bearer"
        for header in wrong:
            answer = api.client.post(path, headers={"Authorization": header})
            assert code_of(answer)[0] == 401
    assert api.post(STOP, 503)["error"]["code"] == "supervisor_not_running"
    assert api.client.post(f"{STOP}?token={api.token}").status_code == 401


def test_the_token_is_the_owners_alone_and_in_no_log(api: ApiRig) -> None:
    """Made at the first start with mode 0600; neither the token nor a wrong one shows in what the service tells."""
    api.client.post(STOP, headers={"Authorization": "Bearer not-this-one-at-all"})
    assert api.token_file.stat().st_mode & 0o777 == 0o600
    assert len(api.token) >= 40
    assert api.token not in api.log
    assert "not-this-one-at-all" not in api.log
    command = Path(f"/proc/{api.process.pid}/cmdline").read_bytes().decode()
    assert api.token not in command


def access(**settings: object) -> Access:
    """The rules of a configuration."""
    return Access(ApiConfig(**settings), "right-token-0123456789")  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "desk.example"])
def test_beyond_loopback_reading_needs_the_token_too(host: str) -> None:
    """All that is data; not the dashboard's own files, and not what it must know first."""
    rules = access(host=host)
    good = Headers({"authorization": "Bearer right-token-0123456789"})
    for path in ("/api/quotes", "/api/ib/stream/status", "/diagnostics/stream_health", "/metrics", "/openapi.json"):
        with pytest.raises(ApiRefused, match="token"):
            rules.check_token(Headers({}), method="GET", path=path)
        rules.check_token(good, method="GET", path=path)
    for path in ("/", "/runs", "/assets/index.js", "/healthz", "/api/about"):
        rules.check_token(Headers({}), method="GET", path=path)
    with pytest.raises(ApiRefused, match="token"):
        rules.check_token(Headers({}), method="POST", path="/api/about")


# ---- host and origin -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "localhost.evil.example", "192.0.2.7", "a@b", ""],
)
def test_a_request_that_is_addressed_to_another_name_is_refused(api: ApiRig, host: str) -> None:
    """A page whose own name was turned to this machine names itself: 403 before anything is looked at."""
    answer = api.client.get("/api/quotes", headers={"Host": host})
    assert code_of(answer) == (403, "host_not_allowed")


def test_our_own_names_are_ours_with_and_without_a_port(api: ApiRig) -> None:
    """Loopback's names and addresses; beyond loopback any address, because nobody can make one point elsewhere."""
    for host in ("127.0.0.1", f"127.0.0.1:{api.port}", "localhost:99", "LOCALHOST", "[::1]:8765"):
        assert api.client.get("/healthz", headers={"Host": host}).status_code == 200
    rules = access(host="0.0.0.0", allowed_hosts=("Desk.example",))
    for host in ("192.0.2.7:8765", "[2001:db8::7]", "desk.example:8765"):
        rules.check_place(Headers({"host": host}))
    with pytest.raises(ApiRefused, match="no name of this service"):
        rules.check_place(Headers({"host": "other.example"}))
    twice = Headers(raw=[(b"host", b"localhost"), (b"host", b"evil.example")])
    with pytest.raises(ApiRefused, match="no name of this service"):
        rules.check_place(twice)


def test_a_request_of_another_page_is_refused_even_with_the_token(api: ApiRig) -> None:
    """Origins compare with host and port; ours and the allowed ones pass, `null` and every other are refused."""
    own = f"http://127.0.0.1:{api.port}"
    assert api.client.get("/healthz", headers={"Origin": own}).status_code == 200
    for origin in (
        "http://evil.example",
        "null",
        f"{own}0",
        f"{own}.evil.example",
        f"http://localhost:{api.port}",
        "x",
    ):
        answer = api.client.post(STOP, headers={"Origin": origin, **api.with_token})
        assert code_of(answer) == (403, "origin_not_allowed"), origin
        assert "access-control-allow-origin" not in answer.headers
    preflight = api.client.options(STOP, headers={"Origin": own, "Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 405
    assert not [name for name in preflight.headers if name.startswith("access-control")]
    rules = access(allowed_origins=("https://desk.example",))
    rules.check_place(Headers({"host": "localhost", "origin": "https://desk.example"}))
    with pytest.raises(ApiRefused, match="not this service"):
        rules.check_place(Headers({"host": "localhost", "origin": "http://desk.example"}))


def test_every_answer_carries_the_headers_that_keep_browsers_honest(api: ApiRig) -> None:
    """Also errors of every kind; no script but our own files, no frame, no guessing of types, no storing of data."""
    for answer in (
        api.client.get("/api/quotes"),
        api.client.get("/nothing"),
        api.client.post(STOP),
        api.client.get("/", headers={"Host": "evil.example"}),
    ):
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "server" not in answer.headers


# ---- limits ----------------------------------------------------------------------------------------------------------


def test_a_body_that_is_too_long_is_refused_however_it_comes(api: ApiRig) -> None:
    """By its announced length, and in pieces of an unknown number; the connection's next request is served."""
    pieces = (b"x" * 500 for _ in range(20))
    for content in (b"x" * 5000, pieces):
        answer = api.client.post("/api/ib/stream/start", content=content, headers=api.with_token)
        assert code_of(answer) == (413, "body_too_long")
    assert api.get("/healthz")["status"] == "ok"


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"GET /" + b"a" * 200_000],
    ids=["nothing", "half a head", "an endless head"],
)
def test_a_connection_that_never_finishes_its_head_is_closed(api: ApiRig, sent: bytes) -> None:
    """Within `api.head_timeout_s`, or at once where it is too long; others do not notice."""
    with socket.create_connection(("127.0.0.1", api.port), timeout=20) as client:
        try:
            client.sendall(sent)
            rest = client.recv(65536)
        except ConnectionError:
            rest = b""
        assert not rest or rest.startswith(b"HTTP/1.1 4")
    assert api.get("/healthz")["status"] == "ok"


UPGRADE = (
    b"Host: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@pytest.mark.parametrize(
    "head",
    [
        b"GET /ws HTTP/1.1\r\n" + UPGRADE + b"X-More: 1\r\n" * 200 + b"\r\n",
        b"GET /ws?" + b"a" * 9000 + b" HTTP/1.1\r\n" + UPGRADE + b"\r\n",
        b"POST /ws HTTP/1.1\r\n" + UPGRADE + b"\r\n",
    ],
    ids=["headers", "address", "method"],
)
def test_a_handshake_that_is_none_does_not_stay_open(api: ApiRig, head: bytes) -> None:
    """Closed at once: it would hold one of the connections for ever."""
    with socket.create_connection(("127.0.0.1", api.port), timeout=20) as client:
        client.sendall(head)
        client.setblocking(False)
        wait_until(lambda: is_closed(client), "it is closed")
    assert "Traceback" not in api.log


def test_who_asks_and_never_reads_holds_up_nobody(api: ApiRig) -> None:
    """As many as may be in work ask much more than anybody keeps for them; they are cut, and others are served."""
    clients = [socket.create_connection(("127.0.0.1", api.port), timeout=20) for _ in range(8)]
    try:
        for client in clients:
            client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 400)
        wait_until(lambda: api.client.get("/healthz").status_code == 503, "they take all places")
        wait_until(lambda: api.client.get("/healthz").status_code == 200, "others are served")
    finally:
        for client in clients:
            client.close()
    assert "Traceback" not in api.log


def test_more_connections_than_allowed_are_closed_and_the_first_ones_stay(api: ApiRig) -> None:
    """Sixty at a time where forty may be: some are closed at once, and when they are gone all is as before."""
    clients = [socket.create_connection(("127.0.0.1", api.port), timeout=20) for _ in range(60)]
    try:
        for client in clients:
            client.setblocking(False)
        wait_until(lambda: any(map(is_closed, clients)), "those beyond the limit are closed")
    finally:
        for client in clients:
            client.close()
    wait_until(lambda: api.client.get("/healthz").status_code == 200, "it serves again")


def is_closed(client: socket.socket) -> bool:
    """Whether the other side has closed it."""
    try:
        return not client.recv(1)
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def test_a_flood_is_answered_by_what_can_be_done_and_leaves_nothing_behind(api: ApiRig) -> None:
    """Twenty threads at once: each answer is a quote or `too_busy`, none is lost; then all is as before."""

    def ask(_number: int) -> int:
        return api.client.get("/api/quotes/SPY").status_code

    with ThreadPoolExecutor(20) as threads:
        statuses = set(threads.map(ask, range(600)))
    assert statuses <= {200, 503}
    assert 200 in statuses
    assert api.get("/api/quotes/SPY")["bid"] == 601.12
