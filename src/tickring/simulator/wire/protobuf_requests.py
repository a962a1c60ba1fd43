"""Requests in protobuf form: per message id a function that reads the fields.

Source of the field numbers: the descriptors in ibapi 10.51.1 (`protobuf/*_pb2.py`).
"""

from collections.abc import Callable
from typing import Final

from tickring.simulator.wire.message_ids import RequestId
from tickring.simulator.wire.named_requests import NAMED_REQUESTS
from tickring.simulator.wire.number_text import size_text
from tickring.simulator.wire.protobuf_fields import ProtobufReader
from tickring.simulator.wire.requests import (
    CancelHistoricalData,
    CancelMktData,
    CancelOrder,
    Contract,
    NamedRequest,
    PlaceOrder,
    ReqAccountSummary,
    ReqAccountUpdates,
    ReqAccountUpdatesMulti,
    ReqContractDetails,
    ReqExecutions,
    ReqHeadTimestamp,
    ReqHistoricalData,
    ReqIds,
    ReqMarketDataType,
    ReqMatchingSymbols,
    ReqMktData,
    Request,
    StartApi,
)
from tickring.simulator.wire.unserved_requests import unknown_protobuf_request

__all__ = ["decode_protobuf_request"]

ProtobufDecoder = Callable[[ProtobufReader], Request]


def decode_protobuf_request(message_id: int, fields: ProtobufReader) -> Request:
    """Return what the message asks for; an UnknownRequest when the simulator does not serve it.

    Raises:
        BadField: a field is missing or of another type.
    """
    decoder = _PROTOBUF_REQUESTS.get(message_id)
    if decoder is None:
        return unknown_protobuf_request(message_id, fields)
    return decoder(fields)


def _read_contract(fields: ProtobufReader) -> Contract:
    contract = fields.message(2, "contract")
    multiplier = contract.number(7, "multiplier")
    return Contract(
        con_id=contract.integer(1, "conId"),
        symbol=contract.text(2, "symbol"),
        sec_type=contract.text(3, "secType"),
        last_trade_date=contract.text(4, "lastTradeDateOrContractMonth"),
        strike=contract.number(5, "strike"),
        right=contract.text(6, "right"),
        multiplier=size_text(multiplier) if multiplier else "",
        exchange=contract.text(8, "exchange"),
        primary_exchange=contract.text(9, "primaryExch"),
        currency=contract.text(10, "currency"),
        local_symbol=contract.text(11, "localSymbol"),
        trading_class=contract.text(12, "tradingClass"),
        include_expired=contract.flag(18, "includeExpired"),
        sec_id_type=contract.text(13, "secIdType"),
        sec_id=contract.text(14, "secId"),
        issuer_id=contract.text(16, "issuerId"),
    )


def _start_api(fields: ProtobufReader) -> StartApi:
    return StartApi(
        client_id=fields.integer(1, "clientId"),
        capabilities=fields.text(2, "optionalCapabilities"),
    )


def _req_mkt_data(fields: ProtobufReader) -> ReqMktData:
    return ReqMktData(
        req_id=fields.read_request_id(),
        contract=_read_contract(fields),
        generic_ticks=fields.text(3, "genericTickList"),
        is_snapshot=fields.flag(4, "snapshot"),
        is_regulatory_snapshot=fields.flag(5, "regulatorySnapshot"),
    )


def _cancel_mkt_data(fields: ProtobufReader) -> CancelMktData:
    return CancelMktData(req_id=fields.read_request_id())


def _req_market_data_type(fields: ProtobufReader) -> ReqMarketDataType:
    return ReqMarketDataType(data_type=fields.integer(1, "marketDataType"))


def _req_contract_details(fields: ProtobufReader) -> ReqContractDetails:
    return ReqContractDetails(req_id=fields.read_request_id(), contract=_read_contract(fields))


def _req_matching_symbols(fields: ProtobufReader) -> ReqMatchingSymbols:
    return ReqMatchingSymbols(req_id=fields.read_request_id(), pattern=fields.text(2, "pattern"))


def _req_historical_data(fields: ProtobufReader) -> ReqHistoricalData:
    return ReqHistoricalData(
        req_id=fields.read_request_id(),
        contract=_read_contract(fields),
        end=fields.text(3, "endDateTime"),
        bar_size=fields.text(4, "barSizeSetting"),
        duration=fields.text(5, "duration"),
        use_rth=fields.flag(6, "useRTH"),
        what_to_show=fields.text(7, "whatToShow"),
        format_date=fields.integer(8, "formatDate"),
        keep_up_to_date=fields.flag(9, "keepUpToDate"),
    )


def _cancel_historical_data(fields: ProtobufReader) -> CancelHistoricalData:
    return CancelHistoricalData(req_id=fields.read_request_id())


def _req_head_timestamp(fields: ProtobufReader) -> ReqHeadTimestamp:
    return ReqHeadTimestamp(
        req_id=fields.read_request_id(),
        contract=_read_contract(fields),
        use_rth=fields.flag(3, "useRTH"),
        what_to_show=fields.text(4, "whatToShow"),
        format_date=fields.integer(5, "formatDate"),
    )


def _req_ids(_fields: ProtobufReader) -> ReqIds:
    return ReqIds()


def _req_account_updates(fields: ProtobufReader) -> ReqAccountUpdates:
    return ReqAccountUpdates(subscribe=fields.flag(1, "subscribe"), account=fields.text(2, "acctCode"))


def _req_account_updates_multi(fields: ProtobufReader) -> ReqAccountUpdatesMulti:
    return ReqAccountUpdatesMulti(
        req_id=fields.read_request_id(),
        account=fields.text(2, "account"),
        model=fields.text(3, "modelCode"),
        ledger_and_nlv=fields.flag(4, "ledgerAndNLV"),
    )


def _req_account_summary(fields: ProtobufReader) -> ReqAccountSummary:
    return ReqAccountSummary(
        req_id=fields.read_request_id(), group=fields.text(2, "group"), tags=fields.text(3, "tags")
    )


def _req_executions(fields: ProtobufReader) -> ReqExecutions:
    return ReqExecutions(req_id=fields.read_request_id())


def _place_order(fields: ProtobufReader) -> PlaceOrder:
    return PlaceOrder(order_id=fields.read_request_id("orderId"))


def _cancel_order(fields: ProtobufReader) -> CancelOrder:
    return CancelOrder(order_id=fields.read_request_id("orderId"))


def _named(name: str) -> ProtobufDecoder:
    def decode(_fields: ProtobufReader) -> NamedRequest:
        return NamedRequest(name=name)

    return decode


def _named_with_id(name: str) -> ProtobufDecoder:
    def decode(fields: ProtobufReader) -> NamedRequest:
        return NamedRequest(name=name, req_id=fields.read_request_id())

    return decode


_PROTOBUF_REQUESTS: Final[dict[int, ProtobufDecoder]] = {
    **{number: _named(name) for number, name in NAMED_REQUESTS.items()},
    RequestId.REQ_MKT_DATA: _req_mkt_data,
    RequestId.CANCEL_MKT_DATA: _cancel_mkt_data,
    RequestId.PLACE_ORDER: _place_order,
    RequestId.CANCEL_ORDER: _cancel_order,
    RequestId.REQ_ACCOUNT_UPDATES: _req_account_updates,
    RequestId.REQ_EXECUTIONS: _req_executions,
    RequestId.REQ_IDS: _req_ids,
    RequestId.REQ_CONTRACT_DETAILS: _req_contract_details,
    RequestId.REQ_HISTORICAL_DATA: _req_historical_data,
    RequestId.CANCEL_HISTORICAL_DATA: _cancel_historical_data,
    RequestId.REQ_MARKET_DATA_TYPE: _req_market_data_type,
    RequestId.REQ_ACCOUNT_SUMMARY: _req_account_summary,
    RequestId.CANCEL_ACCOUNT_SUMMARY: _named_with_id("cancel_account_summary"),
    RequestId.START_API: _start_api,
    RequestId.REQ_ACCOUNT_UPDATES_MULTI: _req_account_updates_multi,
    RequestId.CANCEL_ACCOUNT_UPDATES_MULTI: _named_with_id("cancel_account_updates_multi"),
    RequestId.REQ_MATCHING_SYMBOLS: _req_matching_symbols,
    RequestId.REQ_HEAD_TIMESTAMP: _req_head_timestamp,
    RequestId.CANCEL_HEAD_TIMESTAMP: _named_with_id("cancel_head_timestamp"),
    RequestId.CANCEL_CONTRACT_DATA: _named_with_id("cancel_contract_data"),
}
