"""Influence maps: who carries the conversation."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.influence.models import InfluenceMap
from analytics.influence.selectors import map_of, maps, top
from analytics.journey.requests import request_map
from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import MomentField, PageParameters, QueryParameters, Shown
from api.v1 import jobs
from api.v1.mentions import AUTHOR_EXAMPLE, AuthorSerializer
from api.v1.periods import PeriodSerializer, checked
from api.views import ClientView

EXAMPLE = {
    "id": sample_id("map"),
    "start": "2026-03-02",
    "end": "2026-03-31",
    "model": "pagerank-poisson-bootstrap/1",
    "seed": 7,
    "nodes": 412,
    "edges": 690,
    "interactions": 803,
    "communities": 9,
    "modularity": 0.61,
    "abstain_reason": None,
    "made_at": "2026-03-31T18:00:00Z",
}


class MapSerializer(Shown):
    id = serializers.CharField()
    start = serializers.DateField()
    end = serializers.DateField()
    model = serializers.CharField(source="model_id")
    seed = serializers.IntegerField()
    nodes = serializers.IntegerField(help_text="People who spoke to somebody, or were spoken to.")
    edges = serializers.IntegerField()
    interactions = serializers.IntegerField(help_text="Replies, reposts, quotes and mentions.")
    communities = serializers.IntegerField()
    modularity = serializers.FloatField(allow_null=True)
    abstain_reason = serializers.SerializerMethodField(help_text="Why nobody is ranked; null where somebody is.")
    made_at = MomentField()

    def get_abstain_reason(self, drawn: InfluenceMap) -> str | None:
        return drawn.abstain_reason or None


class ScoreSerializer(Shown):
    author = AuthorSerializer()
    rank = serializers.IntegerField()
    rank_low = serializers.IntegerField(help_text="Best rank within the 90 % bootstrap interval.")
    rank_high = serializers.IntegerField(help_text="Worst rank within it.")
    pagerank = serializers.FloatField()
    pagerank_low = serializers.FloatField()
    pagerank_high = serializers.FloatField()
    community = serializers.IntegerField()
    interactions = serializers.IntegerField()


class ScoredMapSerializer(MapSerializer):
    scores = ScoreSerializer(many=True, help_text="The best-ranked people, best first.")


class MapParameters(QueryParameters):
    limit = serializers.IntegerField(
        required=False, default=20, min_value=1, max_value=200, help_text="How many people, 1 to 200."
    )


_SCORE = {
    "author": AUTHOR_EXAMPLE,
    "rank": 1,
    "rank_low": 1,
    "rank_high": 3,
    "pagerank": 0.031,
    "pagerank_low": 0.022,
    "pagerank_high": 0.041,
    "community": 2,
    "interactions": 44,
}


class Maps(ClientView):
    roles = least(GET="viewer", POST="analyst")

    @operation(
        id="influence_maps_list",
        tag="influence",
        summary="List the influence maps",
        description="Maps that were drawn, newest first, without their scores.",
        query=PageParameters,
        answer=MapSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        page = page_of(maps(), **PageParameters.read(request))
        return Response(page.body(MapSerializer.of))

    @operation(
        id="influence_maps_create",
        tag="influence",
        summary="Draw an influence map",
        description="Maps who replied to, reposted, quoted and mentioned whom within a period, and ranks people by "
        "PageRank with bootstrap intervals. The brands' own accounts are left out. Needs the role analyst.",
        body=PeriodSerializer,
        answer=jobs.JobSerializer,
        status=202,
        location=True,
        sent={"start": "2026-03-02", "end": "2026-03-31"},
        answered={**jobs.EXAMPLE, "kind": "influence_map", "state": "queued", "progress": 0.0, "result": None},
    )
    def post(self, request: Request, client: str) -> Response:
        return jobs.accepted(request_map(period=checked(**PeriodSerializer.read(request))), self)


class OneMap(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="influence_maps_get",
        tag="influence",
        summary="Get an influence map",
        description="One map, or the newest one (`latest`), with its best-ranked people.",
        query=MapParameters,
        answer=ScoredMapSerializer,
        answered={**EXAMPLE, "scores": [_SCORE]},
    )
    def get(self, request: Request, client: str, **ids: str) -> Response:
        limit = MapParameters.read(request)["limit"]
        drawn = map_of(ids["map"])
        body: dict[str, Any] = MapSerializer.of(drawn)
        return Response({**body, "scores": [ScoreSerializer.of(score) for score in top(drawn, limit=limit)]})


client_urlpatterns = [
    path("clients/<str:client>/influence/maps", Maps.as_view(), name="maps"),
    path("clients/<str:client>/influence/maps/<str:map>", OneMap.as_view(), name="map"),
]
