"""What the feeder can be told while it runs: plain messages over a pipe, from the process that started it."""

import msgspec

from tickring.config.structs import ContractConfig
from tickring.session_table import SessionTables

__all__ = ["AddSymbols", "FeederCommand", "RemoveSymbols", "SetSessions", "decode_command", "encode_command"]


class AddSymbols(msgspec.Struct, frozen=True, tag="add"):
    """Stream these too. Symbols that are streamed already stay as they are."""

    symbols: dict[str, ContractConfig]


class RemoveSymbols(msgspec.Struct, frozen=True, tag="remove"):
    """Stream these no longer."""

    symbols: tuple[str, ...]


class SetSessions(msgspec.Struct, frozen=True, tag="sessions"):
    """When the markets of streamed symbols are open. Replaces what was said before."""

    tables: SessionTables


FeederCommand = AddSymbols | RemoveSymbols | SetSessions


def encode_command(command: FeederCommand) -> bytes:
    """Return the message's bytes."""
    return msgspec.json.encode(command)


def decode_command(data: bytes) -> FeederCommand:
    """Take a message apart.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    command: FeederCommand = msgspec.json.decode(data, type=AddSymbols | RemoveSymbols | SetSessions)
    return command
