"""Posts of many languages as a public stream brings them, seeded; about 100 characters each.

A third are sentences of the bundled demo corpus (nine languages, written by the project); the others are drawn word by
word from `words`, with emoji, addresses, hashtags and handles. One generated post in eight names a brand.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from analytics.listening.facts import Facts, Readable
from analytics.sources.corpus import corpus
from tests.benchmarks.listening.words import SHARES, Language, Zipf

_EMOJI = ("😀", "😂", "❤️", "🔥", "👍🏽", "🎉", "☕", "🥐", "👨‍👩‍👧", "🇯🇵")
_SOURCES = ("bluesky", "mastodon", "reddit", "youtube", "rss")
_KINDS = ("post", "post", "post", "reply", "reply", "quote")
_COUNTRIES = ("us", "gb", "de", "jp", "br", "in", "")


def _generated(language: Language, zipf: Zipf, brands: Zipf, rng: Random) -> str:
    target = max(15, min(280, int(rng.lognormvariate(4.4, 0.55))))
    pieces: list[str] = []
    length = 0
    while length < target:
        word = language.words[zipf.draw(rng)]
        pieces.append(word)
        length += len(word) + len(language.joiner)
    place = rng.randrange(len(pieces) + 1)
    if rng.random() < 0.125:
        brand = language.brands[brands.draw(rng)]
        sigil = rng.choice(("", "", "", "@", "#"))
        pieces.insert(place, f" {sigil}{brand} " if sigil and not language.joiner else sigil + brand)
    pieces[0] = pieces[0].capitalize()
    text = language.joiner.join(pieces)
    if rng.random() < 0.2:
        text += f" #{language.words[200 + zipf.draw(rng) % 3_000]}"
    if rng.random() < 0.2:
        text = f"@user{rng.randrange(50_000)} {text}"
    if rng.random() < 0.15:
        text += f" https://site{rng.randrange(3_000)}.example/{rng.randrange(10**6)}"
    if rng.random() < 0.2:
        text += " " + rng.choice(_EMOJI)
    return text + rng.choice((".", "!", "?", "", ""))


def posts(languages: Mapping[str, Language], *, count: int, seed: int) -> list[Readable]:
    """`count` posts with what a stream tells about them (source, kind, author, sometimes a country and a size)."""
    rng = Random(f"{seed} posts")
    written = [post.text for post in corpus(seed=seed, posts=2_000).posts if post.text]
    zipf = Zipf(len(languages["latin"].words))
    brands = Zipf(len(languages["latin"].brands))
    scripts, shares = list(SHARES), list(SHARES.values())
    made = []
    for _ in range(count):
        if rng.random() < 1 / 3:
            text = rng.choice(written)
        else:
            text = _generated(languages[rng.choices(scripts, shares)[0]], zipf, brands, rng)
        author = f"user{rng.randrange(50_000)}"
        facts = Facts(
            source=rng.choice(_SOURCES),
            kind=rng.choice(_KINDS),
            authors=frozenset({author}),
            country=rng.choice(_COUNTRIES),
            followers=float(int(rng.lognormvariate(5, 2))),
            posted=1_774_000_000.0 + rng.randrange(86_400),
        )
        made.append(Readable(text, 0, facts))
    return made
