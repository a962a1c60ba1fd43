"""Names for runs of the stream: unique without asking anybody, and sorted by time where they are sorted by text."""

import secrets
import time
import uuid

__all__ = ["new_run_id"]


def new_run_id() -> str:
    """Return a UUID of version 7 (RFC 9562): 48 bits of milliseconds since 1970, then random ones."""
    milliseconds = time.time_ns() // 1_000_000 & (1 << 48) - 1
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=value))
