"""Any sequence of what a writer can do, against a plain Python model: every reader sees what the model says."""

from __future__ import annotations

import os
import shutil
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.feeds import Feed
from tests.verdict_model import FIELD_BIT, NOW_NS, PRICES, Case, expected
from tickring.errors import DirectoryFull, SlotNotActive
from tickring.states import ApiMode, Connection, DataType, Field, QuoteState, RunState, Source
from tickring.verdict import Reason, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from tickring.reader import Handle, Quote, QuoteReader

CAPACITY, DEPTH = 3, 8
NAMES = ["SPY", "QQQ", "BRK B", "日経225", "x"]
QUOTED = {Field.BID, Field.ASK, Field.LAST}


@dataclass(frozen=True)
class Record:
    """One record as it should read."""

    values: dict[Field, float] = field(default_factory=dict)
    state: QuoteState = QuoteState.EMPTY
    source: Source = Source.NONE
    data_type: DataType = DataType.UNKNOWN
    is_halted: bool = False
    is_state_only: bool = False
    ts_recv_ns: int = 0
    sequence: int = 0
    epoch: int = 0
    mode: ApiMode = ApiMode.UNKNOWN
    """The kind of account of the life that these values came from."""

    @property
    def has_price(self) -> bool:
        return bool(QUOTED & self.values.keys())


@dataclass
class Symbol:
    """One use of a slot."""

    slot: int
    generation: int
    staged: Record
    records: list[Record] = field(default_factory=list)
    is_vouched: bool = False
    kept: Record | None = None
    """Last known values, which stay until the first price of the new subscription."""


SYMBOLS = st.sampled_from(NAMES)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from([Field.BID, Field.ASK, Field.LAST, Field.BID_SIZE, Field.CLOSE]),
        st.sampled_from([None, -1.0, 1.0, 2.0, 3.0]),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda change: change[0],
)


class SegmentMachine(RuleBasedStateMachine):
    """A writer that does anything, readers opened at any time, and the model of what they should see."""

    @initialize()
    def start(self) -> None:
        """One empty segment of three slots."""
        self.name = f"test-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.feed = Feed.start(self.name, capacity=CAPACITY, depth=DEPTH)
        self.active: dict[str, Symbol] = {}
        self.retired: set[str] = set()
        self.sequences: dict[int, int] = {}
        self.generations: dict[int, int] = {}
        self.readers: list[tuple[QuoteReader, dict[str, Handle]]] = []
        self.clock_ns = 0
        self.mode = self.mode_of_records = ApiMode.MOCK
        self.connection, self.run_state = Connection.CONNECTED, RunState.RUNNING
        self.open_reader()

    def teardown(self) -> None:
        """Nothing is left in /dev/shm."""
        if hasattr(self, "feed"):
            directory: Path = self.feed.host.paths.directory
            self.feed.close()
            shutil.rmtree(directory)

    # ---- the model's part of publishing ----

    def publish(self, symbol: Symbol, record: Record) -> int:
        """Put the record in the model's ring, as of this life of the writer."""
        return self.publish_as_it_is(symbol, replace(record, mode=self.mode_of_records))

    def publish_as_it_is(self, symbol: Symbol, record: Record) -> int:
        """Put the record in the model's ring, with the kind of account that it has."""
        sequence = self.sequences.get(symbol.slot, 0) + 1
        self.sequences[symbol.slot] = sequence
        symbol.records.append(replace(record, sequence=sequence, epoch=self.feed.host.epoch & 0xFFFF))
        return sequence

    def publish_kept(self, symbol: Symbol) -> int:
        """Show the last known values again; of the states only one that says why they are old is told."""
        assert symbol.kept is not None
        state = symbol.staged.state if symbol.staged.state is QuoteState.NO_PERMISSION else QuoteState.STALE
        return self.publish_as_it_is(symbol, replace(symbol.kept, state=state, is_state_only=True))

    # ---- what a writer can do ----

    @rule(name=SYMBOLS)
    def add(self, name: str) -> None:
        """A known symbol keeps its slot, a new one gets a free slot with a new generation, or there is none."""
        if name not in self.active and len(self.active) == CAPACITY:
            with pytest.raises(DirectoryFull):
                self.feed.writer.add(name)
            return
        slot = self.feed.writer.add(name)
        if name in self.active:
            assert slot == self.active[name].slot
            return
        assert slot not in {symbol.slot for symbol in self.active.values()}
        self.generations[slot] = self.generations.get(slot, 0) + 1
        symbol = self.active[name] = Symbol(slot, self.generations[slot], Record())
        self.retired.discard(name)
        self.publish(symbol, symbol.staged)

    @rule(name=SYMBOLS)
    def retire(self, name: str) -> None:
        """Only what is in can be taken out; its slot is nobody's from then on."""
        assert self.feed.writer.retire(name) == (name in self.active)
        symbol = self.active.pop(name, None)
        if symbol is not None:
            self.retired.add(name)
            self.generations[symbol.slot] += 1
            with pytest.raises(SlotNotActive):
                self.feed.writer.vouch(symbol.slot)

    @precondition(lambda self: self.active)
    @rule(data=st.data(), keep_last_known=st.booleans())
    def begin(self, data: st.DataObject, keep_last_known: bool) -> None:
        """A new subscription."""
        symbol = self.one_of_the_active(data)
        self.feed.writer.begin(symbol.slot, keep_last_known=keep_last_known)
        self.model_begin(symbol, keep_last_known=keep_last_known)

    def model_begin(self, symbol: Symbol, *, keep_last_known: bool) -> None:
        """What `begin` does to the model."""
        self.start_over(symbol, keep_last_known=keep_last_known)
        symbol.staged = Record(state=QuoteState.PENDING)
        if symbol.kept is not None:
            self.publish_kept(symbol)
        else:
            self.publish(symbol, symbol.staged)

    def start_over(self, symbol: Symbol, *, keep_last_known: bool) -> None:
        """Put the values aside or forget them; nothing of them is part of what comes."""
        if not keep_last_known:
            symbol.kept = None
        elif symbol.staged.has_price:
            symbol.kept = replace(symbol.staged, mode=symbol.records[-1].mode)
        symbol.is_vouched = False

    @precondition(lambda self: self.active)
    @rule(data=st.data(), changes=CHANGES)
    def tick(self, data: st.DataObject, changes: list[tuple[Field, float | None]]) -> None:
        """A message of the source."""
        symbol = self.one_of_the_active(data)
        values = dict(symbol.staged.values)
        for what, value in changes:
            if value is None or value == -1.0:
                values.pop(what, None)
            else:
                values[what] = value
        self.clock_ns += 1
        published = self.feed.writer.tick(symbol.slot, self.clock_ns, *(word for change in changes for word in change))
        is_changed = values != symbol.staged.values
        symbol.staged = replace(symbol.staged, values=values)
        if symbol.staged.has_price:
            symbol.kept = None
        if symbol.kept is not None:
            assert published == 0  # the old values stay until a price comes
            return
        symbol.is_vouched = True
        if not is_changed:
            assert published == 0
            return
        if any(what in QUOTED for what, _ in changes):
            symbol.staged = replace(symbol.staged, ts_recv_ns=self.clock_ns)
        assert published == self.publish(symbol, symbol.staged)

    @precondition(lambda self: self.active)
    @rule(
        data=st.data(),
        state=st.sampled_from([None, *[QuoteState.LIVE] * 3, QuoteState.QUIET, QuoteState.NO_PERMISSION]),
        source=st.sampled_from([None, Source.IB_STREAM, Source.IB_STREAM, Source.IB_SNAPSHOT]),
        data_type=st.sampled_from([None, DataType.REALTIME, DataType.REALTIME, DataType.DELAYED]),
        is_halted=st.none() | st.booleans(),
        publish=st.booleans(),
    )
    def set_state(
        self,
        data: st.DataObject,
        state: QuoteState | None,
        source: Source | None,
        data_type: DataType | None,
        is_halted: bool | None,
        publish: bool,
    ) -> None:
        """Words of the symbol, at once or with the next tick."""
        symbol = self.one_of_the_active(data)
        published = self.feed.writer.set_state(
            symbol.slot, state=state, source=source, data_type=data_type, is_halted=is_halted, publish=publish
        )
        before = symbol.staged
        symbol.staged = replace(
            before,
            state=state or before.state,
            source=source or before.source,
            data_type=data_type or before.data_type,
            is_halted=before.is_halted if is_halted is None else is_halted,
        )
        if not publish or symbol.staged == before:
            assert published == 0
        elif symbol.kept is not None:
            assert published == self.publish_kept(symbol)
        else:
            assert published == self.publish(symbol, replace(symbol.staged, is_state_only=True))

    @precondition(lambda self: self.active)
    @rule(data=st.data())
    def vouch(self, data: st.DataObject) -> None:
        """The feed proves itself without a tick."""
        symbol = self.one_of_the_active(data)
        self.feed.writer.vouch(symbol.slot)
        symbol.is_vouched = True

    @rule()
    def commit(self) -> None:
        """The end of a batch changes nothing that is read."""
        self.feed.writer.commit()

    @rule(connection=st.sampled_from([Connection.CONNECTED, Connection.CONNECTED, Connection.SUSPECT]))
    def set_connection(self, connection: Connection) -> None:
        """The gateway comes and goes."""
        self.feed.writer.set_line(connection=connection)
        self.connection = connection

    @rule(mode=st.sampled_from([ApiMode.MOCK, ApiMode.PAPER]))
    def set_mode(self, mode: ApiMode) -> None:
        """Another kind of account empties every quote, the same one changes nothing."""
        self.feed.writer.set_line(api_mode=mode)
        self.model_set_mode(mode)

    def model_set_mode(self, mode: ApiMode) -> None:
        """What naming the kind of account does to the model."""
        self.mode_of_records = mode
        if mode is not self.mode:
            for symbol in self.active.values():
                self.model_begin(symbol, keep_last_known=False)
        self.mode = mode

    @rule(says_so=st.booleans())
    def restart_writer(self, says_so: bool) -> None:
        """A new life of the writer takes over what it finds, as stale."""
        self.feed.restart_writer()
        self.connection, self.run_state = Connection.UNKNOWN, RunState.STARTING
        self.mode_of_records = ApiMode.UNKNOWN
        for symbol in self.active.values():
            self.start_over(symbol, keep_last_known=False)
            symbol.staged = symbol.records[-1]
            self.start_over(symbol, keep_last_known=True)
            symbol.staged = Record()
            if symbol.kept is not None:
                self.publish_kept(symbol)
            else:
                self.publish(symbol, replace(symbol.staged, is_state_only=True))
        if says_so:
            self.go_live()

    @precondition(lambda self: self.run_state is not RunState.RUNNING)
    @rule()
    def go_live(self) -> None:
        """The new writer has found its gateway."""
        self.feed.go_live(self.mode)
        self.model_set_mode(self.mode)
        self.connection, self.run_state = Connection.CONNECTED, RunState.RUNNING

    @rule()
    def replace_segment(self) -> None:
        """A new file takes the place of the old one: everything is gone, readers move."""
        self.feed.writer.close()
        self.feed.host.replace()
        self.feed.restart_writer()
        self.feed.go_live(self.mode)
        self.connection, self.run_state = Connection.CONNECTED, RunState.RUNNING
        self.mode_of_records = self.mode
        self.active.clear()
        self.retired.clear()
        self.sequences.clear()
        self.generations.clear()
        for reader, _ in self.readers:
            assert reader.reattach()

    # ---- readers ----

    @precondition(lambda self: len(self.readers) < 4)
    @rule()
    def open_reader(self) -> None:
        """A reader opened at any time, with a handle of every symbol there may ever be."""
        reader = self.feed.open_reader()
        self.readers.append((reader, {name: reader.handle(name) for name in NAMES}))

    @invariant()
    def every_reader_sees_what_the_model_says(self) -> None:
        """By every way of reading, in every reader, old and new handles alike."""
        for reader, handles in self.readers:
            table = {row["symbol"].decode(): row for row in reader.table()}
            assert reader.symbols() == sorted(self.active) == [*table]
            assert self.feed.writer.active_symbols == len(self.active)
            for name, quote in zip(NAMES, reader.batch(NAMES).read(), strict=True):
                for seen in (reader[name], handles[name].read(), quote):
                    self.check_quote(name, seen)
                assert (name in reader) == (name in self.active)
                if name in self.active:
                    row = table[name]
                    assert (row["sequence"], list(Verdict)[row["verdict"]]) == (quote.sequence, quote.verdict)
                    # A quote that answers again may be from before a vouch; the table looks anew.
                    assert (row["vouched_ns"] > 0) == (self.active[name].is_vouched and quote.sequence > 0)
                self.check_history(
                    name, handles[name].history(100), handles[name].history(100, include_state_only=False)
                )

    def one_of_the_active(self, data: st.DataObject) -> Symbol:
        """Draw a symbol that is in."""
        return self.active[data.draw(st.sampled_from(sorted(self.active)), "symbol")]

    def judgement_of(self, symbol: Symbol, record: Record, *, is_newest: bool) -> tuple[Verdict, Reason]:
        """What the table of rules says of this record now."""
        case = Case(
            state=record.state,
            source=record.source,
            data_type=record.data_type,
            record_epoch=record.epoch,
            has=sum(FIELD_BIT[what] for what in record.values),
            record_mode=record.mode,
            is_newest=is_newest,
            vouched_ns=NOW_NS - 1 if symbol.is_vouched else 0,
            feeder_state=self.run_state,
            connection=self.connection,
            supervisor_epoch=self.feed.host.epoch,
            feeder_epoch=self.feed.writer.epoch,
            supervisor_mode=ApiMode.MOCK,
            feeder_mode=self.mode,
            accepted=frozenset({ApiMode.LIVE, ApiMode.PAPER, ApiMode.MOCK}),
        )
        return expected(case)

    def check_quote(self, name: str, quote: Quote) -> None:
        """One newest quote."""
        assert quote.symbol == name
        symbol = self.active.get(name)
        if symbol is None:
            reason = Reason.RETIRED if name in self.retired else Reason.UNKNOWN_SYMBOL
            assert (quote.verdict, quote.reason, quote.sequence) == (Verdict.MISSING, reason, 0)
            assert all(getattr(quote, what) is None for what in Field)
            return
        record = symbol.records[-1]
        assert (quote.verdict, quote.reason) == self.judgement_of(symbol, record, is_newest=True)
        if quote.reason is Reason.OTHER_API_MODE:
            assert (quote.sequence, quote.slot, quote.generation) == (0, 0, 0)
            assert all(getattr(quote, what) is None for what in Field)
            return
        assert (quote.slot, quote.generation) == (symbol.slot, symbol.generation)
        self.check_record(record, quote)

    def check_record(self, record: Record, quote: Quote) -> None:
        """What the record holds, whenever it was published."""
        assert {what: value for what in Field if (value := getattr(quote, what)) is not None} == record.values
        assert (quote.state, quote.source, quote.data_type) == (record.state, record.source, record.data_type)
        assert (quote.is_halted, quote.is_state_only) == (record.is_halted, record.is_state_only)
        assert (quote.ts_recv_ns, quote.sequence, quote.epoch) == (record.ts_recv_ns, record.sequence, record.epoch)
        assert quote.api_mode is (record.mode if record.values else self.mode)

    def check_history(self, name: str, rows: list[Quote], rows_of_values: list[Quote]) -> None:
        """The rows of this use of the slot, back to the first that must not be shown."""
        symbol = self.active.get(name)
        records = symbol.records[: -(DEPTH - 1) : -1] if symbol is not None else []
        for number, (record, row) in enumerate(zip(records, rows, strict=False)):
            assert symbol is not None
            self.check_record(record, row)
            assert (row.verdict, row.reason) == self.judgement_of(symbol, record, is_newest=number == 0)
        if len(rows) < len(records):
            assert symbol is not None
            hidden = self.judgement_of(symbol, records[len(rows)], is_newest=not rows)
            assert hidden == (Verdict.MISSING, Reason.OTHER_API_MODE)
        assert rows_of_values == [row for row in rows if not row.is_state_only]


assert sum(FIELD_BIT[what] for what in QUOTED) == PRICES

SegmentMachine.TestCase.settings = settings(max_examples=80, stateful_step_count=40)


class TestSegment(SegmentMachine.TestCase):  # type: ignore[misc, valid-type]
    """Any sequence of adds, retires, subscriptions, ticks, states, restarts, replacements reads as the model says."""
