"""The TOML file: which one, what stands in it, and in which line."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from tickring.config.nearest import did_you_mean
from tickring.config.origin import Given, Origin
from tickring.config.settings import CONTRACTS, contract_settings, name_of, sections, settings
from tickring.config.toml_lines import lines_of_keys
from tickring.errors import ConfigError

__all__ = ["FILE_VARIABLE", "PLACES", "find_file", "read_file"]

FILE_VARIABLE = "TICKRING_CONFIG"
PLACES = ("tickring.toml", "/etc/tickring/tickring.toml")
"""Where a file is looked for when none is named; the first counts."""


def find_file(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Return the file that counts; None where there is none, which is fine.

    Raises:
        ConfigError: the file that `path` or the variable names is not there.
    """
    named = environ.get(FILE_VARIABLE, "")
    if path is None and not named:
        return next((place for place in map(Path, PLACES) if place.is_file()), None)
    chosen, how = (path, "") if path is not None else (Path(named), f" (from {FILE_VARIABLE})")
    if not chosen.exists():
        raise ConfigError((f"{chosen} is not there{how}; `tickring config init {chosen}` makes it",))
    return chosen


def read_file(path: Path) -> tuple[list[Given], list[str]]:
    """Return the values of a file, and what in it is no setting.

    Raises:
        ConfigError: it cannot be read or is not TOML; the text has the line.
    """
    try:
        text = path.read_bytes().decode()
        said = tomllib.loads(text)
    except OSError as error:
        raise ConfigError((f"{path} cannot be read: {error.strerror}",)) from None
    except UnicodeDecodeError as error:
        raise ConfigError((f"{path} is not UTF-8: byte {error.start} is 0x{error.object[error.start]:02x}",)) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError((f"{path} is not TOML: {error}",)) from None
    lines = lines_of_keys(text)
    given: list[Given] = []
    problems: list[str] = []
    for keys, value in _leaves(said):
        place = Origin("file", f"{path}:{lines[keys]}" if keys in lines else str(path))
        problem = _not_a_setting(keys, value)
        if problem is None:
            given.append(Given(keys, value, is_text=False, origin=place))
        elif problem:
            problems.append(f"{problem} (from {place})")
    return given, problems


def _leaves(said: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give every `section.key` and `contracts.symbol.key`, and whatever is not as deep as it should be."""
    for section, table in said.items():
        if not isinstance(table, dict):
            yield (section,), table
            continue
        for key, value in cast("dict[str, object]", table).items():
            if section == CONTRACTS and isinstance(value, dict):
                words = cast("dict[str, object]", value)
                yield from (((section, key, inner), one) for inner, one in words.items())
            else:
                yield (section, key), value
        if section not in sections() and not table:
            yield (section,), table


def _not_a_setting(keys: tuple[str, ...], value: object) -> str | None:
    """Return None for a setting, else what is wrong; "" where that has been said of the whole table."""
    section, *rest = keys
    if section == CONTRACTS:
        if len(keys) == 3:
            if rest[1] in contract_settings():
                return None
            return f"{name_of(keys)} is no setting{did_you_mean(rest[1], contract_settings())}"
        return f"{name_of(keys)} must be a table of its own: [contracts.SYMBOL]"
    if section in sections():
        if not rest:
            return f"{section} is {value!r}, must be a table: [{section}]"
        if ".".join(keys) in settings():
            return None
        return f"{name_of(keys)} is no setting{_nearest_setting(section, rest[0])}"
    if not rest and not isinstance(value, dict):
        return f"{section} is no setting outside a table{_nearest_setting('', section)}"
    return f"[{section}] is no section{did_you_mean(section, [*sections(), CONTRACTS])}"


def _nearest_setting(section: str, key: str) -> str:
    """Prefer a key of the same section; otherwise name one elsewhere, with its section."""
    own = [one.key for one in settings().values() if one.section == section]
    return did_you_mean(key, own) or _elsewhere(key)


def _elsewhere(key: str) -> str:
    same = [one.name for one in settings().values() if one.key == key]
    return f'; did you mean "{same[0]}"?' if same else did_you_mean(key, settings())
