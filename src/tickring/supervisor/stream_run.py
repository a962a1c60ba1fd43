"""One run of the stream, from start to stop: its lock, its name and the symbols that are wanted now."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tickring import _core
from tickring.config.checks import contract_of
from tickring.config.planner_need import asks_for_symbols
from tickring.control.messages import RunReport
from tickring.errors import InvalidSymbol, TickringError
from tickring.iso_time import iso_from_ns
from tickring.job_lock import STREAM_JOB, JobLock
from tickring.supervisor.bounded_work import done_within
from tickring.supervisor.feeder_inbox import fits_into_a_message
from tickring.supervisor.lock_taking import take_lock
from tickring.supervisor.run_id import new_run_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tickring.config.structs import Config, ContractConfig
    from tickring.control.messages import Start
    from tickring.job_lock import LockHolder

__all__ = ["NotStreamable", "StreamRun"]

_LOG = logging.getLogger("tickring.supervisor")


class NotStreamable(TickringError, ValueError):
    """Symbols that cannot be streamed, with the reason. Nothing has changed."""


class StreamRun:
    """Holds `JobLock("ib_stream")` from `begin` to `end`. One thread."""

    def __init__(self, lock: JobLock, run_id: str, request: Start, config: Config) -> None:
        """Use `begin`."""
        self.run_id = run_id
        self.wanted: dict[str, ContractConfig] = {}
        self.planned: set[str] = set()
        """Those of `wanted` that are the planner's to change; the others were asked for over the control socket."""
        self.refused: dict[str, str] = {}
        """What the planner wants and cannot be streamed, with the reason."""
        self.started_s = time.monotonic()
        self.request = request
        self.holder: LockHolder | None = None
        """What the lock's file says of this process."""
        self._lock = lock
        self._lock_wait_s = config.supervisor.lock_wait_s
        self._project_id = config.stream.project_id if request.project_id is None else request.project_id
        self.follows_configuration = True
        """Whether what is wanted came from the configuration, and so changes with it."""
        self._started_at = iso_from_ns(time.time_ns())

    @classmethod
    def begin(cls, config: Config, request: Start) -> StreamRun:
        """Take the lock and begin.

        Raises:
            NotStreamable: a symbol of the request, or there are too many.
            StreamLockBusy: a run of another process is on for this data root.
            JobLockUnusable: see its message; a disk that does not answer within `supervisor.lock_wait_s` is one.
        """
        if request.max_symbols is not None and request.max_symbols < 1:
            raise NotStreamable(f"max_symbols is {request.max_symbols}, must be at least 1")
        run_id = new_run_id()
        lock = JobLock(STREAM_JOB, config.files.data_root)
        run = cls(lock, run_id, request, config)
        configured = () if asks_for_symbols(config) else config.stream.symbols
        symbols = configured if request.symbols is None else request.symbols
        chosen = tuple(dict.fromkeys(symbols))[: request.max_symbols]
        run.want({symbol: contract_of(config, symbol) for symbol in chosen}, config)
        run.planned = set(run.wanted)
        run.follows_configuration = request.symbols is None and not asks_for_symbols(config)
        run.holder = take_lock(lock, config.supervisor.lock_wait_s, run_id)
        return run

    def want(self, symbols: Mapping[str, ContractConfig], config: Config) -> None:
        """Stream these too; a contract given before stays.

        Raises:
            NotStreamable: nothing has changed.
        """
        for symbol, contract in symbols.items():
            try:
                _core.check_symbol(symbol)
            except InvalidSymbol as error:
                raise NotStreamable(str(error)) from None
            if not fits_into_a_message(symbol, contract):
                raise NotStreamable(f"the contract of {symbol!r} has more than 4,000 characters; IB's have some dozens")
        new = {symbol: contract for symbol, contract in symbols.items() if symbol not in self.wanted}
        count = len(self.wanted) + len(new)
        if count > config.segment.capacity:
            raise NotStreamable(
                f"{count} symbols would be wanted, segment.capacity is {config.segment.capacity}; "
                "unsubscribe some, or raise it"
            )
        self.wanted.update(new)

    def plan(self, symbols: Mapping[str, ContractConfig], config: Config) -> tuple[tuple[str, ...], list[str]]:
        """Stream what the planner names; return what is new, and what of it was streamed with another contract.

        What was asked for over the control socket keeps its contract. One symbol that cannot be streamed stands in
        `refused` and in nobody's way.
        """
        new: list[str] = []
        renamed: list[str] = []
        for symbol, contract in symbols.items():
            if symbol in self.wanted:
                if symbol not in self.planned or self.wanted[symbol] == contract:
                    continue
                renamed.append(symbol)
                self.unplan((symbol,))
            try:
                self.want({symbol: contract}, config)
            except NotStreamable as error:
                self.refused[symbol] = str(error)
            else:
                self.refused.pop(symbol, None)
                self.planned.add(symbol)
                new.append(symbol)
        return tuple(new), renamed

    def unplan(self, symbols: Iterable[str]) -> list[str]:
        """Stream these no longer, as far as they are the planner's; return which."""
        gone = [symbol for symbol in symbols if symbol in self.planned]
        self.planned.difference_update(gone)
        for symbol in symbols:
            self.refused.pop(symbol, None)
        for symbol in gone:
            self.wanted.pop(symbol, None)
        return gone

    def unwant(self, symbols: tuple[str, ...]) -> None:
        """Stream these no longer; those that are not streamed are none of them."""
        for symbol in symbols:
            self.wanted.pop(symbol, None)
        self.planned.difference_update(symbols)

    def feeder_config(self, config: Config) -> Config:
        """Return the configuration for a life of the feeder that begins now."""
        stream = replace(config.stream, symbols=tuple(self.wanted), project_id=self._project_id)
        return replace(config, stream=stream, contracts={**config.contracts, **self.wanted})

    def report(self) -> RunReport:
        """Return what a report tells of it."""
        return RunReport(
            run_id=self.run_id,
            started_at=self._started_at,
            by=self.request.by,
            project_id=self._project_id,
            decision_snapshot_id=self.request.decision_snapshot_id,
            symbols=len(self.wanted),
        )

    def end(self) -> None:
        """Give the lock back, once the feeder is gone. Idempotent.

        A disk that does not answer in time is left alone: the lock goes when it does, or with this process.
        """
        try:
            done_within(self._lock_wait_s, self._lock.release, lambda _none: None, "lock-release")
        except TimeoutError:
            _LOG.error("run.lock_not_released run_id=%s: the disk of its file does not answer", self.run_id)
