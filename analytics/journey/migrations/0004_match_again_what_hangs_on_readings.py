from django.db import migrations


class Migration(migrations.Migration):
    """Matches that were settled before do not know what they hung on. Queries that may ask for sentiment are not matched
    to the end as they are to be now: who reads mentions again has them matched first."""

    dependencies = [
        ("journey", "0003_rescorings"),
        ("listening", "0004_noise_filter"),
    ]

    operations = [
        migrations.RunSQL(
            [
                "UPDATE listening_query SET matched_version = 0 WHERE text ILIKE '%sentiment%' "
                "OR snippets::text ILIKE '%sentiment%'"
            ],
            migrations.RunSQL.noop,
        ),
    ]
