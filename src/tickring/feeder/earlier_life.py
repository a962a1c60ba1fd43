"""What one life of the feeder leaves to the next, beside the segment: contracts, and which history was asked for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tickring.feeder.contract_store import ContractStore
from tickring.feeder.history_ledger import HistoryLedger, HistoryRequest
from tickring.feeder.kept_file import KeptFile
from tickring.names import FEEDER_CONTRACTS_FILE, FEEDER_HISTORY_FILE, SegmentPaths

if TYPE_CHECKING:
    from tickring.config.structs import Config

__all__ = ["EarlierLife"]

_SAVE_PERIOD_S = 0.25  # so little is lost by SIGKILL, and a thousand contracts in a row cost little


class EarlierLife:
    """Read when the feeder starts, saved while it runs: SIGKILL gives no time for it."""

    def __init__(self, config: Config) -> None:
        directory = SegmentPaths.of(config.segment.name).directory
        self.contracts = ContractStore(directory / FEEDER_CONTRACTS_FILE, config.stream.api_mode)
        self._history = KeptFile(directory / FEEDER_HISTORY_FILE, list[HistoryRequest])
        self.ledger = HistoryLedger(config.feeder, self._history.read() or (), time.monotonic())
        self._requests_saved = self.ledger.requests
        self._saved_s = float("-inf")

    def save(self, *, at_once: bool = False) -> None:
        """Write what is new, now and then."""
        now_s = time.monotonic()
        if not at_once and now_s - self._saved_s < _SAVE_PERIOD_S:
            return
        self._saved_s = now_s
        self.contracts.save()
        if self.ledger.requests != self._requests_saved:
            self._requests_saved = self.ledger.requests
            self._history.write(self.ledger.taken())
