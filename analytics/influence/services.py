"""Drawing the influence map."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Sum

from analytics.influence.graph import Edge, map_influence
from analytics.influence.models import InfluenceMap, InfluenceScore
from analytics.influence.selectors import edges_of
from analytics.insights.contracts import Period

MODEL_ID = "pagerank-poisson-bootstrap/1"
_KEPT_SCORES = 200


@transaction.atomic
def draw_map(*, period: Period, seed: int = 7) -> InfluenceMap:
    """Map who influences whom within a period (UTC days) and keep the 200 best-ranked authors."""
    rows = (
        edges_of(period)
        .values_list("source_id", "target_id", "kind")
        .annotate(total=Sum("interactions"))
        .filter(total__gt=0)
        .order_by("source_id", "target_id", "kind")
    )
    edges = list(rows)
    authors = sorted({row[0] for row in edges} | {row[1] for row in edges})
    number = {author: index for index, author in enumerate(authors)}
    drawn = map_influence([Edge(number[a], number[b], kind, total) for a, b, kind, total in edges], seed=seed)
    made = InfluenceMap.objects.create(
        start=period.start,
        end=period.end,
        model_id=MODEL_ID,
        seed=seed,
        nodes=drawn.nodes,
        edges=drawn.edges,
        interactions=sum(row[3] for row in edges),
        communities=drawn.communities,
        modularity=drawn.modularity,
        abstain_reason=drawn.reason if drawn.abstained else "",
    )
    if not drawn.abstained:
        InfluenceScore.objects.bulk_create(
            InfluenceScore(
                map=made,
                author_id=authors[score.author],
                rank=score.rank,
                rank_low=score.rank_low,
                rank_high=score.rank_high,
                pagerank=score.pagerank,
                pagerank_low=score.pagerank_low,
                pagerank_high=score.pagerank_high,
                community=score.community,
                interactions=score.interactions,
            )
            for score in drawn.scores[:_KEPT_SCORES]
        )
    return made
