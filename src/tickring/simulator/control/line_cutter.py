"""Cut a stream of bytes into lines, with a bound on their length.

asyncio's own line reading gives a connection up when a line is too long; a control connection must outlive that.
"""

from tickring.simulator.control.lines import LINE_BYTES_AT_MOST

__all__ = ["LineCutter"]


class LineCutter:
    """Holds at most one unfinished line of `bytes_at_most`; linear time in whatever pieces the bytes come."""

    def __init__(self, bytes_at_most: int = LINE_BYTES_AT_MOST) -> None:
        self._bytes_at_most = bytes_at_most
        self._unfinished = bytearray()
        self._is_skipping = False

    def feed(self, data: bytes) -> list[bytes | None]:
        """Return the lines that `data` finishes, without line ends; None stands for a line that was too long."""
        lines: list[bytes | None] = []
        *ended, rest = data.split(b"\n")
        for piece in ended:
            if self._is_skipping or len(self._unfinished) + len(piece) > self._bytes_at_most:
                lines.append(None)
            else:
                self._unfinished += piece
                lines.append(bytes(self._unfinished))
            self._unfinished.clear()
            self._is_skipping = False
        if self._is_skipping or len(self._unfinished) + len(rest) > self._bytes_at_most:
            self._unfinished.clear()
            self._is_skipping = True
        else:
            self._unfinished += rest
        return lines
