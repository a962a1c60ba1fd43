"""Open a segment and read quotes: the class a risk engine holds.

One `QuoteReader` a process is enough; threads may share it (all reads hold the GIL). A child made by fork must open its
own. The reader maps read-only, takes no lock and leaves no trace, so it can neither hurt the feed nor be seen by it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from tickring import _core
from tickring.errors import ApiModeMismatch, SegmentNotFound, SegmentNotReady
from tickring.names import segment_file
from tickring.reader.follow import Follow
from tickring.reader.status import ReaderStatus
from tickring.states import ApiMode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy as np

    from tickring.reader.async_waiter import AsyncWaiter
    from tickring.verdict import Verdict

__all__ = ["QuoteReader"]

_OPEN_POLL_S = 0.02


class QuoteReader(_core.Reader):
    """Quotes of one segment by symbol.

    `reader["SPY"]` and `reader.handle("SPY").read()` return a `Quote`, always with a verdict: an unknown symbol reads
    `missing`, a dead feeder's quotes read `feed_down`. Keep the handle of a symbol that is read often.
    """

    _waiter: AsyncWaiter | None = None

    @classmethod
    def open(
        cls,
        name: str | Path = "default",
        api_mode: ApiMode | str | Iterable[ApiMode | str] = ApiMode.LIVE,
        *,
        wait_s: float = 0.0,
    ) -> Self:
        """Map the segment called `name` (or the one in that directory).

        `api_mode` says prices of which kind of account may be shown: `live` unless told otherwise, another word,
        several, or `any`. Prices of another kind read `missing` (reason `other_api_mode`) even if the kind changes
        later. `wait_s`: how long to wait for a segment that is not there yet.

        Raises:
            SegmentNotFound, SegmentNotReady, SegmentVersionMismatch, SegmentSizeMismatch, NotASegment,
            SegmentPermissionDenied: the file cannot be used; the message names the next step.
            ApiModeMismatch: the segment is known to carry another kind of prices.
            InvalidName, ValueError: not a name, not a mode.
        """
        path = segment_file(name)
        modes = _accepted(api_mode)
        reader = cls._open_when_there(path, modes, time.monotonic() + wait_s)
        try:
            _check_mode(reader, modes)
        except BaseException:
            reader.close()
            raise
        return reader

    @classmethod
    def _open_when_there(cls, path: str, modes: tuple[ApiMode, ...], deadline: float) -> Self:
        while True:
            try:
                return cls(path, modes)
            except (SegmentNotFound, SegmentNotReady):
                if time.monotonic() >= deadline:
                    raise
            time.sleep(_OPEN_POLL_S)

    def latest(self, symbol: str) -> _core.Quote:
        """Return the newest quote of the symbol; the same as `reader[symbol]`."""
        return self[symbol]

    def require(
        self,
        symbol: str,
        *,
        max_age_s: float | None = None,
        max_unchanged_s: float | None = None,
        accept: Iterable[Verdict] | None = None,
    ) -> _core.Quote:
        """Return the quote if it may be traded on, else raise the error that says why.

        `accept` defaults to `live` and `quiet`. `max_age_s` limits the time since the feed proved itself for this
        symbol, `max_unchanged_s` the time since the values changed (a quiet name may be unchanged for long and still
        be good).

        Raises:
            QuoteRejected: one subclass per verdict, `QuoteTooOld`, `QuoteUnchangedTooLong`; each holds the quote.
        """
        return self.handle(symbol).require(max_age_s=max_age_s, max_unchanged_s=max_unchanged_s, accept=accept)

    def history(self, symbol: str, n: int, *, include_state_only: bool = True) -> list[_core.Quote]:
        """Return up to `n` quotes of the symbol, newest first, at most depth - 2.

        The first is the present quote with its verdict; the others read `past`. Records that changed only the state
        can be left out.
        """
        return self.handle(symbol).history(n, include_state_only=include_state_only)

    def table(self) -> np.ndarray:
        """Return all symbols in one pass as a numpy structured array, sorted by symbol; a copy.

        Each row is consistent in itself, the rows are not of one instant. Absent numbers are NaN. `verdict`, `reason`,
        `state`, `source`, `data_type` and `api_mode` are numbers: `list(Verdict)[row["verdict"]]`.

        Raises:
            ImportError: numpy is not installed (`pip install 'tickring[numpy]'`).
        """
        from tickring.reader.table import read_table

        return read_table(self)

    def batch(self, symbols: Sequence[str]) -> _core.Batch:
        """Return the symbols bound once, to be read or valued together."""
        return self.bind(symbols)

    def follow(self, symbols: Sequence[str], *, timeout_s: float | None = None) -> Follow:
        """Return an iterator (also an async one) over `(quote, missed)` for every record of these symbols.

        It starts with the present quote of each. `missed` counts the records that were overwritten before this one
        could be taken: a slow follower is told, and never slows the writer. A verdict that changes without a record
        (the feed went down) comes as the newest quote again. Ends after `timeout_s` without news.
        """
        from tickring.reader.async_waiter import AsyncWaiter  # loads threading, which only followers need

        if self._waiter is None:
            self._waiter = AsyncWaiter(self)
        return Follow(self.follower(symbols), self._waiter, timeout_s)

    def status(self) -> ReaderStatus:
        """Return what the header page says of the feed, its processes and its counters."""
        return ReaderStatus.of(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def _accepted(api_mode: ApiMode | str | Iterable[ApiMode | str]) -> tuple[ApiMode, ...]:
    words = (api_mode,) if isinstance(api_mode, str) else tuple(api_mode)
    if words == ("any",):
        return (ApiMode.LIVE, ApiMode.PAPER, ApiMode.MOCK)
    try:
        modes = tuple(ApiMode(word) for word in words)
    except ValueError:
        raise ValueError(
            f"api_mode is {api_mode!r}, must be 'live', 'paper', 'mock', several of them, or 'any'"
        ) from None
    if not modes or ApiMode.UNKNOWN in modes:
        raise ValueError(f"api_mode is {api_mode!r}: name at least one kind of account, 'unknown' is never accepted")
    return modes


def _check_mode(reader: QuoteReader, accepted: tuple[ApiMode, ...]) -> None:
    header = reader.header()
    for found in (header["supervisor"]["api_mode"], header["feeder"]["api_mode"]):
        if found is not ApiMode.UNKNOWN and found not in accepted:
            raise ApiModeMismatch(
                f"carries {found} prices, this reader was opened for {', '.join(accepted)}; "
                f"open it with api_mode={str(found)!r} if that is meant",
                path=reader.path,
                found=found,
                accepted=tuple(accepted),
            )
