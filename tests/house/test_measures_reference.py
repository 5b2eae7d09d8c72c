"""The page about measures names every finished campaign, as it is."""

from __future__ import annotations

from house.measures_reference import PAGE, page


def test_the_page_is_fresh() -> None:
    fresh = "run: python tests/house/measures_reference.py"
    assert PAGE.read_text("utf-8") == page(), fresh
