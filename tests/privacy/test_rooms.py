"""Every table with a path to a person is in some room's `personal.py`."""

from __future__ import annotations

from django.apps import apps
from django.db.models import ForeignKey, Model

from house.plan import SOURCE
from stamgast.customers.models import Customer
from stamgast.privacy.rooms import ROOMS

# Tables whose rows are about a person without pointing at one, and why nobody has to look there.
_OF_NOBODY = {
    "Tombstone": "keyed digests",
    "CurrentRun": "points at a run",
}


def _tables() -> list[type[Model]]:
    return list(apps.get_app_config("stamgast").get_models())


def _leads_to_a_person(table: type[Model], seen: frozenset[type[Model]] = frozenset()) -> bool:
    targets = {f.related_model for f in table._meta.fields if isinstance(f, ForeignKey)} - seen
    return Customer in targets or any(
        isinstance(target, type) and _leads_to_a_person(target, seen | {table})
        for target in targets
    )


def test_every_table_with_a_path_to_a_person_is_held_by_a_room() -> None:
    held = {table for room in ROOMS.values() for table in room.HOLDS}
    leading = {table for table in _tables() if table is Customer or _leads_to_a_person(table)}
    assert {"Customer", "Order", "Line", "Score", "Consent"} <= {t.__name__ for t in leading}
    assert leading <= held


def test_every_table_with_free_text_or_documents_is_held_or_of_nobody() -> None:
    """What has no path to a person may still name one."""
    from django.db.models import JSONField, TextField

    held = {table for room in ROOMS.values() for table in room.HOLDS}
    wordy = {
        table
        for table in _tables()
        if any(isinstance(f, TextField | JSONField) for f in table._meta.fields)
    }
    left = {table.__name__ for table in wordy - held}
    # Runs, summaries, looks back, for whom it worked and what the radar watches hold figures of the
    # base or of groups; keys hold scopes.
    assert left <= {
        "Run",
        "Summary",
        "Watch",
        "WatchedSeries",
        "Backtest",
        "ForWhom",
        "ApiKey",
        "Mapping",
        *_OF_NOBODY,
    }


def test_every_room_with_a_personal_is_asked() -> None:
    there = {path.parent.name for path in SOURCE.glob("*/personal.py")}
    assert there == set(ROOMS)


def test_a_table_is_held_by_one_room_and_lives_there() -> None:
    for name, room in ROOMS.items():
        for table in room.HOLDS:
            assert f"{table.__module__}.".startswith(f"stamgast.{name}.models."), table
