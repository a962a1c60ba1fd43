"""What the feeder says unasked or when asked, besides its status: contracts as the gateway knows them, and the account.

Messages as JSON on their way from the feeder over the supervisor to the planner and to who has asked. Amounts are
decimals as text, so that no digit is lost on the way; empty: not told. Times are ISO 8601, UTC.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from tickring.known_contract import KnownContract

__all__ = [
    "AccountAnswer",
    "ContractAnswer",
    "ContractFacts",
    "FeederAnswer",
    "HeldContract",
    "OpenOrder",
    "decode_answer",
    "encode_answer",
]


class ContractFacts(KnownContract, frozen=True, kw_only=True):
    """One contract as the gateway's details tell of it."""

    long_name: str = ""
    min_tick: str = ""
    multiplier: str = ""
    time_zone_id: str = ""
    """As IB names it; the hours are in it."""
    trading_hours: str = ""
    """With pre-market and post-market, as IB writes them."""
    liquid_hours: str = ""


class ContractAnswer(msgspec.Struct, frozen=True, kw_only=True, tag="contract_answer"):
    """What a symbol's description has led to: one contract, several candidates, or none and the reason."""

    question: int
    """As given with the question; 0: nobody has asked, a stream was refused because its contract is unknown; -1: it
    could not be asked."""
    symbol: str
    """Ours."""
    found: tuple[ContractFacts, ...] = ()
    """One of each contract id."""
    code: int = 0
    """The gateway's, 200 for `unknown`; 0: it has answered, or has said nothing at all (`text`)."""
    text: str = ""
    """Why nothing was found, or why there is no answer; empty: there is one."""
    at: str = ""
    """When it came."""


class HeldContract(msgspec.Struct, frozen=True, kw_only=True):
    """What one account holds of one contract."""

    account: str
    con_id: int
    symbol: str
    """IB's."""
    sec_type: str
    currency: str
    quantity: str
    """Negative: short; 0: closed today."""
    average_cost: str = ""
    """Of one unit, with the multiplier in it."""
    multiplier: str = ""
    local_symbol: str = ""


class OpenOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order that may still be filled, whoever has placed it."""

    account: str
    order_key: str
    """IB's permanent id."""
    con_id: int
    symbol: str
    """IB's."""
    sec_type: str
    currency: str
    side: str
    """`buy` or `sell`."""
    quantity: str
    """What is left of it."""
    local_symbol: str = ""


class AccountAnswer(msgspec.Struct, frozen=True, kw_only=True, tag="account_answer"):
    """All positions and all working orders of these accounts; what is not in it is none any more."""

    accounts: tuple[str, ...]
    """Those of the log-in."""
    positions: tuple[HeldContract, ...] | None = None
    """None: the gateway has not told yet."""
    orders: tuple[OpenOrder, ...] | None = None
    at: str
    """When the gateway told the newest of it."""


FeederAnswer = ContractAnswer | AccountAnswer

_ANSWERS: msgspec.json.Decoder[FeederAnswer] = msgspec.json.Decoder(cast("Any", FeederAnswer))


def encode_answer(answer: FeederAnswer) -> bytes:
    """Return the message's bytes."""
    return msgspec.json.encode(answer)


def decode_answer(data: bytes) -> FeederAnswer:
    """Take a message apart.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    return _ANSWERS.decode(data)
