"""Which calendar a contract goes by: IB's exchange codes, and currencies where a contract has no exchange of its own.

Data and one lookup. The codes are IB's: TSE is Toronto, TSEJ is Tokyo; OSE is Oslo. Where nothing fits the answer is an
error and never the calendar of another market.
"""

from collections.abc import Mapping

from tickring.errors import NoCalendar

__all__ = ["ALWAYS", "CALENDAR_OF_CURRENCY", "CALENDAR_OF_EXCHANGE", "FX", "calendar_of"]

FX = "FX"
"""Currencies around the clock, weeks bounded by 17:00 in New York."""
ALWAYS = "24/7"
"""Never closed."""

_EXCHANGES = {
    "XNYS": (
        "NASDAQ NASDAQ.NMS NASDAQ.SCM NASDAQ.GM ISLAND NYSE NYSENAT AMEX ARCA BATS BYX EDGEA DRCTEDGE EDGX IEX MEMX "
        "PEARL LTSE PSX BEX CHX CBOE PINK OTCBB ARCAEDGE"
    ),
    "XTSE": "TSE VENTURE PURE ALPHA CHIXCAN AEQLIT AEQNEO OMEGA",
    "XMEX": "MEXI",
    "BVMF": "BOVESPA",
    "XLON": "LSE LSEETF LSEIOB1 LSEIOB2 BATEUK CHIXUK TRQXUK",
    "XETR": "IBIS IBIS2 XETRA",
    "XFRA": "FWB FWB2",
    "XSTU": "SWB SWB2",
    "XPAR": "SBF",
    "XAMS": "AEB",
    "XBRU": "ENEXT.BE",
    "XLIS": "BVL",
    "XMIL": "BVME BVME.ETF",
    "XMAD": "BM",
    "XSWX": "EBS SWX VIRTX",
    "XWBO": "VSE",
    "XCSE": "CPH",
    "XSTO": "SFB",
    "XOSL": "OSE",
    "XHEL": "HEX",
    "XWAR": "WSE",
    "XBUD": "BUX",
    "XPRA": "PRA",
    "XTAE": "TASE",
    "XHKG": "SEHK",
    "XTKS": "TSEJ CHIXJ JPNNEXT",
    "XSES": "SGX",
    "XKRX": "KSE",
    "XTAI": "TWSE",
    "XBOM": "NSE BSE",
    "XASX": "ASX CHIXAU ASXCEN",
    "CMES": "CME GLOBEX CBOT ECBOT NYMEX COMEX",
    "XCBF": "CFE",
    "IEPA": "NYBOT IPE",
    "XEUR": "EUREX DTB",
    FX: "IDEALPRO IDEAL FXCONV",
    ALWAYS: "PAXOS ZEROHASH",
}
CALENDAR_OF_EXCHANGE: Mapping[str, str] = {
    code: calendar for calendar, codes in _EXCHANGES.items() for code in codes.split()
}
CALENDAR_OF_CURRENCY: Mapping[str, str] = {
    "USD": "XNYS",
    "CAD": "XTSE",
    "MXN": "XMEX",
    "BRL": "BVMF",
    "GBP": "XLON",
    "CHF": "XSWX",
    "DKK": "XCSE",
    "SEK": "XSTO",
    "NOK": "XOSL",
    "PLN": "XWAR",
    "HUF": "XBUD",
    "CZK": "XPRA",
    "ILS": "XTAE",
    "HKD": "XHKG",
    "JPY": "XTKS",
    "SGD": "XSES",
    "KRW": "XKRX",
    "TWD": "XTAI",
    "INR": "XBOM",
    "AUD": "XASX",
}
"""For contracts over SMART without a primary exchange. The euro has many exchanges and stands for none."""
_ROUTERS = {"", "SMART", "BEST", "IBKRATS", "IBEOS", "OVERNIGHT"}
_CALENDAR_OF_TYPE = {"CASH": FX, "CRYPTO": ALWAYS}


def calendar_of(
    *,
    exchange: str = "",
    primary_exchange: str = "",
    currency: str = "USD",
    sec_type: str = "STK",
    overrides: Mapping[str, str] | None = None,
) -> str:
    """Return the calendar: by the primary exchange, else by the exchange, else (over SMART) by the currency.

    `overrides`: exchange to calendar, stronger than what stands here.

    Raises:
        NoCalendar: none is known; the message names what to set.
    """
    known = {**CALENDAR_OF_EXCHANGE, **(overrides or {})}
    if sec_type in _CALENDAR_OF_TYPE:
        return _CALENDAR_OF_TYPE[sec_type]
    for code in (primary_exchange, exchange):
        if code not in _ROUTERS:
            if code in known:
                return known[code]
            raise NoCalendar(
                f"exchange {code!r} has no calendar here: name one in sessions.calendars, {code}=XNYS or another",
                code,
            )
    if currency in CALENDAR_OF_CURRENCY:
        return CALENDAR_OF_CURRENCY[currency]
    raise NoCalendar(
        f"{exchange or 'SMART'} in {currency} may be one of several markets: set the contract's primary_exchange",
        currency,
    )
