"""IB's tick numbers and the fields of a quote. Source: IB's tick types; ibapi 9.81.1 to 10.51.1, ticktype.

Units of US stocks: sizes are round lots of 100 up to server version 158 and shares from 159; volumes are hundreds up to
219 and shares from 220 (ibapi 10.51.1, server_versions; recorded traffic). Everything leaves here in shares.
"""

from typing import Final

from tickring.states import Field

__all__ = ["DELAYED_TYPES", "HALTED", "LAST_TIMESTAMP", "PRICES", "SIDES", "SIZES", "SIZE_OF_PRICE", "shares_per_unit"]

PRICES: Final = {
    1: Field.BID,
    2: Field.ASK,
    4: Field.LAST,
    6: Field.HIGH,
    7: Field.LOW,
    9: Field.CLOSE,
    14: Field.OPEN,
    66: Field.BID,
    67: Field.ASK,
    68: Field.LAST,
    72: Field.HIGH,
    73: Field.LOW,
    75: Field.CLOSE,
    76: Field.OPEN,
}
SIZES: Final = {
    0: Field.BID_SIZE,
    3: Field.ASK_SIZE,
    5: Field.LAST_SIZE,
    8: Field.VOLUME,
    69: Field.BID_SIZE,
    70: Field.ASK_SIZE,
    71: Field.LAST_SIZE,
    74: Field.VOLUME,
}
SIZE_OF_PRICE: Final = {1: 0, 2: 3, 4: 5, 66: 69, 67: 70, 68: 71}
"""By the number of a price: the number of the size that its message carries."""
SIDES: Final = frozenset({Field.BID, Field.ASK, Field.LAST})
"""What a quote is priced by; yesterday's close or the day's high alone is no price."""
LAST_TIMESTAMP: Final = frozenset({45, 88})
HALTED: Final = frozenset({49, 90})
DELAYED_TYPES: Final = frozenset({66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 88, 90})

_SIZES_IN_SHARES = 159
_VOLUMES_IN_SHARES = 220


def shares_per_unit(server_version: int) -> dict[int, float]:
    """Return, by tick number, how many shares one unit of a size is."""
    lot = 1.0 if server_version >= _SIZES_IN_SHARES else 100.0
    volume = 1.0 if server_version >= _VOLUMES_IN_SHARES else 100.0
    return {number: volume if field is Field.VOLUME else lot for number, field in SIZES.items()}
