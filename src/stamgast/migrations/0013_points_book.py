"""The points ledger's writer on PostgreSQL; on SQLite it is a routine of our own (loyalty/book)."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

_SQL = Path(__file__).parents[1] / "loyalty" / "book" / "postgresql.sql"


def make_functions(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(_SQL.read_text("utf-8"))


class Migration(migrations.Migration):
    dependencies = [("stamgast", "0012_programme")]

    operations = [migrations.RunPython(make_functions, migrations.RunPython.noop)]
