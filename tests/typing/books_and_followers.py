"""What the types of batches, valuations and followers are; checked, never run."""

from __future__ import annotations

from array import array
from typing import assert_type

from tickring.errors import UnpricedPositions
from tickring.reader import Batch, Follow, Quote, QuoteReader, Unpriced, Valuation
from tickring.verdict import Reason, Verdict


def valuing(reader: QuoteReader) -> float:
    """A book is valued from any sequence or buffer of numbers."""
    batch = reader.batch(["SPY", "QQQ"])
    assert_type(batch, Batch)
    assert_type(batch.symbols, tuple[str, ...])
    assert_type(len(batch), int)
    assert_type(batch.read(), list[Quote])
    assert_type(batch.value([1, -2.5]), Valuation)
    assert_type(batch.value((1.0, 2.0), side="mid", accept={Verdict.CLOSED}, max_age_s=2), Valuation)
    assert_type(batch.value(array("d", [1.0, 2.0]), out=array("d", [0.0, 0.0])), Valuation)
    assert_type(batch.value(memoryview(array("d", [1.0, 2.0])), out=bytearray(16)), Valuation)
    batch.value([1.0, 2.0], side="bid")  # type: ignore[arg-type]
    batch.value([1.0, 2.0], accept=["live"])  # type: ignore[list-item]
    batch.value(["1", "2"])  # type: ignore[list-item]
    batch.value([1.0, 2.0], out=[0.0, 0.0])  # type: ignore[arg-type]
    try:
        return batch.value([1.0, 2.0]).total
    except UnpricedPositions as error:
        assert_type(error.unpriced, tuple[object, ...])
        raise


def the_valuation(valuation: Valuation) -> None:
    """A total that may raise, and the positions without a price."""
    assert_type(valuation.total, float)
    assert_type(valuation.priced_total, float)
    assert_type(valuation.is_complete, bool)
    assert_type(valuation.unpriced, tuple[Unpriced, ...])
    for row in valuation.unpriced:
        assert_type(row.symbol, str)
        assert_type(row.verdict, Verdict)
        assert_type(row.reason, Reason)


def following(reader: QuoteReader) -> None:
    """Iterating gives a quote and how many were missed before it."""
    follow = reader.follow(["SPY", "QQQ"], timeout_s=1)
    assert_type(follow, Follow)
    for quote, missed in follow:
        assert_type(quote, Quote)
        assert_type(missed, int)
    assert_type(follow.take(), list[tuple[Quote, int]])
    assert_type(next(follow), tuple[Quote, int])
    assert_type(follow.missed, int)
    reader.follow([7])  # type: ignore[list-item]


async def following_in_asyncio(reader: QuoteReader) -> None:
    """And so does `async for`."""
    async for quote, missed in reader.follow(["SPY"]):
        assert_type(quote, Quote)
        assert_type(missed, int)
    assert_type(await anext(reader.follow(["SPY"])), tuple[Quote, int])
