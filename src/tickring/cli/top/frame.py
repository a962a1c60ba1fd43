"""Compose a frame: the lines of the whole screen from a look, a view and the size of the terminal."""

from tickring.cli.top.columns import chosen_columns, row, titles
from tickring.cli.top.feed_look import FeedLook
from tickring.cli.top.foot import foot_line, help_lines
from tickring.cli.top.head import head_lines
from tickring.cli.top.selection import selected
from tickring.cli.top.spans import Line, fit, plain
from tickring.cli.top.view import View

__all__ = ["compose", "plain_page"]


def compose(
    look: FeedLook, view: View, width: int, height: int, *, wall_s: float, paused_s: float | None = None
) -> list[Line]:
    """Return exactly `height` lines of at most `width` cells, and tell the view how much there is to scroll."""
    foot_height = 1 if height > 1 else 0
    head = head_lines(look, width, wall_s=wall_s)
    if height < len(head) + 5:
        head = head[-2:] if height > 6 else []  # a very low terminal: the counts and the alarm, or rows alone
    if view.is_helping:
        body = [fit(line, width) for line in help_lines()]
    else:
        room = max(0, height - len(head) - 1 - foot_height)
        body = _table(look, view, width, room)
    lines = [*head, *body][: height - foot_height]
    lines += [()] * (height - foot_height - len(lines))
    return lines + [foot_line(view, width, paused_s=paused_s)] * foot_height


def _table(look: FeedLook, view: View, width: int, room: int) -> list[Line]:
    places = _places(look, view)
    view.page, view.total = max(1, room), len(places)
    view.offset = max(0, min(view.offset, view.total - view.page))
    shown = places[view.offset : view.offset + room]
    columns = chosen_columns(look, shown, width)
    lines = [titles(columns, view.sort, is_reversed=view.is_reversed, width=width)]
    lines += [row(look, place, columns, width) for place in shown]
    if not places:
        lines.append(fit([(_nothing(look, view), "dim")], width))
    return lines


def _places(look: FeedLook, view: View) -> list[int]:
    return selected(look, view.sort, is_reversed=view.is_reversed, needle=view.needle, bad_only=view.bad_only)


def _nothing(look: FeedLook, view: View) -> str:
    if not look.quotes:
        return "No symbol is streamed."
    if view.needle:
        return f"None of the {len(look.quotes):,} symbols contains '{view.needle}'" + (
            " and is bad." if view.bad_only else "."
        )
    return f"All {len(look.quotes):,} symbols are good."


def plain_page(look: FeedLook, view: View, width: int, *, wall_s: float) -> list[str]:
    """Return head and all rows as text, for a pipe."""
    lines = [line for line in head_lines(look, width, wall_s=wall_s) if line]
    return [plain(line) for line in [*lines, *_table(look, view, width, len(look.quotes))]]
