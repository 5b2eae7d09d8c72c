from django.db import migrations, models
from django.db.models import F


def all_in_money(apps, schema_editor):
    """Say of purchases from before that they were paid in money: their lines were after discount.

    And which of them orders made.
    """
    rows = apps.get_model('stamgast', 'Checkout').objects
    rows.update(to_pay_minor=F('total_minor'))
    rows.filter(earning__by='orders').update(is_from_order=True)


class Migration(migrations.Migration):

    dependencies = [
        ('stamgast', '0030_what_an_effort_serves'),
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
        migrations.AddField(
            model_name='checkout',
            name='is_from_order',
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name='checkout',
            name='status',
            field=models.CharField(choices=[('held', 'Held'), ('committed', 'Committed'), ('released', 'Released'), ('replaced', 'Replaced')], default='held', max_length=9),
        ),
        migrations.RunPython(all_in_money, migrations.RunPython.noop),
    ]
