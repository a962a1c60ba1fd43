"""What every section of the configuration is made of."""

from typing import Annotated

import msgspec

__all__ = ["LongSeconds", "Port", "Seconds", "Section"]

Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
LongSeconds = Annotated[float, msgspec.Meta(gt=0, le=31_536_000)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all sections."""
