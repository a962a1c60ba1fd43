"""The valuation against an oracle in plain Python: every state, side, currency and set of verdicts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.errors import UnpricedPositions
from tickring.positions import Position
from tickring.states import DataType, QuoteState
from tickring.trade_guard import value_positions
from tickring.verdict import Verdict

if TYPE_CHECKING:
    from tests.feeds import Feed


class Line(NamedTuple):
    """A random position and the quote that it meets."""

    quantity: float
    currency: str
    multiplier: float
    cost: float
    bid: float | None
    ask: float | None
    state: QuoteState
    data_type: DataType


class Pair(NamedTuple):
    """A random currency pair."""

    bid: float | None
    ask: float | None
    state: QuoteState


money = st.floats(-1e6, 1e6).filter(lambda number: abs(number) > 1e-6)
states = st.sampled_from([QuoteState.LIVE, QuoteState.LIVE, QuoteState.QUIET, QuoteState.CLOSED, QuoteState.STALE])
lines = st.builds(
    Line,
    quantity=st.sampled_from([0.0, 1.0, -1.0, 0.25]) | st.floats(-1e6, 1e6),
    currency=st.sampled_from(["USD", "EUR", "JPY", "CHF"]),
    multiplier=st.sampled_from([1.0, 50.0, 0.01]),
    cost=st.floats(-1e6, 1e6),
    bid=st.none() | money,
    ask=st.none() | money,
    state=states,
    data_type=st.sampled_from([DataType.REALTIME, DataType.REALTIME, DataType.DELAYED]),
)
rates = st.floats(0.01, 200.0)
pairs = st.dictionaries(
    st.sampled_from(["EUR.USD", "USD.EUR", "USD.JPY", "CHF.USD"]),
    st.builds(Pair, bid=st.none() | rates, ask=st.none() | rates, state=states),
)
ACCEPTABLE = [Verdict.LIVE, Verdict.QUIET, Verdict.CLOSED, Verdict.DELAYED]


def expected_verdict(line: Line | Pair) -> Verdict:
    """By docs/verdicts.md, for the few states that occur here."""
    if line.bid is None and line.ask is None:
        return Verdict.MISSING
    if line.state is QuoteState.STALE:
        return Verdict.STALE
    if isinstance(line, Line) and line.data_type is DataType.DELAYED:
        return Verdict.DELAYED
    return {QuoteState.LIVE: Verdict.LIVE, QuoteState.QUIET: Verdict.QUIET, QuoteState.CLOSED: Verdict.CLOSED}[
        line.state
    ]


def price_of(line: Line | Pair, is_sold: bool) -> float | None:
    """Bid for what is sold, ask for what is bought, the worse of both where they cross."""
    own, other = (line.bid, line.ask) if is_sold else (line.ask, line.bid)
    if own is None or other is None:
        return own
    return min(own, other) if is_sold else max(own, other)


def convert(amount: float, line: Line, known: dict[str, Pair], accept: set[Verdict]) -> tuple[float | None, bool]:
    """The amount in dollars and whether it may be believed: a good rate, else any, the direct one first."""
    if line.currency == "USD":
        return amount, True
    found: list[tuple[float, bool]] = []
    for name, is_inverse in ((f"{line.currency}.USD", False), (f"USD.{line.currency}", True)):
        pair = known.get(name)
        rate = None if pair is None else price_of(pair, (amount > 0) is not is_inverse)
        if pair is not None and rate is not None:
            found.append((amount / rate if is_inverse else amount * rate, expected_verdict(pair) in accept))
    found.sort(key=lambda one: not one[1])
    return found[0] if found else (None, False)


@given(book=st.lists(lines, max_size=8), known=pairs, accept=st.sets(st.sampled_from(ACCEPTABLE)))
def test_totals_are_what_plain_python_says(
    feed: Feed, book: list[Line], known: dict[str, Pair], accept: set[Verdict]
) -> None:
    """Random books, states, currencies and terms: each value to the last bit, and nothing unaccepted in the total."""
    reader = feed.readers[0] if feed.readers else feed.open_reader()
    for name in ("EUR.USD", "USD.EUR", "USD.JPY", "CHF.USD"):
        feed.writer.retire(name)
        if name in known:
            feed.stream(name, "bid", known[name].bid, "ask", known[name].ask, state=known[name].state)
    positions: list[Position] = []
    vouched: list[float] = []
    others: list[float] = []
    for number, line in enumerate(book):
        slot = feed.stream(f"S{number}", "bid", line.bid, "ask", line.ask, state=line.state)
        feed.writer.set_state(slot, data_type=line.data_type)
        positions.append(
            Position(
                account="SIM1",
                symbol=f"S{number}",
                quantity=line.quantity,
                currency=line.currency,
                multiplier=line.multiplier,
                average_cost=line.cost,
            )
        )
        price = price_of(line, line.quantity > 0)
        if line.quantity == 0:
            vouched.append(0.0)
        elif price is not None:
            value, is_good = convert(line.quantity * price * line.multiplier, line, known, accept)
            if value is not None:
                (vouched if is_good and expected_verdict(line) in accept else others).append(value)
    feed.writer.commit()

    found = value_positions(reader, positions, accept=accept)

    assert found.vouched_total == math.fsum(vouched)
    assert found.unvouched_total == math.fsum(others)
    assert (found.vouched, found.unvouched) == (len(vouched), len(others))
    assert found.unpriced == len(book) - len(vouched) - len(others)
    for row in found.rows:
        if row.is_vouched and row.price is not None:
            assert row.price.verdict in accept
            assert row.fx is None or row.fx.look.verdict in accept
        assert bool(row.why) is not row.is_vouched
    backwards = value_positions(reader, positions[::-1], accept=accept)
    assert (backwards.vouched_total, backwards.unvouched_total) == (found.vouched_total, found.unvouched_total)
    if found.is_complete:
        assert found.total == found.vouched_total
    else:
        with pytest.raises(UnpricedPositions):
            _ = found.total
