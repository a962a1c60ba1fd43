"""The goals of tickring's issues 3, 5 and 12, held against one run.

A peer is taken by its fastest way, except where the goal names one: Redis means its Python client, a JSON file the
fastest reader of one. Reads are those of a quote that has changed since the last read and lies in this core's cache:
the state in which tickring must make a new object and nobody pays for the other core's caches. From the wire, each
ibapi release is held against tickring with the same release and protocol, and the worst of them decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bench._report.numbers import duration, quantity, ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench._harness.results import Row, Run

__all__ = ["Goal", "goals_of"]

_TWIN = "without a verdict (twin build)"


class Goal(NamedTuple):
    """One line of the goals' table."""

    goal: str
    measured: str
    state: str
    """met, missed or not measured"""
    also: str


class _NotThere(Exception):
    """The run has no such row."""


def _row(run: Run, table: str, contender: str, way: str | None = None) -> Row:
    """Return the row of that way, or (None) of the contender's fastest."""
    found = run.table(table)
    rows = found.of(contender) if found else []
    for row in rows:
        if way is None or row.way == way:
            return row
    raise _NotThere(f"{contender} {way or ''} in {table}")


def _median(run: Run, table: str, contender: str, way: str | None = None) -> float:
    return _row(run, table, contender, way).values["median"]


def _times(run: Run, table: str, ours: str, contender: str, way: str | None = None) -> float:
    return _median(run, table, contender, way) / _median(run, table, "tickring", ours)


def _at_least(factor: float, wanted: float, also: str) -> tuple[str, bool, str]:
    return f"{ratio(factor)}x", factor >= wanted, also


def _verdict(run: Run) -> tuple[str, bool, str]:
    changed = _median(run, "changed", "tickring", "by handle") / _median(run, "changed", "tickring", _TWIN)
    unchanged = _median(run, "unchanged", "tickring", "by handle") / _median(run, "unchanged", "tickring", _TWIN)
    ours, twin = (duration(_median(run, "changed", "tickring", way)) for way in ("by handle", _TWIN))
    return f"{changed:.2f}x", changed <= 1.5, f"{ours} against {twin}; unchanged quote {unchanged:.2f}x"


def _read(run: Run, contender: str, wanted: float, way: str | None = None) -> tuple[str, bool, str]:
    row = _row(run, "changed", contender, way)
    others = [f"{other.way} {ratio(_times(run, 'changed', 'by handle', contender, other.way))}x"
              for other in _rows(run, "changed", contender) if other.way != row.way]  # fmt: skip
    others.append(f"unchanged {ratio(_times(run, 'unchanged', 'by handle', contender, row.way))}x")
    return _at_least(_times(run, "changed", "by handle", contender, row.way), wanted, "; ".join(others))


def _rows(run: Run, table: str, contender: str) -> list[Row]:
    found = run.table(table)
    return found.of(contender) if found else []


def _book(run: Run, contenders: tuple[str, ...], wanted: float) -> tuple[str, bool, str]:
    there = [one for one in contenders if _rows(run, "book", one)]
    if not there:
        raise _NotThere(" ".join(contenders))
    fastest = min(there, key=lambda one: _median(run, "book", one))
    way = _row(run, "book", fastest).way
    changed = _times(run, "book-changed", "batch.value", fastest, way)
    also = f"against {way}; every quote changed {ratio(changed)}x"
    return _at_least(_times(run, "book", "batch.value", fastest, way), wanted, also)


def _hot(run: Run) -> tuple[str, bool, str]:
    hot = _row(run, "full-speed", "tickring", "by handle")
    idle = _median(run, "unchanged", "tickring", "by handle")
    fresh = _median(run, "changed", "tickring", "by handle")
    retries = hot.extras["retries per 1,000 reads"]
    factor = hot.values["median"] / idle
    text = f"{factor:.2f}x, {quantity(retries)} retries per 1,000 reads"
    also = f"{ratio(hot.values['median'] / fresh)}x a read of a changed quote; {quantity(hot.extras[_TICKS])} ticks/s"
    return text, factor <= 3.0 and retries < 0.5, also


_TICKS = "writer's ticks/s"


def _growth(run: Run) -> tuple[str, bool, str]:
    ten = _row(run, "symbols-ten", "tickring", "").values
    every = _row(run, "symbols-all", "tickring", "").values
    grown = max(ten.values()) / min(ten.values()) - 1
    if "10000" not in ten:
        raise _NotThere("10,000 symbols")
    turn = ", ".join(f"{int(size):,}: {duration(value)}" for size, value in every.items())
    return f"{grown * 100:.0f} %", grown <= 0.2, f"all symbols in turn, from some size on out of the cache: {turn}"


def _import(run: Run) -> tuple[str, bool, str]:
    row = _row(run, "import", "tickring", "")
    text = f"open {duration(_median(run, 'open', 'tickring', ''))}, first quote "
    text += duration(_median(run, "first-quote", "tickring", ""))
    return duration(row.values["median"]), row.values["median"] < 30e6, text


def _by_release(run: Run, table: str, ours: str, theirs: str, column: str) -> dict[str, tuple[float, float]]:
    """Return, by release with its protocol, tickring's number and that of ibapi's own loop."""
    found = run.table(table)
    pairs = {}
    for row in found.of("tickring") if found else []:
        release = row.way.removesuffix(ours)
        stock = found.find(release.split(",")[0].replace(" ", "-"), release + theirs) if found else None
        if row.way == release + ours and stock is not None:
            pairs[release] = row.values[column], stock.values[column]
    if not pairs:
        raise _NotThere(f"ibapi beside tickring in {table}")
    return pairs


_LOOKED_AT = (("20 symbols", "wire-calm"), ("100 symbols, 50 times a second", "wire-busy"))
_EVENLY = (("100 ticks/s", "wire-100"), ("10,000 ticks/s", "wire-10000"))


def _wire_latency(run: Run, wanted: float, tables: tuple[tuple[str, str], ...]) -> tuple[str, bool, str]:
    both = {name: _by_release(run, table, ", published", ", tickPrice", "p50") for name, table in tables}
    worst = min(stock / ours for pairs in both.values() for ours, stock in pairs.values())
    also = "; ".join(
        f"{name}: {', '.join(f'{release} {ratio(stock / ours)}x' for release, (ours, stock) in pairs.items())}"
        for name, pairs in both.items()
    )
    return _at_least(worst, wanted, also)


def _wire_ib_async(run: Run) -> tuple[str, bool, str]:
    """Hold the slowest of tickring's releases against ib_async's faster way."""
    factors = {}
    for name, table in _EVENLY:
        ours = [row.values["p50"] for row in _rows(run, table, "tickring") if row.way.endswith(", published")]
        theirs = [row.values["p50"] for row in _rows(run, table, "ib_async-2.1.0")]
        if not ours or not theirs:
            raise _NotThere(f"ib_async beside tickring in {table}")
        factors[name] = min(theirs) / max(ours)
    also = "; ".join(f"{name}: {ratio(factor)}x" for name, factor in factors.items())
    return _at_least(min(factors.values()), 2.0, also)


def _wire_rate(run: Run) -> tuple[str, bool, str]:
    pairs = _by_release(run, "wire-rate", "", "", "median")
    also = ", ".join(
        f"{release} {quantity(ours)}/s ({ratio(ours / stock)}x)" for release, (ours, stock) in pairs.items()
    )
    return _at_least(min(ours / stock for ours, stock in pairs.values()), 2.0, also)


def _wire_lost(run: Run) -> tuple[str, bool, str]:
    rows = _rows(run, "wire-burst", "tickring") + _rows(run, "wire-rate", "tickring")
    if not rows:
        raise _NotThere("tickring in wire-burst")
    lost = sum(row.extras["lost last values"] for row in rows)
    slowest = max(_rows(run, "wire-burst", "tickring"), key=lambda row: row.values["median"])
    return f"{quantity(lost)} lost", lost == 0, f"all visible after {duration(slowest.values['median'])} at most"


def _wire_absorbed(run: Run) -> tuple[str, bool, str]:
    factors = {
        row.way: row.values["median"] / 1e6 / row.extras["sent in ms"] for row in _rows(run, "wire-burst", "tickring")
    }
    if not factors:
        raise _NotThere("tickring in wire-burst")
    worst = max(factors.values())
    return f"{worst:.2f}x", worst <= 2.0, ", ".join(f"{way} {factor:.2f}x" for way, factor in factors.items())


def _wire_memory(run: Run) -> tuple[str, bool, str]:
    grown = {row.way: row.extras[_GROWN] for row in _rows(run, "wire-rate", "tickring") if _GROWN in row.extras}
    if not grown:
        raise _NotThere("tickring's memory in wire-rate")
    worst = max(grown.values())
    return f"{worst:.2f} MB", worst <= 1.0, ", ".join(f"{way} {quantity(value)} MB" for way, value in grown.items())


_GROWN = "more memory in MB"
_FAST = ", fast lane"


def _fast_rows(run: Run, table: str) -> list[Row]:
    """Return the rows of tickring's fast lane, by release, the smallest number first."""
    rows = [row for row in _rows(run, table, "tickring") if row.way.endswith(_FAST)]
    if not rows:
        raise _NotThere(f"tickring's fast lane in {table}")
    return rows


def _decode_cpu(run: Run) -> tuple[str, bool, str]:
    rows = _fast_rows(run, "decode-cpu")
    worst = rows[-1].values["median"]
    also = ", ".join(f"{row.way.removesuffix(_FAST)} {duration(row.values['median'])}" for row in rows)
    return duration(worst), worst <= 300.0, also


def _decode_ibapi(run: Run) -> tuple[str, bool, str]:
    pairs = _by_release(run, "decode-cpu", _FAST, "", "median")
    also = ", ".join(f"{release} {duration(stock)}" for release, (_, stock) in pairs.items())
    return _at_least(min(stock / ours for ours, stock in pairs.values()), 15.0, also)


def _decode_ib_async(run: Run) -> tuple[str, bool, str]:
    stock = _median(run, "decode-cpu", "ib_async-2.1.0")
    return _at_least(stock / _fast_rows(run, "decode-cpu")[-1].values["median"], 8.0, f"ib_async {duration(stock)}")


def _decode_rate(run: Run) -> tuple[str, bool, str]:
    rows = _fast_rows(run, "decode-rate")
    least = rows[0].values["median"]
    also = ", ".join(f"{row.way.removesuffix(_FAST)} {quantity(row.values['median'])}/s" for row in rows)
    return f"{quantity(least)}/s", least >= 2e6, also


def _load(run: Run) -> tuple[str, bool, str]:
    values = _row(run, "load-cpu", "tickring", _FAST[2:]).values
    if "100" not in values:
        raise _NotThere("100 symbols in load-cpu")
    each = _row(run, "load-tick", "tickring", _FAST[2:]).values
    also = ", ".join(
        f"{size} symbols {percent:.2f} %, {duration(each[size])} a tick" for size, percent in values.items()
    )
    return f"{values['100']:.2f} %", values["100"] < 1.5, also


_GOALS: list[tuple[str, Callable[[Run], tuple[str, bool, str]]]] = [
    ("read by handle, 4 fields and verdict: at most 1.5x the same read without a verdict", _verdict),
    ("read: at least 15x faster than LMDB", lambda run: _read(run, "lmdb", 15)),
    ("read: at least 15x faster than iceoryx2", lambda run: _read(run, "iceoryx2", 15)),
    ("read: at least 1,000x faster than Redis, server on another core",
     lambda run: _read(run, "redis-other-core", 1_000, "redis-py GET")),
    ("read: at least 60x faster than a JSON file", lambda run: _read(run, "json", 60)),
    ("500 positions: at least 150x faster than LMDB", lambda run: _book(run, ("lmdb",), 150)),
    ("500 positions: at least 150x faster than Redis MGET",
     lambda run: _book(run, ("redis-other-core", "redis-own-core"), 150)),
    ("publish: at least 10x faster than iceoryx2",
     lambda run: _at_least(_times(run, "publish", "tick", "iceoryx2"), 10, "")),
    ("under a writer at full speed: at most 3x the idle read, 0 retries per 1,000 reads", _hot),
    ("10 to 10,000 symbols: within 20 % for reads that fit the cache", _growth),
    ("import tickring.reader: under 30 ms", _import),
    ("wire to visible: p50 at most 1/2 of ibapi's wire to callback", lambda run: _wire_latency(run, 2.0, _LOOKED_AT)),
    ("wire to visible, ticks sent evenly: p50 at most 1/3 of ibapi's wire to callback",
     lambda run: _wire_latency(run, 3.0, _EVENLY)),
    ("wire to visible, ticks sent evenly: p50 at most 1/2 of ib_async's wire to callback", _wire_ib_async),
    ("burst: at least 2x the ticks/s of ibapi's own loop", _wire_rate),
    ("burst of 50,000 ticks: no last value lost", _wire_lost),
    ("burst of 50,000 ticks: all visible within 2x the time it takes to be sent", _wire_absorbed),
    ("bursts leave the feeder's memory as it was: at most 1 MB more", _wire_memory),
    ("L1 message, socket's buffer to segment: at most 0.30 µs of CPU", _decode_cpu),
    ("L1 message: at least 15x less CPU than ibapi's own loop", _decode_ibapi),
    ("L1 message: at least 8x less CPU than ib_async", _decode_ib_async),
    ("at least 2 million L1 messages a second", _decode_rate),
    ("feeder with 100 symbols, 4 ticks a second each: under 1.5 % of a core", _load),
]  # fmt: skip


def goals_of(run: Run) -> list[Goal]:
    """Return every goal with what this run says of it."""
    table = []
    for text, measure in _GOALS:
        try:
            measured, is_met, also = measure(run)
        except _NotThere as missing:
            table.append(Goal(text, "-", "not measured", f"no {missing}"))
        else:
            table.append(Goal(text, measured, "met" if is_met else "**missed**", also))
    return table
