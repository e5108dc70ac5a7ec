"""What a client has brought in, or asked to be read: uploads and feeds."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kernel.ids import PublicIdField


class Import(models.Model):
    """One uploaded file on its way in. `cursor` is where reading goes on; it moves in the same transaction as the
    posts it covers, so a killed worker neither loses nor doubles a row."""

    id = PublicIdField("imp")
    job_id = models.CharField(max_length=40)
    file_name = models.CharField(max_length=255)
    path = models.CharField(max_length=512)
    size = models.BigIntegerField()
    source = models.CharField(max_length=40, default="upload", help_text="Source of rows that name none.")
    mapping = models.JSONField(default=dict, help_text="Columns as the caller named them: field -> column.")
    options = models.JSONField(default=dict, help_text="day_first, default_zone: as the caller set them.")
    plan = models.JSONField(null=True, help_text="What the first pass over the file decided, and why.")
    cursor = models.JSONField(null=True)
    rows = models.BigIntegerField(default=0)
    read = models.BigIntegerField(default=0)
    stored = models.BigIntegerField(default=0)
    known = models.BigIntegerField(default=0, help_text="Matched posts that were stored before.")
    unmatched = models.BigIntegerField(default=0)
    bad = models.BigIntegerField(default=0)
    repeated = models.BigIntegerField(default=0, help_text="Rows that repeat an earlier row of the file exactly.")
    understood = models.BigIntegerField(default=0)
    exhausted = models.BooleanField(default=False, help_text="Every row has been read.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return str(self.id)


class ImportProblem(models.Model):
    """A row that could not be read, or, where it is not `refused`, something to know about one that was. The row
    itself is not kept: it may hold personal data."""

    upload = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="problems")
    line = models.BigIntegerField()
    refused = models.BooleanField(default=True)
    code = models.CharField(max_length=40)
    field = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=300)

    class Meta:
        ordering: ClassVar = ["line"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["upload", "line", "code"], name="one_problem_per_line_and_code"),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.code}"


class Feed(models.Model):
    """An RSS or Atom feed that a client follows."""

    id = PublicIdField("fed")
    url = models.URLField(max_length=2000)
    name = models.CharField(max_length=200)
    cursor = models.JSONField(null=True, help_text="ETag, Last-Modified and ids seen.")
    active = models.BooleanField(default=True)
    polled_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True, help_text="Why the last poll failed; empty when it did not.")
    failing_since = models.DateTimeField(null=True, blank=True, help_text="The first failure since it was last read.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["url"], name="each_feed_once")]

    def __str__(self) -> str:
        return self.name
