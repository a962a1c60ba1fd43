"""`_status.json`: the plan's function, and the one table behind its word."""

from __future__ import annotations

import itertools
import json
import os
import re
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.json_files import check_against_schema
from tickring.flusher import write_stream_status
from tickring.flusher.status_word import stream_word
from tickring.reader import ReaderStatus
from tickring.states import ApiMode, Connection, RunState

if TYPE_CHECKING:
    from pathlib import Path

GOOD_HEADER = ReaderStatus(
    path="",
    segment_id="",
    layout_version=1,
    segment_bytes=0,
    capacity=1,
    depth=4,
    active_symbols=0,
    epoch=7,
    feeder_epoch=7,
    supervisor_state=RunState.RUNNING,
    feeder_state=RunState.RUNNING,
    connection=Connection.CONNECTED,
    api_mode=ApiMode.MOCK,
    gateway_api_mode=ApiMode.MOCK,
    is_superseded=False,
    supervisor_pid=1,
    supervisor_heartbeat_age_s=0.0,
    feeder_pid=2,
    heartbeat_age_s=0.5,
    heartbeat_limit_s=1.0,
    vouch_limit_s=10.0,
    children=(),
    counters={},
    reader_stats={},
)


def test_stream_status_written(tmp_path: Path) -> None:
    """The file is there and the function returns what it says."""
    status = write_stream_status(tmp_path / "_status.json", status="connected", symbols=["SPY"])
    assert (tmp_path / "_status.json").exists()
    assert status["status"] == "connected"
    assert json.loads((tmp_path / "_status.json").read_text()) == status


def test_every_field_has_its_value_or_null(tmp_path: Path) -> None:
    """Without more the file is the plan's example: symbols sorted, no error, times in UTC, nothing left out."""
    status = write_stream_status(tmp_path / "_status.json", status="degraded", symbols={"SPY", "AAPL", "QQQ"})
    assert status["subscribed_symbols"] == ["AAPL", "QQQ", "SPY"]
    assert (status["ib_error_count"], status["last_error"], status["pid"]) == (0, None, os.getpid())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", status["last_heartbeat"])
    check_against_schema("status", tmp_path / "_status.json")


def test_what_does_not_fit_is_refused_and_the_old_file_stays(tmp_path: Path) -> None:
    """A word that the table does not have, a field that does not exist."""
    path = tmp_path / "_status.json"
    write_stream_status(path, status="connected", symbols=[])
    before = path.read_bytes()
    with pytest.raises(msgspec.ValidationError, match="status"):
        write_stream_status(path, status="fine", symbols=[])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="colour"):
        write_stream_status(path, status="connected", symbols=[], colour="green")
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["_status.json"]


# ---- the table -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({}, "connected"),
        ({"connection": Connection.DISCONNECTED}, "degraded"),
        ({"connection": Connection.CONNECTING}, "degraded"),
        ({"connection": Connection.SUSPECT}, "degraded"),
        ({"feeder_state": RunState.DEGRADED}, "degraded"),
        ({"feeder_state": RunState.STARTING}, "degraded"),
        ({"supervisor_state": RunState.DEGRADED}, "degraded"),
        ({"feeder_state": RunState.STOPPED}, "disconnected"),
        ({"supervisor_state": RunState.STOPPED}, "disconnected"),
        ({"heartbeat_age_s": 1.01}, "disconnected"),
        ({"heartbeat_age_s": float("inf")}, "disconnected"),
        ({"feeder_epoch": 6}, "disconnected"),
        ({"is_superseded": True}, "disconnected"),
    ],
)
def test_the_word_for_each_thing_that_can_be_wrong(change: dict[str, object], word: str) -> None:
    """A gateway that is gone is `degraded`, a service that is gone is `disconnected`."""
    assert stream_word(GOOD_HEADER._replace(**change)) == word  # type: ignore[arg-type]


def test_no_segment_is_disconnected() -> None:
    """Nothing runs."""
    assert stream_word(None) == "disconnected"


def test_the_worst_counts_in_every_combination() -> None:
    """No state of one line makes up for another's, and every state has a word."""
    rank = ["connected", "degraded", "disconnected"]
    alone = GOOD_HEADER._replace
    for supervisor, feeder, connection in itertools.product(RunState, RunState, Connection):
        together = alone(supervisor_state=supervisor, feeder_state=feeder, connection=connection)
        words = [
            stream_word(alone(supervisor_state=supervisor)),
            stream_word(alone(feeder_state=feeder)),
            stream_word(alone(connection=connection)),
        ]
        assert stream_word(together) == max(words, key=rank.index)
