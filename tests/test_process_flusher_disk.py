"""A disk that is full, read-only or gone: counted, shown, healed; the newest value arrives in the end."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.json_files import quote_at
from tests.processes.child import unshare_or_skip
from tests.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.feeds import Feed
    from tests.processes.child import Child, Processes

MOUNT = 'mount -t tmpfs -o size=256k tickring-test "$0" && exec "$@"'


@pytest.fixture
def flusher(tmp_path: Path, processes: Processes, feed: Feed) -> Child:
    """A flusher in whose eyes `tmp_path/data` is a tmpfs of 256 kB."""
    root = tmp_path / "data"
    root.mkdir()
    child = processes.start("flushing", under=unshare_or_skip("--mount", "sh", "-c", MOUNT, str(root)))
    child.ask("open", segment=feed.name, root=str(root))
    return child


def errors_of(flusher: Child, name: str) -> int:
    """Turn, and return how often this error was counted."""
    flusher.ask("turn")
    counted: dict[str, int] = flusher.ask("status")["files"]["errors_by_name"]
    return counted.get(name, 0)


def check_healed(flusher: Child, **values: Any) -> None:
    """Turn until the file has these values; then nothing waits, nothing lies about, and the errors are still told."""
    wait_until(
        lambda: flusher.ask("turn", for_s=0.05) or values.items() <= flusher.ask("quote", name="SPY").items(),
        "healed",
        show=lambda: flusher.ask("status"),
    )
    flusher.ask("turn")
    status = flusher.ask("status")
    assert status["files"]["waiting"] == 0
    assert status["files"]["errors"] == sum(status["files"]["errors_by_name"].values()) > 0
    assert flusher.ask("drafts") == []
    assert flusher.ask("names") == ["SPY.json", "_flusher.lock", "_status.json"]


def test_a_full_disk_is_counted_and_heals(flusher: Child, feed: Feed) -> None:
    """The old file stands whole as long as the disk is full; then the newest value is written."""
    slot = feed.stream("SPY", "bid", 1.0)
    flusher.ask("turn")
    flusher.ask("fill")
    for bid in (2.0, 3.0):
        feed.tick(slot, "bid", bid)
        flusher.ask("turn")
        assert flusher.ask("quote", name="SPY")["bid"] == 1.0
        assert flusher.ask("drafts") == []
    flusher.ask("empty")
    check_healed(flusher, bid=3.0)
    assert errors_of(flusher, "ENOSPC") > 2
    last = flusher.ask("status")["files"]["last_error"]
    assert (last["error"], last["text"]) == ("ENOSPC", "No space left on device")


def test_a_read_only_disk_is_counted_and_heals(flusher: Child, feed: Feed) -> None:
    """As a full one."""
    slot = feed.stream("SPY", "bid", 1.0)
    flusher.ask("turn")
    flusher.ask("protect")
    feed.tick(slot, "bid", 2.0)
    flusher.ask("turn")
    assert flusher.ask("quote", name="SPY")["bid"] == 1.0
    flusher.ask("permit")
    check_healed(flusher, bid=2.0)
    assert errors_of(flusher, "EROFS") > 2


def test_a_flusher_that_starts_on_a_read_only_disk_waits_for_it(flusher: Child, feed: Feed) -> None:
    """It cannot even make its directory; it goes on trying."""
    feed.stream("SPY", "bid", 1.0)
    flusher.ask("protect")
    flusher.ask("turn")
    flusher.ask("permit")
    check_healed(flusher, bid=1.0)


def test_a_directory_that_goes_away_is_made_again(feed: Feed, tmp_path: Path, processes: Processes) -> None:
    """With everything above it, and every file in it."""
    root = tmp_path / "data" / "ib"
    child = processes.start("flushing")
    child.ask("open", segment=feed.name, root=str(root))
    slot = feed.stream("SPY", "bid", 1.0)
    feed.stream("QQQ", "bid", 5.0)
    child.ask("turn")
    shutil.rmtree(tmp_path / "data")
    feed.tick(slot, "bid", 2.0)
    wait_until(lambda: child.ask("turn") or (root / "stream" / "QQQ.json").exists(), "all files again", show=child.log)
    assert quote_at(root / "stream", "SPY")["bid"] == 2.0
    child.ask("turn")
    files = child.ask("status")["files"]
    assert files["waiting"] == 0
    # Noticed by a look before a write has failed, or by the failure.
    assert set(files["errors_by_name"]) <= {"ENOENT"}


def test_something_in_the_way_of_one_file_keeps_no_other(feed: Feed, tmp_path: Path, processes: Processes) -> None:
    """A directory called SPY.json is SPY's trouble alone, until it is gone."""
    (tmp_path / "stream" / "SPY.json").mkdir(parents=True)
    child = processes.start("flushing")
    child.ask("open", segment=feed.name, root=str(tmp_path))
    feed.stream("SPY", "bid", 1.0)
    feed.stream("QQQ", "bid", 2.0)
    child.ask("turn")
    assert quote_at(tmp_path / "stream", "QQQ")["bid"] == 2.0
    assert child.ask("status")["files"]["waiting"] == 1
    assert errors_of(child, "EISDIR") > 1
    (tmp_path / "stream" / "SPY.json").rmdir()
    wait_until(lambda: child.ask("turn") or (tmp_path / "stream" / "SPY.json").is_file(), "SPY has its file")
    assert quote_at(tmp_path / "stream", "SPY")["bid"] == 1.0
