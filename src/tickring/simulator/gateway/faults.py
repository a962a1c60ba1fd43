"""The faults that stand at the moment, and what they mean for one subscription."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from tickring.simulator.market.listing import Listing

__all__ = ["Faults"]


@dataclass
class Faults:
    """Set by the control channel, asked by sessions and streams."""

    is_muted: bool = False
    muted_symbols: set[str] = field(default_factory=set[str])
    muted_farms: set[str] = field(default_factory=set[str])
    farms_down: set[str] = field(default_factory=set[str])
    is_link_down: bool = False
    competing: Literal["no", "told", "silent"] = "no"
    permissions: dict[str, int] = field(default_factory=dict[str, int])
    """Answer code by symbol; "" stands for every symbol."""
    split: Literal["whole", "bytes", "odd"] = "whole"
    slow_s: float = 0.0

    @property
    def is_all_silent(self) -> bool:
        """Whether no tick of any listing leaves the gateway now."""
        return self.is_muted or self.is_link_down or self.competing != "no"

    @property
    def is_any_silent(self) -> bool:
        """Whether there may be a listing whose ticks do not leave the gateway now."""
        return self.is_all_silent or bool(self.muted_symbols or self.muted_farms or self.farms_down)

    def silence(self, listing: Listing) -> bool:
        """Whether no tick of this listing leaves the gateway now."""
        return (
            self.is_all_silent
            or listing.symbol in self.muted_symbols
            or listing.farm in self.muted_farms
            or listing.farm in self.farms_down
        )

    def permission(self, symbol: str) -> int | None:
        """Return the code that requests for this symbol are answered with, None for the ordinary answer."""
        return self.permissions.get(symbol, self.permissions.get(""))

    def standing(self) -> dict[str, object]:
        """Return what is not as it should be, by name."""
        empty = Faults()
        found: dict[str, object] = {}
        for name, value in vars(self).items():
            if value != getattr(empty, name):
                found[name] = sorted(cast("set[str]", value)) if isinstance(value, set) else value
        return found
