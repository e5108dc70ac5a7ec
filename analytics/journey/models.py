"""What a client's people asked to take away."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from analytics.listening.models import Query
from kernel.ids import PublicIdField


class Export(models.Model):
    """All that the API shows of this client, in one file, for some days. `path` is empty until it is made and once it
    is deleted; `contents` are rows by kind."""

    class Format(models.TextChoices):
        JSONL = "jsonl", "JSON Lines"
        CSV = "csv", "CSV"

    id = PublicIdField("exp")
    job_id = models.CharField(max_length=40)
    format = models.CharField(max_length=8, choices=Format.choices, default=Format.JSONL)
    path = models.CharField(max_length=512, blank=True)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    contents = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return str(self.id)


class Rematch(models.Model):
    """A query's way through what is stored, page by page in the order of mentions' ids: those up to `after` are done,
    those beyond `until` came later and were heard as the query is now. It is gone when it is through; of two, the later
    one takes the row."""

    query = models.OneToOneField(Query, on_delete=models.CASCADE, primary_key=True, related_name="+")
    job_id = models.CharField(max_length=40)
    begun = models.BooleanField(default=False)
    after = models.UUIDField(null=True)
    until = models.UUIDField(null=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.query_id} {self.done}/{self.total}"


class Rescoring(models.Model):
    """A way through everything that was read by what is not in force (`rescoring`), page by page in the order of
    mentions' ids: those up to `after` are done. `model_id` is what they are read with, `done` how many were, `rounds`
    how often it went through from the start since that is in force. `open` until it is through or given up; how it
    ended is its job's."""

    id = PublicIdField("rsc")
    job_id = models.CharField(max_length=40)
    by = models.CharField(max_length=40, blank=True, help_text="Public id of whoever asked; empty: nobody did.")
    model_id = models.CharField(max_length=120)
    open = models.BooleanField(default=True)
    begun = models.BooleanField(default=False)
    after = models.UUIDField(null=True)
    rounds = models.IntegerField(default=0)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.model_id} {self.done}/{self.total}"
