"""Value a book from 500 packed values: what is fastest once a store has handed out its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench._harness.quotes import RECORD

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["over_packed"]


def over_packed(
    how: str, packed: Callable[[], list[bytes]], quantities: Sequence[float]
) -> dict[str, Callable[[], float]]:
    """Return the ways to value what `packed` gives: numpy over the joined bytes, if numpy is here."""
    try:
        import numpy as np
    except ImportError:
        return {}
    book = np.array(quantities)
    is_long = book > 0
    columns = RECORD.size // 8

    def joined() -> float:
        rows = np.frombuffer(b"".join(packed()), "f8").reshape(-1, columns)
        return float(np.dot(np.where(is_long, rows[:, 0], rows[:, 1]), book))

    return {f"{how} + numpy": joined}
