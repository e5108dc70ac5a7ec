from django.db import migrations


class Migration(migrations.Migration):
    """Queries that are there already: what they are now is the first version that is known of each."""

    dependencies = [("listening", "0002_versions_and_snippets")]

    operations = [
        migrations.RunSQL(
            [
                "INSERT INTO listening_queryversion (query_id, version, text, snippets, cause, made_at, made_by) "
                "SELECT id, version, text, '{}', 'text', updated_at, '' FROM listening_query",
                "UPDATE listening_query SET matched_version = version WHERE active",
            ],
            migrations.RunSQL.noop,
        )
    ]
