"""What others want to know of the gateway: contracts that they name, positions and orders. Their answers wait here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tickring.feeder.account_desk import AccountDesk, AccountRequests
from tickring.feeder.details_desk import DetailsDesk, DetailsRequests

if TYPE_CHECKING:
    from tickring.feeder.token_bucket import TokenBucket
    from tickring.feeder_answers import FeederAnswer

__all__ = ["InquiryDesk", "InquiryRequests"]


class InquiryRequests(DetailsRequests, AccountRequests, Protocol):
    """What is asked of the gateway (`ApiClient`)."""


class InquiryDesk:
    """Lives as long as the feeder; sessions come and go (`open`, `close`). Times: seconds, monotonic clock."""

    def __init__(self, bucket: TokenBucket, resolve_timeout_s: float) -> None:
        """`bucket` is shared with the streams, which come first."""
        self._answers: list[FeederAnswer] = []
        self.details = DetailsDesk(bucket, resolve_timeout_s, self._answers.append)
        self.account = AccountDesk(bucket)

    def open(self, api: InquiryRequests) -> None:
        """A session is ready."""
        self.details.open(api)
        self.account.open(api)

    def close(self) -> None:
        """The session is over."""
        self.details.close()
        self.account.close()

    def work(self, now_s: float) -> float:
        """Send what is due and allowed now; return in how many seconds to call again. Streams have been served."""
        return min(self.details.work(now_s), self.account.work(now_s))

    def take(self, now_s: float) -> list[FeederAnswer]:
        """Return what there is to tell; once."""
        self.details.expire(now_s)
        account = self.account.take()
        answers = self._answers.copy() if account is None else [*self._answers, account]
        self._answers.clear()
        return answers
