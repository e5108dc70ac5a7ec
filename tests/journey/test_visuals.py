"""Images of mentions: fetched from a real server on this machine, looked at, redacted, kept, shown and found."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from analytics.journey import actors
from analytics.journey.visuals import MOST_IMAGES, NotFetched, fetch_image, look_slice, switch
from analytics.language.vision.contracts import Sight
from analytics.language.vision.models import Visual, VisualContent
from analytics.listening.models import Query
from analytics.mentions.models import Mention, MentionMatch
from kernel import db
from kernel.ids import decode, encode
from kernel.queue import send
from kernel.queue.coalescing import under_way
from kernel.queue.testing import drain
from tests.api.conftest import add_mention
from tests.cast import Cast
from tests.language.tiny_images import HOSTILE, LABELS, picture, save_classifier

NOW = timezone.now()


@dataclass
class Gallery:
    """What the server answers with, by path, and what it was asked for."""

    pictures: dict[str, tuple[int, bytes, dict[str, str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    port: int = 0

    def hang(self, name: str, body: bytes, status: int = 200, **headers: str) -> str:
        self.pictures[f"/{name}"] = (status, body, headers)
        return f"http://127.0.0.1:{self.port}/{name}"


@pytest.fixture
def gallery(settings: Any) -> Iterator[Gallery]:
    settings.PRIVATE_FEED_HOSTS = ["127.0.0.1"]
    state = Gallery()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            state.headers.append({name.lower(): value for name, value in self.headers.items()})
            status, body, headers = state.pictures.get(self.path, (404, b"", {}))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


class Sizes:
    """An engine of our own: says how many bytes an image has, and what is written in every one."""

    def __init__(self, model_id: str = "sizes/1", text: str = "Call +44 20 7946 0958 or mail ana@lime.example") -> None:
        self.model_id, self.text = model_id, text
        self.looked: list[int] = []

    def look(self, images: Sequence[bytes]) -> list[Sight]:
        self.looked += [len(image) for image in images]
        return [Sight((("Size " + str(len(image)), 0.9), ("Picture", 0.5)), self.text, None) for image in images]


@pytest.fixture
def mention(in_client: Cast) -> Callable[..., Mention]:
    query = Query.objects.create(name="Juniper", kind="brand", text="juniper")

    def made(name: str, *urls: str, alt: str = "", kind: str = "image") -> Mention:
        media = [{"type": kind, "url": url, "alt": alt} for url in urls]
        return add_mention(query, name, media=media)

    return made


def seen() -> list[tuple[str, int, str]]:
    return [(str(row.mention_id), row.place, row.problem) for row in Visual.objects.order_by("mention_id", "place")]


def test_nothing_is_fetched_where_nobody_asked_for_it(gallery: Gallery, mention: Callable[..., Mention]) -> None:
    mention("p1", gallery.hang("a.png", picture()))
    assert look_slice(engine=Sizes(), now=NOW)
    switch(enabled=True, now=NOW)
    switch(enabled=False, now=NOW)
    assert look_slice(engine=Sizes(), now=NOW)
    assert (gallery.asked, seen()) == ([], [])


def test_images_are_looked_at_once_and_what_is_written_there_is_redacted(
    gallery: Gallery, mention: Callable[..., Mention]
) -> None:
    first, second = picture(), picture(size=(90, 80))
    one = mention("p1", gallery.hang("a.png", first), gallery.hang("b.png", second))
    mention("p2", "https://news.example/story", kind="link")
    again = mention("p3", gallery.hang("a.png", first))
    switch(enabled=True, now=NOW)
    engine = Sizes()
    assert not look_slice(engine=engine, now=NOW)
    assert look_slice(engine=engine, now=NOW)
    assert seen() == [(one.id, 0, ""), (one.id, 1, ""), (again.id, 0, "")]
    assert sorted(gallery.asked) == ["/a.png", "/b.png"]
    row = Visual.objects.get(mention=one, place=0)
    assert row.labels == [[f"Size {len(first)}", 0.9], ["Picture", 0.5]]
    assert row.label_names == [f"size {len(first)}", "picture"]
    assert "ana@" not in row.text
    assert "7946" not in row.text
    assert row.caption is None
    assert {name for told in gallery.headers for name in told} <= {"host", "accept", "accept-encoding", "user-agent"}
    # A repost that comes later is told from what is known.
    later = mention("p4", f"http://127.0.0.1:{gallery.port}/b.png")
    look_slice(engine=engine, now=NOW)
    assert len(gallery.asked) == 2
    assert Visual.objects.get(mention=later).labels[0][0] == f"Size {len(second)}"


def test_another_model_looks_anew_and_writes_over(gallery: Gallery, mention: Callable[..., Mention]) -> None:
    one = mention("p1", gallery.hang("a.png", picture()))
    switch(enabled=True, now=NOW)
    for model in ("sizes/1", "sizes/2", "sizes/2"):
        while not look_slice(engine=Sizes(model), now=NOW):
            pass
    row = Visual.objects.get()
    assert (row.mention_id, row.model_id, len(gallery.asked)) == (one.id, "sizes/2", 2)
    assert VisualContent.objects.get().looked_with == "sizes/2"


def test_what_was_seen_stays_where_the_image_is_gone_before_another_model_looks(
    gallery: Gallery, mention: Callable[..., Mention]
) -> None:
    mention("p1", gallery.hang("a.png", picture()), gallery.hang("b.png", picture(size=(90, 80))))
    switch(enabled=True, now=NOW)
    assert not look_slice(engine=Sizes("sizes/1"), now=NOW)
    before = Visual.objects.get(place=0)
    gallery.hang("a.png", b"", 404)
    for _ in range(2):
        for _ in range(2):
            done = look_slice(engine=Sizes("sizes/2"), now=NOW)
        assert done
    after = Visual.objects.get(place=0)
    assert (after.labels, after.text, after.problem, after.model_id) == (before.labels, before.text, "", "sizes/1")
    assert Visual.objects.get(place=1).model_id == "sizes/2"
    assert sorted(gallery.asked) == ["/a.png", "/a.png", "/b.png", "/b.png"]


def test_what_cannot_be_had_says_why_and_passing_failures_are_tried_again(
    gallery: Gallery, mention: Callable[..., Mention]
) -> None:
    addresses = [
        gallery.hang("busy.png", b"", 503),
        gallery.hang("secret.png", b"", 403),
        f"http://127.0.0.1:{gallery.port}/nothing.png",
        gallery.hang("round.png", b"", 302, Location=f"http://127.0.0.1:{gallery.port}/round.png"),
    ]
    mention("p1", *addresses, gallery.hang("fifth.png", picture()))
    mention("p2", gallery.hang("large.png", b"\x89PNG" + b"0" * (9 * 1024 * 1024)))
    mention("p3", gallery.hang("out.png", b"", 302, Location="http://10.0.0.1/latest/meta-data"))
    mention("p4", "http://10.0.0.1/a.png", "http://[::1]/a.png", "ftp://files.example/a.png", "")
    switch(enabled=True, now=NOW)
    assert not look_slice(engine=Sizes(), now=NOW)
    assert [problem for *_, problem in seen()] == [
        "unavailable", "forbidden", "gone", "too_many_redirects", "body_too_large", "address_refused",
        "address_refused", "address_refused",
    ]  # fmt: skip
    assert MOST_IMAGES == 4
    assert "/fifth.png" not in gallery.asked
    gallery.hang("busy.png", picture())
    assert look_slice(engine=Sizes(), now=NOW + timedelta(minutes=10))
    gallery.asked.clear()
    assert not look_slice(engine=Sizes(), now=NOW + timedelta(hours=2))
    assert Visual.objects.get(mention__external_id="p1", place=0).problem == ""
    assert look_slice(engine=Sizes(), now=NOW + timedelta(hours=4))


def test_a_private_address_is_never_asked(settings: Any, gallery: Gallery) -> None:
    settings.PRIVATE_FEED_HOSTS = []
    with pytest.raises(NotFetched) as refusal:
        fetch_image(gallery.hang("a.png", picture()))
    assert (refusal.value.code, gallery.asked) == ("port_refused", [])


def test_it_goes_on_with_what_comes_later_and_stops_when_switched_off(
    gallery: Gallery, mention: Callable[..., Mention]
) -> None:
    url = gallery.hang("a.png", picture())
    for number in range(50):
        mention(f"p{number}", url)
    switch(enabled=True, now=NOW)
    assert not look_slice(engine=Sizes(), now=NOW)
    assert Visual.objects.count() == 40
    VisualContent.objects.update(enabled=False)
    assert look_slice(engine=Sizes(), now=NOW)
    VisualContent.objects.update(enabled=True)
    assert not look_slice(engine=Sizes(), now=NOW)
    assert look_slice(engine=Sizes(), now=NOW)
    assert (Visual.objects.count(), len(gallery.asked)) == (50, 1)


def test_what_is_switched_off_while_looking_is_not_kept(gallery: Gallery, mention: Callable[..., Mention]) -> None:
    gone = mention("p1", gallery.hang("a.png", picture()))
    mention("p2", gallery.hang("b.png", picture()))
    switch(enabled=True, now=NOW)

    class Meanwhile(Sizes):
        def look(self, images: Sequence[bytes]) -> list[Sight]:
            Mention.objects.filter(id=gone.id).delete()
            return super().look(images)

    assert not look_slice(engine=Meanwhile(), now=NOW)
    assert [place for _, place, _ in seen()] == [0]

    class Off(Sizes):
        def look(self, images: Sequence[bytes]) -> list[Sight]:
            VisualContent.objects.update(enabled=False)
            return super().look(images)

    mention("p3", gallery.hang("c.png", picture()))
    look_slice(engine=Off(), now=NOW)
    assert Visual.objects.count() == 1


def test_what_is_switched_off_while_looking_is_looked_at_once_it_is_on_again(
    gallery: Gallery, mention: Callable[..., Mention]
) -> None:
    made = mention("p1", gallery.hang("a.png", picture()))
    # Two hours old: beyond what is looked through once more for transactions that end late.
    old = encode("men", UUID(int=decode("men", str(made.id)).int - (2 * 3_600_000 << 80)))
    MentionMatch.objects.filter(mention=made).delete()
    Mention.objects.filter(id=made.id).update(id=old)
    mention("p2", gallery.hang("b.png", picture()))
    switch(enabled=True, now=NOW)

    class Off(Sizes):
        def look(self, images: Sequence[bytes]) -> list[Sight]:
            switch(enabled=False, now=NOW)
            return super().look(images)

    assert look_slice(engine=Off(), now=NOW)
    assert (Visual.objects.count(), len(gallery.asked)) == (0, 1)
    switch(enabled=True, now=NOW)
    look_slice(engine=Sizes(), now=NOW)
    assert Visual.objects.count() == 2


def test_slow_servers_keep_nobody_from_what_was_seen(gallery: Gallery, mention: Callable[..., Mention]) -> None:
    for number in range(5):
        mention(f"p{number}", gallery.hang(f"{number}.png", picture()))
    switch(enabled=True, now=NOW)
    ticks = iter(range(0, 10_000, 25))
    assert not look_slice(engine=Sizes(), now=NOW, clock=lambda: float(next(ticks)))
    assert Visual.objects.count() == len(gallery.asked) == 3


def test_an_address_that_is_none_keeps_nobody_from_the_others(
    gallery: Gallery, mention: Callable[..., Mention]
) -> None:
    mention("p1", "http://[fe80/a.png", "http://news.example:8080/a.png", gallery.hang("a.png", picture()))
    switch(enabled=True, now=NOW)
    assert not look_slice(engine=Sizes(), now=NOW)
    assert [problem for *_, problem in seen()] == ["invalid_url", "port_refused", ""]


def test_who_looks_is_not_joined_by_others(in_client: Cast, settings: Any) -> None:
    settings.IMAGE_LABELS_MODEL = "/models/shop"
    switch(enabled=True, now=NOW)
    switch(enabled=True, now=NOW + timedelta(seconds=1))
    schema = db.current()
    with db.public():
        actors.look_clients.fn()
        actors.look_clients.fn()
        assert len(under_way("journey.look_at_images", schema=schema)) == 1
        assert len(under_way("journey.look_at_images", schema=in_client.second_client.schema_name)) == 1


@pytest.mark.skipif(find_spec("torch") is None, reason="torch is an optional extra")
def test_a_worker_looks_with_a_real_model_at_anything(
    gallery: Gallery, mention: Callable[..., Mention], settings: Any, tmp_path: Path
) -> None:
    settings.IMAGE_LABELS_MODEL = str(save_classifier(tmp_path / "shop"))
    good = mention("good", gallery.hang("good.png", picture(), **{"Content-Type": "text/html"}))
    for number, (name, body) in enumerate(HOSTILE.items()):
        mention(name, gallery.hang(f"{number}.png", body, **{"Content-Type": "image/png"}))
    switch(enabled=True, now=NOW)
    drain()
    send("journey.look_at_images")
    with db.public():
        send("journey.look_clients")
    drain()
    assert Visual.objects.count() == 1 + len(HOSTILE)
    assert Visual.objects.exclude(mention=good).filter(problem="").count() == 0
    row = Visual.objects.get(mention=good)
    assert row.problem == ""
    assert {label for label, _ in row.labels} <= set(LABELS)
    assert len(gallery.asked) == 1 + len(HOSTILE)
