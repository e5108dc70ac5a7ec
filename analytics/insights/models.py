"""Rollups: what dashboards read instead of mentions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from analytics.listening.models import Query


class HourlyRollup(models.Model):
    """Sums over the mentions of one query and source posted within one UTC hour. The three sentiments count only
    mentions that the engine did not abstain on, so they are their own sample size. Emotions, irony and intents count
    among the mentions of which somebody says whether there are any: `…_read`, for each label its own. What the query's
    noise filter hides counts in `hidden` and nowhere else: `mentions + hidden` is what matched."""

    hour = models.DateTimeField()
    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="+", db_index=False)
    source = models.CharField(max_length=40)
    mentions = models.BigIntegerField(default=0)
    reach = models.BigIntegerField(default=0)
    engagement = models.BigIntegerField(default=0)
    negative = models.BigIntegerField(default=0)
    neutral = models.BigIntegerField(default=0)
    positive = models.BigIntegerField(default=0)
    emotion_anger_read = models.BigIntegerField(default=0, db_default=0)
    emotion_anticipation_read = models.BigIntegerField(default=0, db_default=0)
    emotion_disgust_read = models.BigIntegerField(default=0, db_default=0)
    emotion_fear_read = models.BigIntegerField(default=0, db_default=0)
    emotion_joy_read = models.BigIntegerField(default=0, db_default=0)
    emotion_sadness_read = models.BigIntegerField(default=0, db_default=0)
    emotion_surprise_read = models.BigIntegerField(default=0, db_default=0)
    emotion_trust_read = models.BigIntegerField(default=0, db_default=0)
    intent_complaint_read = models.BigIntegerField(default=0, db_default=0)
    intent_question_read = models.BigIntegerField(default=0, db_default=0)
    intent_praise_read = models.BigIntegerField(default=0, db_default=0)
    intent_purchase_interest_read = models.BigIntegerField(default=0, db_default=0)
    intent_churn_risk_read = models.BigIntegerField(default=0, db_default=0)
    intent_spam_read = models.BigIntegerField(default=0, db_default=0)
    emotions_read = models.BigIntegerField(default=0, db_default=0)
    emotion_anger = models.BigIntegerField(default=0, db_default=0)
    emotion_anticipation = models.BigIntegerField(default=0, db_default=0)
    emotion_disgust = models.BigIntegerField(default=0, db_default=0)
    emotion_fear = models.BigIntegerField(default=0, db_default=0)
    emotion_joy = models.BigIntegerField(default=0, db_default=0)
    emotion_sadness = models.BigIntegerField(default=0, db_default=0)
    emotion_surprise = models.BigIntegerField(default=0, db_default=0)
    emotion_trust = models.BigIntegerField(default=0, db_default=0)
    irony_read = models.BigIntegerField(default=0, db_default=0)
    ironic = models.BigIntegerField(default=0, db_default=0)
    intents_read = models.BigIntegerField(default=0, db_default=0)
    intent_complaint = models.BigIntegerField(default=0, db_default=0)
    intent_question = models.BigIntegerField(default=0, db_default=0)
    intent_praise = models.BigIntegerField(default=0, db_default=0)
    intent_purchase_interest = models.BigIntegerField(default=0, db_default=0)
    intent_churn_risk = models.BigIntegerField(default=0, db_default=0)
    intent_spam = models.BigIntegerField(default=0, db_default=0)
    hidden = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["query", "hour", "source"], name="one_rollup_per_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H} {self.query_id}"
