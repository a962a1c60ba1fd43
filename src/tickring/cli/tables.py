"""The look of all tables, and the rule that a number is never cut: where there is no room, a whole column goes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["TableColumn", "light_table", "print_columns"]


def light_table() -> Table:
    """Return an empty table: titles, one line, rows."""
    return Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="dim")


@dataclass(frozen=True)
class TableColumn:
    """All cells of one column."""

    title: str
    cells: Sequence[Text]
    is_right: bool = True

    @property
    def width(self) -> int:
        """Cells of the terminal that it takes."""
        return max([len(self.title), *(cell.cell_len for cell in self.cells)])


def print_columns(console: Console, columns: Iterable[TableColumn], given_up_first: Sequence[str]) -> None:
    """Print the columns that fit; those named go first where they do not. What is left then is folded, never cut."""
    kept = list(columns)
    for title in given_up_first:
        if sum(column.width + 3 for column in kept) - 3 <= console.width:
            break
        kept = [column for column in kept if column.title != title]
    table = light_table()
    for column in kept:
        table.add_column(column.title, justify="right" if column.is_right else "left", overflow="fold")
    for cells in zip(*(column.cells for column in kept), strict=True):
        table.add_row(*cells)
    console.print(table)
