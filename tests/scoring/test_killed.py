"""Killed with -9 at any moment, a scoring loses nothing: old scores stay, the next is whole."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from datetime import datetime

import pytest

from scoring.shops import AS_OF, fill_shop
from stamgast.scoring.actions import score_base
from stamgast.scoring.models import Run, Score
from stamgast.scoring.queries import current_run

pytestmark = pytest.mark.django_db(transaction=True)
COMMAND = [sys.executable, "-m", "stamgast", "score", "--as-of", AS_OF.isoformat(), "--json"]


def kill_at_random(times: int, at: datetime) -> None:
    score_base(as_of=AS_OF, at=at, progress=lambda share, doing: None)
    began = time.monotonic()
    subprocess.run(COMMAND, check=True, stdout=subprocess.DEVNULL)
    usual = time.monotonic() - began
    dice = random.Random(20261120)
    for _ in range(times):
        process = subprocess.Popen(COMMAND, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0.2, 1.0) * usual)
        process.kill()
        process.wait()
        shown = current_run()
        assert shown is not None
        assert shown.status == Run.Status.READY
        assert Score.objects.filter(run=shown).count() == shown.customers
    subprocess.run(COMMAND, check=True, stdout=subprocess.DEVNULL)
    shown = current_run()
    assert shown is not None
    assert Score.objects.filter(run=shown).count() == shown.customers
    assert len(set(Score.objects.values_list("run_id", flat=True))) == 2
    assert not Run.objects.filter(status=Run.Status.RUNNING).exists()


def test_killed_a_few_times(at: datetime) -> None:
    fill_shop(400, at=at)
    kill_at_random(3, at)


@pytest.mark.long
def test_killed_fifty_times(at: datetime) -> None:
    fill_shop(4000, at=at)
    kill_at_random(50, at)
