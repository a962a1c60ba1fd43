"""Runs the feeder with one release of ibapi: `feeder_child.py CONFIG EPOCH INBOX_FD`, the configuration as JSON."""

from __future__ import annotations

import sys
from multiprocessing.connection import Connection

import msgspec

from tickring.config.structs import Config
from tickring.feeder.process import run_feeder

if __name__ == "__main__":
    config = msgspec.json.decode(sys.argv[1], type=Config)
    inbox: Connection = Connection(int(sys.argv[3]))
    sys.exit(run_feeder(config, int(sys.argv[2]), inbox))
