"""What people ask of a query's noise filter: another level over all history, and mentions that it must show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from analytics.insights import rollups
from analytics.listening.models import Query
from analytics.mentions.filtering import filter_anew
from analytics.mentions.labelling import check_matched
from analytics.mentions.models import MentionMatch, Restored
from analytics.mentions.services import lock_matches
from kernel.errors import NotFound
from kernel.ids import decode
from kernel.jobs import services as jobs
from kernel.jobs.models import Job
from kernel.queue import send


@transaction.atomic
def set_filter(*, query: Query, level: str) -> Job | None:
    """Change how much of what looks like noise a query hides. New mentions go by it at once, and a job has all that it
    matched before go by it too; None where nothing is to be done. Raises NotFound where it was deleted meanwhile."""
    try:
        query.refresh_from_db(from_queryset=Query.objects.select_for_update(no_key=True))
    except Query.DoesNotExist:
        raise NotFound() from None
    if query.noise_filter == level:
        return None
    query.noise_filter = level
    query.save(update_fields=["noise_filter", "updated_at"])
    if not MentionMatch.objects.filter(query=query).exists():
        return None
    job = jobs.open_job(kind="noise_filter", result=query.id)
    send("insights.filter_noise", query.id, job.id)
    return job


@transaction.atomic
def refilter(*, query: Query) -> int:
    """Hide and show a query's matches by its filter as it is now, and count the difference; says how many changed."""
    lock_matches(alone=True)
    shifted = filter_anew(query.id)
    rollups.shift(shifted)
    return sum(each.sums[0] for each in shifted)


@transaction.atomic
def restore(*, query: Query, mentions: Sequence[str], restored: bool, now: datetime) -> int:
    """Show mentions for a query whatever its filter says, also after it was changed or matched anew; or, not
    `restored`, leave them to the filter again. Returns how many are hidden or shown now that were not.

    Raises ValidationFailed (/mentions/…) for mentions that the query did not match.
    """
    check_matched(query, mentions, "/mentions/{}")
    ids = [decode("men", mention) for mention in mentions]
    if restored:
        rows = [Restored(query=query, mention_id=mention, restored_at=now) for mention in sorted(set(mentions))]
        Restored.objects.bulk_create(rows, ignore_conflicts=True)
    else:
        Restored.objects.filter(query=query, mention__in=ids).delete()
    lock_matches(alone=True)
    shifted = filter_anew(query.id, ids=ids)
    rollups.shift(shifted)
    return sum(each.sums[0] for each in shifted)
