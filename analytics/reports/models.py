"""Reports that were asked for, and where they lie."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kernel.ids import PublicIdField


class Report(models.Model):
    """A white-labelled PDF over [start, end], both days included, in the client's time zone."""

    id = PublicIdField("rep")
    job_id = models.CharField(max_length=40)
    title = models.CharField(max_length=200, blank=True)
    start = models.DateField()
    end = models.DateField()
    locale = models.CharField(max_length=35)
    path = models.CharField(max_length=512, blank=True)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    readings = models.JSONField(
        default=list, help_text="Which models had read how many of its mentions when it was made."
    )
    rendered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return str(self.id)
