"""The page about the command line is the commands' own help."""

from __future__ import annotations

from house.cli_reference import PAGE, page


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python tests/house/cli_reference.py"
