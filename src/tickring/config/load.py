"""Put the configuration together: defaults, then the file, then variables, then flags; the later counts.

Called once per process, at the edge; nothing below reads files or the environment. All that is wrong is told at once.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tickring.config.checks import find_problems, unused_contracts
from tickring.config.from_environment import read_environment
from tickring.config.from_file import find_file, read_file
from tickring.config.from_flags import read_flags
from tickring.config.origin import DEFAULT, Given, Origin
from tickring.config.rules import RuleBroken, checked, from_text
from tickring.config.settings import CONTRACTS, Setting, contract_settings, name_of, sections, settings
from tickring.config.structs import Config, ContractConfig
from tickring.errors import ConfigError

__all__ = ["Loaded", "load", "load_with_origins"]


class Loaded(NamedTuple):
    """A configuration, and how it came about."""

    config: Config
    origins: dict[str, Origin]
    """By name (`gateway.port`, `contracts.SHOP.currency`), for every value that is no default."""
    file: Path | None
    notes: list[str]
    """What is not wrong but worth a look."""

    def origin(self, name: str) -> Origin:
        """Return where the value of a setting came from."""
        return self.origins.get(name, DEFAULT)


def load(path: Path | None, *, environ: Mapping[str, str], overrides: Mapping[str, str]) -> Config:
    """Return the configuration.

    The file is `path`, else the one that TICKRING_CONFIG names, else ./tickring.toml, else
    /etc/tickring/tickring.toml; none is fine. `environ` is the environment, `overrides` the flags by name
    (`{"gateway.port": "4001"}`).

    Raises:
        ConfigError: something is wrong; tells all of it, with values, rules and places.
    """
    return load_with_origins(path, environ=environ, overrides=overrides).config


def load_with_origins(
    path: Path | None,
    *,
    environ: Mapping[str, str],
    overrides: Mapping[str, str],
    presets: Mapping[str, Any] | None = None,
) -> Loaded:
    """Return the configuration with the origin of every value; see `load`.

    `presets` are a command's own defaults by name, weaker than all else.
    """
    file = find_file(path, environ)
    given = [
        Given(tuple(name.split(".")), value, is_text=False, origin=Origin("preset"))
        for name, value in (presets or {}).items()
    ]
    problems: list[str] = []
    readers: list[Callable[[], tuple[list[Given], list[str]]]] = [
        *([lambda: read_file(file)] if file is not None else []),
        lambda: read_environment(environ),
        lambda: read_flags(overrides),
    ]
    for read in readers:
        more, wrong = read()
        given += more
        problems += wrong
    values, origins = _checked(given, problems)
    config = _build(values)
    # A value that broke its rule is its default here: what several settings must be together is still told.
    problems += find_problems(config, origins)
    if problems:
        raise ConfigError(tuple(problems))
    return Loaded(config, origins, file, unused_contracts(config))


def _checked(given: list[Given], problems: list[str]) -> tuple[dict[tuple[str, ...], Any], dict[str, Origin]]:
    """Return what counts, by path; add to `problems` what breaks its rule, even where a stronger value hides it."""
    values: dict[tuple[str, ...], Any] = {}
    origins: dict[str, Origin] = {}
    for one in given:
        setting = _setting_of(one.path)
        try:
            value = from_text(setting, str(one.value)) if one.is_text else one.value
            values[one.path] = checked(setting, value)
        except RuleBroken as broken:
            problems.append(f"{name_of(one.path)} {broken} (from {one.origin})")
        else:
            origins[name_of(one.path)] = one.origin
    return values, origins


def _setting_of(path: tuple[str, ...]) -> Setting:
    return contract_settings()[path[2]] if path[0] == CONTRACTS else settings()[".".join(path)]


def _build(values: Mapping[tuple[str, ...], Any]) -> Config:
    by_table: dict[tuple[str, ...], dict[str, Any]] = {}
    for path, value in values.items():
        by_table.setdefault(path[:-1], {})[path[-1]] = value
    contracts = {path[1]: ContractConfig(**words) for path, words in by_table.items() if path[0] == CONTRACTS}
    parts: dict[str, msgspec.Struct] = {
        section: struct(**by_table.get((section,), {})) for section, struct in sections().items()
    }
    return Config(contracts=contracts, **parts)  # type: ignore[arg-type]
