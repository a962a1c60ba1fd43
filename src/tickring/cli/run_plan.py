"""What `tickring run` is asked for: with which gateway, on which settings.

Without a gateway - neither --gateway nor one in the configuration - it runs on its own simulator, in mode mock and in a
segment of its own name, so that made-up prices stand where nobody looks for real ones. Its database is one of its own
too, with a sample project whose symbols are streamed unless others are named.
"""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tickring.cli.config_options import end_as_wrong, load_or_end
from tickring.config.from_flags import split_flags
from tickring.config.load import Loaded, load_with_origins
from tickring.config.structs import Config

__all__ = ["RunPlan", "plan_run"]

_EMBEDDED = {"segment.name": "sample", "segment.capacity": 1_000, "stream.api_mode": "mock"}
_SAMPLE_DATABASE = "sample.db"


class RunPlan(NamedTuple):
    """A checked configuration, and whether the gateway is our own."""

    config: Config
    is_embedded: bool
    """Only then may the database be given the sample project."""
    notes: list[str]
    reread: Callable[[], Config]
    """Reads the configuration again from the same places, or raises ConfigError."""


def plan_run(gateway: str, file: Path | None, flags: list[str] | None, more: dict[str, str]) -> RunPlan:
    """Return the plan, or end the command. `more`: settings of the command's own options."""
    if gateway:
        more = {**more, **_gateway_settings(gateway)}
    loaded = load_or_end(file, flags, more=more)
    is_embedded = not {"gateway.host", "gateway.port"} & set(loaded.origins)
    presets = _EMBEDDED if is_embedded else {}
    if is_embedded:
        more = {**_sample_database(loaded), **more}
        loaded = load_or_end(file, flags, more=more, presets=presets)
        _refuse_real_modes(loaded)
    elif not loaded.config.stream.symbols and loaded.config.planner.origin in {"auto", "static"}:
        end_as_wrong(
            "stream.symbols is empty, must name what to stream: --symbols SPY,QQQ, or [stream] in the file; or say who "
            "does with planner.origin, for instance --set planner.origin=database"
        )
    overrides = {**split_flags(flags or []), **more}
    reread = partial(load_with_origins, loaded.file, environ=os.environ, overrides=overrides, presets=presets)
    return RunPlan(loaded.config, is_embedded, loaded.notes, lambda: reread().config)


def _sample_database(loaded: Loaded) -> dict[str, str]:
    """Return where the sample lies; nothing where a flag says it. A file's or variable's database is a real one's."""
    if loaded.origin("database.url").kind == "flag":
        return {}
    return {"database.url": f"sqlite:///{Path(loaded.config.files.data_root) / _SAMPLE_DATABASE}"}


def _refuse_real_modes(loaded: Loaded) -> None:
    mode = loaded.config.stream.api_mode
    if mode != "mock":
        origin = loaded.origin("stream.api_mode")
        end_as_wrong(
            f'stream.api_mode is "{mode}" (from {origin}), but no gateway is named, and the simulator\'s prices are '
            "mock; name one with --gateway HOST:PORT, or take the setting out"
        )


def _gateway_settings(text: str) -> dict[str, str]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit():
        end_as_wrong(f"--gateway is {text!r}, must be HOST:PORT, for instance 127.0.0.1:4002 or [::1]:4002")
    return {"gateway.host": host.removeprefix("[").removesuffix("]"), "gateway.port": port}
