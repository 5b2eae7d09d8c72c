from pathlib import Path

from django.db import migrations

_SQL = Path(__file__).parents[1] / "loyalty" / "book" / "postgresql.sql"


def make_functions(apps, schema_editor):
    """Write the ledger's functions anew: points that were spent in a grace get no other one."""
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(_SQL.read_text("utf-8"))


class Migration(migrations.Migration):

    dependencies = [
        ('stamgast', '0034_words_of_a_consent'),
    ]

    operations = [
        migrations.RunPython(make_functions, migrations.RunPython.noop),
    ]
