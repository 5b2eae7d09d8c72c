"""How long work tells how far it is, where nobody looks at a terminal."""

from __future__ import annotations

from typing import Any

import pytest

from stamgast.cli import answers


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(answers.time, "monotonic", lambda: now[0])
    return now


def test_a_log_gets_a_line_now_and_then(clock: list[float], capsys: Any) -> None:
    show = answers.progress_shown(as_json=False)
    for second in range(60):
        clock[0] = 100.0 + second
        show(second / 60, "writing_orders")
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "   25%  writing orders, about 45 s left",
        "   50%  writing orders, about 30 s left",
        "   75%  writing orders, about 15 s left",
    ]


def test_short_work_leaves_no_line(clock: list[float], capsys: Any) -> None:
    show = answers.progress_shown(as_json=False)
    clock[0] += 3
    show(1.0, "done")
    assert capsys.readouterr().err == ""


def test_who_asks_for_json_gets_nothing_else(clock: list[float], capsys: Any) -> None:
    show = answers.progress_shown(as_json=True)
    clock[0] += 30
    show(0.5, "writing_orders")
    assert capsys.readouterr() == ("", "")
