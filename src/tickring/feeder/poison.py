"""Messages that could not be taken apart: counted, kept once per kind with their bytes, told at most now and then.

One such message must not end the stream, a flood of them must not fill the log or the disk.
"""

from __future__ import annotations

import logging
from pathlib import Path

__all__ = ["Poison"]

_LOG = logging.getLogger("tickring.feeder")
_KINDS_MAX = 32
_BYTES_SHOWN = 64


class Poison:
    """Times are seconds on a monotonic clock."""

    def __init__(self, directory: str, period_s: float) -> None:
        """`directory` "": nothing is kept, only counted and told."""
        self._directory = Path(directory) if directory else None
        self._period_s = period_s
        self._told_s = float("-inf")
        self._untold = 0
        self._kinds: set[str] = set()
        self.count = 0

    def take(self, payload: bytes, symbol: str | None, error: Exception, now_s: float) -> str:
        """Count one; return what it was, in words."""
        self.count += 1
        self._untold += 1
        kind = f"{payload[:4].split(bytes(1))[0].decode('latin-1', 'replace')!r}: {type(error).__name__}"
        text = f"a message of {len(payload)} bytes could not be taken apart ({symbol or 'no symbol'}): {error!r}"
        if kind not in self._kinds and len(self._kinds) < _KINDS_MAX:
            self._kinds.add(kind)
            self._keep(payload, text)
        if now_s - self._told_s >= self._period_s:
            _LOG.warning("message.poison error=%r untold=%d bytes=%r", text, self._untold, payload[:_BYTES_SHOWN])
            self._told_s, self._untold = now_s, 0
        return text

    def _keep(self, payload: bytes, text: str) -> None:
        if self._directory is None:
            return
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            name = self._directory / f"poison-{len(self._kinds):02d}"
            name.with_suffix(".bin").write_bytes(payload)
            name.with_suffix(".txt").write_text(text + "\n")
        except OSError as error:
            _LOG.warning("message.poison_not_kept error=%r", error)
