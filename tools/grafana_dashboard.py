"""Write docs/monitoring/grafana.json, over the metrics of `tickring.metrics`: `python -m tools.grafana_dashboard`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["PAGE", "PANELS", "dashboard", "page"]

PAGE = Path(__file__).parent.parent / "docs" / "monitoring" / "grafana.json"
_WIDTH = 8
_HEIGHT = 7
_COLUMNS = 3


class Panel(NamedTuple):
    """One plot. `queries`: expression to legend."""

    title: str
    unit: str
    queries: dict[str, str]


def _quantiles(name: str) -> dict[str, str]:
    rate = f"rate({name}_bucket[$__rate_interval])"
    return {f"histogram_quantile({part}, {rate})": f"p{part * 100:g}" for part in (0.5, 0.99, 0.999)}


PANELS = (
    Panel("Stream", "short", {"tickring_stream_status == 1": "{{status}}"}),
    Panel("Quotes by verdict", "short", {"tickring_quotes > 0": "{{verdict}}"}),
    Panel("Quotes by source", "short", {"tickring_quotes_by_source > 0": "{{source}}"}),
    Panel(
        "Subscriptions",
        "short",
        {"tickring_symbols_desired": "desired", "tickring_subscriptions": "{{state}}"},
    ),
    Panel("On snapshots or history", "short", {"tickring_symbols_on_fallback": "symbols"}),
    Panel("Ticks", "ops", {"rate(tickring_ticks_published_total[$__rate_interval])": "published"}),
    Panel("Bytes there to visible", "s", _quantiles("tickring_wire_to_visible_seconds")),
    Panel("Decoding of one read", "s", _quantiles("tickring_decode_seconds")),
    Panel("Telling sleeping readers", "s", _quantiles("tickring_wake_seconds")),
    Panel(
        "Heartbeats",
        "s",
        {
            "tickring_feeder_heartbeat_age_seconds": "feeder",
            "tickring_supervisor_heartbeat_age_seconds": "supervisor",
            "tickring_child_heartbeat_age_seconds": "{{child}}",
        },
    ),
    Panel("Newest price", "s", {"tickring_data_age_seconds": "age"}),
    Panel("Open faults", "short", {"tickring_episodes_open > 0": "{{kind}}"}),
    Panel("Processor", "percent", {"tickring_child_cpu_percent": "{{child}}"}),
    Panel("Memory", "bytes", {"tickring_child_rss_bytes": "{{child}}"}),
    Panel("Restarts", "short", {"increase(tickring_child_restarts_total[1h])": "{{child}}"}),
    Panel("Gateway's errors", "short", {"increase(tickring_gateway_errors_total[5m])": "{{code}}"}),
    Panel("Symbols by source", "short", {"rate(tickring_source_symbol_seconds_total[$__rate_interval])": "{{source}}"}),
    Panel("Lines", "short", {"tickring_lines": "{{what}}"}),
    Panel("Messages to the gateway", "ops", {"rate(tickring_messages_sent_total[$__rate_interval])": "{{kind}}"}),
    Panel("Farms", "short", {"tickring_farm_ok": "{{farm}} {{kind}}"}),
    Panel("Clock", "s", {"tickring_clock_skew_seconds": "gateway minus here"}),
)


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(number, _COLUMNS)
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "datasource": {"type": "prometheus", "uid": "${source}"},
        "gridPos": {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + index), "expr": expression, "legendFormat": legend}
            for index, (expression, legend) in enumerate(panel.queries.items())
        ],
    }


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana imports it."""
    return {
        "uid": "tickring",
        "title": "tickring",
        "schemaVersion": 38,
        "refresh": "5s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {
            "list": [{"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}]
        },
        "panels": [_panel(number, panel) for number, panel in enumerate(PANELS)],
    }


def page() -> str:
    """Return the file's text."""
    return json.dumps(dashboard(), indent=1) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
