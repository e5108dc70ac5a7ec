"""Brandwatch: what each of its operators becomes.

Sources: its "Advanced Query Operators" (NEAR/2f: two or fewer words in between), its developers' pages of mention
fields, and the operator list of the open linter `bwq`.
"""

from __future__ import annotations

from analytics.listening.dialects import rules
from analytics.listening.dialects.dialect import Dialect, Rule, Said, Value

_PLACES = "Places are compared by the names that the source gives."


def raw(value: Value) -> Said:
    """`raw:Google+`: exactly these characters. We compare case and accents, not signs."""
    words = value.text.strip('"')
    signs = [c for c in words if not c.isalnum() and not c.isspace()]
    reason = "Signs are not compared; case and accents are." if signs else ""
    return Said("{" + words + "}", reason=reason)


def _place(field: str) -> Rule:
    """`usa.ca.san francisco`: a dotted path from the country down."""

    def rule(value: Value) -> Said:
        country, *inner = value.text.split(".")
        if not inner:
            return Said(f'{field}:"{value.text}"', reason=_PLACES)
        found = rules.country(Value(country, "word"))
        if found.text is None:
            return found
        return Said(f'({found.text} AND {field}:"{inner[-1]}")', reason=_PLACES)

    return rule


_FIELDS: dict[str, Rule] = {
    "raw": raw,
    "author": rules.author,
    "at_mentions": rules.addressed,
    "engagingwith": rules.addressed,
    "hashtags": rules.hashtag,
    "hashtag": rules.hashtag,
    "site": rules.address("site"),
    "url": rules.address("site"),
    "links": rules.address("links"),
    "country": rules.country,
    "region": _place("region"),
    "state": _place("region"),
    "city": _place("city"),
    "continent": rules.unsaid("There are no continents.", "List the countries: (country:de OR country:fr)."),
    "county": rules.unsaid("There are no counties.", "Use region: or city:."),
    "lang": rules.language,
    "language": rules.language,
    "rating": rules.measured("rating"),
    "authorfollowers": rules.measured("followers"),
    "authorverified": rules.chosen("verified", rules.truth, "Write true or false."),
    "authorverifiedtype": rules.unsaid("Kinds of verification are not told apart.", "Use authorVerified:true."),
    "authorgender": rules.unsaid("The gender of authors is not guessed.", "Remove it."),
    "engagementtype": rules.chosen("type", rules.kinds, "Write COMMENT, REPLY, RETWEET or QUOTE."),
    "sentiment": rules.chosen("sentiment", rules.moods, "Write positive, neutral or negative."),
    "imagetype": rules.unsaid("What an image shows is not read.", "has:image finds posts with an image."),
    "brandids": rules.unsaid("What an image shows is not read.", "has:image finds posts with an image."),
    "objects": rules.unsaid("What an image shows is not read.", "has:image finds posts with an image."),
    "subreddit": rules.unsaid("Subreddits are not told apart.", "site:reddit.com finds all of Reddit."),
    "subredditnsfw": rules.unsaid("Subreddits are not told apart.", "Remove it."),
    "subreddittopics": rules.unsaid("Subreddits are not told apart.", "Remove it."),
    "redditauthorflair": rules.unsaid("Flairs are not kept.", "Remove it."),
    "redditpostflair": rules.unsaid("Flairs are not kept.", "Remove it."),
    "redditspoiler": rules.unsaid("Spoiler marks are not kept.", "Remove it."),
    "sensitivecontent": rules.unsaid("Marks for sensitive content are not kept.", "Remove it."),
    "topleveldomain": rules.unsaid("Ends of host names cannot be asked for.", "Name the sites: site:shop.example."),
    "minuteofday": rules.unsaid("The time of day cannot be asked for.", "Remove it."),
    "latitude": rules.unsaid("Coordinates are not kept.", "Use country:, region: or city:."),
    "longitude": rules.unsaid("Coordinates are not kept.", "Use country:, region: or city:."),
    "pubtype": rules.unsaid("Kinds of publications are not told apart.", "Name the sources: source:reddit."),
    "publishersubtype": rules.unsaid("Kinds of publications are not told apart.", "Name the sources: source:reddit."),
    "publication": rules.unsaid("Publications have no names here.", "Use their address: site:paper.example."),
    "weblogtitle": rules.unsaid("Blogs have no names here.", "Use their address: site:blog.example."),
    "blogname": rules.unsaid("Blogs have no names here.", "Use their address: site:blog.example."),
    "parentblogname": rules.unsaid("Blogs have no names here.", "Use their address: site:blog.example."),
    "rootblogname": rules.unsaid("Blogs have no names here.", "Use their address: site:blog.example."),
    "parentpostid": rules.unsaid("Single posts cannot be asked for.", "Remove it."),
    "rootpostid": rules.unsaid("Single posts cannot be asked for.", "Remove it."),
    "guid": rules.unsaid("Single posts cannot be asked for.", "Remove it."),
    "engagingwithguid": rules.unsaid("Single posts cannot be asked for.", "Use engagingWith: and a handle."),
    "channelid": rules.unsaid("Channels have no numbers here.", "Use author: and the channel's handle."),
    "tags": rules.unsaid("Tags of Tumblr and YouTube are not kept apart from hashtags.", "Write #tag."),
    "itemreview": rules.unsaid("What a review is about is not kept as a field.", "Search for its name in the text."),
}

BRANDWATCH = Dialect("Brandwatch", _FIELDS, braces=True, minus=False)
