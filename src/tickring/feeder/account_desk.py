"""Positions and working orders of the log-in's accounts, read from the gateway again and again.

`reqPositions` gives all of them and then tells of each change; `reqAllOpenOrders` gives the orders of all programs,
once. Both are asked every period: that renews the age of what is told. A list counts when its end has come; until then,
and when no end comes, what was told before stays.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol

from msgspec.structs import replace

from tickring.feeder.api_facts import amount_text, held_contract, is_working, open_order
from tickring.feeder.token_bucket import PacingClass
from tickring.feeder_answers import AccountAnswer, HeldContract, OpenOrder
from tickring.iso_time import iso_now

if TYPE_CHECKING:
    from tickring.feeder.token_bucket import TokenBucket

__all__ = ["AccountDesk", "AccountRequests"]

_LOG = logging.getLogger("tickring.feeder")
_LONG_S = 3600.0
_READ_ONLY = "read-only"


class AccountRequests(Protocol):
    """What is asked of the gateway (`ApiClient`)."""

    def request_positions(self) -> None:
        """Ask for all positions, and for each change from then on."""

    def request_all_orders(self) -> None:
        """Ask for the working orders of all programs."""


class AccountDesk:
    """Lives as long as the feeder; sessions come and go (`open`, `close`). Asks nothing before `watch`."""

    def __init__(self, bucket: TokenBucket) -> None:
        self.accounts: tuple[str, ...] = ()
        """Of the log-in."""
        self._bucket = bucket
        self._period_s = 0.0
        self._due_s = 0.0
        self._api: AccountRequests | None = None
        self._positions: dict[tuple[str, int], HeldContract] | None = None
        self._orders: dict[str, OpenOrder] | None = None
        self._listed: dict[tuple[str, int], HeldContract] | None = None
        """Of the list that is coming in; None: none is."""
        self._listed_orders: dict[str, OpenOrder] | None = None
        self._may_see_orders = True
        self._told_at = ""
        self._has_news = False

    def watch(self, period_s: float) -> None:
        """Ask every so many seconds from now on; 0: no longer."""
        self._period_s, self._due_s = period_s, 0.0

    def open(self, api: AccountRequests) -> None:
        """A session is ready."""
        self._api, self._due_s, self._may_see_orders = api, 0.0, True

    def close(self) -> None:
        """The session is over: lists without an end are none."""
        self._api = None
        self._listed = self._listed_orders = None

    def work(self, now_s: float) -> float:
        """Ask when it is due and allowed; return in how many seconds to call again."""
        if self._api is None or not self._period_s:
            return _LONG_S
        if now_s < self._due_s:
            return self._due_s - now_s
        if not self._bucket.take(now_s, PacingClass.SNAPSHOT):
            return max(0.001, self._bucket.wait_s(now_s, PacingClass.SNAPSHOT))
        self._due_s = now_s + self._period_s
        self._listed = {}
        self._api.request_positions()
        if self._may_see_orders:
            self._bucket.spend(now_s, PacingClass.SNAPSHOT)  # the second message
            self._listed_orders = {}
            self._api.request_all_orders()
        return self._period_s

    def take(self) -> AccountAnswer | None:
        """Return all that is known if there is any news; once."""
        if not self._has_news:
            return None
        self._has_news = False
        positions, orders = self._positions, self._orders
        return AccountAnswer(
            accounts=self.accounts,
            positions=None if positions is None else tuple(positions.values()),
            orders=None if orders is None else tuple(orders.values()),
            at=self._told_at,
        )

    # ---- answers of the gateway ----

    def refused(self, text: str) -> None:
        """An error of no request: a gateway whose API is read-only tells no orders, and is not asked again for them."""
        if _READ_ONLY in text.lower() and self._may_see_orders and self._period_s:
            self._may_see_orders, self._listed_orders = False, None
            _LOG.warning("feeder.orders_not_read: %s; working orders of this gateway are not known", text)

    def position(self, account: str, contract: Any, quantity: Any, average_cost: Any) -> None:
        """One position: of the list, or one that has changed since."""
        held = held_contract(account, contract, quantity, average_cost)
        if not held.quantity:
            _LOG.warning("feeder.position_unreadable symbol=%r quantity=%r", held.symbol, quantity)
            return
        key = held.account, held.con_id
        if self._listed is not None:
            self._listed[key] = held
        elif self._positions is not None:
            self._positions[key] = held
            self._note_news()

    def positions_end(self) -> None:
        """Those were all positions."""
        if self._listed is not None:
            self._positions, self._listed = self._listed, None
            self._note_news()

    def open_order(self, contract: Any, order: Any, status: str) -> None:
        """One order, of whichever program."""
        if self._listed_orders is not None and is_working(status):
            one = open_order(contract, order)
            self._listed_orders[one.order_key] = one

    def order_status(self, perm_id: int, status: str, remaining: Any) -> None:
        """What is left of an order; it follows the order itself."""
        key, left = str(perm_id), amount_text(remaining)
        for orders in (self._listed_orders, self._orders):
            if orders is None or key not in orders:
                continue
            if not is_working(status):
                del orders[key]
            elif left:
                orders[key] = replace(orders[key], quantity=left)
            if orders is self._orders:
                self._note_news()

    def orders_end(self) -> None:
        """Those were all orders."""
        if self._listed_orders is not None:
            self._orders, self._listed_orders = self._listed_orders, None
            self._note_news()

    def _note_news(self) -> None:
        self._told_at, self._has_news = iso_now(), True
