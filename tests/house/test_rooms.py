"""What every room has, and how its parts are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from house.plan import files, layers, rooms, shown

NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "manager", "managers", "process"}


@pytest.mark.parametrize("room", [pytest.param(room, id=room.name) for room in rooms()])
def test_a_room_tells_what_belongs_in_it(room: Path) -> None:
    readme = room / "README.md"
    assert readme.exists(), f"{room.name} has no README.md"
    assert 20 <= len(readme.read_text("utf-8").splitlines()) <= 60


def test_every_room_has_its_place_in_the_order() -> None:
    assert {room.name for room in rooms()} <= layers().keys()


def test_no_module_has_a_name_that_says_nothing() -> None:
    named = {shown(path): path.with_suffix("").name for path in files() if path.suffix == ".py"}
    folders = {shown(path): path.parent.name for path in files()}
    nothing = [
        path
        for names in (named, folders)
        for path, name in names.items()
        if name in NAMES_THAT_SAY_NOTHING
    ]
    assert not nothing
