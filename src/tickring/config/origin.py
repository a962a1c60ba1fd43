"""Where a value of the configuration came from, and a value with its place that has not been checked yet."""

from typing import Literal, NamedTuple, TypeAlias

__all__ = ["DEFAULT", "Given", "Origin", "OriginKind"]

OriginKind: TypeAlias = Literal["default", "preset", "file", "environment", "flag"]


class Origin(NamedTuple):
    """`where` is file:line, a variable's name or the flag; empty for a default. A preset is a command's own default."""

    kind: OriginKind
    where: str = ""

    def __str__(self) -> str:
        return self.where or self.kind


DEFAULT = Origin("default")


class Given(NamedTuple):
    """A value as it was found."""

    path: tuple[str, ...]
    """`("gateway", "port")`, `("contracts", "SHOP", "currency")`."""
    value: object
    is_text: bool
    """From a variable or a flag: a number is still a text."""
    origin: Origin
