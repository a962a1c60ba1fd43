"""A program that starts spawned children, as a user's would: `spawning <segment>`.

Each child opens a reader of its own, and sends what it reads back through a queue. Prints what the parent got, as JSON.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from typing import TYPE_CHECKING

from tickring.reader import Quote, QuoteReader

if TYPE_CHECKING:
    from multiprocessing.queues import Queue


def send_quotes(name: str, symbols: list[str], quotes: Queue[list[Quote]]) -> None:
    """Run in the spawned child."""
    with QuoteReader.open(name, api_mode="mock") as reader:
        quotes.put([reader[symbol] for symbol in symbols])


def main(name: str, symbols: list[str]) -> None:
    """See above."""
    context = multiprocessing.get_context("spawn")
    quotes: Queue[list[Quote]] = context.Queue()
    children = [context.Process(target=send_quotes, args=(name, symbols, quotes)) for _ in range(2)]
    for child in children:
        child.start()
    received = [quotes.get(timeout=60) for _ in children]
    for child in children:
        child.join(60)
    with QuoteReader.open(name, api_mode="mock") as reader:
        own = [reader[symbol] for symbol in symbols]
    report = {
        "exit_codes": [child.exitcode for child in children],
        "equal": all(their == own for their in received),
        "equally_hashed": all([*map(hash, their)] == [*map(hash, own)] for their in received),
        "of_equal_values": all([*map(_values, their)] == [*map(_values, own)] for their in received),
    }
    print(json.dumps(report))


def _values(quote: Quote) -> dict[str, object]:
    # The ages belong to the read, everything else to the record.
    return {name: value for name, value in quote.to_dict().items() if name not in {"age_s", "vouched_age_s", "read_ns"}}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
