"""What a feeder says over its pipe: a rig whose commands go both ways, and the answers that have come."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tests.waiting import wait_until
from tickring.control.framing import FrameCutter
from tickring.feeder.commands import AskContract
from tickring.feeder_answers import AccountAnswer, ContractAnswer, FeederAnswer, decode_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.feeder_rig import FeederRig
    from tickring.config.structs import ContractConfig

__all__ = ["Inquiries"]

AnswerT = TypeVar("AnswerT", ContractAnswer, AccountAnswer)


class Inquiries:
    """Asks the feeder of a rig that `speaks`."""

    def __init__(self, rig: FeederRig) -> None:
        self.answers: list[FeederAnswer] = []
        self._rig = rig
        self._cutter = FrameCutter(bytes_at_most=1 << 24)
        self._number = 0

    def take(self) -> None:
        """Read what has come."""
        self._cutter.add(self._rig.heard())
        while (payload := self._cutter.next()) is not None:
            self.answers.append(decode_answer(payload))

    def wait(
        self, kind: type[AnswerT], holds: Callable[[AnswerT], object], what: str, timeout_s: float = 10
    ) -> AnswerT:
        """Return the first answer of this kind for which something holds."""
        found: list[AnswerT] = []

        def is_there() -> bool:
            self.take()
            found[:] = [one for one in self.answers if isinstance(one, kind) and holds(one)]
            return bool(found)

        wait_until(is_there, what, timeout_s=timeout_s, show=lambda: (self.answers[-5:], self._rig.show()))
        return found[0]

    def ask(self, symbol: str, contract: ContractConfig) -> ContractAnswer:
        """Ask what is behind a description and return the answer."""
        self._number += 1
        number = self._number
        self._rig.tell(AskContract(number, symbol, contract))
        return self.wait(ContractAnswer, lambda one: one.question == number, f"an answer about {symbol}")
