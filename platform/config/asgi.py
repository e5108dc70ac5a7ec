"""For an ASGI server, such as uvicorn: `config.asgi:application`."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Each request has a thread of its own here: what it kept open, nobody would use again. A pool is for all threads.
os.environ.setdefault("EARSHOT_CONN_MAX_AGE", "0")

application = get_asgi_application()
