"""`tickring project|theme|snapshot|contract|db|symbols` as users type them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.cli_runs import answer, run
from tests.planner_run import PlannerRun, planner_config
from tests.waiting import wait_until
from tickring.config import DatabaseConfig
from tickring.db import Database
from tickring.feeder_answers import ContractAnswer
from tickring.names import PLANNER_STATUS_FILE
from tickring.planner.contract_answers import take_answer
from tickring.planner.projects import add_project, set_theme
from tickring.planner.snapshots import choose_snapshot, import_snapshot
from tickring.planner_status import read_planner_status
from tickring.states import ApiMode

if TYPE_CHECKING:
    from pathlib import Path

    from tests.feeds import Feed


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database of these commands is data/tickring.db of this directory."""
    monkeypatch.chdir(tmp_path)


def told(*arguments: str) -> str:
    """What a command that succeeds prints."""
    page = answer(*arguments)
    assert page.exit_code == 0, page.stderr
    return page.stdout


def refused(*arguments: str) -> str:
    """What a command says that cannot do it: one line or one list, exit code 2, nothing on stdout."""
    page = answer(*arguments)
    assert (page.exit_code, page.stdout) == (2, "")
    assert page.stderr.startswith("tickring: ")
    return page.stderr


def test_the_first_command_makes_the_database(tmp_path: Path) -> None:
    """From nothing to a set that is explained, by commands alone."""
    assert "project 1 'Semis': made" in told("project", "add", "Semis", "--note", "long only")
    assert (tmp_path / "data" / "tickring.db").is_file()
    assert "2 symbols; +AMD +NVDA" in told("theme", "set", "nvda", "AMD")
    assert told("theme", "show").split() == ["AMD", "NVDA"]
    (tmp_path / "day.csv").write_text("symbol,side,weight\nspy,long,0.25\nNVDA,short,-0.5\n")
    assert "use 1 --project 1" in told("snapshot", "import", "day.csv")
    assert "snapshot 1 counts" in told("snapshot", "use", "1")
    plan = json.loads(told("symbols", "--plan", "--json"))
    assert [(row["symbol"], row["origin"], row["state"]) for row in plan["symbols"]] == [
        ("NVDA", "snapshot", "streamed"),
        ("SPY", "snapshot", "streamed"),
    ]
    assert "no snapshot counts" in told("snapshot", "use", "none", "--project", "Semis")
    page = told("symbols", "--plan")
    assert "2 would be streamed of at most 100" in page
    assert "theme of project 1 'Semis'" in page


def test_projects_and_snapshots_are_shown() -> None:
    """For people and as JSON."""
    told("project", "add", "Semis", "--note", "long only")
    told("project", "add", "Empty")
    told("theme", "set", "NVDA")
    assert [row["name"] for row in json.loads(told("project", "list", "--json"))] == ["Semis", "Empty"]
    page = told("project", "list")
    assert "long only" in page
    assert "1 symbols" in page
    shown = json.loads(told("project", "show", "Semis", "--json"))
    assert (shown["id"], shown["theme"], shown["snapshot"]) == (1, ["NVDA"], "none")
    assert "the theme is streamed" in told("project", "show", "2")
    assert json.loads(told("theme", "show", "--json")) == ["NVDA"]


def test_a_snapshot_is_imported_listed_and_shown(tmp_path: Path) -> None:
    """With the moment of its decision, in UTC; amounts keep their digits."""
    told("project", "add", "Desk")
    (tmp_path / "day.json").write_text('[{"symbol": "spy", "weight": 0.10}, "QQQ"]')
    told("snapshot", "import", "day.json", "--decided-at", "2026-03-04T10:00:00-05:00", "--name", "Monday", "--use")
    listed = json.loads(told("snapshot", "list", "--json"))
    (row,) = listed["snapshots"]
    assert (row["name"], row["decided_at"], row["items"]) == ("Monday", "2026-03-04T15:00:00.000000Z", 2)
    assert (listed["snapshot"], row["counts"]) == ("1", True)
    assert "Monday" in told("snapshot", "list")
    items = json.loads(told("snapshot", "show", "1", "--json"))["items"]
    assert items[0] == {"symbol": "SPY", "side": "long", "weight": "0.10", "quantity": None, "note": ""}
    assert "0.10" in told("snapshot", "show", "1")


def test_a_bad_import_names_every_line_and_changes_nothing(tmp_path: Path) -> None:
    """Exit code 2; the database has no snapshot."""
    told("project", "add", "Desk")
    (tmp_path / "day.csv").write_text("symbol,weight\nSPY,1\n../x,1\nQQQ,many\n")
    words = refused("snapshot", "import", "day.csv", "--use")
    assert "nothing was imported" in words
    assert "line 3: '../X' is not a symbol" in words
    assert "line 4: weight is 'many'" in words
    assert json.loads(told("snapshot", "list", "--json"))["snapshots"] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("project", "show", "9"), "project 9 is not in the database; there are 1 'Desk'"),
        (("project", "add", "Desk"), "is there already, number 1"),
        (("project", "add", "a\nb"), "is not a name"),
        (("theme", "set", "a/b"), "must not contain path separators"),
        (("theme", "show", "--project", "Nobody"), "project 'Nobody' is not in the database"),
        (("snapshot", "import", "none.csv"), "cannot be opened: No such file"),
        (("snapshot", "import", "/dev/zero"), "is no regular file"),
        (("snapshot", "import", "x.csv", "--decided-at", "2026-03-04T10:00:00"), "without a zone"),
        (("snapshot", "import", "x.csv", "--decided-at", "yesterday"), "must be a time"),
        (("snapshot", "show", "9"), "decision snapshot 9 is not in the database"),
        (("snapshot", "use", "9"), "decision snapshot 9 is not in the database"),
        (("snapshot", "use", "newest"), "name its number, or latest, or none"),
        (("contract", "alias", "SPY", "--source", "ig", "--name", "X"), "has no contract here"),
        (("contract", "pin", "a/b", "--con-id", "1"), "must not contain path separators"),
        (("symbols", "--segment", "no-such-segment"), "no planner has said anything in segment 'no-such-segment'"),
        (("db", "check", "--set", "database.url=sqlite:///none.db"), "unable to open database file"),
        (("db", "upgrade", "--set", "database.url=mysql://x"), "must be one of sqlite, postgresql"),
        (("project", "list", "--set", "database.url=sqlite:////proc/x/y.db"), "cannot be made or written"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_two(arguments: tuple[str, ...], words: str) -> None:
    """Value, rule and next step; never a traceback."""
    told("project", "add", "Desk")
    assert words in refused(*arguments)


def test_a_password_in_the_configuration_is_refused() -> None:
    """It would stand in every `ps` and every log."""
    page = answer("project", "list", "--set", "database.url=postgresql://u:tiger@h/d")
    assert page.exit_code == 78
    assert "has a password in it" in page.stderr


def test_contracts_are_pinned_and_shown() -> None:
    """With what other houses call them."""
    told("contract", "pin", "shop.to", "--con-id", "2", "--currency", "cad", "--ib-symbol", "SHOP")
    told("contract", "alias", "SHOP.TO", "--source", "ig", "--name", "UA.D.SHOP.DAILY.IP")
    shown = json.loads(told("contract", "show", "shop.to", "--json"))
    (row,) = shown["contracts"]
    assert (row["symbol"], row["con_id"], row["currency"], row["ib_symbol"]) == ("SHOP.TO", 2, "CAD", "SHOP")
    assert shown["aliases"] == {"ig": "UA.D.SHOP.DAILY.IP"}
    page = told("contract", "show", "SHOP.TO")
    assert "CAD" in page
    assert "ig: UA.D.SHOP.DAILY.IP" in page
    assert "taken for a US stock" in told("contract", "show", "SPY")
    assert [row["symbol"] for row in json.loads(told("contract", "show", "--json"))] == ["SHOP.TO"]


def test_a_contract_that_the_gateway_denies_says_so(tmp_path: Path) -> None:
    """The last word against a symbol stands beside its contract, however long ago it was logged."""
    config = DatabaseConfig(url=f"sqlite:///{tmp_path / 'data' / 'tickring.db'}")
    with Database.open(config) as database, database.writing() as session:
        answer = ContractAnswer(question=1, symbol="GONE", code=200, text="No security definition has been found")
        take_answer(session, answer, ApiMode.LIVE)
    assert "contract.unknown, 200: No security definition" in told("contract", "show", "gone")
    doubt = json.loads(told("contract", "show", "GONE", "--json"))["doubt"]
    assert (doubt["kind"], doubt["text"]) == ("contract.unknown", "200: No security definition has been found")
    assert json.loads(told("contract", "show", "SPY", "--json"))["doubt"] is None


def test_the_database_is_checked_and_upgraded(tmp_path: Path) -> None:
    """Fine, then with a table gone, then damaged: exit codes 0, 1 and the reason; checking changes nothing."""
    assert "upgraded through 0001, 0002, 0003" in told("db", "upgrade")
    assert "nothing to do" in told("db", "upgrade")
    assert "all well" in told("db", "check")
    assert json.loads(told("db", "check", "--json"))["rows"]["projects"] == 0
    with closing(sqlite3.connect(tmp_path / "data" / "tickring.db")) as connection:
        connection.execute("DROP TABLE stream_runs")
    page = answer("db", "check")
    assert page.exit_code == 1
    assert "stream_runs" in page.stdout
    with closing(sqlite3.connect(tmp_path / "empty.db")) as connection:
        connection.execute("VACUUM")
    page = answer("db", "check", "--set", "database.url=sqlite:///empty.db")
    assert page.exit_code == 1
    assert "lacks 0001, 0002, 0003: tickring db upgrade" in page.stdout


def test_the_log_tells_who_changed_what() -> None:
    """The newest last; JSON is one object a line."""
    told("project", "add", "Desk")
    told("theme", "set", "SPY")
    assert [line.split()[1] for line in told("db", "log").splitlines()] == ["project.added", "theme.set"]
    (line,) = told("db", "log", "--kind", "theme.set", "--json").splitlines()
    assert json.loads(line)["data"] == {"added": ["SPY"], "removed": []}


def test_text_from_elsewhere_cannot_command_the_terminal(tmp_path: Path) -> None:
    """A note with an escape sequence is shown harmless."""
    told("project", "add", "Desk", "--note", "a\x1b[2Jb")
    (tmp_path / "day.json").write_text(json.dumps([{"symbol": "SPY", "note": "a\x1b]0;x\x07b"}]))
    told("snapshot", "import", "day.json")
    for arguments in (("project", "list"), ("project", "show", "1"), ("snapshot", "show", "1"), ("db", "log")):
        assert "\x1b" not in told(*arguments)


def test_symbols_explains_what_is_streamed_in_one_screen(feed: Feed, tmp_path: Path) -> None:
    """From a running planner: origin, priority, since when, what is left out; --strict makes that an exit code."""
    config = DatabaseConfig(url=f"sqlite:///{tmp_path / 'tickring.db'}")
    with Database.open(config) as database, database.writing() as session:
        project = add_project(session, "Desk")
        set_theme(session, project, [f"T{number:03d}" for number in range(100)])
        made = import_snapshot(session, project, b'["SPY", "QQQ", "KO"]', file_name="day.json")
        choose_snapshot(session, project, made.id)
        take_answer(session, ContractAnswer(question=1, symbol="KO", code=200, text="No security"), ApiMode.MOCK)
    with PlannerRun(planner_config(feed.name, config, max_symbols=2, contract_period_s=0.01)) as planner:
        planner.wait_streamed("QQQ", "SPY")
        wait_until(lambda: (said := read_planner_status(feed.name)) and len(said.symbols) == 3, "all three are told")
        while len(planner.asked) < 3:
            assert planner.pipe.poll(20), "all three are asked about"
            planner.take()
        assert [question.symbol for question in planner.asked] == ["QQQ", "SPY", "KO"]
        page = answer("symbols", "--segment", feed.name, "--strict")
        assert page.exit_code == 1
        lines = page.stdout.splitlines()
        assert len(lines) < 24
        assert any(line.startswith("KO contract.unknown since 2") for line in lines)
        assert lines[0] == "project 1: 2 streamed of at most 2, asked every 0.1 s"
        assert "snapshot 1 'day.json' of project 1 'Desk': 3 symbols" in lines[1]
        rows = {line.split()[0]: line.split()[1:4] for line in lines if line.startswith(("SPY", "QQQ", "KO"))}
        assert rows == {
            "SPY": ["streamed", "snapshot", "2"],
            "QQQ": ["streamed", "snapshot", "2"],
            "KO": ["truncated", "snapshot", "2"],
        }
        assert "1 truncated: wanted, but beyond max_symbols" in lines[-1]
        (tmp_path / "tickring.db").rename(tmp_path / "away.db")
        planner.wait_fault(0, "unable to open database file")
        page = answer("symbols", "--segment", feed.name)
        assert page.exit_code == 0
        assert "no answer for" in page.stdout
        assert "(kept: snapshot 1 'day.json'" in page.stdout


def test_a_silent_planner_is_told(feed: Feed, tmp_path: Path) -> None:
    """Its file outlives it; the page says how old it is. A file that is none is one line."""
    config = planner_config(feed.name, DatabaseConfig(url=f"sqlite:///{tmp_path / 'x.db'}"), symbols=("SPY",))
    with PlannerRun(config) as planner:
        planner.wait_streamed("SPY")
        wait_until(lambda: read_planner_status(feed.name), "it has said something")
    path = feed.host.paths.directory / PLANNER_STATUS_FILE
    said = json.loads(path.read_bytes())
    said["written_at"] = datetime(2026, 1, 2, tzinfo=UTC).isoformat()
    path.write_text(json.dumps(said))
    page = answer("symbols", "--segment", feed.name, "--strict")
    assert page.exit_code == 1
    assert "is it running?" in page.stdout
    path.write_text("{}")
    assert "is not a planner's status" in refused("symbols", "--segment", feed.name)


def test_a_universe_is_cut_to_one_screen_unless_asked_for() -> None:
    """Sixty rows, then how many more; --all has every one."""
    told("project", "add", "Universe")
    told("theme", "set", *[f"S{number:03d}" for number in range(200)])
    page = told("symbols", "--plan")
    assert "and 140 more (40 streamed, 100 truncated); all of them: --all" in page
    assert told("symbols", "--plan", "--all").count("  theme  ") == 200


@pytest.mark.parametrize(
    "command",
    [
        "project add", "project list", "project show", "theme set", "theme show", "snapshot import", "snapshot list",
        "snapshot show", "snapshot use", "contract show", "contract pin", "contract alias", "db upgrade", "db check",
        "db log", "symbols",
    ],
)  # fmt: skip
def test_every_command_explains_itself_with_examples(command: str) -> None:
    """A sentence, two examples at least, the options."""
    page = told(*command.split(), "--help")
    assert "Examples:" in page
    assert page.count(f"tickring {command} ") + page.count(f"tickring {command}\n") >= 2
    assert "--config" in page


def test_as_a_process_it_warns_of_nothing(tmp_path: Path) -> None:
    """No open connection, no deprecated call: warnings are errors there."""
    done = run("project", "add", "Desk", TICKRING_DATABASE_URL=f"sqlite:///{tmp_path}/p.db")
    assert (done.returncode, done.stderr) == (0, "")
    done = run("symbols", "--plan", TICKRING_DATABASE_URL=f"sqlite:///{tmp_path}/p.db")
    assert (done.returncode, done.stderr) == (0, "")
