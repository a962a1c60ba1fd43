"""A client of other people as a child process that is told what to call and tells what it is called."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import time
from typing import Any, Self

from tests.clients.environments import IB_ASYNC, SCRIPTS, environment
from tests.waiting import wait_until

__all__ = ["TalkingClient", "new_client_id", "stock"]

_CONNECT_WITHIN_S = 1.0
_client_ids = itertools.count(11)


def new_client_id() -> int:
    """An id that no other test of this process uses."""
    return next(_client_ids)


def stock(symbol: str, **more: Any) -> dict[str, Any]:
    """A contract argument: US stock over SMART unless told otherwise."""
    return {"Contract": {"symbol": symbol, "secType": "STK", "exchange": "SMART", "currency": "USD", **more}}


class TalkingClient:
    """Use as a context manager. `heard` is everything its present client object told so far, oldest first."""

    def __init__(self, name: str) -> None:
        self.name = name
        script = "ib_async_talk.py" if name == IB_ASYNC else "ibapi_talk.py"
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(SCRIPTS / script)],
            env=environment(name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._number = 1
        self.client_id = 0
        """Of its last attempt to connect."""
        self.heard: list[dict[str, Any]] = []
        self.errors: list[str] = []
        self._threads = [threading.Thread(target=self._listen), threading.Thread(target=self._listen_errors)]
        for thread in self._threads:
            thread.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            if told["client"] == self._number:
                self.heard.append(told)

    def _listen_errors(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.errors.append(line)

    @property
    def is_ibapi(self) -> bool:
        """Whether it is one of the releases of ibapi."""
        return self.name != IB_ASYNC

    def call(self, name: str, *args: Any) -> None:
        """Have it call something; nothing is waited for."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"call": name, "args": args}) + "\n")
        self._process.stdin.flush()

    def ask(self, name: str, *args: Any) -> Any:
        """Have it call something and return what the call returned."""
        since = len(self.heard)
        self.call(name, *args)
        return self.wait_for("returned", since, call=name)["value"]

    def new_client(self) -> None:
        """Let go of its client object and begin a new one; nothing of the old one is heard any more."""
        self._number += 1
        self.heard = []
        self.call("new_client")

    def connect(self, port: int, client_id: int = 1) -> dict[str, Any]:
        """Connect and wait until the session has its next order id; return what nextValidId brought."""
        self.try_to_connect(port, client_id)
        return self.wait_for("nextValidId")

    def try_to_connect(self, port: int, client_id: int = 1) -> dict[str, Any]:
        """Connect and return what the call came to: is_connected, server_version. ib_async gives up after a second."""
        self.client_id = client_id
        since = len(self.heard)
        self.call("connect_and_run", "127.0.0.1", port, client_id, *(() if self.is_ibapi else (_CONNECT_WITHIN_S,)))
        return self.wait_for("connected", since)

    def all(self, call: str, /, since: int = 0, **match: Any) -> list[dict[str, Any]]:
        """Everything heard of one callback whose arguments are these."""
        return [
            heard["args"]
            for heard in self.heard[since:]
            if heard["call"] == call and all(heard["args"].get(key) == value for key, value in match.items())
        ]

    def codes(self, since: int = 0, req_id: int | None = None) -> list[int]:
        """The error codes heard, of one request or of all."""
        return [args["errorCode"] for args in self.all("error", since) if req_id is None or args["reqId"] == req_id]

    def wait_for(self, call: str, /, since: int = 0, timeout_s: float = 20, **match: Any) -> dict[str, Any]:
        """The arguments of the first such callback."""
        wait_until(
            lambda: self.all(call, since, **match),
            f"{self.name} hears {call} with {match}",
            timeout_s=timeout_s,
            show=lambda: "\n".join(map(str, self.heard[-30:])) + "".join(self.errors[-20:]),
        )
        return self.all(call, since, **match)[0]

    def wait_for_code(self, code: int, since: int = 0, **match: Any) -> dict[str, Any]:
        """The arguments of the first error with this code."""
        return self.wait_for("error", since, errorCode=code, **match)

    def wait_for_ticks(self, req_id: int, count: int = 1, since: int = 0) -> None:
        """Return when so many prices and sizes of a request have been heard."""
        wait_until(
            lambda: (
                len(self.all("tickPrice", since, reqId=req_id) + self.all("tickSize", since, reqId=req_id)) >= count
            ),
            f"{self.name} hears {count} ticks of request {req_id}",
            show=lambda: "\n".join(map(str, self.heard[-30:])) + "".join(self.errors[-20:]),
        )

    def subscribe(self, req_id: int, contract: dict[str, Any], generic: str = "", *, snapshot: bool = False) -> None:
        """Call reqMktData."""
        self.call("reqMktData", req_id, contract, generic, snapshot, False, [])

    def quiet_for(self, seconds: float, *calls: str) -> bool:
        """Whether none of these callbacks comes for so long."""
        since = len(self.heard)
        time.sleep(seconds)
        return not any(heard["call"] in calls for heard in self.heard[since:])

    def close(self) -> None:
        """End it."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(30)
        for thread in self._threads:
            thread.join(10)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
