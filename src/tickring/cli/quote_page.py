"""One quote in full, for people: may it be trusted, why, what to do, then every number."""

import time

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tickring.cli.numbers import ABSENT, decimals_of, duration, price, size, wall_clock
from tickring.cli.palette import MODE_STYLES, VERDICT_STYLES
from tickring.cli.reasons import REASONS
from tickring.reader import Quote

__all__ = ["print_quote", "verdict_line"]


def verdict_line(quote: Quote) -> Text:
    """Return symbol, verdict and kind of account, coloured."""
    line = Text()
    line.append(quote.symbol, "bold")
    line.append("  ")
    line.append(f" {quote.verdict} ", _badge(VERDICT_STYLES[quote.verdict]))
    line.append("  ")
    line.append(f" {quote.api_mode} ", MODE_STYLES[quote.api_mode])
    if quote.is_halted:
        line.append("  ")
        line.append(" halted ", "bold white on red")
    return line


def _badge(style: str) -> str:
    return style if " on " in style else f"{style} reverse"


def print_quote(console: Console, quote: Quote, vouch_limit_s: float) -> None:
    """Print the quote; `vouch_limit_s` is the segment's limit, shown beside the age it limits."""
    words = REASONS[quote.reason]
    console.print(verdict_line(quote))
    console.print(Text(f"{words.why} {words.do}"))
    if quote.sequence == 0:
        return  # nothing was ever written for it here, or nothing of it may be shown
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for left, value, right, other in (*_prices(quote), *_evidence(quote, vouch_limit_s)):
        table.add_row(f"  {left}", value, right, other)
    console.print(table)


def _prices(quote: Quote) -> list[tuple[str, Text | str, str, Text | str]]:
    decimals = decimals_of(quote.bid, quote.ask, quote.last)
    bid, ask, last = _sides(quote, decimals)
    spread, mid = quote.spread, quote.mid
    usable = "" if quote.is_good else "dim"
    points = f"  ({spread / mid * 1e4:.1f} bp)" if spread is not None and mid else ""
    return [
        ("bid", bid, "spread", Text(price(spread, decimals) + points, usable)),
        ("ask", ask, "mid", Text(price(mid, decimals_of(quote.bid, quote.ask, mid)), usable)),
        ("last", last, "volume", size(quote.volume)),
        ("open", price(quote.open, decimals), "high", price(quote.high, decimals)),
        ("close", price(quote.close, decimals), "low", price(quote.low, decimals)),
    ]


def _sides(quote: Quote, decimals: int) -> list[Text]:
    """Price x size of bid, ask and last under one another; dim where they are not to be used."""
    prices = [price(value, decimals) for value in (quote.bid, quote.ask, quote.last)]
    sizes = [size(value) for value in (quote.bid_size, quote.ask_size, quote.last_size)]
    price_width, size_width = max(map(len, prices)), max(map(len, sizes))
    return [
        Text(f"{value:>{price_width}} x {number:>{size_width}}", "bold" if quote.is_good else "dim")
        for value, number in zip(prices, sizes, strict=True)
    ]


def _trade_time(last_trade_s: int | None) -> str:
    return ABSENT if last_trade_s is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(last_trade_s))


def _evidence(quote: Quote, vouch_limit_s: float) -> list[tuple[str, str, str, str]]:
    vouched = f"{duration(quote.vouched_age_s)} ago" if quote.vouched_ns > 0 else "never"
    return [
        ("changed", f"{duration(quote.age_s)} ago", "received", wall_clock(quote.ts_recv_ns, with_date=True)),
        ("vouched", f"{vouched}, limit {vouch_limit_s:g} s", "last trade", _trade_time(quote.last_trade_s)),
        ("source", f"{quote.source}, {quote.data_type}", "sequence", f"{quote.sequence:,}"),
        ("state", quote.state, "epoch", f"{quote.epoch}"),
        ("reason", quote.reason, "slot", f"{quote.slot}, generation {quote.generation}"),
        ("", "", "segment", quote.segment_id),
    ]
