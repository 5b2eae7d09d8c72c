"""Who bought: the tables `person`, `person_of` and `owner`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stamgast.importers.orders.comparing import Comparing

_PERSONAL = (
    "first_name", "infix", "last_name", "name", "company", "phone", "street", "house_number",
    "postcode", "city", "language",
)  # fmt: skip


class People(Comparing):
    """Tells the customers of a file."""

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

    def addresses(self) -> dict[str, set[str]]:
        """Return every address that the file shows of a number, where it shows more than one."""
        found = self.rows(
            "SELECT key, list(DISTINCT mail) FROM pair WHERE key IS NOT NULL AND mail IS NOT NULL "
            "GROUP BY key HAVING count(DISTINCT mail) > 1"
        )
        return {key: set(mails) for key, mails in found}

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

    def settle_people(self, ids: Iterable[tuple[int, int | None]]) -> None:
        """Make `owner(px, id)`: whom each person of the file is; None stays anonymous."""
        self.fill("owner", {"px": "INTEGER", "id": "BIGINT"}, ids)


def _of(table: str, column: str) -> str:
    return column if "::" in column else f"{table}.{column}"
