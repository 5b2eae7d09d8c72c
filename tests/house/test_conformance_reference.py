"""The page of conformance cases is what the tests are, and each says what it guards against."""

from __future__ import annotations

from house.conformance_reference import PAGE, cases, page


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python tests/house/conformance_reference.py"


def test_there_are_enough_cases_and_each_names_what_goes_wrong() -> None:
    rows = [row for _, _, of_file in cases() for row in of_file]
    assert len(rows) >= 40
    assert len({what for what, _ in rows}) == len(rows)
    assert all(why.endswith(".") for _, why in rows)
