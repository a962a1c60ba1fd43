"""Where a set can come from besides our database: list, file, address, query; and what is kept when it fails."""

from __future__ import annotations

import os
import socket
import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tickring.config import Config, DatabaseConfig, PlannerConfig, StreamConfig
from tickring.db import Database
from tickring.db.engine import make_engine
from tickring.errors import DatabaseUnavailable, ImportRefused, OriginFailed
from tickring.planner.origins.choosing import choose_origin
from tickring.planner.origins.http_json import HttpJson
from tickring.planner.origins.origin import LastGood
from tickring.planner.origins.sql_query import SqlQuery
from tickring.planner.origins.static_list import StaticList
from tickring.planner.origins.symbol_file import SymbolFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tickring.planner.origins.origin import SymbolOrigin


def symbols_of(origin: SymbolOrigin) -> list[str]:
    """Its answer, in its order."""
    return [wanted.symbol for wanted in origin.resolve().symbols]


# ---- list and file ---------------------------------------------------------------------------------------------------


def test_the_configurations_own_list_is_an_origin() -> None:
    """In upper case, in its order, each once."""
    assert symbols_of(StaticList(("spy", "QQQ", "SPY"))) == ["SPY", "QQQ"]


def test_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    """Whoever replaces it as a whole or writes it anew is followed; an unchanged one costs one look."""
    path = tmp_path / "desk.csv"
    path.write_text("symbol\nSPY\n")
    origin = SymbolFile(path, limit_bytes=10_000)
    first = origin.resolve()
    assert origin.resolve() is first
    replacement = tmp_path / "new.csv"
    replacement.write_text("symbol\nQQQ\n")
    replacement.rename(path)
    assert symbols_of(origin) == ["QQQ"]
    path.write_text('["KO", "F"]')
    assert symbols_of(origin) == ["KO", "F"]


def test_a_file_that_cannot_be_used_is_refused_as_a_whole(tmp_path: Path) -> None:
    """Half a list would unsubscribe the other half."""
    path = tmp_path / "desk.csv"
    origin = SymbolFile(path, limit_bytes=1000)
    with pytest.raises(OriginFailed, match="No such file"):
        origin.resolve()
    path.write_text("symbol\nSPY\n../x\n")
    with pytest.raises(ImportRefused, match="line 3"):
        origin.resolve()
    path.write_text("symbol\n" + "SPY\n" * 1000)
    with pytest.raises(OriginFailed, match="longer than 1000 bytes"):
        origin.resolve()
    path.unlink()
    path.mkdir()
    with pytest.raises(OriginFailed, match="no regular file"):
        origin.resolve()
    path.rmdir()
    os.mkfifo(path)  # opening one waits for a writer, unless one takes care
    with pytest.raises(OriginFailed, match="no regular file"):
        origin.resolve()


# ---- address ---------------------------------------------------------------------------------------------------------


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """An HTTP server on loopback; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/symbols?key=secret"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def reply(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    """Answer with this."""
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def ask(url: str, *, timeout_s: float = 5.0, limit_bytes: int = 10_000, token_file: str = "") -> list[str]:
    """One question."""
    with closing(HttpJson(url, timeout_s=timeout_s, limit_bytes=limit_bytes, token_file=token_file)) as origin:
        return symbols_of(origin)


def test_an_address_answers_with_json(tmp_path: Path) -> None:
    """GET, with the token of the file, read anew each time."""
    seen: list[str | None] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers["Authorization"])
        reply(handler, b'{"items": [{"symbol": "spy", "weight": 0.5}, {"symbol": "QQQ"}]}')

    token = tmp_path / "token"
    token.write_text("abc\n")
    with serving(answer) as url:
        assert ask(url) == ["SPY", "QQQ"]
        assert ask(url, token_file=str(token)) == ["SPY", "QQQ"]
    assert seen == [None, "Bearer abc"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"[]", 500, "answers 500"),
        (b"[]", 302, "answers 302"),
        (b"<html>", 200, "no JSON list or object"),
        (b"[" + b'"SPY",' * 5000 + b'"QQQ"]', 200, "answers with more than 10000 bytes"),
    ],
)
def test_an_answer_that_is_none_is_told(body: bytes, status: int, words: str) -> None:
    """The message has the address without what may be a secret; a redirection is not followed."""
    with (
        serving(lambda handler: reply(handler, body, status, Location="http://127.0.0.1:1/elsewhere")) as url,
        pytest.raises(OriginFailed, match=words) as caught,
    ):
        ask(url)
    assert "secret" not in str(caught.value)
    assert "/symbols" in str(caught.value)


def test_a_wrong_row_refuses_the_whole_answer() -> None:
    """By its line."""
    with (
        serving(lambda handler: reply(handler, b'["SPY",\n"a/b"]')) as url,
        pytest.raises(ImportRefused, match="line 2"),
    ):
        ask(url)


def test_an_answer_that_drips_is_given_up_in_time() -> None:
    """The limit is for the whole answer, not for each byte."""

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(2000):
                handler.wfile.write(b" ")
                time.sleep(0.01)
        except OSError:
            return

    with serving(drip) as url, pytest.raises(OriginFailed, match=r"took longer than 0\.3 s"):
        ask(url, timeout_s=0.3)


def test_nobody_there_and_nobody_answering_are_told() -> None:
    """A closed port, and one that takes the question and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        with pytest.raises(OriginFailed, match="gives no answer"):
            ask(f"http://127.0.0.1:{port}/", timeout_s=0.2)
    with pytest.raises(OriginFailed, match="gives no answer"):
        ask(f"http://127.0.0.1:{port}/", timeout_s=1)


@pytest.mark.parametrize("url", ["", "symbols", "ftp://x/y", "file:///etc/passwd", "http:///x"])
def test_what_is_no_address_is_refused_at_once(url: str) -> None:
    """Only http and https with a host are asked."""
    with pytest.raises(OriginFailed):
        HttpJson(url, timeout_s=1, limit_bytes=1)


@pytest.mark.parametrize("content", ["", "a\nb", "ä"])
def test_a_token_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    """A second line would be a header of somebody else's."""
    token = tmp_path / "token"
    token.write_text(content)
    with pytest.raises(OriginFailed, match="token file"):
        ask("http://127.0.0.1:1/", token_file=str(token))


# ---- query -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def user_database(database_config: DatabaseConfig) -> str:
    """A database of the user's own with a table `book`."""
    engine = make_engine(database_config)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE book (ticker TEXT, size INTEGER)")
        connection.execute(
            sa.text("INSERT INTO book VALUES (:a, 3), (:b, 2), (:c, 1), (:d, 0)"),
            {"a": "spy", "b": "BRK B", "c": "SPY", "d": "A:B%"},
        )
    engine.dispose()
    return database_config.url


def query(url: str, text: str) -> list[str]:
    """One question."""
    with closing(SqlQuery(url, text, limits=DatabaseConfig())) as origin:
        return symbols_of(origin)


def test_a_query_answers_with_its_first_column(user_database: str) -> None:
    """Its order is the rank; colons and percent signs are just that; each symbol once."""
    assert query(user_database, "SELECT ticker, size FROM book ORDER BY size DESC") == ["SPY", "BRK B", "A:B%"]
    assert query(user_database, "SELECT ticker FROM book WHERE ticker LIKE 'A:%'") == ["A:B%"]


@pytest.mark.parametrize(
    "text",
    [
        "DROP TABLE book", "DELETE FROM book", "INSERT INTO book VALUES ('X', 1)", "SELECT nothing FROM book",
        "SELECT ticker FROM book; DROP TABLE book", "", "CREATE TABLE other (a TEXT)", "UPDATE book SET size = 9",
    ],
)  # fmt: skip
def test_a_query_changes_nothing(user_database: str, text: str) -> None:
    """The databases themselves refuse; the book is as it was."""
    with pytest.raises(OriginFailed):
        query(user_database, text)
    assert len(query(user_database, "SELECT ticker FROM book")) == 3


def test_rows_that_are_no_symbols_are_told_by_their_number(user_database: str) -> None:
    """None of the others counts then."""
    with pytest.raises(ImportRefused, match="row 1: 3 is no text"):
        query(user_database, "SELECT size FROM book WHERE size = 3")
    with pytest.raises(ImportRefused, match="row 2: 'A/B' is not a symbol"):
        query(user_database, "SELECT 'SPY' UNION ALL SELECT 'a/b'")


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """A slip in a path must not leave an empty file behind."""
    path = tmp_path / "none.db"
    with pytest.raises(OriginFailed, match="unable to open database file"):
        query(f"sqlite:///{path}", "SELECT 1")
    assert not path.exists()
    with pytest.raises(DatabaseUnavailable, match="is no database"):
        SqlQuery("nonsense", "SELECT 1", limits=DatabaseConfig())


def test_a_path_is_a_path_whatever_is_in_it(tmp_path: Path) -> None:
    """A question mark or a percent sign in a name does not turn into an option of SQLite."""
    path = tmp_path / "a%3fmode=rwc#x.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (s TEXT)")
        connection.execute("INSERT INTO t VALUES ('SPY')")
        connection.commit()
    url = sa.URL.create("sqlite", database=str(path)).render_as_string()
    assert query(url, "SELECT s FROM t") == ["SPY"]


# ---- all of them -----------------------------------------------------------------------------------------------------


def test_a_failing_origin_keeps_its_last_good_answer_and_says_so(tmp_path: Path) -> None:
    """With the reason, and since when; the next good answer ends it."""
    path = tmp_path / "desk.csv"
    kept = LastGood(SymbolFile(path, limit_bytes=1000))
    assert kept.ask() is None
    assert kept.fault is not None
    path.write_text("symbol\nSPY\n")
    good = kept.ask()
    assert good is not None
    assert [kept.fault, kept.failing_since] == [None, None]
    path.unlink()
    assert kept.ask() is good
    since = kept.failing_since
    assert "No such file" in str(kept.fault)
    assert since is not None
    assert kept.ask() is good
    assert kept.failing_since == since


def test_the_configuration_chooses_the_origin(sqlite_config: DatabaseConfig, tmp_path: Path) -> None:
    """`auto` is the list of the configuration where there is one, else the database."""
    with Database.open(sqlite_config) as database:

        def name(planner: PlannerConfig, *symbols: str) -> str:
            config = Config(planner=planner, stream=StreamConfig(symbols=symbols), database=sqlite_config)
            with closing(choose_origin(config, lambda: database)) as origin:
                return origin.name

        assert name(PlannerConfig(), "SPY") == "static"
        assert name(PlannerConfig()) == "database, project 1"
        assert name(PlannerConfig(origin="database"), "SPY") == "database, project 1"
        assert name(PlannerConfig(origin="file", file_path="x.csv")) == "file x.csv"
        http = PlannerConfig(origin="http", http_url="https://u:p@desk.example/s?k=1")
        assert name(http) == "http https://desk.example/s"
        assert name(PlannerConfig(origin="sql", sql_url=f"sqlite:///{tmp_path}/x.db", sql_query="SELECT 1")) == (
            f"sql sqlite:///{tmp_path}/x.db"
        )
