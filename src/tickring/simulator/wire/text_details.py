"""Contracts in text replies, field by field for every server version.

Source of the field orders: `decoder.py` of ibapi 9.81.1 and 10.51.1; values of fields that stocks do not use: recorded
traffic.
"""

from tickring.simulator.wire import versions
from tickring.simulator.wire.number_text import java_double, size_text
from tickring.simulator.wire.replies import ContractDetails
from tickring.simulator.wire.requests import Contract
from tickring.simulator.wire.text_fields import escape_ascii7

__all__ = ["contract_details_fields", "option_part", "symbol_part"]


def symbol_part(contract: Contract) -> list[str]:
    """Id and symbol, as positions and portfolio lines start."""
    return [str(contract.con_id), contract.symbol]


def option_part(contract: Contract) -> list[str]:
    """Type, expiry, strike and right: what only derivatives fill."""
    return [contract.sec_type, contract.last_trade_date, java_double(contract.strike), contract.right]


def contract_details_fields(reply: ContractDetails, version: int) -> list[str]:
    """Message 10 without its id."""
    contract = reply.contract
    has_size_rules = version >= versions.SIZE_RULES
    fields = [] if has_size_rules else ["8"]
    fields += [str(reply.req_id), contract.symbol, contract.sec_type, contract.last_trade_date]
    if version >= versions.LAST_TRADE_DATE:
        fields.append(contract.last_trade_date)
    fields += [
        java_double(contract.strike),
        contract.right,
        contract.exchange,
        contract.currency,
        contract.local_symbol,
        reply.market_name,
        contract.trading_class,
        str(contract.con_id),
        java_double(reply.min_tick),
    ]
    if not has_size_rules:
        fields.append("1" if version >= versions.MARKET_DATA_IN_SHARES else "100")  # mdSizeMultiplier
    fields += [
        contract.multiplier,
        reply.order_types,
        reply.valid_exchanges,
        str(reply.price_magnifier),
        "0",  # underConId
        escape_ascii7(reply.long_name),
        contract.primary_exchange,
        "",  # contractMonth
        reply.industry,
        reply.category,
        reply.subcategory,
        reply.time_zone_id,
        reply.trading_hours,
        reply.liquid_hours,
        "",  # evRule
        "0",  # evMultiplier
        *(["1", "ISIN", reply.isin] if reply.isin else ["0"]),
        str(reply.agg_group),
        "",  # underSymbol
        "",  # underSecType
        reply.market_rule_ids,
        "",  # realExpirationDate
        reply.stock_type,
    ]
    if version == versions.FRACTIONAL_SIZE_SUPPORT:
        fields.append(size_text(reply.size_increment))  # sizeMinTick, gone one version later
    if has_size_rules:
        fields += [
            size_text(reply.min_size),
            size_text(reply.size_increment),
            size_text(reply.suggested_size_increment),
        ]
    if version >= versions.INELIGIBILITY_REASONS:
        fields.append("0")
    return fields
