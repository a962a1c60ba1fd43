"""The only writer of a segment.

Never reads the segment back and never imports `tickring.reader`. Needs an epoch from whoever owns the segment
(`tickring.supervisor.SegmentHost.grant_epoch`).
"""

from tickring.feeder.segment_writer import SegmentWriter

__all__ = ["SegmentWriter"]
