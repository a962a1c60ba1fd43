"""The root of the tree, and the errors that have no file behind them."""

__all__ = ["ForkedHandle", "InvalidName", "InvalidSymbol", "TickringError"]


class TickringError(Exception):
    """Everything tickring raises on purpose, except plain misuse (TypeError, ValueError)."""


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
