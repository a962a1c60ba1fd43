"""Projects, themes, snapshots, contracts and the sample: what may be said of them, and that tricks stay text."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tickring.config import ContractConfig
from tickring.db import Contract, DecisionSnapshot, Position, Project, WorkingOrder
from tickring.db.event_log import newest_events
from tickring.errors import (
    ContractConflict,
    ImportRefused,
    InvalidProjectName,
    InvalidSymbol,
    ProjectExists,
    TickringError,
    UnknownProject,
    UnknownSnapshot,
)
from tickring.planner import Origin, build_stream_symbols, resolve_stream_symbols
from tickring.planner.contracts import find_contract, pin_contract, set_alias
from tickring.planner.held_symbols import find_held_symbols
from tickring.planner.projects import add_project, find_project, set_theme
from tickring.planner.sample import SAMPLE_PROJECT, seed_sample
from tickring.planner.snapshots import choose_snapshot, import_snapshot, list_snapshots
from tickring.sample_book import SAMPLE_ACCOUNT
from tickring.states import ApiMode

if TYPE_CHECKING:
    from tickring.db import Database

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
TRICKS = (
    "'; DROP TABLE projects; --",
    'x" OR 1=1 --',
    "%s%s%n {0} :name ?",
    "../../etc/passwd",
    "Größe 名",
)


@pytest.mark.parametrize("name", TRICKS)
def test_a_name_is_text_whatever_stands_in_it(database: Database, name: str) -> None:
    """It comes back as it was; every table is still there."""
    with database.writing() as session:
        made = add_project(session, name, note=name)
    with database.reading() as session:
        assert find_project(session, name).note == name
        assert session.get_one(Project, made.id).name == name
        assert sa.inspect(session.connection()).has_table("projects")


@pytest.mark.parametrize("symbol", [*TRICKS, "a\0b", "", " ", "_status", "x" * 64, "a\nb", "..", "a\\b", "a\u202eb"])
def test_a_symbol_that_could_be_a_trick_is_refused_or_harmless(database: Database, symbol: str) -> None:
    """No path, no control character; what is taken comes back in upper case and changes nothing else."""
    with database.writing() as session:
        add_project(session, "Desk")
    try:
        with database.writing() as session:
            set_theme(session, find_project(session, 1), [symbol])
    except InvalidSymbol:
        expected = []
    else:
        expected = [symbol.upper()]
    with database.reading() as session:
        assert build_stream_symbols(session, 1) == expected
        assert not [one for one in expected if "/" in one or "\\" in one or not one.isprintable()]


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x1b[31mb", "x" * 101])
def test_what_is_no_name_is_refused(database: Database, name: str) -> None:
    """With the value and the rule; a terminal is commanded by nobody's name."""
    with pytest.raises(InvalidProjectName), database.writing() as session:
        add_project(session, name)


def test_a_project_is_found_by_number_and_by_name(database: Database) -> None:
    """A name of digits counts before a number."""
    with database.writing() as session:
        first = add_project(session, "2")
        second = add_project(session, " Semis ")
        assert (first.id, second.id, second.name) == (1, 2, "Semis")
    with database.reading() as session:
        assert find_project(session, 2).name == "Semis"
        assert find_project(session, "2").id == 1
        assert find_project(session, "1").id == 1
        assert find_project(session, "Semis").id == 2
        with pytest.raises(UnknownProject, match="1 '2', 2 'Semis'"):
            find_project(session, "None")
    with pytest.raises(ProjectExists, match="number 2"), database.writing() as session:
        add_project(session, "Semis")


def test_a_theme_is_set_as_a_whole(database: Database) -> None:
    """What was added and removed is told and logged; a wrong symbol changes nothing."""
    with database.writing() as session:
        project = add_project(session, "Desk")
        assert set_theme(session, project, ["spy", "SPY", "qqq"]) == (["QQQ", "SPY"], [])
        assert set_theme(session, project, ["SPY", "KO"]) == (["KO"], ["QQQ"])
        assert set_theme(session, project, ["KO", "SPY"]) == ([], [])
    with pytest.raises(InvalidSymbol), database.writing() as session:
        set_theme(session, find_project(session, 1), ["F", "a/b"])
    with database.reading() as session:
        assert build_stream_symbols(session, 1) == ["KO", "SPY"]
        assert [entry.kind for entry in newest_events(session, 9)] == ["theme.set", "theme.set", "project.added"]


def test_a_bad_row_imports_nothing(database: Database) -> None:
    """Neither the rows before it nor an empty snapshot."""
    with database.writing() as session:
        add_project(session, "Desk")
    with pytest.raises(ImportRefused, match="line 3"), database.writing() as session:
        import_snapshot(session, find_project(session, 1), b"symbol\nSPY\na/b\n", file_name="day.csv")
    with pytest.raises(ImportRefused, match="has no rows"), database.writing() as session:
        import_snapshot(session, find_project(session, 1), b"symbol\n", file_name="day.csv")
    with database.reading() as session:
        assert list_snapshots(session, 1) == []


def test_an_imported_snapshot_has_every_decision(database: Database) -> None:
    """In its order, with its amounts; the newest decision is listed first."""
    with database.writing() as session:
        project = add_project(session, "Desk")
        content = b"symbol,side,weight,quantity,note\nspy,short,-0.10,7,because\nKO,,,,\n"
        made = import_snapshot(session, project, content, file_name="day.csv", decided_at=NOW)
        import_snapshot(session, project, b'["F"]', file_name="old.json", name="Old", decided_at=NOW.replace(day=1))
    with database.reading() as session:
        found = session.get_one(DecisionSnapshot, made.id)
        first, second = found.items
        assert (first.symbol, first.side, first.weight, first.quantity, first.note) == (
            *("SPY", "short", Decimal("-0.10"), Decimal(7), "because"),
        )
        assert (second.symbol, second.side, second.weight) == ("KO", "long", None)
        assert [(one.name, one.items) for one in list_snapshots(session, 1)] == [("day.csv", 2), ("Old", 1)]


def test_a_choice_is_of_the_projects_own_snapshots(database: Database) -> None:
    """One that is not there, or belongs to another project, is refused; the choice before stays."""
    with database.writing() as session:
        project, other = add_project(session, "Desk"), add_project(session, "Other")
        mine = import_snapshot(session, project, b'["SPY"]', file_name="a.json")
        theirs = import_snapshot(session, other, b'["QQQ"]', file_name="b.json")
        choose_snapshot(session, project, mine.id)
    for number, words in ((99, "is not in the database"), (theirs.id, "belongs to project 2")):
        with pytest.raises(UnknownSnapshot, match=words), database.writing() as session:
            choose_snapshot(session, find_project(session, 1), number)
    with database.reading() as session:
        assert [one.symbol for one in resolve_stream_symbols(session, 1).symbols] == ["SPY"]


def test_one_contract_has_one_symbol(database: Database) -> None:
    """The second one is refused by name; another listing gets a symbol of its own."""
    with database.writing() as session:
        pin_contract(session, "shop", ContractConfig(con_id=1, currency="usd"))
        pin_contract(session, "SHOP.TO", ContractConfig(con_id=2, currency="CAD", symbol="SHOP"))
    with pytest.raises(ContractConflict, match="that is 'SHOP' already"), database.writing() as session:
        pin_contract(session, "OTHER", ContractConfig(con_id=1))
    with pytest.raises(ContractConflict, match="currency is 'U\\\\nD'"), database.writing() as session:
        pin_contract(session, "OTHER", ContractConfig(con_id=3, currency="U\nD"))
    with database.reading() as session:
        row, _ = find_contract(session, "Shop")
        assert row is not None
        assert (row.symbol, row.con_id, row.currency, row.is_pinned) == ("SHOP", 1, "USD", True)


def test_another_contract_forgets_what_was_known_of_the_first(database: Database) -> None:
    """Tick size and hours belong to a contract, not to a name."""
    with database.writing() as session:
        row = pin_contract(session, "KWEB", ContractConfig(con_id=1))
        row.min_tick, row.liquid_hours, row.resolved_at = Decimal("0.01"), "20260304:0930-20260304:1600", NOW
        pin_contract(session, "KWEB", ContractConfig(con_id=1, primary_exchange="ARCA"))
        assert session.get_one(Contract, "KWEB").min_tick == Decimal("0.01")
        pin_contract(session, "KWEB", ContractConfig(con_id=2))
        row = session.get_one(Contract, "KWEB")
        assert (row.min_tick, row.liquid_hours, row.resolved_at) == (None, "", None)


def test_an_alias_is_one_symbols(database: Database) -> None:
    """IG's epic or Breeze's token leads to one symbol; a symbol without a contract has no alias."""
    with database.writing() as session:
        pin_contract(session, "SPY", ContractConfig(con_id=1))
        pin_contract(session, "QQQ", ContractConfig(con_id=2))
        set_alias(session, "spy", "IG", "IX.D.SPTRD.DAILY.IP")
        set_alias(session, "SPY", "ig", "IX.D.SPTRD.DFB.IP")
        set_alias(session, "SPY", "breeze", "4.1!2885")
    refused = (("QQQ", "ig", "IX.D.SPTRD.DFB.IP"), ("KO", "ig", "X"), ("SPY", "", "X"), ("SPY", "ig", "a\nb"))
    for arguments in refused:
        with pytest.raises(ContractConflict), database.writing() as session:
            set_alias(session, *arguments)
    with database.reading() as session:
        aliases = {alias.source: alias.alias for alias in find_contract(session, "SPY")[1]}
    assert aliases == {"ig": "IX.D.SPTRD.DFB.IP", "breeze": "4.1!2885"}


def test_what_is_held_finds_its_symbol_by_its_contract(database: Database) -> None:
    """By contract id first; the wrong listing's name is refused with the way to heal it."""

    def held(key: str, symbol: str, con_id: int | None, currency: str) -> Position:
        values = {"position_key": key, "symbol": symbol, "con_id": con_id, "currency": currency}
        return Position(account="U1", quantity=Decimal(1), multiplier=Decimal(1), seen_at=NOW, **values)

    with database.writing() as session:
        pin_contract(session, "SHOP.TO", ContractConfig(con_id=2, currency="CAD", symbol="SHOP"))
        pin_contract(session, "KWEB", ContractConfig(con_id=5))
        session.add_all([held("1", "SHOP", 2, "CAD"), held("2", "BRK B", None, "USD"), held("3", "KWEB", 6, "USD")])
        session.add(held("4", "SAP", 7, "EUR"))
        session.add(
            WorkingOrder(account="U1", order_key="9", symbol="XOM", side="buy", quantity=Decimal(1), seen_at=NOW)
        )
    configured = {"BRK.B": ContractConfig(symbol="BRK B")}
    with database.reading() as session:
        found = find_held_symbols(session, configured, ApiMode.LIVE)
        assert find_held_symbols(session, configured, ApiMode.PAPER).symbols == ()
    assert {one.symbol: one.origin for one in found.symbols} == {
        "SHOP.TO": Origin.POSITION,
        "BRK.B": Origin.POSITION,
        "XOM": Origin.WORKING_ORDER,
    }
    assert set(found.unnamed) == {"position KWEB (USD)", "position SAP (EUR)"}
    assert "is contract 6, but KWEB is contract 5 here" in found.unnamed["position KWEB (USD)"]
    assert "tickring contract pin NAME --con-id 7" in found.unnamed["position SAP (EUR)"]


def test_the_sample_is_made_once_and_left_alone(database: Database) -> None:
    """Its name says what it is, its account is nobody's; what a user changes in it stays."""
    with database.writing() as session:
        project = seed_sample(session)
        assert project.name == SAMPLE_PROJECT == "Sample project"
    with database.writing() as session:
        assert seed_sample(session).id == project.id
    with database.reading() as session:
        assert session.query(Project).count() == 1
        accounts = {row.account for row in session.query(Position)}
        symbols = [one.symbol for one in resolve_stream_symbols(session, project.id, age_limit_s=0).symbols]
        held = find_held_symbols(session, {}, ApiMode.MOCK)
        assert find_held_symbols(session, {}, ApiMode.LIVE).symbols == ()
    assert accounts == {SAMPLE_ACCOUNT}
    assert SAMPLE_ACCOUNT.startswith("SIM")
    assert symbols[:3] == ["SPY", "QQQ", "AAPL"]
    assert {one.symbol for one in held.symbols} == {"SPY", "NVDA", "TSLA", "BRK B"}
    with database.writing() as session:
        session.execute(sa.delete(Position))
        seed_sample(session)
        assert session.query(Position).count() == 0


def test_every_refusal_is_an_error_of_ours() -> None:
    """`except TickringError` catches them all."""
    kinds = (ContractConflict, ImportRefused, InvalidProjectName, ProjectExists, UnknownProject, UnknownSnapshot)
    assert all(issubclass(kind, TickringError) for kind in kinds)
