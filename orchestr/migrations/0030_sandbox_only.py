from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orchestr', '0026_autonomy'),
    ]

    operations = [
        migrations.AddField(
            model_name='agenttoken',
            name='sandbox_only',
            field=models.BooleanField(db_default=False, default=False, help_text='A test token: what is proposed with it writes only to sandboxes.'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='sandbox_only',
            field=models.BooleanField(db_default=False, default=False, help_text='It writes only to systems marked as sandboxes: sandboxed.py.'),
        ),
        migrations.AddField(
            model_name='run',
            name='sandbox_only',
            field=models.BooleanField(db_default=False, default=False, help_text='What is proposed in it writes only to sandboxes.'),
        ),
    ]
