"""A process to be killed: `python -m tests.tenants.archive_at_risk <database> <archive>` restores a client. Prints a
line when it begins."""

from __future__ import annotations

import sys
from pathlib import Path

import django
from django.conf import settings

if __name__ == "__main__":
    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    django.setup()
    from tenants.archive.restore import import_client

    print("begun", flush=True)
    import_client(source=Path(sys.argv[2]))
    print("done", flush=True)
