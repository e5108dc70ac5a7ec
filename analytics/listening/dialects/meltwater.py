"""Meltwater: what each of its operators becomes. Operators are read in any case; NOT binds before AND, AND before OR.

Source: its help on Boolean search (NEAR: at most four words between, NEAR/10: at most ten).
"""

from __future__ import annotations

from analytics.listening.dialects import rules
from analytics.listening.dialects.brandwatch import raw
from analytics.listening.dialects.dialect import Dialect, Rule

_PLACES = "Places are compared by the names that the source gives."
_NO_PROFILE = rules.unsaid("What authors say about themselves is not kept.", "Remove it.")
_NO_OPENING = rules.unsaid("The opening of an article is not told apart.", "Use title:, or leave the field away.")
_FIELDS: dict[str, Rule] = {
    "raw": raw,
    "author": rules.author,
    "from": rules.author,
    "authorhandle": rules.author,
    "mention": rules.addressed,
    "mentions": rules.addressed,
    "to": rules.addressed,
    "hashtag": rules.hashtag,
    "hashtags": rules.hashtag,
    "site": rules.address("site"),
    "domain": rules.address("site"),
    "url": rules.address("site"),
    "sourceurl": rules.address("site"),
    "link": rules.address("links"),
    "links": rules.address("links"),
    "country": rules.country,
    "language": rules.language,
    "lang": rules.language,
    "city": rules.renamed("city", _PLACES),
    "region": rules.renamed("region", _PLACES),
    "state": rules.renamed("region", _PLACES),
    "sentiment": rules.chosen("sentiment", rules.moods, "Write positive, neutral or negative."),
    "followers": rules.measured("followers"),
    "engagement": rules.measured("engagement"),
    "has": rules.chosen("has", {"image": "image", "video": "video", "link": "link"}, "Write image, video or link."),
    "is": rules.chosen("type", rules.kinds, "Write retweet, quote, reply or comment."),
    "type": rules.chosen("type", rules.kinds, "Write repost, quote, reply, comment or review."),
    "ingress": _NO_OPENING,
    "lead": _NO_OPENING,
    "source": rules.unsaid("Sources have other names here.", "Use site:paper.example or source:reddit."),
    "sourcename": rules.unsaid("Sources have other names here.", "Use site:paper.example."),
    "bio": _NO_PROFILE,
    "authorbio": _NO_PROFILE,
    "reach": rules.unsaid("Reach is an estimate of ours, not a fact of a post.", "Use followers:>1000."),
    "ave": rules.unsaid("There is no value in money of a mention.", "Remove it."),
    "keyphrase": rules.unsaid("Key phrases of another tool are not here.", "Search for the phrase in the text."),
    "entity": rules.unsaid("Recognised names of another tool are not here.", "Search for the name in the text."),
}
_FREQUENCY = ("How often a word stands in a text cannot be asked for.", "Leave the number away.")

MELTWATER = Dialect(
    "Meltwater",
    _FIELDS,
    bodies=frozenset({"body"}),
    unsaid={"CATF": _FREQUENCY, "ATLEAST": _FREQUENCY},
    near_default=4,
    any_case=True,
    braces=True,
    precedence=True,
    implicit_and=False,
)
