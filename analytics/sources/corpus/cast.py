"""The demo's cast: one invented agency, its two invented clients, and what they listen for.

Nobody here exists. Query texts are in Earshot's query language (AND OR NOT, parentheses, phrases, #tag, @handle,
prefix*); a query's name is the name by which `truth` refers to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from analytics.sources.corpus import logos

QueryKind = Literal["brand", "competitor", "topic"]


class DemoQuery(NamedTuple):
    """A saved listening query: (name, kind, text)."""

    name: str
    kind: QueryKind
    text: str


@dataclass(frozen=True, slots=True)
class DemoClient:
    """A client of the agency. Colours are `#rrggbb`, `locale` is BCP 47, `time_zone` an IANA name; `logo()` is a PNG.

    `book` names the phrase files its posts are written from, `industry` the aspects to listen for.
    """

    name: str
    slug: str
    locale: str
    time_zone: str
    country: str
    primary: str
    accent: str
    logo: Callable[[], bytes]
    queries: tuple[DemoQuery, ...]
    book: str
    industry: str

    def names(self, kind: QueryKind) -> tuple[str, ...]:
        """The names of this client's queries of one kind, in order."""
        return tuple(query.name for query in self.queries if query.kind == kind)


@dataclass(frozen=True, slots=True)
class DemoAgency:
    """The agency: its brand and its clients."""

    name: str
    slug: str
    primary: str
    accent: str
    logo: Callable[[], bytes]
    clients: tuple[DemoClient, ...]


@dataclass(frozen=True, slots=True)
class Spelling:
    """How people write a business: its full and short names, its handle (no @), its hashtags (no #), and what it
    is called in languages that write it in their own script."""

    names: tuple[str, ...]
    handle: str
    hashtags: tuple[str, ...]
    native: tuple[tuple[str, str], ...] = ()


SPELLINGS: dict[str, Spelling] = {
    "Elbkranich Kaffee": Spelling(
        names=("Elbkranich Kaffee", "Elbkranich", "elbkranich"),
        handle="elbkranich",
        hashtags=("elbkranich", "elbkranichkaffee"),
        native=(("ar", "إلبكرانيش"), ("ja", "エルプクラニッヒ"), ("ru", "Эльбкраних"), ("zh", "易北鹤咖啡")),
    ),
    "Nebelbohne": Spelling(names=("Nebelbohne", "nebelbohne"), handle="nebelbohne", hashtags=("nebelbohne",)),
    "Möwenröster": Spelling(
        names=("Möwenröster", "Möwenröster", "Moewenroester", "möwenröster"),
        handle="moewenroester",
        hashtags=("moewenroester", "möwenröster"),
    ),
    "Maré de Magnésio": Spelling(
        names=("Maré de Magnésio", "Maré de Magnésio", "Mare de Magnesio", "maré de magnésio"),
        handle="maredemagnesio",
        hashtags=("maredemagnesio",),
        native=(
            ("ja", "マレデマグネシオ"),
            ("ko", "마레데마그네지우"),
            ("hi", "मारे दे मैग्नेसियो"),
            ("th", "มาเรเดแมกนีซิโอ"),
        ),
    ),
    "Parede Nove": Spelling(names=("Parede Nove", "parede nove"), handle="paredenove", hashtags=("paredenove",)),
    "Gruta Brava": Spelling(names=("Gruta Brava", "gruta brava"), handle="grutabrava", hashtags=("grutabrava",)),
}

COFFEE = DemoClient(
    name="Elbkranich Kaffee",
    slug="elbkranich",
    locale="de-DE",
    time_zone="Europe/Berlin",
    country="DE",
    primary="#1f3a4d",
    accent="#c8643c",
    logo=logos.crane,
    book="coffee",
    industry="restaurants",
    queries=(
        DemoQuery(
            "Elbkranich Kaffee",
            "brand",
            "(elbkranich OR @elbkranich OR #elbkranich OR elbkranichkaffee OR #elbkranichkaffee "
            'OR "إلبكرانيش" OR "エルプクラニッヒ" OR "Эльбкраних" OR "易北鹤咖啡") NOT vogel',
        ),
        DemoQuery("Nebelbohne", "competitor", "nebelbohne OR @nebelbohne OR #nebelbohne"),
        DemoQuery(
            "Möwenröster",
            "competitor",
            "möwenröster OR moewenroester OR @moewenroester OR #moewenroester OR #möwenröster",
        ),
        DemoQuery(
            "Hafermilch",
            "topic",
            'hafermilch* OR "oat milk" OR "yulaf sütü" OR "حليب الشوفان" OR "lait d’avoine" OR "leche de avena" '
            'OR "овсяное молоко" OR "オーツミルク" OR "燕麦奶"',
        ),
    ),
)

CLIMB = DemoClient(
    name="Maré de Magnésio",
    slug="maredemagnesio",
    locale="pt-PT",
    time_zone="Europe/Lisbon",
    country="PT",
    primary="#0b6e75",
    accent="#f2b134",
    logo=logos.wave,
    book="climb",
    industry="gyms",
    queries=(
        DemoQuery(
            "Maré de Magnésio",
            "brand",
            '("maré de magnésio" OR @maredemagnesio OR #maredemagnesio OR "マレデマグネシオ" OR "마레데마그네지우" '
            'OR "मारे दे मैग्नेसियो" OR "มาเรเดแมกนีซิโอ") NOT suplemento*',
        ),
        DemoQuery("Parede Nove", "competitor", '"parede nove" OR @paredenove OR #paredenove'),
        DemoQuery("Gruta Brava", "competitor", '"gruta brava" OR @grutabrava OR #grutabrava'),
        DemoQuery(
            "Graduação",
            "topic",
            'graduação OR graduación OR "bouldering grades" OR cotation* OR schwierigkeitsgrad* '
            'OR "グレード" OR 난이도 OR ग्रेड OR "เกรด"',
        ),
    ),
)

AGENCY = DemoAgency(
    name="Fernrohr & Flaschenpost",
    slug="fernrohr",
    primary="#2b2d42",
    accent="#ef6f53",
    logo=logos.spyglass,
    clients=(COFFEE, CLIMB),
)
