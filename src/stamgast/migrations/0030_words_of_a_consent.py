from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stamgast", "0029_reply_by_the_book"),
    ]

    operations = [
        migrations.AddField(
            model_name="programmeconsent",
            name="terms_version",
            field=models.CharField(blank=True, max_length=40),
        ),
    ]
