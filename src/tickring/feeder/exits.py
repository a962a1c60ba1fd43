"""What the feeder's exit code says to whoever started it."""

from typing import Final

__all__ = ["BAD_CONFIGURATION", "FENCED", "STOPPED", "TRY_AGAIN"]

STOPPED: Final = 0
"""Ended by SIGTERM or SIGINT, in order."""
TRY_AGAIN: Final = 75
"""Something broke that another start may cure (EX_TEMPFAIL)."""
FENCED: Final = 76
"""Another writer was granted the segment: this one is not wanted any more."""
BAD_CONFIGURATION: Final = 78
"""Another start would end the same way until somebody changes something (EX_CONFIG)."""
