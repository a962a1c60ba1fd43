"""What the decoder of the gateway's messages hands on: the narrow seam between ibapi and everything else.

One message becomes at most one tick: ibapi calls tickPrice and then tickSize for one message, and between the two a new
price would stand beside an old size. A native decoder may take ibapi's place behind this seam.
"""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["MessageSink"]


class MessageSink(Protocol):
    """Called in the loop's thread, while one message is decoded. Values are in IB's own units and may be unset."""

    def tick_price(self, req_id: int, tick_type: int, price: float) -> None:
        """A price; -1 means that there is none."""

    def tick_size(self, req_id: int, tick_type: int, size: float) -> None:
        """A size or volume in the unit of the server version."""

    def tick_text(self, req_id: int, tick_type: int, text: str) -> None:
        """A tick that is text: the time of the last trade."""

    def tick_number(self, req_id: int, tick_type: int, value: float) -> None:
        """A tick that is a number: halted."""

    def market_data_type(self, req_id: int, data_type: int) -> None:
        """What this request now gets, 1 to 4."""

    def contract_details(self, req_id: int, details: Any) -> None:
        """One listing that fits."""

    def contract_details_end(self, req_id: int) -> None:
        """That was all of them."""

    def snapshot_end(self, req_id: int) -> None:
        """A snapshot has brought what it will."""

    def bar(self, req_id: int, date: str, close: float) -> None:
        """One historical bar: its beginning as IB writes it, and its close; the oldest comes first."""

    def bars_end(self, req_id: int) -> None:
        """Those were all bars."""

    def accounts(self, accounts: list[str]) -> None:
        """The accounts of this log-in."""

    def next_valid_id(self) -> None:
        """The session is ready."""

    def current_time(self, time_s: int) -> None:
        """The gateway's clock, whole seconds since 1970."""

    def position(self, account: str, contract: Any, quantity: Any, average_cost: Any) -> None:
        """What an account holds of a contract."""

    def positions_end(self) -> None:
        """Those were all positions; each that follows has changed."""

    def open_order(self, contract: Any, order: Any, status: str) -> None:
        """An order of any program."""

    def order_status(self, perm_id: int, status: str, remaining: Any) -> None:
        """What is left of an order."""

    def orders_end(self) -> None:
        """Those were all orders."""

    def error(self, req_id: int, code: int, text: str) -> None:
        """An error or a notice; id -1 belongs to no request."""
