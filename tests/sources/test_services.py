"""Taking uploads in: kept on disk, queued with their job, or refused without a trace."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analytics.sources import services
from analytics.sources.contracts import BadRow, Page, RowNote
from analytics.sources.models import Feed, Import, ImportProblem
from analytics.sources.selectors import feed_of, feeds, file_of, import_of, imports, problems_of
from analytics.sources.services import accept_upload, client_folder, follow_feed, note_problems, unfollow_feed
from kernel import db
from kernel.errors import NotFound, TooLarge, ValidationFailed
from kernel.jobs.models import Job
from kernel.queue.models import Message
from tests.cast import Cast


def upload(*chunks: bytes, file_name: str = "posts.csv") -> Import:
    return accept_upload(chunks=chunks, file_name=file_name, source="web", mapping={"text": "body"}, options={})


def sent() -> list[tuple[str, list[Any]]]:
    with db.public():
        return [(row.payload["actor_name"], row.payload["args"]) for row in Message.objects.order_by("available_at")]


def files() -> list[Path]:
    return [path for path in client_folder("imports").iterdir() if path.is_file()]


class TestUploads:
    def test_a_file_is_kept_whole_and_queued_with_its_job(self, in_client: Cast) -> None:
        made = upload(b"id,", b"", b"text\n", file_name="C:\\fakepath\\My posts (1).csv")
        assert file_of(made).read_bytes() == b"id,text\n"
        assert file_of(made).is_relative_to(client_folder("imports"))
        assert stat.S_IMODE(client_folder("imports").stat().st_mode) == 0o700
        assert (made.size, made.source, made.mapping) == (8, "web", {"text": "body"})
        job = Job.objects.get(id=made.job_id)
        assert (job.kind, job.state, job.result) == ("import", Job.State.QUEUED, made.id)
        assert sent() == [("journey.ingest_import", [made.id])]
        assert import_of(made.id) == imports().get() == made

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("../../etc/passwd", "passwd"),
            ("posts.csv", "posts.csv"),
            ("Übersicht März.csv", "Übersicht März.csv"),
            ("a\x00b\n.csv", "a_b_.csv"),
            ("<script>.csv", "_script_.csv"),
            ("", "upload"),
            ("/", "upload"),
            ("x" * 400, "x" * 255),
        ],
    )
    def test_the_name_is_shown_and_never_used_as_a_path(self, in_client: Cast, given: str, kept: str) -> None:
        made = upload(b"x", file_name=given)
        assert made.file_name == kept
        assert file_of(made).name == made.id

    def test_an_empty_file_leaves_nothing(self, in_client: Cast) -> None:
        for chunks in ((), (b"", b"")):
            with pytest.raises(ValidationFailed) as problem:
                upload(*chunks)
            assert [(field.pointer, field.code) for field in problem.value.fields] == [("/file", "empty_file")]
        assert (Import.objects.count(), Job.objects.count(), sent(), files()) == (0, 0, [], [])

    def test_a_file_above_the_limit_is_refused_while_it_comes_and_leaves_nothing(
        self, in_client: Cast, settings: Any
    ) -> None:
        settings.UPLOAD_MAX_BYTES = 10
        assert upload(b"0123456789").size == 10
        read: list[int] = []

        def endless() -> Iterator[bytes]:
            while True:
                read.append(6)
                yield b"x" * 6

        with pytest.raises(TooLarge):
            accept_upload(chunks=endless(), file_name="big", source="web", mapping={}, options={})
        assert len(read) == 2
        assert (Import.objects.count(), Job.objects.count(), len(sent()), len(files())) == (1, 1, 1, 1)

    def test_a_connection_that_breaks_leaves_nothing(self, in_client: Cast) -> None:
        def breaking() -> Iterator[bytes]:
            yield b"id,text\n"
            raise ConnectionResetError

        with pytest.raises(ConnectionResetError):
            accept_upload(chunks=breaking(), file_name="x", source="web", mapping={}, options={})
        assert (Import.objects.count(), Job.objects.count(), sent(), files()) == (0, 0, [], [])

    def test_what_the_database_refuses_leaves_no_file(self, in_client: Cast) -> None:
        with pytest.raises(Exception, match="too long"):
            accept_upload(chunks=[b"x"], file_name="x", source="s" * 41, mapping={}, options={})
        assert (Import.objects.count(), Job.objects.count(), sent(), files()) == (0, 0, [], [])

    def test_each_client_has_a_folder_of_its_own(self, in_client: Cast) -> None:
        ours = client_folder("imports")
        with db.enter(in_client.second_client.schema_name):
            theirs = client_folder("imports")
        assert ours != theirs
        assert ours.parent.name == in_client.client.schema_name


class TestProblems:
    @staticmethod
    def page(*bad: int, notes: tuple[int, ...] = ()) -> Page:
        return Page(
            posts=(),
            bad_rows=tuple(BadRow(line, "unreadable_time", "The time cannot be read.", "created_at") for line in bad),
            cursor={},
            done=True,
            notes=tuple(RowNote(line, "duplicate", "The row repeats an earlier one.") for line in notes),
        )

    def test_are_listed_by_line_once_each(self, in_client: Cast) -> None:
        made = upload(b"x")
        note_problems(upload=made, page=self.page(9, 3, notes=(5,)))
        note_problems(upload=made, page=self.page(3, 4))
        assert [(row.line, row.refused, row.code) for row in problems_of(made)] == [
            (3, True, "unreadable_time"),
            (4, True, "unreadable_time"),
            (5, False, "duplicate"),
            (9, True, "unreadable_time"),
        ]

    def test_a_long_reason_is_cut(self, in_client: Cast) -> None:
        made = upload(b"x")
        page = Page((), (BadRow(1, "x", "r" * 1_000),), {}, True)
        note_problems(upload=made, page=page)
        assert len(problems_of(made).get().reason) == 300

    def test_the_list_ends_where_a_file_is_all_problems(self, in_client: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(services, "MAX_LISTED_PROBLEMS", 5)
        made = upload(b"x")
        note_problems(upload=made, page=self.page(1, 2, 3))
        made.bad = 3
        note_problems(upload=made, page=self.page(4, 5, 6, 7))
        made.bad = 7
        note_problems(upload=made, page=self.page(8))
        assert [row.line for row in problems_of(made)] == [1, 2, 3, 4, 5]
        assert ImportProblem.objects.count() == 5

    def test_what_is_said_of_rows_that_are_in_is_limited_too(
        self, in_client: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(services, "MAX_LISTED_PROBLEMS", 3)
        made = upload(b"x")
        for lines in ((1, 2), (3, 4), (5,)):
            note_problems(upload=made, page=self.page(notes=lines))
        assert [row.line for row in problems_of(made)] == [1, 2, 3]


class TestFeeds:
    def test_following_saves_the_feed_and_asks_for_its_first_reading(self, in_client: Cast) -> None:
        feed = follow_feed(url="https://news.example/feed.xml", name="News")
        assert feed_of(feed.id) == feeds().get() == feed
        assert (feed.active, feed.cursor, feed.problem) == (True, None, "")
        assert sent() == [("journey.poll_feed", [feed.id])]

    def test_a_feed_followed_twice_is_refused_and_not_polled_twice(self, in_client: Cast) -> None:
        follow_feed(url="https://news.example/feed.xml", name="News")
        with pytest.raises(ValidationFailed):
            follow_feed(url="https://news.example/feed.xml", name="Again")
        assert Feed.objects.count() == len(sent()) == 1

    def test_unfollowing_removes_it(self, in_client: Cast) -> None:
        feed = follow_feed(url="https://news.example/feed.xml", name="News")
        feed_id = feed.id
        unfollow_feed(feed=feed)
        with pytest.raises(NotFound):
            feed_of(feed_id)
