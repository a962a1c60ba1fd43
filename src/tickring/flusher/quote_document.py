"""The document of one quote, and how a quote becomes one.

Absent is null, always: no key is ever left out. Numbers are the segment's, times are text (`iso_time`). Runs in the
flusher's process; pure but for the two clocks, which are read once per document.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import msgspec

from tickring import _core
from tickring.config.structs import ContractConfig
from tickring.iso_time import iso_now, iso_or_none
from tickring.states import ApiMode, DataType, Source
from tickring.verdict import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tickring.reader import Quote

__all__ = ["UNSUBSCRIBED", "QuoteDocument", "QuoteScribe", "Time", "unsubscribed"]

UNSUBSCRIBED = "unsubscribed"
_INTEGERS = 1 << 63
_EPOCHS = 1 << 16  # as many can be told apart by what a record keeps

Time: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")]
_Price: TypeAlias = float | None
_Size: TypeAlias = int | float | None
_State: TypeAlias = Literal[
    "empty",
    "pending",
    "live",
    "quiet",
    "closed",
    "stale",
    "no_permission",
    "competing_session",
    "unresolved",
    "fallback",
    "unsubscribed",
]


class QuoteDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `{symbol}.json` holds: docs/files.md, docs/schemas/quote.schema.json."""

    symbol: Annotated[str, msgspec.Meta(min_length=1, max_length=63)]
    timestamp: Annotated[Time | None, msgspec.Meta(description="Of the price: when its newest price tick came.")]
    source: Source
    bid: _Price
    ask: _Price
    last: _Price
    close: _Price
    volume: Annotated[_Size, msgspec.Meta(description="Shares of this session; an integer when whole.")]
    currency: str
    exchange: str
    received_at: Annotated[
        Time | None, msgspec.Meta(description="When the feeder received the newest price tick, wall clock.")
    ]
    published_at: Annotated[
        Time | None, msgspec.Meta(description="When these values became visible in shared memory, wall clock.")
    ]
    written_at: Annotated[Time, msgspec.Meta(description="When the file was made; state and verdict are of then.")]
    sequence: Annotated[int, msgspec.Meta(ge=0, description="Counts the records of the symbol's slot; 0: none yet.")]
    epoch: Annotated[int, msgspec.Meta(ge=0, description="The life of the feeder that published these values.")]
    segment_id: Annotated[str, msgspec.Meta(description="Epochs and sequences compare within one segment only.")]
    bid_size: _Size
    ask_size: _Size
    last_trade_at: Annotated[Time | None, msgspec.Meta(description="Of the last trade, as the exchange says it.")]
    market_data_type: DataType
    state: _State
    verdict: Annotated[Verdict, msgspec.Meta(description="As of written_at; see docs/verdicts.md.")]
    reason: Annotated[Reason, msgspec.Meta(description="Which rule gave the verdict.")]
    api_mode: ApiMode


class QuoteScribe:
    """Turns quotes into documents; knows the contracts' currency and exchange, which the segment does not hold."""

    def __init__(self, contracts: Mapping[str, ContractConfig] | None = None) -> None:
        """A symbol without a contract has IB's defaults: USD, SMART."""
        self.impossible_times = 0
        """Times outside the years 1970 to 9999, which became null: of records, or by a wall clock that is wrong."""
        self._contracts = contracts or {}
        self._default = ContractConfig()

    def document(self, quote: Quote, epoch: int) -> QuoteDocument:
        """Return the document of a quote as it is now.

        `epoch` is the full number in the header of the same segment, read at about the same time; a record keeps its
        low 16 bits, and the life it speaks of is the one nearest to `epoch` that fits. Times on CLOCK_BOOTTIME become
        wall-clock times by the offset between the two clocks at this moment: after a step of the wall clock
        `published_at` follows the new time, `received_at` keeps the old.
        """
        offset_ns = time.time_ns() - _core.boot_ns()
        contract = self._contracts.get(quote.symbol, self._default)
        timestamp = self._time(quote.ts_recv_ns)
        published_at = self._time(quote.ts_publish_ns + offset_ns if quote.ts_publish_ns > 0 else 0)
        return QuoteDocument(
            symbol=quote.symbol,
            timestamp=timestamp,
            source=quote.source,
            bid=quote.bid,
            ask=quote.ask,
            last=quote.last,
            close=quote.close,
            volume=_size(quote.volume),
            currency=contract.currency,
            exchange=contract.exchange,
            # A bar's price is of the bar's end; it is published as soon as it is received.
            received_at=published_at if quote.source is Source.IB_HISTORY else timestamp,
            published_at=published_at,
            written_at=iso_now(),
            sequence=quote.sequence,
            epoch=_full_epoch(quote.epoch, epoch) if quote.sequence else epoch,
            segment_id=quote.segment_id,
            bid_size=_size(quote.bid_size),
            ask_size=_size(quote.ask_size),
            last_trade_at=None if quote.last_trade_s is None else iso_or_none(quote.last_trade_s * 1_000_000_000),
            market_data_type=quote.data_type,
            state=quote.state.value,
            verdict=quote.verdict,
            reason=quote.reason,
            api_mode=quote.api_mode,
        )

    def _time(self, ns: int) -> str | None:
        if ns == 0:
            return None
        text = iso_or_none(ns)
        self.impossible_times += text is None
        return text


def unsubscribed(before: QuoteDocument) -> QuoteDocument:
    """Return the document of a symbol that is not streamed any more: no value is left that could be taken for one."""
    return msgspec.structs.replace(
        before,
        timestamp=None,
        source=Source.NONE,
        bid=None,
        ask=None,
        last=None,
        close=None,
        volume=None,
        received_at=None,
        written_at=iso_now(),
        bid_size=None,
        ask_size=None,
        last_trade_at=None,
        market_data_type=DataType.UNKNOWN,
        state=UNSUBSCRIBED,
        verdict=Verdict.MISSING,
        reason=Reason.RETIRED,
    )


def _full_epoch(low_bits: int, near: int) -> int:
    # Nearest, not "at most": the header may have been read just before the next feeder took its epoch.
    ahead = (low_bits - near) % _EPOCHS
    return near + ahead - (_EPOCHS if ahead >= _EPOCHS // 2 and near + ahead >= _EPOCHS else 0)


def _size(value: float | None) -> int | float | None:
    return int(value) if value is not None and value.is_integer() and abs(value) < _INTEGERS else value
