"""The exit codes, the same for every command (docs/cli.md)."""

from typing import Final

__all__ = ["BAD_NEWS", "CANNOT_LOOK", "FINE", "REFUSED", "SIGNALLED", "WRONG_CONFIGURATION"]

FINE: Final = 0
"""Looked. Without `--strict` whatever was seen; Ctrl-C is the normal end of something followed."""
BAD_NEWS: Final = 1
"""With `--strict`: looked, and it is not good."""
REFUSED: Final = 1
"""The supervisor has understood an order and does not carry it out; it says why."""
CANNOT_LOOK: Final = 2
"""No such segment, not usable, no supervisor answers, not a symbol, wrong arguments, an extra not installed."""
WRONG_CONFIGURATION: Final = 78
"""A setting that another try would not change (EX_CONFIG): do not start again by yourself."""
SIGNALLED: Final = 128
"""Plus the number of the signal that ended a full-screen command, after the terminal was restored."""
