"""The template, the page and the shown configuration are made from the structs and say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tickring.config.load import load, load_with_origins
from tickring.config.settings import contract_settings, sections, settings
from tickring.config.show import show, values_of
from tickring.config.structs import Config, ContractConfig
from tickring.config.template import template
from tickring.config.toml_lines import lines_of_keys
from tools.configuration_page import END, PAGE, START, tables

SETTINGS = [*settings().values(), *contract_settings().values()]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_says_what_it_is(setting: object) -> None:
    """The struct has a sentence behind every field."""
    text = getattr(setting, "text", "")
    assert len(text) > 3
    assert text[-1] in ".`…"


def test_the_template_sets_nothing(tmp_path: Path) -> None:
    """As it is written it is the defaults."""
    path = tmp_path / "tickring.toml"
    path.write_text(template())
    loaded = load_with_origins(path, environ={}, overrides={})

    assert loaded.config == Config()
    assert loaded.origins == {}


def test_every_line_of_the_template_sets_the_default(tmp_path: Path) -> None:
    """With the '#' before assignments and tables gone it sets every setting there is, to what it is anyway."""
    path = tmp_path / "tickring.toml"
    path.write_text(re.sub(r"^#(?=[\[a-z])", "", template(), flags=re.MULTILINE))
    loaded = load_with_origins(path, environ={}, overrides={"stream.symbols": "SHOP"})

    assert loaded.config.contracts == {"SHOP": ContractConfig()}
    named = {*settings(), *(f"contracts.SHOP.{key}" for key in contract_settings())}
    assert set(loaded.origins) == named
    for section in sections():
        if section != "stream":
            assert getattr(loaded.config, section) == getattr(Config(), section)


def test_the_page_is_what_the_structs_say() -> None:
    """docs/configuration.md is written by tools/configuration_page.py; run it after a change."""
    page = PAGE.read_text()
    assert page[page.index(START) + len(START) : page.index(END)].strip() == tables().strip()


def test_what_is_shown_can_be_loaded_again(tmp_path: Path) -> None:
    """`config show` is TOML, and says the same configuration."""
    overrides = {"stream.symbols": "BRK B,SPY", 'contracts."BRK B".con_id': "72063691", "files.file_mode": "0o600"}
    loaded = load_with_origins(None, environ={}, overrides=overrides)
    path = tmp_path / "shown.toml"
    path.write_text(show(loaded))

    assert load(path, environ={}, overrides={}) == loaded.config
    origins = {row.name: str(row.origin) for row in values_of(loaded)}
    assert origins['contracts."BRK B".con_id'] == '--set contracts."BRK B".con_id'
    assert origins["gateway.port"] == "default"


def test_lines_are_found_through_strings_and_lists_of_several_lines() -> None:
    """Whatever TOML allows, each key has the line where it begins."""
    text = (
        '# head\n[a]\nx = """\n[b]\ny = 1\n"""\nz = [\n  "[c]",\n]\n\n'
        '[contracts."BRK.B"]\nsymbol = "\u0085"\n[[t]]\nk.l = 1\n'
    )
    lines = lines_of_keys(text)

    assert lines == {
        ("a",): 2,
        ("a", "x"): 3,
        ("a", "z"): 7,
        ("contracts",): 11,
        ("contracts", "BRK.B"): 11,
        ("contracts", "BRK.B", "symbol"): 12,
        ("t",): 13,
        ("t", "k"): 14,
        ("t", "k", "l"): 14,
    }
