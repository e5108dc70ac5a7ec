"""What a person or a key may do."""

from __future__ import annotations

from django.db import models


class Role(models.TextChoices):
    """What a person or a key may do; each role may do all that the ones after it may."""

    OWNER = "owner", "Owner"
    MANAGER = "manager", "Manager"
    ANALYST = "analyst", "Analyst"
    VIEWER = "viewer", "Viewer"
