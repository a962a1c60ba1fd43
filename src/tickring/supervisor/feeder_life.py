"""One life of the feeder after the other: the one before is proven dead, then the next gets an epoch and a pipe.

The proof comes right after each end, not before the next start, so that readers see `feed_down` at once. It is looked
for in small steps, because a writer that is stuck in the kernel can keep its lock for long.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from tickring.errors import TickringError
from tickring.feeder_answers import AccountAnswer, ContractAnswer
from tickring.feeder_status import read_feeder_status
from tickring.supervisor.feeder_inbox import FeederInbox
from tickring.supervisor.question_book import QuestionBook
from tickring.supervisor.running_child import RunningChild, SpawnedChild

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tickring.config.structs import Config, ContractConfig
    from tickring.feeder_answers import FeederAnswer
    from tickring.session_table import SessionTables
    from tickring.supervisor.segment_host import SegmentHost

__all__ = ["FeederLife"]

_STEP_S = 0.02


class FeederLife:
    """What the feeder's specification is made of. Main thread only."""

    def __init__(self, host: SegmentHost, target: str, config: Callable[[], Config]) -> None:
        """`config`: as of the start of each life, with everything that is wanted then."""
        self.inbox: FeederInbox | None = None
        """Of the present life."""
        self.sessions: SessionTables | None = None
        """When the markets of the run's symbols are open; None: nobody has said."""
        self.priorities: dict[str, int] = {}
        """How much the run's symbols matter; empty: nobody has said."""
        self.account: AccountAnswer | None = None
        """Positions and orders as the gateway told them last in this run; None: it has not."""
        self.questions = QuestionBook()
        self.hear: Callable[[FeederAnswer], None] | None = None
        """Gets what the feeder says unasked."""
        self._accounts_period_s = 0.0
        self._host = host
        self._target = target
        self._config = config
        self._epoch = 0
        self._asked_since_s: float | None = None

    def clear(self) -> bool:
        """Look for the proof that no writer lives, and grant the next epoch; beyond the time replace the segment."""
        self._close_inbox()
        now_s = time.monotonic()
        if self._asked_since_s is None:
            self._asked_since_s = now_s
        epoch = self._host.try_grant_epoch(within_s=_STEP_S)
        if epoch is None:
            if now_s - self._asked_since_s < self._config().supervisor.fence_timeout_s:
                return False
            epoch = self._host.grant_epoch(fence_timeout_s=0.0)
        self._epoch, self._asked_since_s = epoch, None
        return True

    def launch(self) -> RunningChild:
        """Start the next life; after `clear`."""
        self._close_inbox()
        self.inbox = FeederInbox()
        try:
            child = SpawnedChild("feeder", self._target, self._config(), self._epoch, self.inbox.reading)
        except BaseException:
            self._close_inbox()
            raise
        self.inbox.started()
        if self.priorities:
            self.inbox.set_priorities(self.priorities)
        if self.sessions is not None:
            self.inbox.set_sessions(self.sessions)
        if self._accounts_period_s:
            self.inbox.watch_accounts(self._accounts_period_s)
        return child

    def turn(self) -> None:
        """Write what the pipe takes, and heed what the feeder says."""
        if self.inbox is None:
            return
        self.inbox.flush()
        for answer in self.inbox.take():
            if isinstance(answer, ContractAnswer) and answer.question:
                self.questions.heed(answer)
                continue
            if isinstance(answer, AccountAnswer):
                self.account = answer
            if self.hear is not None:
                self.hear(answer)

    def watch_accounts(self, period_s: float) -> None:
        """Have this life and the later ones read positions and orders every so many seconds; 0: not at all."""
        self._accounts_period_s = period_s
        if self.inbox is not None:
            self.inbox.watch_accounts(period_s)

    def ask_contract(
        self, symbol: str, contract: ContractConfig, hear: Callable[[ContractAnswer], None] | None = None
    ) -> int | None:
        """Ask the gateway what is behind a description; return the question's number, None: there is no feeder.

        `hear` gets the answer; None: it is fetched from `questions`.
        """
        if self.inbox is None:
            return None
        number = self.questions.add(symbol, hear)
        self.inbox.ask_contract(number, symbol, contract)
        return number

    def set_priorities(self, priorities: Mapping[str, int]) -> None:
        """Tell this life and the later ones of the run how much each symbol matters."""
        self.priorities = dict(priorities)
        if self.inbox is not None:
            self.inbox.set_priorities(self.priorities)

    def set_sessions(self, tables: SessionTables) -> None:
        """Tell this life and the later ones of the run when markets are open."""
        self.sessions = tables
        if self.inbox is not None:
            self.inbox.set_sessions(tables)

    def carries_data(self, pid: int) -> bool:
        """Return whether the life with this pid has brought a price."""
        with contextlib.suppress(TickringError):
            status = read_feeder_status(self._host.paths.directory)
            return status is not None and status.pid == pid and status.last_data_mono_ns > 0
        return False

    def _close_inbox(self) -> None:
        if self.inbox is not None:
            self.inbox.close()
            self.inbox = None
            self.questions.end_all("the feeder has ended before the gateway answered; ask again")
