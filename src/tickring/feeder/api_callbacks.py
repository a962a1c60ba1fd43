"""ibapi's callbacks, the three releases made one: only what the feeder needs, everything else does nothing.

The default methods of ibapi's EWrapper build a log line of every argument, so none of them is left in place. Signatures
of `error`: 9.81.1 (id, code, text); some 10.x (id, code, text, json); 10.46 and 10.51 (id, time, code, text, json), and
four arguments without the json for errors of the library itself (ibapi sources).
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tickring.feeder.message_sink import MessageSink

__all__ = ["error_parts", "make_callbacks"]

_LARGEST_CODE = 1_000_000  # a time in ms since 1970 is larger


def error_parts(arguments: Sequence[Any]) -> tuple[int, int, str]:
    """Return request id, code and text of any release's `error` call."""
    has_time = len(arguments) >= 4 and isinstance(arguments[2], int)
    code, text = (arguments[2], arguments[3]) if has_time else (arguments[1], arguments[2])
    return int(arguments[0]), int(code), str(text)


def _nothing(*arguments: object, **more: object) -> None:
    """A callback that nobody listens to."""
    del arguments, more


def make_callbacks(wrapper_class: type[Any], sink: MessageSink) -> Any:
    """Return an object of a subclass of the installed EWrapper that calls the sink."""
    methods: dict[str, Any] = {
        name: _nothing for name, _ in inspect.getmembers(wrapper_class, inspect.isfunction) if not name.startswith("__")
    }

    def tick_price(self: Any, req_id: int, tick_type: int, price: float, attributes: Any) -> None:
        del self, attributes
        sink.tick_price(req_id, tick_type, price)

    def tick_size(self: Any, req_id: int, tick_type: int, size: Any) -> None:
        del self
        sink.tick_size(req_id, tick_type, float(size))

    def tick_string(self: Any, req_id: int, tick_type: int, value: str) -> None:
        del self
        sink.tick_text(req_id, tick_type, value)

    def tick_generic(self: Any, req_id: int, tick_type: int, value: float) -> None:
        del self
        sink.tick_number(req_id, tick_type, value)

    def market_data_type(self: Any, req_id: int, data_type: int) -> None:
        del self
        sink.market_data_type(req_id, data_type)

    def contract_details(self: Any, req_id: int, details: Any) -> None:
        del self
        sink.contract_details(req_id, details)

    def contract_details_end(self: Any, req_id: int) -> None:
        del self
        sink.contract_details_end(req_id)

    def tick_snapshot_end(self: Any, req_id: int) -> None:
        del self
        sink.snapshot_end(req_id)

    def historical_data(self: Any, req_id: int, bar: Any) -> None:
        del self
        sink.bar(req_id, str(bar.date), float(bar.close))

    def historical_data_end(self: Any, req_id: int, *limits: object) -> None:
        del self, limits
        sink.bars_end(req_id)

    def managed_accounts(self: Any, accounts: str) -> None:
        del self
        sink.accounts([account.strip() for account in accounts.split(",") if account.strip()])

    def next_valid_id(self: Any, order_id: int) -> None:
        del self, order_id
        sink.next_valid_id()

    def current_time(self: Any, time_s: int) -> None:
        del self
        sink.current_time(int(time_s))

    def position(self: Any, account: str, contract: Any, quantity: Any, average_cost: float) -> None:
        del self
        sink.position(account, contract, quantity, average_cost)

    def position_end(self: Any) -> None:
        del self
        sink.positions_end()

    def open_order(self: Any, order_id: int, contract: Any, order: Any, state: Any) -> None:
        del self, order_id
        sink.open_order(contract, order, str(state.status))

    def order_status(self: Any, *values: Any) -> None:  # id, status, filled, remaining, price, permanent id, ...
        del self
        sink.order_status(int(values[5]), str(values[1]), values[3])

    def open_order_end(self: Any) -> None:
        del self
        sink.orders_end()

    def error(self: Any, *arguments: Any) -> None:
        del self
        sink.error(*error_parts(arguments))

    methods |= {
        "tickPrice": tick_price,
        "tickSize": tick_size,
        "tickString": tick_string,
        "tickGeneric": tick_generic,
        "marketDataType": market_data_type,
        "contractDetails": contract_details,
        "contractDetailsEnd": contract_details_end,
        "tickSnapshotEnd": tick_snapshot_end,
        "historicalData": historical_data,
        "historicalDataEnd": historical_data_end,
        "managedAccounts": managed_accounts,
        "nextValidId": next_valid_id,
        "currentTime": current_time,
        "position": position,
        "positionEnd": position_end,
        "openOrder": open_order,
        "orderStatus": order_status,
        "openOrderEnd": open_order_end,
        "error": error,
    }
    return type("Callbacks", (wrapper_class,), methods)()
