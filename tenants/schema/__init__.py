"""Clients' schemas: made from an image of a template, brought up to date many at once, dropped. Runs as the owner;
nothing else creates, alters or drops a schema.

`shell` is the role and the empty schema; `image` writes a schema down as SQL and `catalog` tells two schemas apart;
`template` keeps the image of this code's schema; `versions` says which clients are behind; `compiled`
turns migrations into SQL once, and `fleet` runs it in every client's schema.
"""

from __future__ import annotations

from tenants.schema.shared import migrate_clusters
from tenants.schema.shell import admit_login, drop
from tenants.schema.template import create

__all__ = ["admit_login", "create", "drop", "migrate_clusters"]
