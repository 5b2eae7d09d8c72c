"""A lot holds the business day on which it counts, and that day is as fixed as the rest of it."""

from datetime import date

from django.db import migrations, models

# Django makes the table anew in SQLite, which drops its triggers.
_FIXED = "experiment_id, unit, arm_id, probability, round, is_standing, is_crossing, assigned_at"


def _trigger(schema_editor, columns):
    if schema_editor.connection.vendor == "postgresql":
        then = "FOR EACH ROW EXECUTE FUNCTION stamgast_keep_lot()"
        schema_editor.execute("DROP TRIGGER IF EXISTS keep_lot ON stamgast_lot")
    else:
        then = "BEGIN SELECT RAISE(ABORT, 'a lot is never changed'); END"
        schema_editor.execute("DROP TRIGGER IF EXISTS keep_lot")
    schema_editor.execute(
        f"CREATE TRIGGER keep_lot BEFORE UPDATE OF {columns} ON stamgast_lot {then}"
    )


def guard_with_day(apps, schema_editor):
    _trigger(schema_editor, f"{_FIXED}, day")


def guard_without_day(apps, schema_editor):
    _trigger(schema_editor, _FIXED)


class Migration(migrations.Migration):

    dependencies = [
        ('stamgast', '0010_lots_and_goals'),
    ]

    operations = [
        migrations.AddField(
            model_name='experiment',
            name='is_ongoing',
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(migrations.RunPython.noop, guard_without_day),
        migrations.AddField(
            model_name='lot',
            name='day',
            field=models.DateField(default=date(2026, 11, 27)),
            preserve_default=False,
        ),
        migrations.RunPython(guard_with_day, guard_without_day),
        migrations.AlterField(
            model_name='verdict',
            name='code',
            field=models.CharField(choices=[('worked', 'Worked'), ('worked_so_far', 'Worked So Far'), ('did_not_work', 'Did Not Work'), ('not_yet_known', 'Not Yet Known'), ('cannot_be_known_here', 'Cannot Be Known Here'), ('borrowed_from_later', 'Borrowed From Later')], max_length=20),
        ),
    ]
