"""Metrics of the segment: heartbeats, counters, histograms, quotes by verdict and source."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from tickring import _core
from tickring.states import Connection, RunState, Source
from tickring.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client import Metric

    from tickring.reader import Quote, ReaderStatus

__all__ = ["quote_metrics", "segment_metrics"]

_NS_PER_S = 1e9


def segment_metrics(status: ReaderStatus) -> Iterator[Metric]:
    """Yield what the header page says."""
    yield _words("tickring_feeder_state", "State of the feeder.", RunState, status.feeder_state)
    yield _words("tickring_supervisor_state", "State of the supervisor.", RunState, status.supervisor_state)
    yield _words("tickring_gateway_connection", "The feeder's connection.", Connection, status.connection)
    yield GaugeMetricFamily(
        "tickring_feeder_heartbeat_age_seconds", "Age of the feeder's heartbeat.", status.heartbeat_age_s
    )
    yield GaugeMetricFamily(
        "tickring_supervisor_heartbeat_age_seconds",
        "Age of the supervisor's heartbeat.",
        status.supervisor_heartbeat_age_s,
    )
    yield GaugeMetricFamily(
        "tickring_heartbeat_limit_seconds", "An older heartbeat reads feed_down.", status.heartbeat_limit_s
    )
    yield GaugeMetricFamily("tickring_epoch", "The life of the feeder that may write now.", status.epoch)
    yield GaugeMetricFamily("tickring_segment_bytes", "Size of the segment.", status.segment_bytes)
    yield GaugeMetricFamily("tickring_segment_capacity", "Slots of the segment.", status.capacity)
    yield GaugeMetricFamily("tickring_segment_symbols", "Symbols in the segment.", status.active_symbols)
    for name, unit, _, text in _core.COUNTERS:
        yield CounterMetricFamily(f"tickring_{name}", f"{text} ({unit}).", status.counters[name])
    for name, text in _core.HISTOGRAMS:
        yield _histogram(f"tickring_{name}_seconds", f"Duration {text}.", *status.histograms[name])


def quote_metrics(quotes: Iterable[Quote]) -> Iterator[Metric]:
    """Yield how many quotes read so now; symbols are no labels."""
    verdicts: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    oldest_s = 0.0
    for quote in quotes:
        verdicts[quote.verdict] += 1
        sources[quote.source] += 1
        if quote.verdict is Verdict.LIVE:
            oldest_s = max(oldest_s, quote.vouched_age_s)
    by_verdict = GaugeMetricFamily("tickring_quotes", "Quotes by verdict.", labels=["verdict"])
    for verdict in Verdict:
        by_verdict.add_metric([verdict.value], verdicts[verdict])
    yield by_verdict
    by_source = GaugeMetricFamily("tickring_quotes_by_source", "Quotes by source.", labels=["source"])
    for source in Source:
        by_source.add_metric([source.value], sources[source])
    yield by_source
    yield GaugeMetricFamily(
        "tickring_live_vouched_age_max_seconds", "The longest since the feed proved itself for a live quote.", oldest_s
    )


def _words(name: str, text: str, words: type[RunState | Connection], present: str) -> GaugeMetricFamily:
    """Return one series a word, 1 for the present one: bounded, and easy to alert on."""
    family = GaugeMetricFamily(name, f"{text} 1 for the present one.", labels=["state"])
    for word in words:
        family.add_metric([word.value], 1.0 if word == present else 0.0)
    return family


def _histogram(name: str, text: str, sum_ns: int, buckets: tuple[int, ...]) -> HistogramMetricFamily:
    family = HistogramMetricFamily(name, text)
    bounds = [f"{bound / _NS_PER_S:g}" for bound in _core.HISTOGRAM_BOUNDS_NS] + ["+Inf"]
    family.add_metric([], list(zip(bounds, accumulate(buckets), strict=True)), sum_ns / _NS_PER_S)
    return family
