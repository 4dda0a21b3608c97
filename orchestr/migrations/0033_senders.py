import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A process of the release before goes on: it names neither column, and `event_once` stands."""

    dependencies = [
        ('orchestr', '0029_catalogue_at_size'),
    ]

    operations = [
        migrations.AddField(
            model_name='event',
            name='body_sha256',
            field=models.CharField(blank=True, db_default='', default='', help_text='Of its type, subject and data; "" once emptied.', max_length=64),
        ),
        migrations.AddField(
            model_name='event',
            name='sender',
            field=models.ForeignKey(db_index=False, help_text='The agent that brought it; what shops and Orchestr itself tell has none.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orchestr.agent'),
        ),
    ]
