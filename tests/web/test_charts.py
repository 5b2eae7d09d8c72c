"""Pictures: specifications without evaluation, data of the page, and a script of our own origin."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from stamgast.web.design import bundle, charts
from web.conftest import SignIn

SECOND = {"label": "Jan", "share": 0.3, "low": 0.2, "high": 0.4, "settled": True, "tip": "Jan"}
MONTH = {"label": "Jan", "revenue": 10.0, "margin": 4.0, "settled": True, "tip": "Jan"}


@pytest.mark.parametrize(
    ("draw", "row"), [(charts.second_purchases, SECOND), (charts.revenue_and_margin, MONTH)]
)
def test_a_picture_holds_the_data_of_its_page_only(draw: Any, row: dict[str, Any]) -> None:
    first, second = draw([row]), draw([row, row])
    assert first["datasets"] == {"rows": [row]}
    assert len(second["datasets"]["rows"]) == 2
    assert "http" not in json.dumps({**first, "$schema": ""})


def test_without_margin_nothing_draws_it() -> None:
    without = {name: value for name, value in MONTH.items() if name != "margin"}
    assert "margin" not in json.dumps(charts.revenue_and_margin([without]))


def test_the_script_is_made_once_and_served_by_us(
    signed_in: SignIn, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("service")
    address = reverse("vega", args=[bundle.bundle_version()])
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})
    made = home / "cache" / f"vega-{bundle.bundle_version()}.js.gz"
    assert b"".join(answer.streaming_content) == made.read_bytes()  # type: ignore[attr-defined]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers["Cache-Control"]
    monkeypatch.setattr(bundle.subprocess, "run", pytest.fail)
    plain = client.get(address)
    assert plain.content == gzip.decompress(made.read_bytes())
    assert b"vegaEmbed" in plain.content


def test_an_older_version_of_the_script_is_not_here(signed_in: SignIn) -> None:
    assert signed_in("service").get(reverse("vega", args=["0.1"])).status_code == 404
