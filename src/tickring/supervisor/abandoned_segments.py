"""Remove the directories of segments in /dev/shm whose owner was killed, where nobody will ever take them over.

A segment with a name of its own choosing outlives its supervisor on purpose: the next one takes it over. One with a
random name has no next one, and its memory would be lost until the machine restarts.
"""

import contextlib
import os
import re
import shutil
import stat
import time
from pathlib import Path

from tickring.byte_lock import ByteLock
from tickring.names import SegmentPaths, segment_directory
from tickring.process_identity import ProcessIdentity

__all__ = ["remove_abandoned_segments"]

_PREFIX = "tickring-"
_NAMELESS_S = 3600.0  # without a lock file nobody says whose it is: then only what nobody has touched for an hour


def remove_abandoned_segments(names: re.Pattern[str], *, older_than_s: float = 0.0) -> list[str]:
    """Remove those that `names` matches as a whole, and return which.

    Abandoned is what belongs to this user, has a free supervisor lock whose last holder is dead, and has not changed
    for `older_than_s` (wall clock). Never waits, and never touches a segment with a living owner; errors of the file
    system leave it where it is.
    """
    removed: list[str] = []
    for directory in Path(segment_directory("x")).parent.glob(f"{_PREFIX}*"):
        name = directory.name.removeprefix(_PREFIX)
        if names.fullmatch(name) is None:
            continue
        with contextlib.suppress(OSError):  # somebody else was faster, or it is not ours to remove
            if _is_abandoned(SegmentPaths.of(name), older_than_s):
                shutil.rmtree(directory)
                removed.append(name)
    return removed


def _is_abandoned(paths: SegmentPaths, older_than_s: float) -> bool:
    there = paths.directory.lstat()
    if there.st_uid != os.geteuid() or not stat.S_ISDIR(there.st_mode):
        return False
    age_s = time.time() - there.st_mtime
    if age_s < older_than_s:
        return False
    try:
        lock = ByteLock(paths.supervisor_lock, 0)
    except FileNotFoundError:
        return age_s >= _NAMELESS_S
    try:
        # The holder names itself after it has the lock: an empty file is one that is being taken just now.
        words = os.pread(lock.fd, 64, 0).split()
        if len(words) != 2 or not all(word.isdigit() for word in words):
            return False
        return not ProcessIdentity(*map(int, words)).exists() and lock.try_acquire()
    finally:
        lock.close()
