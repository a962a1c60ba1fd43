"""Fixtures every test shares: a segment of its own, and proof that nothing is left behind."""

from __future__ import annotations

import gc
import os
import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.feeds import Feed
from tests.processes.child import Processes
from tickring.supervisor.abandoned_segments import remove_abandoned_segments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytest_plugins = ["tests.clients.fixtures", "tests.databases", "tickring.simulator.testing"]

SHM = Path("/dev/shm")

# A slow machine is no failure. One segment serves all examples of a test: each starts from a symbol of its own use.
# Every run tries others; `make stress` tries many more.
settings.register_profile(
    "tickring",
    max_examples=50,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile("thorough", settings.get_profile("tickring"), max_examples=1000)
settings.load_profile("tickring")


def pytest_sessionstart() -> None:
    """Remove what test runs that were killed have left in /dev/shm, if nobody owns it and it is older than an hour."""
    remove_abandoned_segments(re.compile(r"test-\d+-[0-9a-f]{8}"), older_than_s=3600)


def pytest_collection_finish() -> None:
    """Set thousands of tests and their modules aside: every collection of garbage would look through them again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def segment_name() -> Iterator[str]:
    """A name nobody else uses; its directory is removed afterwards, and must hold no litter of half-made files."""
    name = f"test-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    yield name
    directory = SHM / f"tickring-{name}"
    if directory.exists():
        litter = [path.name for path in directory.iterdir() if path.name.endswith(".tmp")]
        for path in directory.iterdir():
            path.unlink()
        directory.rmdir()
        assert not litter, f"half-made files were left behind: {litter}"


@pytest.fixture
def processes(segment_name: str) -> Iterator[Processes]:  # noqa: ARG001 - they end before their segment is removed
    """Starts the programs of tests/processes; every process of the test is gone afterwards, even after a failure."""
    running = Processes()
    yield running
    running.close()


@pytest.fixture
def feed(segment_name: str) -> Iterator[Feed]:
    """A small segment with a running, connected writer in mock mode, all in this process."""
    with Feed.start(segment_name) as running:
        yield running


@pytest.fixture
def make_feed(segment_name: str) -> Iterator[Callable[..., Feed]]:
    """As `feed`, with arguments of `Feed.start`."""
    started: list[Feed] = []

    def start(**arguments: object) -> Feed:
        started.append(Feed.start(segment_name, **arguments))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for running in started:
        running.close()
