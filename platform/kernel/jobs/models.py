"""Long work of one client, as something that can be asked about."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kernel.ids import PublicIdField


class Job(models.Model):
    """A piece of long work. `done` of `total` units are finished (0 of 0: not known yet); `result` is a public id of
    what the work made; `error` is a stable code and a sentence, where it failed."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    id = PublicIdField("job")
    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    result = models.CharField(max_length=40, blank=True)
    error = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def progress(self) -> float:
        """Share of the work that is done, 0..1."""
        if self.state == self.State.SUCCEEDED:
            return 1.0
        return min(1.0, self.done / self.total) if self.total else 0.0
