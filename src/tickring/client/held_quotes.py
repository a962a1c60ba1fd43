"""What the service said last of each symbol, and whether that may still be believed.

A quote that was `live` when it came says nothing of now: the connection may be dead, its bytes late, this process may
have stood still. So the service must prove itself: it answers a question in order, behind all it sent before. What has
come until that answer was sent after the question was asked; *proved at* is that moment, on this machine's own clock.
When it is longer ago than the limit, or the connection is gone, every held quote reads `feed_down`.

Threads: any; each call is short. The clock is passed in, in seconds: one that never goes back, and goes on while the
machine is suspended.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import msgspec

from tickring.client.clock import elapsed_s
from tickring.client.remote_quote import doubted, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tickring.client.remote_quote import RemoteQuote

__all__ = ["HeldQuotes"]


class HeldQuotes:
    """Fed by the connection, read by followers and by whoever asks."""

    def __init__(self, proof_limit_s: float, *, clock: Callable[[], float] = elapsed_s) -> None:
        """`proof_limit_s`: how long ago the service may have proved itself, and have said how it is."""
        self._proof_limit_s = proof_limit_s
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, tuple[RemoteQuote, float, int]] = {}
        self._connection = 0
        self._proved_at_s: float | None = None
        self._status_at_s = 0.0
        self._was_proven = False
        self._is_closed = False
        self._listeners: list[Callable[[Iterable[str]], None]] = []

    def now_s(self) -> float:
        """Return the time on the clock of all moments here."""
        return self._clock()

    # ---- from the connection ----

    def connected(self, asked_at_s: float) -> None:
        """The service has greeted; the connection was asked for at that moment.

        What came over the one before stays doubted until it is told again: it may have changed in between.
        """
        with self._lock:
            self._connection += 1
            self._proved_at_s = self._status_at_s = asked_at_s
        self.check()  # belief begins here, or nobody would hear of its end before the next check

    def proved(self, asked_at_s: float) -> None:
        """The service has answered what was asked at that moment."""
        with self._lock:
            if self._proved_at_s is not None:
                self._proved_at_s = max(self._proved_at_s, asked_at_s)
        self.check()

    def status_heard(self) -> None:
        """The service has said how it is."""
        with self._lock:
            self._status_at_s = self._clock()
        self.check()

    def lost(self) -> None:
        """The connection is gone."""
        with self._lock:
            self._proved_at_s = None
        self.check()

    def put(self, quote: RemoteQuote) -> None:
        """Hold the quote as of now."""
        with self._lock:
            self._held[quote.symbol] = quote, self._clock(), self._connection
        self._tell([quote.symbol])

    def replace(self, quotes: Iterable[RemoteQuote]) -> None:
        """Hold these and nothing else."""
        with self._lock:
            before = set(self._held)
            now_s = self._clock()
            self._held = {quote.symbol: (quote, now_s, self._connection) for quote in quotes}
            changed = before | set(self._held)
        self._tell(changed)

    def keep(self, is_wanted: Callable[[str], bool]) -> None:
        """Forget what is not wanted: nobody would hear of its changes."""
        with self._lock:
            self._held = {symbol: held for symbol, held in self._held.items() if is_wanted(symbol)}

    def close(self) -> None:
        """End whoever listens: nothing comes any more. Idempotent."""
        self._is_closed = True
        self.lost()
        self._tell(())

    def check(self) -> None:
        """Tell listeners of every symbol if belief has begun or ended since the last check. Call it now and then."""
        with self._lock:
            is_proven = self._is_proven()
            if is_proven == self._was_proven:
                return
            self._was_proven = is_proven
            symbols = list(self._held)
        self._tell(symbols)

    # ---- for readers ----

    @property
    def is_closed(self) -> bool:
        """Whether nothing comes any more."""
        return self._is_closed

    @property
    def is_proven(self) -> bool:
        """Whether what is held may be believed now."""
        with self._lock:
            return self._is_proven()

    def read(self, symbol: str) -> RemoteQuote:
        """Return the quote with the verdict of now; a symbol of which nothing is held reads `missing`."""
        with self._lock:
            held = self._held.get(symbol)
            is_proven = self._is_proven() and held is not None and held[2] == self._connection
            now_s = self._clock()
        if held is None:
            return unknown(symbol)
        quote, put_at_s, _ = held
        if quote.age_s is not None:
            quote = msgspec.structs.replace(quote, age_s=quote.age_s + max(0.0, now_s - put_at_s))
        return quote if is_proven else doubted(quote)

    def symbols(self) -> list[str]:
        """Return the symbols held."""
        with self._lock:
            return sorted(self._held)

    def listen(self, listener: Callable[[Iterable[str]], None]) -> Callable[[], None]:
        """Call `listener` with the symbols that read otherwise now, in whatever thread; return what ends that."""
        with self._lock:
            self._listeners = [*self._listeners, listener]

        def end() -> None:
            with self._lock:
                self._listeners = [one for one in self._listeners if one is not listener]

        return end

    def _is_proven(self) -> bool:
        if self._proved_at_s is None:
            return False
        return self._clock() - min(self._proved_at_s, self._status_at_s) <= self._proof_limit_s

    def _tell(self, symbols: Iterable[str]) -> None:
        for listener in self._listeners:
            listener(symbols)
