"""Close a connection politely, but not for ever."""

import asyncio
import contextlib

__all__ = ["part"]

_FAREWELL_LIMIT_S = 0.5


async def part(writer: asyncio.StreamWriter) -> None:
    """Close a connection after its last bytes, or cut it off where the peer does not take them within half a second."""
    writer.close()
    with contextlib.suppress(OSError):  # a reset says the same as a close
        try:
            async with asyncio.timeout(_FAREWELL_LIMIT_S):
                await writer.wait_closed()
        except TimeoutError:
            writer.transport.abort()
