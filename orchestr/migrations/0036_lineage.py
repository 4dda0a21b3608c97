import django.db.models.deletion
import django.db.models.functions.uuid
from django.db import migrations, models


# What is declared today is the first version of each tool; scopes were granted as that.
FIRST = """
INSERT INTO orchestr_tool_version (tool_id, number, declared, registered_at)
SELECT id, 1, jsonb_build_object(
    'action_class', action_class, 'reversibility', reversibility, 'guarantee', guarantee, 'writes', writes,
    'input_schema', input_schema, 'output_schema', output_schema, 'cost', 0), now()
FROM orchestr_tool
"""


class Migration(migrations.Migration):
    """A process of the release before goes on: it names none of the columns, and grants as the first version."""

    dependencies = [
        ('orchestr', '0035_run_budgets'),
    ]

    operations = [
        migrations.AddField(
            model_name='tool',
            name='cost',
            field=models.PositiveBigIntegerField(db_default=0, default=0, help_text="Of one call, in millionths of the run's currency."),
        ),
        migrations.AddField(
            model_name='tool',
            name='version',
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='scope',
            name='tool_version',
            field=models.PositiveIntegerField(db_default=1, default=1, help_text='As which it was granted: it covers nothing that a later one does besides.'),
        ),
        migrations.AddField(
            model_name='step',
            name='model',
            field=models.CharField(blank=True, db_default='', default='', max_length=120),
        ),
        migrations.AddField(
            model_name='step',
            name='prompt',
            field=models.CharField(blank=True, db_default='', default='', max_length=120),
        ),
        migrations.AddField(
            model_name='step',
            name='prompt_version',
            field=models.CharField(blank=True, db_default='', default='', max_length=60),
        ),
        migrations.AddField(
            model_name='version',
            name='lineage',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict, help_text='Of what made it: models, prompts, tools by version, and what its run had spent (lineage.py).'),
        ),
        migrations.CreateModel(
            name='ToolVersion',
            fields=[
                ('id', models.UUIDField(db_default=django.db.models.functions.uuid.UUID7(), editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('declared', models.JSONField(help_text='Every column of the tool that its connector declares.')),
                ('registered_at', models.DateTimeField()),
                ('tool', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='orchestr.tool')),
            ],
            options={
                'db_table': 'orchestr_tool_version',
                'constraints': [models.UniqueConstraint(fields=('tool', 'number'), name='tool_version_number')],
            },
        ),
        migrations.RunSQL(FIRST, migrations.RunSQL.noop),
    ]
