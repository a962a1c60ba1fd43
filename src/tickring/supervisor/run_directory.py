"""A directory for what one run needs in files, which the next run removes if this one was killed.

Its name says which process it belongs to (pid and start time), so a living run's directory is never taken away.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Self

from tickring.process_identity import ProcessIdentity

__all__ = ["RunDirectory"]

_NAME = re.compile(r"tickring-run-(\d{1,10})-(\d{1,20})")


class RunDirectory:
    """Lies in the system's directory for temporary files, for this user only. Remove it with `close`."""

    def __init__(self) -> None:
        """Remove the directories of dead runs, then make this one."""
        parent = Path(tempfile.gettempdir())
        _remove_dead(parent)
        self.path = parent / "tickring-run-{0.pid}-{0.start_ticks}".format(ProcessIdentity.own())
        self.path.mkdir(mode=0o700)

    def close(self) -> None:
        """Remove it with all that is in it. Idempotent."""
        shutil.rmtree(self.path, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def _remove_dead(parent: Path) -> None:
    for path in parent.glob("tickring-run-*"):
        named = _NAME.fullmatch(path.name)
        if named is None or ProcessIdentity(int(named[1]), int(named[2])).exists():
            continue
        if not path.is_symlink() and path.lstat().st_uid == os.geteuid():
            shutil.rmtree(path, ignore_errors=True)
