"""The radar on two years of a real shop."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from stamgast.insight.radar import gather, usual_holidays, watch, weekly_purchases


def test_two_years_of_a_gift_shop_raise_no_alarm(gift_shop: pa.Table) -> None:
    """Nothing that its buyers or its owner told of happened; the shop shuts at Christmas."""
    table = gift_shop.filter(gift_shop["is_purchase"])
    first, until = date(2009, 12, 1), date(2011, 12, 9)
    weeks = gather(weekly_purchases(table, until=until, facets=()), until=until, first=first)
    watched = watch(weeks, holidays=usual_holidays(range(2009, 2013)))
    assert watched.alarms == []
    assert watched.gaps == [date(2009, 12, 28), date(2010, 12, 27)]
    rows = watched.table.to_pandas()
    inside = (rows.actual >= rows.low) & (rows.actual <= rows.high)
    assert inside[52:].mean() > 0.8
