"""Invented posts about subjects that are known, in three languages and scripts."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from analytics.mentions.contracts import Hit
from analytics.mentions.models import Mention
from analytics.topics.discovery.vocabulary import Post
from analytics.topics.discovery.wording import words_of
from tests.mentions.sample import NOON, mention, put

SUBJECTS = {
    "en": {
        "delivery": "parcel courier late driver doorstep tracking shipment package depot van",
        "price": "expensive price discount voucher euro cheap cost overpriced deal bargain",
        "taste": "bitter roast aroma flavour sweet beans espresso acidity crema smooth",
        "staff": "friendly rude barista waiter service smile counter helpful staff greeting",
    },
    "de": {
        "delivery": "Paket Bote verspätet Lieferung Sendung Haustür Zusteller Lager Karton Wagen",
        "price": "teuer Preis Rabatt Gutschein billig Kosten Angebot günstig Aufschlag Rechnung",
        "taste": "Röstung Aroma Geschmack bitter süß Bohnen Säure mild kräftig Crema",
        "staff": "freundlich unhöflich Kellner Bedienung Lächeln Theke hilfsbereit Personal Gruß Empfang",
    },
}
_FILLER = {
    "en": ["the", "and", "we", "was", "with", "for", "this", "very", "again", "my", "about", "have", "there"],
    "de": ["der", "und", "wir", "war", "mit", "für", "das", "sehr", "wieder", "mein", "über", "haben", "da"],
}


def said(count: int, *, seed: int, languages: tuple[str, ...] = ("en", "de")) -> list[tuple[str, str, str]]:
    """(text, language, subject) of so many posts; each a handful of its subject's words among others'."""
    dice = Random(seed)
    found = []
    for _ in range(count):
        language = dice.choice(languages)
        subject = dice.choice(sorted(SUBJECTS[language]))
        words = dice.sample(SUBJECTS[language][subject].split(), dice.randint(4, 6))
        if dice.random() < 0.15:
            other = dice.choice(sorted(SUBJECTS[language]))
            words.append(dice.choice(SUBJECTS[language][other].split()))
        words += dice.sample(_FILLER[language], 4)
        dice.shuffle(words)
        found.append((" ".join(words), language, subject))
    return found


def posts(talk: list[tuple[str, str, str]]) -> list[Post]:
    """As discovery takes them, each by an author of its own."""
    return [Post(words_of(text, language=language), language, n) for n, (text, language, _) in enumerate(talk)]


def store_talk(
    talk: list[tuple[str, str, str]], query_id: str, *, name: str = "p", since: datetime = NOON, days: int = 28
) -> list[str]:
    """Store posts as one query's mentions, understood already, spread over some days. Returns their ids."""
    rows = [
        mention(
            f"{name}{n}",
            author=f"{name}{n}"[:16],
            text=text,
            posted_at=since + timedelta(days=n * days // len(talk), minutes=n % 600),
            hits=(Hit(query_id, 1, ()),),
        )
        for n, (text, _, _) in enumerate(talk)
    ]
    ids = []
    for start in range(0, len(rows), 500):
        ids += [stored.id for stored in put(*rows[start : start + 500]).fresh]
    for language in SUBJECTS:
        chosen = [pk for pk, (_, of, _) in zip(ids, talk, strict=True) if of == language]
        Mention.objects.filter(id__in=chosen).update(
            language=language, sentiment="positive", negative=0.1, neutral=0.2, positive=0.7, understood_at=NOON
        )
    return ids
