"""Replies in protobuf form: per class a function that returns the body after the message id.

Source of the field numbers: the descriptors in ibapi 10.51.1 (`protobuf/*_pb2.py`). Ticks are in protobuf_ticks.py,
contract details in protobuf_details.py, orders in protobuf_orders.py.
"""

from collections.abc import Callable
from typing import Any, Final

from tickring.simulator.wire import replies
from tickring.simulator.wire.number_text import java_double, size_text
from tickring.simulator.wire.protobuf_details import contract_body, contract_details_body, symbol_sample_body
from tickring.simulator.wire.protobuf_fields import double_field, int_field, message_field, text_field
from tickring.simulator.wire.protobuf_orders import open_order_body, order_status_body

__all__ = ["PROTOBUF_REPLIES", "ProtobufBody"]

ProtobufBody = Callable[[Any], bytes]
"""(a reply of the class it is registered for) -> the body of its message."""


def _managed_accounts(reply: replies.ManagedAccounts) -> bytes:
    return text_field(1, ",".join(reply.accounts))


def _next_valid_id(reply: replies.NextValidId) -> bytes:
    return int_field(1, reply.order_id)


def _error(reply: replies.ErrorReply) -> bytes:
    return b"".join(
        [
            int_field(1, reply.req_id),
            int_field(2, reply.time_ms),
            int_field(3, reply.code),
            text_field(4, reply.text),
            text_field(5, reply.advanced_order_reject_json),
        ]
    )


def _current_time(reply: replies.CurrentTime) -> bytes:
    return int_field(1, reply.time_s)


def _current_time_in_millis(reply: replies.CurrentTimeInMillis) -> bytes:
    return int_field(1, reply.time_ms)


def _market_data_type(reply: replies.MarketDataType) -> bytes:
    return int_field(1, reply.req_id) + int_field(2, reply.data_type)


def _tick_req_params(reply: replies.TickReqParams) -> bytes:
    return b"".join(
        [
            int_field(1, reply.req_id),
            text_field(2, java_double(reply.min_tick)),
            text_field(3, reply.bbo_exchange),
            int_field(4, reply.snapshot_permissions),
        ]
    )


def _symbol_samples(reply: replies.SymbolSamples) -> bytes:
    samples = [message_field(2, symbol_sample_body(sample)) for sample in reply.samples]
    return int_field(1, reply.req_id) + b"".join(samples)


def _bar(bar: replies.Bar) -> bytes:
    return b"".join(
        [
            text_field(1, bar.date),
            double_field(2, bar.open),
            double_field(3, bar.high),
            double_field(4, bar.low),
            double_field(5, bar.close),
            text_field(6, size_text(bar.volume)),
            text_field(7, java_double(bar.wap)),
            int_field(8, bar.count),
        ]
    )


def _historical_data(reply: replies.HistoricalData) -> bytes:
    return int_field(1, reply.req_id) + b"".join([message_field(2, _bar(bar)) for bar in reply.bars])


def _historical_data_end(reply: replies.HistoricalDataEnd) -> bytes:
    return int_field(1, reply.req_id) + text_field(2, reply.start) + text_field(3, reply.end)


def _historical_data_update(reply: replies.HistoricalDataUpdate) -> bytes:
    return int_field(1, reply.req_id) + message_field(2, _bar(reply.bar))


def _head_timestamp(reply: replies.HeadTimestamp) -> bytes:
    return int_field(1, reply.req_id) + text_field(2, reply.text)


def _position(reply: replies.Position) -> bytes:
    return b"".join(
        [
            text_field(1, reply.account),
            message_field(2, contract_body(reply.contract)),
            text_field(3, size_text(reply.position)),
            double_field(4, reply.average_cost),
        ]
    )


def _account_value(reply: replies.AccountValue) -> bytes:
    return b"".join(
        [
            text_field(1, reply.key),
            text_field(2, reply.value),
            text_field(3, reply.currency),
            text_field(4, reply.account),
        ]
    )


def _portfolio_value(reply: replies.PortfolioValue) -> bytes:
    return b"".join(
        [
            message_field(1, contract_body(reply.contract)),
            text_field(2, size_text(reply.position)),
            double_field(3, reply.market_price),
            double_field(4, reply.market_value),
            double_field(5, reply.average_cost),
            double_field(6, reply.unrealized_pnl),
            double_field(7, reply.realized_pnl),
            text_field(8, reply.account),
        ]
    )


def _account_update_time(reply: replies.AccountUpdateTime) -> bytes:
    return text_field(1, reply.text)


def _account_download_end(reply: replies.AccountDownloadEnd) -> bytes:
    return text_field(1, reply.account)


def _account_summary(reply: replies.AccountSummary) -> bytes:
    return b"".join(
        [
            int_field(1, reply.req_id),
            text_field(2, reply.account),
            text_field(3, reply.tag),
            text_field(4, reply.value),
            text_field(5, reply.currency),
        ]
    )


def _account_update_multi(reply: replies.AccountUpdateMulti) -> bytes:
    return b"".join(
        [
            int_field(1, reply.req_id),
            text_field(2, reply.account),
            text_field(3, reply.model),
            text_field(4, reply.key),
            text_field(5, reply.value),
            text_field(6, reply.currency),
        ]
    )


def _end_of_request(
    reply: replies.TickSnapshotEnd
    | replies.ContractDetailsEnd
    | replies.AccountSummaryEnd
    | replies.AccountUpdateMultiEnd
    | replies.ExecDetailsEnd,
) -> bytes:
    return int_field(1, reply.req_id)


def _end(_reply: replies.PositionEnd | replies.OpenOrderEnd | replies.CompletedOrdersEnd) -> bytes:
    return b""


PROTOBUF_REPLIES: Final[dict[type[replies.Reply], ProtobufBody]] = {
    replies.ManagedAccounts: _managed_accounts,
    replies.NextValidId: _next_valid_id,
    replies.ErrorReply: _error,
    replies.CurrentTime: _current_time,
    replies.CurrentTimeInMillis: _current_time_in_millis,
    replies.MarketDataType: _market_data_type,
    replies.TickReqParams: _tick_req_params,
    replies.TickSnapshotEnd: _end_of_request,
    replies.ContractDetails: contract_details_body,
    replies.ContractDetailsEnd: _end_of_request,
    replies.SymbolSamples: _symbol_samples,
    replies.HistoricalData: _historical_data,
    replies.HistoricalDataEnd: _historical_data_end,
    replies.HistoricalDataUpdate: _historical_data_update,
    replies.HeadTimestamp: _head_timestamp,
    replies.Position: _position,
    replies.PositionEnd: _end,
    replies.AccountValue: _account_value,
    replies.PortfolioValue: _portfolio_value,
    replies.AccountUpdateTime: _account_update_time,
    replies.AccountDownloadEnd: _account_download_end,
    replies.AccountSummary: _account_summary,
    replies.AccountSummaryEnd: _end_of_request,
    replies.AccountUpdateMulti: _account_update_multi,
    replies.AccountUpdateMultiEnd: _end_of_request,
    replies.OpenOrder: open_order_body,
    replies.OrderStatus: order_status_body,
    replies.OpenOrderEnd: _end,
    replies.ExecDetailsEnd: _end_of_request,
    replies.CompletedOrdersEnd: _end,
}
"""Every reply but the four ticks."""
