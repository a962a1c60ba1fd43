"""What the feeder can be told while it runs: plain messages over a pipe, from the process that started it."""

import msgspec

from tickring.config.structs import ContractConfig
from tickring.session_table import SessionTables

__all__ = [
    "AddSymbols",
    "AskContract",
    "FeederCommand",
    "RemoveSymbols",
    "SetPriorities",
    "SetSessions",
    "WatchAccounts",
    "decode_command",
    "encode_command",
]


class AddSymbols(msgspec.Struct, frozen=True, tag="add"):
    """Stream these too. Symbols that are streamed already stay as they are."""

    symbols: dict[str, ContractConfig]


class RemoveSymbols(msgspec.Struct, frozen=True, tag="remove"):
    """Stream these no longer."""

    symbols: tuple[str, ...]


class SetPriorities(msgspec.Struct, frozen=True, tag="priorities"):
    """How much each symbol matters when lines are short: the lower number first, equals in the order named.

    Replaces what was said before; whoever is not named comes last.
    """

    priorities: dict[str, int]


class SetSessions(msgspec.Struct, frozen=True, tag="sessions"):
    """When the markets of streamed symbols are open. Replaces what was said before."""

    tables: SessionTables


class AskContract(msgspec.Struct, frozen=True, tag="ask_contract"):
    """Say what the gateway knows of this description; answered by a `ContractAnswer` of the same number."""

    question: int
    symbol: str
    contract: ContractConfig


class WatchAccounts(msgspec.Struct, frozen=True, tag="watch_accounts"):
    """Read positions and working orders every so many seconds, and tell (`AccountAnswer`); 0: no longer."""

    period_s: float


FeederCommand = AddSymbols | RemoveSymbols | SetPriorities | SetSessions | AskContract | WatchAccounts


def encode_command(command: FeederCommand) -> bytes:
    """Return the message's bytes."""
    return msgspec.json.encode(command)


def decode_command(data: bytes) -> FeederCommand:
    """Take a message apart.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    command: FeederCommand = msgspec.json.decode(
        data, type=AddSymbols | RemoveSymbols | SetPriorities | SetSessions | AskContract | WatchAccounts
    )
    return command
