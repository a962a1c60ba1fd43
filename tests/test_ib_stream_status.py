"""`_status.json`: the plan's function. The table behind its words: test_stream_words."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.json_files import check_against_schema
from tickring.flusher import write_stream_status

if TYPE_CHECKING:
    from pathlib import Path


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
    assert (status["state"], status["mode"], status["cause"]) == (None, None, None)
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
