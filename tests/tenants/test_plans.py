"""Plans: what they refuse, and what is counted for them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from analytics.listening.models import Query
from kernel import db
from kernel.errors import NotFound, ValidationFailed
from tenants import services
from tenants.models import Agency, AuditEvent, Client, ClientMeter, MentionCount, Plan, RateWindow, Usage
from tenants.plans.calls import Counted, count_call, seconds_left, seconds_of, take_back
from tenants.plans.claims import (
    SETTLED_AFTER,
    check_storage,
    give_query_back,
    query_claimed,
    settle_queries,
    settle_storage,
    storage_claimed,
)
from tenants.plans.limits import CallsUsed, PlanLimit, ceiling_of, check_mentions, month_of
from tenants.plans.meters import storage_of, tell_mentions
from tenants.plans.selectors import usage_of
from tenants.plans.services import assign_plan, change_plan, create_plan
from tests.cast import PASSWORD, Cast

NOW = datetime(2026, 3, 31, 18, tzinfo=UTC)
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def given(cast: Cast, **limits: int | None) -> Plan:
    """The cast's agency on a plan with these limits."""
    plan = create_plan(name="Small", **limits)
    assign_plan(agency_id=cast.agency.id, plan=plan)
    return plan


def call(cast: Cast, *, caller: str = "key_a", now: datetime = NOW, rate: int = 600, metered: bool = True) -> Counted:
    return count_call(agency_id=cast.agency.id, caller_id=caller, per_minute=rate, now=now, metered=metered)


class TestMonths:
    @pytest.mark.parametrize(
        ("moment", "month", "left"),
        [
            (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), date(2026, 12, 1), 2),
            (datetime(2026, 2, 1, tzinfo=UTC), date(2026, 2, 1), 28 * 86_400 + 1),
            (datetime.fromisoformat("2026-04-01T01:30:00+02:00"), MARCH, 1801),
        ],
    )
    def test_a_month_is_one_of_utc(self, moment: datetime, month: date, left: int) -> None:
        assert (month_of(moment), seconds_left(moment)) == (month, left)

    def test_a_month_has_its_own_length(self) -> None:
        assert [seconds_of(day) // 86_400 for day in (date(2028, 2, 1), MARCH, APRIL, date(2026, 12, 1))] == [
            29, 31, 30, 31,
        ]  # fmt: skip


class TestCalls:
    def test_every_call_counts_once_for_its_month(self, cast: Cast) -> None:
        later = datetime(2026, 4, 1, tzinfo=UTC)
        counted = [call(cast, now=now).in_month for now in (NOW, NOW, later, NOW)]

        assert counted == [1, 2, 1, 3]
        assert dict(Usage.objects.filter(agency=cast.agency).values_list("month", "api_calls")) == {MARCH: 3, APRIL: 1}
        assert not Usage.objects.filter(agency=cast.other).exists()

    def test_as_many_get_through_as_the_plan_allows(self, cast: Cast) -> None:
        given(cast, api_calls_per_month=2)
        for _ in range(2):
            call(cast).check_month(now=NOW)

        for caller in ("key_a", "key_b"):
            with pytest.raises(CallsUsed) as refused:
                call(cast, caller=caller).check_month(now=NOW)

        assert (refused.value.status, refused.value.code) == (429, "plan_limit")
        assert refused.value.members == {"plan": "Small", "limit": "api_calls_per_month", "used": 2, "allowed": 2}
        assert refused.value.retry_after == 6 * 3600 + 1
        assert Usage.objects.get(agency=cast.agency).api_calls == 2
        call(cast, now=NOW + timedelta(days=1)).check_month(now=NOW + timedelta(days=1))

    @pytest.mark.parametrize("allowed", [0, 1])
    def test_the_first_call_of_a_month_is_held_to_it_too(self, allowed: int, cast: Cast) -> None:
        given(cast, api_calls_per_month=allowed)
        assert call(cast).in_month == (1 if allowed else None)
        assert call(cast).in_month is None

    def test_a_plan_that_shrank_below_what_is_used_refuses(self, cast: Cast) -> None:
        plan = given(cast, api_calls_per_month=5)
        for _ in range(3):
            call(cast)
        change_plan(plan=plan, api_calls_per_month=1)
        with pytest.raises(CallsUsed) as refused:
            call(cast).check_month(now=NOW)
        assert (refused.value.members["used"], refused.value.members["allowed"]) == (3, 1)

    def test_what_is_too_fast_costs_nothing_of_the_month(self, cast: Cast) -> None:
        counted = [call(cast, rate=2) for _ in range(4)]
        assert [each.in_minute for each in counted] == [1, 2, 3, 4]
        assert [each.too_fast for each in counted] == [False, False, True, True]
        assert [each.in_month for each in counted] == [1, 2, None, None]
        counted[-1].check_month(now=NOW)

    def test_minutes_are_each_callers_own(self, cast: Cast) -> None:
        call(cast)
        assert call(cast, caller="key_b").in_minute == 1
        assert call(cast).in_minute == 2
        assert call(cast, now=NOW + timedelta(minutes=1)).in_minute == 1

    def test_a_clock_that_is_behind_does_not_open_the_minute_anew(self, cast: Cast) -> None:
        assert call(cast).in_minute == 1
        assert call(cast, now=NOW - timedelta(minutes=1)).in_minute == 2
        assert call(cast).in_minute == 3
        # One that was hours ahead holds nobody up.
        RateWindow.objects.update(minute=int(NOW.timestamp()) // 60 + 300)
        assert [call(cast).in_minute for _ in range(2)] == [1, 2]

    def test_what_is_not_metered_is_free_and_never_refused(self, cast: Cast) -> None:
        given(cast, api_calls_per_month=0)
        counted = call(cast, metered=False)
        assert (counted.in_month, counted.in_minute) == (None, 1)
        assert not Usage.objects.exists()

    def test_a_call_is_taken_back_once_and_only_where_it_was_metered(self, cast: Cast) -> None:
        first, free = call(cast), call(cast, metered=False)
        call(cast)
        take_back(first)
        take_back(free)
        assert Usage.objects.get(agency=cast.agency).api_calls == 1

    def test_it_takes_one_statement(self, cast: Cast, django_assert_num_queries: Any) -> None:
        given(cast, api_calls_per_month=1)
        for _ in range(2):
            with django_assert_num_queries(1):
                call(cast)


class TestClients:
    def test_one_more_than_allowed_is_refused_whole(self, cast: Cast) -> None:
        given(cast, clients=2)
        with pytest.raises(PlanLimit) as refused:
            services.create_client(
                agency_id=cast.agency.id, name="Third", locale="en-GB", time_zone="UTC", actor="system"
            )
        assert (refused.value.status, refused.value.members) == (
            402,
            {"plan": "Small", "limit": "clients", "used": 2, "allowed": 2},
        )
        assert Client.objects.filter(agency=cast.agency).count() == 2

    def test_one_that_can_come_back_still_counts_and_one_being_removed_does_not(self, cast: Cast) -> None:
        given(cast, clients=2)

        def open_one() -> Client:
            return services.create_client(
                agency_id=cast.agency.id, name="Third", locale="en-GB", time_zone="UTC", actor="system"
            )

        for status in (Client.Status.SUSPENDED, Client.Status.DELETING):
            Client.objects.filter(id=cast.second_client.id).update(status=status)
            with pytest.raises(PlanLimit):
                open_one()
        Client.objects.filter(id=cast.second_client.id).update(status=Client.Status.PURGING)
        assert open_one().status == Client.Status.ACTIVE


class TestQueries:
    def test_a_claim_holds_over_all_clients(self, cast: Cast) -> None:
        given(cast, queries=2)
        for client in (cast.client, cast.second_client):
            with query_claimed(client, now=NOW):
                pass
        with pytest.raises(PlanLimit) as refused, query_claimed(cast.second_client, now=NOW):
            pytest.fail("nothing is made")
        assert refused.value.members == {"plan": "Small", "limit": "queries", "used": 2, "allowed": 2}
        give_query_back(cast.client, now=NOW)
        with query_claimed(cast.second_client, now=NOW):
            pass

    def test_what_was_not_made_is_not_counted(self, cast: Cast) -> None:
        given(cast, queries=1)
        with pytest.raises(KeyError), query_claimed(cast.client, now=NOW):
            raise KeyError
        assert ClientMeter.objects.get(client=cast.client).queries == 0

    def test_the_schema_stays_entered(self, in_client: Cast) -> None:
        with query_claimed(in_client.client, now=NOW):
            assert db.current() == in_client.client.schema_name
            Query.objects.create(name="q", kind="brand", text="q")
        assert db.current() == in_client.client.schema_name

    def test_a_count_puts_right_what_a_killed_request_left(self, cast: Cast) -> None:
        with query_claimed(cast.client, now=NOW):
            pass

        # Too early: it may be on its way, and would come on top of what was counted.
        assert not settle_queries(cast.client, queries=0, counted_at=NOW - timedelta(seconds=1))
        assert not settle_queries(cast.client, queries=0, counted_at=NOW + SETTLED_AFTER - timedelta(seconds=1))
        assert ClientMeter.objects.get(client=cast.client).queries == 1
        assert settle_queries(cast.client, queries=0, counted_at=NOW + SETTLED_AFTER)
        assert ClientMeter.objects.get(client=cast.client).queries == 0

    def test_a_client_that_was_never_metered_is_counted_at_once(self, cast: Cast) -> None:
        assert settle_queries(cast.client, queries=7, counted_at=NOW)
        assert ClientMeter.objects.get(client=cast.client).queries == 7


class TestMentions:
    def test_the_others_leave_what_they_did_not_use(self, cast: Cast) -> None:
        given(cast, mentions_per_month=10)
        tell_mentions(cast.second_client, month=MARCH, mentions=6)
        tell_mentions(cast.second_client, month=APRIL, mentions=9)
        tell_mentions(cast.client, month=MARCH, mentions=3)
        tell_mentions(cast.other_client, month=MARCH, mentions=1000)

        ceiling = ceiling_of(cast.client, now=NOW)

        assert ceiling is not None
        assert ceiling.own == 4
        check_mentions(cast.client, own=3, now=NOW)
        with pytest.raises(PlanLimit) as refused:
            check_mentions(cast.client, own=4, now=NOW)
        assert refused.value.members == {"plan": "Small", "limit": "mentions_per_month", "used": 10, "allowed": 10}

    def test_telling_twice_or_late_changes_nothing(self, cast: Cast) -> None:
        for number in (3, 5, 5, 4):
            tell_mentions(cast.client, month=MARCH, mentions=number)
        assert MentionCount.objects.get().mentions == 5

    def test_without_a_limit_there_is_no_ceiling(self, cast: Cast) -> None:
        assert ceiling_of(cast.client, now=NOW) is None
        given(cast, clients=1)
        assert ceiling_of(cast.client, now=NOW) is None
        check_mentions(cast.client, own=10**12, now=NOW)

    def test_what_a_client_used_stays_used_when_it_is_gone(self, cast: Cast) -> None:
        given(cast, mentions_per_month=10)
        tell_mentions(cast.second_client, month=MARCH, mentions=6)
        Client.objects.filter(id=cast.second_client.id).delete()
        ceiling = ceiling_of(cast.client, now=NOW)
        assert ceiling is not None
        assert ceiling.own == 4


class TestStorage:
    def test_what_would_not_fit_is_refused_before_and_when_it_comes(self, cast: Cast) -> None:
        given(cast, storage_bytes=100)
        settle_storage(cast.second_client, size=60, measured_at=NOW)
        check_storage(cast.client, size=40)
        with storage_claimed(cast.client, size=40, now=NOW):
            pass
        for attempt in (lambda: check_storage(cast.client, size=1), lambda: _claim(cast.client, 1)):
            with pytest.raises(PlanLimit) as refused:
                attempt()
            assert refused.value.members == {"plan": "Small", "limit": "storage_bytes", "used": 100, "allowed": 100}

    def test_what_was_not_kept_is_given_back(self, cast: Cast) -> None:
        with pytest.raises(KeyError), storage_claimed(cast.client, size=40, now=NOW):
            raise KeyError
        assert ClientMeter.objects.get(client=cast.client).storage_bytes == 0

    def test_a_measurement_sees_tables_and_files_of_that_client_alone(self, cast: Cast, settings: Any) -> None:
        before = storage_of(cast.client)
        other = storage_of(cast.second_client)
        for schema, size in ((cast.client.schema_name, 1000), (cast.second_client.schema_name, 5)):
            folder = Path(settings.FILES_ROOT) / schema / "imports"
            folder.mkdir(parents=True)
            (folder / "a").write_bytes(b"x" * size)

        assert before > 100_000
        assert storage_of(cast.client) == before + 1000
        assert storage_of(cast.second_client) == other + 5
        with db.enter(cast.client.schema_name):
            Query.objects.bulk_create(
                Query(name=f"q{number}", kind="brand", text="juniper " * 100) for number in range(500)
            )
        assert storage_of(cast.client) > before + 1000 + 100_000


def _claim(client: Client, size: int) -> None:
    with storage_claimed(client, size=size, now=NOW):
        pass


class TestUsage:
    def test_it_adds_up(self, cast: Cast) -> None:
        given(cast, clients=5, mentions_per_month=100)
        for client, number in ((cast.client, 3), (cast.second_client, 4)):
            settle_queries(client, queries=number, counted_at=NOW)
            settle_storage(client, size=10 * number, measured_at=NOW - timedelta(hours=number))
            tell_mentions(client, month=MARCH, mentions=number)
        tell_mentions(cast.client, month=date(2025, 12, 1), mentions=50)
        tell_mentions(cast.client, month=date(2025, 3, 1), mentions=50)
        call(cast)

        usage = usage_of(cast.agency.id, now=NOW)

        assert usage.plan == "Small"
        assert {row.limit: (row.used, row.allowed) for row in usage.limits} == {
            "clients": (2, 5),
            "queries": (7, None),
            "mentions_per_month": (7, 100),
            "api_calls_per_month": (1, None),
            "storage_bytes": (70, None),
        }
        assert [(row.month, row.mentions, row.api_calls) for row in usage.months] == [
            (MARCH, 7, 1),
            (date(2025, 12, 1), 50, 0),
        ]
        assert usage.measured_at == NOW - timedelta(hours=4)

    def test_of_an_agency_that_has_done_nothing(self, cast: Cast) -> None:
        usage = usage_of(cast.other.id, now=NOW)
        assert (usage.plan, usage.measured_at) == (None, None)
        assert [row.used for row in usage.limits] == [1, 0, 0, 0, 0]


class TestTheOperator:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("plan", *arguments, stdout=out)
        return out.getvalue()

    def test_makes_changes_lists_and_assigns(self, cast: Cast) -> None:
        assert "clients=10  queries=none" in self.run(
            "create", "Studio", "--clients", "10", "--storage-bytes", "5000000000"
        )
        assert "clients=none  queries=3" in self.run("change", "Studio", "--clients", "none", "--queries", "3")
        self.run("assign", cast.agency.id, "Studio")
        assert self.run("list") == (
            "Studio  clients=none  queries=3  mentions_per_month=none  api_calls_per_month=none  "
            "storage_bytes=5000000000  agencies=1\n"
        )
        agency = Agency.objects.get(id=cast.agency.id)
        assert agency.plan == Plan.objects.get(name="Studio")
        self.run("assign", cast.agency.id, "none")
        assert Agency.objects.get(id=cast.agency.id).plan is None
        events = AuditEvent.objects.filter(agency=cast.agency, action="plan.assigned").order_by("id")
        assert [event.detail for event in events] == [{"plan": agency.plan_id}, {"plan": None}]

    @pytest.mark.parametrize(
        "arguments",
        [
            ("create", "Small"),
            ("create", "New", "--clients", "-1"),
            ("create", "New", "--clients", "many"),
            ("create", "New", "--clients", str(2**31)),
            ("create", "New", "--storage-bytes", str(2**63)),
            ("change", "None such", "--clients", "1"),
            ("assign", "agy_0", "Small"),
            ("assign", "agy_" + "0" * 32, "Small"),
        ],
    )
    def test_is_told_what_cannot_be(self, arguments: tuple[str, ...], cast: Cast) -> None:
        given(cast)
        with pytest.raises(CommandError):
            self.run(*arguments)

    def test_a_name_is_taken_once(self, cast: Cast) -> None:
        given(cast)
        with pytest.raises(ValidationFailed):
            create_plan(name="Small")
        with pytest.raises(NotFound):
            assign_plan(agency_id="agy_" + "0" * 32, plan=None)

    def test_a_new_agency_gets_the_default_plan_or_none_is_let_in(self, db: None, settings: Any) -> None:
        def sign_up(name: str) -> Agency:
            return services.sign_up(agency_name=name, email=f"{name}@new.example", password=PASSWORD)[0]

        assert sign_up("first").plan is None
        settings.DEFAULT_PLAN = "Trial"
        with pytest.raises(ImproperlyConfigured):
            sign_up("second")
        plan = create_plan(name="Trial", clients=1)
        assert sign_up("third").plan == plan
