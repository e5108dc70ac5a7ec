"""The store. No row here can name a person: authors are pseudonyms, texts are redacted."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q

from analytics.listening.models import Query
from analytics.mentions.duplicates import BANDS
from kernel.ids import PublicIdField


class Author(models.Model):
    """A pseudonym within this client. `pseudonym` is 16 bytes of a keyed hash over source and handle; `envelope`
    holds the handle sealed under the client's data key, and is empty for people who were only spoken to."""

    id = PublicIdField("aut")
    source = models.CharField(max_length=40)
    pseudonym = models.BinaryField()
    label = models.CharField(max_length=16, help_text="Short name to show, derived from the pseudonym.")
    envelope = models.BinaryField(null=True)
    followers = models.BigIntegerField(null=True)
    verified = models.BooleanField(default=False)
    is_brand = models.BooleanField(default=False, help_text="A public handle named in one of the client's queries.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["source", "pseudonym"], name="one_author_per_handle")]

    def __str__(self) -> str:
        return self.label


class Mention(models.Model):
    """A post that matched at least one query, as it was protected and understood."""

    id = PublicIdField("men")
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=512)
    envelope = models.BinaryField(null=True, help_text="Sealed id and address, where those named somebody.")
    origin = models.CharField(max_length=40, help_text="Public id of the import or feed that brought it.")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, null=True, related_name="mentions", db_index=False)
    posted_at = models.DateTimeField()
    stored_at = models.DateTimeField()
    kind = models.CharField(max_length=10)
    title = models.TextField(blank=True)
    text = models.TextField()
    url = models.TextField(blank=True)
    thread = models.CharField(max_length=512, help_text="External id of the thread's root, as far as it is known.")
    reply_to = models.CharField(max_length=512, blank=True)
    repost_of = models.CharField(max_length=512, blank=True)
    quote_of = models.CharField(max_length=512, blank=True)
    addressed = ArrayField(models.BinaryField(), default=list, help_text="Pseudonyms of the handles mentioned.")
    hashtags = ArrayField(models.TextField(), default=list)
    media = models.JSONField(default=list)
    country = models.CharField(max_length=2, blank=True)
    region = models.CharField(max_length=100, blank=True)
    city = models.CharField(max_length=100, blank=True)
    followers = models.BigIntegerField(null=True, help_text="The author's when the post was read.")
    verified = models.BooleanField(null=True, help_text="Whether the author was when the post was read.")
    # Taken from the post as it came, where redaction may have removed what they rest on; null: tell them from the row.
    has = ArrayField(models.TextField(), null=True, help_text="image, video, link")
    sites = ArrayField(models.TextField(), null=True, help_text="The address, as far as it names nobody.")
    links = ArrayField(models.TextField(), null=True, help_text="What it links to, as far as that names nobody.")
    rating = models.FloatField(null=True)
    likes = models.BigIntegerField(default=0)
    reposts = models.BigIntegerField(default=0)
    replies = models.BigIntegerField(default=0)
    views = models.BigIntegerField(null=True)
    reach = models.BigIntegerField(default=0)
    search = SearchVectorField(help_text="The tokens of title and text, as the listening tokeniser cuts them.")
    language_hint = models.CharField(max_length=16, blank=True)
    story = models.UUIDField(help_text="Shared by mentions that say the same; the id of the first that was stored.")
    wording = models.UUIDField(null=True, help_text="Hash of what it says; null where that is too short to compare.")

    # Written by `language` afterwards. `sentiment` stays empty where the engine abstained.
    language = models.CharField(max_length=16, blank=True)
    language_confidence = models.FloatField(null=True)
    sentiment = models.CharField(max_length=8, blank=True)
    negative = models.FloatField(null=True)
    neutral = models.FloatField(null=True)
    positive = models.FloatField(null=True)
    abstain_reason = models.CharField(max_length=40, blank=True)
    model_id = models.CharField(max_length=120, blank=True)
    understood_at = models.DateTimeField(null=True)
    # Null: the engine does not say. Scores are in the order of `language.contracts`.
    emotions = ArrayField(models.TextField(), null=True)
    emotion_scores = ArrayField(models.FloatField(null=True), null=True)
    irony = models.FloatField(null=True)
    intents = ArrayField(models.TextField(), null=True)
    intent_scores = ArrayField(models.FloatField(null=True), null=True)
    corrected = ArrayField(
        models.TextField(), default=list, db_default=[], help_text="Which of these fields people have set."
    )
    engine_labels = models.JSONField(null=True, help_text="What the engine says of the fields that people have set.")

    class Meta:
        ordering: ClassVar = ["-posted_at", "-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["source", "external_id"], name="each_post_once")]
        indexes: ClassVar = [
            models.Index(fields=["-posted_at", "-id"], name="mention_newest"),
            models.Index(fields=["source", "thread"], name="mention_thread"),
            models.Index(fields=["author", "-posted_at"], name="mention_of_author"),
            models.Index(fields=["story", "-posted_at", "-id"], name="mention_of_story"),
            models.Index(fields=["origin"], name="mention_to_understand", condition=Q(understood_at=None)),
            models.Index(fields=["model_id"], name="mention_model"),
            GinIndex(fields=["search"], name="mention_search"),
            # A post can come after those that point to it.
            *(
                models.Index(fields=["source", field], name=f"mention_{field}", condition=~Q(**{field: ""}))
                for field in ("reply_to", "repost_of", "quote_of")
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class _Matches(models.Manager["MentionMatch"]):
    """All but those that came to nothing."""

    def get_queryset(self) -> models.QuerySet[MentionMatch]:
        return super().get_queryset().filter(void=False)


class MentionMatch(models.Model):
    """Which query a mention matched, in which version, and where: [start, end) pairs in the stored text, flattened.

    A match that hangs on how the mention is read keeps in `awaits` under which readings it is one, and where (see
    `awaiting`). Until the mention is read it is not settled and counts nowhere; then it is settled, or `void`, which
    nobody sees. Both may change when the mention is read otherwise."""

    mention = models.ForeignKey(Mention, on_delete=models.CASCADE, related_name="matches")
    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="matches", db_index=False)
    query_version = models.IntegerField()
    posted_at = models.DateTimeField()
    spans = ArrayField(models.IntegerField(), default=list)
    settled = models.BooleanField(default=True, db_default=True)
    awaits = models.JSONField(null=True)
    void = models.BooleanField(
        default=False, db_default=False, help_text="It is none, as its mention was read; so it is not settled."
    )
    hidden = models.BooleanField(
        default=False, db_default=False, help_text="By the query's noise filter; rollups leave it out."
    )

    objects = _Matches()
    everything: ClassVar = models.Manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["mention", "query"], name="one_match_per_query")]
        indexes: ClassVar = [
            models.Index(fields=["query", "-posted_at", "-mention"], name="match_newest"),
            models.Index(fields=["query", "mention"], name="match_hidden", condition=Q(hidden=True)),
        ]

    def __str__(self) -> str:
        return f"{self.mention_id} {self.query_id}"


class MonthlyTally(models.Model):
    """How many mentions were stored in a month (UTC): written in the transactions that store them, so exact. Deleting
    mentions takes nothing off it."""

    month = models.DateField(primary_key=True, help_text="Its first day.")
    stored = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.stored}"


class Wording(models.Model):
    """What some mentions say, in the form in which texts are compared (`duplicates.Wording`), and the story it belongs
    to. It is there as long as one of these mentions is."""

    key = models.UUIDField(primary_key=True, editable=False)
    story = models.UUIDField()
    bands = ArrayField(models.BigIntegerField(), default=list)
    shingles = models.BinaryField()
    cut = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["story"], name="wording_of_story"),
            *(models.Index(F(f"bands__{band}"), name=f"wording_band_{band}") for band in range(BANDS)),
        ]

    def __str__(self) -> str:
        return str(self.key)


class Noise(models.Model):
    """How much a mention looks like noise (`noise.Judgement`); null scores: there was too little to go by."""

    mention = models.OneToOneField(Mention, on_delete=models.CASCADE, primary_key=True, related_name="noise")
    spam = models.FloatField(null=True)
    bot = models.FloatField(null=True)
    score = models.FloatField(help_text="The higher of the two, which filters compare; 0 where there is neither.")
    reasons = models.JSONField(default=list)
    model_id = models.CharField(max_length=40)

    def __str__(self) -> str:
        return f"{self.mention_id} {self.score}"


class Restored(models.Model):
    """A mention that somebody wants shown for a query, whatever its noise filter says."""

    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="+", db_index=False)
    mention = models.ForeignKey(Mention, on_delete=models.CASCADE, related_name="+")
    restored_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["query", "mention"], name="restored_once")]

    def __str__(self) -> str:
        return f"{self.mention_id} {self.query_id}"


class NoiseLabel(models.Model):
    """What somebody says a mention is for a query: noise or not. Measures the filter, changes nothing that it hides."""

    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="+", db_index=False)
    mention = models.ForeignKey(Mention, on_delete=models.CASCADE, related_name="+")
    noise = models.BooleanField()
    labelled_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["query", "mention"], name="one_label_per_query")]

    def __str__(self) -> str:
        return f"{self.mention_id} {self.query_id} {self.noise}"


class NoiseSample(models.Model):
    """Mentions of a query that were drawn to be labelled, by chance within bands of the score. `strata` holds, for each
    band, how many mentions it had then and how many were drawn: the weights of an unbiased estimate."""

    id = PublicIdField("nsa")
    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="+")
    model_id = models.CharField(max_length=40)
    seed = models.BigIntegerField()
    strata = models.JSONField()
    drawn_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return str(self.id)


class Sampled(models.Model):
    """One mention of a sample, in the order in which they are to be labelled: any first part of it is a sample too."""

    sample = models.ForeignKey(NoiseSample, on_delete=models.CASCADE, related_name="drawn", db_index=False)
    mention = models.ForeignKey(Mention, on_delete=models.CASCADE, related_name="+")
    place = models.IntegerField()
    stratum = models.CharField(max_length=8)

    class Meta:
        ordering: ClassVar = ["place"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["sample", "place"], name="one_mention_per_place")]

    def __str__(self) -> str:
        return f"{self.sample_id} {self.place}"
