"""`tickring-supervisor`: the supervisor as a service, started by systemd or any other service manager.

The same as `tickring run` without a terminal: it reads a file, shows nothing, tells systemd how it is, and stays when a
child calls its configuration wrong - for whoever corrects it and reloads.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import sys
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from tickring.errors import ConfigError, TickringError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tickring.config.structs import Config

__all__ = ["main"]

_EXIT_NOT_STARTED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM; return the exit code: 0 ended as asked, 1 could not start, 78 wrong configuration."""
    given = _parser().parse_args(arguments)
    faulthandler.enable()  # systemd's watchdog ends a loop that stands still with SIGABRT: the journal shows where
    # Not at the top: each spawned child imports this module again, and needs none of these.
    from tickring.config.from_flags import split_flags
    from tickring.log_setup import set_up_logging
    from tickring.supervisor.exit_words import EXIT_CONFIGURATION
    from tickring.supervisor.live_config import LiveConfig
    from tickring.supervisor.manner import Manner
    from tickring.supervisor.supervisor import Supervisor
    from tickring.supervisor.systemd_notify import SystemdNotifier

    notifier = SystemdNotifier.from_environment()
    try:
        reread = partial(_read, given.config, split_flags(given.set), given.simulator)
        config = reread()
    except ConfigError as error:
        sys.stderr.write(f"tickring-supervisor: {error}\n")
        return EXIT_CONFIGURATION
    set_up_logging("supervisor", config.log)
    supervisor = Supervisor(
        LiveConfig(config, reread),
        is_embedded=given.simulator,
        manner=Manner(ends_when_refused=False, keeps_segment=True, begins_run=config.supervisor.autostart),
        notifier=notifier,
    )
    try:
        return supervisor.serve()
    except (TickringError, OSError) as error:
        sys.stderr.write(f"tickring-supervisor: {error}\n")
        return _EXIT_NOT_STARTED
    finally:
        notifier.close()


def _read(file: Path | None, overrides: dict[str, str], is_simulated: bool) -> Config:
    from tickring.config.load import load

    config = load(file, environ=os.environ, overrides=overrides)
    if is_simulated and config.stream.api_mode != "mock":
        mode = config.stream.api_mode
        raise ConfigError((f'stream.api_mode is "{mode}", must be "mock": the prices of --simulator are made up',))
    return config


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tickring-supervisor",
        description="Stream quotes from a gateway into shared memory and files, as a service.",
        epilog="Exit codes: 0 ended as asked; 1 could not start; 2 wrong arguments; 78 wrong configuration.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "-c", "--config", type=Path, metavar="FILE", help="TOML file; without one: as `tickring config check` finds it"
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="one setting; repeats")
    parser.add_argument(
        "--simulator", action="store_true", help="run on a simulated gateway; stream.api_mode must be mock"
    )
    parser.add_argument("--version", action="version", version=f"tickring {metadata.version('tickring')}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
