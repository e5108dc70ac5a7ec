"""A client's life: opened, changed, suspended, deleted after a grace period, and purged.

`opening` makes one, with its schema, host name and brand in one transaction; `domains` proves host names of its own;
`suspension` and `deletion` change what may be done with it; `purging` destroys its key and drops it; `sweeping` looks
for what no client owns; `serving` says whether work may be done in its schema now.
"""

from __future__ import annotations

from tenants.lifecycle.deletion import cancel_deletion, confirm_deletion, request_deletion
from tenants.lifecycle.domains import prove_domain
from tenants.lifecycle.opening import create_client, update_client
from tenants.lifecycle.suspension import resume_agency, resume_client, suspend_agency, suspend_client

__all__ = [
    "cancel_deletion",
    "confirm_deletion",
    "create_client",
    "prove_domain",
    "request_deletion",
    "resume_agency",
    "resume_client",
    "suspend_agency",
    "suspend_client",
    "update_client",
]
