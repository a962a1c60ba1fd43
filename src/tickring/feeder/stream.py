"""One wanted symbol: how far its subscription is, and where its ticks go."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tickring.config.structs import ContractConfig

__all__ = ["Stage", "Stream"]


class Stage(Enum):
    """How far a subscription is. Only data leads to `confirmed`."""

    NEW = "new"
    """Wanted; nothing was asked yet."""
    RESOLVING = "resolving"
    """Contract details were asked for."""
    RESOLVED = "resolved"
    """The contract is known; its ticks are to be asked for."""
    REQUESTED = "requested"
    """Ticks were asked for; nothing has come."""
    CONFIRMED = "confirmed"
    """A price of this very request has come."""
    REFUSED = "refused"
    """The gateway will not, for a reason; tried again later."""
    UNRESOLVED = "unresolved"
    """Unknown or ambiguous; tried again later."""


@dataclass(eq=False)
class Stream:
    """`slot` is the symbol's place in the segment for as long as it is wanted."""

    symbol: str
    wanted: ContractConfig
    slot: int
    stage: Stage = Stage.NEW
    req_id: int = -1
    """Of the request that runs, -1 = none."""
    deadline_s: float = 0.0
    """When the present stage has lasted too long (monotonic)."""
    contract: Any = None
    """ibapi's Contract once it is resolved."""
    found: list[Any] = field(default_factory=list[Any])
    """Contract details so far."""
    reason: str = ""
    """Why it is refused or unresolved."""
    data_type: int = 0
    """As the gateway's marketDataType said, or its ticks; 0 = unknown."""
    is_marked_stale: bool = False
    """Said to be stale until its next tick: its farm broke."""
