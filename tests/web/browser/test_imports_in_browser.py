"""Bringing a file in with a real browser: choose, see, follow, and mend what is left."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from stamgast.events import actions as events
from stamgast.importers.actions import import_batch
from stamgast.importers.models import Batch
from stamgast.sales.models import Order
from web.browser.test_care_in_browser import barriers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ORDERS = (
    "Bestelnummer;Besteldatum;Klantnummer;Artikelnummer;Aantal;Prijs\n"
    "1001;03-11-2026;K1;A1;2;12,50\n"
    "1003;31-02-2026;K3;A2;1;8,95\n"
)


@pytest.mark.parametrize("is_phone", [False, True], ids=["desk", "phone"])
def test_brings_a_file_in_and_mends_what_is_left(
    visit: Any, tmp_path: Path, home: Path, at: datetime, is_phone: bool
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS, "utf-8")
    visitor = visit("marketer", is_phone=is_phone)
    page = visitor.go("/imports")
    page.set_input_files("#file", file)
    page.click("button:text-is('See what is in it')")
    expect(page.locator("h1")).to_contain_text("holds orders, and we know how to read it")
    assert barriers(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
    page.click("button:text-is('Bring it in')")
    expect(page.locator("h1")).to_contain_text("is being brought in")

    job = events.claim(worker="test", at=at, kinds=["import_batch"])
    assert job is not None
    events.show_progress(job, at=at, progress=0.6, doing="writing_orders")
    expect(page.locator(".progress")).to_contain_text("Writing orders down")
    assert barriers(page) == []
    import_batch(Batch.objects.get(), at=at)
    events.finish(job, at=at)
    expect(page.locator("h1")).to_have_text("Of 2 rows 1 came in, 1 is left to mend.")
    assert barriers(page) == []

    page.click("text=Mend 1 row")
    expect(page.locator("h1")).to_contain_text("1 row of orders.csv waits")
    assert barriers(page) == []
    page.click("a:text-is('Mend')")
    page.get_by_label("Besteldatum").fill("28-02-2026")
    assert barriers(page) == []
    page.click("text=Bring this row in")
    expect(page.locator("#flash")).to_contain_text("Row mended")
    assert Order.objects.filter(number="1003").exists()
