"""Quotes that can be checked from their values alone: by symbol, by epoch, and whether they were copied whole.

Every value of a quote is derived from its bid, and the bid says whose it is: symbol number, epoch of the writer, count.
All are whole numbers or quarters far below 2^53, so that doubles hold them exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickring.reader import Quote

_EPOCH_BITS = 12
_COUNT_BITS = 28


def symbol_of(number: int) -> str:
    """Return the name of symbol `number`, which counts from 1."""
    return f"SYM{number}"


def number_of(symbol: str) -> int:
    """Return the number of a symbol that `symbol_of` has named."""
    return int(symbol.removeprefix("SYM"))


def bid_of(number: int, epoch: int, count: int) -> int:
    """Return the bid that says all this."""
    return (number << _EPOCH_BITS | epoch % (1 << _EPOCH_BITS)) << _COUNT_BITS | count % (1 << _COUNT_BITS)


def pairs_of(bid: int) -> tuple[str | float, ...]:
    """Return field, value, ... of the quote with this bid, as `SegmentWriter.tick` takes them."""
    # fmt: off
    return (
        "bid", bid, "ask", bid + 1, "last", bid + 0.5, "bid_size", 2 * bid, "ask_size", 2 * bid + 1,
        "last_size", 3 * bid, "volume", 4 * bid, "close", bid - 1, "open", bid - 2, "high", bid + 2, "low", bid - 3,
    )
    # fmt: on


def narrow_pairs_of(bid: int) -> tuple[str | float, ...]:
    """Return a quote of two values only, as far apart in the record as can be: quicker to write at full speed."""
    return ("bid", bid, "low", bid - 3)


def check_whole(quote: Quote, number: int) -> None:
    """Fail if a quote was put together from two, or belongs to another symbol; one without values is whole."""
    values = {str(name): getattr(quote, str(name)) for name in _NAMES}
    present = {name: value for name, value in values.items() if value is not None}
    if not present:
        return
    assert quote.bid is not None, f"a torn quote of symbol {number}: {present}"
    bid = int(quote.bid)
    pairs = pairs_of(bid) if len(present) > 2 else narrow_pairs_of(bid)
    assert present == dict(zip(pairs[::2], pairs[1::2], strict=True)), f"a torn quote of symbol {number}: {present}"
    assert bid >> _COUNT_BITS + _EPOCH_BITS == number, f"symbol {number} shows a quote of another: {quote!r}"


_NAMES = pairs_of(0)[::2]


def epoch_in(quote: Quote) -> int:
    """Return the epoch (its low bits) in which these values were received."""
    assert quote.bid is not None
    return int(quote.bid) >> _COUNT_BITS & (1 << _EPOCH_BITS) - 1


def same_epoch(one: int, other: int) -> bool:
    """Whether two epochs are the same in the bits that a bid holds."""
    return (one - other) % (1 << _EPOCH_BITS) == 0
