"""The tallies of what was redacted: counts by day and entity, and nothing else."""

from __future__ import annotations

from datetime import date

from analytics.privacy.models import RedactionTally
from analytics.privacy.selectors import redactions
from analytics.privacy.services import tally
from tests.cast import Cast

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)


def test_counts_add_up_by_day_and_entity(in_client: Cast) -> None:
    assert redactions() == {}
    tally({(FIRST, "EMAIL_ADDRESS"): 2, (SECOND, "EMAIL_ADDRESS"): 1, (FIRST, "PHONE_NUMBER"): 4})
    tally({(FIRST, "EMAIL_ADDRESS"): 3})
    assert redactions() == {"EMAIL_ADDRESS": 6, "PHONE_NUMBER": 4}
    assert RedactionTally.objects.get(day=FIRST, entity="EMAIL_ADDRESS").findings == 5
    assert RedactionTally.objects.count() == 3


def test_nothing_found_writes_nothing(in_client: Cast) -> None:
    tally({})
    assert not RedactionTally.objects.exists()


def test_a_tally_has_room_for_no_content() -> None:
    columns = {field.name: field.get_internal_type() for field in RedactionTally._meta.get_fields()}
    assert columns == {
        "id": "BigAutoField",
        "day": "DateField",
        "entity": "CharField",
        "findings": "BigIntegerField",
    }
