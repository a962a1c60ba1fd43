"""How long a child that ended waits for its next start.

Pure: the caller says what ended when; whether it may start quickly at all is `restart_intensity`'s question. Full
jitter: children that died of one cause do not start in step, and a gateway that just came up is not met by all at once.
"""

import random

from tickring.config.structs import SupervisorConfig

__all__ = ["RestartBackoff"]

_DOUBLINGS = 30  # more would only overflow


class RestartBackoff:
    """Nothing before the first start that follows; then anything up to a limit that doubles."""

    def __init__(self, settings: SupervisorConfig) -> None:
        self.settings = settings
        self._ends = 0

    def next_s(self) -> float:
        """Return how long to wait after one more end, in seconds."""
        ends, self._ends = self._ends, self._ends + 1
        if ends == 0:
            return 0.0
        limit_s = self.settings.restart_first_s * 2.0 ** min(ends - 1, _DOUBLINGS)
        return random.uniform(0.0, min(limit_s, self.settings.restart_limit_s))

    def forget(self) -> None:
        """Begin again: a good run has ended the matter."""
        self._ends = 0
