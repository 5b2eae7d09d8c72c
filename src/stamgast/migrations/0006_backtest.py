from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stamgast", "0005_task_reasons"),
    ]

    operations = [
        migrations.CreateModel(
            name="Backtest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("run_at", models.DateTimeField()),
                ("facts", models.JSONField()),
            ],
            options={
                "indexes": [models.Index(fields=["-run_at"], name="backtest_newest")],
            },
        ),
    ]
