"""A supervisor's report with everything in it, for what shows reports."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from tickring.control.messages import ChildReport, RunReport, StreamReport, SupervisorReport, Transition
from tickring.feeder_status import FeederStatus, LastError
from tickring.iso_time import iso_from_ns


def now(ago_s: float = 0.0) -> str:
    """So long ago."""
    return iso_from_ns(time.time_ns() - round(ago_s * 1e9))


def report(**changes: Any) -> SupervisorReport:
    """The report, with some of its values changed; `stream`, `feeder` may be dictionaries of changes."""
    stream = StreamReport(
        state="mixed",
        status="degraded",
        mode="STREAM",
        health="running",
        since=now(192),
        since_s=192.0,
        cause="some symbols stream, others are served from snapshots or history",
        code="fallback_in_use",
        transitions=tuple(
            Transition(
                sequence=number,
                at=now(300 - number),
                state="streaming" if number % 2 else "feeder_lost",
                status="connected" if number % 2 else "degraded",
                cause=f"cause {number}",
                code="streaming",
            )
            for number in range(1, 9)
        ),
    )
    feeder = FeederStatus(
        epoch=7,
        pid=4002,
        written_at=now(),
        errors=3,
        last_error=LastError(code=10197, text="No market data during competing live session", at=now(9), symbol="SPY"),
        desired=20,
        confirmed=13,
        pending=1,
        unresolved={f"BAD{number}": f"reason {number}" for number in range(6)},
        market_data_type="delayed",
        server_version=176,
        account="DU123456",
        last_data_mono_ns=time.monotonic_ns() - 400_000_000,
        late_ticks=5,
        poison=2,
        in_session=False,
        history_queue=("F00", "F01"),
        history_wait_s=3.0,
        sources={"ib_stream": 13, "ib_snapshot": 10, "ib_history": 0},
        fallback={f"F{number:02}": "ib_snapshot" for number in range(10)},
    )
    child = ChildReport(
        name="feeder",
        state="running",
        pid=4002,
        uptime_s=191.0,
        restarts=2,
        heartbeat_age_s=0.04,
        heartbeat_limit_s=2.0,
        cpu_percent=3.4,
        rss_bytes=31_000_000,
        threads=1,
        open_files=13,
        last_exit="killed by SIGKILL, which nobody here sent: out of memory?",
    )
    whole = SupervisorReport(
        at=now(),
        pid=4000,
        started_at=now(3600),
        uptime_s=3600.0,
        version="0.1.0",
        segment="desk",
        data_root="/srv/tickring/ib",
        api_mode="paper",
        epoch=7,
        stream=stream,
        run=RunReport(run_id="run-1", started_at=now(3599), by="api", project_id=3, symbols=20),
        children=(
            ChildReport(name="flusher", state="backing_off", restarts=9, last_exit="exit code 1", starts_in_s=12.0),
            child,
        ),
        feeder=feeder,
        gateway="127.0.0.1:4002",
        is_embedded=False,
        notes=("flusher ended 9 times in 60 s: it is started every 60 s",),
    )
    for name, value in changes.items():
        of = getattr(whole, name)
        merged = msgspec.structs.replace(of, **value) if isinstance(value, dict) else value
        whole = msgspec.structs.replace(whole, **{name: merged})
    return whole
