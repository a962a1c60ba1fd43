"""The texts of the gateway's errors and notices. Clients decide by code; the wording follows what users report."""

__all__ = ["error_text"]

_TEXTS = {
    101: "Max number of tickers has been reached",
    200: "No security definition has been found for the request",
    300: "Can't find EId with tickerId:{detail}",
    321: "Error validating request.-'{detail}'",
    322: "Error processing request.-'Duplicate ticker id' : cause - Duplicate ticker id",
    326: "Unable to connect as the client id is already in use. Retry with a unique client id.",
    354: "Requested market data is not subscribed. Delayed market data is available.",
    366: "No historical data query found for ticker id:{detail}",
    1100: "Connectivity between IBKR and Trader Workstation has been lost.",
    1101: "Connectivity between IBKR and Trader Workstation has been restored - data lost.",
    1102: "Connectivity between IBKR and Trader Workstation has been restored - data maintained.",
    2103: "Market data farm connection is broken:{detail}",
    2104: "Market data farm connection is OK:{detail}",
    2105: "HMDS data farm connection is broken:{detail}",
    2106: "HMDS data farm connection is OK:{detail}",
    2107: "HMDS data farm connection is inactive but should be available upon demand.{detail}",
    2108: "Market data farm connection is inactive but should be available upon demand.{detail}",
    2110: "Connectivity between Trader Workstation and server is broken. It will be restored automatically.",
    2119: "Market data farm is connecting:{detail}",
    2157: "Sec-def data farm connection is broken:{detail}",
    2158: "Sec-def data farm connection is OK:{detail}",
    10089: "Requested market data requires additional subscription for API. Delayed market data is available.{detail}",
    10090: "Part of requested market data is not subscribed. Subscription-independent ticks are still active.{detail}",
    10091: "Part of requested market data requires additional subscription for API.{detail}",
    10167: "Requested market data is not subscribed. Displaying delayed market data.",
    10168: "Requested market data is not subscribed. Delayed market data is not enabled.",
    10186: "Requested market data is not subscribed. Delayed market data is not enabled",
    10197: "No market data during competing live session",
}


def error_text(code: int, detail: str = "") -> str:
    """Return the text of a code; a code without a text of its own says its number."""
    return _TEXTS.get(code, "Error {code}{detail}").format(code=code, detail=detail)
