"""Handing orders and lines over, as the writers of sales take them."""

from __future__ import annotations

from typing import Any

from stamgast.importers.engine import beside
from stamgast.importers.orders.amounts import Amounts
from stamgast.sales.actions.loading import ORDER_COLUMNS


class OrderTables(Amounts):
    """All tables of one file of orders, ready to be written."""

    def count_new(self) -> tuple[int, int]:
        """Return how many orders and lines are new."""
        orders, lines = self.one(
            "SELECT count(*), coalesce(sum(good), 0)::BIGINT FROM state WHERE state = 'new'"
        )
        return orders, lines

    def heads(self, state: str, *, first: int | None) -> Any:
        """Return a cursor over values for the heads of orders and their number of lines, by `ox`.

        They are ORDER_COLUMNS, for new orders without those that are alike in the whole file. New
        orders get ids from `first` on; others keep theirs.
        """
        has = self.mapped.__contains__
        number = f"{first} - 1 + row_number() OVER (ORDER BY ox)" if first is not None else "s.id"
        cancelled = "coalesce(s.cancelled, false)" if has("cancelled") else "false"
        sql = {name: f"w.{_WORKED[name]}" for name in _WORKED}
        sql |= {name: f"coalesce(s.{name}, '')" if has(name) else "''" for name in _WORDS}
        sql |= {name: f"s.{name}::VARCHAR" if has(name) else "NULL" for name in _DAYS}
        sql |= {
            "id": number,
            "shop": "s.shop",
            "number": "s.number",
            "kind": "s.kind",
            "customer_id": "o.id",
            "ordered_at": _MOMENT,
            "day": "s.day::VARCHAR",
            "currency": "s.money",
            "margin_minor": "w.margin - w.returned_margin",
            "is_purchase": f"w.is_purchase AND NOT {cancelled}",
            "is_cancelled": cancelled,
            "of_order_id": "NULL",  # linked when all orders are there
            "content": "s.content",
        }
        left_out = self.alike_heads if state == "new" else {}
        columns = ", ".join(sql[name] for name in ORDER_COLUMNS if name not in left_out)
        return beside(self.con).execute(
            f"""
            SELECT {columns}, w.lines
            FROM state s JOIN worked_orders w USING (ox)
            LEFT JOIN person_of p USING (ox) LEFT JOIN owner o USING (px)
            WHERE s.state = '{state}' ORDER BY ox
            """
        )

    @property
    def alike_heads(self) -> dict[str, int | str | bool | None]:
        """The columns of orders that are the same in every order of this file."""
        has = self.mapped.__contains__
        alike: dict[str, int | str | bool | None] = {"of_order_id": None}
        alike["is_vat_included"] = self.is_vat_included
        alike |= {name: "" for name in ("shop", *_WORDS) if not has(name)}
        alike |= {name: None for name in _DAYS if not has(name)}
        for field, names in _STATED.items():
            if not has(field):
                alike |= dict.fromkeys(names, None if field == "fees" else 0)
        if not has("cancelled"):
            alike["is_cancelled"] = False
        return alike

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
# Columns of an order and what `worked_orders` calls them.
_WORKED = {
    "total_minor": "total",
    "revenue_minor": "revenue",
    "charges_minor": "charges",
    "discount_minor": "discount",
    "cost_minor": "cost",
    "fees_minor": "fees",
    "whole_discount_minor": "whole_discount",
    "whole_charges_minor": "whole_charges",
    "whole_refund_minor": "whole_refund",
    "is_vat_included": "is_vat_included",
    "returned_minor": "returned",
    "returned_margin_minor": "returned_margin",
    "is_margin_assumed": "is_assumed",
    "units": "units",
}
_WORDS = ("brand", "country", "channel", "discount_code")
_DAYS = ("promised_on", "delivered_on")
# What is nothing in all orders when a file does not have the field.
_STATED = {
    "order_discount": ("whole_discount_minor",),
    "shipping": ("whole_charges_minor",),
    "refund": ("whole_refund_minor", "returned_minor", "returned_margin_minor"),
    "fees": ("fees_minor",),
}
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
