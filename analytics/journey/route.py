"""From a shared public stream to the clients: each post is matched once, against all clients' queries together.

What matched is handed over and not stored here: sealed under each client's own data key, in one transaction with the
stream's cursor. So a batch is routed to all clients or to none, whenever the process dies; and storing it (`deliver`)
is each client's own work, which can be slow, fail and be tried again without anybody else noticing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random

from analytics.journey.facts import readable_post
from analytics.journey.listen import storable, uncollected
from analytics.journey.sample import sample_stream
from analytics.journey.stages import Stages
from analytics.journey.streams import parcels
from analytics.journey.streams.models import Stream
from analytics.journey.streams.parcels import Answer, Contents
from analytics.journey.streams.services import Sealed, hand_over
from analytics.listening.catalogue.following import Follower, Index, Key
from analytics.listening.facts import Readable
from analytics.sources.contracts import RawPost
from kernel import crypto, db
from kernel.logs import get_logger
from tenants.datakeys import master_keys
from tenants.models import Client

log = get_logger(__name__)

# A client's parcels of some batches are delivered together: a transaction costs more than a few posts.
GATHERED = timedelta(seconds=1)
_MOST_KEYS = 16_384


@dataclass(frozen=True, slots=True)
class Routed:
    """What became of a batch: how many posts matched anybody's queries, how many went to which client's schema
    (`parts`), how many pairs of post and query that were, how many posts could not be read, and the change at which
    the queries stood."""

    posts: int
    matched: int
    parts: Mapping[str, int]
    pairs: int
    unreadable: int
    change: int


@dataclass(slots=True)
class _Part:
    posts: list[RawPost]
    answers: list[tuple[Answer, ...]]


class Router:
    """Routes one stream by the queries that a follower holds, to all clients or to those of the schemas `only`.
    `random` draws the shared sample; without it the posts stay out of that. For one thread."""

    def __init__(
        self,
        *,
        follower: Follower,
        stream: Stream,
        random: Random | None = None,
        only: Collection[str] | None = None,
        stages: Stages | None = None,
    ) -> None:
        self._follower = follower
        self._stream = stream
        self._random = random
        self._only = only
        self._stages = stages or Stages()

    @property
    def stream_id(self) -> str:
        """The origin of the mentions that this stream brings."""
        return str(self._stream.id)

    @uncollected()
    def route(
        self,
        posts: Sequence[RawPost],
        *,
        now: datetime,
        cursor: Mapping[str, object] | None = None,
        gathered: timedelta = GATHERED,
    ) -> Routed:
        """Hand a batch over to all clients whose queries match, and have the stream stand at `cursor`. Posts that were
        routed before may come again: they are stored once. Call it outside every client and transaction.

        Raises Overtaken where somebody else reads the same stream, and what the database raises; nothing was handed
        over then.
        """
        index = self._follower.index
        with self._stages("facts"):
            readable, came = _readable(posts)
        with self._stages("match"):
            came, answers = _answered(index, readable, came)
        with self._stages("sort"):
            parts = sorted_out(came, answers)
            if self._only is not None:
                parts = {schema: part for schema, part in parts.items() if schema in self._only}
        with db.public():
            with self._stages("seal"):
                sealed = self._sealed(parts, index)
            with self._stages("hand over"):
                hand_over(stream=self._stream, parcels=sealed, now=now, cursor=cursor, delay=gathered)
        if self._random is not None:
            with self._stages("sample"):
                sample_stream(came, now=now, random=self._random)
        return Routed(
            posts=len(posts),
            matched=sum(map(bool, answers)),
            parts={each.schema: each.posts for each in sealed},
            pairs=sum(map(len, answers)),
            unreadable=len(posts) - len(came),
            change=index.change,
        )

    def _sealed(self, parts: Mapping[str, _Part], index: Index) -> list[Sealed]:
        """The parts of those clients that may be worked for. Who rests gets nothing, as from feeds."""
        found = Client.objects.filter(
            schema_name__in=list(parts), status=Client.Status.ACTIVE, agency__suspended_at=None
        )
        sealed = []
        for schema, client_id, wrapped in found.values_list("schema_name", "id", "wrapped_key"):
            part = parts[schema]
            contents = Contents(index.edition_of(schema), tuple(part.posts), tuple(part.answers))
            try:
                key = _key(client_id, bytes(wrapped))
            except crypto.EnvelopeError:
                # Nothing can be stored for this client by anybody; all others go on.
                log.error("journey.no_key", schema=schema, posts=len(part.posts))
                continue
            packed = parcels.packed(contents, key=key, place=place(schema, self._stream.id))
            sealed.append(Sealed(schema, len(part.posts), packed))
        return sealed


def place(schema: str, stream_id: str) -> str:
    """What a parcel is bound to: it opens for no other client and as nothing of another stream."""
    return f"{schema} {stream_id}"


def sorted_out(posts: Sequence[RawPost], answers: Sequence[Sequence[tuple[Key, bool]]]) -> dict[str, _Part]:
    """Each client's posts and what of its own queries they matched, by schema."""
    parts: dict[str, _Part] = {}
    for post, found in zip(posts, answers, strict=True):
        own: dict[str, list[Answer]] = {}
        for (schema, query_id, _), pending in found:
            own.setdefault(schema, []).append((query_id, pending))
        for schema, hits in own.items():
            part = parts.setdefault(schema, _Part([], []))
            part.posts.append(post)
            part.answers.append(tuple(hits))
    return parts


def _readable(posts: Sequence[RawPost]) -> tuple[list[Readable], list[RawPost]]:
    """The posts as matchers take them, without those that nothing can be told of."""
    readable, came = [], []
    for raw in posts:
        try:
            post = storable(raw)
            readable.append(readable_post(post))
        except Exception as error:  # one post must not stop a stream
            log.warning("journey.unreadable_post", source=raw.source, error_type=type(error).__name__)
            continue
        came.append(post)
    return readable, came


def _answered(
    index: Index, readable: Sequence[Readable], came: list[RawPost]
) -> tuple[list[RawPost], list[list[tuple[Key, bool]]]]:
    """The posts that could be matched, and what each of them matched."""
    try:
        return came, index.matcher.pairs(readable)
    except Exception as error:  # then one by one, to find the post that is to blame
        log.warning("journey.unreadable_batch", error_type=type(error).__name__)
    # Facts are told when they are asked for, so a post may turn out only now to have none that can be told.
    left, answers = [], []
    for one, post in zip(readable, came, strict=True):
        try:
            answers += index.matcher.pairs([one])
        except Exception as error:  # one post must not stop a stream
            log.warning("journey.unreadable_post", source=post.source, error_type=type(error).__name__)
            continue
        left.append(post)
    if came and not left:
        raise RuntimeError("no post of the batch can be matched")  # it is not the posts' fault
    return left, answers


@lru_cache(maxsize=_MOST_KEYS)
def _key(client_id: str, wrapped: bytes) -> bytes:
    return parcels.key_for(crypto.unwrap(master_keys(), wrapped, client_id.encode()))
