"""Where the supervisor's loop sleeps: until a child ends, somebody asks, a signal comes, or its time is up."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickring.signal_queue import SignalQueue
    from tickring.supervisor.children import Children
    from tickring.supervisor.control_server import ControlServer

__all__ = ["wait_and_serve"]


def wait_and_serve(
    signals: SignalQueue,
    children: Children,
    pipes: list[tuple[int, int]],
    control: ControlServer | None,
    *,
    within_s: float,
) -> list[int]:
    """Sleep, serve who asks at `control`, and return the signals that have come.

    A child's end comes before everything else: then nobody is served, and the questions are still there next time.
    Without `control` nobody is served at all. `pipes`, with their events, end the sleep; the next turn serves them.
    """
    poll = select.poll()
    urgent = {signals.fd, *children.sentinels}
    asking = [] if control is None else control.fds
    for fd, events in (*((fd, select.POLLIN) for fd in urgent), *pipes, *asking):
        poll.register(fd, events)
    ready = poll.poll(within_s * 1e3)
    if control is not None:
        control.tend()
        if urgent.isdisjoint(fd for fd, _ in ready):
            asked = {fd for fd, _ in asking}
            for fd, events in ready:
                if fd in asked:
                    control.serve(fd, events)
    return signals.take()
