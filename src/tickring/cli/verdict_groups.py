"""Count the quotes of a segment by verdict and reason, the worst first."""

from collections.abc import Iterable

import msgspec

from tickring.reader import GOOD, ApiMode, Quote, Reason, Verdict

__all__ = ["ReasonGroup", "VerdictGroup", "VerdictReport", "count_verdicts"]

_BADNESS = {verdict: number for number, verdict in enumerate(Verdict)}


class ReasonGroup(msgspec.Struct, frozen=True):
    """Symbols with one reason, the first of them by name."""

    reason: Reason
    count: int
    examples: list[str]


class VerdictGroup(msgspec.Struct, frozen=True):
    """Symbols with one verdict, by reason, the most frequent first."""

    verdict: Verdict
    is_good: bool
    count: int
    reasons: list[ReasonGroup]


class VerdictReport(msgspec.Struct, frozen=True):
    """What `tickring verdicts --json` prints."""

    path: str
    api_mode: ApiMode
    """What the operator configured."""
    gateway_api_mode: ApiMode
    """What the gateway's accounts say."""
    feed_fault: str | None
    """Why the feed as a whole is not good."""
    symbols: int
    good: int
    verdicts: list[VerdictGroup]


def count_verdicts(quotes: Iterable[Quote], examples: int) -> list[VerdictGroup]:
    """Return one group a verdict that occurs, the worst first, with up to `examples` symbols a reason."""
    symbols: dict[Verdict, dict[Reason, list[str]]] = {}
    for quote in quotes:
        symbols.setdefault(quote.verdict, {}).setdefault(quote.reason, []).append(quote.symbol)
    return [
        VerdictGroup(
            verdict=verdict,
            is_good=verdict in GOOD,
            count=sum(map(len, symbols[verdict].values())),
            reasons=[
                ReasonGroup(reason, len(found), found[:examples])
                for reason, found in sorted(symbols[verdict].items(), key=lambda item: -len(item[1]))
            ],
        )
        for verdict in sorted(symbols, key=_BADNESS.__getitem__, reverse=True)
    ]
