"""One page over the other, in place.

No alternate screen, no hidden cursor, no raw keyboard: whatever ends or stops this process, nothing is to be restored.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from rich.text import Text

from tickring.cli.output import people, print_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from tickring.cli.status.document import StatusDocument

__all__ = ["watch_as_json", "watch_for_people"]

_CLEAR_ALL, _HOME, _CLEAR_LINE, _CLEAR_BELOW = "\x1b[2J", "\x1b[H", "\x1b[K", "\x1b[J"


def watch_as_json(look: Callable[[], StatusDocument], interval_s: float) -> None:
    """Print one document a line until Ctrl-C."""
    _every(interval_s, lambda: print_json(look()))


def watch_for_people(
    look: Callable[[], StatusDocument], print_page: Callable[[Console, StatusDocument], None], interval_s: float
) -> None:
    """Draw the page again and again until Ctrl-C, as much of it as fits; in a pipe the pages follow each other."""
    if people().is_terminal:
        sys.stdout.write(_CLEAR_ALL)

    def draw() -> None:
        document = look()
        console = people()  # each time: the terminal may have another size
        with console.capture() as page:
            print_page(console, document)
        if not console.is_terminal:
            sys.stdout.write(page.get() + "\n")
        else:
            sys.stdout.write(_in_place(console, page.get().splitlines()))
        sys.stdout.flush()

    _every(interval_s, draw)


def _in_place(console: Console, lines: list[str]) -> str:
    room = max(2, console.height - 1)
    if len(lines) > room:
        left_out = len(lines) - room + 1
        with console.capture() as last:
            console.print(Text(f"{left_out} lines more: make the terminal higher, or leave out --watch", "dim"), end="")
        lines = [*lines[: room - 1], last.get()]
    return _HOME + "".join(f"{line}{_CLEAR_LINE}\n" for line in lines) + _CLEAR_BELOW


def _every(interval_s: float, show: Callable[[], None]) -> None:
    try:
        while True:
            show()
            time.sleep(interval_s)
    except KeyboardInterrupt:  # how a watch ends
        pass
