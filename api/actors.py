"""What the API tidies up by itself."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from api.idempotency import KEPT_FOR
from api.models import IdempotencyRecord
from kernel.queue import actor, periodic


@periodic("api.forget_answers", every=timedelta(hours=1))
@actor("api.forget_answers")
def forget_answers() -> None:
    """Delete kept answers whose Idempotency-Key has lapsed."""
    IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
