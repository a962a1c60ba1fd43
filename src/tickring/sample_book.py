"""What the sample account holds: told by the simulated gateway of `tickring run`, and seeded into the sample database.

Both say the same, so that the positions of the first seconds are those that the gateway then confirms.
"""

from typing import Final

__all__ = ["SAMPLE_ACCOUNT", "SAMPLE_HOLDINGS"]

SAMPLE_ACCOUNT: Final = "SIM0000001"
"""As the simulator names its accounts: nobody can take it for a real one."""
SAMPLE_HOLDINGS: Final = (
    ("SPY", "120", "512.30"),
    ("NVDA", "80", "101.75"),
    ("TSLA", "-40", "238.10"),
    ("BRK B", "15", "402.55"),
)
"""Symbol, shares, average cost in dollars."""
