"""One run of the stream, from start to stop: its lock, its name and the symbols that are wanted now."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tickring import _core
from tickring.config.checks import contract_of
from tickring.control.messages import RunReport
from tickring.errors import InvalidSymbol, TickringError
from tickring.iso_time import iso_from_ns
from tickring.job_lock import STREAM_JOB, JobLock
from tickring.supervisor.feeder_inbox import fits_into_a_message
from tickring.supervisor.run_id import new_run_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tickring.config.structs import Config, ContractConfig
    from tickring.control.messages import Start
    from tickring.job_lock import LockHolder

__all__ = ["NotStreamable", "StreamRun"]


class NotStreamable(TickringError, ValueError):
    """Symbols that cannot be streamed, with the reason. Nothing has changed."""


class StreamRun:
    """Holds `JobLock("ib_stream")` from `begin` to `end`. One thread."""

    def __init__(self, lock: JobLock, run_id: str, request: Start, config: Config) -> None:
        """Use `begin`."""
        self.run_id = run_id
        self.wanted: dict[str, ContractConfig] = {}
        self.started_s = time.monotonic()
        self._lock = lock
        self._request = request
        self._project_id = config.stream.project_id if request.project_id is None else request.project_id
        self._started_at = iso_from_ns(time.time_ns())

    @classmethod
    def begin(cls, config: Config, request: Start) -> StreamRun:
        """Take the lock and begin.

        Raises:
            NotStreamable: a symbol of the request, or there are too many.
            StreamLockBusy: a run of another process is on for this data root.
            JobLockUnusable: see its message.
        """
        if request.max_symbols is not None and request.max_symbols < 1:
            raise NotStreamable(f"max_symbols is {request.max_symbols}, must be at least 1")
        run_id = new_run_id()
        lock = JobLock(STREAM_JOB, config.files.data_root)
        run = cls(lock, run_id, request, config)
        symbols = config.stream.symbols if request.symbols is None else request.symbols
        chosen = tuple(dict.fromkeys(symbols))[: request.max_symbols]
        run.want({symbol: contract_of(config, symbol) for symbol in chosen}, config)
        lock.acquire(run_id=run_id)
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

    def unwant(self, symbols: tuple[str, ...]) -> None:
        """Stream these no longer; those that are not streamed are none of them."""
        for symbol in symbols:
            self.wanted.pop(symbol, None)

    def feeder_config(self, config: Config) -> Config:
        """Return the configuration for a life of the feeder that begins now."""
        stream = replace(config.stream, symbols=tuple(self.wanted), project_id=self._project_id)
        return replace(config, stream=stream, contracts={**config.contracts, **self.wanted})

    @property
    def holder(self) -> LockHolder | None:
        """What the lock's file says of this process."""
        return self._lock.holder()

    @property
    def follows_configuration(self) -> bool:
        """Whether what is wanted came from the configuration, and so changes with it."""
        return self._request.symbols is None

    def report(self) -> RunReport:
        """Return what a report tells of it."""
        return RunReport(
            run_id=self.run_id,
            started_at=self._started_at,
            by=self._request.by,
            project_id=self._project_id,
            decision_snapshot_id=self._request.decision_snapshot_id,
            symbols=len(self.wanted),
        )

    def end(self) -> None:
        """Give the lock back, once the feeder is gone. Idempotent."""
        self._lock.release()
