"""Which symbols are wanted, which are confirmed by data, and the next request that gets one further.

One request at a time, paced; after a reconnection or a loss everything is asked for anew. The gateway acknowledges
nothing: a request that brings nothing, not even an error, is asked again.
"""

from __future__ import annotations

from itertools import count
from math import inf
from typing import TYPE_CHECKING, Any

from tickring.feeder.api_facts import known_contract
from tickring.feeder.asking_order import AskingOrder
from tickring.feeder.candidates import candidates, distinct
from tickring.feeder.fallback_desk import FallbackDesk
from tickring.feeder.inquiry_desk import InquiryDesk
from tickring.feeder.liveness import Silence
from tickring.feeder.other_contract import OtherContract
from tickring.feeder.retry_wait import answer_wait_s
from tickring.feeder.stream import Stage, Stream
from tickring.feeder.token_bucket import PacingClass, TokenBucket
from tickring.gateway_codes import Reaction
from tickring.states import QuoteState, Source

if TYPE_CHECKING:
    from tickring.config.structs import ContractConfig, FeederConfig
    from tickring.feeder.api_client import ApiClient
    from tickring.feeder.bar_intake import BarIntake
    from tickring.feeder.contract_store import ContractStore
    from tickring.feeder.history_ledger import HistoryLedger
    from tickring.feeder.liveness_desk import LivenessDesk
    from tickring.feeder.segment_writer import SegmentWriter
    from tickring.feeder.tick_intake import TickIntake

__all__ = ["SubscriptionDesk"]

_FIRST_ID = 1000

_REFUSED_STATES = {
    Reaction.NO_PERMISSION: QuoteState.NO_PERMISSION,
    Reaction.COMPETING: QuoteState.COMPETING_SESSION,
    Reaction.UNRESOLVED: QuoteState.UNRESOLVED,
    Reaction.REFUSED: QuoteState.STALE,
    Reaction.NO_LINE: QuoteState.STALE,
    Reaction.AGAIN: QuoteState.STALE,
}


class SubscriptionDesk:
    """Lives as long as the feeder; sessions come and go (`open`, `close`)."""

    def __init__(
        self, writer: SegmentWriter, config: FeederConfig, contracts: ContractStore, ledger: HistoryLedger
    ) -> None:
        """`contracts`, `ledger`: what is known from earlier lives of the feeder."""
        self._writer = writer
        self._config = config
        self._contracts = contracts
        self.bucket = TokenBucket(config.messages_per_s, config.orders_reserve_per_s)
        """For everything that leaves."""
        self._api: ApiClient | None = None
        self._intake: TickIntake | None = None
        self._ids = count(_FIRST_ID)
        self._resolving: dict[int, Stream] = {}
        self._cancelling: list[int] = []
        self._unproven: set[str] = set()
        self.streams: dict[str, Stream] = {}
        """Every wanted symbol."""
        self.order = AskingOrder(config, self.streams)
        """Who of them may ask now."""
        self.fallback = FallbackDesk(writer, config, self.streams, self._ids, self.bucket, ledger, self.order.lines)
        """Serves those that their streams do not serve."""
        self.inquiries = InquiryDesk(self.bucket, config.resolve_timeout_s)
        """What others want to know of the gateway."""
        self.liveness: LivenessDesk | None = None
        """Finds the streams that have gone silent; None: nobody looks."""

    # ---- what is wanted ----

    def want(self, symbol: str, contract: ContractConfig) -> None:
        """Take a symbol in; nothing happens if it is in already, by the same contract.

        Raises:
            OtherContract: it is in by another one, and stays so.
            InvalidSymbol, DirectoryFull: not usable; the others are undisturbed.
        """
        present = self.streams.get(symbol)
        if present is not None:
            if present.wanted != contract:
                raise OtherContract(symbol, present.wanted, contract)
            return
        stream = Stream(symbol, contract, self._writer.add(symbol))
        stream.contract = self._contracts.find(symbol, contract)
        if stream.contract is not None:
            stream.stage, stream.is_contract_kept = Stage.RESOLVED, True
        self.streams[symbol] = stream
        self.order.lines.wanted_changed()
        if self.liveness is not None:
            self.liveness.look_soon()

    def unwant(self, symbol: str) -> None:
        """Let a symbol go: its readers see `missing`."""
        stream = self.streams.pop(symbol, None)
        if stream is not None:
            self.order.lines.wanted_changed()
            self._forget_request(stream, cancel=True)
            self.fallback.leave(stream)
            if self.liveness is not None:
                self.liveness.forget(symbol)
            self._unproven.discard(symbol)
            self._contracts.drop(symbol)
            self._writer.retire(symbol)

    # ---- sessions ----

    def open(self, api: ApiClient, intake: TickIntake, bars: BarIntake) -> None:
        """A session is ready: everything wanted is asked for."""
        self._api, self._intake = api, intake
        self.order.competing.reconnected()
        self.fallback.open(api, intake.snapshots, bars)
        self.inquiries.open(api)
        self.ask_all_again()

    def close(self) -> None:
        """The session is over; what was known stays, stale: the next session's ticks must not make old values live."""
        self.mark_stale()
        if self.liveness is not None:
            self.liveness.close()
        self.fallback.close()
        self.inquiries.close()
        self._api = self._intake = None
        self._resolving.clear()
        self._cancelling.clear()
        for stream in self.streams.values():
            stream.req_id, stream.asked_s = -1, inf
            if stream.stage not in {Stage.NEW, Stage.UNRESOLVED}:
                stream.stage = Stage.NEW if stream.contract is None else Stage.RESOLVED

    def ask_all_again(self) -> None:
        """Ask for every stream anew; the gateway has nothing of the old requests."""
        self.mark_stale()
        self.fallback.suspend()
        self.fallback.resume()
        self._unproven = set(self.streams)
        for stream in self.streams.values():
            self._forget_request(stream, cancel=False)
            stream.stage, stream.asked_s = Stage.NEW if stream.contract is None else Stage.RESOLVED, inf

    def ask_again(self, stream: Stream, reason: str, now_s: float) -> None:
        """A stream that was confirmed has gone silent: its request is over, and a new one is due.

        Until that has left nothing would tell of a new price, so the quote is stale from here on.
        """
        self._forget_request(stream, cancel=True)
        self._say(stream, QuoteState.STALE)
        stream.stage = Stage.NEW if stream.contract is None else Stage.RESOLVED
        stream.reason, stream.asked_s = reason, now_s

    def silence(self) -> Silence:
        """Return which streams have gone silent."""
        return Silence() if self.liveness is None else self.liveness.silence()

    def say_goodbye(self, now_s: float) -> None:
        """End what runs as far as the rate allows, all of it; the end of the connection ends the rest."""
        for req_id in list(self._intake.streams) if self._intake is not None else ():
            if self._api is None or not self.bucket.take(now_s, PacingClass.ORDER):
                return
            self._api.cancel_ticks(req_id)

    def slow_down(self, now_s: float) -> None:
        """The gateway says that too much is asked of it."""
        self.bucket.slow_down(now_s, self._config.pacing_slow_s)

    def may_ask_time(self, now_s: float) -> bool:
        """Whether the rate allows a question that cannot wait; it counts as sent then."""
        return self.bucket.take(now_s, PacingClass.ORDER)

    # ---- the next step ----

    def work(self, now_s: float) -> float:
        """Send what is due and allowed now; return in how many seconds to call again."""
        if self._api is None:
            return 3600.0
        look_s = inf if self.liveness is None else self.liveness.work(now_s)
        pushed_out, choice_s = self.order.settle(now_s)
        next_s = min(look_s, choice_s, self.bucket.slow_left_s(now_s))
        for stream in pushed_out:
            self._forget_request(stream, cancel=True)
            stream.stage, stream.refusal = Stage.ROTATED, Reaction.NO_LINE
            self._say(stream, QuoteState.STALE)
        for stream in self.order.kept_out(now_s):
            stream.reason = "another session has the market data; one symbol is asked for instead of all"
            self._say(stream, QuoteState.COMPETING_SESSION)
        while self._cancelling and self.bucket.take(now_s, PacingClass.CANCEL):
            self._api.cancel_ticks(self._cancelling.pop())
        self.fallback.give_lines_back(now_s)
        for stream in self.order.lines.in_order():
            if stream.stage in {Stage.NEW, Stage.RESOLVED, Stage.ROTATED}:
                if not self.order.may_ask(stream, self.fallback.lines_used):
                    continue
                if not self.bucket.take(now_s):
                    return max(0.001, self.bucket.wait_s(now_s))
                self._ask(stream, now_s)
            if stream.stage is not Stage.CONFIRMED or stream.is_marked_stale:
                if now_s >= stream.deadline_s:
                    self._too_late(stream, now_s)
                    next_s = 0.0
                else:
                    next_s = min(next_s, stream.deadline_s - now_s)
        return min(next_s, self.fallback.work(now_s), self.inquiries.work(now_s))

    def _ask(self, stream: Stream, now_s: float) -> None:
        assert self._api is not None
        assert self._intake is not None
        stream.req_id = next(self._ids)
        if stream.contract is None:
            stream.stage, stream.found = Stage.RESOLVING, []
            stream.deadline_s = now_s + self._config.resolve_timeout_s
            self._resolving[stream.req_id] = stream
            self._api.request_details(stream.req_id, stream.symbol, stream.wanted)
        else:
            stream.stage, stream.data_type, stream.is_halted = Stage.REQUESTED, 0, None
            stream.deadline_s = now_s + answer_wait_s(self._config, stream.refusals)
            stream.requested_s, stream.asked_s = now_s, min(stream.asked_s, now_s)
            stream.held.clear()
            if stream.fallback is None or not stream.is_on_fallback:
                self._writer.begin(stream.slot, keep_last_known=True)
                stream.source = Source.NONE
            self._intake.streams[stream.req_id] = stream
            self.order.lines.asked()
            self._api.request_ticks(stream.req_id, stream.contract)

    def _too_late(self, stream: Stream, now_s: float) -> None:
        """Nothing came, not even an error; or a refusal has aged enough to try again."""
        is_silence = stream.stage in {Stage.RESOLVING, Stage.REQUESTED, Stage.CONFIRMED}
        self._forget_request(stream, cancel=True)
        if is_silence:
            stream.reason = "the gateway has not answered; asked again"
            self.order.unanswered(stream, now_s)
        stream.stage = Stage.NEW if stream.contract is None else Stage.RESOLVED
        stream.deadline_s = now_s

    def _forget_request(self, stream: Stream, *, cancel: bool) -> None:
        if stream.req_id < 0:
            return
        self._resolving.pop(stream.req_id, None)
        if self._intake is not None and self._intake.streams.pop(stream.req_id, None) is not None and cancel:
            self._cancelling.append(stream.req_id)
        stream.req_id = -1

    def _forget_contract(self, stream: Stream) -> None:
        stream.contract, stream.is_contract_kept = None, False
        self._contracts.drop(stream.symbol)

    def _say(self, stream: Stream, state: QuoteState) -> None:
        """Tell why a symbol is not streamed, unless something else serves it."""
        if stream.fallback is None or not stream.is_on_fallback:
            self._writer.set_state(stream.slot, state=state)

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
            stream.contract = known_contract(found[0].contract, stream.wanted.exchange)
            self._contracts.keep(stream.symbol, stream.wanted, stream.contract)
            stream.stage = Stage.RESOLVED
        else:
            self._set_unresolved(stream, candidates(stream.symbol, found), now_s)

    def _set_unresolved(self, stream: Stream, reason: str, now_s: float) -> None:
        self._forget_request(stream, cancel=False)
        self._forget_contract(stream)
        self.fallback.leave(stream)
        stream.stage, stream.reason = Stage.UNRESOLVED, reason
        self.order.failed(stream, now_s)
        self._say(stream, QuoteState.UNRESOLVED)

    def stream_of(self, req_id: int) -> Stream | None:
        """Return whose request this is."""
        if self._intake is not None and req_id in self._intake.streams:
            return self._intake.streams[req_id]
        return self._resolving.get(req_id)

    def refuse(self, stream: Stream, reaction: Reaction, text: str, now_s: float) -> None:
        """An error says that a request is dead; its line is free."""
        if reaction is Reaction.AGAIN and stream.refusals == 0:
            self._forget_request(stream, cancel=False)
            stream.refusals = 1
            stream.stage = Stage.NEW if stream.contract is None else Stage.RESOLVED
            return
        if reaction is Reaction.UNRESOLVED and stream.is_contract_kept:
            self._forget_request(stream, cancel=False)
            self._forget_contract(stream)
            stream.stage = Stage.NEW
            return
        if reaction is Reaction.UNRESOLVED:
            self._set_unresolved(stream, text, now_s)
            return
        # Codes of missing permission may be advisory, and delayed ticks follow: that request stands until the next try.
        # What a competing session took may be given back: cancelled, so that the next try is a new request.
        self.order.refused(stream, reaction, self.fallback.snapshots_before(stream.req_id), now_s)
        if reaction is not Reaction.NO_PERMISSION:
            self._forget_request(stream, cancel=reaction is Reaction.COMPETING)
        stream.reason, stream.asked_s = text, min(stream.asked_s, now_s)
        if not stream.may_fall_back:
            self.fallback.leave(stream)
        self._say(stream, _REFUSED_STATES[reaction])

    def confirmed(self, stream: Stream) -> bool:
        """A first price has come: nothing else needs to serve the symbol, and its contract is the right one.

        Return whether every symbol of the last round of requests has had a price.
        """
        stream.asked_s, stream.is_contract_kept = inf, False
        self.order.confirmed(stream)
        self.fallback.leave(stream)
        self._unproven.discard(stream.symbol)
        return not self._unproven

    def mark_stale(self, *, besides: Stream | None = None) -> None:
        """Link or farm broke: what streams is unproven until its next tick. `besides`: who has just ticked."""
        for stream in self.streams.values():
            if stream.stage is Stage.CONFIRMED and not stream.is_marked_stale and stream is not besides:
                stream.is_marked_stale, stream.deadline_s = True, inf
                self._writer.set_state(stream.slot, state=QuoteState.STALE)

    def expect_ticks(self, now_s: float) -> None:
        """Link or farm is said to be well again: what brings no tick in time is asked for anew."""
        for stream in self.streams.values():
            if stream.stage is Stage.CONFIRMED and stream.is_marked_stale:
                stream.deadline_s = now_s + self._config.subscribe_timeout_s
