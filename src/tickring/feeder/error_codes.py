"""What each code of the gateway's `error` message asks of the feeder. Codes are hints; data is proof.

Source: IB's message codes and what users report of them (docs/operating.md has the table for people).
"""

from enum import Enum

__all__ = ["Reaction", "reaction_to"]


class Reaction(Enum):
    """Classes of codes."""

    INFO = "info"
    """Logged at debug level."""
    NOTE = "note"
    """Counted and kept as the last error; nothing to do."""
    ADVISORY = "advisory"
    """Belongs to a request that goes on: delayed or partial data follows."""
    NO_PERMISSION = "no_permission"
    COMPETING = "competing"
    UNRESOLVED = "unresolved"
    """The contract is unknown or ambiguous."""
    REFUSED = "refused"
    """This request is dead; the same may work later (lines, limits)."""
    AGAIN = "again"
    """The request id was refused: ask with a new one."""
    LINK_DOWN = "link_down"
    LINK_UP_LOST = "link_up_lost"
    LINK_UP_KEPT = "link_up_kept"
    FARM_DOWN = "farm_down"
    FARM_UP = "farm_up"
    ID_TAKEN = "id_taken"
    """The client id belongs to somebody else; the gateway closes the connection."""


_BY_CODE = {
    **dict.fromkeys((2105, 2106, 2107, 2108, 2109, 2119, 2137, 2148, 2157, 2158, 2169, 165, 300, 366), Reaction.INFO),
    **dict.fromkeys((10090, 10167), Reaction.ADVISORY),
    **dict.fromkeys((354, 10089, 10091, 10168), Reaction.NO_PERMISSION),
    10197: Reaction.COMPETING,
    200: Reaction.UNRESOLVED,
    **dict.fromkeys((101, 320, 321, 10189, 10190), Reaction.REFUSED),
    **dict.fromkeys((102, 322), Reaction.AGAIN),
    **dict.fromkeys((1100, 2110), Reaction.LINK_DOWN),
    1101: Reaction.LINK_UP_LOST,
    1102: Reaction.LINK_UP_KEPT,
    2103: Reaction.FARM_DOWN,
    2104: Reaction.FARM_UP,
    326: Reaction.ID_TAKEN,
}


def reaction_to(code: int) -> Reaction:
    """Return what a code asks for; an unknown one is noted, and whether its request lives shows by its ticks."""
    return _BY_CODE.get(code, Reaction.NOTE)
