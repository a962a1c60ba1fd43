"""Numbers as people read them: three digits and a unit."""

__all__ = ["duration", "quantity", "ratio", "shown"]


def _digits(value: float) -> str:
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def duration(ns: float) -> str:
    """Return 74.1 ns, 1.93 us, 12.0 ms, 1.20 s."""
    for factor, unit in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if ns >= factor * 0.9995:
            return f"{_digits(ns / factor)} {unit}"
    return f"{_digits(ns)} ns"


def quantity(value: float) -> str:
    """Return 0, 950, 12.3 k, 3.40 M."""
    for factor, unit in ((1e6, " M"), (1e3, " k")):
        if value >= factor * 0.9995:
            return f"{_digits(value / factor)}{unit}"
    return _digits(value) if value else "0"


def ratio(value: float | None) -> str:
    """Return 1.00, 25.3, 1,230, or a dash."""
    return "-" if value is None else _digits(value)


def shown(value: float | None, unit: str) -> str:
    """Return a table's value in its unit."""
    if value is None:
        return "-"
    return duration(value) if unit == "ns" else quantity(value)
