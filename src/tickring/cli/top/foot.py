"""The last line of the screen, and the page of help."""

from tickring.cli.numbers import age
from tickring.cli.top.spans import Line, Span, fit, width_of
from tickring.cli.top.view import View

__all__ = ["foot_line", "help_lines"]

_KEYS = (
    ("q", "quit"),
    ("s", "sort"),
    ("r", "reverse"),
    ("/", "filter"),
    ("v", "bad only"),
    ("space", "pause"),
    ("?", "help"),
)
_HELP = """\
q             quit (so does Ctrl-C)
s             sort by the next of verdict, symbol, age, spread, rate
r             turn the order round
/             filter: only symbols that contain what you type; Enter keeps it, Esc clears it
v             only quotes that are not good
space         pause: hold this look, and go on
Up Down       scroll (also k j); PgUp PgDn by a page, Home End (also g G) to the ends
Ctrl-L        draw everything again

bid ask last  bold: moved since the frame before; dim: not to be used as a price
spread        ask - bid; sorted as a share of the mid
age           since the quote last changed: an unchanged price on a proved stream is good
vouched       since the feed last proved itself for this symbol; red beyond the limit
ticks/s       records published, averaged over some seconds
verdict       whether it may be trusted; sorted by it, bad ones come first, the worst on top
reason        why not; `tickring quote SYMBOL` has it in words

              Any key goes back to the table."""
_ENTRY = 14  # cells of what is explained


def help_lines() -> list[Line]:
    """Return the page of help."""
    return [((text[:_ENTRY], "bold"), (text[_ENTRY:], "")) for text in _HELP.splitlines()]


def foot_line(view: View, width: int, *, paused_s: float | None) -> Line:
    """Return the keys and the place in the list; while a filter is typed, its line. `paused_s`: for how long."""
    last = min(view.offset + view.page, view.total)
    place = f"{view.offset + 1 if last else 0}-{last} of {view.total}"
    room = max(0, width - len(place) - 1)
    left = fit(_left(view, room, paused_s), room)
    gap = width - sum(width_of(text) for text, _ in left) - len(place)
    return fit([*left, (" " * max(0, gap), ""), (place, "dim")], width)


def _left(view: View, room: int, paused_s: float | None) -> list[Span]:
    spans: list[Span] = []
    if paused_s is not None:
        spans += [(f" PAUSED {age(paused_s)} ", "bold black on yellow"), (" space goes on  ", "dim")]
    if view.is_editing:
        return [*spans, (f"filter: {view.needle}_", "bold"), ("   Enter keeps it, Esc clears it", "dim")]
    if view.needle:
        spans += [(f" filter: {view.needle} ", "bold black on cyan"), (" Esc clears it  ", "dim")]
    if view.bad_only:
        spans += [(" bad only ", "bold black on cyan"), ("  ", "")]
    left = room - sum(width_of(text) for text, _ in spans)
    for key, what in _KEYS:
        left -= len(key) + len(what) + 3
        if left < -2:  # no key is named by halves
            break
        spans += [(key, "bold"), (f" {what}  ", "dim")]
    return spans
