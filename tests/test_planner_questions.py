"""A planner as a process: what it asks of the gateway, and what it does with the answers; and those who carry them."""

from __future__ import annotations

import os
import select
import socket
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from tests.planner_run import PlannerRun, planner_config
from tests.test_planner_gateway_answers import account, facts, held, order, told
from tests.test_planner_process import make_theme
from tests.waiting import wait_until
from tickring.config.structs import ContractConfig, SessionsConfig
from tickring.control.messages import Subscribe, Unsubscribe
from tickring.db import Contract, Database
from tickring.feeder.answer_pipe import AnswerPipe
from tickring.feeder.command_pipe import CommandPipe
from tickring.feeder.commands import AskContract, WatchAccounts, decode_command
from tickring.feeder_answers import ContractAnswer, FeederAnswer
from tickring.positions import PositionsTable
from tickring.supervisor.feeder_inbox import FeederInbox
from tickring.supervisor.question_book import QuestionBook, UnknownQuestion

if TYPE_CHECKING:
    from tests.feeds import Feed
    from tickring.config import DatabaseConfig


def resolved(database: Database, symbol: str) -> int | None:
    """The contract id of a symbol of which hours are known; None: none are."""
    with database.reading() as session:
        row = session.get(Contract, symbol)
        return row.con_id if row is not None and row.resolved_at is not None else None


def wait_asked(planner: PlannerRun, count: int) -> None:
    """Return when so many questions have come."""

    def is_so() -> bool:
        planner.take()
        return len(planner.asked) >= count

    wait_until(is_so, f"{count} questions", show=lambda: planner.asked)


def test_an_answer_touches_no_stream_until_the_number_is_another(feed: Feed, sqlite_config: DatabaseConfig) -> None:
    """Each streamed symbol is asked about once; what comes is written; only a renumbered one is subscribed anew."""
    with Database.open(sqlite_config) as database:
        make_theme(database, "SPY QQQ")
        config = planner_config(feed.name, sqlite_config, contract_period_s=0.05, contract_retry_s=3600.0)
        config = replace(config, sessions=SessionsConfig(always_open=True))
        with PlannerRun(config) as planner:
            planner.wait_streamed("QQQ", "SPY")
            wait_asked(planner, 2)
            assert sorted(one.symbol for one in planner.asked) == ["QQQ", "SPY"]
            assert planner.asked[0].contract == ContractConfig()
            planner.send(told(facts(1)))
            planner.send(told(facts(2, symbol="QQQ"), symbol="QQQ"))
            wait_until(lambda: (resolved(database, "SPY"), resolved(database, "QQQ")) == (1, 2), "both are written")
            planner.take()
            assert len(planner.messages) == 1
            planner.send(ContractAnswer(question=0, symbol="SPY", code=200, text="No security definition"))
            planner.send(told(facts(9)))
            wait_until(lambda: resolved(database, "SPY") == 9, "the other number")

            def is_renewed() -> bool:
                planner.take()
                return len(planner.messages) == 3

            wait_until(is_renewed, "SPY is subscribed anew", show=lambda: planner.messages)
            assert planner.messages[1:] == [Unsubscribe(("SPY",)), Subscribe({"SPY": ContractConfig()})]
            planner.take()
            assert len(planner.asked) == 2  # within the hour nobody is asked again, whatever is refused


def test_the_account_is_streamed_with_the_look_that_follows(feed: Feed, sqlite_config: DatabaseConfig) -> None:
    """At once, though the next refresh is an hour away; and the table beside the segment has it."""
    with Database.open(sqlite_config) as database:
        make_theme(database, "QQQ")
        with PlannerRun(planner_config(feed.name, sqlite_config, refresh_interval_s=3600.0, max_symbols=1)) as planner:
            planner.wait_streamed("QQQ")
            planner.send(account((held(1, "SPY", "-7"),), (order("5", "AMD", "10"),)))
            planner.wait_streamed("AMD", "SPY")
            (row,) = PositionsTable.read(feed.name).positions
            assert (row.symbol, row.quantity, row.account, row.average_cost) == ("SPY", -7.0, "SIM1", 10.5)
            planner.send(account((held(1, "SPY", "0"),), ()))
            planner.wait_streamed("QQQ")


# ---- the pipe between feeder and supervisor --------------------------------------------------------------------------


def test_questions_go_and_answers_come_over_one_pipe() -> None:
    """Whole, in order, however slowly either side reads."""
    inbox = FeederInbox()
    theirs = CommandPipe(inbox.reading)
    answers = AnswerPipe(inbox.reading)
    inbox.ask_contract(7, "SPY", ContractConfig())
    inbox.watch_accounts(30.0)
    assert [decode_command(data) for data in theirs.take()] == [
        AskContract(7, "SPY", ContractConfig()),
        WatchAccounts(30.0),
    ]
    large = account(tuple(held(number, f"S{number}", "1") for number in range(20_000)))
    answers.send([told(facts(1)), large])
    got: list[FeederAnswer] = []
    while len(got) < 2:
        got += inbox.take()
        answers.send([])
    assert got == [told(facts(1)), large]
    assert inbox.take() == []
    theirs.close()
    assert inbox.take() == []
    assert inbox.fds == []  # nobody is there any more, and nobody is waited for
    answers.send([large])
    inbox.close()


def test_answers_beyond_the_limit_are_dropped_and_the_rest_arrives() -> None:
    """Nobody reads: the feeder keeps some megabytes and goes on; who reads later gets whole messages."""
    inbox = FeederInbox()
    CommandPipe(inbox.reading)
    answers = AnswerPipe(inbox.reading)
    large = account(tuple(held(number, f"S{number}", "1") for number in range(10_000)))
    for _ in range(40):
        answers.send([large])
    got: list[FeederAnswer] = []

    def is_read() -> bool:
        new = inbox.take()
        answers.send([])
        got.extend(new)
        return not select.select([inbox.fds[0][0]], [], [], 0.05)[0]

    wait_until(is_read, "everything that was kept has come")
    assert 2 <= len(got) < 40
    assert all(one == large for one in got)
    answers.send([told(facts(1))])
    wait_until(lambda: bool(inbox.take()), "later answers arrive")
    inbox.close()


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff", b"\0\0\0\2{}", b"\0\0\0\3abc", b'\0\0\0\x0f{"type":"other"}'])
def test_a_feeder_that_talks_nonsense_is_not_heard_any_more(data: bytes) -> None:
    """Said in the log; it goes on being told."""
    inbox = FeederInbox()
    os.write(inbox.reading.fileno(), data)
    assert inbox.take() == []
    assert inbox.take() == []
    assert inbox.fds == []
    inbox.remove(["SPY"])
    assert CommandPipe(inbox.reading).take() != []
    inbox.close()


def test_a_pipe_that_only_reads_takes_no_answers() -> None:
    """Whoever starts a feeder by itself need not listen."""
    ours, theirs = socket.socketpair()
    from multiprocessing.connection import Connection

    pipe = Connection(os.dup(theirs.fileno()), writable=False)
    AnswerPipe(pipe).send([told(facts(1))])
    AnswerPipe(None).send([told(facts(1))])
    ours.setblocking(False)
    with pytest.raises(BlockingIOError):
        ours.recv(1)
    for one in (ours, theirs, pipe):
        one.close()


def test_every_question_has_one_answer() -> None:
    """Fetched as often as one likes; handed over to whoever is waiting; a feeder that ends answers none of them."""
    book = QuestionBook()
    heard: list[ContractAnswer] = []
    first, second = book.add("SPY"), book.add("QQQ", heard.append)
    assert book.look(first) is None
    answer = replace(told(facts(1)), question=first)
    book.heed(answer)
    book.heed(replace(answer, symbol="OTHER"))
    assert book.look(first) == book.look(first) == answer
    third = book.add("IWM")
    book.end_all("it ended")
    assert [(one.question, one.symbol, one.text) for one in heard] == [(second, "QQQ", "it ended")]
    ended = book.look(third)
    assert ended is not None
    assert (ended.found, ended.text) == ((), "it ended")
    for number in (second, 99):
        with pytest.raises(UnknownQuestion):
            book.look(number)


def test_questions_that_nobody_answers_cost_bounded_memory() -> None:
    """The oldest is given up, with a word."""
    book = QuestionBook()
    numbers = [book.add("SPY") for _ in range(5000)]
    assert book.look(numbers[-1]) is None
    with pytest.raises(UnknownQuestion):
        book.look(numbers[0])
    waiting = [number for number in numbers if _is_open(book, number)]
    assert len(waiting) == 4096


def _is_open(book: QuestionBook, number: int) -> bool:
    try:
        return book.look(number) is None
    except UnknownQuestion:
        return False
