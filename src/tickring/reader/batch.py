"""A book's worth of symbols, bound once: read them together, or value positions natively."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from tickring.reader.valuation import Unpriced, Valuation
from tickring.verdict import GOOD, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt
    from typing_extensions import Buffer

    from tickring import _core

    # numpy declares its arrays as buffers from Python 3.12 on only
    Float64s: TypeAlias = Buffer | npt.NDArray[Any]

__all__ = ["Batch"]

_VERDICT_BIT = {verdict: 1 << number for number, verdict in enumerate(Verdict)}
_GOOD_MASK = sum(_VERDICT_BIT[verdict] for verdict in GOOD)
_SIDES = {"exit": 0, "mid": 1}


class Batch:
    """Symbols of one reader in a fixed order; made by `QuoteReader.batch`. One thread at a time."""

    def __init__(self, native: _core.Batch) -> None:
        self._native = native
        self.symbols = native.symbols

    def __len__(self) -> int:
        return len(self.symbols)

    def read(self) -> list[_core.Quote]:
        """Return one quote per symbol, in their order; each is a look of its own, as `handle.read()`."""
        return self._native.read()

    def value(
        self,
        quantities: Sequence[float] | Float64s,
        *,
        side: Literal["exit", "mid"] = "exit",
        accept: Iterable[Verdict] = GOOD,
        max_age_s: float | None = None,
        out: Float64s | None = None,
    ) -> Valuation:
        """Return what the positions are worth, and which of them could not be priced and why.

        `quantities`: signed, one per symbol; float64 arrays are taken without a copy. `side="exit"` prices a long
        position at the bid and a short one at the ask, `"mid"` both at the mid. A position of 0 needs no price. `out`:
        a writable float64 buffer for the value of each position (NaN where it has no price). Values are in each
        instrument's currency.

        Raises:
            ValueError: another number of quantities than symbols, a quantity that is not finite, an unknown side.
        """
        if side not in _SIDES:
            raise ValueError(f"side is {side!r}, must be 'exit' (long at bid, short at ask) or 'mid'")
        accepted = _GOOD_MASK if accept is GOOD else sum({_VERDICT_BIT[Verdict(verdict)] for verdict in accept})
        if max_age_s is not None and not max_age_s >= 0:
            raise ValueError(f"max_age_s is {max_age_s!r}, must be seconds >= 0 (or None for no limit)")
        max_age_ns = -1 if max_age_s is None or max_age_s > 9e9 else round(max_age_s * 1e9)
        priced_total, unpriced = self._native._value(
            _float64_buffer(quantities), _SIDES[side], accepted, max_age_ns, cast("Buffer | None", out)
        )
        return Valuation(priced_total, tuple(Unpriced(*row) for row in unpriced))


def _float64_buffer(quantities: Sequence[float] | Float64s) -> Buffer:
    """Return the numbers as they are if they are float64 already, else a copy."""
    try:
        view = memoryview(cast("Buffer", quantities))
    except TypeError:
        return array("d", cast("Sequence[float]", quantities))
    if view.format == "d" and view.c_contiguous:
        return view
    return array("d", map(float, cast("Sequence[float]", quantities)))
