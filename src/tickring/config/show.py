"""The configuration as it counts, each value with where it came from."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from tickring.config.load import Loaded
from tickring.config.origin import Origin
from tickring.config.rules import in_toml
from tickring.config.settings import CONTRACTS, Setting, contract_settings, name_of, settings

__all__ = ["Shown", "show", "values_of"]


class Shown(NamedTuple):
    """One value."""

    name: str
    value: Any
    written: str
    """As in the file."""
    origin: Origin


def values_of(loaded: Loaded) -> Iterator[Shown]:
    """Give every setting, and of each contract what was said of it."""
    for setting in settings().values():
        value = getattr(getattr(loaded.config, setting.section), setting.key)
        yield _shown(loaded, setting, setting.name, value)
    for symbol, contract in loaded.config.contracts.items():
        for setting in contract_settings().values():
            name = name_of((CONTRACTS, symbol, setting.key))
            if name in loaded.origins:
                yield _shown(loaded, setting, name, getattr(contract, setting.key))


def show(loaded: Loaded) -> str:
    """Return lines of `name = value  # origin`, first the file that was read."""
    rows = list(values_of(loaded))
    left = [f"{row.name} = {row.written}" for row in rows]
    width = min(60, max(map(len, left)))
    head = f"# file: {loaded.file or 'none'}"
    return "\n".join([head, *(f"{text:<{width}}  # {row.origin}" for text, row in zip(left, rows, strict=True))])


def _shown(loaded: Loaded, setting: Setting, name: str, value: Any) -> Shown:
    return Shown(name, msgspec.to_builtins(value), in_toml(setting, value), loaded.origin(name))
