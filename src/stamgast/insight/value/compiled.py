"""One way to compile a numeric loop, so that every model compiles alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

Loop = TypeVar("Loop", bound=Callable[..., object])


def compiled(loop: Loop) -> Loop:
    """Compile a loop with Numba on first use, kept on disk; plain Python when Numba's JIT is off.

    The loop runs without the interpreter lock, so several slices of the states can run at once.
    Set NUMBA_DISABLE_JIT=1 to step through the loops in a debugger. Loops may call loops of their
    own file and of `special`: the copy on disk is renewed when the calling file changes.
    """
    from numba import njit

    return cast(Loop, njit(cache=True, nogil=True, error_model="numpy")(loop))
