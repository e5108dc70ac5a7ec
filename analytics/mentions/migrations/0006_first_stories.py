from django.db import migrations, models


class Migration(migrations.Migration):
    """Mentions that are there already are each a story of their own: only what comes is compared."""

    dependencies = [("mentions", "0005_noise_and_stories")]

    operations = [
        migrations.RunSQL(["UPDATE mentions_mention SET story = id WHERE story IS NULL"], migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="mention",
            name="story",
            field=models.UUIDField(
                help_text="Shared by mentions that say the same; the id of the first that was stored."
            ),
        ),
    ]
