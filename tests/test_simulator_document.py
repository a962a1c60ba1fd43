"""docs/simulator.md against the simulator: every command is in it, every example of it is understood."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tickring.simulator.control.commands import COMMANDS
from tickring.simulator.control.lines import read_command
from tickring.simulator.control.timeline import Timeline
from tickring.simulator.wire.versions import HIGHEST, LOWEST

PAGE = (Path(__file__).parent.parent / "docs" / "simulator.md").read_text()
EXAMPLES = re.findall(r"`(\{\"do\".*?\})`", PAGE)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_understood(example: str) -> None:
    """As it stands there, it is a command."""
    assert type(read_command(json.loads(example))) in COMMANDS


def test_every_command_has_an_example() -> None:
    """Nothing the simulator can do is hidden."""
    shown = {type(read_command(json.loads(example))) for example in EXAMPLES}
    assert {command.__name__ for command in COMMANDS} == {command.__name__ for command in shown}


def test_the_timeline_is_one() -> None:
    """The block is a file that loads."""
    block = re.search(r"```\n(# a night.*?)```", PAGE, re.DOTALL)
    assert block is not None
    assert len(Timeline.parse(block[1].encode()).entries) == 4


def test_the_versions_are_those() -> None:
    """Lowest and highest."""
    assert f"text from {LOWEST} on" in PAGE
    assert f"{HIGHEST} is the highest version" in PAGE
