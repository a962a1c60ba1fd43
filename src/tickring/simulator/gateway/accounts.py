"""Positions, account values, account summary: of the settings' holdings, valued at the market's prices."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from tickring.simulator.gateway.contracts import contract_of
from tickring.simulator.gateway.texts import error_text
from tickring.simulator.wire import replies as say
from tickring.simulator.wire.requests import Contract

if TYPE_CHECKING:
    from tickring.simulator.gateway.client_session import ClientSession
    from tickring.simulator.gateway.world import World
    from tickring.simulator.wire.requests import ReqAccountSummary, ReqAccountUpdates, ReqAccountUpdatesMulti

__all__ = ["cancel_summary", "send_positions", "send_summary", "send_updates_multi", "set_updates", "tell_position"]

_AGAIN_AFTER_S = 180.0  # IB repeats account values every three minutes
_EXCHANGE_TIME = ZoneInfo("America/New_York")


class _Worth(NamedTuple):
    contract: Contract
    quantity: float
    average_cost: float
    price: float

    @property
    def value(self) -> float:
        return self.quantity * self.price

    @property
    def unrealized(self) -> float:
        return self.quantity * (self.price - self.average_cost)


def _holdings(world: World) -> list[_Worth]:
    found: list[_Worth] = []
    now_s = world.clock.now_s()
    for holding in world.holdings.values():
        listings = world.catalog.by_symbol(holding.symbol)
        if not listings:
            continue
        listing = listings[0]
        quote = world.market.state(listing, now_s)
        price = next(value for value in (quote.last, quote.close, listing.temper.price) if value is not None)
        found.append(_Worth(contract_of(listing, ""), holding.quantity, holding.average_cost, price))
    return found


def _values(world: World) -> dict[str, str]:
    """Return the account's values in dollars by IB's names."""
    holdings = _holdings(world)
    stock = sum(holding.value for holding in holdings)
    gross = sum(abs(holding.value) for holding in holdings)
    cash = world.settings.cash
    worth = cash + stock
    maintenance = 0.25 * gross
    numbers = {
        "NetLiquidation": worth,
        "TotalCashValue": cash,
        "SettledCash": cash,
        "AccruedCash": 0.0,
        "BuyingPower": max(0.0, 4.0 * (worth - maintenance)),
        "EquityWithLoanValue": worth,
        "PreviousEquityWithLoanValue": worth,
        "GrossPositionValue": gross,
        "StockMarketValue": stock,
        "RegTEquity": worth,
        "RegTMargin": 0.5 * gross,
        "SMA": max(0.0, worth - 0.5 * gross),
        "InitMarginReq": 0.5 * gross,
        "MaintMarginReq": maintenance,
        "AvailableFunds": worth - 0.5 * gross,
        "ExcessLiquidity": worth - maintenance,
        "FullInitMarginReq": 0.5 * gross,
        "FullMaintMarginReq": maintenance,
        "FullAvailableFunds": worth - 0.5 * gross,
        "FullExcessLiquidity": worth - maintenance,
        "UnrealizedPnL": sum(holding.unrealized for holding in holdings),
        "RealizedPnL": 0.0,
    }
    return {key: f"{number:.2f}" for key, number in numbers.items()}


def _own_account(session: ClientSession, name: str) -> str | None:
    """Return the account meant; None if it is none of ours."""
    accounts = session.world.settings.accounts
    if name in {"", "All"}:
        return accounts[0]
    return name if name in accounts else None


def send_positions(session: ClientSession) -> None:
    """Serve reqPositions: the positions are the first account's, and each that changes later is told too."""
    session.follows_positions = True
    for holding in _holdings(session.world):
        session.send(_position(session.world, holding))
    session.send(say.PositionEnd())


def tell_position(world: World, symbol: str) -> None:
    """Tell everybody who has asked for positions of one that has changed."""
    for holding in _holdings(world):
        if holding.contract.symbol == symbol:
            for client in world.clients:
                if client.follows_positions and client.state == "ready":
                    client.send(_position(world, holding))


def _position(world: World, holding: _Worth) -> say.Position:
    return say.Position(
        account=world.settings.accounts[0],
        contract=holding.contract,
        position=holding.quantity,
        average_cost=holding.average_cost,
    )


def set_updates(session: ClientSession, request: ReqAccountUpdates) -> None:
    """Serve reqAccountUpdates: everything at once, then again every three minutes."""
    if not request.subscribe:
        session.account_updates = None
        return
    account = _own_account(session, request.account)
    if account is None:
        session.send_error(-1, 321, error_text(321, f"Invalid account code '{request.account}'"))
        return
    session.account_updates = request
    _send_updates(session, request, account)


def _send_updates(session: ClientSession, request: ReqAccountUpdates, account: str) -> None:
    if session.account_updates is not request or session.state != "ready":
        return
    world = session.world
    is_owner = account == world.settings.accounts[0]
    session.send(say.AccountValue(key="AccountCode", value=account, currency="", account=account))
    session.send(say.AccountValue(key="AccountType", value="INDIVIDUAL", currency="", account=account))
    for key, value in _values(world).items() if is_owner else ():
        session.send(say.AccountValue(key=key, value=value, currency="USD", account=account))
    for holding in _holdings(world) if is_owner else ():
        session.send(
            say.PortfolioValue(
                contract=holding.contract,
                position=holding.quantity,
                market_price=holding.price,
                market_value=round(holding.value, 2),
                average_cost=holding.average_cost,
                unrealized_pnl=round(holding.unrealized, 2),
                realized_pnl=0.0,
                account=account,
            )
        )
    at = datetime.fromtimestamp(world.clock.now_s(), _EXCHANGE_TIME)
    session.send(say.AccountUpdateTime(text=f"{at:%H:%M}"))
    session.send(say.AccountDownloadEnd(account=account))
    world.again(_AGAIN_AFTER_S, lambda: _send_updates(session, request, account))


def send_updates_multi(session: ClientSession, request: ReqAccountUpdatesMulti) -> None:
    """Serve reqAccountUpdatesMulti, once."""
    account = _own_account(session, request.account)
    if account is None:
        session.send_error(request.req_id, 321, error_text(321, f"Invalid account code '{request.account}'"))
        return
    for key, value in _values(session.world).items() if account == session.world.settings.accounts[0] else ():
        session.send(
            say.AccountUpdateMulti(
                req_id=request.req_id, account=account, model=request.model, key=key, value=value, currency="USD"
            )
        )
    session.send(say.AccountUpdateMultiEnd(req_id=request.req_id))


def send_summary(session: ClientSession, request: ReqAccountSummary) -> None:
    """Serve reqAccountSummary, once; unknown tags bring nothing, as with IB."""
    world = session.world
    account = world.settings.accounts[0]
    values = {"AccountType": "INDIVIDUAL", **_values(world)}
    for tag in (word.strip() for word in request.tags.split(",")):
        if tag in values:
            currency = "" if tag == "AccountType" else "USD"
            session.send(
                say.AccountSummary(
                    req_id=request.req_id, account=account, tag=tag, value=values[tag], currency=currency
                )
            )
        elif tag.startswith("$LEDGER"):
            for key, value in (("CashBalance", f"{world.settings.cash:.2f}"), ("Currency", "USD")):
                session.send(
                    say.AccountSummary(req_id=request.req_id, account=account, tag=key, value=value, currency="USD")
                )
    session.send(say.AccountSummaryEnd(req_id=request.req_id))


def cancel_summary(session: ClientSession, req_id: int | None) -> None:
    """Serve cancelAccountSummary: nothing runs on, nothing is said."""
    del session, req_id
