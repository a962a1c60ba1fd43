"""The dataclass view of the native `Quote`, so that msgspec, `dataclasses.fields` and `asdict` take it as it is.

The core calls `dataclass_fields` once when it is imported; the names and their order are the core's (`Quote.to_dict`).
The module `dataclasses` itself is only imported when somebody looks: it would cost a third of the reader's import time.
"""

from typing import Any

__all__ = ["QuoteField", "dataclass_fields"]


class QuoteField:
    """One field, with the attributes of `dataclasses.Field` that readers of fields use."""

    __slots__ = ("name",)

    type = Any
    init = False
    repr = True
    compare = False
    hash = False
    kw_only = False
    metadata: dict[str, Any] = {}  # noqa: RUF012 - a constant like those above

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def _field_type(self) -> object:
        """What marks a real field for `dataclasses` and msgspec."""
        import dataclasses

        return dataclasses._FIELD  # type: ignore[attr-defined]


def dataclass_fields(names: tuple[str, ...]) -> dict[str, QuoteField]:
    """Return `__dataclass_fields__` for a type with these read-only attributes."""
    return {name: QuoteField(name) for name in names}
