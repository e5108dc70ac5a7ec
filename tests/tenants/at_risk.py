"""A process to be killed: `python -m tests.tenants.at_risk <database> open <agency> <actor>` opens clients without end,
`… purge` carries out the deletions that are due, `… migrate <folder> <package> <schema>…` gives the reports' room
another package of migrations and migrates the schemas. Prints a line when it begins."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import django
from django.conf import settings

if __name__ == "__main__":
    database, task, *rest = sys.argv[1:]
    settings.DATABASES["default"]["NAME"] = database
    if task == "migrate":
        sys.path.insert(0, rest[0])
        settings.MIGRATION_MODULES = {"reports": rest[1]}
    django.setup()
    from tenants import services
    from tenants.schema import fleet, template

    if task == "migrate":
        print("begun", flush=True)
        fleet.migrate(schemas=rest[2:], jobs=2)
        print("done", flush=True)
    elif task == "purge":
        from tenants.lifecycle import purging

        print("begun", flush=True)
        for client in purging.due(datetime.now(UTC)):
            purging.purge(client_id=client.id, now=datetime.now(UTC))
        print("done", flush=True)
    else:
        template.current_image()
        print("begun", flush=True)
        while True:
            services.create_client(agency_id=rest[0], name="At risk", locale="en-GB", time_zone="UTC", actor=rest[1])
