"""What a gateway says when a session begins: accounts, the next order id, and how its farms are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tickring.simulator.gateway.texts import error_text
from tickring.simulator.wire.replies import ManagedAccounts, NextValidId

if TYPE_CHECKING:
    from tickring.simulator.gateway.client_session import ClientSession

__all__ = ["FARMS", "greet", "send_farm_notices", "time_text"]

FARMS = ((2104, "usfarm"), (2106, "ushmds"), (2158, "secdefil"))
"""Notice when it is well, and name, of every farm."""
_NOTICES_AFTER_S = 0.03


def time_text(now_s: float) -> str:
    """Return the time as a gateway's hello carries it; clients must not rely on the zone's words."""
    return f"{datetime.fromtimestamp(now_s, UTC):%Y%m%d %H:%M:%S} Greenwich Mean Time"


def greet(session: ClientSession) -> None:
    """Send what follows startApi (recorded order: 15, 9, then the notices)."""
    world = session.world
    session.send(ManagedAccounts(accounts=world.settings.accounts))
    session.send(NextValidId(order_id=world.next_valid_id))
    world.after(_NOTICES_AFTER_S, lambda: send_farm_notices(session))


def send_farm_notices(session: ClientSession) -> None:
    """Send one notice per farm."""
    for code, farm in FARMS:
        is_down = session.world.faults.is_link_down or farm in session.world.faults.farms_down
        shown = {2104: 2103, 2106: 2105, 2158: 2157}[code] if is_down else code
        session.send_error(-1, shown, error_text(shown, farm))
