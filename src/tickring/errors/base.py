"""The root of the tree, and the errors that have no file behind them."""

from typing import Any

__all__ = ["ForkedHandle", "InvalidName", "InvalidSymbol", "TickringError"]


class TickringError(Exception):
    """Everything tickring raises on purpose, except plain misuse (TypeError, ValueError).

    Pickles with all its attributes, so that it crosses process pools and queues.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__)


def _restore(error_class: type[TickringError], args: tuple[Any, ...], attributes: dict[str, Any]) -> TickringError:
    error = error_class.__new__(error_class, *args)
    error.args = args
    error.__dict__.update(attributes)
    return error


class ForkedHandle(TickringError):
    """An object was used in a forked child: open your own there, or start children with spawn."""


class InvalidName(TickringError, ValueError):
    """Not usable as a segment name."""


class InvalidSymbol(TickringError, ValueError):
    """Not usable as a symbol. `symbol` is the value, `rule` what it breaks."""

    def __init__(self, symbol: str, rule: str) -> None:
        super().__init__(
            f"{symbol!r} is not a symbol: it {rule} "
            "(1-63 bytes, printable, no path separators; 'BRK B' and 'EUR.USD' are fine)"
        )
        self.symbol = symbol
        self.rule = rule
