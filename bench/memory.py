"""The most memory this process ever held, for programs that measure each side in a process of its own."""

from __future__ import annotations

import sys


def peak_mb() -> float:
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 1024)
