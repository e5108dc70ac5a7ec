from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tuning", "0001_initial"),
    ]

    # One number for all languages, which no engine's card has ever told.
    operations = [
        migrations.RemoveField(model_name="tuningversion", name="min_probability"),
        migrations.AddField(
            model_name="tuningversion",
            name="min_probability",
            field=models.JSONField(default=dict, help_text="By language; empty: for all that are not named."),
        ),
    ]
