"""Why an archive is not written or not taken in."""

from __future__ import annotations


class ArchiveRefused(Exception):
    """Nothing was done, and nothing is left behind. The text is for the operator, and quotes no content."""


DAMAGED = "The archive is damaged or not complete"
