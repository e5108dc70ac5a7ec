from django.db import migrations


class Migration(migrations.Migration):
    """Mentions that are there already: what is known of their authors now is the nearest to what was known then."""

    dependencies = [("mentions", "0003_facts")]

    operations = [
        migrations.RunSQL(
            [
                "UPDATE mentions_mention m SET followers = a.followers, verified = a.verified "
                "FROM mentions_author a WHERE a.id = m.author_id"
            ],
            migrations.RunSQL.noop,
        )
    ]
