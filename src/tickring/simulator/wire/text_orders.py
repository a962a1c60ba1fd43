"""Open orders in text replies, field by field for every server version: a plain order of one stock, nothing attached.

Source of the field orders: `orderdecoder.py` of ibapi 9.81.1 and 10.51.1; values of fields that a plain order does not
use: recorded traffic.
"""

from tickring.simulator.wire import replies, versions
from tickring.simulator.wire.number_text import java_double, size_text
from tickring.simulator.wire.text_details import option_part, symbol_part

__all__ = ["open_order_fields", "order_status_fields"]

_UNSET_DOUBLE = "1.7976931348623157E308"


def open_order_fields(reply: replies.OpenOrder, version: int) -> list[str]:
    """Message 5 without its id."""
    return [
        str(reply.order_id),
        *_contract(reply),
        *_terms(reply),
        *_attributes(version),
        *_state(reply, version),
        *_tail(version),
    ]


def order_status_fields(reply: replies.OrderStatus, _version: int) -> list[str]:
    """Message 3 without its id."""
    return [
        str(reply.order_id),
        reply.status,
        size_text(reply.filled),
        size_text(reply.remaining),
        "0",  # avgFillPrice
        str(reply.perm_id),
        "0",  # parentId
        "0",  # lastFillPrice
        str(reply.client_id),
        "",  # whyHeld
        "0",  # mktCapPrice
    ]


def _contract(reply: replies.OpenOrder) -> list[str]:
    contract = reply.contract
    return [
        *symbol_part(contract),
        *option_part(contract),
        contract.multiplier,
        contract.exchange,
        contract.currency,
        contract.local_symbol,
        contract.trading_class,
    ]


def _terms(reply: replies.OpenOrder) -> list[str]:
    """What the order asks for and whose it is, up to permId."""
    return [
        reply.action,
        size_text(reply.quantity),
        "LMT",
        java_double(reply.limit_price),
        "0.0",  # auxPrice
        "GTC",
        "",  # ocaGroup
        reply.account,
        "",  # openClose
        "0",  # origin
        "",  # orderRef
        str(reply.client_id),
        str(reply.perm_id),
    ]


def _attributes(version: int) -> list[str]:
    """From outsideRth to solicited: what a plain order leaves as it is."""
    return [
        *("0", "0", "0", "", ""),  # outsideRth, hidden, discretionaryAmt, goodAfterTime, shares allocation
        *(("", "", "") if version >= versions.FA_PROFILE_DESUPPORT else ("", "", "", "")),  # financial advisor
        "",  # modelCode
        *("", "", "", ""),  # goodTillDate, rule80A, percentOffset, settlingFirm
        *("0", "", "-1"),  # short sale
        "0",  # auctionStrategy
        *("", "", "", "", ""),  # startingPrice, stockRefPrice, delta, stock range
        "",  # displaySize
        *("0", "0", "0", "", "3"),  # blockOrder, sweepToFill, allOrNone, minQty, ocaType
        *("0", "0", ""),  # eTradeOnly, firmQuoteOnly, nbboPriceCap
        *("0", "0"),  # parentId, triggerMethod
        *("", "0", "None", "", "0", "", "", "", "?", "0", "0", "", "0", "0"),  # volatility and delta neutral
        *("", ""),  # trailing
        *("", ""),  # basis points
        *("", "0", "0"),  # combo legs
        "0",  # smart combo routing
        *("", "", ""),  # scale
        "",  # hedge
        "0",  # optOutSmartRouting
        *("", "IB"),  # clearing
        "0",  # notHeld
        "0",  # delta neutral contract
        "",  # algo
        "0",  # solicited
    ]


def _state(reply: replies.OpenOrder, version: int) -> list[str]:
    """From whatIf to the warning."""
    fields = ["0", reply.status]
    fields += [_UNSET_DOUBLE] * 9  # margins before, change, after
    fields += ["", "", "", ""]  # commission
    if version >= versions.FULL_ORDER_PREVIEW_FIELDS:
        fields += ["", *([_UNSET_DOUBLE] * 9), "", "", "0"]  # outside regular hours; suggestedSize, reason, allocations
    return [*fields, ""]


def _tail(version: int) -> list[str]:
    """From the random flags on: what releases have added."""
    fields = [
        *("0", "0"),  # randomizeSize, randomizePrice
        "0",  # conditions
        *("None", _UNSET_DOUBLE, _UNSET_DOUBLE, _UNSET_DOUBLE, _UNSET_DOUBLE, _UNSET_DOUBLE, _UNSET_DOUBLE, "0"),
        *("", "", ""),  # softDollarTier
        *("0", "0", "0", "0", "0"),  # cashQty, hedge price, OMS container, discretionary limit, price management
    ]
    later = (
        (versions.DURATION, ("2147483647",)),
        (versions.POST_TO_ATS, ("2147483647",)),
        (versions.AUTO_CANCEL_PARENT, ("0",)),
        (versions.PEGBEST_PEGMID_OFFSETS, ("", "", "", "", "")),
        (versions.CUSTOMER_ACCOUNT, ("",)),
        (versions.PROFESSIONAL_CUSTOMER, ("0",)),
        (versions.BOND_ACCRUED_INTEREST, ("",)),
        (versions.INCLUDE_OVERNIGHT, ("0",)),
        (versions.CME_TAGGING_FIELDS_IN_OPEN_ORDER, ("", "2147483647")),
        (versions.SUBMITTER, ("",)),
        (versions.IMBALANCE_ONLY, ("0",)),
    )
    for since, more in later:
        if version >= since:
            fields += more
    return fields
