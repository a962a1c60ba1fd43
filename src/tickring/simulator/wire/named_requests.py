"""Requests that say all by their name: what their `NamedRequest` is called, whichever way they are encoded."""

from typing import Final

from tickring.simulator.wire.message_ids import RequestId

__all__ = ["NAMED_REQUESTS"]

NAMED_REQUESTS: Final[dict[int, str]] = {
    RequestId.REQ_OPEN_ORDERS: "open_orders",
    RequestId.SET_SERVER_LOG_LEVEL: "set_server_log_level",
    RequestId.REQ_AUTO_OPEN_ORDERS: "auto_open_orders",
    RequestId.REQ_ALL_OPEN_ORDERS: "all_open_orders",
    RequestId.REQ_MANAGED_ACCOUNTS: "managed_accounts",
    RequestId.REQ_CURRENT_TIME: "current_time",
    RequestId.REQ_GLOBAL_CANCEL: "global_cancel",
    RequestId.REQ_POSITIONS: "positions",
    RequestId.CANCEL_POSITIONS: "cancel_positions",
    RequestId.REQ_COMPLETED_ORDERS: "completed_orders",
    RequestId.REQ_CURRENT_TIME_IN_MILLIS: "current_time_in_millis",
}
