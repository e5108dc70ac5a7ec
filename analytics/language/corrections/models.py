"""Labels that people gave, what each of them changed, and the queues that they were asked to go through."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from analytics.listening.models import Query
from analytics.mentions.models import Mention
from kernel.ids import PublicIdField


class Correction(models.Model):
    """One act of somebody: labels for one mention or for thousands. `waiting` are the rows of its job, which has come
    to the first `done` of them; emptied at its end. What `labelled` and `bad` leave of `rows` the job has not come to,
    and will not where it was cancelled or failed. `same` counts those labelled that only confirmed what the mention
    said already. `by` is the id of the person or key. `reversing` are the mentions that it is, or was last, to be taken
    back for, null for all; `reversal_by` wanted that."""

    class Source(models.TextChoices):
        MENTION = "mention", "One mention"
        LIST = "list", "A list"
        FILE = "file", "A file"

    id = PublicIdField("cor")
    by = models.CharField(max_length=40)
    source = models.CharField(max_length=8, choices=Source.choices)
    job_id = models.CharField(max_length=40, blank=True)
    reversal_job_id = models.CharField(max_length=40, blank=True)
    reversal_by = models.CharField(max_length=40, blank=True, default="")
    reversing = models.JSONField(null=True)
    rows = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    labelled = models.IntegerField(default=0)
    same = models.IntegerField(default=0)
    bad = models.IntegerField(default=0)
    waiting = models.JSONField(default=list)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return str(self.id)


class CorrectionProblem(models.Model):
    """A row that did not go in. `line` is the line of a file (its header is line 1), or the place in a list from 1."""

    correction = models.ForeignKey(Correction, on_delete=models.CASCADE, related_name="problems", db_index=False)
    line = models.IntegerField()
    code = models.CharField(max_length=40)
    field = models.CharField(max_length=40, blank=True)
    reason = models.TextField()

    class Meta:
        ordering: ClassVar = ["line", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["correction", "line", "code"], name="each_problem_once")
        ]

    def __str__(self) -> str:
        return f"{self.correction_id} {self.line} {self.code}"


class Label(models.Model):
    """What somebody says of one field of one mention, and what it said before. Rows are only added and taken back: of
    those that stand, each person's latest is theirs, and the latest of all is in force; the mention says it from the
    same transaction on."""

    correction = models.ForeignKey(Correction, on_delete=models.CASCADE, related_name="labels")
    mention = models.ForeignKey(Mention, on_delete=models.CASCADE, related_name="+", db_index=False)
    field = models.CharField(max_length=10)
    by = models.CharField(max_length=40)
    label = models.JSONField(help_text="sentiment: text; emotions, intents: sorted list; irony: true or false.")
    was = models.JSONField(null=True, help_text="What was in force before; null where there was nothing.")
    labelled_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["mention", "field", "by"], name="label_of_mention"),
            models.Index(fields=["field", "mention"], name="label_that_stands", condition=Q(taken_back_at=None)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["correction", "mention", "field"], name="one_label_per_act")
        ]

    def __str__(self) -> str:
        return f"{self.mention_id} {self.field}"


class ReviewQueue(models.Model):
    """Mentions drawn to be labelled. `population` is how many there were to draw from (the latest ones, where there are
    more than are looked at); `parts` how many were drawn for each reason, `seed` what chance came from."""

    id = PublicIdField("rvq")
    by = models.CharField(max_length=40)
    query = models.ForeignKey(Query, on_delete=models.CASCADE, null=True, related_name="+")
    language = models.CharField(max_length=16, blank=True)
    mix = models.JSONField(help_text="Shares asked for: uncertain, influential, random.")
    parts = models.JSONField()
    population = models.BigIntegerField()
    seed = models.BigIntegerField()
    drawn_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return str(self.id)


class Queued(models.Model):
    """One mention of a queue, in the order in which to label: any first part holds a random sample too. `entropy` is
    that of the sentiment's probabilities then, 0..1; `model_id` what read it."""

    queue = models.ForeignKey(ReviewQueue, on_delete=models.CASCADE, related_name="queued", db_index=False)
    mention = models.ForeignKey(Mention, on_delete=models.CASCADE, related_name="+")
    place = models.IntegerField()
    reason = models.CharField(max_length=12)
    entropy = models.FloatField(null=True)
    model_id = models.CharField(max_length=120)

    class Meta:
        ordering: ClassVar = ["place"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["queue", "place"], name="one_mention_per_turn")]

    def __str__(self) -> str:
        return f"{self.queue_id} {self.place}"
