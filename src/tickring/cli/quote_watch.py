"""Follow quotes record by record, one line each, until Ctrl-C or a number of records."""

import time
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from tickring.cli.numbers import decimals_of, price, size, wall_clock
from tickring.cli.output import print_json
from tickring.cli.palette import VERDICT_STYLES
from tickring.cli.reasons import REASONS
from tickring.reader import Quote, QuoteReader, Verdict

__all__ = ["watch_as_json", "watch_for_people"]


def watch_as_json(reader: QuoteReader, symbols: Sequence[str], count: int) -> bool:
    """Print one object a line: the quote and `missed`; return whether the last of every symbol was good."""
    return _watch(reader, symbols, count, lambda quote, missed: print_json({**quote.to_dict(), "missed": missed}))


def watch_for_people(console: Console, reader: QuoteReader, symbols: Sequence[str], count: int) -> bool:
    """Print one line a record, and the reason in words when a verdict changes; return as `watch_as_json`."""
    page = _WatchPage(console, max(len(symbol) for symbol in symbols))
    return _watch(reader, symbols, count, page.add)


def _watch(reader: QuoteReader, symbols: Sequence[str], count: int, show: Callable[[Quote, int], None]) -> bool:
    is_good: dict[str, bool] = {}
    try:
        for shown, (quote, missed) in enumerate(reader.follow(symbols), start=1):
            show(quote, missed)
            if quote.verdict is not Verdict.PAST:
                is_good[quote.symbol] = quote.is_good
            if shown == count:
                break
    except KeyboardInterrupt:  # how a watch ends
        pass
    return all(is_good.values())


class _WatchPage:
    """Lines under one another; a symbol's prices keep their decimals."""

    def __init__(self, console: Console, symbol_width: int) -> None:
        self._console = console
        self._symbol_width = symbol_width
        self._decimals: dict[str, int] = {}
        self._told: dict[str, Quote] = {}

    def add(self, quote: Quote, missed: int) -> None:
        """Print the record; if only its verdict has changed since it was printed, say so with the present time."""
        before = self._told.get(quote.symbol)
        is_new = before is None or before.sequence != quote.sequence or before.segment_id != quote.segment_id
        if missed:
            self._explain(f"{missed:,} records of {quote.symbol} missed", "yellow")
        self._console.print(self._line(quote, is_new), soft_wrap=True)
        if quote.verdict is Verdict.PAST:
            return
        self._told[quote.symbol] = quote
        if before is None or before.reason is not quote.reason:
            words = REASONS[quote.reason]
            self._explain(f"{words.why} {words.do}", "dim")

    def _explain(self, text: str, style: str) -> None:
        self._console.print(Padding(Text(text, style), (0, 0, 0, 14), expand=False))

    def _line(self, quote: Quote, is_new: bool) -> Text:
        values = (quote.bid, quote.ask, quote.last)
        decimals = max(self._decimals.get(quote.symbol, 2), decimals_of(*values))
        self._decimals[quote.symbol] = decimals
        line = Text(f"{wall_clock(quote.ts_recv_ns if is_new else time.time_ns()):<12}  ")
        line.append(f"{quote.symbol:<{self._symbol_width}}  ", "bold")
        line.append(f"{quote.verdict:<9}", VERDICT_STYLES[quote.verdict])
        bid, ask, last = (price(value, decimals) for value in values)
        line.append(f"  {size(quote.bid_size):>7} ", "dim")
        line.append(f" {bid:>9} / {ask:<9} ", "bold" if quote.is_good else "dim")
        line.append(f" {size(quote.ask_size):<7}", "dim")
        line.append(f"  last {last:>9}")
        line.append(f"  #{quote.sequence}", "dim")
        if not is_new:
            line.append("  no new record", "yellow")
        elif quote.is_state_only:
            line.append(f"  state only: {quote.state}", "yellow")
        return line
