"""How commands answer: sentences for people, one JSON line for programs, and progress."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from stamgast.kernel import Refusal

Progress = Callable[[float, str], None]
_BETWEEN_LINES = 15  # seconds, of a log


def give(facts: dict[str, Any]) -> None:
    """Print one line of JSON, always the last line of a command asked for JSON."""
    click.echo(json.dumps(facts, default=str, ensure_ascii=False))


def stop(sentence: str, code: int = 1) -> NoReturn:
    """End with a sentence on standard error and a non-zero exit."""
    click.echo(sentence, err=True)
    raise SystemExit(code)


@contextmanager
def refusals_in_words(*, as_json: bool = False) -> Iterator[None]:
    """Turn a Refusal into a sentence (and JSON when asked) and exit status 1."""
    try:
        yield
    except Refusal as refusal:
        from stamgast.web.refusals import sentence

        words = str(sentence(refusal))
        if as_json:
            give({"error": refusal.code, "detail": words, **refusal.facts})
        stop(words)


def progress_shown(*, as_json: bool) -> Progress:
    """Return a callable that shows how far the work is.

    On a terminal one line that is written over; in a pipe or a log a line now and then; nothing there
    when the caller only wants the result.
    """
    is_terminal = sys.stderr.isatty()
    if as_json and not is_terminal:
        return _silent
    pause = 0.25 if is_terminal else _BETWEEN_LINES
    started = time.monotonic()
    shown = 0.0 if is_terminal else started

    def show(share: float, doing: str) -> None:
        nonlocal shown
        now = time.monotonic()
        is_done = share >= 1 and is_terminal
        if now - shown < pause and not is_done:
            return
        shown = now
        left = (now - started) * (1 - share) / share if share > 0.02 else None
        still = f", about {left:.0f} s left" if left is not None and share < 1 else ""
        told = f"  {share:4.0%}  {doing.replace('_', ' ')}{still}"
        if is_terminal:
            click.echo(f"\r\033[K{told}" + ("\n" if is_done else ""), err=True, nl=False)
        else:
            click.echo(told, err=True)

    return show


def progress_for_parent(share: float, doing: str) -> None:
    """Tell the worker that started this process how far the work is."""
    sys.stdout.write(json.dumps({"progress": round(share, 4), "doing": doing}) + "\n")
    sys.stdout.flush()


def _silent(share: float, doing: str) -> None:
    """Show nothing."""
