"""The address of a socket file, whatever the length of its path.

The kernel takes 107 bytes of path; a directory of systemd or of a test can be longer. Through a descriptor of the
directory every path is short.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

__all__ = ["socket_address"]

_PATH_BYTES_AT_MOST: Final = 107  # sun_path of unix(7) has 108, the last is NUL


@contextmanager
def socket_address(path: Path) -> Generator[str]:
    """Yield what to give to `bind` or `connect`; it holds inside the block only.

    Raises:
        OSError: a long path whose directory cannot be opened.
    """
    if len(os.fsencode(path)) <= _PATH_BYTES_AT_MOST:
        yield str(path)
        return
    fd = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{fd}/{path.name}"
    finally:
        os.close(fd)
