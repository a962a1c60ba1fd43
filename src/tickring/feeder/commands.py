"""What the feeder can be told while it runs: plain messages over a pipe, from the process that started it."""

import msgspec

from tickring.config.structs import ContractConfig

__all__ = ["AddSymbols", "FeederCommand", "RemoveSymbols", "decode_command", "encode_command"]


class AddSymbols(msgspec.Struct, frozen=True, tag="add"):
    """Stream these too. Symbols that are streamed already stay as they are."""

    symbols: dict[str, ContractConfig]


class RemoveSymbols(msgspec.Struct, frozen=True, tag="remove"):
    """Stream these no longer."""

    symbols: tuple[str, ...]


FeederCommand = AddSymbols | RemoveSymbols


def encode_command(command: FeederCommand) -> bytes:
    """Return the message's bytes."""
    return msgspec.json.encode(command)


def decode_command(data: bytes) -> FeederCommand:
    """Take a message apart.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    command: FeederCommand = msgspec.json.decode(data, type=AddSymbols | RemoveSymbols)
    return command
