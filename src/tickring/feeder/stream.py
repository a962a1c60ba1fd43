"""One wanted symbol: how far its subscription is, and where its ticks go."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from math import inf
from typing import TYPE_CHECKING, Any

from tickring.gateway_codes import Reaction
from tickring.states import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.config.structs import ContractConfig
    from tickring.feeder.fallback import Fallback
    from tickring.known_contract import KnownContract
    from tickring.states import Field

__all__ = ["Stage", "Stream"]


class Stage(Enum):
    """How far a subscription is. Only data leads to `confirmed`."""

    __hash__ = object.__hash__  # the inherited one runs in Python, and every step of the desk asks for thousands

    NEW = "new"
    """Wanted; nothing was asked yet."""
    RESOLVING = "resolving"
    """Contract details were asked for."""
    RESOLVED = "resolved"
    """The contract is known; its ticks are to be asked for."""
    REQUESTED = "requested"
    """Ticks were asked for; nothing has come."""
    PROVING = "proving"
    """Prices come, but the stream has gone silent too often: they must go on before they are believed."""
    CONFIRMED = "confirmed"
    """A price of this very request has come."""
    ROTATED = "rotated"
    """No market data line is left for it: it is served by snapshots, in turn with others."""
    REFUSED = "refused"
    """The gateway will not, for a reason; tried again later."""
    UNRESOLVED = "unresolved"
    """Unknown or ambiguous; tried again later."""


_DELAYED_NUMBERS = {3, 4}  # delayed, delayed-frozen
_LANE_RELIES_ON = frozenset({"stage", "req_id", "data_type", "is_marked_stale", "is_quiet", "is_market_closed"})
_FALLBACK_SOURCES = frozenset({Source.IB_SNAPSHOT, Source.IB_HISTORY})
_REFUSALS_OF_STREAMS = frozenset({Reaction.COMPETING, Reaction.NO_LINE})
"""What is refused to a stream and may be given to a snapshot or to history."""
_NO_OBSTACLES = frozenset({None, Reaction.AGAIN, *_REFUSALS_OF_STREAMS})


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
    contract: KnownContract | None = None
    """None until it is resolved."""
    is_contract_kept: bool = False
    """The contract is of an earlier life of the feeder and has brought no tick in this one."""
    found: list[Any] = field(default_factory=list[Any])
    """Contract details so far."""
    reason: str = ""
    """Why it is refused or unresolved."""
    data_type: int = 0
    """As the gateway's marketDataType said, or its ticks; 0 = unknown."""
    is_marked_stale: bool = False
    """Said to be stale until its next tick: its farm broke."""
    is_quiet: bool = False
    """Said to be quiet until its next price: it is used to silences like this one."""
    is_market_closed: bool = False
    """Its market is known to be closed."""
    is_held_back: bool = False
    """It flaps: while something else serves it, its prices are counted and not believed."""
    proofs: int = 0
    """Prices that were counted so."""
    proofs_seen: int = 0
    """As of the last look."""
    data_s: float = -inf
    """When it ticked last, as of the last look (monotonic)."""
    requested_s: float = inf
    """When the newest request for ticks left (monotonic); inf = none has."""
    refusal: Reaction | None = None
    """What kind of refusal the last one was since the last price."""
    refusals: int = 0
    """How often in a row: each makes the next try wait longer."""
    asked_s: float = inf
    """When ticks were first asked for since the last price or session (monotonic); inf = not."""
    source: Source = Source.NONE
    """Whose values the slot holds."""
    fallback: Fallback | None = None
    """The way around that is tried; None: none is needed."""
    is_halted: bool | None = None
    """As the stream says, while the slot is not its own."""
    held: dict[Field, float] = field(default_factory=dict["Field", float])
    """What came of the stream without a price while the slot was not its own: shows with the first price."""
    leave_lane: Callable[[], object] | None = None
    """Takes it out of the fast lane; None: it is not in."""

    def hold(self, pairs: list[Field | float]) -> None:
        """Keep fields and values, in turn, for the stream's first price."""
        self.held.update(zip(pairs[::2], pairs[1::2], strict=True))  # type: ignore[arg-type]

    def take_held(self) -> list[Field | float]:
        """Return what was held, fields and values in turn, and hold nothing."""
        pairs = [part for pair in self.held.items() for part in pair]
        self.held.clear()
        return pairs

    @property
    def group(self) -> str:
        """Kind and currency: symbols that have both in common are likely to come from one data farm."""
        known = self.wanted if self.contract is None else self.contract
        return f"{known.sec_type} {known.currency}"

    @property
    def is_on_fallback(self) -> bool:
        """Whether the slot holds values of a snapshot or of history."""
        return self.source in _FALLBACK_SOURCES

    @property
    def may_fall_back(self) -> bool:
        """Whether a way around makes sense: silence, no line, or a refusal that concerns streams only.

        What was refused for good reason and is just tried again would be refused to a snapshot as well.
        """
        if self.stage is Stage.REQUESTED:
            return self.refusal in _NO_OBSTACLES
        if self.stage in {Stage.PROVING, Stage.ROTATED}:
            return True
        return self.stage is Stage.REFUSED and self.refusal in _REFUSALS_OF_STREAMS

    @property
    def is_without_line(self) -> bool:
        """Whether no market data line is left for it; while one more is tried for it that is not over."""
        is_tried = self.refusal is Reaction.NO_LINE and self.stage in {Stage.RESOLVED, Stage.REQUESTED}
        return is_tried or self.stage is Stage.ROTATED

    @property
    def takes_turns(self) -> bool:
        """Whether it is without a line and nothing else is wrong with it: its stream has not failed before."""
        return self.is_without_line and self.refusals == 0

    @property
    def takes_delayed(self) -> bool:
        """Whether the gateway has said that this request brings delayed data."""
        return self.data_type in _DELAYED_NUMBERS

    @property
    def is_steady(self) -> bool:
        """Whether its ticks need no decision: confirmed, not in doubt or quiet, of a known kind."""
        is_doubtful = self.is_marked_stale or self.is_quiet or self.data_type == 0
        return self.stage is Stage.CONFIRMED and not is_doubtful

    def __setattr__(self, name: str, value: object) -> None:
        """Set a field; where the fast lane relies on it, the next tick goes the long way and finds what is new."""
        if name in _LANE_RELIES_ON:
            self.doubt()
        object.__setattr__(self, name, value)

    def doubt(self) -> None:
        """Have the next tick go the long way."""
        leave = self.__dict__.get("leave_lane")
        if leave is not None:
            self.leave_lane = None
            leave()
