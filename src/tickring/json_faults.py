"""What taking JSON apart that somebody else wrote can raise: msgspec's own errors are not all of it."""

from __future__ import annotations

from typing import Final

import msgspec

__all__ = ["JSON_FAULTS"]

JSON_FAULTS: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""Not JSON or not what it should be; a text that is not UTF-8; brackets in brackets without end. For `except`."""
