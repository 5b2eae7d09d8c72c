"""What was bought and what it amounts to: `goods`, `worked_lines` and `worked_orders`."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from stamgast.importers.orders.people import People
from stamgast.sales.in_bulk import amounts_sql


class Amounts(People):
    """Works out the new and changed orders, and what the file holds in all."""

    def goods(self) -> list[tuple[str, str, str, bool]]:
        """Return the products of the file: code, the name used most, category, is it a charge."""
        if "sku" not in self.mapped:
            return []
        name = "coalesce(product_name, '')" if "product_name" in self.mapped else "''"
        category = "coalesce(category, '')" if "category" in self.mapped else "''"
        return self.rows(
            f"""
            WITH used AS (
                SELECT sku, {name} AS name, {category} AS category, bool_or(is_charge) AS is_charge,
                    count(*) AS times
                FROM said WHERE sku IS NOT NULL AND bad IS NULL AND number IS NOT NULL
                GROUP BY ALL
            )
            SELECT sku, arg_max(name, (name <> '', times, name)),
                arg_max(category, (category <> '', times, category)), bool_or(is_charge)
            FROM used GROUP BY sku ORDER BY sku
            """
        )

    def settle_goods(self, goods: Iterable[tuple[Any, ...]]) -> None:
        """Make `goods`: per product its id, name, charge, cost, VAT rate, and assumed margin."""
        columns = {
            "sku": "VARCHAR",
            "id": "BIGINT",
            "name": "VARCHAR",
            "is_charge": "BOOLEAN",
            "cost": "DECIMAL(18,6)",
            "vat": "DECIMAL(5,2)",
            "margin": "INTEGER",
        }
        self.fill("goods", columns, goods)

    def work_out(self, *, margin: int, vat: int, factors: dict[str, int]) -> None:
        """Make `worked_lines` and `worked_orders` of the new and changed orders.

        `margin` (ten-thousandths) and `vat` (hundredths of a per cent) hold where nothing is said.
        """
        self.fill("money", {"money": "VARCHAR", "factor": "INTEGER"}, factors.items())
        has = self.mapped.__contains__
        self.con.execute(self._bulk_lines(margin, vat))
        stated = {
            "discount": "order_discount",
            "charges": "shipping",
            "refund": "refund",
            "fees": "fees",
        }
        parts = [
            f"{field} AS {name}" if has(field) else f"NULL::DECIMAL(18,6) AS {name}"
            for name, field in stated.items()
        ]
        self.con.execute(
            f"""
            CREATE TABLE bulk_orders AS
            SELECT ox, kind, money AS currency, factor, {_boolean(self.is_vat_included)}
                AS is_vat_included, {vat} AS vat_rate, {", ".join(parts)}
            FROM state JOIN money USING (money) WHERE state IN ('new', 'changed')
            """
        )
        for statement in amounts_sql(
            has_discount=has("discount"),
            has_whole_discount=has("order_discount"),
            has_vat=self.is_vat_included,
        ):
            self.con.execute(statement)

    def _exact(self) -> tuple[str, str]:
        """Return the SQL for a line's exact amount, and for its price per piece."""
        has = self.mapped.__contains__
        exact, price = "t.pieces * t.unit_price", "t.unit_price"
        if has("amount"):
            signed = "CASE WHEN t.is_return_said THEN -abs(t.amount) ELSE t.amount END"
            each = f"({signed} / t.pieces)::DECIMAL(18,6)"
            exact = f"coalesce({exact}, {signed})" if has("unit_price") else signed
            price = f"coalesce({price}, {each})" if has("unit_price") else each
        return f"({exact})::DECIMAL(30,9)", price

    def _bulk_lines(self, margin: int, vat: int) -> str:
        has = self.mapped.__contains__
        exact, price = self._exact()
        goods = "g" if has("sku") else None
        name = "''"
        if has("product_name"):
            name = "coalesce(t.product_name, '')"
            if goods:
                name = f"CASE WHEN t.product_name = g.name THEN '' ELSE {name} END"
        cost = ["t.cost"] if has("cost") else []
        rate = ["t.vat_rate"] if has("vat_rate") else []
        return f"""
            CREATE VIEW bulk_lines AS
            SELECT s.ox, t.line, t.content, t.pieces AS quantity, {price} AS unit_price,
                {exact} AS exact, {name} AS name,
                {"t.is_charge OR coalesce(g.is_charge, false)" if goods else "t.is_charge"} AS is_charge,
                {"g.id" if goods else "NULL::BIGINT"} AS product,
                {"sign(t.pieces) * abs(t.discount)" if has("discount") else "NULL::DECIMAL(18,6)"}
                    AS discount,
                {_first(*cost, *(["g.cost"] if goods else []), "NULL::DECIMAL(18,6)")} AS unit_cost,
                {_first(*rate, "NULL::DECIMAL(18,6)")} AS said_vat,
                {_first(*rate, *(["g.vat"] if goods else []), f"{vat / 100:.2f}")} AS vat_rate,
                {_first(*(["g.margin"] if goods else []), str(margin))} AS margin
            FROM said t JOIN state s USING ({self.key})
            {"LEFT JOIN goods g ON g.sku = t.sku" if goods else ""}
            WHERE t.bad IS NULL AND s.state IN ('new', 'changed')
        """

    def facts_of_file(self) -> dict[str, Any]:
        """Return what the file holds, whether it is new or not."""
        orders, customers_rows, charges, returns, first, last = self.one(
            """
            SELECT count(*), coalesce(sum(s.good) FILTER (o.id IS NULL), 0)::BIGINT,
                coalesce(sum(s.charges), 0)::BIGINT,
                coalesce(sum(s.backs) FILTER (kind = 'return'), 0)::BIGINT, min(day), max(day)
            FROM state s LEFT JOIN person_of p USING (ox) LEFT JOIN owner o USING (px)
            """
        )
        amounts = self._amounts()
        return {
            "orders": orders,
            "products": self.one("SELECT count(*) FROM goods")[0],
            "anonymous_rows": customers_rows,
            "charges_rows": charges,
            "returns_rows": returns,
            "currencies": sorted(amounts),
            "currency": next(iter(amounts)) if len(amounts) == 1 else None,
            "amount_total": {money: _plain(exact) for money, (exact, _) in amounts.items()},
            "rounding_difference": {money: _plain(odd) for money, (_, odd) in amounts.items()},
            "first_day": first.isoformat() if first else None,
            "last_day": last.isoformat() if last else None,
        }

    def _amounts(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Return per currency the exact sum of all usable rows, and what rounding took off it."""
        worked = self.rows(
            """
            SELECT s.money, sum(w.exact), sum(w.exact * m.factor - w.total), any_value(m.factor)
            FROM worked_orders w JOIN state s USING (ox) JOIN money m USING (money) GROUP BY 1
            """
        )
        others = self.rows(
            f"""
            WITH line AS (
                SELECT s.money, {self._exact()[0]} AS exact FROM said t JOIN state s USING ({self.key})
                WHERE t.bad IS NULL AND s.state IN ('same', 'open')
            )
            SELECT money, sum(exact), sum(exact * factor - round(exact * factor)), any_value(factor)
            FROM line JOIN money USING (money) GROUP BY 1
            """
        )
        sums: dict[str, tuple[Decimal, Decimal]] = {}
        for money, exact, odd, factor in (*worked, *others):
            before = sums.get(money, (Decimal(0), Decimal(0)))
            sums[money] = before[0] + exact, before[1] + odd / factor
        return dict(sorted(sums.items()))


def _plain(amount: Decimal) -> str:
    """Return a decimal without an exponent and without zeros at its end."""
    return format(amount.normalize() + 0, "f")


def _first(*choices: str) -> str:
    return f"coalesce({', '.join(choices)})" if len(choices) > 1 else choices[0]


def _boolean(value: bool) -> str:
    return "true" if value else "false"
