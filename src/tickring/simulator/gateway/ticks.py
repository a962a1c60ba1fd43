"""From two states of a quote to the messages between them, in a gateway's order and the session's units.

Order of the first messages (recorded at version 173): last timestamp, last, halted, volume, then the other prices. A
price message carries its size and is followed by the same size in a message of its own, as IB sends it; bid and ask go
away as price -1 with size 0. Units: sizes are round lots of 100 below version 159, volumes hundreds below 220 (ibapi,
server_versions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.simulator.gateway import tick_numbers as tick

if TYPE_CHECKING:
    from tickring.simulator.market.quote_state import QuoteState
    from tickring.simulator.wire.reply_encoder import ReplyEncoder

__all__ = ["Said", "TickMaker", "TickTarget"]

_SIZES_IN_SHARES = 159
_VOLUME_IN_SHARES = 220
_NO_PRICE = -1.0
_AUTO_EXECUTE = 1  # tickPrice attribute: bids and asks normally have it


Said = tuple[str, int, int, "float | str"]
"""(symbol, req_id, tick type, value) of one message, for the log."""


class TickTarget:
    """Where messages and what was said in them are collected until the next write."""

    __slots__ = ("data", "said")

    def __init__(self) -> None:
        self.data: list[bytes] = []
        self.said: list[Said] = []


class TickMaker:
    """Makes the messages of one request."""

    def __init__(
        self,
        encoder: ReplyEncoder,
        server_version: int,
        *,
        symbol: str,
        req_id: int,
        is_delayed: bool,
        generic: set[int],
    ) -> None:
        self._encode_price = encoder.tick_price
        self._encode_size = encoder.tick_size
        self._encode_string = encoder.tick_string
        self._encode_generic = encoder.tick_generic
        self._symbol = symbol
        self._req_id = req_id
        self._is_delayed = is_delayed
        self._number = tick.DELAYED if is_delayed else tick.LIVE
        self._generic = generic
        self._lot = 1 if server_version >= _SIZES_IN_SHARES else 100
        self._volume_unit = 1 if server_version >= _VOLUME_IN_SHARES else 100

    def add_changes(self, before: QuoteState | None, now: QuoteState, to: TickTarget) -> None:
        """Append what `now` says that `before` did not; without a `before` everything that is known."""
        if now.last_trade_s is not None and (before is None or now.last_trade_s != before.last_trade_s):
            self._string(tick.LAST_TIMESTAMP, str(now.last_trade_s), to)
        has_traded = before is None or now.volume != before.volume or now.last != before.last
        if has_traded and now.last is not None:
            self._trade(before, now, to)
        if before is None or now.halted != before.halted:
            self._generic_tick(tick.HALTED, float(now.halted), to)
        if has_traded and now.volume is not None:
            self._size(tick.VOLUME, now.volume // self._volume_unit, to)
        if before is None:
            self._quote(tick.BID, tick.BID_SIZE, now.bid, now.bid_size, to)
            self._quote(tick.ASK, tick.ASK_SIZE, now.ask, now.ask_size, to)
        else:
            if now.bid != before.bid:
                self._quote(tick.BID, tick.BID_SIZE, now.bid, now.bid_size, to)
            elif now.bid is not None and now.bid_size != before.bid_size:
                self._size(tick.BID_SIZE, self._lots(now.bid_size), to)
            if now.ask != before.ask:
                self._quote(tick.ASK, tick.ASK_SIZE, now.ask, now.ask_size, to)
            elif now.ask is not None and now.ask_size != before.ask_size:
                self._size(tick.ASK_SIZE, self._lots(now.ask_size), to)
        if now.high is not None and (before is None or now.high != before.high):
            self._price(tick.HIGH, now.high, 0, 0, to)
        if now.low is not None and (before is None or now.low != before.low):
            self._price(tick.LOW, now.low, 0, 0, to)
        if before is None or now.close != before.close:
            self._price(tick.CLOSE, now.close, 0, 0, to)
        if now.open is not None and (before is None or now.open != before.open):
            self._price(tick.OPEN, now.open, 0, 0, to)
        if not self._is_delayed:
            self._exchanges(before, now, to)
            if before is None and tick.GENERIC_SHORTABLE in self._generic:
                self._generic_tick(tick.SHORTABLE, 3.0, to)
                self._size(tick.SHORTABLE_SHARES, 5_000_000, to)

    def add_bid_and_ask(self, bid: float, ask: float, shares: int, to: TickTarget) -> None:
        """Append two prices, whatever the market says."""
        self._price(tick.BID, bid, self._lots(shares), _AUTO_EXECUTE, to)
        self._price(tick.ASK, ask, self._lots(shares), _AUTO_EXECUTE, to)

    def _trade(self, before: QuoteState | None, now: QuoteState, to: TickTarget) -> None:
        assert now.last is not None
        lots = self._lots(now.last_size)
        if before is None or now.last != before.last:
            self._price(tick.LAST, now.last, lots, 0, to)
        self._size(tick.LAST_SIZE, lots, to)
        if tick.GENERIC_RT_VOLUME in self._generic and not self._is_delayed and before is not None:
            text = (
                f"{now.last};{lots};{(now.last_trade_s or 0) * 1000};"
                f"{(now.volume or 0) // self._volume_unit};{now.last};true"
            )
            self._string(tick.RT_VOLUME, text, to)

    def _quote(self, number: int, size_number: int, price: float | None, shares: float | None, to: TickTarget) -> None:
        if price is None:
            self._price(number, _NO_PRICE, 0, 0, to)
            return
        lots = 0 if shares is None else shares // self._lot
        self._price(number, price, lots, _AUTO_EXECUTE, to)
        self._size(size_number, lots, to)

    def _exchanges(self, before: QuoteState | None, now: QuoteState, to: TickTarget) -> None:
        if before is None or now.bid_exchanges != before.bid_exchanges:
            self._string(tick.BID_EXCHANGE, now.bid_exchanges, to)
        if before is None or now.ask_exchanges != before.ask_exchanges:
            self._string(tick.ASK_EXCHANGE, now.ask_exchanges, to)
        if now.last is not None and (before is None or now.last_exchange != before.last_exchange):
            self._string(tick.LAST_EXCHANGE, now.last_exchange, to)

    # ---- one message each ----

    def _price(self, number: int, price: float, size: float, attributes: int, to: TickTarget) -> None:
        number = self._number[number]
        to.data.append(self._encode_price(self._req_id, number, price, size, attributes))
        to.said.append((self._symbol, self._req_id, number, price))

    def _size(self, number: int, units: float, to: TickTarget) -> None:
        number = self._number[number]
        to.data.append(self._encode_size(self._req_id, number, units))
        to.said.append((self._symbol, self._req_id, number, units))

    def _string(self, number: int, text: str, to: TickTarget) -> None:
        number = self._number[number]
        to.data.append(self._encode_string(self._req_id, number, text))
        to.said.append((self._symbol, self._req_id, number, text))

    def _generic_tick(self, number: int, value: float, to: TickTarget) -> None:
        number = self._number[number]
        to.data.append(self._encode_generic(self._req_id, number, value))
        to.said.append((self._symbol, self._req_id, number, value))

    def _lots(self, shares: float | None) -> float:
        return 0 if shares is None else shares // self._lot
