"""Model cards: what reads mentions, how well, and where it fails."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.language.cards import pictures
from analytics.language.cards.shape import HEADS, MAIN_METRICS, HeadCard
from analytics.language.registry.selectors import Known, known_model, known_models
from api.permissions import least
from api.renderers import PngRenderer, SvgRenderer
from api.schema import operation
from api.serializers import NoParameters, QueryParameters, Shown
from api.v1.model_shapes import CARD_EXAMPLE, CardMeasuredSerializer, CardSerializer
from api.views import AgencyView
from kernel.errors import NotFound

PICTURES = ("reliability", "languages", "bias")


class CardHeadSummarySerializer(Shown):
    languages = serializers.ListField(child=serializers.CharField(), help_text="Those it claims.")
    scored = serializers.IntegerField(help_text="On how many sets, language by language, it was scored.")
    texts = serializers.IntegerField(help_text="How many texts these hold.")
    metric = serializers.CharField(allow_null=True, help_text="Which score `best` and `worst` are.")
    best = CardMeasuredSerializer(allow_null=True)
    worst = CardMeasuredSerializer(allow_null=True)


class ModelSerializer(Shown):
    id = serializers.CharField(help_text="As mentions and reports name it.")
    name = serializers.CharField()
    version = serializers.CharField()
    summary = serializers.CharField()
    licence = serializers.CharField()
    shipped = serializers.BooleanField(help_text="Whether it came with the software, in this or an earlier version.")
    in_use = serializers.BooleanField(help_text="Whether the worker that started last reads with it.")
    heads = serializers.DictField(child=CardHeadSummarySerializer())


class ModelListSerializer(Shown):
    data = ModelSerializer(many=True)  # type: ignore[assignment]


class OneModelSerializer(CardSerializer):
    shipped = serializers.BooleanField(help_text="Whether it came with the software, in this or an earlier version.")
    in_use = serializers.BooleanField(help_text="Whether the worker that started last reads with it.")


class PictureParameters(QueryParameters):
    head = serializers.ChoiceField(HEADS, required=False, default="sentiment", help_text="Which head; bias shows all.")
    format = serializers.ChoiceField(["svg", "png"], required=False, default=None, help_text="Instead of `Accept`.")


def _summary(known: Known) -> dict[str, Any]:
    card = known.card
    return {
        "id": card.id,
        "name": card.name,
        "version": card.version,
        "summary": card.summary,
        "licence": card.licence,
        "shipped": known.shipped,
        "in_use": known.in_use,
        "heads": {name: _head_summary(head) for name, head in card.heads.items()},
    }


def _head_summary(head: HeadCard) -> dict[str, Any]:
    metric = next((name for name in MAIN_METRICS if any(name in each.metrics for each in head.scores)), None)
    # Between two classes anything scores higher than among three: such sets do not compare.
    whole = [each for each in head.scores if set(each.labels) == set(head.labels)] or head.scores
    scored = [each.metrics[metric] for each in whole if metric is not None and metric in each.metrics]
    return {
        "languages": head.languages,
        "scored": len(head.scores),
        "texts": sum(each.n for each in head.scores),
        "metric": metric,
        "best": max(scored, key=lambda each: each.value, default=None),
        "worst": min(scored, key=lambda each: each.value, default=None),
    }


_MEASURED = {"value": 0.63, "low": 0.58, "high": 0.68}
_LISTED = {
    "id": "compact/0.2.0",
    "name": "compact",
    "version": "0.2.0",
    "summary": "Sentiment, emotions and irony of short public posts.",
    "licence": "Apache-2.0",
    "shipped": True,
    "in_use": True,
    "heads": {
        "sentiment": {
            "languages": ["de", "en"],
            "scored": 2,
            "texts": 648,
            "metric": "macro_f1",
            "best": _MEASURED,
            "worst": _MEASURED,
        }
    },
}


class Models(AgencyView):
    roles = least(GET="viewer")
    role_anywhere = True
    open_to_bound_keys: ClassVar[frozenset[str]] = frozenset({"GET"})

    @operation(
        id="models_list",
        tag="models",
        summary="List the models",
        description="Every model that mentions or reports here may name: those that came with the software, earlier "
        "versions included, and those that a worker here was started with. What is in use comes first. Clients' own "
        "calibrations and lexicons are not among them.",
        answer=ModelListSerializer,
        answered={"data": [_LISTED]},
    )
    def get(self, request: Request) -> Response:
        NoParameters.read(request)
        return Response(ModelListSerializer.of({"data": [_summary(known) for known in known_models()]}))


class OneModel(AgencyView):
    roles = least(GET="viewer")
    role_anywhere = True
    open_to_bound_keys: ClassVar[frozenset[str]] = frozenset({"GET"})

    @operation(
        id="models_get",
        tag="models",
        summary="Get a model card",
        description="Data and licences, intended use, scores per language and set with sample sizes and 95 % "
        "intervals, calibration, abstention, bias audit, known failures. The id is what a mention's `model_id` says, "
        "slashes as they are; one that ends in `+t` and a number was read with a client's own tuning, and gets the "
        "card of the engine beneath it.",
        answer=OneModelSerializer,
        answered={**CARD_EXAMPLE, "shipped": True, "in_use": True},
        errors=(404,),
    )
    def get(self, request: Request, model: str) -> Response:
        NoParameters.read(request)
        known = known_model(model)
        return Response({**CardSerializer.of(known.card), "shipped": known.shipped, "in_use": known.in_use})


class Picture(AgencyView):
    roles = least(GET="viewer")
    role_anywhere = True
    open_to_bound_keys: ClassVar[frozenset[str]] = frozenset({"GET"})
    renderer_classes: ClassVar[list[Any]] = [SvgRenderer, PngRenderer]  # type: ignore[misc]

    @operation(
        id="models_picture",
        tag="models",
        summary="Get a picture of a model card",
        description="`reliability` is the reliability diagram of a head, `languages` its score per language with 95 % "
        "intervals, `bias` the largest gaps of the bias audit. 404 where the card does not hold what it would show.",
        query=PictureParameters,
        answer=bytes,
        media=("image/svg+xml", "image/png"),
        errors=(404,),
    )
    def get(self, request: Request, model: str, picture: str) -> Response:
        parameters = PictureParameters.read(request)
        if picture not in PICTURES:
            raise NotFound()
        card = known_model(model).card
        form: pictures.Format = parameters["format"] or ("png" if request.accepted_media_type == "image/png" else "svg")
        try:
            if picture == "bias":
                spec = pictures.gaps(card.bias.gaps if card.bias else (), f"{card.id}: bias audit")
            else:
                draw = pictures.reliability if picture == "reliability" else pictures.languages
                spec = draw(card, parameters["head"])
        except pictures.NothingToDraw:
            raise NotFound() from None
        media = "image/svg+xml" if form == "svg" else "image/png"
        return Response(pictures.draw(spec, form), content_type=media)


agency_urlpatterns = [
    path("models", Models.as_view(), name="models"),
    path("models/<path:model>/pictures/<str:picture>", Picture.as_view(), name="model-picture"),
    path("models/<path:model>", OneModel.as_view(), name="model"),
]
