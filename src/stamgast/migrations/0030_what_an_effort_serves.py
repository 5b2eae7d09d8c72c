from django.db import migrations, models


def note_goals(apps, schema_editor):
    """Let the efforts of campaigns that began before this say which goal they were begun for."""
    campaigns = apps.get_model("stamgast", "Campaign").objects
    for experiment, goal in campaigns.filter(
        experiment__isnull=False, goal__isnull=False
    ).values_list("experiment", "goal"):
        apps.get_model("stamgast", "Experiment").objects.filter(pk=experiment).update(
            serves=f"goal:{goal}"
        )


class Migration(migrations.Migration):
    dependencies = [
        ("stamgast", "0029_reply_by_the_book"),
    ]

    operations = [
        migrations.AddField(
            model_name="experiment",
            name="serves",
            field=models.CharField(blank=True, default="", max_length=60),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="experiment",
            name="rests_on_window",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(note_goals, migrations.RunPython.noop),
    ]
