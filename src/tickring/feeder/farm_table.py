"""IB's data farms as the gateway tells of them: for the status, and one episode for an outage however often it flaps.

No notice of a farm ends a session. IB does not say which symbol comes from which farm: whether symbols are silent shows
by their data alone.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, TypeAlias

__all__ = ["Farm", "FarmTable", "FarmWord", "name_of_farm"]

FarmWord: TypeAlias = Literal["ok", "broken", "idle", "connecting"]
"""`idle`: available on demand."""

_NOTICES: dict[int, tuple[str, FarmWord]] = {
    2103: ("market", "broken"),
    2104: ("market", "ok"),
    2105: ("history", "broken"),
    2106: ("history", "ok"),
    2107: ("history", "idle"),
    2108: ("market", "idle"),
    2119: ("market", "connecting"),
    2157: ("contracts", "broken"),
    2158: ("contracts", "ok"),
}
_NAME = re.compile(r"(?::|demand\.)\s*([A-Za-z][\w.-]{0,31})\s*$", re.ASCII)
_FARMS_MAX = 64


def name_of_farm(text: str) -> str:
    """Return the farm that a notice ends with (`... is OK:usfarm`, `... upon demand.ushmds`); empty: it names none."""
    found = _NAME.search(text)
    return found[1] if found else ""


class Farm(NamedTuple):
    """One of them. Times: seconds, monotonic clock."""

    name: str
    kind: str
    """What it serves: `market`, `history` or `contracts`."""
    word: FarmWord
    since_s: float
    outages: int
    """How often it broke in this session."""


class FarmTable:
    """One session's; holds at most 64 farms."""

    def __init__(self, settle_s: float) -> None:
        """`settle_s`: a farm must be well for so long before its outage is over."""
        self._settle_s = settle_s
        self._out: set[str] = set()
        self.farms: dict[str, Farm] = {}
        """By name; a notice without one goes under the kind of farm."""

    def notice(self, code: int, text: str, now_s: float) -> Farm | None:
        """Take a notice; return the farm if an outage begins with it. Other codes are nobody's."""
        kind, word = _NOTICES.get(code, ("", "ok"))
        name = name_of_farm(text) or kind
        known = self.farms.get(name)
        if not kind or (known is None and len(self.farms) >= _FARMS_MAX):
            return None
        breaks = word == "broken" and (known is None or known.word != "broken")
        since_s = now_s if known is None or known.word != word else known.since_s
        outages = (0 if known is None else known.outages) + breaks
        farm = self.farms[name] = Farm(name, kind, word, since_s, outages)
        if word != "broken" or name in self._out:
            return None
        self._out.add(name)
        return farm

    def recovered(self, now_s: float) -> list[str]:
        """Return the names of farms whose outage is over now: well, or idle, for long enough."""
        names = [name for name in sorted(self._out) if self._is_well(self.farms[name], now_s)]
        self._out.difference_update(names)
        return names

    def _is_well(self, farm: Farm, now_s: float) -> bool:
        return farm.word in {"ok", "idle"} and now_s - farm.since_s >= self._settle_s

    def outages(self) -> list[str]:
        """Return the names of farms whose outage goes on."""
        return sorted(self._out)
