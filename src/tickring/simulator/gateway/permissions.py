"""What a request for market data gets: live, frozen or delayed ticks, or a refusal.

As users report it: 10167 is an advisory before delayed ticks; 10090 lets ticks flow; 354, 10089, 10091, 10168
and 10186 refuse; a client that asked for delayed data (3, 4) gets it where live data is not subscribed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tickring.simulator.market.listing import Listing

__all__ = ["Decision", "decide"]

_REFUSING = {200, 354, 10089, 10091, 10168, 10186, 10197}


class Decision(NamedTuple):
    """`data_type` None: refused with the codes; else the codes come before the ticks."""

    data_type: int | None
    codes: tuple[int, ...]


def decide(
    listing: Listing, *, requested_type: int, fault_code: int | None, is_competing: bool, is_closed: bool
) -> Decision:
    """Return what the request gets. Types: 1 live, 2 frozen, 3 delayed, 4 delayed-frozen."""
    if is_competing:
        return Decision(None, (10197,))
    wants_delayed = requested_type in {3, 4}
    delayed_type = 4 if requested_type == 4 and is_closed else 3
    if fault_code == 10167:
        return Decision(delayed_type, (10167,))
    if fault_code in {10089, 10091} and wants_delayed:
        return Decision(delayed_type, (fault_code,))
    if fault_code in _REFUSING:
        return Decision(None, (fault_code,))
    if listing.permission == "none":
        return Decision(None, (354,))
    if listing.permission == "delayed":
        return Decision(delayed_type, (10167,)) if wants_delayed else Decision(None, (10168,))
    # With a live subscription live data comes whatever was asked for; frozen only where the market is closed.
    live_type = 2 if requested_type in {2, 4} and is_closed else 1
    return Decision(live_type, (fault_code,) if fault_code is not None else ())
