"""Where settings come from, which of them counts, and everything that is wrong told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.config.from_flags import split_flags
from tickring.config.load import load, load_with_origins
from tickring.config.origin import OriginKind
from tickring.config.settings import settings
from tickring.config.structs import Config
from tickring.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No ./tickring.toml of the developer counts."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def toml(tmp_path: Path) -> Callable[[str], Path]:
    """Write a file and return its path."""

    def write(text: str) -> Path:
        path = tmp_path / "desk.toml"
        path.write_text(text)
        return path

    return write


def problems(path: Path | None = None, **sources: dict[str, str]) -> tuple[str, ...]:
    """Load, and return what is wrong."""
    with pytest.raises(ConfigError) as caught:
        load(path, environ=sources.get("environ", {}), overrides=sources.get("overrides", {}))
    return caught.value.problems


# ---- sources ---------------------------------------------------------------------------------------------------------


def test_nothing_given_is_the_defaults() -> None:
    """No file, no variable, no flag: the structs as they stand."""
    assert load(None, environ={}, overrides={}) == Config()


def test_later_sources_are_stronger_and_each_value_knows_its_own(toml: Callable[[str], Path]) -> None:
    """Preset, file, variable, flag: the last one counts, and its place is kept."""
    file = toml('[gateway]\nport = 1\nclient_id = 2\nhost = "file"\n\n[stream]\nsymbols = ["A"]\n')
    loaded = load_with_origins(
        file,
        environ={"TICKRING_GATEWAY_CLIENT_ID": "20", "TICKRING_GATEWAY_HOST": "variable"},
        overrides={"gateway.host": "flag"},
        presets={"stream.symbols": ["B"], "segment.name": "preset", "gateway.port": 100},
    )

    gateway = loaded.config.gateway
    assert (gateway.port, gateway.client_id, gateway.host) == (1, 20, "flag")
    assert loaded.config.stream.symbols == ("A",)
    assert loaded.config.segment.name == "preset"
    names = ("gateway.port", "gateway.client_id", "gateway.host", "segment.name", "segment.depth")
    kinds: list[OriginKind] = [loaded.origin(name).kind for name in names]
    assert kinds == ["file", "environment", "flag", "preset", "default"]
    assert str(loaded.origin("gateway.port")) == f"{file}:2"
    assert str(loaded.origin("stream.symbols")) == f"{file}:7"
    assert str(loaded.origin("gateway.client_id")) == "TICKRING_GATEWAY_CLIENT_ID"


def test_the_file_that_is_named_counts_then_the_variables_then_the_one_here(tmp_path: Path) -> None:
    """`path` before TICKRING_CONFIG before ./tickring.toml."""
    for name, port in (("a.toml", 1), ("b.toml", 2), ("tickring.toml", 3)):
        (tmp_path / name).write_text(f"gateway.port = {port}\n")
    by_variable = {"TICKRING_CONFIG": "b.toml"}

    assert load(tmp_path / "a.toml", environ=by_variable, overrides={}).gateway.port == 1
    assert load(None, environ=by_variable, overrides={}).gateway.port == 2
    assert load(None, environ={}, overrides={}).gateway.port == 3


def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A slip in the name never means the defaults."""
    (text,) = problems(tmp_path / "no.toml")
    assert "no.toml is not there" in text
    (text,) = problems(None, environ={"TICKRING_CONFIG": "nowhere.toml"})
    assert "TICKRING_CONFIG" in text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[gateway\nport = 1", "line 1"),
        (b"[gateway]\nport = 0644\n", "line 2"),
        (b"a = '\xff'", "UTF-8"),
        (b"[log]\nlevel = 'info'\nlevel = 'info'\n", "line 3"),
    ],
)
def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path: Path, content: bytes, words: str) -> None:
    """The parser's own words with the file's name."""
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    (text,) = problems(path)
    assert str(path) in text
    assert words in text


def test_a_directory_is_not_a_file(tmp_path: Path) -> None:
    """What cannot be read is named."""
    (text,) = problems(tmp_path)
    assert "cannot be read: Is a directory" in text


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("files.fsync", "Yes", True),
        ("files.fsync", "0", False),
        ("files.file_mode", "0o600", 0o600),
        ("segment.heartbeat_limit_s", "3", 3.0),
        ("stream.symbols", "SPY, BRK B ,QQQ", ("SPY", "BRK B", "QQQ")),
        ("stream.symbols", "", ()),
        ("stream.api_mode", "live", "live"),
        ("gateway.market_data_type", "3", 3),
    ],
)
def test_texts_of_variables_and_flags_become_values(name: str, text: str, value: object) -> None:
    """Both read the same texts."""
    section, key = name.split(".")
    by_flag = load(None, environ={}, overrides={name: text})
    by_variable = load(None, environ={f"TICKRING_{section}_{key}".upper(): text}, overrides={})

    assert by_flag == by_variable
    assert getattr(getattr(by_flag, section), key) == value


def test_contracts_come_from_tables_and_flags(toml: Callable[[str], Path]) -> None:
    """A symbol with dots or spaces is quoted, as TOML has it."""
    file = toml('[stream]\nsymbols = ["SHOP", "BRK.B"]\n[contracts.SHOP]\ncurrency = "CAD"\nprimary_exchange = "TSE"\n')
    loaded = load_with_origins(file, environ={}, overrides={'contracts."BRK.B".symbol': "BRK B"})

    assert loaded.config.contracts["SHOP"].currency == "CAD"
    assert loaded.config.contracts["BRK.B"].symbol == "BRK B"
    assert str(loaded.origin("contracts.SHOP.currency")) == f"{file}:4"
    assert loaded.notes == []


def test_the_segment_that_is_looked_at_is_the_one_that_is_made() -> None:
    """TICKRING_SEGMENT serves `top` and `run`; the setting's own variable is stronger."""
    assert load(None, environ={"TICKRING_SEGMENT": "desk"}, overrides={}).segment.name == "desk"
    both = {"TICKRING_SEGMENT": "desk", "TICKRING_SEGMENT_NAME": "other"}
    assert load(None, environ=both, overrides={}).segment.name == "other"


@pytest.mark.parametrize(
    "variable",
    ["TICKRING_API_MODE", "TICKRING_SERVICE_HOST", "TICKRING_PORT_4002_TCP_ADDR", "TICKRING_FEED_SERVICE_PORT", "HOME"],
)
def test_variables_that_are_not_ours_are_left_alone(variable: str) -> None:
    """What other commands and container managers set stops nobody."""
    assert load(None, environ={variable: "x"}, overrides={}) == Config()


# ---- what is wrong ---------------------------------------------------------------------------------------------------


def test_everything_that_is_wrong_is_told_at_once_with_its_place(toml: Callable[[str], Path]) -> None:
    """Slips, ranges, types, sections and rules between settings, from all sources, in one error."""
    file = toml(
        "port = 4002\n[gateway]\nprt = 4001\nport = 99999\nhost = 3\n[segment]\ndepth = 100\n[segmnt]\nname = 'x'\n"
        "[stream]\nsymbols = ['SPY',\n  'SPY']\n[contracts.SHOP]\ncurency = 'CAD'\n"
    )
    told = problems(
        file,
        environ={"TICKRING_GATEWAY_PRT": "3"},
        overrides={"gateway.hots": "d", "files.fsync": "maybe", "contracts.X.curr": "1"},
    )

    expected = [
        f'port is no setting outside a table; did you mean "gateway.port"? (from {file}:1)',
        f'gateway.prt is no setting; did you mean "port"? (from {file}:3)',
        f'[segmnt] is no section; did you mean "segment"? (from {file}:9)',
        f'contracts.SHOP.curency is no setting; did you mean "currency"? (from {file}:14)',
        'TICKRING_GATEWAY_PRT is no setting; did you mean "TICKRING_GATEWAY_PORT"?',
        '--set gateway.hots: no setting; did you mean "gateway.host"?',
        '--set contracts.X.curr: no setting of a contract; did you mean "currency"?',
        f"gateway.port is 99999, must be an integer from 1 to 65535 (from {file}:4)",
        f"gateway.host is 3, must be a text (from {file}:5)",
        "files.fsync is 'maybe', must be true or false (from --set files.fsync)",
        f"segment.depth is 100, must be a power of two: 64 or 128 (from {file}:7)",
        f"stream.symbols has 'SPY' 2 times; once is enough (from {file}:11)",
    ]
    assert list(told) == expected


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("gateway.port", "0", "an integer from 1 to 65535"),
        ("gateway.port", "4.5", "an integer from 1 to 65535"),
        ("feeder.retry_s", "nan", "a number above 0 and at most 86400"),
        ("feeder.retry_s", "inf", "a number above 0 and at most 86400"),
        ("feeder.retry_s", "-1", "a number above 0 and at most 86400"),
        ("files.file_mode", "644", "an integer from 0o400 to 0o666"),
        ("files.file_mode", "0644", "an integer from 0o400 to 0o666"),
        ("stream.api_mode", "Live", 'one of "live", "paper", "mock"'),
        ("gateway.market_data_type", "5", "one of 1, 2, 3, 4"),
        ("segment.name", "a b", "is not a segment name"),
        ("segment.vouch_limit_s", "0.01", "from 0.05 to 86400 seconds"),
        ("segment.heartbeat_limit_s", "301", "from 0.05 to 300 seconds"),
        ("feeder.heartbeat_period_s", "0.6", "at most half of segment.heartbeat_limit_s"),
        ("gateway.backoff_first_s", "61", "more than gateway.backoff_limit_s (60)"),
        ("supervisor.restart_first_s", "31", "more than supervisor.restart_limit_s (30)"),
        ("stream.symbols", "SPY,../x", "is not a symbol"),
        ("stream.symbols", "SPY,", "is not a symbol"),
    ],
)
def test_a_broken_rule_names_setting_value_rule_and_place(name: str, text: str, rule: str) -> None:
    """One value, one text."""
    (told,) = problems(overrides={name: text})
    assert told.startswith(name)
    assert rule in told
    assert f"--set {name}" in told


def test_more_symbols_than_the_segment_holds_are_refused() -> None:
    """The directory would be full at the start."""
    (told,) = problems(overrides={"segment.capacity": "2", "stream.symbols": "A,B,C"})
    assert "segment.capacity is 2, but stream.symbols has 3" in told


@pytest.mark.parametrize(
    "contracts",
    [
        {'contracts."BRK.B".symbol': "BRK B"},
        {'contracts."BRK.B".symbol': "brk b"},
        {'contracts."BRK.B".con_id': "72063691", 'contracts."BRK B".con_id': "72063691"},
    ],
)
def test_two_symbols_that_name_one_contract_are_refused(contracts: dict[str, str]) -> None:
    """One contract streams under one name."""
    (told,) = problems(overrides={"stream.symbols": "BRK B,BRK.B", **contracts})
    assert "'BRK B' and 'BRK.B'" in told
    assert "take one out, or tell them apart" in told


def test_one_name_on_two_exchanges_is_two_contracts() -> None:
    """Ours differ, IB's is the same, exchange and currency tell them apart."""
    canada = {"contracts.RY-CA.symbol": "RY", "contracts.RY-CA.currency": "CAD"}
    config = load(None, environ={}, overrides={"stream.symbols": "RY,RY-CA", **canada})
    assert config.contracts["RY-CA"].symbol == "RY"


def test_contracts_of_no_symbol_are_a_note() -> None:
    """They may be meant for one that is added later: said, not refused."""
    loaded = load_with_origins(
        None, environ={}, overrides={"stream.symbols": "SHOP,SPY", "contracts.SHP.currency": "CAD"}
    )
    assert loaded.notes == ["contracts.SHP is not used: stream.symbols has no 'SHP'; did you mean 'SHOP'?"]


def test_contracts_are_not_read_from_variables() -> None:
    """A symbol's letters cannot be told from the key's."""
    (told,) = problems(environ={"TICKRING_CONTRACTS_SHOP_CURRENCY": "CAD"})
    assert "use the file, or --set" in told


def test_a_flag_without_a_value_is_refused() -> None:
    """`--set gateway.port` alone means nothing."""
    with pytest.raises(ConfigError, match=r"--set gateway\.port has no value"):
        split_flags(["gateway.port"])
    assert split_flags(["a.b=1=2", "a.b=3", " c.d =4"]) == {"a.b": "3", "c.d": "4"}


# ---- whatever is thrown at it ----------------------------------------------------------------------------------------

_texts = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@given(overrides=st.dictionaries(st.one_of(_texts, st.sampled_from(sorted(settings()))), _texts, max_size=4))
def test_flags_load_or_are_refused_never_anything_else(overrides: dict[str, str]) -> None:
    """Any text as name or value is a configuration or a ConfigError with at least one problem."""
    try:
        config: Config | None = load(None, environ={}, overrides=overrides)
    except ConfigError as error:
        told: tuple[str, ...] = error.problems
        config = None
    else:
        told = ()
    assert (config is None) == bool(told)
    assert config is None or msgspec.convert(msgspec.to_builtins(config), Config) == config


_scalars = st.one_of(st.booleans(), st.integers(-(2**40), 2**40), st.floats(), _texts, st.lists(_texts, max_size=2))


@given(
    values=st.dictionaries(st.sampled_from(sorted(settings())), _scalars, max_size=5),
)
def test_files_load_or_are_refused_never_anything_else(
    values: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Any value of any type under any setting's name; what is wrong names the line it stands in."""
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text("".join(f"{name} = {_toml(value)}\n" for name, value in values.items()), encoding="utf-8")
    try:
        load(path, environ={}, overrides={})
        told: tuple[str, ...] = ()
    except ConfigError as error:
        told = error.problems
    lines = {name: number for number, name in enumerate(values, start=1)}
    for problem in told:
        name = problem.split(" ", 1)[0]
        assert name not in lines or f"{path}:{lines[name]}" in problem


def _toml(value: object) -> str:
    if isinstance(value, float):
        return repr(value)
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007F")
