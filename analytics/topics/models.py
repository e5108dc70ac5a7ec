"""What a client's mentions are about: topics that keep their ids, and how each run saw them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from analytics.listening.models import Query
from analytics.mentions.models import Mention
from analytics.topics.discovery.naming import MOST_OF_NAME
from kernel.ids import PublicIdField


class TopicRun(models.Model):
    """One finding of topics among all of the client's mentions, or one query's. What it learnt (`learnt`) reads every
    mention page by page, those up to `until`; only when it is through does it become the current one, and what the run
    before said of mentions goes. `floor`: up to this id every mention has been read."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        READING = "reading", "Reading"
        CURRENT = "current", "Current"
        REPLACED = "replaced", "Replaced"
        ENDED = "ended", "Ended"

    id = PublicIdField("trn")
    query = models.ForeignKey(Query, on_delete=models.CASCADE, null=True, related_name="+")
    job_id = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    model_id = models.CharField(max_length=120)
    seed = models.IntegerField()
    afresh = models.BooleanField(default=False)
    learnt = models.BinaryField(null=True)
    after = models.UUIDField(null=True)
    until = models.UUIDField(null=True)
    floor = models.UUIDField(null=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    sampled = models.IntegerField(default=0, help_text="Stories that were learnt from.")
    languages = models.JSONField(default=list)
    kept = models.BigIntegerField(default=0, help_text="Mentions whose topic is the one that they had.")
    compared = models.BigIntegerField(default=0, help_text="Mentions that had a topic before.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["query"], condition=Q(state="current"), nulls_distinct=False, name="one_current_run"
            ),
            models.UniqueConstraint(
                fields=["query"],
                # Not `state__in`, which PostgreSQL writes in another way each time it is read back.
                condition=Q(state="queued") | Q(state="reading"),
                nulls_distinct=False,
                name="one_open_topic_run",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class Topic(models.Model):
    """A topic of all mentions, or of one query's, through all runs. A theme is a topic made of others. One that people
    merged into another keeps being found, and counts there."""

    id = PublicIdField("top")
    query = models.ForeignKey(Query, on_delete=models.CASCADE, null=True, related_name="+")
    language = models.CharField(max_length=16)
    theme = models.BooleanField(default=False)
    given_name = models.CharField(max_length=120, blank=True, help_text="By people.")
    merged_into = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="merged")
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return str(self.id)


class TopicView(models.Model):
    """A topic as one run saw it: its number in what the run learnt (null for themes), its words, its most typical
    mentions, and of how many stories and authors of the sample."""

    run = models.ForeignKey(TopicRun, on_delete=models.CASCADE, related_name="views")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="views")
    parent = models.ForeignKey(Topic, on_delete=models.SET_NULL, null=True, related_name="+")
    number = models.IntegerField(null=True)
    name = models.CharField(max_length=MOST_OF_NAME)
    terms = models.JSONField(default=list)
    examples = ArrayField(models.UUIDField(), default=list)
    stories = models.IntegerField()
    authors = models.IntegerField()
    coherence = models.FloatField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "topic"], name="one_view_per_run")]

    def __str__(self) -> str:
        return self.name


class TopicEvent(models.Model):
    """What became of a topic in a run: made, split off from another, taken in by another, retired."""

    class Kind(models.TextChoices):
        MADE = "made", "Made"
        SPLIT = "split", "Split off from"
        TAKEN_IN = "taken_in", "Taken in by"
        RETIRED = "retired", "Retired"

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="events")
    run = models.ForeignKey(TopicRun, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    other = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, related_name="+")
    share = models.FloatField(null=True, help_text="Of the older one's stories.")

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.topic_id} {self.kind}"


class TopicMention(models.Model):
    """What a run says a mention is about; no topic: it belongs to none. `nearness` is the cosine to the topic, or else
    to the nearest."""

    run = models.ForeignKey(TopicRun, on_delete=models.CASCADE, related_name="+", db_index=False)
    mention = models.ForeignKey(Mention, on_delete=models.CASCADE, related_name="+")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    nearness = models.FloatField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "mention"], name="one_topic_per_mention")]
        indexes: ClassVar = [models.Index(fields=["topic", "run"], name="mention_of_topic")]

    def __str__(self) -> str:
        return f"{self.mention_id} {self.topic_id}"
