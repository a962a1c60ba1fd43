"""What somebody did to single listings by hand: prices moved, trading halted."""

import msgspec

__all__ = ["Halt", "Interventions"]


class Halt(msgspec.Struct, frozen=True):
    """A stop in trading: 1 halted, 2 paused; and since when, seconds since 1970."""

    value: int
    since_s: float


class Interventions:
    """By symbol, in capitals. `version` grows with every change; who holds something for long compares it."""

    def __init__(self) -> None:
        self.version = 0
        self._factors: dict[str, float] = {}
        self._halts: dict[str, Halt] = {}
        self._undated: dict[str, int] = {}

    def set_factor(self, symbol: str, factor: float) -> None:
        """Multiply the prices of a symbol, on top of what was done before."""
        if not factor > 0:
            raise ValueError(f"factor for {symbol} is {factor}, must be above 0; 1 leaves the price as it is")
        self._factors[symbol.upper()] = self.factor(symbol) * factor
        self.version += 1

    def factor(self, symbol: str) -> float:
        """Return what the symbol's prices are multiplied with."""
        return self._factors.get(symbol.upper(), 1.0)

    def set_halted(self, symbol: str, value: int, since_s: float | None) -> None:
        """Halt the trading of a symbol (1), pause it (2) or let it go on (0)."""
        if value not in (0, 1, 2):
            raise ValueError(f"halted for {symbol} is {value}, must be 0 (trades), 1 (halted) or 2 (volatility pause)")
        symbol = symbol.upper()
        self._halts.pop(symbol, None)
        self._undated.pop(symbol, None)
        if value and since_s is not None:
            self._halts[symbol] = Halt(value, since_s)
        elif value:
            self._undated[symbol] = value
        self.version += 1

    def halt(self, symbol: str, now_s: float) -> Halt | None:
        """Return the symbol's halt, if any; one of which nobody has said since when begins with this question."""
        symbol = symbol.upper()
        if (value := self._undated.pop(symbol, 0)) != 0:
            self._halts[symbol] = Halt(value, now_s)
        return self._halts.get(symbol)
