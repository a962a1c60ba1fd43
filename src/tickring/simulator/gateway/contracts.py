"""Contract details and the search for symbols."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.simulator.gateway.texts import error_text
from tickring.simulator.wire.replies import ContractDetails, ContractDetailsEnd, SymbolSample, SymbolSamples
from tickring.simulator.wire.requests import Contract

if TYPE_CHECKING:
    from tickring.simulator.gateway.client_session import ClientSession
    from tickring.simulator.market.listing import Listing
    from tickring.simulator.wire.requests import ReqContractDetails, ReqMatchingSymbols

__all__ = ["contract_of", "send_details", "send_samples"]

_DETAILS_AFTER_S = 0.05
_SAMPLES_AFTER_S = 0.2
_ORDER_TYPES = "ACTIVETIM,ADJUST,ALERT,ALLOC,AVGCOST,BASKET,COND,DAY,GTC,GTD,IOC,LMT,MKT,MOC,MOO,OPG,STP,STPLMT,TRAIL"


def contract_of(listing: Listing, exchange: str = "SMART") -> Contract:
    """Return the listing as replies name it."""
    return Contract(
        con_id=listing.con_id,
        symbol=listing.symbol,
        sec_type="STK",
        exchange=exchange,
        primary_exchange=listing.primary_exchange,
        currency=listing.currency,
        local_symbol=listing.local_symbol or listing.symbol,
        trading_class=listing.trading_class or listing.symbol,
    )


def send_details(session: ClientSession, request: ReqContractDetails) -> None:
    """Serve reqContractDetails: one reply per listing that fits, then the end; 200 if none does."""
    found = session.world.catalog.find(request.contract)

    def send() -> None:
        if not found:
            session.send_error(request.req_id, 200, error_text(200))
            return
        for listing in found:
            session.send(_details(session, request.req_id, listing, request.contract.exchange))
        session.send(ContractDetailsEnd(req_id=request.req_id))

    session.world.after(_DETAILS_AFTER_S, send)


def _details(session: ClientSession, req_id: int, listing: Listing, exchange: str) -> ContractDetails:
    world = session.world
    now_s = world.clock.now_s()
    return ContractDetails(
        req_id=req_id,
        contract=contract_of(listing, exchange or "SMART"),
        market_name=listing.trading_class or listing.symbol,
        min_tick=listing.min_tick,
        long_name=listing.long_name,
        order_types=_ORDER_TYPES,
        valid_exchanges=",".join(listing.exchanges),
        market_rule_ids=listing.market_rule_ids,
        industry=listing.industry,
        category=listing.category,
        subcategory=listing.subcategory,
        time_zone_id="US/Eastern",
        trading_hours=world.sessions.trading_hours(now_s),
        liquid_hours=world.sessions.liquid_hours(now_s),
        stock_type=listing.stock_type,
        isin=listing.isin,
    )


def send_samples(session: ClientSession, request: ReqMatchingSymbols) -> None:
    """Serve reqMatchingSymbols."""
    samples = tuple(
        SymbolSample(
            con_id=listing.con_id,
            symbol=listing.symbol,
            sec_type="STK",
            primary_exchange=listing.primary_exchange,
            currency=listing.currency,
            derivative_types=("OPT",) if listing.stock_type == "COMMON" else (),
            description=listing.long_name,
        )
        for listing in session.world.catalog.matching(request.pattern)
    )
    session.world.after(_SAMPLES_AFTER_S, lambda: session.send(SymbolSamples(req_id=request.req_id, samples=samples)))
