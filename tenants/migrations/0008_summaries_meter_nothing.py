from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0007_people_get_in'),
    ]

    operations = [
        migrations.RemoveField(model_name='clientsummary', name=name)
        for name in ('month', 'mentions_metered', 'queries', 'storage_bytes')
    ]
