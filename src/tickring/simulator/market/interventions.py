"""What somebody did to single listings by hand: prices moved, trading halted."""

import msgspec

__all__ = ["Halt", "Interventions"]


class Halt(msgspec.Struct):
    """A stop in trading; without `since_s` the first question asked afterwards says when it began."""

    value: int
    since_s: float | None


class Interventions:
    """By symbol, in capitals. `version` grows with every change; who holds something for long compares it."""

    def __init__(self) -> None:
        self.version = 0
        self._factors: dict[str, float] = {}
        self._halts: dict[str, Halt] = {}

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
        if value:
            self._halts[symbol.upper()] = Halt(value, since_s)
        else:
            self._halts.pop(symbol.upper(), None)
        self.version += 1

    def halt(self, symbol: str) -> Halt | None:
        """Return the halt that stands, if any."""
        return self._halts.get(symbol.upper())
