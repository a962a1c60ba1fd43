"""The metrics: true numbers of a running stack, read by a real Prometheus; names that documents and rules use exist."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import threading
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import quote

import pytest

from tests.processes.child import kill_and_wait
from tests.supervisor_rig import SupervisorRig
from tests.waiting import wait_until
from tickring import _core
from tickring.states import Field
from tools import grafana_dashboard

pytest.importorskip("prometheus_client", reason="the metrics need tickring[service]")

from prometheus_client.parser import text_string_to_metric_families

from tickring.metrics import render
from tickring.metrics.exporter import MetricsServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.feeds import Feed

MONITORING = Path(__file__).parent.parent / "docs" / "monitoring"
NAME = re.compile(r"\btickring_[a-z0-9_]+")
_EXPLAINED = (*(f"tickring_{name}" for name, *_ in _core.COUNTERS), "tickring_segment_", "tickring_epoch")
"""What `tickring segment` explains: no rows of their own."""
_SUFFIXES = ("_total", "_bucket", "_sum", "_count")


def numbers(text: bytes) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """By name and labels, as Prometheus' own parser reads them."""
    families = text_string_to_metric_families(text.decode())
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def value(text: bytes, name: str, **labels: str) -> float:
    """One number."""
    return numbers(text)[name, frozenset(labels.items())]


@contextmanager
def served(segment: str | Path) -> Iterator[str]:
    """An exporter; the address of its metrics."""
    with MetricsServer(segment, port=0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/metrics"
        finally:
            server.shutdown()
            thread.join()


def fetch(address: str) -> bytes:
    """The body of an answer."""
    with urllib.request.urlopen(address, timeout=10) as answer:
        body: bytes = answer.read()
    return body


def tool(name: str) -> str:
    """Where one of Prometheus' programs is."""
    found = shutil.which(name)
    if found is None:
        assert "CI" not in os.environ, f"{name} is not there: apt-get install prometheus"
        pytest.skip(f"needs {name}: apt-get install prometheus")
    return found


def test_nothing_there_is_told_as_nothing(tmp_path: Path) -> None:
    """Without segment, feeder and supervisor there is an answer, and it says so."""
    text = render(tmp_path / "none")
    assert {part: value(text, "tickring_up", part=part) for part in ("segment", "feeder", "supervisor")} == {
        "segment": 0.0,
        "feeder": 0.0,
        "supervisor": 0.0,
    }


def test_the_segments_numbers_are_the_segments(feed: Feed) -> None:
    """Quotes by verdict and source, counters, histograms with Prometheus' cumulative buckets."""
    feed.stream("SPY", Field.BID, 10.0)
    feed.writer.add("MUTE")
    feed.writer.measured(200, 0, 3_000)
    feed.writer.measured(300, 0, 10**12)
    text = render(feed.host.paths.directory)
    assert value(text, "tickring_quotes", verdict="live") == 1
    assert value(text, "tickring_quotes", verdict="missing") + value(text, "tickring_quotes", verdict="stale") == 1
    assert value(text, "tickring_segment_symbols") == 2
    assert value(text, "tickring_symbols_added_total") == 2
    assert value(text, "tickring_feeder_state", state="running") == 1
    assert value(text, "tickring_decode_seconds_bucket", le="2.56e-07") == 1
    assert value(text, "tickring_decode_seconds_bucket", le="+Inf") == 2
    assert value(text, "tickring_decode_seconds_sum") == 500e-9
    assert value(text, "tickring_wire_to_visible_seconds_bucket", le="137.439") == 1
    assert value(text, "tickring_wire_to_visible_seconds_count") == 2


def test_series_do_not_grow_with_symbols(feed: Feed) -> None:
    """Symbols are no labels."""
    feed.stream("SPY", Field.BID, 10.0)
    before = numbers(render(feed.host.paths.directory)).keys()
    for number in range(50):
        feed.stream(f"S{number}", Field.BID, 10.0)
    assert numbers(render(feed.host.paths.directory)).keys() == before


def test_other_paths_lead_there(feed: Feed) -> None:
    """404 with the way."""
    with served(feed.host.paths.directory) as address, pytest.raises(HTTPError) as caught:
        fetch(address.replace("/metrics", "/other"))
    assert (caught.value.code, b"/metrics" in caught.value.read()) == (404, True)


def free_port() -> int:
    """A port that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


@contextmanager
def prometheus(place: Path, address: str) -> Iterator[str]:
    """A real one that scrapes this address and has our rules; where its API is."""
    host = address.removeprefix("http://").removesuffix("/metrics")
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "scrape_configs": [{"job_name": "tickring", "static_configs": [{"targets": [host]}]}],
        "rule_files": [str(MONITORING / "alerts.yml")],
    }
    (place / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
    port = free_port()
    process = subprocess.Popen(
        [
            tool("prometheus"),
            f"--config.file={place / 'prometheus.yml'}",
            f"--storage.tsdb.path={place / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error",
        ]
    )
    try:
        yield f"http://127.0.0.1:{port}/api/v1"
    finally:
        process.terminate()
        assert process.wait(20) == 0


def test_a_real_prometheus_reads_the_running_stack(segment_name: str, tmp_path: Path) -> None:
    """Supervisor, feeder and flusher are scraped; a killed feeder shows as restart; our rules are evaluated."""
    tool("prometheus")
    with SupervisorRig(segment_name, tmp_path, "stream") as rig, served(segment_name) as address:
        with rig.live_reader() as reader:
            pid = reader.status().feeder_pid
        with prometheus(tmp_path, address) as api:

            def asked(expression: str) -> dict[str, float]:
                try:
                    answer: dict[str, Any] = json.loads(fetch(f"{api}/query?query={quote(expression)}"))
                except OSError:  # it has not begun to listen
                    return {}
                return {
                    "/".join(v for k, v in sorted(one["metric"].items()) if k in {"child", "part", "verdict"}): float(
                        one["value"][1]
                    )
                    for one in answer["data"]["result"]
                }

            everything = {"segment": 1.0, "feeder": 1.0, "supervisor": 1.0}
            wait_until(lambda: asked("tickring_up") == everything, "a scrape", show=lambda: asked("tickring_up"))
            assert asked("tickring_quotes > 0") == {"live": 2.0}
            assert asked("tickring_child_up") == {"feeder": 1.0, "flusher": 1.0}
            kill_and_wait(pid)
            wait_until(lambda: asked("tickring_child_restarts_total").get("feeder") == 1.0, "the restart is seen")
            rules = json.loads(fetch(f"{api}/rules"))["data"]["groups"][0]["rules"]
            wait_until(
                lambda: all(
                    rule["health"] == "ok" for rule in json.loads(fetch(f"{api}/rules"))["data"]["groups"][0]["rules"]
                ),
                "every rule can be evaluated",
            )
            assert len(rules) >= 10
        known = {family.name for family in text_string_to_metric_families(render(segment_name).decode())}
    used = set(NAME.findall((MONITORING / "alerts.yml").read_text() + grafana_dashboard.page()))
    assert {name for name in used if _plain(name, known) not in known} == set()
    documented = {_plain(name, known) for name in NAME.findall((MONITORING / "README.md").read_text())}
    assert {name for name in known - documented if not name.startswith(_EXPLAINED)} == set()


def _plain(name: str, known: set[str]) -> str:
    """The family of a series."""
    for suffix in _SUFFIXES:
        if name not in known and name.removesuffix(suffix) in known:
            return name.removesuffix(suffix)
    return name


def test_promtool_takes_rules_and_metrics(feed: Feed) -> None:
    """Prometheus' own checker: the rules are valid, and the text format has no fault beyond its taste for names."""
    promtool = tool("promtool")
    subprocess.run([promtool, "check", "rules", str(MONITORING / "alerts.yml")], check=True, capture_output=True)
    feed.stream("SPY", Field.BID, 10.0)
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=render(feed.host.paths.directory), capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_dashboard_is_what_its_tool_writes() -> None:
    """docs/monitoring/grafana.json is written by `python -m tools.grafana_dashboard`."""
    assert (MONITORING / "grafana.json").read_text() == grafana_dashboard.page()
