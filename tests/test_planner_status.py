"""What the planner tells in words, and what the configuration says about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.openers import SMALL
from tickring.config.load import load
from tickring.errors import ConfigError
from tickring.names import PLANNER_STATUS_FILE
from tickring.planner_status import (
    OriginStatus,
    PlannedSymbol,
    PlannerStatus,
    PlannerStatusUnreadable,
    read_planner_status,
    write_planner_status,
)
from tickring.supervisor import SegmentHost

if TYPE_CHECKING:
    from pathlib import Path

STATUS = PlannerStatus(
    pid=1,
    written_at="2026-03-04T05:06:07.000000Z",
    project_id=1,
    decision_snapshot_id=None,
    max_symbols=100,
    refresh_interval_s=30.0,
    origins=(OriginStatus(name="database, project 1", fault="locked"),),
    symbols=(PlannedSymbol(symbol="SPY", origin="theme", priority=4, state="streamed", since="2026-03-04T05:06:07Z"),),
    unnamed={"position SHOP (CAD)": "is in CAD"},
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """All of it; before the first word there is none, and another file is no status."""
    assert read_planner_status(tmp_path) is None
    write_planner_status(tmp_path, STATUS)
    assert read_planner_status(tmp_path) == STATUS
    for content in (b'{"pid": "one"}', b'{"written_at": "\xff"}', b'{"later": ' + b"[" * 100_000):
        (tmp_path / PLANNER_STATUS_FILE).write_bytes(content)
        with pytest.raises(PlannerStatusUnreadable, match="is not a planner's status"):
            read_planner_status(tmp_path)


def test_a_segment_that_is_removed_takes_it_along(segment_name: str) -> None:
    """Nothing is left behind in the tmpfs."""
    host = SegmentHost.open(segment_name, limits=SMALL)
    write_planner_status(segment_name, STATUS)
    directory = host.paths.directory
    host.close(remove=True)
    assert not directory.exists()


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"planner.origin": "file"}, 'planner.file_path is empty, but planner.origin is "file"'),
        ({"planner.origin": "http"}, 'planner.http_url is empty, but planner.origin is "http"'),
        ({"planner.origin": "sql", "planner.sql_url": "sqlite:///x"}, "planner.sql_query is empty"),
        ({"database.url": "postgresql://u:tiger@h/d"}, "database.url has a password in it"),
        ({"database.url": "postgresql://u@h/d?password=tiger"}, "database.url has a password in it"),
        ({"planner.sql_url": "postgresql+psycopg://u:tiger@h/d"}, "planner.sql_url has a password in it"),
        ({"planner.refresh_jitter": "0.6"}, "planner.refresh_jitter is 0.6"),
    ],
)
def test_a_planner_that_could_not_work_is_refused_at_the_start(overrides: dict[str, str], words: str) -> None:
    """With the setting and the next step; a password is not repeated."""
    with pytest.raises(ConfigError) as caught:
        load(None, environ={}, overrides=overrides)
    assert words in str(caught.value)
    assert "tiger" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["postgresql://u@h:5432/d?passfile=/etc/pgpass", "sqlite:////var/a:b@c.db", "postgresql:///d?host=/run/pg"]
)
def test_addresses_without_a_password_are_fine(url: str) -> None:
    """A colon or an `@` elsewhere is none."""
    assert load(None, environ={}, overrides={"database.url": url}).database.url == url
