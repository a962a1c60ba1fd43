"""`tickring files check`: every file of a directory by name, with what is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.cli_runs import answer, run
from tests.test_files_directory import BASE
from tickring.flusher import StreamDirectory, write_stream_status
from tickring.flusher.quote_document import unsubscribed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    """A directory in which all is well."""
    directory = StreamDirectory(tmp_path)
    directory.take()
    for symbol in ("SPY", "BRK B"):
        directory.write(msgspec.structs.replace(BASE, symbol=symbol))
    directory.write(unsubscribed(msgspec.structs.replace(BASE, symbol="OLD")))
    write_stream_status(tmp_path / "_status.json", status="connected", symbols=["SPY", "BRK B"])
    directory.release()
    return tmp_path


def changed(stream: Path, **values: object) -> dict[str, Any]:
    """Rewrite SPY's file with other values; keys with `...` are taken out."""
    document = {**json.loads((stream / "SPY.json").read_text()), **values}
    document = {key: value for key, value in document.items() if value is not ...}
    (stream / "SPY.json").write_text(json.dumps(document, separators=(",", ":")))
    return document


def test_all_well(stream: Path) -> None:
    """Exit code 0 and one line."""
    result = answer("files", "check", str(stream))
    assert result.exit_code == 0
    assert result.output.strip() == f"{stream}: 5 files, 3 of them quotes, all well"


def test_json_has_every_file(stream: Path) -> None:
    """For scripts."""
    document = json.loads(answer("files", "check", str(stream), "--json").output)
    assert (document["checked"], document["faulty"]) == (5, 0)
    names = [(file["name"], file["kind"]) for file in document["files"]]
    assert names == [
        ("BRK%20B.json", "quote"),
        ("OLD.json", "quote"),
        ("SPY.json", "quote"),
        ("_flusher.lock", "lock"),
        ("_status.json", "status"),
    ]


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"bid": "1"}, "Expected `float | null`, got `str`"),
        ({"bid": ...}, "missing required field `bid`"),
        ({"colour": "green"}, "unknown field `colour`"),
        ({"verdict": "fine"}, "Invalid enum value 'fine'"),
        ({"timestamp": "yesterday"}, "Expected `str` matching regex"),
        ({"volume": 3.0}, "volume is whole but not written as an integer"),
        ({"symbol": "QQQ"}, "speaks of 'QQQ', its name says 'SPY'"),
        ({"state": "unsubscribed"}, "is not streamed any more but has bid, ask"),
        ({"sequence": 0}, "has no record yet (sequence 0) but bid, ask"),
        ({"sequence": -1}, ">= 0"),
        ({"bid": None, "ask": None, "last": None}, "is live without a price"),
        ({"source": "none"}, "is live without a source"),
    ],
)
def test_a_quote_that_breaks_a_rule_is_named(stream: Path, values: dict[str, object], fault: str) -> None:
    """One line a fault, exit code 1; the other files are fine."""
    changed(stream, **values)
    result = answer("files", "check", str(stream))
    assert result.exit_code == 1
    faults = [line for line in result.output.splitlines() if fault in line]
    assert len(faults) == 1
    assert faults[0].startswith("SPY.json: ")
    assert "5 files, 3 of them quotes, 1 with faults" in result.output


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("SPY.json", b"", "SPY.json: Input data was truncated"),
        ("SPY.json", b"\xff", "SPY.json: "),
        ("a b.json", b"{}", "a b.json: is not the name of a symbol's file"),
        ("notes.txt", b"", "notes.txt: is not a file of tickring"),
        ("_tmp.999999999.1.0.00000000", b"", "left by a process that is gone"),
        ("_status.json", b"{}", "_status.json: Object missing required field"),
        ("_status.json", b"[", "_status.json: "),
    ],
)
def test_a_file_that_is_none_of_ours_is_named(stream: Path, name: str, content: bytes, fault: str) -> None:
    """Truncated, misnamed, left behind."""
    (stream / name).write_bytes(content)
    result = answer("files", "check", str(stream))
    assert result.exit_code == 1
    assert fault in result.output


def test_files_that_are_missing_are_named(stream: Path) -> None:
    """A subscribed symbol without a file, and a directory without a status."""
    (stream / "SPY.json").unlink()
    assert "SPY.json: is not there, though its symbol is subscribed" in answer("files", "check", str(stream)).output
    (stream / "_status.json").unlink()
    assert "_status.json: is not there" in answer("files", "check", str(stream)).output


def test_symbols_out_of_order_are_a_fault(stream: Path) -> None:
    """Sorted is promised."""
    status = json.loads((stream / "_status.json").read_text())
    (stream / "_status.json").write_text(json.dumps({**status, "subscribed_symbols": ["SPY", "BRK B"]}))
    assert "not sorted" in answer("files", "check", str(stream)).output


def test_no_directory_is_exit_code_2(tmp_path: Path) -> None:
    """As a process; one line that says what to give."""
    done = run("files", "check", str(tmp_path / "none"))
    assert done.returncode == 2
    assert done.stderr.strip().endswith("give the directory with _status.json in it")
    assert len(done.stderr.splitlines()) == 1
