from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stamgast", "0033_how_often_an_action_earns"),
    ]

    operations = [
        migrations.AddField(
            model_name="programmeconsent",
            name="terms_version",
            field=models.CharField(blank=True, max_length=40),
        ),
    ]
