"""How many ticks a second the simulator sends to one client that reads as fast as it can.

    .venv/3.11/bin/python -P tools/simulator_rate.py --symbols 2000 --sample 0.02 --seconds 5

Starts a simulator with generated symbols, subscribes to all of them and measures ordinary streaming, then bursts. Every
frame that arrives is counted; the command fails when it is not what the simulator says it has sent. The client runs on
the same machine and takes its share of it.
"""

from __future__ import annotations

import argparse
import itertools
import socket
import sys
import threading
import time
from typing import Any

from tickring.simulator.market.catalog_generated import generated_listing
from tickring.simulator.running import SimulatorProcess
from tickring.simulator.wire.frames import frame

TICKS = {b"1", b"2", b"45", b"46"}
SETTLE_S_A_SYMBOL = 0.003  # the first look at a symbol makes its day


class Reader:
    """A client that asks and then only reads; `ticks` counts what it is asked about afterwards."""

    def __init__(self, port: int, max_version: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._socket.sendall(b"API\0" + frame(b"v157..%d" % max_version))
        self._pieces: list[bytes] = []
        self._socket.recv(4096)
        self._send("71", "2", "1", "")
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _send(self, *fields: object) -> None:
        self._socket.sendall(frame("".join(f"{field}\0" for field in fields).encode()))

    def subscribe(self, numbers: list[int]) -> None:
        """Ask for the first generated symbols of some activity."""
        for number in numbers:
            contract = ("0", f"SIM{number:05}", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "")
            self._send("1", "11", number, *contract, "0", "", "0", "0", "")

    def _read(self) -> None:
        while data := self._socket.recv(1 << 20):
            self._pieces.append(data)

    def close(self) -> None:
        """Leave; returns when everything has been read."""
        self._socket.shutdown(socket.SHUT_WR)
        self._thread.join()
        self._socket.close()

    def ticks(self) -> int:
        """Return how many tick messages have arrived in all."""
        data, at, count = b"".join(self._pieces), 0, 0
        while at < len(data):
            length = int.from_bytes(data[at : at + 4], "big")
            count += data[at + 4 : data.index(b"\0", at + 4)] in TICKS
            at += 4 + length
        return count


def _activity(number: int) -> float:
    return generated_listing(number).temper.activity


def _cpu_s(pid: int) -> float:
    with open(f"/proc/{pid}/schedstat") as file:  # noqa: PTH123
        return int(file.read().split()[0]) / 1e9


def _measure(simulator: SimulatorProcess, seconds: float) -> str:
    before, used_s, began_s = _sent(simulator), _cpu_s(simulator.pid), time.monotonic()
    time.sleep(seconds)
    sent = _sent(simulator) - before
    took_s, used_s = time.monotonic() - began_s, _cpu_s(simulator.pid) - used_s
    return f"{sent / took_s:,.0f} ticks/s, {used_s / took_s:.0%} of a core, {sent / used_s:,.0f} ticks a core second"


def _sent(simulator: SimulatorProcess) -> int:
    count: Any = simulator.do("status")["ticks_sent"]
    return int(count)


def main() -> int:
    """Print streaming and burst rates."""
    parser = argparse.ArgumentParser(description="How many ticks a second the simulator sends.")
    parser.add_argument("--symbols", type=int, default=2000)
    parser.add_argument("--activity", type=float, default=0.8, help="lowest share of looks that find a change")
    parser.add_argument("--sample", type=float, default=0.02, help="seconds between two looks at a symbol")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--burst", type=int, default=1_000_000, help="ticks of a burst")
    parser.add_argument("--max-version", type=int, default=200, help="the client's; from 206 on ticks are protobuf")
    parser.add_argument("--log", action="store_true", help="with the log of everything sent")
    options = parser.parse_args()
    all_numbers = (number for number in itertools.count(1) if _activity(number) >= options.activity)
    numbers = list(itertools.islice(all_numbers, options.symbols))
    settings: dict[str, Any] = {
        "generated": numbers[-1],
        "sample_s": options.sample,
        "lines": 100_000,
        "message_rate": 0,
        "always_open": True,
        "pace": 0.0,
        "max_server_version": 226,
    }
    if not options.log:
        settings["log"] = ""
    with SimulatorProcess.start(**settings) as simulator:
        reader = Reader(simulator.port, min(options.max_version, 205))
        reader.subscribe(numbers)
        time.sleep(2.0 + SETTLE_S_A_SYMBOL * options.symbols)
        print(f"streaming {options.symbols} symbols every {options.sample:g} s: {_measure(simulator, options.seconds)}")
        simulator.do("mute")
        for _ in range(3):
            began_s, used_s = time.monotonic(), _cpu_s(simulator.pid)
            simulator.do("burst", count=options.burst)
            took_s, used_s = time.monotonic() - began_s, _cpu_s(simulator.pid) - used_s
            print(
                f"burst of {options.burst:,}: {options.burst / took_s:,.0f} ticks/s, "
                f"{options.burst / used_s:,.0f} ticks a core second"
            )
        sent = _sent(simulator)
        reader.close()
        arrived = reader.ticks()
    print(f"sent {sent:,}, arrived {arrived:,}")
    return 0 if sent == arrived else 1


if __name__ == "__main__":
    sys.exit(main())
