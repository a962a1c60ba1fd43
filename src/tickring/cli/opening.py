"""Open the reader behind a command, and turn what cannot be looked at into one line and exit code 2."""

import shlex
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import NoReturn

import typer

from tickring.cli.exits import CANNOT_LOOK
from tickring.cli.options import AcceptedMode
from tickring.cli.segments_here import segments_here
from tickring.errors import ApiModeMismatch, SegmentNotFound, TickringError
from tickring.reader import QuoteReader

__all__ = ["cannot_look", "looking", "what_stands"]


@contextmanager
def looking(segment: str, api_mode: AcceptedMode) -> Generator[QuoteReader]:
    """Yield a reader of the segment; any error of ours, from opening to the last read, ends the command with 2."""
    try:
        with QuoteReader.open(segment, api_mode=api_mode.value) as reader:
            yield reader
    except SegmentNotFound as error:
        cannot_look(f"{error}; {what_stands()}")
    except ApiModeMismatch as error:
        cannot_look(f"{error}; here: --api-mode {error.found}, or any")
    except TickringError as error:
        cannot_look(str(error))


def cannot_look(why: str) -> NoReturn:
    """Say why on stderr and end the command with exit code 2."""
    sys.stderr.write(f"tickring: {why}\n")
    raise typer.Exit(CANNOT_LOOK)


def what_stands() -> str:
    """Return the segments of this machine in words, for a message about one that is not there."""
    names = segments_here()
    if not names:
        return "no segment stands in /dev/shm on this machine"
    return f"standing in /dev/shm: {', '.join(names)} (for instance --segment {shlex.quote(names[0])})"
