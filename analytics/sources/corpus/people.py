"""The invented authors: handles, followers with a heavy tail, languages, influencers and close-knit communities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from analytics.sources.corpus.cast import AGENCY, SPELLINGS, DemoClient

LANGUAGES: Mapping[str, Mapping[str, float]] = {
    "coffee": {
        "de": 0.46, "en": 0.16, "tr": 0.08, "ar": 0.075, "fr": 0.06, "es": 0.045, "ru": 0.045, "ja": 0.045, "zh": 0.03,
    },
    "climb": {
        "pt": 0.43, "en": 0.20, "es": 0.12, "fr": 0.07, "de": 0.05, "ja": 0.045, "ko": 0.03, "hi": 0.03, "th": 0.025,
    },
}  # fmt: skip
"""How much of each book's talk is in which language."""

_HOMES = {
    "de": ("DE", "Europe/Berlin"), "en": ("GB", "Europe/London"), "tr": ("TR", "Europe/Istanbul"),
    "ar": ("EG", "Africa/Cairo"), "fr": ("FR", "Europe/Paris"), "es": ("ES", "Europe/Madrid"),
    "ru": ("KZ", "Asia/Almaty"), "ja": ("JP", "Asia/Tokyo"), "zh": ("TW", "Asia/Taipei"),
    "pt": ("PT", "Europe/Lisbon"), "ko": ("KR", "Asia/Seoul"), "hi": ("IN", "Asia/Kolkata"),
    "th": ("TH", "Asia/Bangkok"),
}  # fmt: skip
_FIRST = {
    "de": ["Hanna", "Jonas", "Merle", "Fiete", "Greta", "Ole", "Svea", "Malte", "Ida", "Torben"],
    "en": ["Robin", "Alex", "Casey", "Jamie", "Morgan", "Taylor", "Rowan", "Quinn", "Ellis", "Frankie"],
    "tr": ["Defne", "Emre", "Zeynep", "Kerem", "Ece", "Mert", "Elif", "Can"],
    "ar": ["سلمى", "كريم", "ليلى", "يوسف", "نور", "هادي", "مريم", "طارق"],
    "fr": ["Camille", "Léo", "Manon", "Hugo", "Jeanne", "Basile", "Inès"],
    "es": ["Lucía", "Mateo", "Irene", "Pablo", "Nerea", "Hugo", "Alba"],
    "ru": ["Аня", "Миша", "Катя", "Лёша", "Даша", "Паша", "Юля"],
    "ja": ["さくら", "はると", "ゆい", "そうた", "みお", "れん", "ひな"],
    "zh": ["小雨", "阿明", "小雪", "大伟", "思思", "阿杰"],
    "pt": ["Inês", "Duarte", "Matilde", "Tomás", "Leonor", "Gonçalo", "Rita", "Vasco", "Joana", "Nuno"],
    "ko": ["지우", "서준", "하은", "민준", "수아"],
    "hi": ["आरव", "अनन्या", "रोहन", "मीरा", "कबीर"],
    "th": ["ฟ้า", "ต้น", "มิ้นท์", "บอส", "พลอย"],
}
# Handles are put together from these, never from anybody's name.
_START = [
    "nebel",
    "kiesel",
    "moos",
    "funken",
    "quarz",
    "lampen",
    "wolken",
    "zimt",
    "ahorn",
    "regen",
    "samt",
    "kupfer",
    "pixel",
    "tinte",
    "murmel",
    "alga",
    "brisa",
    "cal",
    "duna",
    "faro",
    "lua",
    "musgo",
    "sal",
    "vento",
]
_END = [
    "frosch",
    "igel",
    "otter",
    "dachs",
    "spatz",
    "luchs",
    "hummel",
    "falter",
    "gecko",
    "lince",
    "osga",
    "pardal",
    "polvo",
    "raposa",
    "coruja",
    "kite",
    "fox",
    "wren",
]

# Book, language, handle, name, followers, share of what is written in that language (whatever the corpus's size).
_PLANTED_INFLUENCERS = (
    ("coffee", "de", "schanzenschlemmerin_hh", "Schanzenschlemmerin", 184_000, 0.06),
    ("coffee", "en", "feathers_and_filter", "Feathers & Filter", 67_500, 0.13),
    ("climb", "pt", "magnesio_e_sal", "Magnésio & Sal", 121_000, 0.07),
    ("climb", "en", "sloperfrog_lx", "Sloper Frog", 52_300, 0.14),
)
_PLANTED_COMMUNITIES = (("coffee", "de", 0.055), ("coffee", "tr", 0.04), ("climb", "pt", 0.055))


@dataclass(frozen=True, slots=True)
class Author:
    """One invented author. `activity` weighs how often they write, `pull` how much others respond to them;
    `community` is an index into `People.communities` or -1."""

    handle: str
    name: str
    followers: int
    language: str
    country: str
    zone: str
    activity: float
    pull: float
    community: int = -1


class Pool:
    """Authors to draw from by activity."""

    def __init__(self, authors: Sequence[Author]) -> None:
        self.authors = tuple(authors)
        self._sums = tuple(accumulate(author.activity for author in self.authors))

    def draw(self, rng: Random) -> Author:
        return rng.choices(self.authors, cum_weights=self._sums)[0]


@dataclass(frozen=True, slots=True)
class People:
    """Everybody. `pools[book, language, community]` draws an author: community -1 holds those in none, -2 everyone."""

    authors: tuple[Author, ...]
    influencers: tuple[str, ...]
    communities: tuple[tuple[str, ...], ...]
    officials: Mapping[str, Author]
    pools: Mapping[tuple[str, str, int], Pool]


def crowd(posts: int, rng: Random) -> People:
    """The authors of a corpus of about `posts` posts: about 300 for 2,000, growing a little slower than the posts."""
    size = max(60, round(300 * (posts / 2000) ** 0.8))
    handles: set[str] = set()
    members: dict[tuple[str, str], list[Author]] = {}
    communities: list[list[str]] = [[] for _ in _PLANTED_COMMUNITIES]
    for client, part in ((AGENCY.clients[0], 0.55), (AGENCY.clients[1], 0.45)):
        for language, weight in LANGUAGES[client.book].items():
            count = max(4, round(size * part * weight))
            group = [_author(client, language, -1, handles, rng) for _ in range(count)]
            for number, (book, spoken, fraction) in enumerate(_PLANTED_COMMUNITIES):
                if (book, spoken) == (client.book, language):
                    circle = [
                        _author(client, language, number, handles, rng) for _ in range(max(5, round(size * fraction)))
                    ]
                    communities[number] = [author.handle for author in circle]
                    group += circle
            members[client.book, language] = group
    influencers = []
    for book, language, handle, name, followers, share in _PLANTED_INFLUENCERS:
        country, zone = _HOMES["de" if book == "coffee" else "pt"]
        others = sum(author.activity for author in members[book, language])
        activity = others * share / (1 - share)
        members[book, language].append(Author(handle, name, followers, language, country, zone, activity, 90.0))
        influencers.append(handle)
    officials = {
        client.slug: Author(
            SPELLINGS[client.name].handle,
            client.name,
            8_400,
            client.locale[:2],
            client.country,
            client.time_zone,
            1.0,
            2.0,
        )
        for client in AGENCY.clients
    }
    return People(
        authors=tuple(author for group in members.values() for author in group) + tuple(officials.values()),
        influencers=tuple(influencers),
        communities=tuple(tuple(circle) for circle in communities),
        officials=officials,
        pools=_pools(members),
    )


def _pools(members: Mapping[tuple[str, str], Sequence[Author]]) -> dict[tuple[str, str, int], Pool]:
    pools: dict[tuple[str, str, int], Pool] = {}
    for (book, language), group in members.items():
        pools[book, language, -2] = Pool(group)
        for number in sorted({author.community for author in group}):
            pools[book, language, number] = Pool([author for author in group if author.community == number])
    return pools


def _author(client: DemoClient, language: str, community: int, handles: set[str], rng: Random) -> Author:
    handle = ""
    while not handle or handle in handles:
        handle = f"{rng.choice(_START)}{rng.choice(('', '_'))}{rng.choice(_END)}{rng.randrange(2, 999)}"
    handles.add(handle)
    first = rng.choice(_FIRST[language])
    # Pareto with shape 1.1: a median near 130, a few with tens of thousands.
    followers = min(40_000, int(20 + 130 * (rng.paretovariate(1.1) - 1)))
    country, zone = _HOMES[language]
    if rng.random() < 0.6:
        country, zone = client.country, client.time_zone
    return Author(
        handle=handle,
        name=f"{first} {rng.choice('ABDEFGHKLMNPRSTVW')}." if first.isascii() else first,
        followers=followers,
        language=language,
        country=country,
        zone=zone,
        activity=min(8.0, rng.paretovariate(1.4)) * (2.5 if community >= 0 else 1.0),
        pull=1.0 + followers**0.25 / 4,
        community=community,
    )
