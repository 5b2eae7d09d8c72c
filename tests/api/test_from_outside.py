"""A shop's developer at work: real requests over the network, by curl and by the example script."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.test_documentation import settled
from stamgast.customers.models import Customer
from stamgast.loyalty.actions import add_rule, set_programme, start_programme
from stamgast.loyalty.models import Entry
from stamgast.loyalty.replay import verify
from stamgast.loyalty.rewards.actions import make_reward
from stamgast.sales.models import Order, Product
from stamgast.staff.actions import change_shop, make_key, make_user
from stamgast.staff.rules import SCOPES

STEP = re.compile(
    r"```sh\n(?P<command>.*?)```\n\nAnswers:\n\n```json\n(?P<answer>.*?)```", re.DOTALL
)

pytestmark = pytest.mark.django_db(transaction=True)


def _key(at: datetime, *, is_live: bool, scopes: set[str] | frozenset[str] = SCOPES) -> str:
    owner = make_user(email="owner@shop.example", name="Olga", role="admin", at=at)
    change_shop(at=at, name="Linden Coffee")
    return make_key("Web shop", scopes=scopes, is_live=is_live, by=owner, at=at)[1]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.skipif(sys.platform == "win32", reason="the commands are for a Unix shell")
def test_the_steps_from_key_to_first_order_are_true(
    live_server: Any, repository: Path, at: datetime
) -> None:
    key = _key(at, is_live=False, scopes={"customers:write", "orders:write", "orders:read"})
    surroundings = {**os.environ, "STAMGAST": live_server.url, "KEY": key, "no_proxy": "*"}
    steps = list(STEP.finditer((repository / "docs" / "howto" / "api.md").read_text("utf-8")))
    assert len(steps) == 3
    for step in steps:
        done = subprocess.run(
            ["sh", "-c", step["command"]], env=surroundings, capture_output=True, check=True
        )
        shown = json.loads(step["answer"])
        assert settled(json.loads(done.stdout)) == settled(shown), step["command"]
    assert not Order.objects.exists()  # it was a test key


def _sync(address: str, key: str, repository: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "examples/sync_shop.py", address, "examples/shop"]
    surroundings = {**os.environ, "STAMGAST_KEY": key, "no_proxy": "*", "PYTHONUTF8": "1"}
    return subprocess.run(
        command, cwd=repository, env=surroundings, capture_output=True, text=True, check=False
    )


def test_the_example_script_brings_a_shop_and_then_nothing_new(
    live_server: Any, repository: Path, at: datetime
) -> None:
    key = _key(at, is_live=True)
    first = _sync(live_server.url, key, repository)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "customers: 3 made, 0 changed, 0 unchanged, 0 refused" in first.stdout
    assert "orders: 4 made, 0 changed, 0 unchanged, 0 refused" in first.stdout
    assert (Customer.objects.count(), Product.objects.count(), Order.objects.count()) == (3, 3, 4)
    assert Order.objects.get(number="2024-1").lines.count() == 2
    assert Order.objects.get(number="2024-3").customer is None
    again = _sync(live_server.url, key, repository)
    assert "orders: 0 made, 0 changed, 4 unchanged, 0 refused" in again.stdout


def test_the_example_script_says_why_it_may_not(
    live_server: Any, repository: Path, at: datetime
) -> None:
    done = _sync(live_server.url, "sg_live_wrong", repository)
    assert done.returncode == 1
    assert "401" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_example_till_ends_in_the_right_balance_over_a_line_that_breaks(
    live_server: Any, repository: Path, at: datetime
) -> None:
    key = _key(at, is_live=True)
    start_programme(at=at, by="test", since=datetime(2020, 1, 1, tzinfo=UTC))
    since = datetime(2020, 1, 1, tzinfo=UTC)
    add_rule(at=at, by="test", name="Euro", kind="per_amount", points=1, starts_at=since)
    command = [sys.executable, "examples/till.py", live_server.url, "10"]
    surroundings = {**os.environ, "STAMGAST_KEY": key, "no_proxy": "*", "PYTHONUTF8": "1"}
    done = subprocess.run(
        command, cwd=repository, env=surroundings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        "10 orders, the line cut 35 times" in done.stdout
    )  # at each request that changes something
    # Of five orders one is let go, one comes back whole, one for four tenths, and two are kept:
    # 100,000 - 2 x (405 + 243 + 405), where a purchase spends 500 and earns 95.
    assert "The till counts 97894 points, the shop 97894." in done.stdout
    assert verify().is_in_balance
    assert Entry.objects.filter(kind="grant").count() == 1


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.skipif(sys.platform == "win32", reason="the commands are for a Unix shell")
def test_the_steps_from_nothing_to_the_first_reward_are_true(
    live_server: Any, repository: Path, at: datetime
) -> None:
    key = _key(at, is_live=True)
    since = datetime(2020, 1, 1, tzinfo=UTC)
    start_programme(at=at, by="test", since=since)
    set_programme(at=at, by="test", pending_days=0)
    add_rule(at=at, by="test", name="Euro", kind="per_amount", points=1, starts_at=since)
    make_reward(name="Coffee mug", kind="gift", points=50, currency="EUR", at=at)
    surroundings = {**os.environ, "STAMGAST": live_server.url, "KEY": key, "no_proxy": "*"}
    page = (repository / "docs" / "tutorial" / "first-reward.md").read_text("utf-8")
    how_to = (repository / "docs" / "howto" / "api.md").read_text("utf-8")
    told = re.findall(r"export STAMGAST=(\S+)", page)
    assert told == re.findall(r"export STAMGAST=(\S+)", how_to)  # one shell serves both pages
    steps = list(STEP.finditer(page))
    assert len(steps) == 3
    for step in steps:
        done = subprocess.run(
            ["sh", "-c", step["command"]], env=surroundings, capture_output=True, check=True
        )
        assert json.loads(done.stdout) == json.loads(step["answer"]), step["command"]
