"""What the API itself has to remember."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class IdempotencyRecord(models.Model):
    """The answer to a write that carried an Idempotency-Key, kept for 24 hours.

    `caller` is the public id of the API key or person; `body_digest` is a keyed digest of the request's body. `answer`
    is sealed, because it may hold a secret that is shown only once; it is empty while the first request is running.
    """

    caller = models.CharField(max_length=40)
    key = models.CharField(max_length=255)
    route = models.CharField(max_length=512)
    body_digest = models.CharField(max_length=64)
    status = models.IntegerField(null=True)
    answer = models.BinaryField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["caller", "key"], name="one_answer_per_key")]
        indexes: ClassVar = [models.Index(fields=["created_at"])]

    def __str__(self) -> str:
        return f"{self.caller} {self.route}"
