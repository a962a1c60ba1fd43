"""What several settings must be together, beyond the range of each."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from tickring import _core
from tickring.config.alert_checks import of_alerts
from tickring.config.nearest import nearest
from tickring.config.origin import DEFAULT, Origin
from tickring.config.settings import CONTRACTS, name_of
from tickring.config.structs import Config, ContractConfig
from tickring.errors import InvalidName, InvalidSymbol
from tickring.names import segment_directory

__all__ = ["contract_of", "find_problems", "unused_contracts"]

_LIMIT_RANGES_S = {"heartbeat_limit_s": (0.05, 300.0), "vouch_limit_s": (0.05, 86_400.0)}
"""What the segment's header takes."""
_LARGEST_CLIENT_ID = 2**31 - 1
_PASSWORD = re.compile(r"[^:/?#]+://[^/?#@]*:[^/?#]*@|.*[?&]password=")
_CALENDAR_ENTRY = re.compile(r"[A-Z0-9._]+=[A-Za-z0-9/_]+")


def contract_of(config: Config, symbol: str) -> ContractConfig:
    """Return how a symbol is named to IB: its own entry, or a US stock over SMART of the same name."""
    return config.contracts.get(symbol, ContractConfig())


def find_problems(config: Config, origins: Mapping[str, Origin]) -> list[str]:
    """Return what is wrong, each with where it came from; the ranges of single settings hold already."""
    problems: list[str] = []
    parts = (_of_segment, _of_times, _of_gateway, _of_symbols, _of_sessions, _of_planner, of_alerts)
    for name, text in (problem for part in parts for problem in part(config)):
        origin = origins.get(name, DEFAULT)
        problems.append(f"{name} {text}" + (f" (from {origin})" if origin.kind != "default" else ""))
    return problems


def unused_contracts(config: Config) -> list[str]:
    """Return a note for each contract that belongs to no symbol: fine for one that is added later, or a slip."""
    notes: list[str] = []
    for symbol in config.contracts:
        if symbol not in config.stream.symbols:
            meant = nearest(symbol, [one for one in config.stream.symbols if one not in config.contracts])
            hint = f"; did you mean {meant!r}?" if meant is not None else ""
            notes.append(f"{name_of((CONTRACTS, symbol))} is not used: stream.symbols has no {symbol!r}{hint}")
    return notes


def _of_segment(config: Config) -> Iterator[tuple[str, str]]:
    segment = config.segment
    if segment.depth & (segment.depth - 1):
        lower = 1 << (segment.depth.bit_length() - 1)
        yield "segment.depth", f"is {segment.depth}, must be a power of two: {lower} or {2 * lower}"
    try:
        segment_directory(segment.name)
    except InvalidName as error:
        yield "segment.name", f"is wrong: {error}"
    for key, (low, high) in _LIMIT_RANGES_S.items():
        value = getattr(segment, key)
        if not low <= value <= high:
            yield f"segment.{key}", f"is {value:g}, must be from {low:g} to {high:g} seconds"
    if len(config.stream.symbols) > segment.capacity:
        yield "segment.capacity", f"is {segment.capacity}, but stream.symbols has {len(config.stream.symbols)}"


def _of_times(config: Config) -> Iterator[tuple[str, str]]:
    period_s, limit_s = config.feeder.heartbeat_period_s, config.segment.heartbeat_limit_s
    if period_s * 2 > limit_s:
        yield (
            "feeder.heartbeat_period_s",
            f"is {period_s:g}, must be at most half of segment.heartbeat_limit_s ({limit_s:g}), or it reads feed_down",
        )
    limit_s = config.supervisor.heartbeat_limit_s
    if period_s * 2 > limit_s:
        yield (
            "supervisor.heartbeat_limit_s",
            f"is {limit_s:g}, must be at least twice feeder.heartbeat_period_s ({period_s:g}), or every feeder hangs",
        )
    pairs = (
        ("gateway", config.gateway.backoff_first_s, config.gateway.backoff_limit_s, "backoff"),
        ("supervisor", config.supervisor.restart_first_s, config.supervisor.restart_limit_s, "restart"),
    )
    for section, first_s, limit_s, word in pairs:
        if first_s > limit_s:
            yield f"{section}.{word}_first_s", f"is {first_s:g}, more than {section}.{word}_limit_s ({limit_s:g})"


def _of_gateway(config: Config) -> Iterator[tuple[str, str]]:
    gateway = config.gateway
    if gateway.client_id + gateway.client_id_pool > _LARGEST_CLIENT_ID:
        rule = f"must be at most {_LARGEST_CLIENT_ID} together with gateway.client_id"
        yield "gateway.client_id_pool", f"is {gateway.client_id_pool}, {rule}"
    verdict_s = gateway.probe_after_s + gateway.probe_answer_s
    if verdict_s > gateway.probe_limit_s:
        rule = f"must be at least probe_after_s + probe_answer_s ({verdict_s:g}), or one that answers is given up"
        yield "gateway.probe_limit_s", f"is {gateway.probe_limit_s:g}, {rule}"


def _of_symbols(config: Config) -> Iterator[tuple[str, str]]:
    symbols = config.stream.symbols
    for symbol, times in Counter(symbols).items():
        if times > 1:
            yield "stream.symbols", f"has {symbol!r} {times} times; once is enough"
    for name, where in [
        *((symbol, "stream.symbols") for symbol in dict.fromkeys(symbols)),
        *((symbol, name_of((CONTRACTS, symbol))) for symbol in config.contracts),
    ]:
        try:
            _core.check_symbol(name)
        except InvalidSymbol as error:
            yield where, f"is wrong: {error}"
    meant: dict[object, str] = {}
    for symbol in dict.fromkeys(symbols):
        contract = contract_of(config, symbol)
        first = meant.setdefault(_identity(symbol, contract), symbol)
        if first != symbol:
            what = f"contract id {contract.con_id}" if contract.con_id else "the same contract"
            where = name_of((CONTRACTS, symbol))
            next_step = f"take one out, or tell them apart by exchange, currency or con_id under [{where}]"
            yield "stream.symbols", f"has {first!r} and {symbol!r}, which are {what}: {next_step}"


def _of_sessions(config: Config) -> Iterator[tuple[str, str]]:
    for entry in config.sessions.calendars:
        if not _CALENDAR_ENTRY.fullmatch(entry):
            yield "sessions.calendars", f"has {entry!r}, must be EXCHANGE=CALENDAR, for instance HKFE=XHKG"


def _identity(symbol: str, contract: ContractConfig) -> object:
    """Return what IB would tell two contracts apart by. Capitals do not matter to IB."""
    if contract.con_id:
        return contract.con_id, contract.exchange.upper()
    words = (
        *(contract.symbol or symbol, contract.sec_type, contract.exchange, contract.primary_exchange),
        *(contract.currency, contract.local_symbol, contract.trading_class),
    )
    return tuple(word.upper() for word in words)


def _of_planner(config: Config) -> Iterator[tuple[str, str]]:
    planner = config.planner
    needs = {"file": ("file_path",), "http": ("http_url",), "sql": ("sql_url", "sql_query")}
    for key in needs.get(planner.origin, ()):
        if not getattr(planner, key):
            yield f"planner.{key}", f'is empty, but planner.origin is "{planner.origin}"'
    for name, url in (("database.url", config.database.url), ("planner.sql_url", planner.sql_url)):
        if _PASSWORD.match(url):
            yield name, "has a password in it; put it into ~/.pgpass, or name a file: ...?passfile=/etc/tickring/pgpass"
