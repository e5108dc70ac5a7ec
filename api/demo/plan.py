"""What a demo sets up: an agency, its clients with brands and queries, and the file they all import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from analytics.sources.corpus import cast, corpus
from analytics.sources.corpus.export import write_csv
from analytics.sources.files.connector import FileConnector
from api.demo.brands import find_brands

_SEED = 2026
_LOOKED_AT = 20_000
_COLOURS = ("#1f4e79", "#8c2d19", "#2d6a4f", "#6b2d73", "#7a5c00", "#00596b")
_ACCENTS = ("#f2a33a", "#3a86c8", "#e76f51", "#3fa796", "#b5446e", "#e0b03c")


@dataclass(frozen=True, slots=True)
class PlannedQuery:
    name: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class PlannedClient:
    """A client to open, with the brand its reports bear. `logo` draws a PNG; `industry` says which aspects to listen
    for, None where nobody knows."""

    name: str
    locale: str
    time_zone: str
    primary: str
    accent: str
    logo: Callable[[], bytes]
    queries: tuple[PlannedQuery, ...]
    industry: str | None = None


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """`file` is imported by every client; `source` names the source of rows that name none."""

    agency: str
    clients: tuple[PlannedClient, ...]
    file: Path
    source: str


def bundled(folder: Path) -> DemoPlan:
    """The project's own corpus, written into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "posts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv(corpus(seed=_SEED).posts, file)
    clients = tuple(
        PlannedClient(
            client.name,
            client.locale,
            client.time_zone,
            client.primary,
            client.accent,
            client.logo,
            tuple(PlannedQuery(*query) for query in client.queries),
            client.industry,
        )
        for client in cast.AGENCY.clients
    )
    return DemoPlan(cast.AGENCY.name, clients, path, "upload")


def strangers(path: Path, mapping: dict[str, object]) -> DemoPlan:
    """A client for each brand that the file's posts name, following its brand against the others.

    Raises FileProblem for a file that cannot be read, ValueError where no brand shows.
    """
    connector = FileConnector(path, now=datetime.now(UTC), mapping=mapping or None)
    connector.prepare()
    posts = (post.text for page in connector.pages() for post in page.posts)
    brands, topic = find_brands(islice(posts, _LOOKED_AT))
    if not brands:
        raise ValueError("No handle, hashtag or word stands out in this file, so there is nothing to listen for.")
    clients = []
    for index, own in enumerate(brands):
        queries = [PlannedQuery(own.name, "brand", own.query)]
        queries += [PlannedQuery(other.name, "competitor", other.query) for other in brands if other is not own]
        if topic:
            queries.append(PlannedQuery(topic.name, "topic", topic.query))
        colour, accent = _COLOURS[index % len(_COLOURS)], _ACCENTS[index % len(_ACCENTS)]
        clients.append(
            PlannedClient(
                own.name,
                "en-US",
                "America/New_York",
                colour,
                accent,
                cast.AGENCY.logo,
                tuple(queries),
            )
        )
    return DemoPlan(cast.AGENCY.name, tuple(clients), path, "upload")
