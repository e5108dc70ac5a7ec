"""What matchers know of all clients' queries. Public schema.

**Changes.** `Position.change` is the catalogue's version. Whoever writes takes that one row's lock first, adds one to
it and stamps the sum on all rows that it writes. The lock is held until commit, so numbers become visible in the order
in which they were given: who has read everything up to a number misses nothing that is committed later, which a
sequence could not promise. Deleted queries stay as rows without a tree for a while; `Position.forgotten` is the highest
number of those that are gone, and who stands below it has to read everything anew.

**Clients** that are suspended, deleted, resumed or purged, and their agencies, are followed by triggers (migration
0001), in the transaction that changes them, whichever code or hand does it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Position(models.Model):
    """One row: where the catalogue stands."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    change = models.BigIntegerField(default=0)
    forgotten = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"change {self.change}"


class Entry(models.Model):
    """One query of one client as of one change. `tree` is the query's tree (see `trees`), "" once it is deleted;
    `source` a digest of what the tree was read from. `active` is the query's own; matchers hold those that are `heard`:
    active, and the client may be worked for."""

    schema = models.CharField(max_length=63)
    query_id = models.CharField(max_length=40)
    version = models.IntegerField()
    tree = models.TextField()
    source = models.CharField(max_length=64)
    active = models.BooleanField()
    heard = models.BooleanField()
    change = models.BigIntegerField(db_index=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["schema", "query_id"], name="catalogue_knows_a_query_once")
        ]

    def __str__(self) -> str:
        return f"{self.query_id} version {self.version}"


class Told(models.Model):
    """How far a client has told of its queries. Each telling takes a ticket (`asked`) *before* it reads them; what was
    read with a lower ticket than the last one written (`told`) is out of date, and is not written."""

    schema = models.CharField(max_length=63, primary_key=True)
    asked = models.BigIntegerField(default=0)
    told = models.BigIntegerField(default=0)
    told_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.schema
