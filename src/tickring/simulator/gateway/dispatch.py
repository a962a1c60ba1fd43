"""Which request is answered by whom."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tickring.simulator.gateway import accounts, contracts, history, orders
from tickring.simulator.gateway.texts import error_text
from tickring.simulator.wire import requests as ask
from tickring.simulator.wire.replies import CurrentTime, CurrentTimeInMillis, ManagedAccounts, NextValidId

if TYPE_CHECKING:
    from tickring.simulator.gateway.client_session import ClientSession

__all__ = ["answer"]


def answer(session: ClientSession, request: ask.Request) -> None:
    """Serve one request of a session that is ready."""
    match request:
        case ask.ReqMktData():
            session.desk.request(request)
        case ask.CancelMktData(req_id=req_id):
            session.desk.cancel(req_id)
        case ask.ReqMarketDataType(data_type=data_type):
            _set_market_data_type(session, data_type)
        case ask.ReqContractDetails():
            contracts.send_details(session, request)
        case ask.ReqMatchingSymbols():
            contracts.send_samples(session, request)
        case ask.ReqHistoricalData():
            history.send_bars(session, request)
        case ask.CancelHistoricalData(req_id=req_id):
            history.cancel(session, req_id)
        case ask.ReqHeadTimestamp():
            history.send_head_timestamp(session, request)
        case ask.ReqAccountUpdates():
            accounts.set_updates(session, request)
        case ask.ReqAccountUpdatesMulti():
            accounts.send_updates_multi(session, request)
        case ask.ReqAccountSummary():
            accounts.send_summary(session, request)
        case ask.ReqExecutions(req_id=req_id):
            orders.send_executions(session, req_id)
        case ask.PlaceOrder(order_id=order_id):
            orders.refuse(session, order_id)
        case ask.CancelOrder(order_id=order_id):
            orders.cancel(session, order_id)
        case ask.ReqIds():
            session.send(NextValidId(order_id=session.world.next_valid_id))
        case ask.NamedRequest():
            _answer_named(session, request)
        case ask.StartApi():
            pass  # a second one changes nothing
        case ask.UnknownRequest(message_id=message_id, req_id=req_id):
            text = f"the simulator does not serve message {message_id}; docs/simulator.md lists what it does"
            session.send_error(-1 if req_id is None else req_id, 321, error_text(321, text))
        case _:
            raise AssertionError(f"{type(request).__name__} has no answer")


def _answer_named(session: ClientSession, request: ask.NamedRequest) -> None:
    match request.name:
        case "current_time":
            _send_current_time(session)
        case "current_time_in_millis":
            session.send(CurrentTimeInMillis(time_ms=int(session.world.clock.now_s() * 1000)))
        case "managed_accounts":
            session.send(ManagedAccounts(accounts=session.world.settings.accounts))
        case "positions":
            accounts.send_positions(session)
        case "cancel_positions":
            session.follows_positions = False
        case "open_orders" | "all_open_orders" | "auto_open_orders":
            orders.send_open(session, of_all=request.name == "all_open_orders")
        case "completed_orders":
            orders.send_completed(session)
        case "cancel_account_summary":
            accounts.cancel_summary(session, request.req_id)
        case _:
            pass  # cancels and settings that need no answer: nothing of theirs is running


def _send_current_time(session: ClientSession) -> None:
    """Answer reqCurrentTime; a second one within a second stays unanswered, as with a gateway (observed)."""
    now_s = time.monotonic()
    if now_s - session.last_current_time_s < 1.0:
        return
    session.last_current_time_s = now_s
    session.send(CurrentTime(time_s=int(session.world.clock.now_s())))


def _set_market_data_type(session: ClientSession, data_type: int) -> None:
    if data_type not in {1, 2, 3, 4}:
        session.send_error(-1, 321, error_text(321, f"Invalid market data type: {data_type}"))
        return
    session.market_data_type = data_type
