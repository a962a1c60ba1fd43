"""The columns of the table: what each shows, and which of them a terminal has room for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tickring.cli.numbers import age, rate
from tickring.cli.palette import SYMBOL_STYLES, VERDICT_STYLES
from tickring.cli.reasons import REASONS
from tickring.cli.top.feed_look import FeedLook
from tickring.cli.top.selection import Sort
from tickring.cli.top.spans import Line, Span, aligned, fit

__all__ = ["Column", "Columns", "chosen_columns", "row", "titles"]

_SENTENCE_WIDTH = 60  # from here on there is room for a reason in words


@dataclass(frozen=True)
class Column:
    """`show(look, place, width)` returns what stands in one cell and its style."""

    title: str
    width: int
    show: Callable[[FeedLook, int, int], Span]
    is_right: bool = True
    sort: Sort | None = None


@dataclass(frozen=True)
class Columns:
    """Columns beside one another, `gap` cells apart."""

    columns: list[Column]
    gap: int

    @property
    def width(self) -> int:
        """Cells they take together."""
        return sum(column.width for column in self.columns) + self.gap * (len(self.columns) - 1)


def _symbol(look: FeedLook, place: int, _width: int) -> Span:
    quote = look.quotes[place]
    return quote.symbol, SYMBOL_STYLES[quote.verdict]


def _price(name: str) -> Callable[[FeedLook, int, int], Span]:
    def show(look: FeedLook, place: int, _width: int) -> Span:
        quote = look.quotes[place]
        value: float | None = getattr(quote, name)
        text = look.prices.text(quote, value)
        if not quote.is_good:
            return text, "dim"
        before = look.before.get(quote.symbol)
        has_moved = before is not None and getattr(before, name) != value
        return text, "bold" if has_moved else ""

    return show


def _spread(look: FeedLook, place: int, _width: int) -> Span:
    quote = look.quotes[place]
    return look.prices.text(quote, quote.spread), "" if quote.is_good else "dim"


def _age(look: FeedLook, place: int, _width: int) -> Span:
    quote = look.quotes[place]
    return (age(quote.age_s) if quote.sequence else "-"), "dim"


def _vouched(look: FeedLook, place: int, _width: int) -> Span:
    quote = look.quotes[place]
    is_late = quote.vouched_age_s > look.report.vouch_limit_s
    return (age(quote.vouched_age_s) if quote.sequence else "-"), "red" if is_late and quote.sequence else "dim"


def _rate(look: FeedLook, place: int, _width: int) -> Span:
    return rate(look.rates[place]), "dim" if look.rates[place] < 0.05 else ""


def _source(look: FeedLook, place: int, _width: int) -> Span:
    return look.quotes[place].source, "dim"


def _verdict(look: FeedLook, place: int, _width: int) -> Span:
    verdict = look.quotes[place].verdict
    return verdict, VERDICT_STYLES[verdict]


def _reason(look: FeedLook, place: int, width: int) -> Span:
    quote = look.quotes[place]
    if quote.is_good:
        return "", ""
    return (REASONS[quote.reason].why if width >= _SENTENCE_WIDTH else quote.reason), "dim"


_REASON = Column("reason", 17, _reason, is_right=False)
_GIVEN_UP_FIRST = ("source", "reason", "ticks/s", "vouched", "spread", "age", "last")


def chosen_columns(look: FeedLook, places: Sequence[int], width: int) -> Columns:
    """Return the columns for these rows; symbol, bid, ask and verdict are never given up, whatever the width."""
    for place in places:
        look.prices.meet(look.quotes[place])
    longest = max((len(quote.symbol) for quote in look.quotes), default=0)
    price_width = look.prices.width
    columns = [
        Column("symbol", max(7, min(longest, 20, width // 5)), _symbol, is_right=False, sort=Sort.SYMBOL),
        Column("bid", price_width, _price("bid")),
        Column("ask", price_width, _price("ask")),
        Column("last", price_width, _price("last")),
        Column("spread", max(7, price_width - 3), _spread, sort=Sort.SPREAD),
        Column("age", 6, _age, sort=Sort.AGE),
        Column("vouched", 7, _vouched),
        Column("ticks/s", 8, _rate, sort=Sort.RATE),
        Column("source", 11, _source, is_right=False),
        Column("verdict", 9, _verdict, is_right=False, sort=Sort.VERDICT),
        _REASON,
    ]
    for title in _GIVEN_UP_FIRST:
        if Columns(columns, 1).width <= width:
            break
        columns = [column for column in columns if column.title != title]
    gap = 2 if Columns(columns, 2).width <= width else 1
    if columns[-1] is _REASON:
        left = width - Columns(columns, gap).width
        columns[-1] = replace(_REASON, width=_REASON.width + left)
    return Columns(columns, gap)


def titles(columns: Columns, sort: Sort, *, is_reversed: bool, width: int) -> Line:
    """Return the line above the rows; the column of the order is marked."""
    spans: list[Span] = []
    for column in columns.columns:
        is_sorted = column.sort is sort
        mark = ("▲" if is_reversed else "▼") if is_sorted else ""
        title = f"{column.title}{mark}" if len(column.title) < column.width or not mark else column.title
        style = "bold underline" if is_sorted else "dim underline"
        spans += [(aligned(title, column.width, right=column.is_right), style), (" " * columns.gap, "dim underline")]
    spans.append((" " * width, "dim underline"))
    return fit(spans, width)


def row(look: FeedLook, place: int, columns: Columns, width: int) -> Line:
    """Return one symbol's line."""
    spans: list[Span] = []
    for column in columns.columns:
        text, style = column.show(look, place, column.width)
        spans.append((aligned(text, column.width, right=column.is_right), style))
        spans.append((" " * columns.gap, ""))
    return fit(spans[:-1], width)
