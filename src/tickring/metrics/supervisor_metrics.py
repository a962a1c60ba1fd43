"""Metrics of the supervisor's report: the stream's words, processes, episodes, alerts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, get_args

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from tickring.episodes import EpisodeKind
from tickring.stream_words import StateWord, StatusWord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

    from tickring.control.messages import ChildReport, EpisodeList, SupervisorReport

__all__ = ["episode_metrics", "supervisor_metrics"]

_CHILD_GAUGES = (
    ("tickring_child_cpu_percent", "Processor time, of one processor.", "cpu_percent"),
    ("tickring_child_rss_bytes", "Resident memory.", "rss_bytes"),
    ("tickring_child_threads", "Threads.", "threads"),
    ("tickring_child_open_files", "Open files.", "open_files"),
    ("tickring_child_uptime_seconds", "Since its start.", "uptime_s"),
    ("tickring_child_heartbeat_age_seconds", "Age of its heartbeat.", "heartbeat_age_s"),
)


def supervisor_metrics(report: SupervisorReport) -> Iterator[Metric]:
    """Yield the stream's state in the words of docs/states.md, and each process."""
    status = GaugeMetricFamily("tickring_stream_status", "1 for the present word.", labels=["status"])
    for word in get_args(StatusWord):
        status.add_metric([word], 1.0 if report.stream.status == word else 0.0)
    yield status
    state = GaugeMetricFamily("tickring_stream_state", "1 for the present row of the table.", labels=["state"])
    for word in get_args(StateWord):
        state.add_metric([word], 1.0 if report.stream.state == word else 0.0)
    yield state
    yield GaugeMetricFamily("tickring_stream_state_since_seconds", "How long it is so.", report.stream.since_s)
    yield GaugeMetricFamily("tickring_supervisor_uptime_seconds", "Since the supervisor's start.", report.uptime_s)
    yield GaugeMetricFamily("tickring_run_on", "Whether a run is on.", 0.0 if report.run is None else 1.0)
    yield from _children(report.children)
    if report.alerter is not None:
        yield GaugeMetricFamily("tickring_alerts_open", "Faults that go on.", report.alerter.open_alerts)
        waiting = GaugeMetricFamily("tickring_alerts_waiting", "Messages not delivered yet.", labels=["sink"])
        delivered = CounterMetricFamily("tickring_alerts_delivered", "Messages delivered.", labels=["sink"])
        for sink in report.alerter.sinks:
            waiting.add_metric([sink.name], sink.waiting)
            delivered.add_metric([sink.name], sink.delivered)
        yield waiting
        yield delivered


def _children(children: tuple[ChildReport, ...]) -> Iterator[Metric]:
    up = GaugeMetricFamily("tickring_child_up", "Whether the process runs.", labels=["child"])
    restarts = CounterMetricFamily("tickring_child_restarts", "Starts beyond the first.", labels=["child"])
    for child in children:
        up.add_metric([child.name], 0.0 if child.pid is None else 1.0)
        restarts.add_metric([child.name], child.restarts)
    yield up
    yield restarts
    for name, text, field in _CHILD_GAUGES:
        family = GaugeMetricFamily(name, text, labels=["child"])
        for child in children:
            value = getattr(child, field)
            if value is not None:
                family.add_metric([child.name], value)
        yield family


def episode_metrics(episodes: EpisodeList) -> Iterator[Metric]:
    """Yield the open episodes by kind; scopes are no labels."""
    open_now = Counter(one.kind for one in episodes.episodes if one.is_open)
    family = GaugeMetricFamily("tickring_episodes_open", "Faults that go on, by kind.", labels=["kind"])
    for kind in EpisodeKind:
        family.add_metric([kind.value], open_now[kind])
    yield family
    yield CounterMetricFamily("tickring_episode_changes", "Episodes opened or closed.", episodes.sequence)
