"""Random numbers by topic, so that one topic never disturbs another."""

from __future__ import annotations

import zlib

import numpy as np


class Streams:
    """One seed, and a generator of its own for every topic and part of the shop.

    A topic drawn later, or left out, changes nothing in the others. The same seed gives the same
    numbers with the same numpy on the same kind of machine.
    """

    def __init__(self, seed: int, part: int = 0) -> None:
        """Keep the seed, which must not be negative, and the number of the part."""
        if seed < 0:
            raise ValueError(f"a seed is zero or more, not {seed}")
        self._seed = seed
        self._part = part

    def named(self, topic: str) -> np.random.Generator:
        """Return a fresh generator for the topic; asking twice gives the same numbers twice."""
        key = (self._part, zlib.crc32(topic.encode()))
        return np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(self._seed, spawn_key=key))
        )
