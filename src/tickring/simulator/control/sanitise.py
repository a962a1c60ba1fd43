"""Take the account ids out of what is captured.

What is replaced: every id that the gateway named in managedAccounts (15), wherever its bytes stand, in text and in
protobuf; and whatever else looks like an account id of Interactive Brokers. Each gets a SIM id of the same length, so
that the lengths inside protobuf messages stay right, and the same one everywhere in a capture.

What is *not*: order references, model and group names, positions, amounts, order ids, the texts of errors, the zone of
the gateway's clock. Read a capture before you give it away.
"""

import re

from tickring.simulator.wire.message_ids import PROTOBUF_OFFSET, ReplyId
from tickring.simulator.wire.protobuf_fields import ProtobufReader
from tickring.simulator.wire.versions import PROTOBUF

__all__ = ["Sanitiser", "managed_accounts"]

# Live U1234567, paper DU1234567, advisers F1234567 and DF1234567; paper ids of today have a third letter, DUM123456.
# No word boundaries: in protobuf the byte before a string is its length, and may look like a letter.
_LOOKS_LIKE_AN_ACCOUNT = re.compile(rb"(?:DU[A-Z]|[DUF]+)\d{5,9}")
_SHORTEST_WITH_SIM = 6  # "SIM" and three digits


def managed_accounts(payload: bytes, server_version: int) -> list[bytes] | None:
    """Return the account ids of a managedAccounts message of the server, None for any other message.

    Raises:
        ValueError: it is one, and cannot be read.
    """
    if server_version >= PROTOBUF:
        message_id, body = int.from_bytes(payload[:4], "big"), payload[4:]
        if message_id == ReplyId.MANAGED_ACCOUNTS + PROTOBUF_OFFSET:
            return _split(ProtobufReader(body).text(1, "accountsList").encode())
        if message_id != ReplyId.MANAGED_ACCOUNTS:
            return None
        fields = body.split(b"\0")
    else:
        first, *fields = payload.split(b"\0")
        if first != b"%d" % ReplyId.MANAGED_ACCOUNTS:
            return None
    if len(fields) < 2:  # the message's own version, the list
        raise ValueError(f"a managedAccounts message without a list of accounts: {payload[:64]!r}")
    return _split(fields[1])


def _split(accounts: bytes) -> list[bytes]:
    return [account.strip() for account in accounts.split(b",") if account.strip()]


class Sanitiser:
    """Remembers which id became which, over all connections of a capture."""

    def __init__(self) -> None:
        self._replacements: dict[bytes, bytes] = {}
        self._count = 0
        self._pattern = _LOOKS_LIKE_AN_ACCOUNT

    def learn(self, accounts: list[bytes]) -> None:
        """Replace these from now on, whatever they look like."""
        for account in accounts:
            self._replacement(account)
        known = sorted(self._replacements, key=len, reverse=True)  # U1234567 may stand inside DU1234567
        self._pattern = re.compile(b"|".join([*map(re.escape, known), _LOOKS_LIKE_AN_ACCOUNT.pattern]))

    def clean(self, payload: bytes) -> bytes:
        """Return the payload with every account id replaced; its length does not change."""
        return self._pattern.sub(lambda found: self._replacement(found[0]), payload)

    def _replacement(self, account: bytes) -> bytes:
        replacement = self._replacements.get(account)
        if replacement is None:
            self._count += 1
            head = b"SIM" if len(account) >= _SHORTEST_WITH_SIM else b"S"[: len(account) - 1]
            digits = len(account) - len(head)
            replacement = head + b"%0*d" % (digits, self._count % 10**digits)
            self._replacements[account] = replacement
        return replacement
