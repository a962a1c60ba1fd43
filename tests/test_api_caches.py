"""The bounded caches: hard bounds, whatever is put into them, and every eviction counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tickring.api.bounded_buffer import MemoryBoundedBuffer
from tickring.api.bounded_lru import BoundedLRUCache
from tickring.api.quote_cache import QuoteCache

KEYS = st.sampled_from("abcdefgh")
MAX_SIZE = 4
TTL_S = 10.0


class _CacheAgainstAModel(RuleBasedStateMachine):
    """A cache of four entries beside a list that keeps everything, in the order of use."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.cache: BoundedLRUCache[str, int] = BoundedLRUCache(MAX_SIZE, TTL_S, clock=lambda: self.now_s)
        self.model: list[tuple[str, int, float]] = []
        self.evicted = self.expired = 0

    def _take(self, key: str) -> tuple[str, int, float] | None:
        found = next((entry for entry in self.model if entry[0] == key), None)
        if found is not None:
            self.model.remove(found)
        return found

    @rule(key=KEYS, value=st.integers())
    def put(self, key: str, value: int) -> None:
        self.cache.put(key, value)
        self._take(key)
        self.model.append((key, value, self.now_s))
        if len(self.model) > MAX_SIZE:
            del self.model[0]
            self.evicted += 1

    @rule(key=KEYS)
    def get(self, key: str) -> None:
        found = self._take(key)
        if found is not None and self.now_s - found[2] >= TTL_S:
            self.expired += 1
            found = None
        if found is not None:
            self.model.append(found)
        assert self.cache.get(key) == (None if found is None else found[1])

    @rule(key=KEYS)
    def discard(self, key: str) -> None:
        self.cache.discard(key)
        self._take(key)

    @rule(seconds=st.floats(0, 6))
    def pass_time(self, seconds: float) -> None:
        self.now_s += seconds

    @rule()
    def clear(self) -> None:
        self.cache.clear()
        self.model.clear()

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        assert list(self.cache) == [key for key, _, _ in self.model]
        assert len(self.cache) <= MAX_SIZE
        assert (self.cache.evictions, self.cache.expirations) == (self.evicted, self.expired)


class TestCacheAgainstAModel(_CacheAgainstAModel.TestCase):  # type: ignore[misc, valid-type]
    """Whatever is put, read, discarded and waited for: the cache holds what a plain list would."""


def test_the_documents_defaults() -> None:
    """1000 entries for 300 s; 100 symbols; 10 MiB of entries of 1000 bytes."""
    cache: BoundedLRUCache[str, int] = BoundedLRUCache()
    assert (cache.max_size, cache.ttl_seconds) == (1000, 300.0)
    assert QuoteCache[int]().max_symbols == 100
    buffer: MemoryBoundedBuffer[int] = MemoryBoundedBuffer()
    for number in range(20_000):
        buffer.append(number)
    assert buffer.max_bytes == 10 * 1024 * 1024
    assert len(buffer) == 10 * 1024 * 1024 // 1000
    assert buffer.evictions == 20_000 - len(buffer)


def test_without_a_time_an_entry_stays() -> None:
    """`ttl_seconds=None`: only room counts."""
    now_s = 0.0
    cache: BoundedLRUCache[str, int] = BoundedLRUCache(2, None, clock=lambda: now_s)
    cache.put("a", 1)
    now_s = 1e12
    assert cache.get("a") == 1
    assert cache.expirations == 0


def test_a_quote_that_is_used_stays() -> None:
    """The symbol used longest ago makes room, and is counted; discarding is no eviction."""
    quotes: QuoteCache[int] = QuoteCache(2)
    for symbol in ("SPY", "QQQ"):
        quotes.put(symbol, 1)
    assert quotes.get("SPY") == 1
    quotes.put("IWM", 1)
    assert quotes.symbols() == ["SPY", "IWM"]
    assert quotes.get("QQQ") is None
    assert quotes.evictions == 1
    quotes.discard("SPY")
    assert len(quotes) == 1
    quotes.clear()
    assert (len(quotes), quotes.evictions) == (0, 1)


@given(st.lists(st.binary(max_size=30) | st.none(), max_size=100), st.integers(1, 60))
def test_a_buffer_never_holds_more_than_its_bytes(steps: list[bytes | None], max_bytes: int) -> None:
    """Appending and taking in any order: the bytes hold, what is left is the newest in order, all is counted."""
    buffer: MemoryBoundedBuffer[bytes] = MemoryBoundedBuffer(max_bytes, size_of=len)
    taken: list[bytes] = []
    accepted: list[bytes] = []
    for step in steps:
        if step is not None:
            is_kept = buffer.append(step)
            assert is_kept == (len(step) <= max_bytes)
            accepted += [step] if is_kept else []
        elif buffer:
            taken.append(buffer.popleft())
        assert buffer.size_bytes <= max_bytes
        assert buffer.size_bytes == sum(max(1, len(entry)) for entry in buffer)
    left = list(buffer)
    assert left == accepted[len(accepted) - len(left) :]
    assert len(accepted) == len(left) + len(taken) + buffer.evictions
    assert buffer.refused == sum(step is not None for step in steps) - len(accepted)


def test_an_empty_buffer_has_nothing_to_take() -> None:
    """As any queue; clearing forgets the bytes too."""
    buffer: MemoryBoundedBuffer[str] = MemoryBoundedBuffer(10, 5)
    buffer.append("a")
    buffer.clear()
    assert (len(buffer), buffer.size_bytes, buffer.evictions) == (0, 0, 0)
    with pytest.raises(IndexError):
        buffer.popleft()


def test_bounds_must_be_bounds() -> None:
    """Nothing without room for anything, in words."""
    with pytest.raises(ValueError, match="max_size is 0, must be at least 1"):
        BoundedLRUCache(0)
    with pytest.raises(ValueError, match=r"ttl_seconds is 0.0, must be above 0, or None"):
        BoundedLRUCache(1, 0.0)
    with pytest.raises(ValueError, match="max_size is 0"):
        QuoteCache(0)
    with pytest.raises(ValueError, match="max_bytes is 0"):
        MemoryBoundedBuffer(0)
    with pytest.raises(ValueError, match="entry_size_estimate is -1"):
        MemoryBoundedBuffer(1, -1)
