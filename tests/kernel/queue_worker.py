"""A real worker process on the tests' database: `python -m tests.kernel.queue_worker <database> <threads>`."""

from __future__ import annotations

import sys

import django
from django.conf import settings

if __name__ == "__main__":
    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    django.setup()
    import tests.kernel.queue_cast  # noqa: F401  declares the actors
    from kernel.queue import schedule
    from kernel.queue.actors import discover
    from kernel.queue.process import work

    # A worker that lived for a second would also begin what is due every hour or day, in every client.
    discover()
    schedule.declared.clear()
    work(threads=int(sys.argv[2]), grace=20.0)
