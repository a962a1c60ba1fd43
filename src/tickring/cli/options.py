"""Options that several commands share, with their environment variables.

The environment is read here, at the edge, by typer; no module below does.
"""

from enum import StrEnum
from typing import Annotated

import typer

__all__ = ["AcceptedMode", "ApiModeOption", "JsonOption", "SegmentOption", "StrictOption", "SymbolArgument"]


class AcceptedMode(StrEnum):
    """Prices of which kind of account to show."""

    ANY = "any"
    LIVE = "live"
    PAPER = "paper"
    MOCK = "mock"


SegmentOption = Annotated[
    str,
    typer.Option(
        "--segment",
        "-s",
        metavar="NAME|DIR",
        envvar="TICKRING_SEGMENT",
        help="Segment to look at: a name under /dev/shm, or a directory with a '/' in it.",
    ),
]
ApiModeOption = Annotated[
    AcceptedMode,
    typer.Option(
        "--api-mode",
        envvar="TICKRING_API_MODE",
        help="Show prices of this kind of account only; any other is refused. What you look at is always shown.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", metavar="", help="JSON for scripts instead of a page for people.")]
StrictOption = Annotated[bool, typer.Option("--strict", metavar="", help="Exit with 1 if the answer is bad news.")]
SymbolArgument = Annotated[str, typer.Argument(metavar="SYMBOL", help="As streamed: SPY, 'BRK B', EUR.USD.")]
