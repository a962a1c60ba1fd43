"""Requests in text form: per message id a function that reads the fields after the id.

Every function reads as far as the request says something the simulator uses, and through what stands before that.
Source of the field orders: `client.py` of ibapi 9.81.1, 10.46.1 and 10.51.1, `client.py` of ib_async 2.1.0.
"""

from collections.abc import Callable
from typing import Final

from tickring.simulator.wire import versions
from tickring.simulator.wire.message_ids import RequestId
from tickring.simulator.wire.named_requests import NAMED_REQUESTS
from tickring.simulator.wire.requests import (
    CancelHistoricalData,
    CancelMktData,
    CancelOrder,
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
from tickring.simulator.wire.text_contract import read_contract, skip_legs
from tickring.simulator.wire.text_fields import TextReader

__all__ = ["TEXT_REQUESTS"]

TextDecoder = Callable[[TextReader, int], Request]


def _start_api(fields: TextReader, _version: int) -> StartApi:
    fields.skip(1, "version")
    client_id = fields.integer("clientId")
    return StartApi(client_id=client_id, capabilities=fields.text("optionalCapabilities") if fields.has_more else "")


def _req_mkt_data(fields: TextReader, _version: int) -> ReqMktData:
    fields.skip(1, "version")
    req_id = fields.read_request_id()
    contract = read_contract(fields)
    skip_legs(fields, contract)
    if fields.flag("deltaNeutralContract"):
        fields.skip(3, "deltaNeutralContract")
    return ReqMktData(
        req_id=req_id,
        contract=contract,
        generic_ticks=fields.text("genericTickList"),
        is_snapshot=fields.flag("snapshot"),
        is_regulatory_snapshot=fields.flag("regulatorySnapshot"),
    )


def _cancel_mkt_data(fields: TextReader, _version: int) -> CancelMktData:
    fields.skip(1, "version")
    return CancelMktData(req_id=fields.read_request_id())


def _req_market_data_type(fields: TextReader, _version: int) -> ReqMarketDataType:
    fields.skip(1, "version")
    return ReqMarketDataType(data_type=fields.integer("marketDataType"))


def _req_contract_details(fields: TextReader, version: int) -> ReqContractDetails:
    fields.skip(1, "version")
    req_id = fields.read_request_id()
    contract = read_contract(
        fields,
        includes_expired=True,
        has_sec_id=True,
        has_issuer_id=version >= versions.BOND_ISSUERID,
    )
    return ReqContractDetails(req_id=req_id, contract=contract)


def _req_matching_symbols(fields: TextReader, _version: int) -> ReqMatchingSymbols:
    return ReqMatchingSymbols(req_id=fields.read_request_id(), pattern=fields.text("pattern"))


def _req_historical_data(fields: TextReader, _version: int) -> ReqHistoricalData:
    req_id = fields.read_request_id()
    contract = read_contract(fields, includes_expired=True)
    end = fields.text("endDateTime")
    bar_size = fields.text("barSizeSetting")
    duration = fields.text("durationStr")
    use_rth = fields.flag("useRTH")
    what_to_show = fields.text("whatToShow")
    format_date = fields.integer("formatDate")
    skip_legs(fields, contract)
    return ReqHistoricalData(
        req_id=req_id,
        contract=contract,
        end=end,
        bar_size=bar_size,
        duration=duration,
        use_rth=use_rth,
        what_to_show=what_to_show,
        format_date=format_date,
        keep_up_to_date=fields.flag("keepUpToDate"),
    )


def _cancel_historical_data(fields: TextReader, _version: int) -> CancelHistoricalData:
    fields.skip(1, "version")
    return CancelHistoricalData(req_id=fields.read_request_id())


def _req_head_timestamp(fields: TextReader, _version: int) -> ReqHeadTimestamp:
    return ReqHeadTimestamp(
        req_id=fields.read_request_id(),
        contract=read_contract(fields, includes_expired=True),
        use_rth=fields.flag("useRTH"),
        what_to_show=fields.text("whatToShow"),
        format_date=fields.integer("formatDate"),
    )


def _req_ids(_fields: TextReader, _version: int) -> ReqIds:
    return ReqIds()


def _req_account_updates(fields: TextReader, _version: int) -> ReqAccountUpdates:
    fields.skip(1, "version")
    subscribe = fields.flag("subscribe")
    return ReqAccountUpdates(subscribe=subscribe, account=fields.text("acctCode") if fields.has_more else "")


def _req_account_updates_multi(fields: TextReader, _version: int) -> ReqAccountUpdatesMulti:
    fields.skip(1, "version")
    return ReqAccountUpdatesMulti(
        req_id=fields.read_request_id(),
        account=fields.text("account"),
        model=fields.text("modelCode"),
        ledger_and_nlv=fields.flag("ledgerAndNLV"),
    )


def _req_account_summary(fields: TextReader, _version: int) -> ReqAccountSummary:
    fields.skip(1, "version")
    return ReqAccountSummary(req_id=fields.read_request_id(), group=fields.text("groupName"), tags=fields.text("tags"))


def _req_executions(fields: TextReader, _version: int) -> ReqExecutions:
    fields.skip(1, "version")
    return ReqExecutions(req_id=fields.read_request_id())


def _place_order(fields: TextReader, _version: int) -> PlaceOrder:
    return PlaceOrder(order_id=fields.read_request_id("orderId"))


def _cancel_order(fields: TextReader, version: int) -> CancelOrder:
    if version < versions.CME_TAGGING_FIELDS:
        fields.skip(1, "version")
    return CancelOrder(order_id=fields.read_request_id("orderId"))


def _named(name: str) -> TextDecoder:
    def decode(_fields: TextReader, _version: int) -> NamedRequest:
        return NamedRequest(name=name)

    return decode


def _named_with_id(name: str, *, has_version: bool) -> TextDecoder:
    def decode(fields: TextReader, _version: int) -> NamedRequest:
        if has_version:
            fields.skip(1, "version")
        return NamedRequest(name=name, req_id=fields.read_request_id())

    return decode


TEXT_REQUESTS: Final[dict[int, TextDecoder]] = {
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
    RequestId.CANCEL_ACCOUNT_SUMMARY: _named_with_id("cancel_account_summary", has_version=True),
    RequestId.START_API: _start_api,
    RequestId.REQ_ACCOUNT_UPDATES_MULTI: _req_account_updates_multi,
    RequestId.CANCEL_ACCOUNT_UPDATES_MULTI: _named_with_id("cancel_account_updates_multi", has_version=True),
    RequestId.REQ_MATCHING_SYMBOLS: _req_matching_symbols,
    RequestId.REQ_HEAD_TIMESTAMP: _req_head_timestamp,
    RequestId.CANCEL_HEAD_TIMESTAMP: _named_with_id("cancel_head_timestamp", has_version=False),
}
"""What the simulator serves; everything else is an UnknownRequest."""
