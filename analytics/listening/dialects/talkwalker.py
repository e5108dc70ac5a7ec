"""Talkwalker (also Hootsuite Listening): what each of its operators becomes.

Source: the "Query Syntax" pages of its developers' documentation, and its help on search syntax.
"""

from __future__ import annotations

import re

from analytics.listening.dialects import rules
from analytics.listening.dialects.dialect import Dialect, Rule, Said, Value

_NETWORKS = (
    "bluesky", "facebook", "instagram", "linkedin", "mastodon", "pinterest", "reddit", "tiktok", "tumblr", "twitter",
    "vkontakte", "weibo", "youtube", "threads", "quora",
)  # fmt: skip
_SOURCES = {f"socialmedia_{name}": name for name in _NETWORKS} | {
    "socialmedia_x": "twitter",
    "consumer_review": "type:review",
    "review": "type:review",
    "reviews": "type:review",
}
_SIMPLE = re.compile(r"[^\W_]+(?:\s+[^\W_]+)*\Z")
_OPERATORS = frozenset({"AND", "OR", "NOT", "NEAR", "ONEAR", "SENTENCE", "PARAGRAPH"})
_MOOD = re.compile(r"([<>]=?)\s*(-?[0-9])\Z")


def _sentiment(value: Value) -> Said:
    """From -5 to 5 by numbers, or a word."""
    word = rules.moods.get(value.text.lower())
    if word:
        return Said(f"sentiment:{word}")
    if value.text in (">0", ">=1"):
        return Said("sentiment:positive")
    if value.text in ("<0", "<=-1"):
        return Said("sentiment:negative")
    if value.text == "0":
        return Said("sentiment:neutral")
    if _MOOD.match(value.text) or value.kind == "range":
        return Said(None, "value", "Sentiment has no degrees.", "Write sentiment:positive, :neutral or :negative.")
    return Said(None, "value", "This is no sentiment.", "Write sentiment:positive, :neutral or :negative.")


_NO_IMAGES = rules.unsaid("What an image shows is not read.", "has:image finds posts with an image.")
_FIELDS: dict[str, Rule] = {
    "author": rules.author,
    "mention": rules.addressed,
    "hashtag": rules.hashtag,
    "site": rules.address("site"),
    "domain": rules.address("site"),
    "domainurl": rules.address("site"),
    "host": rules.address("site"),
    "hosturl": rules.address("site"),
    "url": rules.address("site"),
    "link": rules.address("links"),
    "links": rules.address("links"),
    "externallinks": rules.address("links"),
    "lang": rules.language,
    "language": rules.language,
    "sourcecountry": rules.country,
    "sourcegeo": rules.country,
    "country": rules.country,
    "sourcecity": rules.renamed("city", "Places are compared by the names that the source gives."),
    "city": rules.renamed("city", "Places are compared by the names that the source gives."),
    "sourceregion": rules.renamed("region", "Places are compared by the names that the source gives."),
    "sourcetype": rules.chosen("source", _SOURCES, "Name the source (source:reddit) or site."),
    "posttype": rules.chosen(
        "has", {"image": "has:image", "video": "has:video", "link": "has:link"}, "Write image, video or link."
    ),
    "has": rules.chosen("has", {"image": "image", "video": "video", "link": "link"}, "Write image, video or link."),
    "has_image": rules.flag("has:image"),
    "has_video": rules.flag("has:video"),
    "has_link": rules.flag("has:link"),
    "sentiment": _sentiment,
    "engagement": rules.measured("engagement"),
    "followers": rules.measured("followers"),
    "rating": rules.measured("rating"),
    "published": rules.moments,
    "reach": rules.unsaid("Reach is an estimate of ours, not a fact of a post.", "Use followers:>1000."),
    "authorgender": rules.unsaid("The gender of authors is not guessed.", "Remove it."),
    "gender": rules.unsaid("The gender of authors is not guessed.", "Remove it."),
    "image": _NO_IMAGES,
    "images": _NO_IMAGES,
    "logo": _NO_IMAGES,
    "tag": rules.unsaid("Tags of another tool are not here.", "Remove it."),
    "topic": rules.unsaid("Topics of another tool are not here.", "Import that query too, as a snippet."),
}
_UNSAID = {
    "SENTENCE": ("Sentences are not told apart.", "Write NEAR/15, about the length of a sentence."),
    "PARAGRAPH": ("Paragraphs are not told apart.", "Write NEAR/50, about the length of a paragraph."),
}

TALKWALKER = Dialect(
    "Talkwalker",
    _FIELDS,
    bodies=frozenset({"content"}),
    unsaid=_UNSAID,
    plus=True,
    implicit_and=False,
)


def simple_search(text: str) -> tuple[str, str] | None:
    """What Talkwalker makes of words without any operator, in our language, with the reason; None for other queries.

    Several words are a nearness of ten words for each gap; words in capitals alone are searched in this spelling.
    """
    words = text.split()
    if not _SIMPLE.match(text.strip()) or _OPERATORS.intersection(words):
        return None
    if all(word.isascii() and word.isupper() for word in words):
        return " AND ".join("{" + word + "}" for word in words), "Words in capitals are searched in this spelling."
    if len(words) == 1:
        return None
    within = min(100, 10 * (len(words) - 1))
    return f'"{" ".join(words)}"~{within}', "Words without operators are searched near each other."
