"""Letting many do something in the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from stamgast.kernel import Refusal


def at_once(act: Callable[[int], Any], *, callers: int = 16) -> list[Any]:
    """Let threads do this at the same moment; what each returned, or the code of its refusal."""
    start = threading.Barrier(callers)
    results: list[Any] = [None] * callers

    def run(caller: int) -> None:
        start.wait()
        try:
            results[caller] = act(caller)
        except Refusal as refusal:
            results[caller] = refusal.code
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results[caller] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(caller,)) for caller in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
