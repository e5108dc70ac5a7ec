"""What is in an export: for each kind, which rows, and how the API shows one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from rest_framework import serializers

from analytics.foresight.selectors import forecasts
from analytics.influence.models import InfluenceMap, InfluenceScore
from analytics.influence.selectors import maps
from analytics.insights.context.models import Calendar
from analytics.insights.context.selectors import events, populations
from analytics.insights.models import HourlyRollup
from analytics.journey.models import Rescoring
from analytics.language.aspects.models import OwnAspectVersion
from analytics.language.aspects.services import own_aspects
from analytics.language.corrections.models import CorrectionProblem, Label, Queued, ReviewQueue
from analytics.language.corrections.selectors import corrections
from analytics.language.tuning.models import Switch
from analytics.language.tuning.selectors import versions, words
from analytics.listening.models import QueryVersion
from analytics.listening.selectors import queries
from analytics.listening.sharing import snippets
from analytics.mentions.models import NoiseLabel, Restored
from analytics.mentions.selectors import mentions
from analytics.mentions.tallies import MEASURES
from analytics.privacy.models import RedactionTally
from analytics.reports.models import Report
from analytics.reports.selectors import reports
from analytics.sources.models import ImportProblem
from analytics.sources.selectors import feeds, imports
from analytics.topics.models import TopicEvent, TopicMention, TopicRun
from analytics.topics.selectors import runs, topics
from api.serializers import MomentField, Shown
from api.v1.aspects import OwnAspectSerializer
from api.v1.calendars import CalendarOfExportSerializer, OwnEventSerializer
from api.v1.corrections import CorrectionSerializer, ProblemOfCorrectionSerializer
from api.v1.corrections import shown as shown_correction
from api.v1.feeds import FeedSerializer
from api.v1.forecasts import ForecastSerializer
from api.v1.imports import ImportProblemSerializer, ImportSerializer
from api.v1.imports import shown as shown_import
from api.v1.influence import MapSerializer, ScoreSerializer
from api.v1.labels import MentionLabelSerializer, shown_label
from api.v1.lexicons import WordSerializer
from api.v1.lexicons import shown as shown_word
from api.v1.mentions import MentionSerializer, shown_together
from api.v1.populations import PopulationSerializer
from api.v1.queries import QuerySerializer
from api.v1.query_versions import VersionSerializer
from api.v1.reports import shown_readings
from api.v1.rescorings import RescoringSerializer, shown_rescorings
from api.v1.topic_runs import TopicRunSerializer
from api.v1.topics import TopicSerializer, shown_topics
from api.v1.tunings import TuningSerializer, shown_tunings

# So many rows are read at once, and so often progress is told.
AT_ONCE = 1000


class HourSerializer(Shown):
    hour = MomentField()
    query = serializers.CharField(source="query_id")
    source = serializers.CharField()  # type: ignore[assignment]

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), **{name: serializers.IntegerField() for name in (*MEASURES, "hidden")}}


class VersionOfExportSerializer(VersionSerializer):
    query = serializers.CharField(source="query_id")


class SnippetOfExportSerializer(Shown):
    id = serializers.CharField()
    name = serializers.CharField()
    text = serializers.CharField()
    created_at = MomentField()
    updated_at = MomentField()


class OwnAspectVersionSerializer(Shown):
    aspect = serializers.CharField(source="aspect_id")
    version = serializers.IntegerField()
    name = serializers.CharField()
    text = serializers.CharField()
    made_at = MomentField()


class MapScoreSerializer(ScoreSerializer):
    map = serializers.CharField(source="map_id")


class ProblemOfImportSerializer(ImportProblemSerializer):
    upload = serializers.CharField(source="upload_id")


class CorrectionProblemOfExportSerializer(ProblemOfCorrectionSerializer):
    correction = serializers.CharField(source="correction_id")


class QueueOfExportSerializer(Shown):
    id = serializers.CharField()
    by = serializers.CharField()
    query = serializers.CharField(source="query_id", allow_null=True)
    language = serializers.CharField()
    mix = serializers.DictField()
    parts = serializers.DictField()
    population = serializers.IntegerField()
    seed = serializers.IntegerField()
    drawn_at = MomentField()


class QueuedOfExportSerializer(Shown):
    queue = serializers.CharField(source="queue_id")
    mention = serializers.CharField(source="mention_id")
    place = serializers.IntegerField()
    reason = serializers.CharField()
    entropy = serializers.FloatField(allow_null=True)
    model = serializers.CharField(source="model_id")


class SwitchOfExportSerializer(Shown):
    tuning = serializers.CharField(source="tuning_id", allow_null=True)
    by = serializers.CharField()
    at = MomentField()


class RedactedSerializer(Shown):
    day = serializers.DateField()
    entity = serializers.CharField()
    findings = serializers.IntegerField()


class LabelOfExportSerializer(Shown):
    query = serializers.CharField(source="query_id")
    mention = serializers.CharField(source="mention_id")
    noise = serializers.BooleanField()
    labelled_at = MomentField()


class RestoredOfExportSerializer(Shown):
    query = serializers.CharField(source="query_id")
    mention = serializers.CharField(source="mention_id")
    restored_at = MomentField()


class ReportOfExportSerializer(Shown):
    id = serializers.CharField()
    title = serializers.CharField()
    start = serializers.DateField()
    end = serializers.DateField()
    locale = serializers.CharField()
    file = serializers.SerializerMethodField()
    sha256 = serializers.CharField()
    created_at = MomentField()
    rendered_at = MomentField(allow_null=True)
    readings = serializers.SerializerMethodField()

    def get_readings(self, report: Report) -> list[dict[str, Any]]:
        return shown_readings(report)

    def get_file(self, report: Report) -> str | None:
        return report_member(report) if report.path else None


class TopicMentionSerializer(Shown):
    mention = serializers.CharField(source="mention_id")
    topic = serializers.CharField(source="topic_id", allow_null=True)
    nearness = serializers.FloatField()


class EventOfExportSerializer(Shown):
    topic = serializers.CharField(source="topic_id")
    kind = serializers.CharField()
    run = serializers.CharField(source="run_id")
    other = serializers.CharField(source="other_id", allow_null=True)
    share = serializers.FloatField(allow_null=True)


@dataclass(frozen=True, slots=True)
class Kind:
    """One file of an export. `rows` are read a thousand at a time by primary key, so that memory stays the same however
    many there are; `shown` is a row as the API shows it (`together`: many at once), `shape` the serializer that says
    what is in it."""

    name: str
    about: str
    rows: Callable[[], QuerySet[Any]]
    shape: type[Shown]
    shown: Callable[[Any], dict[str, Any]] | None = None
    together: Callable[[Sequence[Any]], list[dict[str, Any]]] | None = None

    def each(self) -> Iterator[dict[str, Any]]:
        show = self.shown or self.shape.of
        rows, last = self.rows().order_by("pk"), None
        while True:
            page: list[Model] = list((rows if last is None else rows.filter(pk__gt=last))[:AT_ONCE])
            yield from self.together(page) if self.together else map(show, page)
            if len(page) < AT_ONCE:
                return
            last = page[-1].pk

    def columns(self) -> list[str]:
        """The columns of a table of these."""
        return list(_columns(self.shape()))


def report_member(report: Report) -> str:
    """Where the report's PDF lies in the export."""
    return f"reports/{report.id}.pdf"


def _columns(shape: serializers.Serializer[Any], before: str = "") -> Iterator[str]:
    for name, field in shape.fields.items():
        if isinstance(field, serializers.Serializer):
            yield from _columns(field, f"{before}{name}.")
        else:
            yield before + name


KINDS = (
    Kind("queries", "what was listened for", queries, QuerySerializer),
    Kind("query_versions", "what queries were before", QueryVersion.objects.all, VersionOfExportSerializer),
    Kind("own_aspects", "aspects of the client's own", own_aspects, OwnAspectSerializer),
    Kind("own_aspect_versions", "what those were before", OwnAspectVersion.objects.all, OwnAspectVersionSerializer),
    Kind("snippets", "pieces of text that queries share", snippets, SnippetOfExportSerializer),
    Kind(
        "mentions",
        "posts that matched, with their matches and readings",
        mentions,
        MentionSerializer,
        together=shown_together,
    ),
    Kind(
        "noise_labels",
        "which mentions people called noise, or not, for a query",
        NoiseLabel.objects.all,
        LabelOfExportSerializer,
    ),
    Kind(
        "noise_restorations",
        "mentions that are shown for a query whatever its noise filter says",
        Restored.objects.all,
        RestoredOfExportSerializer,
    ),
    Kind(
        "rescorings",
        "when mentions were read again, and by which model",
        Rescoring.objects.all,
        RescoringSerializer,
        together=shown_rescorings,
    ),
    Kind("corrections", "when people labelled how many mentions", corrections, CorrectionSerializer, shown_correction),
    Kind(
        "labels",
        "what people said of mentions, and what was in force before",
        Label.objects.all,
        MentionLabelSerializer,
        shown_label,
    ),
    Kind(
        "correction_problems",
        "rows of those that did not go in",
        CorrectionProblem.objects.all,
        CorrectionProblemOfExportSerializer,
    ),
    Kind("review_queues", "what was drawn to be labelled", ReviewQueue.objects.all, QueueOfExportSerializer),
    Kind("review_queue_mentions", "the mentions that were drawn", Queued.objects.all, QueuedOfExportSerializer),
    Kind("lexicon_words", "the client's own words", words, WordSerializer, shown_word),
    Kind(
        "tunings",
        "what readings got beyond the engine, by version, with what the hold-out said",
        versions,
        TuningSerializer,
        together=shown_tunings,
    ),
    Kind("tuning_switches", "what was put in force when", Switch.objects.all, SwitchOfExportSerializer),
    Kind("hours", "sums by UTC hour, query and source", HourlyRollup.objects.all, HourSerializer),
    Kind("topics", "what mentions are about", topics, TopicSerializer, together=shown_topics),
    Kind("topic_runs", "how topics were found", runs, TopicRunSerializer),
    Kind("topic_events", "what became of topics", TopicEvent.objects.all, EventOfExportSerializer),
    Kind(
        "topic_mentions",
        "which topic each mention has by the run that counts, of all mentions and of single queries",
        lambda: TopicMention.objects.filter(run__state=TopicRun.State.CURRENT),
        TopicMentionSerializer,
    ),
    Kind("forecasts", "forecasts as they were made", forecasts, ForecastSerializer),
    Kind("influence_maps", "influence maps", maps, MapSerializer),
    Kind(
        "influence_scores",
        "the best-ranked people of each map",
        lambda: InfluenceScore.objects.filter(map__in=InfluenceMap.objects.all()).select_related("author"),
        MapScoreSerializer,
    ),
    Kind("reports", "reports; their PDFs are in the folder reports", reports, ReportOfExportSerializer),
    Kind("imports", "files of posts that came in", imports, ImportSerializer, shown_import),
    Kind(
        "import_problems",
        "rows of those that could not be read",
        ImportProblem.objects.all,
        ProblemOfImportSerializer,
    ),
    Kind("feeds", "feeds that are followed", feeds, FeedSerializer),
    Kind("calendar", "whose holidays and feasts are shown", Calendar.objects.all, CalendarOfExportSerializer),
    Kind("events", "the client's own events", events, OwnEventSerializer),
    Kind("populations", "whom insights can be weighed to", populations, PopulationSerializer),
    Kind("redactions", "personal data that was taken out, by day", RedactionTally.objects.all, RedactedSerializer),
)
