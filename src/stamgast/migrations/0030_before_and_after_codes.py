from django.db import migrations, models
from django.db.models import F


def all_in_money(apps, schema_editor):
    """Say of purchases from before that they were paid in money: their lines were after discount."""
    apps.get_model('stamgast', 'Checkout').objects.update(to_pay_minor=F('total_minor'))


class Migration(migrations.Migration):

    dependencies = [
        ('stamgast', '0029_reply_by_the_book'),
    ]

    operations = [
        migrations.AddField(
            model_name='checkout',
            name='shipping_minor',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='checkout',
            name='to_pay_minor',
            field=models.BigIntegerField(default=0),
        ),
        migrations.RunPython(all_in_money, migrations.RunPython.noop),
    ]
