"""The owner of a segment: creates it, grants epochs, ends writers, says what the feed is.

One process a directory. The processes that the service is made of are started from here as it grows.
"""

from tickring.supervisor.segment_host import SegmentHost, SegmentLimits

__all__ = ["SegmentHost", "SegmentLimits"]
