"""What a client wants to hear people speak of, and what was found in its mentions."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from analytics.language.aspects.ontology import INDUSTRIES
from analytics.listening.models import Query
from analytics.mentions.models import Mention
from kernel.ids import PublicIdField


class AspectSettings(models.Model):
    """One row. `version` grows with each change of the industry or of an own aspect; `applied_version` is the one that
    all stored mentions were looked through with, 0 while that is not so."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    industry = models.CharField(max_length=20, blank=True, choices=[(key, key) for key in INDUSTRIES])
    version = models.IntegerField(default=1)
    applied_version = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.industry} {self.version}"


class OwnAspect(models.Model):
    """An aspect of the client's own: a name, and what to look for in the query language. `snippets` are name and text
    of each that it uses, as this version has them."""

    id = PublicIdField("asp")
    name = models.CharField(max_length=100)
    text = models.TextField()
    snippets = models.JSONField(default=dict)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["name"], name="own_aspects_have_names")]

    def __str__(self) -> str:
        return self.name


class OwnAspectVersion(models.Model):
    """What an own aspect was from one change to the next. Never altered."""

    aspect = models.ForeignKey(OwnAspect, on_delete=models.CASCADE, related_name="versions", db_index=False)
    version = models.IntegerField()
    name = models.CharField(max_length=100)
    text = models.TextField()
    snippets = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering: ClassVar = ["-version"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["aspect", "version"], name="own_aspect_version_once")]

    def __str__(self) -> str:
        return f"{self.aspect_id} {self.version}"


class AspectRun(models.Model):
    """A way through all stored mentions, of which there is one at a time: up to `until`, past `after` so far."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    job_id = models.CharField(max_length=40)
    version = models.IntegerField(default=0)
    begun = models.BooleanField(default=False)
    after = models.UUIDField(null=True)
    until = models.UUIDField(null=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.job_id


class MentionAspect(models.Model):
    """That a mention speaks of something, where, and how: one row for each target. `aspect` is a key of the industry's
    ontology, `own` an own aspect, `entity` a brand's or competitor's query: one of the three.

    Places are [start, end) in title, line break and text (the text alone where there is no title): `start` and `end` of
    the target, `stretches` flattened of what was judged, `opinions` in threes (start, end, 1 for good or 0 for bad).
    `about` is the entity it is said of, where that can be told. Sentiment is empty where `abstain_reason` says why.
    """

    mention = models.ForeignKey(Mention, on_delete=models.CASCADE, related_name="aspects", db_index=False)
    posted_at = models.DateTimeField()
    aspect = models.CharField(max_length=60, blank=True)
    own = models.ForeignKey(OwnAspect, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    entity = models.ForeignKey(Query, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    about = models.ForeignKey(Query, on_delete=models.SET_NULL, null=True, related_name="+")
    start = models.IntegerField()
    end = models.IntegerField()
    stretches = ArrayField(models.IntegerField())
    opinions = ArrayField(models.IntegerField(), default=list)
    negative = models.FloatField()
    neutral = models.FloatField()
    positive = models.FloatField()
    sentiment = models.CharField(max_length=8, blank=True)
    abstain_reason = models.CharField(max_length=40, blank=True)
    model_id = models.CharField(max_length=160)
    ontology = models.CharField(max_length=40, blank=True, help_text="Industry and version of its terms.")

    class Meta:
        ordering: ClassVar = ["start", "end", "id"]
        indexes: ClassVar = [
            models.Index(fields=["mention"], name="aspect_of_mention"),
            models.Index(fields=["aspect", "-posted_at"], name="aspect_newest", condition=~Q(aspect="")),
            models.Index(fields=["own", "-posted_at"], name="aspect_own_newest", condition=Q(own__isnull=False)),
            models.Index(fields=["entity", "-posted_at"], name="aspect_entity", condition=Q(entity__isnull=False)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="aspect_of_one_kind",
                condition=(
                    ~Q(aspect="") & Q(own=None, entity=None)
                    | Q(aspect="", entity=None, own__isnull=False)
                    | Q(aspect="", own=None, entity__isnull=False)
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.mention_id} {self.aspect or self.own_id or self.entity_id}"
