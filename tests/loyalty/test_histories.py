"""The same random histories leave the same ledger on both databases, and a ledger in balance.

The digests below were written once; whichever database runs these tests must come to them. A change
of docs/reference/ledger.md that changes what is written changes them, on purpose; the failure tells
the new ones, which must be the same on both.
"""

from __future__ import annotations

import pytest

from loyalty.histories import History
from stamgast.loyalty.models import Entry
from stamgast.loyalty.replay import verify

pytestmark = pytest.mark.django_db

STEPS = 150
DIGESTS = {
    0: "244bf17788058ce4",
    1: "30d6ad4bdeddf0c3",
    2: "ad6c263cb9d8b095",
    3: "03ebe3f92b89fc98",
    4: "8f57a616d5358242",
    5: "789b17f035828e5b",
    6: "bdaa22bfb49ada36",
    7: "fca9504cf3694c46",
}


@pytest.mark.parametrize("seed", range(8))
def test_a_history_leaves_the_same_ledger_on_every_database(seed: int) -> None:
    assert History(seed).run(STEPS) == DIGESTS[seed]


@pytest.mark.parametrize("seed", range(100, 112))
def test_a_history_leaves_a_ledger_in_balance(seed: int) -> None:
    history = History(seed, is_batched=seed % 2 == 0)
    history.run(STEPS)
    assert verify().differences == {}
    assert Entry.objects.count() > STEPS / 4
    assert any(out.refused for out in history.answers)
    kinds = set(Entry.objects.values_list("kind", flat=True))
    assert {"expire", "transfer_out", "transfer_in", "reverse"} <= kinds


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 1050))
def test_long_histories_leave_a_ledger_in_balance(seed: int) -> None:
    History(seed, is_batched=seed % 2 == 0).run(1500)
    assert verify().differences == {}
