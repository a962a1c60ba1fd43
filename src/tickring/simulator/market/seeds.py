"""Seeds that are the same on every machine and Python, and random numbers from them."""

from hashlib import blake2b
from random import Random

__all__ = ["random_of", "seed_of"]


def seed_of(*key: str | int) -> int:
    """Return 64 bits that follow from the key alone. Never `hash()`: that differs from process to process."""
    return int.from_bytes(blake2b("|".join(map(str, key)).encode(), digest_size=8).digest(), "little")


def random_of(*key: str | int) -> Random:
    """Return a generator seeded by the key.

    Use `random()` and `getrandbits()` only: Python promises that they stay the same, of the others it promises less.
    """
    return Random(seed_of(*key))
