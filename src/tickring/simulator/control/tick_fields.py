"""Words for IB's tick numbers, delayed ones included."""

__all__ = ["FIELD_WORDS", "field_word"]

FIELD_WORDS = {
    0: "bid_size",
    1: "bid",
    2: "ask",
    3: "ask_size",
    4: "last",
    5: "last_size",
    6: "high",
    7: "low",
    8: "volume",
    9: "close",
    14: "open",
    32: "bid_exchange",
    33: "ask_exchange",
    37: "mark_price",
    45: "last_timestamp",
    46: "shortable",
    48: "rt_volume",
    49: "halted",
    66: "delayed_bid",
    67: "delayed_ask",
    68: "delayed_last",
    69: "delayed_bid_size",
    70: "delayed_ask_size",
    71: "delayed_last_size",
    72: "delayed_high",
    73: "delayed_low",
    74: "delayed_volume",
    75: "delayed_close",
    76: "delayed_open",
    84: "last_exchange",
    88: "delayed_last_timestamp",
    89: "shortable_shares",
    90: "delayed_halted",
}
"""Word by tick number. Source: TWS API, "Available Tick Types"; ibapi 10.51.1, ticktype."""


def field_word(tick_type: int) -> str:
    """Return the word of a tick number, `tick_<number>` for one without."""
    return FIELD_WORDS.get(tick_type, f"tick_{tick_type}")
