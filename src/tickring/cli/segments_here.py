"""Which segments stand on this machine under their names, for the message that says which ones there are."""

from tickring.names import SegmentPaths

__all__ = ["segments_here"]

_ANY_NAME = SegmentPaths.of("x").directory


def segments_here() -> list[str]:
    """Return the names of the segment directories in the default tmpfs that hold a segment file, sorted."""
    prefix = _ANY_NAME.name.removesuffix("x")
    standing = _ANY_NAME.parent.glob(f"{prefix}*/segment")
    return sorted(path.parent.name.removeprefix(prefix) for path in standing)
