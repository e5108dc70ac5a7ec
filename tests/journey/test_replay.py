"""`manage.py replay`: a file of posts goes the whole way, for all clients, at the rate that was asked for."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from analytics.insights.models import HourlyRollup
from analytics.journey.replay import Progress, Replay, report
from analytics.journey.route import Router
from analytics.journey.stages import Stage, Stages
from analytics.journey.streams.models import Parcel
from analytics.listening.catalogue.following import Follower
from analytics.listening.services import create_query
from analytics.mentions.models import Mention
from kernel import db
from kernel.queue.testing import drain
from tenants.lifecycle.suspension import suspend_client
from tests.cast import Cast
from tests.journey.routing import NOW, following, listens, mentions, post, stream, within

CSV = """id,source,author,created_at,text,likes
1,web,ana_rye,2026-03-02T10:00:00Z,fresh rye bread,5
2,web,ben_oats,2026-03-02T11:00:00Z,nothing of the kind,1
3,web,ana_rye,2026-03-02T12:00:00Z,"rye and cake, says @ben_oats",2
4,web,ben_oats,not a time,rye,2
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "posts.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def replay(*arguments: Any) -> dict[str, Any]:
    """What the command prints last."""
    out, err = io.StringIO(), io.StringIO()
    with db.public():
        call_command("replay", *arguments, stdout=out, stderr=err)
    found: dict[str, Any] = json.loads(out.getvalue().strip().splitlines()[-1])
    return found


class TestTheCommand:
    def test_a_file_reaches_all_clients_stores_and_rollups(self, cast: Cast, file: Path) -> None:
        for client, text in ((cast.client, "rye"), (cast.other_client, "cake")):
            within(client, lambda text=text: create_query(name="Own", kind="brand", text=text))
        outcome = replay(str(file))
        assert (outcome["posts"], outcome["matched"], outcome["pairs"], outcome["stored"]) == (3, 2, 3, 3)
        assert (outcome["clients"], outcome["queries"], outcome["failed_parcels"]) == (3, 2, 0)
        assert sorted(mentions(cast.client)) == ["1", "3"]
        assert sorted(mentions(cast.other_client)) == ["3"]
        for client, count in ((cast.client, 2), (cast.other_client, 1), (cast.second_client, 0)):
            assert within(client, lambda: sum(HourlyRollup.objects.values_list("mentions", flat=True))) == count
        with db.public():
            assert not Parcel.objects.exists()
            drain(delayed=True)
        assert within(cast.client, lambda: Mention.objects.filter(understood_at=None).count()) == 0
        assert set(outcome["stages"]) >= {"read", "facts", "match", "seal", "protect", "store", "roll up", "commit"}
        assert outcome["limited_by"] in outcome["stages"]
        assert outcome["per_core"]["posts_matched_per_s"] > 0
        assert outcome["per_core"]["mentions_stored_per_s"] > 0

    def test_the_same_file_again_stores_nothing(self, cast: Cast, file: Path) -> None:
        listens(cast.client, "rye")
        replay(str(file))
        outcome = replay(str(file))
        assert (outcome["stored"], outcome["known"]) == (0, 2)

    def test_only_the_clients_that_were_named_get_something(self, cast: Cast, file: Path) -> None:
        listens(cast.client, "rye")
        listens(cast.other_client, "rye")
        assert replay(str(file), "--clients", cast.other_client.id)["stored"] == 2
        assert (len(mentions(cast.client)), len(mentions(cast.other_client))) == (0, 2)

    def test_standard_input_is_a_file_too(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        listens(cast.client, "rye")
        line = json.dumps({"id": "7", "source": "web", "created_at": "2026-03-02T10:00:00Z", "text": "rye"})
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(line.encode() + b"\n")))
        assert replay("-")["stored"] == 1
        assert list(mentions(cast.client)) == ["7"]

    @pytest.mark.parametrize("content", ["", "text\nrye\n", "[1, 2]"], ids=["empty", "no-time", "array"])
    def test_what_is_no_file_of_posts_is_refused(self, cast: Cast, tmp_path: Path, content: str) -> None:
        path = tmp_path / "bad.csv"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(CommandError):
            replay(str(path))

    def test_a_client_that_is_not_there_or_rests_is_refused(self, cast: Cast, file: Path) -> None:
        with db.public():
            suspend_client(client=cast.client, actor="x", now=NOW)
        for named in (cast.client.id, "cli_" + "0" * 32, "nonsense"):
            with pytest.raises(CommandError):
                replay(str(file), "--clients", named)
        with pytest.raises(CommandError):
            replay(str(file.with_name("missing.csv")))

    @pytest.mark.parametrize("rate", ["-1", "fast", "nan", "inf"])
    def test_a_rate_that_is_none_is_refused(self, cast: Cast, file: Path, rate: str) -> None:
        with pytest.raises(CommandError):
            replay(str(file), f"--rate={rate}")


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


@pytest.mark.parametrize(("rate", "seconds"), [(5.0, 3.8), (100.0, 0.1), (0.0, 0.0)])
def test_posts_are_sent_at_the_rate(cast: Cast, rate: float, seconds: float) -> None:
    """The last batch of twenty goes once those before it have had their time."""
    listens(cast.client, "rye")
    time, stages, heard = Time(), Stages(), list[tuple[int, float]]()
    made = Replay(
        router=Router(follower=following(), stream=stream(), stages=stages),
        clients=[cast.client],
        stages=stages,
        now=lambda: NOW,
        rate=rate,
        clock=time,
        sleep=time.sleep,
    )
    with db.public():
        progress = made.run(
            (post(number, "rye") for number in range(20)), told=lambda at: heard.append((at.posts, at.seconds))
        )
    assert (progress.posts, progress.stored) == (20, 20)
    assert progress.seconds == pytest.approx(seconds)
    assert progress.waited_s == pytest.approx(seconds)
    if rate:
        assert all(posts <= rate * at + max(1, rate / 10) + 1e-6 for posts, at in heard)


class TestTheReport:
    def test_what_is_spent_within_a_stage_counts_for_the_inner_one(self) -> None:
        stages = Stages()
        with stages("commit"), stages("store"):
            sum(range(300_000))
        assert stages.spent["store"].cpu_s > 10 * stages.spent["commit"].cpu_s >= 0

    def test_it_says_what_limits(self) -> None:
        progress = Progress(posts=1000, stored=100, seconds=10.0)
        stages = Stages(
            {"read": Stage(9, 9), "facts": Stage(0.5, 0.5), "match": Stage(1.5, 1.5), "store": Stage(1, 40),
             "protect": Stage(2, 2)}
        )  # fmt: skip
        told = report(progress, stages, database_cpu_s=2.0)
        assert told["per_core"] == {"posts_matched_per_s": 500, "mentions_stored_per_s": 20}
        assert (told["posts_per_s"], told["limited_by"]) == (100, "store")
        progress.waited_s = 5.0
        assert report(progress, stages, database_cpu_s=None)["limited_by"] == "the rate"
        assert report(Progress(), Stages(), database_cpu_s=None)["per_core"]["posts_matched_per_s"] is None


@pytest.fixture(autouse=True)
def no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread has a connection of its own, which sees nothing of a test's transaction."""
    monkeypatch.setattr(Follower, "start", Follower.catch_up)
