"""Compiling the engine ahead, so that no first request waits for it."""

from __future__ import annotations

from contextlib import suppress

from analytics.listening.engine import cache
from analytics.listening.engine.matching import BatchMatcher
from analytics.listening.facts import Facts, Readable
from analytics.listening.tree import (
    And,
    Between,
    Cased,
    Handle,
    Is,
    Near,
    Node,
    Not,
    Or,
    Pattern,
    Phrase,
    Prefix,
    Term,
    Title,
)

_MARK = "warm"


def warm() -> None:
    """Compile every function of the engine, or load it from the cache: a minute the first time after a change of the
    engine, Python, numba or Unicode, about a second after that. Compiled code is kept where `cache.place` says."""
    tea, cake = Term("tea"), Phrase(("carrot", "cake"))
    near = Near((tea, Or((cake, Prefix("carr")))), 3)
    queries: dict[str, Node] = {
        "words": Or((And((tea, cake, Not(Term("coffee")))), Pattern("ca?e"))),
        "near": And((near, Title(tea), Cased(("Tea",)))),
        "facts": And((tea, Or((Is("lang", "en"), Between("rating", 3.0, None), Handle("acme"))))),
    }
    facts = Facts(country="de", addressed=frozenset({"acme"}), rating=4.0, language=lambda: "en")
    posts = [Readable("Tea\ncarrot cake, カフェ #tea", 3, facts), Readable("tea", facts=Facts(language=lambda: "en"))]
    matcher = BatchMatcher(queries.items())
    matcher = matcher.with_changes([("more", tea), ("facts", queries["facts"])], ["near"])
    for each in (matcher, matcher.compacted()):
        each.pairs(posts)
        each.match([post.text for post in posts])
    folder = cache.place()
    if folder is not None:
        with suppress(OSError):  # no room: then nobody knows that it is warm
            (folder / _MARK).touch()


def is_warm() -> bool:
    """Whether `warm` takes a second only: what it compiles is in the cache."""
    folder = cache.place()
    return folder is not None and (folder / _MARK).exists()
