from django.db import migrations, models


class Migration(migrations.Migration):
    """A process of the release before goes on: it does not name the column."""

    dependencies = [
        ('orchestr', '0034_segment_rules'),
    ]

    operations = [
        migrations.AddField(
            model_name='step',
            name='tool_calls',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='Of tools that are not ours.'),
        ),
    ]
