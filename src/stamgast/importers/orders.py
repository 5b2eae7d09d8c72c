"""From typed rows to orders, in the engine: which are new, which changed, and what they amount to.

The tables, in the order they come about:

    grouped    one row per order of the file: what it says as a whole, and its digest
    who        one row per customer of the file, with the id it got
    goods      one row per product of the file, with the id it got
    state      per order: new, same, changed, or open (some of its rows wait to be mended)
    bulk_lines, bulk_orders -> worked_lines, worked_orders (sales.in_bulk)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from stamgast.importers.staging import Sheet, beside
from stamgast.sales.in_bulk import amounts_sql


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# What one row says of its whole order: the column of `grouped`, and how rows are brought together.
# Nothing here depends on the order of rows: the least, the greatest, or any that is true.
_LEAST = (
    "customer_key", "email", "currency", "brand", "country", "channel", "discount_code", "of_order",
)  # fmt: skip
_GREATEST = ("order_discount", "shipping", "refund", "fees")
_DAYS = ("promised_on", "delivered_on")
_PERSONAL = (
    "first_name", "infix", "last_name", "name", "company", "phone", "street", "house_number",
    "postcode", "city", "language",
)  # fmt: skip


class OrderTables:
    """The tables of one file of orders in the engine."""

    def __init__(self, con: Any, sheet: Sheet, *, currency: str, is_vat_included: bool) -> None:
        self.con = con
        self.sheet = sheet
        self.mapped = set(sheet.mapping)
        self.currency = currency
        self.is_vat_included = is_vat_included

    def rows(self, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self.con.execute(sql, parameters).fetchall()  # type: ignore[no-any-return]

    def one(self, sql: str) -> tuple[Any, ...]:
        """Return the only row of a query."""
        return self.con.execute(sql).fetchone()  # type: ignore[no-any-return]

    def records(self, sql: str) -> list[dict[str, Any]]:
        """Return the rows of a query by the names of its columns."""
        cursor = self.con.execute(sql)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def fill(self, table: str, columns: dict[str, str], rows: Iterable[Sequence[Any]]) -> None:
        """Make a table of the engine from rows of Python values."""
        definition = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        self.con.execute(f"CREATE OR REPLACE TABLE {table} ({definition})")
        every = list(rows)
        lists = ", ".join(f"unnest(${name}::{kind}[])" for name, kind in columns.items())
        for start in range(0, len(every), 100_000):
            part = every[start : start + 100_000]
            values = dict(zip(columns, map(list, zip(*part, strict=True)), strict=True))
            self.con.execute(f"INSERT INTO {table} SELECT {lists}", values)

    # --- grouping ------------------------------------------------------------------------------

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

    # --- who bought, and what -----------------------------------------------------------------

    def people(self) -> list[tuple[Any, ...]]:
        """Make `person` and return it: number, own number, e-mail, first day; then the facts.

        An order with only an e-mail address belongs to who showed that address with a number.
        """
        key = "customer_key" if "customer_key" in self.mapped else "NULL::VARCHAR"
        mail = "email" if "email" in self.mapped else "NULL::VARCHAR"
        self.con.execute(
            f"""
            CREATE TABLE pair AS
            SELECT {key} AS key, {mail} AS mail, min(day) AS since FROM state
            WHERE coalesce({key}, {mail}) IS NOT NULL GROUP BY 1, 2
            """
        )
        self.con.execute(
            """
            CREATE TABLE person AS
            WITH owner AS (
                SELECT mail, min(key) AS key FROM pair
                WHERE key IS NOT NULL AND mail IS NOT NULL GROUP BY mail
            ), known AS (
                SELECT coalesce(p.key, o.key) AS key, p.mail, p.since
                FROM pair p LEFT JOIN owner o ON o.mail = p.mail AND p.key IS NULL
            )
            SELECT row_number() OVER (ORDER BY min(since), key, min(mail))::INTEGER AS px,
                key, min(mail) AS mail, min(since) AS since
            FROM known GROUP BY key, CASE WHEN key IS NULL THEN mail END
            """
        )
        self.con.execute(
            f"""
            CREATE TABLE person_of AS
            WITH by_mail AS (SELECT mail, px FROM person WHERE key IS NULL), owner AS (
                SELECT mail, min(key) AS key FROM pair
                WHERE key IS NOT NULL AND mail IS NOT NULL GROUP BY mail
            )
            SELECT s.ox, coalesce(p.px, m.px) AS px
            FROM state s
            LEFT JOIN owner o ON o.mail = {_of("s", mail)} AND {_of("s", key)} IS NULL
            LEFT JOIN person p ON p.key = coalesce({_of("s", key)}, o.key)
            LEFT JOIN by_mail m ON m.mail = {_of("s", mail)}
            """
        )
        return self.rows(f"SELECT px, key, mail, since {self._facts()}")

    def _facts(self) -> str:
        """Return the rest of the query for people: per fact the latest that was said."""
        personal = [f for f in _PERSONAL if f in self.mapped]
        parts, joins = [], []
        if personal or "marketing" in self.mapped:
            latest = ", ".join(
                f"arg_max({f}, (ordered_at, {f})) AS {f}"
                for f in (*personal, *(["marketing"] if "marketing" in self.mapped else []))
            )
            marked = ", max(ordered_at) FILTER (marketing IS NOT NULL) AS marketing_at"
            joins.append(
                f"LEFT JOIN (SELECT px, {latest} {marked if 'marketing' in self.mapped else ''} "
                f"FROM said t JOIN state s USING ({self.key}) JOIN person_of USING (ox) GROUP BY px"
                ") f USING (px)"
            )
            parts += [f"f.{f}" for f in personal]
        if "country" in self.mapped:
            joins.append(
                "LEFT JOIN (SELECT px, arg_max(country, (moment, country)) AS country "
                "FROM state JOIN person_of USING (ox) GROUP BY px) c USING (px)"
            )
            parts.append("c.country")
        if "marketing" in self.mapped:
            parts += ["f.marketing", "f.marketing_at"]
        return (
            "".join(f", {part}" for part in parts)
            + " FROM person "
            + " ".join(joins)
            + " ORDER BY px"
        )

    @property
    def facts(self) -> list[str]:
        """The names of the facts that `people` returns after number, e-mail and day."""
        names = [f for f in _PERSONAL if f in self.mapped]
        names += ["country"] if "country" in self.mapped else []
        return names + (["marketing", "marketing_at"] if "marketing" in self.mapped else [])

    @property
    def key(self) -> str:
        """The columns that tell an order, as far as this file needs them."""
        parts = ["number", *(["shop"] if "shop" in self.mapped else [])]
        if "kind" in self.mapped and not self.sheet.layout.return_prefix:
            parts.append("is_return_said")
        return ", ".join(parts)

    def settle_people(self, ids: Iterable[tuple[int, int | None]]) -> None:
        """Make `owner(px, id)`: whom each person of the file is; None stays anonymous."""
        self.fill("owner", {"px": "INTEGER", "id": "BIGINT"}, ids)

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

    # --- amounts -------------------------------------------------------------------------------

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

    # --- handing over --------------------------------------------------------------------------

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


def _plain(amount: Decimal) -> str:
    """Return a decimal without an exponent and without zeros at its end."""
    return format(amount.normalize() + 0, "f")


def _first(*choices: str) -> str:
    return f"coalesce({', '.join(choices)})" if len(choices) > 1 else choices[0]


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _of(table: str, column: str) -> str:
    return column if "::" in column else f"{table}.{column}"
