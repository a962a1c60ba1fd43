"""Prove that the writer before is dead, so that the next one may begin.

"One writer, by death": the writer lock dies with its holder, so a free lock is proof. A held lock names its holder in
the header; that very process (pid and start time) gets SIGKILL through a pidfd, and the lock must then become free. If
it does not in time - a process stuck in the kernel, a descriptor that another process inherited - nothing is proven
and the caller makes a new segment file instead.
"""

import os
import time

from tickring import _core
from tickring.byte_lock import ByteLock
from tickring.errors import WriterBusy, WriterNotProvenDead
from tickring.process_identity import ProcessIdentity

__all__ = ["end_writer"]

_POLL_S = 0.002


def end_writer(lock: ByteLock, line: _core.SupervisorLine, *, timeout_s: float) -> None:
    """Acquire the writer lock, ending its holder if there is one.

    `lock` is an open lock on the writer's byte; it is held on return. `timeout_s` bounds the whole attempt.

    Raises:
        WriterBusy: the holder is this very process; close its writer first.
        WriterNotProvenDead: the lock is still held at the end; the segment must be replaced.
    """
    deadline = time.monotonic() + timeout_s
    ended: set[ProcessIdentity] = set()
    while not lock.try_acquire():
        # A writer that has the lock but has not named itself yet (it maps the segment first) does so soon: ask again.
        holder = ProcessIdentity(*line.feeder)
        if holder.pid == os.getpid():
            raise WriterBusy(
                "is written by this very process: close that writer first", path=str(lock.path), pid=holder.pid
            )
        is_new = holder.pid > 0 and holder not in ended and holder.exists()
        if is_new and holder.kill_and_wait(max(0.0, deadline - time.monotonic())):
            ended.add(holder)
            line.count_kill()
            continue
        if time.monotonic() >= deadline:
            raise WriterNotProvenDead(
                f"its writer (pid {holder.pid or 'unknown'}) could not be proven dead within {timeout_s:g} s; "
                "a new segment takes its place",
                path=str(lock.path),
                pid=holder.pid,
            )
        time.sleep(_POLL_S)
