"""When each of a queue's historical requests may be made, by the ledger's limits, if nobody else asks meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tickring.feeder.history_ledger import HistoryLedger

__all__ = ["history_etas_s"]

_A_MOMENT_S = 1e-6


def history_etas_s(ledger: HistoryLedger, requests: Iterable[tuple[str, str]], now_s: float) -> list[float]:
    """Return the seconds until each request, identity and contract, in its order. Nothing is taken from the ledger."""
    tried = ledger.copy()
    etas_s: list[float] = []
    at_s = now_s
    for identity, contract in requests:
        at_s += tried.wait_s(identity, contract, at_s)
        while not tried.take(identity, contract, at_s):
            at_s += _A_MOMENT_S
        etas_s.append(at_s - now_s)
    return etas_s
