"""Bringing the rows of an order together: the tables `said`, `grouped` and `late`."""

from __future__ import annotations

from stamgast.importers.orders.tables import Tables

# What one row says of its whole order, and how rows are brought together. Nothing here depends on
# the order of rows: the least, the greatest, or any that is true.
_LEAST = (
    "customer_key", "email", "currency", "brand", "country", "channel", "discount_code", "of_order",
)  # fmt: skip
_GREATEST = ("order_discount", "shipping", "refund", "fees")
_DAYS = ("promised_on", "delivered_on")


class Grouping(Tables):
    """Groups rows into orders."""

    def group(self) -> None:
        """Make `grouped` and `late` (good rows whose order has no date, so that they are bad too)."""
        self._say_lines()
        parts = [
            *(f"min({f}) AS {f}" for f in _LEAST if f in self.mapped),
            *(f"max(abs({f})) AS {f}" for f in _GREATEST if f in self.mapped),
            *(f"min({f}_day) AS {f}" for f in _DAYS if f in self.mapped),
            *(["bool_or(cancelled) AS cancelled"] if "cancelled" in self.mapped else []),
            *(["bool_or(kind = 'sale') AS is_sale_said"] if "kind" in self.mapped else []),
        ]
        self.con.execute(
            f"""
            CREATE TABLE grouped AS
            SELECT row_number() OVER (ORDER BY moment, number, shop, is_return_said)::INTEGER AS ox, *
            FROM (
                SELECT number, shop, is_return_said, min(ordered_at) AS moment, min(ordered_at_day) AS day,
                    count(*) AS rows, count(*) FILTER (bad IS NULL) AS good,
                    bool_or(pieces > 0 AND NOT is_charge) FILTER (bad IS NULL) AS has_sold,
                    bool_or(pieces < 0) FILTER (bad IS NULL) AS has_returned,
                    count(*) FILTER (bad IS NULL AND is_charge) AS charges,
                    count(*) FILTER (bad IS NULL AND NOT is_charge AND pieces < 0) AS backs,
                    sum(content::HUGEINT) FILTER (bad IS NULL) AS contents,
                    {", ".join(parts) or "NULL AS nothing"}
                FROM said WHERE number IS NOT NULL
                GROUP BY number, shop, is_return_said
            )
            """
        )
        # Where no row of an order says its day, the good ones cannot be used either.
        self.con.execute(
            """
            CREATE TABLE late AS SELECT s.line, 'ordered_at:date' AS bad
            FROM (SELECT number, shop, is_return_said FROM grouped WHERE moment IS NULL) g
            JOIN said s USING (number, shop, is_return_said) WHERE s.bad IS NULL
            """
            if self.one("SELECT count(*) FROM grouped WHERE moment IS NULL")[0]
            else "CREATE TABLE late (line BIGINT, bad VARCHAR)"
        )
        self.con.execute("DELETE FROM grouped WHERE moment IS NULL OR good = 0")

    def _say_lines(self) -> None:
        """Make the view `said`: what every row says of its order and of itself."""
        has = self.mapped.__contains__
        number, is_return = self._number(), self._is_return()
        # A row that cannot be read as a whole, or whose number cannot, says nothing of any order.
        unreadable = (
            "starts_with(bad, ':') OR starts_with(bad, 'number:') OR ends_with(bad, ':encoding')"
        )
        replaced = [name for name in ("number", "shop", "quantity") if has(name)]
        rest = f"* EXCLUDE ({', '.join(replaced)})" if replaced else "*"
        self.con.execute(
            f"""
            CREATE VIEW said AS
            SELECT {rest}, CASE WHEN {unreadable} THEN NULL ELSE {number} END AS number,
                {"coalesce(shop, '')" if has("shop") else "''"} AS shop,
                coalesce({is_return}, false) AS is_return_said,
                coalesce({self._is_charge(number)}, false) AS is_charge,
                {self._pieces(is_return)} AS pieces
            FROM typed
            """
        )

    def _number(self) -> str:
        if "number" in self.mapped:
            return "number"
        # Without numbers, what somebody bought on one day is one order.
        who = ", ".join(f for f in ("customer_key", "email") if f in self.mapped)
        return f"left(coalesce({who}) || '-' || strftime(ordered_at_day, '%Y%m%d'), 64)"

    def _is_return(self) -> str:
        if prefix := self.sheet.layout.return_prefix:
            return f"starts_with(upper({self._number()}), '{prefix}')"
        return "kind = 'return'" if "kind" in self.mapped else "false"

    def _is_charge(self, number: str) -> str:
        layout = self.sheet.layout
        ways = []
        if layout.charges and "sku" in self.mapped:
            charges = ", ".join(_quoted(code) for code in sorted(layout.charges))
            ways.append(f"upper(sku) IN ({charges})")
        if "kind" in self.mapped:
            ways.append("kind = 'charge'")
        if layout.charge_prefix:
            ways.append(f"starts_with(upper({number}), '{layout.charge_prefix}')")
        return " OR ".join(ways) or "false"

    def _pieces(self, is_return: str) -> str:
        """Return the quantity, less than nothing on a return however the file writes it."""
        if "quantity" in self.mapped:
            if "kind" in self.mapped:
                return f"CASE WHEN {is_return} THEN -abs(quantity) ELSE quantity END"
            return "quantity"
        if "amount" in self.mapped and "unit_price" not in self.mapped:
            return "CASE WHEN amount < 0 THEN -1 ELSE 1 END::DECIMAL(12,3)"
        return "1::DECIMAL(12,3)"

    def bad_rows(self) -> list[tuple[int, str, str | None, str | None]]:
        """Return the rows that cannot be used: line, "field:problem", order number, shop."""
        return self.rows(
            "SELECT line, bad, number, shop FROM said WHERE bad IS NOT NULL UNION ALL "
            "SELECT l.line, l.bad, s.number, s.shop FROM late l JOIN said s USING (line) ORDER BY 1"
        )

    # --- what is there already -----------------------------------------------------------------


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
