"""Whether the process behind a header line still lives, as far as this machine's /proc tells."""

import math
from pathlib import Path

__all__ = ["process_life"]

_WORDS = {"T": "stopped", "t": "traced", "Z": "dead, not reaped", "X": "dead"}


def process_life(pid: int, start_ticks: int, heartbeat_age_s: float, *, limit_s: float) -> str:
    """Return `alive`, `stopped` (by a signal), `gone` and the like; `no process yet` for a line nobody has taken.

    A pid that is not there is `gone` only if its heartbeat has stopped too. With a fresh heartbeat it lives in another
    container or under a hidden /proc, and is `not visible here`.
    """
    if pid <= 0:
        return "no process yet"
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return _not_found(heartbeat_age_s, limit_s)
    # The command in parentheses may hold spaces and parentheses itself; fields count from after the last one.
    fields = stat[stat.rindex(b")") + 2 :].split()
    if int(fields[19]) != start_ticks:  # field 22: another process has the pid now
        return _not_found(heartbeat_age_s, limit_s)
    return _WORDS.get(fields[0].decode(), "alive")


def _not_found(heartbeat_age_s: float, limit_s: float) -> str:
    return "not visible here" if heartbeat_age_s <= limit_s and not math.isinf(heartbeat_age_s) else "gone"
