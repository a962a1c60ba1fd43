"""What a user of numpy writes must pass the checkers; checked, never run."""

from __future__ import annotations

from typing import assert_type

import numpy as np
import numpy.typing as npt

from tickring.reader import QuoteReader, Valuation


def valuing(reader: QuoteReader, quantities: npt.NDArray[np.float64]) -> None:
    """Quantities and values are arrays in every risk engine."""
    batch = reader.batch(["SPY", "QQQ"])
    out = np.empty(len(quantities))
    assert_type(batch.value(quantities, out=out), Valuation)
    assert_type(batch.value(np.ones(2)), Valuation)


def rows(reader: QuoteReader) -> None:
    """Columns of the table are numpy's."""
    table = reader.table()
    good = table[table["verdict"] <= 1]
    print(good["bid"].mean(), len(good))
