"""The planner: which symbols are streamed and why, kept up to date in a process of its own.

No database, file, address or query can touch the feeder: it hears of the set by plain messages. See docs/planner.md.
"""

from tickring.planner.stream_symbols import build_stream_symbols, resolve_stream_symbols
from tickring.planner.wanted import Origin, Resolution, WantedSymbol

__all__ = [
    "Origin",
    "Resolution",
    "WantedSymbol",
    "build_stream_symbols",
    "resolve_stream_symbols",
]
