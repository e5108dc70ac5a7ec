"""Work for later: actors, sent by name and in the same transaction as the data they are about.

    from kernel.queue import actor, periodic, send

    @actor("journey.ingest_import")
    def ingest_import(import_id: int) -> None: ...

    with transaction.atomic():
        upload.save()
        send("journey.ingest_import", upload.pk)   # rolled back together with the upload

Delivery is at least once: an actor may run again after a crash, so it takes ids and is idempotent.
"""

from __future__ import annotations

from kernel.queue.actors import actor, send
from kernel.queue.schedule import periodic

__all__ = ["actor", "periodic", "send"]
