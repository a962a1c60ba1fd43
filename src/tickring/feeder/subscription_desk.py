"""Which symbols are wanted, which are confirmed by data, and the next request that gets one further.

One request at a time, paced; after a reconnection or a loss everything is asked for anew. The gateway acknowledges
nothing: a request that brings nothing, not even an error, is asked again.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from tickring.feeder.candidates import candidates, distinct
from tickring.feeder.error_codes import Reaction
from tickring.feeder.stream import Stage, Stream
from tickring.feeder.token_bucket import TokenBucket
from tickring.states import QuoteState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tickring.config.structs import ContractConfig, FeederConfig
    from tickring.feeder.api_client import ApiClient
    from tickring.feeder.segment_writer import SegmentWriter
    from tickring.feeder.tick_intake import TickIntake

__all__ = ["SubscriptionDesk"]

_REFUSED_STATES = {
    Reaction.NO_PERMISSION: QuoteState.NO_PERMISSION,
    Reaction.COMPETING: QuoteState.COMPETING_SESSION,
    Reaction.UNRESOLVED: QuoteState.UNRESOLVED,
    Reaction.REFUSED: QuoteState.STALE,
}


class SubscriptionDesk:
    """Lives as long as the feeder; sessions come and go (`open`, `close`)."""

    def __init__(self, writer: SegmentWriter, config: FeederConfig) -> None:
        self._writer = writer
        self._config = config
        self._bucket = TokenBucket(config.messages_per_s)
        self._api: ApiClient | None = None
        self._intake: TickIntake | None = None
        self._next_id = 1000
        self._resolving: dict[int, Stream] = {}
        self._cancelling: list[int] = []
        self.streams: dict[str, Stream] = {}
        """Every wanted symbol."""

    # ---- what is wanted ----

    def want(self, symbol: str, contract: ContractConfig) -> None:
        """Take a symbol in; nothing happens if it is in already.

        Raises:
            InvalidSymbol, DirectoryFull: not usable; the others are undisturbed.
        """
        if symbol not in self.streams:
            self.streams[symbol] = Stream(symbol, contract, self._writer.add(symbol))

    def unwant(self, symbol: str) -> None:
        """Let a symbol go: its readers see `missing`."""
        stream = self.streams.pop(symbol, None)
        if stream is not None:
            self._forget_request(stream, cancel=True)
            self._writer.retire(symbol)

    # ---- sessions ----

    def open(self, api: ApiClient, intake: TickIntake) -> None:
        """A session is ready: everything wanted is asked for."""
        self._api, self._intake = api, intake
        self.ask_all_again()

    def close(self) -> None:
        """The session is over; what was known stays, stale: the next session's ticks must not make old values live."""
        self.mark_stale()
        self._api = self._intake = None
        self._resolving.clear()
        self._cancelling.clear()
        for stream in self.streams.values():
            stream.req_id = -1
            if stream.stage not in {Stage.NEW, Stage.UNRESOLVED}:
                stream.stage = Stage.NEW if stream.contract is None else Stage.RESOLVED

    def ask_all_again(self) -> None:
        """Ask for every stream anew; the gateway has nothing of the old requests."""
        self.mark_stale()
        for stream in self.streams.values():
            self._forget_request(stream, cancel=False)
            stream.stage = Stage.NEW if stream.contract is None else Stage.RESOLVED

    # ---- the next step ----

    def work(self, now_s: float) -> float:
        """Send what is due and allowed now; return in how many seconds to call again."""
        if self._api is None or self._intake is None:
            return 3600.0
        while self._cancelling and self._bucket.take(now_s):
            self._api.cancel_ticks(self._cancelling.pop())
        next_s = 3600.0
        for stream in self.streams.values():
            if stream.stage in {Stage.NEW, Stage.RESOLVED}:
                if not self._bucket.take(now_s):
                    return max(0.001, self._bucket.wait_s(now_s))
                self._ask(stream, now_s)
            if stream.stage is not Stage.CONFIRMED or stream.is_marked_stale:
                if now_s >= stream.deadline_s:
                    self._too_late(stream, now_s)
                    next_s = 0.0
                else:
                    next_s = min(next_s, stream.deadline_s - now_s)
        return next_s

    def _ask(self, stream: Stream, now_s: float) -> None:
        assert self._api is not None
        assert self._intake is not None
        stream.req_id = self._next_id
        self._next_id += 1
        if stream.stage is Stage.NEW:
            stream.stage, stream.found = Stage.RESOLVING, []
            stream.deadline_s = now_s + self._config.resolve_timeout_s
            self._resolving[stream.req_id] = stream
            self._api.request_details(stream.req_id, self._api.contract(stream.symbol, stream.wanted))
        else:
            stream.stage, stream.data_type = Stage.REQUESTED, 0
            stream.deadline_s = now_s + self._config.subscribe_timeout_s
            self._writer.begin(stream.slot, keep_last_known=True)
            self._intake.streams[stream.req_id] = stream
            self._api.request_ticks(stream.req_id, stream.contract)

    def _too_late(self, stream: Stream, now_s: float) -> None:
        """Nothing came, not even an error; or a refusal has aged enough to try again."""
        is_silence = stream.stage in {Stage.RESOLVING, Stage.REQUESTED, Stage.CONFIRMED}
        self._forget_request(stream, cancel=True)
        if is_silence:
            stream.reason = "the gateway has not answered; asked again"
        stream.stage = Stage.NEW if stream.contract is None else Stage.RESOLVED
        stream.deadline_s = now_s

    def _forget_request(self, stream: Stream, *, cancel: bool) -> None:
        if stream.req_id < 0:
            return
        self._resolving.pop(stream.req_id, None)
        if self._intake is not None and self._intake.streams.pop(stream.req_id, None) is not None and cancel:
            self._cancelling.append(stream.req_id)
        stream.req_id = -1

    # ---- answers ----

    def contract_details(self, req_id: int, details: Any) -> None:
        """One listing that fits."""
        stream = self._resolving.get(req_id)
        if stream is not None:
            stream.found.append(details)

    def contract_details_end(self, req_id: int, now_s: float) -> None:
        """All listings that fit: one is the contract, several are candidates."""
        stream = self._resolving.pop(req_id, None)
        if stream is None:
            return
        stream.req_id = -1
        found = distinct(stream.found)
        stream.found = []
        if len(found) == 1:
            stream.contract = found[0].contract
            if not stream.contract.exchange:
                stream.contract.exchange = stream.wanted.exchange
            stream.stage = Stage.RESOLVED
        else:
            self._set_unresolved(stream, candidates(stream.symbol, found), now_s)

    def _set_unresolved(self, stream: Stream, reason: str, now_s: float) -> None:
        self._forget_request(stream, cancel=False)
        stream.stage, stream.reason, stream.contract = Stage.UNRESOLVED, reason, None
        stream.deadline_s = now_s + self._config.retry_s
        self._writer.set_state(stream.slot, state=QuoteState.UNRESOLVED)

    def stream_of(self, req_id: int) -> Stream | None:
        """Return whose request this is."""
        if self._intake is not None and req_id in self._intake.streams:
            return self._intake.streams[req_id]
        return self._resolving.get(req_id)

    def refuse(self, stream: Stream, reaction: Reaction, text: str, now_s: float) -> None:
        """An error says that a request is dead; its line is free."""
        if reaction is Reaction.AGAIN:
            self._forget_request(stream, cancel=False)
            stream.stage = Stage.NEW if stream.contract is None else Stage.RESOLVED
            return
        if reaction is Reaction.UNRESOLVED:
            self._set_unresolved(stream, text, now_s)
            return
        # Codes of missing permission may be advisory, and delayed ticks follow: that request stands until the next try.
        # What a competing session took may be given back: cancelled, so that the next try is a new request.
        if reaction is not Reaction.NO_PERMISSION:
            self._forget_request(stream, cancel=reaction is Reaction.COMPETING)
        stream.stage, stream.reason = Stage.REFUSED, text
        stream.deadline_s = now_s + self._config.retry_s
        self._writer.set_state(stream.slot, state=_REFUSED_STATES[reaction])

    def mark_stale(self) -> None:
        """Link or farm broke: what streams is unproven until its next tick."""
        for stream in self.streams.values():
            if stream.stage is Stage.CONFIRMED and not stream.is_marked_stale:
                stream.is_marked_stale, stream.deadline_s = True, inf
                self._writer.set_state(stream.slot, state=QuoteState.STALE)

    def expect_ticks(self, now_s: float) -> None:
        """Link or farm is said to be well again: what brings no tick in time is asked for anew."""
        for stream in self.streams.values():
            if stream.stage is Stage.CONFIRMED and stream.is_marked_stale:
                stream.deadline_s = now_s + self._config.subscribe_timeout_s

    # ---- telling ----

    def counts(self) -> tuple[int, int, int]:
        """Return how many symbols are wanted, confirmed and pending."""
        stages = [stream.stage for stream in self.streams.values()]
        confirmed = stages.count(Stage.CONFIRMED)
        settled = confirmed + stages.count(Stage.UNRESOLVED) + stages.count(Stage.REFUSED)
        return len(stages), confirmed, len(stages) - settled

    def problems(self) -> dict[str, str]:
        """Return why symbols are not streamed, for those that are refused or unresolved."""
        return {
            stream.symbol: stream.reason
            for stream in self.streams.values()
            if stream.stage in {Stage.REFUSED, Stage.UNRESOLVED}
        }

    def worst_data_type(self) -> int:
        """Return the worst of what confirmed streams get: 0 unknown, 1 real time ... 4 delayed-frozen."""
        return max((stream.data_type for stream in self._confirmed()), default=0)

    def _confirmed(self) -> Iterable[Stream]:
        return (stream for stream in self.streams.values() if stream.stage is Stage.CONFIRMED)
