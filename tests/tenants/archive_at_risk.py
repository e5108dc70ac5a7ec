"""A process to be killed: `python -m tests.tenants.archive_at_risk <database> <archive>` restores a client. Prints a
line when it begins. With `<directory> <step>` it restores into the second server there, and kills itself after so many
steps, or, with -1, between the two servers' commits."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import django
from django.conf import settings


def die(*_: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    where: dict[str, Any] = {}
    if len(sys.argv) > 3:
        from config import database

        settings.DATABASES["default"]["CLUSTERS"] = {
            "eu": {
                **database.embedded(Path(sys.argv[3]), durable=False),
                "OPTIONS": {"prepare_threshold": None, "server_side_binding": True},
            }
        }
        steps = iter(range(int(sys.argv[4])))
        where = {"cluster": "eu"}
        if sys.argv[4] != "-1":
            where["advance"] = lambda: next(steps, None) is None and die()
    django.setup()
    from tenants.archive import files
    from tenants.archive.restore import import_client

    if sys.argv[4:] == ["-1"]:
        vars(files)["move_in"] = die
    print("begun", flush=True)
    import_client(source=Path(sys.argv[2]), **where)
    print("done", flush=True)
