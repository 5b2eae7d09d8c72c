"""The page about layouts names every field the importer knows."""

from __future__ import annotations

from importers.layouts_reference import PAGE, page


def test_the_page_is_fresh() -> None:
    fresh = "run: python tests/importers/layouts_reference.py"
    assert PAGE.read_text("utf-8") == page(), fresh
