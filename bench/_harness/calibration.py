"""How many operations make one sample: enough that the clock does not matter, few enough to take turns often."""

from __future__ import annotations

__all__ = ["Calibration"]


class Calibration:
    """Per kind of sample; corrects itself with every sample taken."""

    def __init__(self, target_ns: float, least: int = 3, most: int = 200_000) -> None:
        self._target_ns = target_ns
        self._least = least
        self._most = most
        self._counts: dict[tuple[str, ...], int] = {}

    def count(self, *kind: str) -> int:
        """Return how many operations the next sample should hold."""
        return self._counts.get(kind, self._least)

    def took(self, each_ns: float, *kind: str) -> None:
        """Learn from a sample; grows tenfold at most, so that one wrong number does no harm."""
        wanted = int(self._target_ns / max(each_ns, 1.0))
        self._counts[kind] = max(self._least, min(wanted, self._most, self.count(*kind) * 10))
