"""From ibapi's objects to what is told of them: contracts, positions and orders in plain words, amounts as decimals."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec.structs import asdict

from tickring.feeder_answers import ContractFacts, HeldContract, OpenOrder
from tickring.known_contract import KnownContract

__all__ = ["amount_text", "contract_facts", "held_contract", "is_working", "known_contract", "open_order"]

_LARGEST_EXPONENT = 30  # ibapi's unset values are larger: 1.797e308, and 2**127 - 1 as a decimal
_DONE = frozenset({"Filled", "Cancelled", "ApiCancelled", "Inactive"})


def amount_text(value: Any) -> str:
    """Return the number with every digit it has; empty: unset, or none."""
    try:
        number = Decimal(value if isinstance(value, Decimal | int) else str(value))
    except (InvalidOperation, ValueError, TypeError):
        return ""
    if not number.is_finite() or number.adjusted() > _LARGEST_EXPONENT:
        return ""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def known_contract(contract: Any, exchange: str = "") -> KnownContract:
    """Return what ibapi's Contract names; `exchange`: the one asked for, where it leaves that open."""
    return KnownContract(
        con_id=int(contract.conId),
        symbol=str(contract.symbol),
        sec_type=str(contract.secType),
        exchange=str(contract.exchange) or exchange,
        primary_exchange=str(contract.primaryExchange),
        currency=str(contract.currency),
        local_symbol=str(contract.localSymbol),
        trading_class=str(contract.tradingClass),
    )


def contract_facts(details: Any) -> ContractFacts:
    """Return what ibapi's ContractDetails say."""
    contract = details.contract
    return ContractFacts(
        **asdict(known_contract(contract)),
        long_name=str(details.longName),
        min_tick=amount_text(details.minTick),
        multiplier=amount_text(contract.multiplier),
        time_zone_id=str(details.timeZoneId),
        trading_hours=str(details.tradingHours),
        liquid_hours=str(details.liquidHours),
    )


def held_contract(account: str, contract: Any, quantity: Any, average_cost: Any) -> HeldContract:
    """Return a position as ibapi's `position` tells it."""
    return HeldContract(
        account=str(account),
        con_id=int(contract.conId),
        symbol=str(contract.symbol),
        sec_type=str(contract.secType),
        currency=str(contract.currency),
        quantity=amount_text(quantity),
        average_cost=amount_text(average_cost),
        multiplier=amount_text(contract.multiplier),
        local_symbol=str(contract.localSymbol),
    )


def open_order(contract: Any, order: Any) -> OpenOrder:
    """Return an order as ibapi's `openOrder` tells it, as if nothing of it were filled yet."""
    return OpenOrder(
        account=str(order.account),
        order_key=str(order.permId or f"{order.clientId}:{order.orderId}"),
        con_id=int(contract.conId),
        symbol=str(contract.symbol),
        sec_type=str(contract.secType),
        currency=str(contract.currency),
        side="buy" if str(order.action).upper().startswith("B") else "sell",
        quantity=amount_text(order.totalQuantity) or "0",
        local_symbol=str(contract.localSymbol),
    )


def is_working(status: str) -> bool:
    """Whether an order of this status may still be filled."""
    return status not in _DONE
