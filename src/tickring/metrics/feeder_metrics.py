"""Metrics of the feeder's own words: subscriptions, fallback, errors by code, what it is allowed to ask for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

    from tickring.feeder_status import FeederStatus

__all__ = ["feeder_metrics"]


def feeder_metrics(status: FeederStatus) -> Iterator[Metric]:
    """Yield what the feeder says; counters begin anew with each of its lives, as Prometheus knows of processes."""
    subscriptions = GaugeMetricFamily("tickring_subscriptions", "Wanted symbols by how far they are.", labels=["state"])
    subscriptions.add_metric(["confirmed"], status.confirmed)
    subscriptions.add_metric(["pending"], status.pending)
    subscriptions.add_metric(["failed"], len(status.unresolved))
    yield subscriptions
    yield GaugeMetricFamily("tickring_symbols_desired", "Symbols that shall be streamed.", status.desired)
    rotated = status.rotated_served
    failing = len(status.fallback) - rotated
    yield GaugeMetricFamily("tickring_symbols_on_fallback", "From snapshot or history: streams that fail.", failing)
    yield GaugeMetricFamily("tickring_symbols_rotated", "By snapshots in turn for want of lines.", rotated)
    errors = CounterMetricFamily("tickring_gateway_errors", "Errors by the gateway's code.", labels=["code"])
    for code, count in sorted(status.errors_by_code.items()):
        errors.add_metric([_code_word(code)], count)
    yield errors
    served = CounterMetricFamily(
        "tickring_source_symbol_seconds", "For how long each source has served symbols.", labels=["source"]
    )
    for source, seconds in sorted(status.source_symbol_s.items()):
        served.add_metric([source], seconds)
    yield served
    yield from _lines_and_pacing(status)
    yield CounterMetricFamily("tickring_ticks_late", "Ticks whose request had ended.", status.late_ticks)
    yield CounterMetricFamily("tickring_ticks_fast_lane", "Ticks that took the fast lane.", status.fast_ticks or 0)
    yield CounterMetricFamily("tickring_messages_poison", "Messages that could not be decoded.", status.poison)
    yield GaugeMetricFamily(
        "tickring_reconnect_attempts", "Connections lost or refused since the newest price.", status.reconnect_attempts
    )
    is_open = None if status.in_session is None else float(status.in_session)
    data_ns = status.last_data_mono_ns
    data_age_s = max(0, time.monotonic_ns() - data_ns) / 1e9 if data_ns > 0 else None
    for name, text, value in (
        ("tickring_clock_skew_seconds", "Gateway's clock minus ours.", status.clock_skew_s),
        ("tickring_data_age_seconds", "Since the newest price of any symbol.", data_age_s),
        ("tickring_in_session", "Whether any wanted market is open.", is_open),
    ):
        family = GaugeMetricFamily(name, text)
        if value is not None:  # what is not known has no number
            family.add_metric([], value)
        yield family
    yield GaugeMetricFamily("tickring_history_queue", "Symbols waiting for history.", len(status.history_queue))
    yield GaugeMetricFamily("tickring_history_wait_seconds", "Until the first may be asked for.", status.history_wait_s)
    farms = GaugeMetricFamily("tickring_farm_ok", "IB's data farms, 1 where well or idle.", labels=["farm", "kind"])
    for farm in status.farms[:64]:
        farms.add_metric([farm.name, farm.kind], 1.0 if farm.state in {"ok", "idle"} else 0.0)
    yield farms


def _lines_and_pacing(status: FeederStatus) -> Iterator[Metric]:
    lines = GaugeMetricFamily("tickring_lines", "Market data lines.", labels=["what"])
    if status.lines is not None:
        lines.add_metric(["limit"], status.lines.limit)
        lines.add_metric(["used"], status.lines.used)
        lines.add_metric(["rotated"], status.lines.rotated)
    yield lines
    limit = GaugeMetricFamily("tickring_pacing_limit_per_second", "Messages to the gateway that are allowed now.")
    last = GaugeMetricFamily("tickring_pacing_last_second", "Messages to the gateway in the last second.")
    sent = CounterMetricFamily("tickring_messages_sent", "Messages to the gateway by class.", labels=["kind"])
    if status.pacing is not None:
        limit.add_metric([], status.pacing.limit_per_s)
        last.add_metric([], status.pacing.last_s)
        for kind, count in sorted(status.pacing.sent.items()):
            sent.add_metric([kind], count)
    yield from (limit, last, sent)


def _code_word(code: int) -> str:
    return {0: "own", -1: "other"}.get(code, str(code))
