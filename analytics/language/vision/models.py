"""What was seen in the images of mentions. No image is kept."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from analytics.mentions.models import Mention


class VisualContent(models.Model):
    """Whether this client wants images fetched and looked at, and how far that is: one row. `looked_to` is the last
    mention that was come to with the model `looked_with`."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    enabled = models.BooleanField(default=False)
    changed_at = models.DateTimeField(null=True)
    looked_to = models.UUIDField(null=True)
    looked_with = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="one_visual_content")]

    def __str__(self) -> str:
        return "on" if self.enabled else "off"


class Visual(models.Model):
    """One image of a mention: its `place` in the mention's media, and what was seen. `text` and `caption` are
    redacted, null where the engine does not say. Where `problem` is set, nothing was seen; `tries` says how often."""

    mention = models.ForeignKey(Mention, on_delete=models.CASCADE, related_name="visuals", db_index=False)
    place = models.SmallIntegerField()
    address = models.BinaryField(help_text="SHA-256 of the image's address.")
    labels = models.JSONField(default=list, help_text="[label, score] pairs, the highest score first.")
    label_names = ArrayField(models.TextField(), default=list, help_text="Folded, for finding.")
    text = models.TextField(null=True)  # noqa: DJ001 - null: not asked; "": nothing written there
    caption = models.TextField(null=True)  # noqa: DJ001
    problem = models.CharField(max_length=40, blank=True)
    tries = models.SmallIntegerField(default=1)
    model_id = models.CharField(max_length=120)
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["mention", "place"], name="each_image_once")]
        indexes: ClassVar = [
            GinIndex(fields=["label_names"], name="visual_labels"),
            models.Index(fields=["address", "model_id"], name="visual_address"),
            models.Index(fields=["seen_at"], name="visual_to_try_again", condition=~models.Q(problem="")),
        ]

    def __str__(self) -> str:
        return f"{self.mention_id} {self.place}"
