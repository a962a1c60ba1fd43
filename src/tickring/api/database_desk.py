"""Questions to the planner's database, asked in threads of their own and waited for so long and no longer.

Nothing on the way of a quote comes here: a database that is away costs its own routes a 503 and nothing else, and what
a database needs is imported with the first question.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from tickring.errors import ApiRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from tickring.config.structs import ApiConfig, DatabaseConfig
    from tickring.db import Database

__all__ = ["DatabaseDesk"]

_THREADS = 4
_QUESTIONS = "tickring.api.record_questions"
_AnswerT = TypeVar("_AnswerT")


class DatabaseDesk:
    """Reads the database, never writes and never makes or migrates one. The event loop's thread only."""

    def __init__(self, config: DatabaseConfig, limits: ApiConfig) -> None:
        """Touches nothing yet."""
        self._config = config
        self._timeout_s = limits.database_timeout_s
        self._threads = ThreadPoolExecutor(_THREADS, "database")
        self._opening = threading.Lock()
        self._database: Database | None = None
        self._is_imported = False

    async def ask(self, question: Callable[[Session], _AnswerT]) -> _AnswerT:
        """Return the answer to a question, which runs in another thread with a session of its own.

        Raises:
            DatabaseError: it cannot be used.
            ApiRefused: 503, no answer within `api.database_timeout_s`.
        """
        if not self._is_imported:  # outside the limit, which is the database's
            await asyncio.to_thread(import_module, _QUESTIONS)
            self._is_imported = True
        asked = asyncio.get_running_loop().run_in_executor(self._threads, self._ask, question)
        try:
            return await asyncio.wait_for(asked, self._timeout_s)
        except TimeoutError:
            raise ApiRefused(
                503,
                "database_unavailable",
                f"the database has not answered within {self._timeout_s:g} s",
                "look whether it runs and who holds it (database.url); quotes do not need it",
            ) from None

    def _ask(self, question: Callable[[Session], _AnswerT]) -> _AnswerT:
        with self._opened().reading() as session:
            return question(session)

    def _opened(self) -> Database:
        with self._opening:
            if self._database is None:
                from tickring.db import Database

                self._database = Database.open(self._config, is_migrated=False)
            return self._database

    def close(self) -> None:
        """Give all connections back; a question that hangs is left to its own limit. Idempotent."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._database is not None:
            self._database.close()
