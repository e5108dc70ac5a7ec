"""The queue's tables, all in the public schema. Client roles have no right on them, see `kernel.queue.statements`."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Message(models.Model):
    """A message that waits or is being processed; a processed one is deleted.

    `worker` is the number of the consumer that holds it: that consumer also holds the advisory lock of this number,
    so a claim whose lock is gone is a claim of the dead. `attempts` counts claims since it was last enqueued.
    """

    id = models.UUIDField(primary_key=True)
    queue = models.CharField(max_length=100)
    actor = models.CharField(max_length=200)
    schema = models.CharField(max_length=63, db_default="public")
    payload = models.JSONField()
    priority = models.IntegerField(default=0, db_default=0)
    available_at = models.DateTimeField(db_default=Now())
    enqueued_at = models.DateTimeField(db_default=Now())
    worker = models.IntegerField(null=True)
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "queue_message"
        indexes = (
            models.Index(
                fields=["queue", "priority", "available_at"],
                condition=models.Q(worker__isnull=True),
                name="queue_message_waiting",
            ),
            models.Index(fields=["worker"], condition=models.Q(worker__isnull=False), name="queue_message_claimed"),
        )

    def __str__(self) -> str:
        return f"{self.actor} {self.pk}"


class DeadLetter(models.Model):
    """A message given up on. `error` is the last exception's type, never its text, which may quote a post."""

    id = models.UUIDField(primary_key=True)
    queue = models.CharField(max_length=100)
    actor = models.CharField(max_length=200)
    schema = models.CharField(max_length=63)
    payload = models.JSONField()
    error = models.CharField(max_length=200)
    enqueued_at = models.DateTimeField()
    died_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "queue_dead_letter"
        indexes = (models.Index(fields=["-died_at"], name="queue_dead_letter_recent"),)

    def __str__(self) -> str:
        return f"{self.actor} {self.pk}: {self.error}"


class Schedule(models.Model):
    """An actor sent again and again, without a client; one that works for every client fans out itself.

    `every` is at least a second. A due time that passed while no worker ran is made up for once, not many times.
    """

    name = models.CharField(max_length=200, primary_key=True)
    actor = models.CharField(max_length=200)
    args = models.JSONField(default=list)
    every = models.DurationField()
    next_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(null=True, blank=True)
    enabled = models.BooleanField(default=True, db_default=True)

    class Meta:
        db_table = "queue_schedule"

    def __str__(self) -> str:
        return self.name
