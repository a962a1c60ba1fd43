"""Symbols that their streams do not serve are served from snapshots, and where those bring nothing, from history.

Plain and slow on purpose: streams come first, a round per symbol and period, few requests open at once, historical ones
within IB's limits in a queue that the status shows. A symbol leaves by the first price of its own stream.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Protocol

from tickring.feeder.fallback import Fallback, Step
from tickring.feeder.history_eta import history_etas_s
from tickring.feeder.stream import Stage
from tickring.feeder.token_bucket import PacingClass
from tickring.gateway_codes import Reaction
from tickring.states import QuoteState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tickring.config.structs import FeederConfig
    from tickring.feeder.bar_intake import BarIntake
    from tickring.feeder.history_ledger import HistoryLedger
    from tickring.feeder.line_desk import LineDesk
    from tickring.feeder.segment_writer import SegmentWriter
    from tickring.feeder.snapshot_intake import SnapshotIntake
    from tickring.feeder.stream import Stream
    from tickring.feeder.token_bucket import TokenBucket
    from tickring.known_contract import KnownContract

__all__ = ["FallbackDesk", "FallbackRequests"]

_NOT_THE_END = {Reaction.INFO, Reaction.ADVISORY}
_LONG_S = 3600.0
_ETAS_SHOWN = 50


class FallbackRequests(Protocol):
    """What is asked of the gateway (`ApiClient`)."""

    def request_snapshot(self, req_id: int, contract: KnownContract) -> None:
        """Ask for the values of this moment."""

    def cancel_ticks(self, req_id: int) -> None:
        """End a snapshot."""

    def request_bars(self, req_id: int, contract: KnownContract) -> None:
        """Ask for the newest bars."""

    def cancel_bars(self, req_id: int) -> None:
        """Ask for them no longer."""


class FallbackDesk:
    """Lives as long as the feeder; sessions come and go (`open`, `close`). Times: seconds, monotonic clock."""

    def __init__(
        self,
        writer: SegmentWriter,
        config: FeederConfig,
        streams: Mapping[str, Stream],
        ids: Iterator[int],
        bucket: TokenBucket,
        ledger: HistoryLedger,
        lines: LineDesk,
    ) -> None:
        """`streams`: what is wanted, as the subscription desk knows it; all that follows is shared with it."""
        self._writer = writer
        self._config = config
        self._streams = streams
        self._ids = ids
        self._bucket = bucket
        self._ledger = ledger
        self._lines = lines
        self._api: FallbackRequests | None = None
        self._snapshots: dict[int, Fallback] = {}
        self._histories: dict[int, Fallback] = {}
        self._cancelling: list[tuple[Step, int]] = []
        self._is_suspended = False

    # ---- sessions and the link ----

    def open(self, api: FallbackRequests, snapshots: SnapshotIntake, bars: BarIntake) -> None:
        """A session is ready."""
        self._api = api
        self._snapshots, self._histories = snapshots.requests, bars.requests
        self._is_suspended = False

    def close(self) -> None:
        """The session is over: what fallback has brought stays, stale."""
        self.suspend()
        self._api = None
        self._cancelling.clear()

    def suspend(self) -> None:
        """The link is in doubt: what it has brought is stale, and nothing is asked for until `resume`."""
        self._is_suspended = True
        for stream in self._streams.values():
            self.leave(stream)

    def resume(self) -> None:
        """The link is said to be well: symbols without a stream begin anew."""
        self._is_suspended = False

    def leave(self, stream: Stream) -> None:
        """Try no way around for this symbol any more; values that came on one are stale unless something follows."""
        fallback = stream.fallback
        if fallback is None:
            return
        self._end_request(fallback, cancel=True)
        stream.fallback = None
        if stream.is_on_fallback:
            self._writer.set_state(stream.slot, state=QuoteState.STALE)

    # ---- the next step ----

    def work(self, now_s: float) -> float:
        """Send what is due and allowed now; return in how many seconds to call again. Streams have been served."""
        api = self._api
        if api is None:
            return _LONG_S
        if not self.give_lines_back(now_s):
            return max(0.001, self._bucket.wait_s(now_s, PacingClass.CANCEL))
        if self._is_suspended:
            return _LONG_S
        next_s = _LONG_S
        due: list[Fallback] = []
        for stream in self._streams.values():
            if stream.stage is Stage.CONFIRMED:
                continue
            if stream.fallback is None and stream.may_fall_back:
                is_rotated = stream.stage is Stage.ROTATED
                due_s = now_s if is_rotated else stream.asked_s + self._config.fallback_after_s
                if now_s < due_s:
                    next_s = min(next_s, due_s - now_s)
                    continue
                stream.fallback = Fallback(stream, now_s)
            if stream.fallback is not None:
                if stream.fallback.step is Step.RESTING or self._is_next_round_due(stream.fallback, now_s):
                    due.append(stream.fallback)
                else:
                    next_s = min(next_s, self._advance(stream.fallback, now_s))
        for fallback in sorted(due, key=lambda one: one.asked_snapshot_s):
            next_s = min(next_s, self._ask_snapshot(fallback, api, now_s))
        return min(next_s, self._serve_queue(api, now_s))

    def _advance(self, fallback: Fallback, now_s: float) -> float:
        """Take one symbol's step; return in how many seconds it has another."""
        if fallback.step is Step.WAITING:
            return inf
        if now_s < fallback.deadline_s:
            return fallback.deadline_s - now_s
        self._request_over(fallback, cancel=True, now_s=now_s)
        return 0.0

    def _is_next_round_due(self, fallback: Fallback, now_s: float) -> bool:
        """Whether a symbol has waited so long for its bar that a snapshot may be tried again."""
        return fallback.step is Step.WAITING and now_s >= fallback.round_s + self._config.fallback_period_s

    def _ask_snapshot(self, fallback: Fallback, api: FallbackRequests, now_s: float) -> float:
        contract = fallback.stream.contract
        if now_s < fallback.round_s:
            return fallback.round_s - now_s
        if contract is None or len(self._snapshots) >= self._config.snapshots_open_max:
            return inf  # there is work again when a contract or the end of a snapshot comes
        if self._lines.free(self.lines_used) <= 0:
            bar_wait_s = self._bar_wait_s(fallback, now_s)
            if self.lines_used == 0 and bar_wait_s == 0.0:  # nor will there be one soon
                fallback.step, fallback.round_s = Step.WAITING, now_s
            return bar_wait_s or inf
        if not self._bucket.take(now_s, PacingClass.SNAPSHOT):
            return max(0.001, self._bucket.wait_s(now_s, PacingClass.SNAPSHOT))
        req_id = next(self._ids)
        fallback.begin(Step.SNAPSHOT, req_id, now_s + self._config.snapshot_timeout_s)
        fallback.round_s = fallback.asked_snapshot_s = now_s
        self._snapshots[req_id] = fallback
        api.request_snapshot(req_id, contract)
        return self._config.snapshot_timeout_s

    def _bar_wait_s(self, fallback: Fallback, now_s: float) -> float:
        """Return how long until a symbol that takes turns may have a bar again; 0: now."""
        return max(0.0, fallback.asked_history_s + self._config.fallback_period_s - now_s)

    def waiting(self) -> list[Fallback]:
        """Return the queue for historical requests, who has waited longest first."""
        found = [
            stream.fallback
            for stream in self._streams.values()
            if stream.fallback is not None and stream.fallback.step is Step.WAITING and stream.contract is not None
        ]
        return sorted(found, key=lambda fallback: fallback.asked_history_s)

    def _serve_queue(self, api: FallbackRequests, now_s: float) -> float:
        next_s, free_s = _LONG_S, self._ledger.free_s(now_s)
        for fallback in self.waiting():
            round_left_s = fallback.round_s + self._config.fallback_period_s - now_s
            if round_left_s > 0.0:  # else its snapshot was refused just now: there is work again when one may be had
                next_s = min(next_s, round_left_s)
            contract = fallback.stream.contract
            assert contract is not None
            if len(self._histories) >= self._config.history_open_max:
                continue
            if free_s > 0.0:
                next_s = min(next_s, free_s)
                continue
            wait_s = self._history_wait_s(fallback, now_s)
            if wait_s > 0.0:
                next_s = min(next_s, wait_s)
                continue
            if not self._bucket.take(now_s, PacingClass.HISTORY):
                return max(0.001, self._bucket.wait_s(now_s, PacingClass.HISTORY))
            self._ledger.take(*_ledger_names(fallback), now_s)
            req_id = next(self._ids)
            fallback.begin(Step.HISTORY, req_id, now_s + self._config.history_timeout_s)
            fallback.asked_history_s = now_s
            self._histories[req_id] = fallback
            api.request_bars(req_id, contract)
            next_s, free_s = min(next_s, self._config.history_timeout_s), self._ledger.free_s(now_s)
        return next_s

    def _history_wait_s(self, fallback: Fallback, now_s: float) -> float:
        return self._ledger.wait_s(*_ledger_names(fallback), now_s)

    def queue_wait_s(self, now_s: float) -> float:
        """Return how long until the first of the queue may be asked for; 0: now, or nobody waits."""
        waiting = self.waiting()
        return self._history_wait_s(waiting[0], now_s) if waiting else 0.0

    def queue_etas_s(self, now_s: float) -> dict[str, float]:
        """Return how long each of the first of the queue has to wait, as things are."""
        first = self.waiting()[:_ETAS_SHOWN]
        etas_s = history_etas_s(self._ledger, map(_ledger_names, first), now_s)
        return {one.stream.symbol: round(eta_s, 1) for one, eta_s in zip(first, etas_s, strict=True)}

    # ---- lines ----

    @property
    def lines_used(self) -> int:
        """Lines that snapshots have: those that are open, and those whose cancel has not left."""
        return len(self._snapshots) + sum(step is Step.SNAPSHOT for step, _ in self._cancelling)

    def give_lines_back(self, now_s: float) -> bool:
        """Send the cancels that may leave now; return whether those were all."""
        while self._api is not None and self._cancelling and self._bucket.take(now_s, PacingClass.CANCEL):
            step, req_id = self._cancelling.pop()
            (self._api.cancel_ticks if step is Step.SNAPSHOT else self._api.cancel_bars)(req_id)
        return not self._cancelling

    def snapshots_before(self, req_id: int) -> int:
        """Return how many open snapshots were asked for before that request."""
        return sum(one < req_id for one in self._snapshots)

    # ---- answers ----

    def served(self, fallback: Fallback, now_s: float) -> None:
        """A snapshot or history has brought its first price. Where lines are short the next one has its turn soon."""
        if fallback.step is not Step.SNAPSHOT:
            return
        fallback.served_s = now_s
        if fallback.stream.stage is Stage.ROTATED:
            fallback.deadline_s = min(fallback.deadline_s, now_s + self._config.rotation_dwell_s)

    def request_of(self, req_id: int) -> Fallback | None:
        """Return whose snapshot or history this is."""
        return self._snapshots.get(req_id) or self._histories.get(req_id)

    def ended(self, req_id: int, now_s: float) -> None:
        """The gateway says that the snapshot, or the bars, were all."""
        fallback = self.request_of(req_id)
        if fallback is not None:
            self._request_over(fallback, cancel=False, now_s=now_s)

    def error(self, fallback: Fallback, reaction: Reaction, text: str, now_s: float) -> None:
        """An error of a snapshot or of history: the request is dead, unless the code is one of those that go on."""
        if reaction is Reaction.NO_LINE:
            self._lines.refused(fallback.req_id, self.snapshots_before(fallback.req_id), now_s)
            if fallback.stream.stage is Stage.ROTATED:
                self._end_request(fallback, cancel=False)
                fallback.step, fallback.round_s = Step.RESTING, now_s + self._config.rotation_period_s
                return
        if reaction is Reaction.HISTORY and "pacing violation" in text.lower():
            self._ledger.violated(now_s)
        # Of missing permission a snapshot may be told as well and still bring delayed values: its deadline decides.
        is_open = reaction is Reaction.NO_PERMISSION and fallback.step is Step.SNAPSHOT
        if not is_open and reaction not in _NOT_THE_END:
            self._request_over(fallback, cancel=False, now_s=now_s)

    def _request_over(self, fallback: Fallback, *, cancel: bool, now_s: float) -> None:
        """A snapshot without a price is followed by history; everything else by rest until the next round."""
        is_empty_snapshot = fallback.step is Step.SNAPSHOT and not fallback.has_data
        is_rotated = fallback.stream.stage is Stage.ROTATED
        period_s = self._config.rotation_period_s if is_rotated else self._config.fallback_period_s
        self._end_request(fallback, cancel=cancel)
        if is_empty_snapshot and not (is_rotated and self._bar_wait_s(fallback, now_s) > 0.0):
            fallback.step = Step.WAITING
        else:
            fallback.step = Step.RESTING
            fallback.round_s = max(now_s, fallback.round_s + period_s)

    def _end_request(self, fallback: Fallback, *, cancel: bool) -> None:
        """What still comes for it is late."""
        found = self._snapshots.pop(fallback.req_id, None) or self._histories.pop(fallback.req_id, None)
        if found is not None and cancel:
            self._cancelling.append((fallback.step, fallback.req_id))
        fallback.req_id, fallback.deadline_s = -1, inf


def _ledger_names(fallback: Fallback) -> tuple[str, str]:
    """The request and its contract as the ledger knows them: of one contract all our requests are identical."""
    contract = fallback.stream.contract
    assert contract is not None
    name = f"{contract.con_id}@{contract.exchange}:{contract.bar_kind}"
    return name, name
