"""Questions of others to the gateway: what is behind a symbol's description. Streams come first.

Each question gets exactly one answer within its time: contracts, the gateway's refusal, or that nobody has answered.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from tickring.feeder.api_facts import contract_facts
from tickring.feeder.candidates import distinct
from tickring.feeder.token_bucket import PacingClass
from tickring.feeder_answers import ContractAnswer
from tickring.iso_time import iso_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.config.structs import ContractConfig
    from tickring.feeder.token_bucket import TokenBucket

__all__ = ["DetailsDesk", "DetailsRequests"]

_FIRST_ID = 1 << 30  # far from those of streams
_LONG_S = 3600.0
_WAITING_AT_MOST = 1000


class DetailsRequests(Protocol):
    """What is asked of the gateway (`ApiClient`)."""

    def request_details(self, req_id: int, symbol: str, wanted: ContractConfig) -> None:
        """Ask what a symbol is."""


class _Question(NamedTuple):
    number: int
    symbol: str
    wanted: ContractConfig
    deadline_s: float
    found: list[Any]


class DetailsDesk:
    """Lives as long as the feeder; sessions come and go (`open`, `close`). Times: seconds, monotonic clock."""

    def __init__(self, bucket: TokenBucket, timeout_s: float, tell: Callable[[ContractAnswer], None]) -> None:
        """`timeout_s`: for one answer, the wait for a session included; `tell` gets each of them."""
        self._bucket = bucket
        self._timeout_s = timeout_s
        self._tell = tell
        self._api: DetailsRequests | None = None
        self._ids = count(_FIRST_ID)
        self._waiting: list[_Question] = []
        self._asked: dict[int, _Question] = {}

    def ask(self, number: int, symbol: str, wanted: ContractConfig, now_s: float) -> None:
        """Have this answered under its number."""
        question = _Question(number, symbol, wanted, now_s + self._timeout_s, [])
        if len(self._waiting) >= _WAITING_AT_MOST:
            self._answer(question, text=f"{_WAITING_AT_MOST} questions wait for the gateway already; ask again later")
        else:
            self._waiting.append(question)

    def note_unknown(self, symbol: str, code: int, text: str) -> None:
        """A stream was refused because its contract is unknown: whoever keeps contracts wants to know."""
        self._tell(ContractAnswer(question=0, symbol=symbol, code=code, text=text, at=iso_now()))

    # ---- sessions ----

    def open(self, api: DetailsRequests) -> None:
        """A session is ready."""
        self._api = api

    def close(self) -> None:
        """The session is over: what was asked is asked again in the next one, as far as there is time."""
        self._api = None
        self._waiting = [*self._asked.values(), *self._waiting]
        self._asked.clear()

    def work(self, now_s: float) -> float:
        """Send what is due and allowed now; return in how many seconds to call again."""
        while self._waiting and self._api is not None:
            if not self._bucket.take(now_s, PacingClass.SNAPSHOT):
                return max(0.001, self._bucket.wait_s(now_s, PacingClass.SNAPSHOT))
            question = self._waiting.pop(0)
            req_id = next(self._ids)
            question.found.clear()
            self._asked[req_id] = question
            self._api.request_details(req_id, question.symbol, question.wanted)
        return _LONG_S

    def expire(self, now_s: float) -> None:
        """Answer what has waited for too long."""
        for question in [one for one in self._waiting if now_s >= one.deadline_s]:
            self._waiting.remove(question)
            self._answer(question, text="the gateway could not be asked in time: no session with it, or a long queue")
        for req_id in [req_id for req_id, one in self._asked.items() if now_s >= one.deadline_s]:
            self._answer(self._asked.pop(req_id), text=f"the gateway has not answered within {self._timeout_s:g} s")

    # ---- answers of the gateway ----

    def found(self, req_id: int, details: Any) -> bool:
        """Take one contract that fits; return whether it belongs to a question of this desk."""
        question = self._asked.get(req_id)
        if question is not None:
            question.found.append(details)
        return question is not None

    def end(self, req_id: int) -> bool:
        """That was all of them; return whether it belongs to a question of this desk."""
        question = self._asked.pop(req_id, None)
        if question is not None:
            self._answer(question, found=distinct(question.found))
        return question is not None

    def refuse(self, req_id: int, code: int, text: str) -> bool:
        """Take an error; return whether it belongs to a question of this desk."""
        question = self._asked.pop(req_id, None)
        if question is not None:
            self._answer(question, code=code, text=text)
        return question is not None

    def _answer(self, question: _Question, *, found: list[Any] | None = None, code: int = 0, text: str = "") -> None:
        facts = tuple(contract_facts(one) for one in found or ())
        if found == []:
            text = "the gateway knows no contract that fits"
        self._tell(
            ContractAnswer(
                question=question.number, symbol=question.symbol, found=facts, code=code, text=text, at=iso_now()
            )
        )
