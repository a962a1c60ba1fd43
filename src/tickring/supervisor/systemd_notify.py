"""What systemd is told: ready, still turning, what is going on, ending. Outside systemd nothing, silently.

Each message is one datagram to the socket that NOTIFY_SOCKET names (sd_notify(3)). Sending never waits and never
raises: a service manager that does not listen must not stop a feed that streams. A message that cannot be sent goes
along with the next one, so that a moment's full queue does not lose READY.
"""

import logging
import os
import socket
import time
from collections.abc import MutableMapping
from typing import Self

__all__ = ["SystemdNotifier"]

_LOG = logging.getLogger("tickring.supervisor")
_STATUS_BYTES = 1024  # systemd takes at most 4096 for a whole message and drops what is longer


class SystemdNotifier:
    """The line to the service manager. Threads: one. Processes: only the one that systemd started."""

    def __init__(self, address: str = "", watchdog_period_s: float | None = None) -> None:
        """Use `from_environment`. `address` as in NOTIFY_SOCKET, empty for none."""
        self.watchdog_period_s = watchdog_period_s
        """How often `watchdog` wants to be called: half of what the unit allows. None: it sets no limit."""
        # A byte of zero instead of the @: an address in the kernel's own name space, without a file.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._shown_address = address
        self._waiting: dict[str, str] = {}
        self._is_failing = False
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) if address else None
        if self._socket is not None:
            self._socket.setblocking(False)

    @classmethod
    def from_environment(cls, environ: MutableMapping[str, str] = os.environ) -> Self:
        """Take NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment and return what they mean.

        Once a process, before its first child: a child that found them could speak for this process. A watchdog that is
        meant for another process, and values that are none, count as not set; the latter are logged.
        """
        address = environ.pop("NOTIFY_SOCKET", "")
        microseconds = environ.pop("WATCHDOG_USEC", "")
        pid = environ.pop("WATCHDOG_PID", "")
        if address and not address.startswith(("/", "@")):
            _LOG.warning("systemd.ignored NOTIFY_SOCKET=%r: neither a path nor @name", address)
            address = ""
        period_s = None
        if address and microseconds and pid in ("", str(os.getpid())):
            if microseconds.isascii() and microseconds.isdigit() and int(microseconds) > 0:
                period_s = int(microseconds) / 2e6
            else:
                _LOG.warning("systemd.ignored WATCHDOG_USEC=%r: not a number of microseconds", microseconds)
        return cls(address, period_s)

    @property
    def is_active(self) -> bool:
        """Whether there is anybody to tell."""
        return self._socket is not None

    def ready(self, status: str = "") -> None:
        """Say that the service is up, at the first start or after `reloading`; and who its main process is."""
        self._tell("ready", f"READY=1\nMAINPID={os.getpid()}{_status_line(status)}")

    def status(self, text: str) -> None:
        """Say in one line what `systemctl status` shows; longer than 1,024 bytes is cut off."""
        self._tell("status", f"STATUS={_one_line(text)}")

    def watchdog(self) -> None:
        """Say that the loop turns. systemd ends a service that is silent for longer than its WatchdogSec."""
        self._tell("watchdog", "WATCHDOG=1")

    def reloading(self, status: str = "") -> None:
        """Say that the configuration is being read again; `ready` says that it is done."""
        now_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._tell("reloading", f"RELOADING=1\nMONOTONIC_USEC={now_us}{_status_line(status)}")

    def stopping(self, status: str = "") -> None:
        """Say that the service is on its way down."""
        self._tell("stopping", f"STOPPING=1{_status_line(status)}")

    def close(self) -> None:
        """Close the socket; says nothing any more. Idempotent."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _tell(self, kind: str, message: str) -> None:
        if self._socket is None:
            return
        self._waiting.pop(kind, None)  # the newer one of a kind is the truth, and comes last
        self._waiting[kind] = message
        try:
            for waiting, text in list(self._waiting.items()):
                self._socket.sendto(text.encode(errors="replace"), self._address)
                del self._waiting[waiting]
        except OSError as error:
            if not self._is_failing:
                _LOG.warning("systemd.not_told socket=%s error=%s", self._shown_address, error)
            self._is_failing = True
        else:
            self._is_failing = False


def _status_line(text: str) -> str:
    return f"\nSTATUS={_one_line(text)}" if text else ""


def _one_line(text: str) -> str:
    return " ".join(text.split()).encode(errors="replace")[:_STATUS_BYTES].decode(errors="ignore")
