"""The positions for people: each at the price that closing it would meet, and totals in words that cannot mislead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from tickring.cli.numbers import ABSENT, age, decimals_of, price, size
from tickring.cli.palette import VERDICT_STYLES
from tickring.cli.reasons import REASONS
from tickring.cli.segment_page import mode_badges
from tickring.cli.tables import TableColumn, print_columns
from tickring.reader import GOOD, Reason

if TYPE_CHECKING:
    from rich.console import Console

    from tickring.cli.positions_report import PositionsReport
    from tickring.trade_guard import PriceLook, ValuedPosition

__all__ = ["print_positions"]

_GIVEN_UP_FIRST = ("multiplier", "rate", "vouched", "account", "avg cost", "P&L")
_NAMED = 8


def print_positions(console: Console, report: PositionsReport) -> None:
    """Print head, table, totals, and for each reason what to do."""
    book = report.book
    console.print(
        Text.assemble(
            (
                f"{book.vouched:,} of {len(book.rows):,} positions vouched",
                "bold green" if report.is_good else "bold red",
            ),
            "  ",
            mode_badges(report.api_mode, report.gateway_api_mode),
            f"  told {age(report.positions_age_s)} ago  ",
            (report.path, "dim"),
        )
    )
    if report.feed_fault is not None:
        console.print(Text(f" {REASONS[Reason(report.feed_fault)].why} ", "bold white on red"))
    if report.is_too_old:
        why = f" These positions are {age(report.positions_age_s)} old, limit {report.positions_limit_s:g} s: "
        console.print(Text(why + "who writes them is dead or stuck. ", "bold white on red"))
    if book.rows:
        console.print()
        print_columns(console, _columns(report), _GIVEN_UP_FIRST)
    console.print()
    for line in _totals(report):
        console.print(line)
    for line in _what_to_do(report):
        console.print(line)


def _columns(report: PositionsReport) -> list[TableColumn]:
    rows, currency = report.book.rows, report.book.base_currency
    columns = [
        TableColumn("symbol", [Text(row.position.symbol, "bold") for row in rows], is_right=False),
        TableColumn("account", [Text(row.position.account) for row in rows], is_right=False),
        TableColumn("quantity", [Text(size(row.position.quantity)) for row in rows]),
        TableColumn("avg cost", [_price(row.position.average_cost) for row in rows]),
        TableColumn("price", [_price_used(row.price) for row in rows]),
        TableColumn(f"value {currency}", [_money(row.value_base, row) for row in rows]),
        TableColumn("P&L", [_gain(row) for row in rows]),
        TableColumn("verdict", [_verdict(row) for row in rows], is_right=False),
        TableColumn("age", [Text(ABSENT if row.price is None else age(row.price.age_s)) for row in rows]),
        TableColumn("vouched", [Text(ABSENT if row.price is None else age(row.price.vouched_age_s)) for row in rows]),
    ]
    if any(row.fx is not None for row in rows):
        columns.insert(5, TableColumn("rate", [_rate(row) for row in rows]))
    if any(row.position.multiplier != 1 for row in rows):
        columns.insert(3, TableColumn("multiplier", [Text(f"{row.position.multiplier:g}") for row in rows]))
    return columns


def _price(value: float) -> Text:
    return Text(price(value, decimals_of(value)))


def _price_used(look: PriceLook | None) -> Text:
    if look is None or look.price is None:
        return Text(ABSENT, "dim")
    return Text(f"{price(look.price, decimals_of(look.price))} {look.side}", "" if look.is_accepted else "dim")


def _money(value: float | None, row: ValuedPosition) -> Text:
    return Text(ABSENT if value is None else f"{value:,.2f}", "" if row.is_vouched else "dim")


def _gain(row: ValuedPosition) -> Text:
    gain = row.unrealised_base
    if gain is None:
        return Text(ABSENT, "dim")
    style = ("green" if gain > 0 else "red" if gain < 0 else "") if row.is_vouched else "dim"
    return Text(f"{gain:+,.2f}", style)


def _rate(row: ValuedPosition) -> Text:
    if row.fx is None:
        return Text("")
    look = row.fx.look
    if look.price is None:
        return Text(f"{look.symbol} {ABSENT}", VERDICT_STYLES[look.verdict])
    return Text(f"{look.symbol} {price(look.price, decimals_of(look.price))}", "" if look.is_accepted else "bold red")


def _verdict(row: ValuedPosition) -> Text:
    if row.price is None:
        return Text("flat", "dim")
    if row.is_vouched:
        halted = ", halted" if row.price.is_halted else ""
        return Text(f"{row.price.verdict}{halted}", VERDICT_STYLES[row.price.verdict])
    look = row.obstacle
    return Text(row.why, "bold red" if look is None or look.verdict in GOOD else VERDICT_STYLES[look.verdict])


def _totals(report: PositionsReport) -> list[Text]:
    book, currency = report.book, report.book.base_currency
    amounts = [f"{value:,.2f} {currency}" for value in (book.vouched_total, book.unvouched_total)]
    width = max(map(len, amounts))
    lines = [
        Text.assemble(("vouched      ", "bold"), f"{amounts[0]:>{width}}", f"  {_count(book.vouched)}: may be believed")
    ]
    if book.unvouched:
        what = "last known prices; look, do not decide on it"
        lines.append(
            Text.assemble(
                ("not vouched  ", "bold red"), f"{amounts[1]:>{width}}", f"  {_count(book.unvouched)}: {what}"
            )
        )
    if book.unpriced:
        names = [row.position.symbol for row in book.refused if row.value_base is None]
        shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        lines.append(
            Text.assemble(("no price     ", "bold red"), f"{ABSENT:>{width}}", f"  {_count(book.unpriced)}: {shown}")
        )
    if report.total is None:
        why = "the positions are too old" if report.is_too_old else "not every position is vouched"
        lines.append(Text.assemble(("total        ", "bold"), (f"none: {why}", "bold red")))
    else:
        total = f"{report.total:,.2f} {currency}"
        lines.append(Text.assemble(("total        ", "bold"), (f"{total:>{width}}", "bold")))
    return lines


def _count(number: int) -> str:
    return "1 position" if number == 1 else f"{number:,} positions"


def _either_way(pair: str) -> str:
    first, _, second = pair.partition(".")
    return f"{pair} (or {second}.{first})"


def _what_to_do(report: PositionsReport) -> list[Text]:
    """One line for each reason that occurs, once."""
    found: dict[Reason, list[str]] = {}
    for row in report.book.refused:
        look = row.obstacle
        if look is not None and isinstance(look.reason, Reason):
            pair = row.fx is not None and look is row.fx.look
            found.setdefault(look.reason, []).append(_either_way(look.symbol) if pair else look.symbol)
    lines: list[Text] = []
    for reason, symbols in found.items():
        named = list(dict.fromkeys(symbols))
        shown = ", ".join(named[:_NAMED]) + (f" and {len(named) - _NAMED} more" if len(named) > _NAMED else "")
        lines.append(Text.assemble((f"{reason}  ", "yellow"), f"{shown}: {REASONS[reason].why} {REASONS[reason].do}"))
    return [Text(), *lines] if lines else []
