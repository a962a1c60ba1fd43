"""docs/control.md says what the code does: types, codes, examples, limits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from tests.control_serving import Serving
from tests.service_reports import report
from tickring import errors
from tickring.config.structs import SupervisorConfig
from tickring.control.codec import decode_reply, decode_request
from tickring.control.framing import REPLY_BYTES_AT_MOST, REQUEST_BYTES_AT_MOST
from tickring.control.messages import ReplyBody, RequestBody

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "control.md").read_text()


def section(title: str) -> str:
    """The text below a heading."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_cells(text: str) -> list[str]:
    """The code words in the first column of the tables in a text."""
    return re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)


def test_every_request_is_described() -> None:
    """By its type, with its keys."""
    text = section("Requests")
    bodies = {str(body.__struct_config__.tag): body for body in get_args(RequestBody)}
    rows = {row[0]: row[1] for row in re.findall(r"^\| `(\w+)` \| (.*) \|$", text, re.MULTILINE)}
    assert set(rows) - {"type"} == set(bodies)
    for kind, body in bodies.items():
        assert [key for key in body.__struct_fields__ if f"`{key}`" not in rows[kind]] == []


def test_every_reply_is_described() -> None:
    """By its type, with its keys; the report is too large for a table."""
    kinds, _, codes = section("Replies").partition("| `code` | means |")
    rows = {row[0]: row[1] for row in re.findall(r"^\| `(\w+)` \| (.*) \|$", kinds, re.MULTILINE)}
    bodies = {str(body.__struct_config__.tag): body for body in get_args(ReplyBody)}
    assert set(rows) - {"type"} == set(bodies)
    for kind, body in bodies.items():
        if kind != "report":
            assert [key for key in body.__struct_fields__ if f"`{key}`" not in rows[kind]] == []
    assert "`internal_error`" in codes


def test_every_code_in_the_sources_is_described() -> None:
    """And none that is not there."""
    sources = [*(ROOT / "src" / "tickring" / "supervisor").glob("*.py"), ROOT / "src" / "tickring" / "stream_words.py"]
    used = {code for path in sources for code in re.findall(r'Refusal\(\s*code="(\w+)"', path.read_text())}
    told = set(first_cells(section("Replies").partition("| `code` | means |")[2]))
    assert used <= told
    assert told - used <= {"ib_stream_lock_busy"}


def test_the_examples_are_a_request_and_its_reply() -> None:
    """They can be sent as they stand."""
    request, reply = re.findall(r"^(\{.*\})$", section("Frames"), re.MULTILINE)
    assert decode_request(request.encode()).id == decode_reply(reply.encode()).id == 7


def test_the_program_that_speaks_without_us_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With nothing but the standard library."""
    program = re.search(r"```python\n(import json.*?)```", section("Frames"), re.DOTALL)
    assert program is not None
    path = tmp_path / "control.sock"
    with Serving(path, lambda _body, _peer: report()):
        exec(program[1].replace("/dev/shm/tickring-default/control.sock", str(path)), {})
    assert capsys.readouterr().out == "degraded\n"


def test_the_limits_are_the_defaults() -> None:
    """Numbers in the text are those of the structs."""
    config = SupervisorConfig()
    assert f"`supervisor.control_stuck_s` ({config.control_stuck_s:g} s)" in PAGE
    assert f"`supervisor.control_idle_s` ({config.control_idle_s:g} s)" in PAGE
    assert f"`supervisor.control_connections` ({config.control_connections})" in PAGE
    assert f"at most {REQUEST_BYTES_AT_MOST >> 20} MiB, a reply\nat most {REPLY_BYTES_AT_MOST >> 20} MiB" in PAGE


@pytest.mark.parametrize("name", first_cells(section("Errors of the client")))
def test_the_errors_are_there(name: str) -> None:
    """Under these names."""
    assert issubclass(getattr(errors, name), errors.TickringError)
