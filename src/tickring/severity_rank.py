"""The order of severities, for whoever compares two."""

from typing import Final

from tickring.episodes import Severity

__all__ = ["RANK"]

RANK: Final = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}
