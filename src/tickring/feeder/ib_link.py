"""The gateway's own link to IB: its codes say that it broke or came back, a price proves that it is there."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickring.config.structs import GatewayConfig

__all__ = ["IbLink", "LinkState"]


class LinkState(Enum):
    """As far as is known."""

    UP = "up"
    DOWN = "down"
    """1100 or 2110."""
    UNPROVEN = "unproven"
    """1101 or 1102 has said that it is back; no price has come since."""


class IbLink:
    """One session's. Times: seconds, monotonic clock. Each method returns whether doubt has begun or ended by it."""

    def __init__(self, config: GatewayConfig) -> None:
        self._settle_s = config.link_settle_s
        self._verify_s = config.link_verify_s
        self._since_s = 0.0
        self.state = LinkState.UP

    @property
    def is_suspect(self) -> bool:
        """Whether a price is awaited as proof."""
        return self.state is not LinkState.UP

    def went_down(self, now_s: float) -> bool:
        """1100 or 2110, which may come again and again."""
        has_begun = not self.is_suspect
        self.state, self._since_s = LinkState.DOWN, now_s
        return has_begun

    def came_up(self, now_s: float) -> bool:
        """1101 or 1102; alone, it tells of a break that nobody has told of."""
        has_begun = not self.is_suspect
        self.state, self._since_s = LinkState.UNPROVEN, now_s
        return has_begun

    def data_came(self, now_s: float) -> bool:
        """A price: proof, unless it was on its way when the link broke."""
        if not self.is_suspect or (self.state is LinkState.DOWN and now_s - self._since_s < self._settle_s):
            return False
        self.state = LinkState.UP
        return True

    def check(self, now_s: float, *, in_session: bool | None) -> bool:
        """While every market is closed no price can come: there the gateway's word is enough, after a while."""
        if self.state is not LinkState.UNPROVEN or in_session is not False or now_s - self._since_s < self._verify_s:
            return False
        self.state = LinkState.UP
        return True
