"""A quote is one immutable look: what it says, when two are equal, and when one object answers again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.every_verdict import REASONS, quote_for
from tests.feeds import Feed
from tickring import _core
from tickring.reader import Quote
from tickring.states import ApiMode, Connection, DataType, Field, QuoteState, Source
from tickring.verdict import GOOD, Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PUBLIC_FIELDS = [
    *("symbol", "verdict", "reason", "bid", "ask", "last", "mid", "spread", "bid_size", "ask_size", "last_size"),
    *("volume", "close", "open", "high", "low", "last_trade_s", "is_halted", "state", "source", "data_type"),
    *("api_mode", "age_s", "vouched_age_s", "ts_recv_ns", "ts_publish_ns", "sequence", "epoch", "generation"),
    *("slot", "segment_id"),
]
OTHER_ATTRIBUTES = ["is_good", "is_state_only", "vouched_ns", "read_ns"]

FULL_QUOTE: list[object] = [
    *(Field.BID, 10.0, Field.ASK, 11.0, Field.LAST, 10.5, Field.BID_SIZE, 300, Field.ASK_SIZE, 200),
    *(Field.LAST_SIZE, 100, Field.VOLUME, 12_345, Field.CLOSE, 9.5, Field.OPEN, 9.75, Field.HIGH, 12.0, Field.LOW, 9.0),
    *(Field.LAST_TRADE_S, 1_763_720_000),
]


# ---- what it says ----------------------------------------------------------------------------------------------------


def test_a_full_quote_says_everything(feed: Feed) -> None:
    """Each field holds what its tick said; the words and numbers beside them say where it came from."""
    slot = feed.stream("SPY", *FULL_QUOTE)
    feed.writer.set_state(slot, is_halted=True)
    reader = feed.open_reader()
    quote = reader["SPY"]
    said = quote.to_dict()
    assert list(said) == PUBLIC_FIELDS
    assert {field: said[field] for field in Field} == dict(zip(FULL_QUOTE[::2], FULL_QUOTE[1::2], strict=True))
    assert said == {
        **{str(field): said[field] for field in Field},
        "symbol": "SPY",
        "verdict": Verdict.LIVE,
        "reason": Reason.VOUCHED,
        "mid": 10.5,
        "spread": 1.0,
        "is_halted": True,
        "state": QuoteState.LIVE,
        "source": Source.IB_STREAM,
        "data_type": DataType.REALTIME,
        "api_mode": ApiMode.MOCK,
        "age_s": quote.age_s,
        "vouched_age_s": quote.vouched_age_s,
        "ts_recv_ns": quote.ts_recv_ns,
        "ts_publish_ns": quote.ts_publish_ns,
        "sequence": quote.sequence,
        "epoch": feed.host.epoch & 0xFFFF,
        "generation": 1,
        "slot": slot,
        "segment_id": reader.status().segment_id,
    }
    for name, words in [("verdict", Verdict), ("reason", Reason), ("state", QuoteState), ("source", Source)]:
        assert isinstance(said[name], words)


@pytest.mark.parametrize("reason", REASONS)
def test_every_attribute_says_the_same_however_it_is_asked_for(feed: Feed, reason: Reason) -> None:
    """By a literal name, by a name made at run time and in `to_dict`, under every verdict."""
    quote = quote_for(feed, reason)
    assert quote.reason is reason
    said = quote.to_dict()
    for name in [*PUBLIC_FIELDS, *OTHER_ATTRIBUTES]:
        value = getattr(quote, name)
        made = "".join(list(name))  # not interned
        again = getattr(quote, made)
        assert again == value
        assert type(again) is type(value)
        if name in said:
            assert said[name] == value
    assert quote.is_good == (quote.verdict in GOOD)


VALUES = [str(field) for field in Field] + ["mid", "spread"]
WITHHELD = {Reason.OVERTAKEN, Reason.UNKNOWN_SYMBOL, Reason.RETIRED, Reason.OTHER_API_MODE}


@pytest.mark.parametrize("reason", REASONS)
def test_values_come_with_a_verdict_that_lets_them_be_shown(feed: Feed, reason: Reason) -> None:
    """Last known values come with every verdict but those of a quote that must not or cannot be shown."""
    quote = quote_for(feed, reason)
    if reason in WITHHELD:
        assert all(getattr(quote, name) is None for name in VALUES)
        assert (quote.sequence, quote.generation, quote.slot) == (0, 0, 0)
        assert (quote.age_s, quote.vouched_age_s) == (math.inf, math.inf)
        assert (quote.ts_recv_ns, quote.ts_publish_ns, quote.vouched_ns) == (0, 0, 0)
        assert (quote.state, quote.source) == (QuoteState.EMPTY, Source.NONE)
    elif reason is Reason.NO_PRICE:
        assert all(getattr(quote, name) is None for name in VALUES)
        assert quote.sequence > 0
    else:
        assert (quote.bid, quote.ask, quote.last, quote.mid, quote.spread) == (10.0, 11.0, 10.5, 10.5, 1.0)
    assert quote.symbol in {"SPY", "XYZ"}


def test_flags_are_the_records_own(feed: Feed) -> None:
    """A halt lasts until it is lifted; `is_state_only` is true of the one record that changed only the state."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    assert not reader["SPY"].is_halted
    feed.writer.set_state(slot, is_halted=True)
    assert (reader["SPY"].is_halted, reader["SPY"].is_state_only) == (True, True)
    feed.tick(slot, Field.BID, 10.5)
    assert (reader["SPY"].is_halted, reader["SPY"].is_state_only) == (True, False)
    assert feed.writer.set_state(slot, is_halted=True) == 0
    feed.writer.set_state(slot, is_halted=False)
    assert (reader["SPY"].is_halted, reader["SPY"].is_state_only) == (False, True)
    feed.writer.set_state(slot, is_halted=True, publish=False)
    assert not reader["SPY"].is_halted
    feed.tick(slot, Field.BID, 11.0)
    assert reader["SPY"].is_halted


# ---- ages ------------------------------------------------------------------------------------------------------------


def test_ages_are_as_of_the_read_and_do_not_move(feed: Feed) -> None:
    """Both ages are exact differences to the moment of the read, which lies between the calls around it."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    feed.writer.vouch(slot)
    reader = feed.open_reader()
    before = _core.boot_ns()
    quote = reader["SPY"]
    after = _core.boot_ns()
    assert before <= quote.read_ns <= after
    assert quote.ts_publish_ns < quote.vouched_ns <= quote.read_ns
    assert quote.age_s == (quote.read_ns - quote.ts_publish_ns) / 1e9
    assert quote.vouched_age_s == (quote.read_ns - quote.vouched_ns) / 1e9
    ages = (quote.age_s, quote.vouched_age_s)
    while _core.boot_ns() <= after + 2 * _core.AGE_RESOLUTION_NS:
        pass
    assert (quote.age_s, quote.vouched_age_s) == ages
    assert reader["SPY"].age_s > quote.age_s


def test_an_age_that_cannot_be_known_is_infinite(feed: Feed) -> None:
    """Never vouched for is infinitely long ago, not just now."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    feed.writer.begin(slot, keep_last_known=True)
    quote = feed.open_reader()["SPY"]
    assert quote.vouched_age_s == math.inf
    assert quote.age_s < math.inf


# ---- immutable -------------------------------------------------------------------------------------------------------


def test_nothing_of_a_quote_can_be_changed(feed: Feed) -> None:
    """Neither attributes nor the type; nobody makes one or derives from it."""
    feed.stream("SPY", *FULL_QUOTE)
    quote = feed.open_reader()["SPY"]
    before = quote.to_dict()
    for name in [*PUBLIC_FIELDS, *OTHER_ATTRIBUTES, "note"]:
        with pytest.raises(AttributeError):
            setattr(quote, name, 1.0)
        with pytest.raises(AttributeError):
            object.__setattr__(quote, name, 1.0)
        with pytest.raises(AttributeError):
            delattr(quote, name)
        with pytest.raises(TypeError):
            setattr(Quote, name, 1.0)
    for name in ("bid", "to_dict", "__eq__", "__dataclass_fields__"):
        with pytest.raises(TypeError):
            delattr(Quote, name)
    with pytest.raises(TypeError):
        quote.__class__ = object  # type: ignore[assignment]
    with pytest.raises(TypeError, match="cannot create"):
        Quote()
    with pytest.raises(TypeError):
        object.__new__(Quote)
    with pytest.raises(TypeError, match="not an acceptable base type"):
        type("Mine", (Quote,), {})
    with pytest.raises(TypeError):
        vars(quote)
    assert quote.to_dict() == before


# ---- equality --------------------------------------------------------------------------------------------------------


def key_of(quote: Quote) -> tuple[object, ...]:
    """What decides equality, as documented; without a record only the symbol is left to tell two quotes apart."""
    has_record = quote.sequence != 0
    return (
        *(quote.segment_id, quote.slot, quote.generation, quote.sequence, quote.verdict),
        None if has_record else quote.symbol,
    )


def test_quotes_are_equal_when_segment_slot_generation_sequence_and_verdict_are(feed: Feed, tmp_path: Path) -> None:
    """Over segments, readers, symbols, uses of a slot, records and verdicts: equal and equally hashed, or neither."""
    quotes: list[Quote] = []
    with Feed.start(str(tmp_path / "other")) as other:
        for source in (feed, other):
            readers = [source.open_reader(), source.open_reader()]

            slot = source.stream("SPY", Field.BID, 10.0)
            source.stream("QQQ", Field.BID, 10.0)
            steps: list[Callable[[], object]] = [
                lambda: None,
                lambda source=source, slot=slot: source.tick(slot, Field.BID, 11.0),  # type: ignore[misc]
                lambda source=source: source.writer.set_line(connection=Connection.SUSPECT),  # type: ignore[misc]
                lambda source=source: source.writer.set_line(connection=Connection.CONNECTED),  # type: ignore[misc]
                lambda source=source, slot=slot: source.writer.set_state(slot, state=QuoteState.QUIET),  # type: ignore[misc]
                lambda source=source: source.writer.retire("SPY"),  # type: ignore[misc]
                lambda source=source: source.stream("SPY", Field.BID, 10.0),  # type: ignore[misc]
            ]
            for step in steps:
                step()
                for reader in readers:
                    quotes += [reader["SPY"], reader["QQQ"], reader["XYZ"], *reader.history("SPY", 10)]
    assert len({key_of(quote) for quote in quotes}) >= 30
    for one in quotes:
        for two in quotes:
            assert (one == two) == (key_of(one) == key_of(two))
            assert (one != two) == (key_of(one) != key_of(two))
            if one == two:
                assert hash(one) == hash(two)
    assert len(set(quotes)) == len({key_of(quote) for quote in quotes})


def test_a_quote_equals_nothing_else_and_has_no_order(feed: Feed) -> None:
    """Comparing with another kind of thing is no error; which quote is less is no question."""
    feed.stream("SPY", Field.BID, 10.0)
    quote = feed.open_reader()["SPY"]
    for other in (None, 10.0, "SPY", quote.to_dict(), object()):
        assert quote != other
        assert not quote == other  # noqa: SIM201 - both operators are the subject
    with pytest.raises(TypeError):
        _ = quote < quote  # type: ignore[operator]


# ---- the identical object --------------------------------------------------------------------------------------------


def test_an_unchanged_quote_is_the_identical_object_for_a_millisecond(feed: Feed) -> None:
    """Reading again gives the same object until its ages would be off by more than the resolution, and never longer.

    Up to 0.1 ms shorter: that is how far ahead the clock may be that confirms an answer (docs/decisions/0008).
    """
    feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    handle = reader.handle("SPY")
    quote = reader["SPY"]
    objects = same = 0
    while objects < 10:
        before_ns = _core.boot_ns()
        again = handle.read() if same % 2 else reader["SPY"]
        assert again == quote
        if again is quote:
            same += 1
            assert before_ns - again.read_ns < _core.AGE_RESOLUTION_NS
        else:
            objects += 1
            assert again.read_ns - quote.read_ns >= 0.9 * _core.AGE_RESOLUTION_NS
        quote = again
    assert same > 0


@given(
    actions=st.lists(
        st.sampled_from(["tick", "same tick", "quiet", "live", "suspect", "connected", "vouch"]), max_size=30
    )
)
def test_no_object_outlives_a_change_of_record_or_verdict(feed: Feed, actions: list[str]) -> None:
    """However fast: after a new record or another verdict the next read is another object, which says the new thing."""
    reader = feed.readers[0] if feed.readers else feed.open_reader()
    feed.writer.set_line(connection=Connection.CONNECTED)
    slot = feed.stream("SPY", Field.BID, 10.0)
    price, state, connection = 10.0, QuoteState.LIVE, Connection.CONNECTED
    quote = reader["SPY"]
    for action in actions:
        sequence = quote.sequence
        if action == "tick":
            price += 1.0
            sequence = feed.writer.tick(slot, 1, Field.BID, price)
        elif action == "same tick":
            assert feed.writer.tick(slot, 1, Field.BID, price) == 0
        elif action in {"quiet", "live"}:
            state = QuoteState(action)
            sequence = feed.writer.set_state(slot, state=state) or sequence
        elif action == "vouch":
            feed.writer.vouch(slot)
        else:
            connection = Connection(action)
            feed.writer.set_line(connection=connection)
        verdict = Verdict.STALE if connection is Connection.SUSPECT else Verdict(state)
        again = reader["SPY"]
        assert (again.sequence, again.verdict, again.bid, again.state) == (sequence, verdict, price, state)
        assert (again == quote) == (sequence == quote.sequence and verdict == quote.verdict)
        if again != quote:
            assert again is not quote
        quote = again
