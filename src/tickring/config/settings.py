"""Every setting by name, taken from the structs, so that nothing has to be written down twice.

Names are `section.key`, and `contracts.<symbol>.key` for contracts, whose symbols are the user's.
"""

import ast
import inspect
import re
import sys
from functools import cache
from typing import Any, NamedTuple

import msgspec

from tickring.config.structs import Config, ContractConfig

__all__ = ["CONTRACTS", "Setting", "contract_settings", "name_of", "section_texts", "sections", "settings"]

CONTRACTS = "contracts"
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_VARIABLE_PREFIX = "TICKRING_"


class Setting(NamedTuple):
    """One field of a section."""

    section: str
    key: str
    type: Any
    """As annotated, with its range."""
    default: Any
    text: str
    """What it is, from the struct's own documentation."""

    @property
    def name(self) -> str:
        """`gateway.port`."""
        return f"{self.section}.{self.key}"

    @property
    def variable(self) -> str:
        """`TICKRING_GATEWAY_PORT`."""
        return f"{_VARIABLE_PREFIX}{self.section}_{self.key}".upper()


def name_of(path: tuple[str, ...]) -> str:
    """Return the dotted name, quoted where TOML wants it: `contracts."BRK B".symbol`."""
    return ".".join(part if _BARE.fullmatch(part) else msgspec.json.encode(part).decode() for part in path)


@cache
def settings() -> dict[str, Setting]:
    """Return every setting by its name, contracts aside, in the order of the structs."""
    return {
        setting.name: setting
        for section, struct in sections().items()
        for setting in _settings_of(section, struct).values()
    }


@cache
def contract_settings() -> dict[str, Setting]:
    """Return what may be said of one contract, by key."""
    return _settings_of(CONTRACTS, ContractConfig)


@cache
def sections() -> dict[str, type[msgspec.Struct]]:
    """Return the structs of the sections by name, contracts aside."""
    return {field.name: field.type for field in msgspec.structs.fields(Config) if field.name != CONTRACTS}


@cache
def section_texts() -> dict[str, str]:
    """Return the first line of each section's documentation, contracts included."""
    return {
        section: (struct.__doc__ or "").partition("\n")[0]
        for section, struct in {**sections(), CONTRACTS: ContractConfig}.items()
    }


def _settings_of(section: str, struct: type[msgspec.Struct]) -> dict[str, Setting]:
    texts = _field_texts()[struct.__name__]
    return {
        field.name: Setting(section, field.name, field.type, field.default, texts.get(field.name, ""))
        for field in msgspec.structs.fields(struct)
    }


@cache
def _field_texts() -> dict[str, dict[str, str]]:
    """Return, by struct and field, the string that follows each field: at run time only the source knows it."""
    texts: dict[str, dict[str, str]] = {}
    modules = {struct.__module__ for struct in (*sections().values(), ContractConfig)}
    trees = (ast.parse(inspect.getsource(sys.modules[name])) for name in sorted(modules))
    for node in (node for tree in trees for node in tree.body):
        if isinstance(node, ast.ClassDef):
            fields = texts[node.name] = {}
            for field, after in zip(node.body, node.body[1:], strict=False):
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    match after:
                        case ast.Expr(value=ast.Constant(value=str(text))):
                            fields[field.target.id] = " ".join(text.split())
                        case _:
                            pass
    return texts
