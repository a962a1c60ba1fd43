"""Settings from the command line: `--set gateway.port=4001`, `--set 'contracts."BRK.B".symbol=BRK B'`."""

from collections.abc import Iterable, Mapping

from tickring.config.nearest import did_you_mean
from tickring.config.origin import Given, Origin
from tickring.config.settings import CONTRACTS, contract_settings, settings
from tickring.config.toml_lines import path_of
from tickring.errors import ConfigError

__all__ = ["read_flags", "split_flags"]


def split_flags(flags: Iterable[str]) -> dict[str, str]:
    """Return name and value of each `name=value`; of two with the same name the later counts.

    Raises:
        ConfigError: one has no `=`.
    """
    wrong = tuple(f"--set {flag} has no value; write --set section.key=value" for flag in flags if "=" not in flag)
    if wrong:
        raise ConfigError(wrong)
    return {name.strip(): value for name, _, value in (flag.partition("=") for flag in flags)}


def read_flags(overrides: Mapping[str, str]) -> tuple[list[Given], list[str]]:
    """Return the values that flags give, and which names are no setting."""
    given: list[Given] = []
    problems: list[str] = []
    for name, text in overrides.items():
        path = path_of(name)
        if _is_setting(path):
            given.append(Given(path, text, is_text=True, origin=Origin("flag", f"--set {name}")))
        elif path[:1] == (CONTRACTS,):
            hint = did_you_mean(path[-1], contract_settings()) or f"; write --set {CONTRACTS}.SYMBOL.currency=CAD"
            problems.append(f"--set {name}: no setting of a contract{hint}")
        else:
            problems.append(f"--set {name}: no setting{did_you_mean(name, settings())}")
    return given, problems


def _is_setting(path: tuple[str, ...]) -> bool:
    if len(path) == 3:
        return path[0] == CONTRACTS and path[2] in contract_settings()
    return ".".join(path) in settings()
