"""How the stream is, read from the segment and the feeder's own words: the same facts and words as everywhere.

The supervisor is not asked: what clients are told must not wait for it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tickring.api.ws_messages import StatusUpdate, StreamWord
from tickring.errors import TickringError
from tickring.feeder_status import read_feeder_status
from tickring.iso_time import iso_now
from tickring.stream_facts import AT_WORK, facts_from
from tickring.stream_words import stream_words

if TYPE_CHECKING:
    from pathlib import Path

    from tickring.feeder_status import FeederStatus
    from tickring.reader import ReaderStatus
    from tickring.stream_words import StreamWords

__all__ = ["StatusWatch"]


class StatusWatch:
    """Looks, and remembers since when it has been so."""

    def __init__(self, segment: str | Path, api_mode: str, *, data_limit_s: float) -> None:
        """`api_mode`: what is said while no segment tells; `data_limit_s`: `stream.data_limit_s`."""
        self._segment = segment
        self._api_mode = api_mode
        self._data_limit_s = data_limit_s
        self._words: StreamWords | None = None
        self._since = ""

    def look(self, header: ReaderStatus | None) -> StatusUpdate:
        """Return the status of now; None: there is no segment, or none that can be read."""
        feeder = self._feeder_words(header)
        words = stream_words(facts_from(header, feeder, data_limit_s=self._data_limit_s))
        if self._words is None or words.code != self._words.code:
            self._since = iso_now()
        self._words = words
        return StatusUpdate(
            at=iso_now(),
            stream=StreamWord(
                state=words.state,
                status=words.status,
                mode=words.mode,
                cause=words.cause,
                code=words.code,
                since=self._since,
            ),
            desired=0 if feeder is None else feeder.desired,
            confirmed=0 if feeder is None else feeder.confirmed,
            pending=0 if feeder is None else feeder.pending,
            on_fallback=0 if feeder is None else len(feeder.fallback) - feeder.rotated_served,
            rotated=0 if feeder is None else feeder.rotated_served,
            heartbeat_age_s=_finite(header.heartbeat_age_s) if header is not None else None,
            feed_alive=header is not None and _is_alive(header),
            market_data_type="unknown" if feeder is None else feeder.market_data_type,
            api_mode=self._api_mode if header is None else str(header.api_mode),
            epoch=None if header is None else header.epoch,
            segment_id=None if header is None else header.segment_id,
        )

    def _feeder_words(self, header: ReaderStatus | None) -> FeederStatus | None:
        """What the present feeder said; what an earlier one said is the past."""
        if header is None:
            return None
        try:
            found = read_feeder_status(self._segment)
        except TickringError:  # replaced by the feeder's next write; until then nothing is known
            return None
        return found if found is not None and found.epoch == header.feeder_epoch else None


def _is_alive(header: ReaderStatus) -> bool:
    is_beating = header.heartbeat_age_s <= header.heartbeat_limit_s
    return is_beating and header.feeder_epoch == header.epoch and header.feeder_state in AT_WORK


def _finite(age_s: float) -> float | None:
    return age_s if math.isfinite(age_s) else None
