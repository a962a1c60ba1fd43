"""What a value must be: said in words, checked, and read from the text of a variable or a flag."""

from typing import Any, cast, get_args

import msgspec
from msgspec import inspect

from tickring.config.settings import Setting

__all__ = ["RuleBroken", "checked", "from_text", "in_toml", "rule_of"]

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class RuleBroken(ValueError):
    """A value is not what its setting asks for. The caller says which, and where it stands."""


def rule_of(setting: Setting) -> str:
    """Return what the value must be: `an integer from 1 to 65535`, `one of "live", "paper", "mock"`."""
    kind = inspect.type_info(setting.type)
    match kind:
        case inspect.BoolType():
            return "true or false"
        case inspect.StrType():
            return "a text"
        case inspect.VarTupleType():
            return "a list of texts"
        case inspect.LiteralType():  # its own `values` are sorted; the order of the annotation means something
            return f"one of {', '.join(_toml(value) for value in get_args(setting.type))}"
        case inspect.IntType() | inspect.FloatType():
            return _range(setting, kind)
        case _:
            raise TypeError(f"{setting.name}: a setting of type {setting.type} has no rule in words")


def checked(setting: Setting, value: object) -> Any:
    """Return the value as the setting's own type.

    Raises:
        RuleBroken: says value and rule.
    """
    try:
        return msgspec.convert(value, setting.type)
    except msgspec.ValidationError:
        raise RuleBroken(f"is {_toml(value)}, must be {rule_of(setting)}") from None


def from_text(setting: Setting, text: str) -> object:
    """Return what a variable's or a flag's text says, for `checked`.

    Truth is true/false, yes/no, on/off or 1/0; integers may be written 0o644; a list has commas between its items.

    Raises:
        RuleBroken: the text is no such thing.
    """
    word = text.strip()
    try:
        match inspect.type_info(setting.type):
            case inspect.BoolType():
                return _truth(word)
            case inspect.IntType() | inspect.LiteralType(values=(int(), *_)):
                return int(word, 0)
            case inspect.FloatType():
                return float(word)
            case inspect.VarTupleType():
                return [item.strip() for item in word.split(",")] if word else []
            case _:
                return text
    except ValueError:
        raise RuleBroken(f"is {text!r}, must be {rule_of(setting)}") from None


def in_toml(setting: Setting, value: object) -> str:
    """Return the value as one would write it into the file."""
    return f"0o{value:o}" if _is_octal(setting) and isinstance(value, int) else _toml(value)


def _truth(word: str) -> bool:
    if word.lower() in _TRUE:
        return True
    if word.lower() in _FALSE:
        return False
    raise ValueError(word)


def _range(setting: Setting, kind: inspect.IntType | inspect.FloatType) -> str:
    noun = "an integer" if isinstance(kind, inspect.IntType) else "a number"
    low = kind.ge if kind.ge is not None else kind.gt
    parts = [noun]
    if low is not None and kind.le is not None and kind.gt is None:
        parts.append(f"from {in_toml(setting, low)} to {in_toml(setting, kind.le)}")
    else:
        if kind.gt is not None:
            parts.append(f"above {in_toml(setting, kind.gt)}")
        elif kind.ge is not None:
            parts.append(f"of at least {in_toml(setting, kind.ge)}")
        if kind.le is not None:
            parts.append(f"{'and ' if low is not None else ''}at most {in_toml(setting, kind.le)}")
    return " ".join(parts)


def _is_octal(setting: Setting) -> bool:
    return setting.key == "file_mode"


def _toml(value: object) -> str:
    """Return a value in TOML's form; what TOML does not know comes as Python shows it."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return msgspec.json.encode(value).decode()  # a JSON string is a TOML basic string
        case list() | tuple():
            return f"[{', '.join(_toml(item) for item in cast('list[object]', value))}]"
        case _:
            return repr(value)
