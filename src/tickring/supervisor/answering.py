"""What the supervisor answers to each request of the control socket.

Called in the loop, so an answer is short, with two exceptions that are bounded: `stop` turns the loop itself until the
feeder is gone, and a command for the simulator waits for that one's answer.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from tickring.control.messages import (
    AlertTest,
    AskContract,
    ContractAsked,
    ContractFetched,
    Done,
    Episodes,
    FetchContract,
    Refusal,
    Reload,
    Reloaded,
    Restart,
    SimulatorCommand,
    Start,
    Started,
    Status,
    Stop,
    Stopped,
    Subscribe,
    Unsubscribe,
)
from tickring.errors import ConfigError, JobLockBusy, JobLockUnusable
from tickring.supervisor.feeder_inbox import fits_into_a_message
from tickring.supervisor.question_book import UnknownQuestion
from tickring.supervisor.stream_run import NotStreamable

if TYPE_CHECKING:
    from tickring.control.messages import ReplyBody, RequestBody
    from tickring.supervisor.peer import Peer
    from tickring.supervisor.supervisor import Supervisor

__all__ = ["answer"]

_LOG = logging.getLogger("tickring.supervisor")


def answer(supervisor: Supervisor, body: RequestBody, peer: Peer) -> ReplyBody:
    """Do what was asked and return the reply."""
    match body:
        case Status():
            return supervisor.report()
        case Start():
            return _start(supervisor, body)
        case Stop():
            run_id = supervisor.end_run(f"stop was asked for by {body.by or f'process {peer.pid}'}")
            return Stopped(run_id)
        case Restart():
            return _restart(supervisor, body.child)
        case Subscribe() | Unsubscribe():
            return _change_symbols(supervisor, body)
        case Reload():
            return _reload(supervisor)
        case AskContract():
            return _ask_contract(supervisor, body)
        case FetchContract():
            return _fetch_contract(supervisor, body)
        case Episodes():
            return supervisor.episodes.list_since(body.since)
        case AlertTest():
            return supervisor.episodes.ask_test(body)
        case SimulatorCommand():
            return supervisor.ask_simulator(body)


def _start(supervisor: Supervisor, request: Start) -> ReplyBody:
    if supervisor.run is not None:
        return Refusal(
            code="ib_stream_lock_busy",
            message=f"run {supervisor.run.run_id} is on since {supervisor.run.report().started_at}",
            next_step="end it with `tickring stop` first, or leave it as it is",
            holder=supervisor.run.holder,
        )
    try:
        return Started(supervisor.begin_run(request).run_id)
    except JobLockBusy as error:
        supervisor.episodes.note_lock_conflict(str(error))
        return Refusal(
            code=error.code,
            message=str(error),
            next_step="end that run first, or use another files.data_root",
            holder=error.holder,
        )
    except JobLockUnusable as error:
        return Refusal(code="lock_unusable", message=str(error), next_step="put that right, then ask again")
    except NotStreamable as error:
        return Refusal(code="bad_request", message=str(error), next_step="correct the symbols, then ask again")


def _restart(supervisor: Supervisor, name: str) -> ReplyBody:
    children = supervisor.children
    if name not in children.names:
        return Refusal(
            code="unknown_child",
            message=f"{name!r} is no child; there are {', '.join(children.names)}",
            next_step="name one of them",
        )
    keeper = children[name]
    if keeper in children.of_a_run and supervisor.run is None:
        return Refusal(
            code="no_run", message=f"{name} is there while a run is on, and none is", next_step="`tickring start`"
        )
    _LOG.info("child.restart_asked child=%s", name)
    keeper.restart(time.monotonic())
    return Done(f"{name} is being started again")


def _change_symbols(supervisor: Supervisor, body: Subscribe | Unsubscribe) -> ReplyBody:
    if supervisor.run is None:
        return Refusal(code="no_run", message="no run is on, so nothing is streamed", next_step="`tickring start`")
    if isinstance(body, Unsubscribe):
        supervisor.unsubscribe(body.symbols)
        return Done(f"no longer streamed: {', '.join(body.symbols) or 'nothing'}")
    try:
        supervisor.subscribe(body.symbols)
    except NotStreamable as error:
        return Refusal(code="bad_request", message=str(error), next_step="correct the symbols, then ask again")
    return Done(f"streamed too: {', '.join(body.symbols) or 'nothing'}")


def _ask_contract(supervisor: Supervisor, body: AskContract) -> ReplyBody:
    if supervisor.run is None:
        return Refusal(
            code="no_run", message="no run is on, so nobody speaks with the gateway", next_step="`tickring start`"
        )
    if not fits_into_a_message(body.symbol, body.contract):
        return Refusal(
            code="bad_request",
            message=f"the contract of {body.symbol[:80]!r} has more than 4,000 characters; IB's have some dozens",
            next_step="correct it, then ask again",
        )
    question = supervisor.feeder.ask_contract(body.symbol, body.contract)
    if question is None:
        return Refusal(
            code="no_feeder",
            message="the feeder does not run at this moment, so nobody can ask the gateway",
            next_step="look at `tickring status`, then ask again",
        )
    return ContractAsked(question)


def _fetch_contract(supervisor: Supervisor, body: FetchContract) -> ReplyBody:
    try:
        return ContractFetched(supervisor.feeder.questions.look(body.question))
    except UnknownQuestion:
        return Refusal(
            code="unknown_question",
            message=f"question {body.question} was not asked here, or too long ago",
            next_step="ask again",
        )


def _reload(supervisor: Supervisor) -> ReplyBody:
    try:
        change = supervisor.reload()
    except ConfigError as error:
        return Refusal(
            code="wrong_configuration",
            message=str(error),
            next_step="correct it (`tickring config check`), then ask again; the old one stays in force",
        )
    return Reloaded(applied=change.applied, needs_restart=change.needs_restart)
