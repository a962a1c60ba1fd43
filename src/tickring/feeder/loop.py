"""The feeder's one loop: socket, commands, signals, timers. Whatever blocks it makes the heartbeat stop, as it should.

Nothing else happens in this process: no names are resolved after the start, no calendar, database or disk is asked (the
status beside the segment lies in memory).
"""

from __future__ import annotations

import logging
import select
import time
from typing import TYPE_CHECKING

from tickring.errors import SegmentFenced, TickringError
from tickring.feeder import exits
from tickring.feeder.answer_pipe import AnswerPipe
from tickring.feeder.command_pipe import CommandPipe, PipeUnreadable
from tickring.feeder.commands import AddSymbols, AskContract, SetPriorities, SetSessions, WatchAccounts, decode_command
from tickring.feeder.connection_plan import ConnectionPlan
from tickring.feeder.earlier_life import EarlierLife
from tickring.feeder.feed_state import FeedState
from tickring.feeder.gateway_lost import GatewayLost, GatewayRefused
from tickring.feeder.gateway_session import GatewaySession
from tickring.feeder.liveness_desk import LivenessDesk
from tickring.feeder.poison import Poison
from tickring.feeder.start_clock import StartClock
from tickring.feeder.subscription_desk import SubscriptionDesk
from tickring.feeder.suspension import Suspension
from tickring.json_faults import JSON_FAULTS
from tickring.states import Connection, RunState

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as Pipe

    from tickring.config.structs import Config, ContractConfig
    from tickring.feeder.segment_writer import SegmentWriter

__all__ = ["FeederLoop"]

_LOG = logging.getLogger("tickring.feeder")


class FeederLoop:
    """`run` returns the exit code. One thread; `wakeup_fd` becomes readable when a signal asks it to end."""

    def __init__(
        self,
        config: Config,
        writer: SegmentWriter,
        epoch: int,
        wakeup_fd: int,
        inbox: Pipe | None = None,
        start: StartClock | None = None,
    ) -> None:
        self._config = config
        self._writer = writer
        self._inbox = None if inbox is None else CommandPipe(inbox)
        self._answers = AnswerPipe(inbox)
        self._wakeup_fd = wakeup_fd
        self._epoll = select.epoll()
        self._epoll.register(wakeup_fd, select.EPOLLIN)
        if self._inbox is not None:
            self._epoll.register(self._inbox, select.EPOLLIN)
        self._earlier = EarlierLife(config)
        self._desk = SubscriptionDesk(writer, config.feeder, self._earlier.contracts, self._earlier.ledger)
        self._feed = FeedState(writer, config.segment.name, epoch, start or StartClock(), config.gateway)
        self._desk.liveness = LivenessDesk(self._desk, writer, self._feed.hours, self._feed.episodes, config)
        self._poison = Poison(config.feeder.poison_dir, config.feeder.poison_period_s)
        self._plan = ConnectionPlan(config.gateway)
        self._session: GatewaySession | None = None
        self._watched = 0
        self._has_other = False
        self._connect_at_s = 0.0
        self._work_at_s = 0.0
        self._stamped_s = 0.0
        self._suspension = Suspension(config.feeder.suspend_limit_s)
        self._is_ending = False

    def run(self) -> int:
        """Turn until a signal, a fence or a refusal ends it."""
        self._writer.set_line(state=RunState.RUNNING, connection=Connection.CONNECTING)
        for symbol in self._config.stream.symbols:
            self._want(symbol, self._contract_for(symbol))
        try:
            while not self._is_ending:
                self._turn()
        except SegmentFenced as error:
            _LOG.warning("feeder.fenced error=%s", error)
            return exits.FENCED
        except GatewayRefused as error:
            _LOG.error("gateway.refused error=%s", error)
            self._feed.note_error(0, str(error), None)
            return exits.BAD_CONFIGURATION
        finally:
            self._say_goodbye()
            self._end_session()
            self._earlier.save(at_once=True)
            self._feed.tell(self._desk, time.monotonic(), at_once=True)
            self._epoll.close()
        return exits.STOPPED

    def _say_goodbye(self) -> None:
        """Cancel what runs if the socket takes it at once; nothing is waited for."""
        session = self._session
        if session is None or not session.is_ready:
            return
        now_s = time.monotonic()
        try:
            self._desk.say_goodbye(now_s)
            session.socket.flush(now_s)
        except GatewayLost as error:
            _LOG.debug("session.no_goodbye error=%s", error)

    def _contract_for(self, symbol: str) -> ContractConfig:
        from tickring.config.structs import ContractConfig

        return self._config.contracts.get(symbol) or ContractConfig()

    def _want(self, symbol: str, contract: ContractConfig) -> None:
        try:
            self._desk.want(symbol, contract)
        except TickringError as error:
            _LOG.error("symbol.not_streamed symbol=%s error=%r", symbol, error)
            self._feed.note_error(0, str(error), symbol)
        self._stamp()  # ten thousand of them take longer than a stamp may be old

    # ---- one turn ----

    def _turn(self) -> None:
        now_s = time.monotonic()
        self._wake_up(now_s)
        self._stamp(now_s)
        self._keep_session(now_s)
        if self._feed.has_news or now_s >= self._work_at_s:
            self._feed.has_news = False
            self._work(now_s)
        self._writer.commit()
        self._feed.tell(self._desk, now_s)
        self._earlier.save()
        self._answers.send(self._desk.inquiries.take(now_s))
        self._watch()
        self._wait(now_s)

    def _wait(self, now_s: float) -> None:
        """Wait for what comes. What ticks bring is done at once; the rest of a turn is for when it is due.

        At a few hundred ticks a second, each in a packet of its own, a whole turn for each costs as much as the ticks.
        """
        due_s = now_s + self._patience_s(now_s)
        self._has_other = False
        while True:
            session = self._session
            if session is not None and session.has_lane:
                self._pump(session, due_s)
                now_s = due_s  # it has waited; what is ready now is not the lane's
            for fd, _ in self._epoll.poll(max(0.0, due_s - now_s)):
                self._heed(fd)
            if self._is_turn_due:
                return
            now_s = time.monotonic()
            if now_s >= due_s:
                return

    @property
    def _is_turn_due(self) -> bool:
        """Whether something else has happened than ticks."""
        session = self._session
        return self._has_other or self._feed.has_news or session is None or session.socket.wants_write

    def _stamp(self, now_s: float | None = None) -> None:
        now_s = time.monotonic() if now_s is None else now_s
        if now_s - self._stamped_s >= self._config.feeder.heartbeat_period_s and not self._suspension.is_noticed():
            self._writer.heartbeat()
            self._stamped_s = now_s

    def _wake_up(self, now_s: float) -> None:
        """Give up what is of before the machine was suspended, however young it seems; no stamp vouches for it."""
        asleep_s = self._suspension.take()
        if asleep_s and self._session is not None:
            self._lost(GatewayLost(f"this machine was suspended for {asleep_s:.0f} s"), now_s)

    def _patience_s(self, now_s: float) -> float:
        session = self._session
        until_s = self._connect_at_s - now_s if session is None else session.time_left_s(now_s)
        stamp_s = self._stamped_s + self._config.feeder.heartbeat_period_s - now_s
        return max(0.0, min(stamp_s, until_s, self._work_at_s - now_s))

    def _heed(self, fd: int) -> None:
        if fd == self._wakeup_fd:
            self._is_ending = self._has_other = True
        elif self._inbox is not None and fd == self._inbox.fileno():
            self._has_other = True
            self._take_commands()
        elif self._session is not None:
            self._serve(self._session)

    def _serve(self, session: GatewaySession) -> None:
        now_s = time.monotonic()
        try:
            if session.socket.wants_write:
                session.writable(now_s)
            if session.socket.is_connected:
                self._read(session, now_s)
        except GatewayLost as error:
            self._lost(error, now_s)
        else:
            if session.is_ready and self._plan.attempts > 0:
                self._settle(session)

    def _pump(self, session: GatewaySession, until_s: float) -> None:
        try:
            there_ns = session.pump(self._epoll.fileno(), until_s)
            if there_ns:
                self._tell_readers(there_ns)
        except GatewayLost as error:
            self._lost(error, time.monotonic())
        else:
            if self._plan.attempts > 0:
                self._settle(session)

    def _read(self, session: GatewaySession, now_s: float) -> None:
        """Take what the gateway has sent and tell readers at once."""
        there_ns = time.monotonic_ns()
        session.readable(now_s, time.time_ns())
        self._tell_readers(there_ns if session.is_ready else 0)

    def _tell_readers(self, there_ns: int) -> None:
        """Wake those that sleep, and note how long the read took that began then; 0: it does not count."""
        published_ns = time.monotonic_ns()
        self._writer.commit()
        if there_ns:
            told_ns = time.monotonic_ns()
            self._writer.measured(published_ns - there_ns, told_ns - published_ns, told_ns - there_ns)

    # ---- the session ----

    def _keep_session(self, now_s: float) -> None:
        """Begin a session when one is due; see that the one there is keeps its times."""
        try:
            if self._session is None:
                if now_s >= self._connect_at_s:
                    self._feed.set_connection(Connection.CONNECTING)
                    self._feed.start.mark("connecting")
                    self._session = GatewaySession(
                        self._config, self._plan.place, self._desk, self._feed, self._poison, self._stamp
                    )
                    self._session.start()
            else:
                self._session.check_time(now_s)
        except GatewayLost as error:
            self._lost(error, now_s)
        self._feed.gateway_outage.check(now_s)
        self._feed.link_outage.check(now_s)

    def _work(self, now_s: float) -> None:
        """Have the desk send what is due."""
        try:
            self._work_at_s = now_s + self._desk.work(now_s)
            self._feed.refusals.look(self._desk, now_s)
            if self._session is not None and self._session.socket.is_connected:
                self._session.socket.flush(now_s)
        except GatewayLost as error:
            self._lost(error, now_s)

    def _lost(self, error: GatewayLost, now_s: float) -> None:
        wait_s = self._plan.lost(error, now_s)
        self._connect_at_s = now_s + wait_s
        _LOG.warning("session.lost error=%r next_s=%.1f", str(error), wait_s)
        self._end_session()
        self._feed.session_lost(error, now_s)
        self._feed.reconnect_attempts = self._plan.attempts
        self._feed.set_connection(Connection.DISCONNECTED)
        self._writer.commit()

    def _settle(self, session: GatewaySession) -> None:
        """The gateway has let us in; only data makes up for what failed before."""
        self._plan.ready()
        if session.has_data:
            self._plan.data_came()
        self._feed.reconnect_attempts = self._plan.attempts

    def _end_session(self) -> None:
        if self._session is not None:
            self._unwatch()
            self._session.close()
            self._session = None

    def _watch(self) -> None:
        if self._session is None:
            return
        socket = self._session.socket
        wanted = select.EPOLLIN | (select.EPOLLOUT if socket.wants_write else 0)
        if wanted != self._watched:
            self._unwatch()
            self._epoll.register(socket.fd, wanted)
            self._watched = wanted

    def _unwatch(self) -> None:
        if self._watched and self._session is not None:
            self._epoll.unregister(self._session.socket.fd)
        self._watched = 0

    # ---- commands ----

    def _take_commands(self) -> None:
        assert self._inbox is not None
        try:
            for data in self._inbox.take():
                self._obey(data)
        except PipeUnreadable as error:
            self._note_command(str(error))
            self._close_inbox(self._inbox)
        except (EOFError, OSError):  # whoever sent commands is gone: nothing more comes, the stream goes on
            self._close_inbox(self._inbox)

    def _close_inbox(self, inbox: CommandPipe) -> None:
        self._epoll.unregister(inbox)
        inbox.close()
        self._inbox = None

    def _obey(self, data: bytes) -> None:
        try:
            command = decode_command(data)
        except JSON_FAULTS as error:
            self._note_command(f"a command that cannot be read: {error}")
            return
        if isinstance(command, AddSymbols):
            for symbol, contract in command.symbols.items():
                self._want(symbol, contract)
        elif isinstance(command, SetSessions):
            self._feed.hours.set(command.tables)
        elif isinstance(command, SetPriorities):
            self._desk.order.lines.set_priorities(command.priorities)
        elif isinstance(command, AskContract):
            now_s = time.monotonic()
            self._desk.inquiries.details.ask(command.question, command.symbol, command.contract, now_s)
        elif isinstance(command, WatchAccounts):
            self._desk.inquiries.account.watch(command.period_s)
        else:
            for symbol in command.symbols:
                self._desk.unwant(symbol)
                self._stamp()
        self._feed.has_news = True
        self._writer.commit()

    def _note_command(self, text: str) -> None:
        _LOG.error("feeder.command_refused error=%s", text)
        self._feed.note_error(0, text, None)
