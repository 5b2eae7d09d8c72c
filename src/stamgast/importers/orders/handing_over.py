"""Handing orders and lines over, as the writers of sales take them."""

from __future__ import annotations

from typing import Any

from stamgast.importers.orders.amounts import Amounts
from stamgast.importers.staging import beside


class OrderTables(Amounts):
    """All tables of one file of orders, ready to be written."""

    def count_new(self) -> tuple[int, int]:
        """Return how many orders and lines are new."""
        orders, lines = self.one(
            "SELECT count(*), coalesce(sum(good), 0)::BIGINT FROM state WHERE state = 'new'"
        )
        return orders, lines

    def heads(self, state: str, *, first: int | None) -> Any:
        """Return a cursor over values for ORDER_COLUMNS and the number of lines, in order of `ox`.

        New orders get ids from `first` on; others keep theirs.
        """
        has = self.mapped.__contains__
        number = f"{first} - 1 + row_number() OVER (ORDER BY ox)" if first is not None else "s.id"

        def text(name: str) -> str:
            return f"coalesce(s.{name}, '')" if has(name) else "''"

        def day(name: str) -> str:
            return f"s.{name}::VARCHAR" if has(name) else "NULL"

        cancelled = "coalesce(s.cancelled, false)" if has("cancelled") else "false"
        return beside(self.con).execute(
            f"""
            SELECT {number}, s.shop, s.number, s.kind, o.id, {_MOMENT}, s.day::VARCHAR, s.money,
                w.total, w.revenue, w.charges, w.discount, w.cost, w.fees, w.whole_discount,
                w.whole_charges, w.whole_refund, w.is_vat_included, w.returned, w.returned_margin,
                w.margin - w.returned_margin, w.is_assumed, w.is_purchase AND NOT {cancelled},
                {cancelled}, w.units, {text("brand")}, {text("country")}, {text("channel")},
                {text("discount_code")}, NULL, {day("promised_on")}, {day("delivered_on")},
                s.content, w.lines
            FROM state s JOIN worked_orders w USING (ox)
            LEFT JOIN person_of p USING (ox) LEFT JOIN owner o USING (px)
            WHERE s.state = '{state}' ORDER BY ox
            """
        )

    @property
    def alike(self) -> dict[str, int | None]:
        """The columns of lines that are the same in every row of this file."""
        has = self.mapped.__contains__
        alike: dict[str, int | None] = {}
        if not has("discount"):
            alike["discount_minor"] = 0
        if not has("vat_rate"):
            alike["vat_rate"] = None
        if not has("cost") and not self.one("SELECT count(*) FROM goods WHERE cost > 0")[0]:
            alike["cost_minor"] = None
        return alike

    def new_lines(self, *, first_order: int, first_line: int) -> Any:
        """Return a cursor over values for the lines of new orders, in order of `ox`.

        They are LINE_COLUMNS without those that are alike in the whole file.
        """
        columns = ", ".join(sql for name, sql in _LINE.items() if name not in self.alike)
        return beside(self.con).execute(
            f"""
            WITH started AS (
                SELECT ox, {first_order} - 1 + row_number() OVER (ORDER BY ox) AS id,
                    sum(lines) OVER (ORDER BY ox) - lines AS start
                FROM worked_orders JOIN state USING (ox) WHERE state = 'new'
            ), placed AS (
                SELECT l.*, s.id, s.start, row_number() OVER (ORDER BY l.ox, l.line) AS place
                FROM worked_lines l JOIN started s USING (ox)
            )
            SELECT {first_line} - 1 + place, id, (place - start)::INTEGER, {columns}
            FROM placed ORDER BY place
            """
        )

    def changed_lines(self, *, first_line: int) -> Any:
        """Return a cursor over order, whether the line is there, and values for LINE_COLUMNS."""
        return beside(self.con).execute(
            f"""
            WITH placed AS (
                SELECT l.*, s.id, p.id AS had,
                    row_number() OVER (PARTITION BY l.ox ORDER BY l.line) AS place,
                    row_number() OVER (PARTITION BY p.id IS NULL ORDER BY l.ox, l.line) AS new
                FROM worked_lines l JOIN state s USING (ox)
                LEFT JOIN paired p ON p.ox = l.ox AND p.line = l.line
                WHERE s.state = 'changed'
            )
            SELECT ox, had IS NOT NULL, coalesce(had, {first_line} - 1 + new), id, place, {", ".join(_LINE.values())}
            FROM placed ORDER BY ox, place
            """
        )

    def added_rows(self) -> list[dict[str, Any]]:
        """Return the rows that open orders have and the database has not, as fields."""
        return self.records(
            f"""
            SELECT t.* EXCLUDE (bad), s.ox
            FROM said t JOIN state s USING ({self.key})
            JOIN paired p ON p.ox = s.ox AND p.line = t.line
            WHERE s.state = 'open' AND t.bad IS NULL AND p.id IS NULL ORDER BY t.line
            """
        )

    def forget_rows(self) -> None:
        """Let go of the rows as they were read: what is written is worked out by now."""
        self.con.execute("DROP VIEW bulk_lines")
        self.con.execute("DROP VIEW said")
        self.con.execute("DROP TABLE typed")

    def ids_of_returns(self, *, first: int) -> list[int]:
        """Return the ids of all returns of the file."""
        return [
            pk
            for (pk,) in self.rows(
                f"SELECT id FROM ({_IDS.format(first=first)}) WHERE kind = 'return'"
            )
        ]

    def returns_that_name_orders(self, *, first: int) -> list[tuple[int, str, str]]:
        """Return the ids of returns that name an order, with its number and shop."""
        if "of_order" not in self.mapped:
            return []
        return self.rows(
            f"SELECT id, of_order, shop FROM ({_IDS.format(first=first)}) "
            "WHERE kind = 'return' AND of_order IS NOT NULL"
        )


# Every order of the file with the id it has or got.
_IDS = """
    SELECT *, {first} - 1 + row_number() OVER (ORDER BY ox) AS id
    FROM (SELECT * EXCLUDE (id) FROM state WHERE state = 'new')
    UNION ALL BY NAME SELECT * FROM state WHERE state <> 'new'
"""
_MOMENT = (
    "strftime(s.moment, '%Y-%m-%d %H:%M:%S') || CASE WHEN epoch_us(s.moment) % 1000000 = 0 "
    "THEN '' ELSE strftime(s.moment, '.%f') END"
)
# Decimals as doubles: both databases read them back as the decimals they were.
_LINE = {
    "product_id": "product",
    "name": "name",
    "is_charge": "is_charge",
    "quantity": "quantity::DOUBLE",
    "unit_price": "unit_price::DOUBLE",
    "amount_minor": "amount",
    "discount_minor": "own",
    "net_minor": "net",
    "cost_minor": "cost",
    "vat_rate": "said_vat::DOUBLE",
    "content": "content",
}
