"""Replies in text form: per class a function that returns the fields after the message id.

Source of the field orders: `decoder.py` of ibapi 9.81.1 and 10.51.1, `decoder.py` of ib_async 2.1.0, recorded traffic.
Ticks are in text_ticks.py, contract details in text_details.py, orders in text_orders.py.
"""

from collections.abc import Callable
from typing import Any, Final

from tickring.simulator.wire import replies, versions
from tickring.simulator.wire.message_ids import ReplyId
from tickring.simulator.wire.number_text import java_double, size_text
from tickring.simulator.wire.text_details import contract_details_fields, option_part, symbol_part
from tickring.simulator.wire.text_fields import escape_ascii7
from tickring.simulator.wire.text_orders import open_order_fields, order_status_fields

__all__ = ["TEXT_REPLIES", "TextFields"]

TextFields = Callable[[Any, int], list[str]]
"""(a reply of the class it is registered for, the server version) -> its fields."""


def _managed_accounts(reply: replies.ManagedAccounts, _version: int) -> list[str]:
    return ["1", ",".join(reply.accounts)]


def _next_valid_id(reply: replies.NextValidId, _version: int) -> list[str]:
    return ["1", str(reply.order_id)]


def _error(reply: replies.ErrorReply, version: int) -> list[str]:
    fields = [] if version >= versions.ERROR_TIME else ["2"]
    fields += [str(reply.req_id), str(reply.code), escape_ascii7(reply.text)]
    if version >= versions.ADVANCED_ORDER_REJECT:
        fields.append(escape_ascii7(reply.advanced_order_reject_json))
    if version >= versions.ERROR_TIME:
        fields.append(str(reply.time_ms))
    return fields


def _current_time(reply: replies.CurrentTime, _version: int) -> list[str]:
    return ["1", str(reply.time_s)]


def _current_time_in_millis(reply: replies.CurrentTimeInMillis, _version: int) -> list[str]:
    return [str(reply.time_ms)]


def _market_data_type(reply: replies.MarketDataType, _version: int) -> list[str]:
    return ["1", str(reply.req_id), str(reply.data_type)]


def _tick_req_params(reply: replies.TickReqParams, _version: int) -> list[str]:
    return [str(reply.req_id), java_double(reply.min_tick), reply.bbo_exchange, str(reply.snapshot_permissions)]


def _symbol_samples(reply: replies.SymbolSamples, version: int) -> list[str]:
    fields = [str(reply.req_id), str(len(reply.samples))]
    for sample in reply.samples:
        fields += [str(sample.con_id), sample.symbol, sample.sec_type, sample.primary_exchange, sample.currency]
        fields += [str(len(sample.derivative_types)), *sample.derivative_types]
        if version >= versions.BOND_ISSUERID:
            fields += [sample.description, sample.issuer_id]
    return fields


def _historical_data(reply: replies.HistoricalData, version: int) -> list[str]:
    fields = [str(reply.req_id)]
    if version < versions.HISTORICAL_DATA_END:
        fields += [reply.start, reply.end]
    fields.append(str(len(reply.bars)))
    for bar in reply.bars:
        fields += [bar.date, java_double(bar.open), java_double(bar.high), java_double(bar.low), java_double(bar.close)]
        fields += [size_text(bar.volume), java_double(bar.wap), str(bar.count)]
    return fields


def _historical_data_end(reply: replies.HistoricalDataEnd, _version: int) -> list[str]:
    return [str(reply.req_id), reply.start, reply.end]


def _historical_data_update(reply: replies.HistoricalDataUpdate, _version: int) -> list[str]:
    bar = reply.bar
    fields = [str(reply.req_id), str(bar.count), bar.date]
    fields += [java_double(value) for value in (bar.open, bar.close, bar.high, bar.low, bar.wap)]
    return [*fields, size_text(bar.volume)]


def _head_timestamp(reply: replies.HeadTimestamp, _version: int) -> list[str]:
    return [str(reply.req_id), reply.text]


def _position(reply: replies.Position, _version: int) -> list[str]:
    contract = reply.contract
    return [
        "3",
        reply.account,
        *symbol_part(contract),
        *option_part(contract),
        contract.multiplier,
        contract.exchange,
        contract.currency,
        contract.local_symbol,
        contract.trading_class,
        size_text(reply.position),
        java_double(reply.average_cost),
    ]


def _account_value(reply: replies.AccountValue, _version: int) -> list[str]:
    return ["2", reply.key, reply.value, reply.currency, reply.account]


def _portfolio_value(reply: replies.PortfolioValue, _version: int) -> list[str]:
    contract = reply.contract
    return [
        "8",
        *symbol_part(contract),
        *option_part(contract),
        contract.multiplier,
        contract.primary_exchange,
        contract.currency,
        contract.local_symbol,
        contract.trading_class,
        size_text(reply.position),
        java_double(reply.market_price),
        java_double(reply.market_value),
        java_double(reply.average_cost),
        java_double(reply.unrealized_pnl),
        java_double(reply.realized_pnl),
        reply.account,
    ]


def _account_update_time(reply: replies.AccountUpdateTime, _version: int) -> list[str]:
    return ["1", reply.text]


def _account_download_end(reply: replies.AccountDownloadEnd, _version: int) -> list[str]:
    return ["1", reply.account]


def _account_summary(reply: replies.AccountSummary, _version: int) -> list[str]:
    return ["1", str(reply.req_id), reply.account, reply.tag, reply.value, reply.currency]


def _account_update_multi(reply: replies.AccountUpdateMulti, _version: int) -> list[str]:
    return ["1", str(reply.req_id), reply.account, reply.model, reply.key, reply.value, reply.currency]


def _end_of_request(
    reply: replies.TickSnapshotEnd
    | replies.ContractDetailsEnd
    | replies.AccountSummaryEnd
    | replies.AccountUpdateMultiEnd
    | replies.ExecDetailsEnd,
    _version: int,
) -> list[str]:
    return ["1", str(reply.req_id)]


def _end(_reply: replies.PositionEnd | replies.OpenOrderEnd, _version: int) -> list[str]:
    return ["1"]


def _completed_orders_end(_reply: replies.CompletedOrdersEnd, _version: int) -> list[str]:
    return []


TEXT_REPLIES: Final[dict[type[replies.Reply], tuple[ReplyId, TextFields]]] = {
    replies.ManagedAccounts: (ReplyId.MANAGED_ACCOUNTS, _managed_accounts),
    replies.NextValidId: (ReplyId.NEXT_VALID_ID, _next_valid_id),
    replies.ErrorReply: (ReplyId.ERROR, _error),
    replies.CurrentTime: (ReplyId.CURRENT_TIME, _current_time),
    replies.CurrentTimeInMillis: (ReplyId.CURRENT_TIME_IN_MILLIS, _current_time_in_millis),
    replies.MarketDataType: (ReplyId.MARKET_DATA_TYPE, _market_data_type),
    replies.TickReqParams: (ReplyId.TICK_REQ_PARAMS, _tick_req_params),
    replies.TickSnapshotEnd: (ReplyId.TICK_SNAPSHOT_END, _end_of_request),
    replies.ContractDetails: (ReplyId.CONTRACT_DETAILS, contract_details_fields),
    replies.ContractDetailsEnd: (ReplyId.CONTRACT_DETAILS_END, _end_of_request),
    replies.SymbolSamples: (ReplyId.SYMBOL_SAMPLES, _symbol_samples),
    replies.HistoricalData: (ReplyId.HISTORICAL_DATA, _historical_data),
    replies.HistoricalDataEnd: (ReplyId.HISTORICAL_DATA_END, _historical_data_end),
    replies.HistoricalDataUpdate: (ReplyId.HISTORICAL_DATA_UPDATE, _historical_data_update),
    replies.HeadTimestamp: (ReplyId.HEAD_TIMESTAMP, _head_timestamp),
    replies.Position: (ReplyId.POSITION, _position),
    replies.PositionEnd: (ReplyId.POSITION_END, _end),
    replies.AccountValue: (ReplyId.ACCOUNT_VALUE, _account_value),
    replies.PortfolioValue: (ReplyId.PORTFOLIO_VALUE, _portfolio_value),
    replies.AccountUpdateTime: (ReplyId.ACCOUNT_UPDATE_TIME, _account_update_time),
    replies.AccountDownloadEnd: (ReplyId.ACCOUNT_DOWNLOAD_END, _account_download_end),
    replies.AccountSummary: (ReplyId.ACCOUNT_SUMMARY, _account_summary),
    replies.AccountSummaryEnd: (ReplyId.ACCOUNT_SUMMARY_END, _end_of_request),
    replies.AccountUpdateMulti: (ReplyId.ACCOUNT_UPDATE_MULTI, _account_update_multi),
    replies.AccountUpdateMultiEnd: (ReplyId.ACCOUNT_UPDATE_MULTI_END, _end_of_request),
    replies.OpenOrder: (ReplyId.OPEN_ORDER, open_order_fields),
    replies.OrderStatus: (ReplyId.ORDER_STATUS, order_status_fields),
    replies.OpenOrderEnd: (ReplyId.OPEN_ORDER_END, _end),
    replies.ExecDetailsEnd: (ReplyId.EXEC_DETAILS_END, _end_of_request),
    replies.CompletedOrdersEnd: (ReplyId.COMPLETED_ORDERS_END, _completed_orders_end),
}
"""Every reply but the four ticks."""
