"""Where commands print: a rich console for people, one JSON document or one JSON object a line for scripts."""

import sys
from typing import Any

import msgspec
from rich.console import Console

__all__ = ["people", "print_json"]

_PIPE_COLUMNS = 240  # a pipe has no width: wide enough that no row is broken in two


def people() -> Console:
    """Return a console on stdout: in colour and as wide as the terminal, or plain and unbroken in a pipe."""
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=False)
    if not console.is_terminal:
        console = Console(
            highlight=False, markup=False, emoji=False, width=_PIPE_COLUMNS, color_system=None, force_terminal=False
        )
    return console


def print_json(value: Any) -> None:
    """Print one line of JSON, at once; infinite ages are null."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()
