"""What tickring has in the place of a library's loop: a segment and its feeder, started as the service starts them."""

from __future__ import annotations

import os
import signal
from multiprocessing import get_context
from typing import TYPE_CHECKING

import msgspec

from bench._harness.cores import reader_core, writer_core
from bench._wire.feeder_process import feed, write_files
from tickring.config.structs import (
    Config,
    FeederConfig,
    FilesConfig,
    GatewayConfig,
    LivenessConfig,
    LogConfig,
    SegmentConfig,
    StreamConfig,
)
from tickring.states import ApiMode, RunState
from tickring.supervisor.segment_host import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess
    from pathlib import Path

__all__ = ["FeederSide"]

_END_WITHIN_S = 5.0
_MESSAGES_PER_S = 1000.0  # the simulator sets no limit here, and a start should not take seconds
_PATIENCE_S = 60.0  # on a slow machine nothing is asked for twice, or by a way around
_SILENCE_S = 3_000.0  # stacks say nothing but in their own samples; every stream is looked at all the same


class FeederSide:
    """Runs from its making to `close`."""

    def __init__(self, client: str, symbols: list[str], port: int, place: Path, *, has_fast_lane: bool = True) -> None:
        """`client`: which ibapi; `port`: the gateway's; `place`: the segment's directory.

        Raises:
            TickringError: the segment cannot be made.
        """
        self.segment = str(place)
        limits = SegmentLimits(capacity=len(symbols) + 8)
        self._host = SegmentHost.open(self.segment, limits=limits, api_mode=ApiMode.MOCK)
        self._config = config = Config(
            segment=SegmentConfig(name=self.segment),
            gateway=GatewayConfig(port=port),
            feeder=FeederConfig(
                messages_per_s=_MESSAGES_PER_S,
                lines_max=len(symbols),
                fast_lane=has_fast_lane,
                resolve_timeout_s=_PATIENCE_S,
                subscribe_timeout_s=_PATIENCE_S,
                fallback_after_s=_PATIENCE_S,
            ),
            liveness=LivenessConfig(silence_min_s=_SILENCE_S, silence_max_s=_SILENCE_S),
            files=FilesConfig(data_root=str(place.with_name(f"{place.name}-files"))),
            stream=StreamConfig(api_mode="mock", symbols=tuple(symbols)),
            log=LogConfig(level="error"),
        )
        arguments = (client, msgspec.json.encode(config), self._host.grant_epoch(), reader_core(), os.getpid())
        self._process = get_context("spawn").Process(target=feed, args=arguments, name=f"bench feeder {client}")
        # As for agents: Ctrl-C is the coordinator's.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process.start()
        except BaseException:
            self._host.close(remove=True)
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        self._host.set_state(RunState.RUNNING)
        self._flusher: BaseProcess | None = None

    @property
    def pid(self) -> int:
        """Of the feeder."""
        assert self._process.pid is not None
        return self._process.pid

    def start_flusher(self) -> int:
        """Have files written from here on, on the gateway's core; return the process. Once."""
        arguments = (msgspec.json.encode(self._config), writer_core(), os.getpid())
        self._flusher = flusher = get_context("spawn").Process(target=write_files, args=arguments, name="bench flusher")
        flusher.start()
        assert flusher.pid is not None
        return flusher.pid

    def close(self) -> None:
        """End the feeder, and the flusher if there is one, and remove the segment."""
        for process in (self._flusher, self._process):
            if process is None:
                continue
            process.terminate()
            process.join(_END_WITHIN_S)
            if process.is_alive():
                process.kill()
                process.join()
        self._host.close(remove=True)
