"""Collects at the moment of a scrape; nothing is kept and nothing runs in between.

What cannot be had is left out and told by `tickring_up`: a dead supervisor takes only its own numbers along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from tickring.control.client import SupervisorClient
from tickring.errors import TickringError
from tickring.feeder_status import read_feeder_status
from tickring.metrics.feeder_metrics import feeder_metrics
from tickring.metrics.segment_metrics import quote_metrics, segment_metrics
from tickring.metrics.supervisor_metrics import episode_metrics, supervisor_metrics
from tickring.reader import QuoteReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from prometheus_client import Metric

__all__ = ["StackCollector", "render"]


class StackCollector:
    """Of one segment. `collect` may be called from any thread, by one at a time."""

    def __init__(self, segment: str | Path, *, timeout_s: float = 2.0) -> None:
        """`timeout_s`: for each question to the supervisor."""
        self._segment = segment
        self._timeout_s = timeout_s

    def collect(self) -> Iterator[Metric]:
        """Yield everything that can be had now."""
        up = GaugeMetricFamily("tickring_up", "Whether this part could be read.", labels=["part"])
        for part, read in (("segment", self._of_segment), ("feeder", self._of_feeder), ("supervisor", self._asked)):
            try:
                found = read()
            except (TickringError, OSError):
                found = None
            up.add_metric([part], 0.0 if found is None else 1.0)
            yield from found or ()
        yield up

    def _of_segment(self) -> list[Metric]:
        with QuoteReader.open(self._segment, api_mode="any") as reader:
            return [*segment_metrics(reader.status()), *quote_metrics(reader.batch(reader.symbols()).read())]

    def _of_feeder(self) -> list[Metric] | None:
        status = read_feeder_status(self._segment)
        return None if status is None else list(feeder_metrics(status))

    def _asked(self) -> list[Metric]:
        with SupervisorClient(self._segment, timeout_s=self._timeout_s) as client:
            return [*supervisor_metrics(client.status()), *episode_metrics(client.episodes(0))]


def render(segment: str | Path) -> bytes:
    """Return the present numbers in Prometheus' text format (0.0.4)."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StackCollector(segment))
    return generate_latest(registry)
