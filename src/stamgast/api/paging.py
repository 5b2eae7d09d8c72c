"""Long lists in pages: a cursor holds the place, so that rows that come and go skip nothing."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from pydantic import BaseModel, Field

from stamgast.api.errors import Fault, FieldProblem

MOST = 200
Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item", bound=BaseModel)


class PageQuery(BaseModel):
    """Which page of a list."""

    limit: Annotated[int, Field(ge=1, le=MOST, description="How many items at most.")] = 50
    cursor: Annotated[
        str,
        Field(max_length=100, description="`next` of the page before; absent for the first page."),
    ] = ""


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(
        description="The cursor of the next page; null when this is the last.", examples=[None]
    )


def page_of(
    rows: QuerySet[Row], asked: PageQuery, *, place: str = "pk"
) -> tuple[list[Row], str | None]:
    """Return one page of rows by their place (a column of whole numbers), and the next cursor.

    Refuses a cursor that we never gave.
    """
    if asked.cursor:
        rows = rows.filter(**{f"{place}__gt": _read(asked.cursor)})
    page = list(rows.order_by(place)[: asked.limit + 1])
    if len(page) <= asked.limit:
        return page, None
    del page[asked.limit :]
    return page, _write(getattr(page[-1], place))


def _write(place: Any) -> str:
    return base64.urlsafe_b64encode(f"after:{int(place)}".encode()).decode().rstrip("=")


def _read(cursor: str) -> int:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
        name, _, place = text.partition(":")
        if name != "after" or not place.isdigit() or len(place) > 18:
            raise ValueError(text)
    except (ValueError, binascii.Error):
        wrong = FieldProblem(
            at="query", field="cursor", problem="bad_cursor", detail="Not a cursor that we gave."
        )
        raise Fault(
            422, "bad_cursor", "The cursor is not one that we gave.", fields=[wrong]
        ) from None
    return int(place)
