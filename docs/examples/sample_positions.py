"""Write made-up positions beside a segment, once a second until Ctrl-C: something for the risk engine to look at.

    python docs/examples/sample_positions.py sample

They belong to a simulator's account (SIM...), so no real price is ever used for them.
"""

from __future__ import annotations

import sys
import time

from tickring.positions import Position, write_positions

HELD = (("SPY", 200.0, 480.0), ("AAPL", 150.0, 190.0), ("TLT", -100.0, 95.0), ("KO", 0.0, 0.0))


def main(segment: str) -> None:
    """Write for ever: the age of the table is the only sign that its writer lives."""
    rows = [
        Position(account="SIM000001", symbol=symbol, quantity=quantity, currency="USD", average_cost=cost)
        for symbol, quantity, cost in HELD
    ]
    while True:
        write_positions(segment, rows)
        time.sleep(1)


if __name__ == "__main__":
    main(sys.argv[1])
