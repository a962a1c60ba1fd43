"""docs/events.md says what the code logs, and every log call has an event with a stable name."""

from __future__ import annotations

import pytest

from tools import events_page
from tools.events_page import GROUPS, LogCall


@pytest.mark.parametrize("call", events_page.log_calls(), ids=lambda call: f"{call.module}:{call.line}")
def test_every_line_is_an_event(call: LogCall) -> None:
    """Its template begins with a name of a known group, and each argument that has a name has it once."""
    assert call.event, f"{call.template!r} has no event"
    assert call.event.split(".")[0] in GROUPS
    assert len(set(call.fields)) == len(call.fields)


def test_the_page_is_what_its_tool_writes() -> None:
    """Run `python -m tools.events_page` after a change of a log line."""
    assert events_page.PAGE.read_text() == events_page.page()
