"""A table may point at tables of rooms below it, never above."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from django.apps import apps
from django.db.models import Model

from house.plan import layers

PACKAGE = "stamgast."


def _room(model: type[Model]) -> str:
    return model.__module__.removeprefix(PACKAGE).split(".")[0]


def _references() -> Iterable[tuple[str, str, str]]:
    for model in apps.get_app_config("stamgast").get_models(include_auto_created=True):
        for field in model._meta.get_fields():
            target = field.related_model
            is_own = field.is_relation and not field.auto_created
            if is_own and isinstance(target, type) and target.__module__.startswith(PACKAGE):
                yield f"{model.__name__}.{field.name}", _room(model), _room(target)


def _pointing_up(references: Iterable[tuple[str, str, str]]) -> list[str]:
    height = layers()
    return [
        f"{name}: {source} points at {target}"
        for name, source, target in references
        if source != target and height[target] >= height[source]
    ]


def test_foreign_keys_point_down() -> None:
    references = list(_references())
    assert references
    assert not _pointing_up(references)


@pytest.mark.parametrize(
    ("source", "target", "is_refused"),
    [
        ("sales", "customers", False),
        ("sales", "sales", False),
        ("customers", "scoring", True),
        ("web", "api", True),  # neither of two rooms at one height knows the other
    ],
)
def test_the_order_of_rooms_decides(source: str, target: str, is_refused: bool) -> None:
    assert bool(_pointing_up([("Some.field", source, target)])) is is_refused
