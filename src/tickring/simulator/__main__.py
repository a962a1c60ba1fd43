"""`python -m tickring.simulator '{"port": 0}'`: the simulator with settings as JSON, for programs that start it.

Writes one JSON line to stdout once clients may connect: host, port, control, pid. With `--parent PID` it ends with that
process. People use `tickring simulator`.
"""

import asyncio
import logging
import os
import sys

import msgspec

from tickring.errors import TickringError
from tickring.process_identity import die_with_parent
from tickring.simulator.gateway.process import Ready, run_simulator
from tickring.simulator.gateway.settings import GatewaySettings

EXIT_CONFIGURATION = 78  # EX_CONFIG of sysexits.h


def _announce(ready: Ready) -> None:
    sys.stdout.write(msgspec.json.encode(ready).decode() + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Run it; return the exit code."""
    if len(arguments) > 2 and arguments[0] == "--parent":
        die_with_parent(int(arguments[1]))
        arguments = arguments[2:]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        settings = msgspec.json.decode(arguments[0] if arguments else "{}", type=GatewaySettings)
        asyncio.run(run_simulator(settings, _announce, os.getpid()))
    except (msgspec.MsgspecError, TickringError, ValueError, OSError) as error:
        sys.stderr.write(f"tickring simulator: {error}\n")
        return EXIT_CONFIGURATION
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
