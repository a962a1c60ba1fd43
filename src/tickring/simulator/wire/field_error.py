"""The error of a single field, in text and in protobuf."""

__all__ = ["BadField"]


class BadField(ValueError):
    """A field is missing or does not hold what it must; the text names it."""
