"""Stories: how many different things the mentions of a period say, and which of them went farthest."""

from __future__ import annotations

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.insights.stories import largest, told
from analytics.listening.models import Query
from analytics.listening.selectors import queries
from analytics.mentions.models import Mention
from analytics.mentions.stories import figures_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import Shown
from api.v1.insights import InsightParameters, head_of
from api.v1.mentions import CLUSTER_EXAMPLE, ClusterSerializer, shown_cluster
from api.v1.periods import period_of
from api.views import ClientView


class ToldSerializer(Shown):
    query = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Query.Kind.choices)
    mentions = serializers.IntegerField(help_text="Copies count each.")
    stories = serializers.IntegerField(help_text="How many clusters they belong to.")


class LargeSerializer(Shown):
    cluster = ClusterSerializer(help_text="Over all time and all queries.")
    mentions = serializers.IntegerField(help_text="How many mentions of the period and of these queries tell it.")
    authors = serializers.IntegerField(help_text="How many authors of those are known.")
    first = serializers.CharField(help_text="The first of those mentions.")
    title = serializers.CharField()
    text = serializers.CharField()


class StoriesSerializer(Shown):
    start = serializers.DateField()
    end = serializers.DateField()
    time_zone = serializers.CharField()
    queries = ToldSerializer(many=True)
    largest = LargeSerializer(many=True, help_text="At most 20, the largest first; none that is told once.")


class Stories(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="insights_stories",
        tag="insights",
        summary="Count stories and see the largest",
        description="Mentions that say the same (copies, shortened and slightly edited ones) tell one story. Counts "
        "each active query's mentions and stories in a period, and lists the stories that most mentions tell. What "
        "noise filters hide is left out. It reads mentions, so long periods take longer than other insights.",
        query=InsightParameters,
        answer=StoriesSerializer,
        answered={
            "start": "2026-03-02",
            "end": "2026-03-31",
            "time_zone": "Europe/London",
            "queries": [
                {"query": sample_id("qry"), "name": "Juniper Bakery", "kind": "brand", "mentions": 321, "stories": 240}
            ],
            "largest": [
                {
                    "cluster": CLUSTER_EXAMPLE,
                    "mentions": 3,
                    "authors": 3,
                    "first": sample_id("men"),
                    "title": "",
                    "text": "Juniper Bakery opens a second shop.",
                }
            ],
        },
    )
    def get(self, request: Request, client: str) -> Response:
        parameters = InsightParameters.read(request)
        zone = self.client.time_zone
        period = period_of(parameters, zone)
        chosen = queries().filter(active=True)
        if "query" in parameters:
            chosen = chosen.filter(id=parameters["query"])
        wanted = list(chosen)
        stories = largest(period=period, zone=zone, queries=wanted)
        firsts = {row.id: row for row in Mention.objects.filter(id__in=[story.first for story in stories])}
        figures = figures_of([story.story for story in stories])
        return Response(
            StoriesSerializer.of(
                {
                    **head_of(period, zone),
                    "queries": [
                        {
                            "query": row.query.id,
                            "name": row.query.name,
                            "kind": row.query.kind,
                            "mentions": row.mentions,
                            "stories": row.stories,
                        }
                        for row in told(period=period, zone=zone, queries=wanted)
                    ],
                    "largest": [
                        {
                            "cluster": shown_cluster(figures[story.story]),
                            "mentions": story.mentions,
                            "authors": story.authors,
                            "first": story.first,
                            "title": firsts[story.first].title,
                            "text": firsts[story.first].text,
                        }
                        for story in stories
                        if story.first in firsts and story.story in figures
                    ],
                }
            )
        )


client_urlpatterns = [path("clients/<str:client>/insights/stories", Stories.as_view(), name="stories")]
