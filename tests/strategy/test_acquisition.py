"""What new customers cost, told by hand or from a file."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from stamgast.strategy.actions import forget_cost, import_costs, record_cost
from stamgast.strategy.errors import BadAcquisitionCost
from stamgast.strategy.models import AcquisitionCost

pytestmark = pytest.mark.django_db


def _told() -> list[tuple[str, date, int, int | None]]:
    rows = AcquisitionCost.objects.order_by("channel", "month")
    return list(rows.values_list("channel", "month", "cost_minor", "new_customers"))


def test_the_same_month_told_again_replaces_what_was_said(at: datetime) -> None:
    for cost in (100, 200):
        record_cost(channel=" web ", month=date(2026, 10, 17), cost_minor=cost, at=at)
    assert _told() == [("web", date(2026, 10, 1), 200, None)]
    forget_cost(AcquisitionCost.objects.get(), at=at)
    assert _told() == []


@pytest.mark.parametrize(
    "text",
    [
        "channel,month,cost,new_customers\nsearch,2026-10,1234.50,40\nsocial,2026-09-01,99,\n",
        "\ufeffKanaal;Maand;Kosten;Nieuwe klanten\nsearch;2026-10;1.234,50;40\n\nsocial;2026-09;99;\n",
        'channel,month,cost,new customers\nsearch,2026-10,"1,234.50",40\nsocial,2026-09,99.00,\n',
    ],
)
def test_a_file_is_read_in_the_usual_notations(text: str, at: datetime) -> None:
    assert import_costs(text, at=at) == 2
    assert _told() == [
        ("search", date(2026, 10, 1), 123450, 40),
        ("social", date(2026, 9, 1), 9900, None),
    ]


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("", 1, "channel"),
        ("channel,cost\nweb,1\n", 1, "month"),
        ("channel,month,cost\nweb,2026-10,1\nweb,October,1\n", 3, "month"),
        ("channel,month,cost\nweb,2026-10,much\n", 2, "cost"),
        ("channel,month,cost\nweb,2026-10,-1\n", 2, "cost"),
        ("channel,month,cost\n,2026-10,1\n", 2, "channel"),
        ("channel,month,cost\nweb,2027-10,1\n", 2, "month"),
        ("channel,month,cost,new_customers\nweb,2026-10,1,few\n", 2, "new_customers"),
    ],
)
def test_one_bad_row_keeps_the_whole_file_out(
    text: str, line: int, field: str, at: datetime
) -> None:
    with pytest.raises(BadAcquisitionCost) as refused:
        import_costs(text, at=at)
    assert refused.value.facts == {"line": line, "field": field}
    assert _told() == []
