"""A TOML file with every setting, its range and its default, written from the structs: it cannot be out of date."""

import textwrap
from collections.abc import Iterator

from tickring.config.rules import in_toml, rule_of
from tickring.config.settings import CONTRACTS, Setting, contract_settings, section_texts, sections, settings

__all__ = ["template"]

_COLUMNS = 110
_HEAD = """\
Configuration of tickring. Every line that is not set keeps its default, which is what stands behind the '#'.
Stronger than this file: the environment (gateway.port is TICKRING_GATEWAY_PORT), then --set gateway.port=4001.
`tickring config check` says what is wrong, `tickring config show` what counts and why."""


def template() -> str:
    """Return the file. Nothing is set in it: with the '#' taken away every line sets the default."""
    lines = [*_comment(_HEAD)]
    for section in sections():
        lines += ["", *_comment(section_texts()[section]), f"[{section}]"]
        for setting in settings().values():
            if setting.section == section:
                lines += _entry(setting)
    lines += ["", *_comment(f"{section_texts()[CONTRACTS]} One table per symbol.")]
    lines += ["#[contracts.SHOP]"]
    for setting in contract_settings().values():
        lines += _entry(setting)
    return "\n".join(lines) + "\n"


def _entry(setting: Setting) -> Iterator[str]:
    rule = rule_of(setting)
    yield from _comment(f"{setting.text} {rule[0].upper()}{rule[1:]}.")
    yield f"#{setting.key} = {in_toml(setting, setting.default)}"


def _comment(text: str) -> Iterator[str]:
    for paragraph in text.split("\n"):
        yield from (f"# {line}" for line in textwrap.wrap(paragraph, _COLUMNS))
