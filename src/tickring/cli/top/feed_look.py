"""One look at the whole feed: the header page, every quote, what has happened since the look before.

A `FeedWatch` takes the looks. It binds all symbols once and again only when the directory has changed, so a look at
500 symbols costs some hundred microseconds and numpy is not needed.
"""

from collections import Counter
from dataclasses import dataclass

from tickring.cli.segment_report import SegmentReport, read_segment
from tickring.cli.top.price_memory import PriceMemory
from tickring.cli.top.rates import RateMeter
from tickring.reader import Batch, Quote, QuoteReader, Verdict

__all__ = ["FeedLook", "FeedWatch"]


@dataclass(frozen=True)
class FeedLook:
    """What one frame shows. Quotes are in the order of their symbols."""

    report: SegmentReport
    quotes: list[Quote]
    before: dict[str, Quote]
    """The quotes of the look before, to show what has moved."""
    rates: list[float]
    """Ticks per second, one per quote."""
    counts: Counter[Verdict]
    total_rate: float
    prices: PriceMemory
    """Shared by all looks of one watch."""


class FeedWatch:
    """Takes looks at one reader's feed, through restarts of the feeder and replacements of the segment."""

    def __init__(self, reader: QuoteReader) -> None:
        self._reader = reader
        self._bound_to: tuple[str, int] | None = None
        self._batch: Batch | None = None
        self._rates = RateMeter()
        self._before: dict[str, Quote] = {}
        self._prices = PriceMemory()

    def look(self, now_s: float) -> FeedLook:
        """Return the present look; `now_s` is monotonic and measures the rates."""
        report = read_segment(self._reader)  # first: it moves the reader to a newer segment if there is one
        quotes = self._read(report)
        rates = self._rates.update(quotes, now_s)
        before, self._before = self._before, {quote.symbol: quote for quote in quotes}
        counts = Counter(quote.verdict for quote in quotes)
        return FeedLook(report, quotes, before, rates, counts, sum(rates), self._prices)

    def _read(self, report: SegmentReport) -> list[Quote]:
        # The version is older than the symbols read after it: a change in between is noticed at the next look.
        now_at = report.segment_id, report.directory_version
        if now_at != self._bound_to:
            symbols = self._reader.symbols()
            self._batch = self._reader.batch(symbols) if symbols else None
            self._bound_to = now_at
        return [] if self._batch is None else self._batch.read()
