"""Server versions: which are spoken, and from which on a message changes.

Named as in the client libraries, without their prefix. Source: `server_versions.py` of ibapi 9.81.1 and 10.51.1;
changes of units: recorded traffic.
"""

from typing import Final

__all__ = [
    "ADD_Z_SUFFIX_TO_UTC_DATE_TIME",
    "ADVANCED_ORDER_REJECT",
    "AUTO_CANCEL_PARENT",
    "BOND_ACCRUED_INTEREST",
    "BOND_ISSUERID",
    "CANCEL_CONTRACT_DATA",
    "CME_TAGGING_FIELDS",
    "CME_TAGGING_FIELDS_IN_OPEN_ORDER",
    "CURRENT_TIME_IN_MILLIS",
    "CUSTOMER_ACCOUNT",
    "DURATION",
    "ERROR_TIME",
    "FA_PROFILE_DESUPPORT",
    "FRACTIONAL_LAST_SIZE",
    "FRACTIONAL_SIZE_SUPPORT",
    "FULL_ORDER_PREVIEW_FIELDS",
    "HIGHEST",
    "HISTORICAL_DATA_END",
    "HMDS_MARKET_DATA_IN_SHARES",
    "IMBALANCE_ONLY",
    "INCLUDE_OVERNIGHT",
    "INELIGIBILITY_REASONS",
    "INSTRUMENT_TIMEZONE",
    "LAST_TRADE_DATE",
    "LOWEST",
    "MANUAL_ORDER_TIME",
    "MARKET_DATA_IN_SHARES",
    "MARKET_DATA_VOLUMES_IN_SHARES",
    "ODD_LOT_BID_ASK_QUOTES",
    "PARAMETRIZED_DAYS_OF_EXECUTIONS",
    "PEGBEST_PEGMID_OFFSETS",
    "POST_TO_ATS",
    "PROFESSIONAL_CUSTOMER",
    "PROTOBUF",
    "PROTOBUF_ACCOUNTS_POSITIONS",
    "PROTOBUF_COMPLETED_ORDER",
    "PROTOBUF_CONTRACT_DATA",
    "PROTOBUF_HISTORICAL_DATA",
    "PROTOBUF_MARKET_DATA",
    "PROTOBUF_PLACE_ORDER",
    "PROTOBUF_REST_MESSAGES_2",
    "PROTOBUF_REST_MESSAGES_3",
    "SIZE_RULES",
    "SUBMITTER",
    "ZERO_STRIKE",
    "negotiate",
]

LOWEST: Final = 157
"""All that ibapi 9.81.1 knows; older clients are refused."""
HIGHEST: Final = 226
"""What ibapi-latest 10.51.1 asks for."""

DURATION: Final = 158
MARKET_DATA_IN_SHARES: Final = 159
"""Bid, ask and last sizes of US stocks in shares, not in round lots of 100."""
POST_TO_ATS: Final = 160
AUTO_CANCEL_PARENT: Final = 162
FRACTIONAL_SIZE_SUPPORT: Final = 163
SIZE_RULES: Final = 164
ADVANCED_ORDER_REJECT: Final = 166
MANUAL_ORDER_TIME: Final = 169
PEGBEST_PEGMID_OFFSETS: Final = 170
INSTRUMENT_TIMEZONE: Final = 174
"""Times in texts carry a zone name."""
HMDS_MARKET_DATA_IN_SHARES: Final = 175
"""Historical volumes in shares, not in hundreds."""
BOND_ISSUERID: Final = 176
FA_PROFILE_DESUPPORT: Final = 177
LAST_TRADE_DATE: Final = 182
CUSTOMER_ACCOUNT: Final = 183
PROFESSIONAL_CUSTOMER: Final = 184
BOND_ACCRUED_INTEREST: Final = 185
INELIGIBILITY_REASONS: Final = 186
INCLUDE_OVERNIGHT: Final = 189
CME_TAGGING_FIELDS: Final = 192
CME_TAGGING_FIELDS_IN_OPEN_ORDER: Final = 193
ERROR_TIME: Final = 194
FULL_ORDER_PREVIEW_FIELDS: Final = 195
HISTORICAL_DATA_END: Final = 196
CURRENT_TIME_IN_MILLIS: Final = 197
SUBMITTER: Final = 198
IMBALANCE_ONLY: Final = 199
PARAMETRIZED_DAYS_OF_EXECUTIONS: Final = 200
PROTOBUF: Final = 201
"""Message ids as raw 4-byte integers; the first messages as protobuf."""
ZERO_STRIKE: Final = 202
PROTOBUF_PLACE_ORDER: Final = 203
PROTOBUF_COMPLETED_ORDER: Final = 204
PROTOBUF_CONTRACT_DATA: Final = 205
PROTOBUF_MARKET_DATA: Final = 206
PROTOBUF_ACCOUNTS_POSITIONS: Final = 207
PROTOBUF_HISTORICAL_DATA: Final = 208
PROTOBUF_REST_MESSAGES_2: Final = 212
PROTOBUF_REST_MESSAGES_3: Final = 213
CANCEL_CONTRACT_DATA: Final = 215
ADD_Z_SUFFIX_TO_UTC_DATE_TIME: Final = 214
MARKET_DATA_VOLUMES_IN_SHARES: Final = 220
"""Volume ticks (8, 74) in shares, not in hundreds."""
FRACTIONAL_LAST_SIZE: Final = 222
ODD_LOT_BID_ASK_QUOTES: Final = 225


def negotiate(min_version: int, max_version: int, server_max_version: int = HIGHEST) -> int | None:
    """Return the version of a session, or None when client and server have none in common.

    As real servers do: the lower of both maxima.
    """
    version = min(max_version, server_max_version)
    return version if version >= max(min_version, LOWEST) else None
