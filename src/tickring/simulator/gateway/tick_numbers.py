"""IB's tick numbers that the simulator sends, and their delayed twins. Source: IB's tick type list, ibapi 10.51.1."""

from typing import Final

__all__ = [
    "ASK",
    "ASK_EXCHANGE",
    "ASK_SIZE",
    "BID",
    "BID_EXCHANGE",
    "BID_SIZE",
    "CLOSE",
    "DELAYED",
    "GENERIC_RT_VOLUME",
    "GENERIC_SHORTABLE",
    "HALTED",
    "HIGH",
    "LAST",
    "LAST_EXCHANGE",
    "LAST_SIZE",
    "LAST_TIMESTAMP",
    "LIVE",
    "LOW",
    "OPEN",
    "RT_VOLUME",
    "SHORTABLE",
    "SHORTABLE_SHARES",
    "VOLUME",
]

BID_SIZE: Final = 0
BID: Final = 1
ASK: Final = 2
ASK_SIZE: Final = 3
LAST: Final = 4
LAST_SIZE: Final = 5
HIGH: Final = 6
LOW: Final = 7
VOLUME: Final = 8
CLOSE: Final = 9
OPEN: Final = 14
BID_EXCHANGE: Final = 32
ASK_EXCHANGE: Final = 33
LAST_TIMESTAMP: Final = 45
SHORTABLE: Final = 46
RT_VOLUME: Final = 48
HALTED: Final = 49
LAST_EXCHANGE: Final = 84
SHORTABLE_SHARES: Final = 89

GENERIC_RT_VOLUME: Final = 233
"""Requested number, which brings RT_VOLUME."""
GENERIC_SHORTABLE: Final = 236
"""Requested number, which brings SHORTABLE and SHORTABLE_SHARES."""

LIVE: Final = {
    number: number
    for number in (
        *(BID_SIZE, BID, ASK, ASK_SIZE, LAST, LAST_SIZE, HIGH, LOW, VOLUME, CLOSE, OPEN),
        *(BID_EXCHANGE, ASK_EXCHANGE, LAST_TIMESTAMP, SHORTABLE, RT_VOLUME, HALTED, LAST_EXCHANGE, SHORTABLE_SHARES),
    )
}
"""Live data comes under its own numbers."""

DELAYED: Final = {
    BID: 66,
    ASK: 67,
    LAST: 68,
    BID_SIZE: 69,
    ASK_SIZE: 70,
    LAST_SIZE: 71,
    HIGH: 72,
    LOW: 73,
    VOLUME: 74,
    CLOSE: 75,
    OPEN: 76,
    LAST_TIMESTAMP: 88,
    HALTED: 90,
}
"""Delayed data comes under other numbers; ticks without a twin here are not sent delayed."""
