"""Comparing with what is there: the tables `state` and `paired`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stamgast.importers.orders.grouping import Grouping


class Comparing(Grouping):
    """Finds out what is new, what changed, and what is not whole in this file."""

    def compare(
        self,
        there: Iterable[tuple[Any, ...]],
        mended: Iterable[tuple[str, str]],
    ) -> None:
        """Make `state`: per order of the file what is to be done with it.

        `there` are the orders of the database with these numbers; `mended` the numbers and shops of
        orders that hold rows which are bad in this file.
        """
        columns = {
            "id": "BIGINT",
            "number": "VARCHAR",
            "shop": "VARCHAR",
            "kind": "VARCHAR",
            "content": "BIGINT",
            "customer": "BIGINT",
        }
        self.fill("there", columns, there)
        self.fill("mended", {"number": "VARCHAR", "shop": "VARCHAR"}, mended)
        currency = (
            f"coalesce(currency, '{self.currency}')"
            if "currency" in self.mapped
            else f"'{self.currency}'"
        )
        vat = "true" if self.is_vat_included else "false"
        digest = f"good || ':' || contents || ':' || {currency} || ':{vat}'"
        is_sale_said = "coalesce(is_sale_said, false)" if "kind" in self.mapped else "false"
        if self.sheet.layout.return_prefix:
            is_sale_said = "true"
        self.con.execute(
            f"""
            CREATE TABLE state AS
            WITH told AS (
                SELECT *, {currency} AS money, {is_sale_said} AS is_said,
                    CASE WHEN is_return_said OR (has_returned AND NOT coalesce(has_sold, false)
                        AND NOT {is_sale_said}) THEN 'return' ELSE 'sale' END AS kind,
                    (md5_number_lower({digest}) >> 1)::BIGINT AS content
                FROM grouped
            ), found AS (
                SELECT t.ox, h.id, h.content, h.customer,
                    row_number() OVER (PARTITION BY t.ox ORDER BY (h.kind = t.kind) DESC) AS place
                FROM told t JOIN there h ON h.number = t.number AND h.shop = t.shop
                WHERE h.kind = t.kind OR NOT (t.is_said OR t.is_return_said)
            )
            SELECT t.*, f.id, f.customer AS had, NOT (t.is_said OR t.is_return_said) AS derives_kind,
                (t.rows > t.good OR m.number IS NOT NULL) AS is_open,
                CASE WHEN f.id IS NULL THEN 'new'
                    WHEN f.content = t.content THEN 'same'
                    WHEN is_open THEN 'open' ELSE 'changed' END AS state
            FROM told t LEFT JOIN found f ON f.ox = t.ox AND f.place = 1
            LEFT JOIN (SELECT DISTINCT number, shop FROM mended) m
                ON m.number = t.number AND m.shop = t.shop
            """
        )
        self.con.execute("DROP TABLE grouped")

    def compare_lines(self, lines: Iterable[tuple[int, int, int]]) -> None:
        """Make `paired` from the lines that changed and open orders have in the database.

        A row of the file and a line there are one when their digests are equal, and so is their place
        among equals.
        """
        self.fill("had_lines", {"id": "BIGINT", "order_id": "BIGINT", "content": "BIGINT"}, lines)
        self.con.execute(
            f"""
            CREATE TABLE paired AS
            WITH there AS (
                SELECT s.ox, h.id, h.content,
                    row_number() OVER (PARTITION BY s.ox, h.content ORDER BY h.id) AS place
                FROM had_lines h JOIN state s ON s.id = h.order_id
            ), told AS (
                SELECT s.ox, t.line, t.content,
                    row_number() OVER (PARTITION BY s.ox, t.content ORDER BY t.line) AS place
                FROM said t JOIN state s USING ({self.key})
                WHERE t.bad IS NULL AND s.state IN ('changed', 'open')
            )
            SELECT coalesce(a.ox, b.ox) AS ox, a.id, b.line
            FROM there a FULL JOIN told b USING (ox, content, place)
            """
        )
