"""Which symbols are shown, and in which order."""

from enum import StrEnum

from tickring.cli.top.feed_look import FeedLook
from tickring.reader import Quote, Verdict

__all__ = ["Sort", "selected"]

_BADNESS = {
    verdict: 0 if verdict in {Verdict.LIVE, Verdict.QUIET} else number for number, verdict in enumerate(Verdict)
}


class Sort(StrEnum):
    """By what the rows are sorted, in the order in which the key goes through them."""

    VERDICT = "verdict"
    """The worst first; the good ones by symbol, so that a name going quiet does not move the table."""
    SYMBOL = "symbol"
    AGE = "age"
    """Unchanged for longest first."""
    SPREAD = "spread"
    """The widest first, as a share of the price."""
    RATE = "rate"
    """The busiest first."""

    def next(self) -> "Sort":
        """Return the one after this."""
        every = list(Sort)
        return every[(every.index(self) + 1) % len(every)]


def selected(look: FeedLook, sort: Sort, *, is_reversed: bool, needle: str, bad_only: bool) -> list[int]:
    """Return the places in `look.quotes` to show, in order. Values that are absent come last either way."""
    wanted = needle.casefold()
    places = [
        place
        for place, quote in enumerate(look.quotes)
        if not (bad_only and quote.is_good) and (not wanted or wanted in quote.symbol.casefold())
    ]
    if sort is Sort.SYMBOL:
        return places[::-1] if is_reversed else places
    keys = {place: _key(look, place, sort) for place in places}
    absent = [place for place in places if keys[place] is None]
    # Sorting is stable, also in reverse: equals stay in the order of their symbols.
    present = sorted(
        (place for place in places if keys[place] is not None),
        key=lambda place: keys[place] or 0.0,
        reverse=not is_reversed,
    )
    return present + absent


def _key(look: FeedLook, place: int, sort: Sort) -> float | None:
    quote = look.quotes[place]
    match sort:
        case Sort.VERDICT:
            return _BADNESS[quote.verdict]
        case Sort.AGE:
            return quote.age_s if quote.sequence else None
        case Sort.SPREAD:
            return _relative_spread(quote)
        case _:
            return look.rates[place]


def _relative_spread(quote: Quote) -> float | None:
    spread, mid = quote.spread, quote.mid
    return spread / abs(mid) if spread is not None and mid else None
