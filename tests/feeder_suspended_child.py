"""`feeder_child.py` on a machine that is suspended once, when the file `suspend` appears in the segment's directory.

It jumps into a time namespace, which takes a process of one thread; the moment is when it next replaces a file there.
"""

from __future__ import annotations

import os
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from tickring.config.structs import Config
from tickring.feeder.process import run_feeder
from tickring.names import SegmentPaths

sys.path.append(str(Path(__file__).parents[1]))

from tests.time_namespace import enter_future, prepare_future

if __name__ == "__main__":
    config = msgspec.json.decode(sys.argv[1], type=Config)
    wish = SegmentPaths.of(config.segment.name).directory / "suspend"
    future = prepare_future()

    def watch(event: str, _: object) -> None:
        """An audit hook: called in this thread, between two steps of the loop."""
        if event == "os.rename" and wish.exists():
            wish.unlink()
            enter_future(future)

    sys.addaudithook(watch)
    code = run_feeder(config, int(sys.argv[2]), Connection(int(sys.argv[3])))
    os.close(future)
    sys.exit(code)
