"""The report: everything the supervisor knows, as one message."""

from __future__ import annotations

import contextlib
import os
import time
from importlib import metadata
from typing import TYPE_CHECKING

from tickring.alerter_status import read_alerter_status
from tickring.control.messages import SupervisorReport
from tickring.errors import TickringError
from tickring.iso_time import iso_from_ns
from tickring.supervisor.alerter_need import ALERTER

if TYPE_CHECKING:
    from tickring.alerter_status import AlerterStatus
    from tickring.config.structs import Config
    from tickring.supervisor.children import Children
    from tickring.supervisor.live_config import LiveConfig
    from tickring.supervisor.stream_run import StreamRun
    from tickring.supervisor.stream_view import StreamView

__all__ = ["Reporter", "notes_of"]


class Reporter:
    """Knows what does not change in the supervisor's life."""

    def __init__(self) -> None:
        self._started_s = time.monotonic()
        self._started_at = iso_from_ns(time.time_ns())
        self._version = metadata.version("tickring")

    def report(
        self,
        config: Config,
        *,
        view: StreamView,
        run: StreamRun | None,
        children: Children,
        is_embedded: bool,
        notes: list[str],
    ) -> SupervisorReport:
        """Return the report as of now."""
        now_s = time.monotonic()
        children.look_at_figures(now_s)
        return SupervisorReport(
            at=iso_from_ns(time.time_ns()),
            pid=os.getpid(),
            started_at=self._started_at,
            uptime_s=now_s - self._started_s,
            version=self._version,
            segment=config.segment.name,
            data_root=config.files.data_root,
            api_mode=config.stream.api_mode,
            epoch=0 if view.header is None else view.header.epoch,
            stream=view.machine.report(now_s),
            run=None if run is None else run.report(),
            children=children.report(now_s),
            feeder=view.feeder,
            gateway=f"{config.gateway.host}:{config.gateway.port}",
            is_embedded=is_embedded,
            notes=tuple(notes),
            alerter=_alerter_status(config, children[ALERTER].pid) if ALERTER in children.names else None,
        )


def notes_of(children: Children, live: LiveConfig, run: StreamRun | None, state_fault: str) -> list[str]:
    """Return what an operator should know. `state_fault`: why the state file is not written, empty if it is."""
    notes = [*children.notes, *live.notes]
    if run is not None and run.refused:
        symbol, why = next(iter(run.refused.items()))
        notes.append(f"{len(run.refused)} symbols of the planner cannot be streamed; {symbol}: {why}")
    return notes + ([f"the state file is not written: {state_fault}"] if state_fault else [])


def _alerter_status(config: Config, pid: int | None) -> AlerterStatus | None:
    """Return what the present life says; what an earlier one has left is not how things are."""
    with contextlib.suppress(TickringError):  # half a file is replaced by the next one
        status = read_alerter_status(config.segment.name)
        return status if status is not None and status.pid == pid else None
    return None
