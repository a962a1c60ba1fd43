"""Contracts as they stand in text requests."""

from tickring.simulator.wire.field_error import BadField
from tickring.simulator.wire.requests import Contract
from tickring.simulator.wire.text_fields import TextReader

__all__ = ["read_contract", "skip_legs"]

_FIELDS_OF_A_LEG = 4  # conId, ratio, action, exchange


def read_contract(
    fields: TextReader, *, includes_expired: bool = False, has_sec_id: bool = False, has_issuer_id: bool = False
) -> Contract:
    """Read the twelve fields of a contract, and those of the named ones that follow them."""
    return Contract(
        con_id=fields.integer("conId"),
        symbol=fields.text("symbol"),
        sec_type=fields.text("secType"),
        last_trade_date=fields.text("lastTradeDateOrContractMonth"),
        strike=fields.number("strike"),
        right=fields.text("right"),
        multiplier=fields.text("multiplier"),
        exchange=fields.text("exchange"),
        primary_exchange=fields.text("primaryExchange"),
        currency=fields.text("currency"),
        local_symbol=fields.text("localSymbol"),
        trading_class=fields.text("tradingClass"),
        include_expired=fields.flag("includeExpired") if includes_expired else False,
        sec_id_type=fields.text("secIdType") if has_sec_id else "",
        sec_id=fields.text("secId") if has_sec_id else "",
        issuer_id=fields.text("issuerId") if has_issuer_id else "",
    )


def skip_legs(fields: TextReader, contract: Contract) -> None:
    """Pass over the legs of a combination; other instruments have none, not even their count."""
    if contract.sec_type != "BAG":
        return
    count = fields.integer("comboLegsCount")
    if count < 0:
        raise BadField(f"field comboLegsCount is {count}, expected 0 or more")
    fields.skip(count * _FIELDS_OF_A_LEG, "comboLegs")
