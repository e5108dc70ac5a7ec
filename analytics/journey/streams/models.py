"""What is known of shared streams in the public schema."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kernel.ids import PublicIdField


class Stream(models.Model):
    """A public source that is read once for all clients. Its id is the origin of the mentions that it brings; `cursor`
    resumes behind everything that has been handed over."""

    id = PublicIdField("str")
    name = models.CharField(max_length=100, unique=True)
    cursor = models.JSONField(null=True)
    read_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Parcel(models.Model):
    """Posts of a stream that matched one client's queries, until that client has them. `sealed` can be opened with the
    client's data key alone (`parcels`): it holds people's names. `tries` are those that failed."""

    schema = models.CharField(max_length=63)
    stream = models.ForeignKey(Stream, on_delete=models.PROTECT)
    posts = models.PositiveIntegerField()
    sealed = models.BinaryField()
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["schema", "id"], name="parcels_of_a_client")]

    def __str__(self) -> str:
        return f"{self.posts} posts"
