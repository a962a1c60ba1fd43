"""Everything that opens a segment, by name: each must refuse the same things in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.child_line import ChildLine
from tickring.feeder import SegmentWriter
from tickring.reader import QuoteReader
from tickring.supervisor import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["OPENERS", "SMALL", "sound_segment"]

SMALL = SegmentLimits(capacity=16, depth=32)
"""A slot of these takes one page, so that every other capacity gives another file size."""

OPENERS: dict[str, Callable[[str | Path], object]] = {
    "reader": lambda name: QuoteReader.open(name, api_mode="any"),
    "writer": lambda name: SegmentWriter.attach(name, epoch=1),
    "child": lambda name: ChildLine.claim(name, 0, "flusher"),
}


def sound_segment(name: str | Path) -> Path:
    """Make a segment, let go of it and return its file."""
    with SegmentHost.open(name, limits=SMALL) as host:
        return host.paths.segment
