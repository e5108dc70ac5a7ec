"""The score: a sum of points per feature on the log-odds scale, through the logistic function.

Every weight stands in this file. They were set by hand, from what the literature names as telling (Benevenuto et al.
2010 for spam on Twitter: links, hashtags, handles, spam words; Chu et al. 2012 and Varol et al. 2017 for automation:
volume, regular gaps, repeated content) and were checked on synthetic posts (tests/mentions/test_noise.py), not fitted.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from analytics.mentions.duplicates import normalised
from analytics.mentions.noise.contracts import UNKNOWN, Judgement, Reason, Surroundings
from analytics.mentions.noise.features import TextFeatures, measure

_START = -4.0  # with no reason at all a post scores 0.018
_THEMES = {"crypto": 3.0, "money": 2.5, "adult": 3.0, "follow_back": 2.5, "contact": 1.5, "giveaway": 1.5}
_MORE_OF_A_THEME = 1.0
_FEWEST_POSTS = 5  # below that nothing is said about an author
_FEWEST_GAPS = 8
_DAY_LIMIT = 50  # posts a day that few people write


def judge(text: str, around: Surroundings = UNKNOWN) -> Judgement:
    """Score one post: `text` is its title, a line break and its text, or the text alone.

    Abstains from spam where the text holds no word, link or tag, and from bot where fewer than five posts of the
    author's last day and fewer than eight gaps between posts are known. A brand's own account is never called a bot.
    """
    features = measure(text)
    spam = None
    reasons: list[Reason] = []
    if features.words or features.links or features.hashtags or features.handles:
        found = [*_of_text(features), *_of_story(around)]
        reasons += found
        spam = _logistic(_START + sum(reason.points for reason in found))
    bot = None
    if not around.brand and ((around.recent_posts or 0) >= _FEWEST_POSTS or len(around.gaps) >= _FEWEST_GAPS):
        found = list(_of_author(around))
        reasons += found
        bot = _logistic(_START + sum(reason.points for reason in found))
    reasons.sort(key=lambda reason: (-abs(reason.points), reason.code))
    return Judgement(spam, bot, tuple(reasons))


def judge_texts(texts: Sequence[str]) -> list[Judgement]:
    """Score texts of which nothing else is known, such as a preview's samples; one that occurs more than once among
    them (links, handles and case aside) counts as repeated by others. In the order given."""
    keys = [" ".join(normalised(text)) for text in texts]
    times = Counter(key for key in keys if key)
    return [judge(text, replace(UNKNOWN, copies_by_others=times[key] - 1 if key else None))
            for text, key in zip(texts, keys, strict=True)]  # fmt: skip


def _logistic(points: float) -> float:
    return round(1 / (1 + math.exp(-points)), 4)


def _spam(code: str, points: float, value: float) -> Reason:
    return Reason(code, "spam", round(points, 2), round(value, 4))


def _of_text(features: TextFeatures) -> list[Reason]:
    found: list[Reason] = []
    for theme, times in features.phrases.items():
        found.append(_spam(f"phrases_{theme}", _THEMES[theme] + _MORE_OF_A_THEME * (min(times, 3) - 1), times))
    if features.links >= 3:
        found.append(_spam("many_links", 2.0, features.links))
    elif features.links and features.words < 5 * features.links:
        found.append(_spam("link_density", 1.0, features.links / (features.words + features.links)))
    if features.shorteners:
        found.append(_spam("hidden_links", 1.0, features.shorteners))
    tagged = features.hashtags / (features.hashtags + features.words or 1)
    if features.hashtags >= 5 and tagged >= 0.3:
        found.append(_spam("hashtag_stuffing", 2.0 if features.hashtags < 10 else 3.0, features.hashtags))
    if features.handles >= 5:
        found.append(_spam("mention_stuffing", 1.5 if features.handles < 10 else 3.0, features.handles))
    if features.longest_emoji_run >= 4 or (features.emoji >= 5 and features.emoji > features.words / 2):
        found.append(_spam("emoji_runs", 0.8, features.longest_emoji_run))
    if features.shouting > 0.6:
        found.append(_spam("capitals", 0.8, features.shouting))
    if features.exclamations:
        found.append(_spam("exclamations", 0.5, features.exclamations))
    if features.disguised:
        found.append(_spam("disguised_letters", 2.0, features.disguised))
    if features.repeated > 0.4:
        found.append(_spam("repeated_word", 1.0, features.repeated))
    return found


def _of_story(around: Surroundings) -> list[Reason]:
    found: list[Reason] = []
    copies = around.copies_by_others
    # Reposts repeat by their nature. News and reviews are syndicated, so copies alone stay below every threshold.
    if copies and around.kind != "repost":
        found.append(
            _spam("repeated_by_others", min(3.0, 0.5 + 0.75 * math.log2(copies)) if copies > 1 else 0.5, copies)
        )
    repeats = _repeats(around)
    if repeats >= 2:
        found.append(_spam("repeated_by_author", min(3.5, 0.5 + math.log2(repeats)), repeats))
    if around.verified or around.brand:
        found.append(_spam("known_account", -1.5, 1))
    elif around.followers is not None and around.followers >= 10_000:
        found.append(_spam("many_followers", -0.5, around.followers))
    return found


def _repeats(around: Surroundings) -> int:
    """How many of the author's posts of the last day only repeat another of them."""
    if around.recent_posts is None or around.recent_texts is None:
        return 0
    return max(0, around.recent_posts - around.recent_texts)


def _of_author(around: Surroundings) -> list[Reason]:
    def bot(code: str, points: float, value: float) -> Reason:
        return Reason(code, "bot", round(points, 2), round(value, 4))

    found: list[Reason] = []
    posts = around.recent_posts or 0
    if posts >= _DAY_LIMIT / 2:
        found.append(bot("posts_a_day", min(4.0, 1.0 + 1.5 * math.log2(posts / (_DAY_LIMIT / 2))), posts))
    if posts >= _FEWEST_POSTS and around.recent_texts is not None:
        share = _repeats(around) / posts
        if share >= 0.3:
            found.append(bot("template_posts", 5.0 * share, share))
    if len(around.gaps) >= _FEWEST_GAPS:
        mean = sum(around.gaps) / len(around.gaps)
        spread = math.sqrt(sum((gap - mean) ** 2 for gap in around.gaps) / len(around.gaps))
        regular = spread / mean if mean else 0.0
        # People post in bursts: the spread of their gaps is larger than their mean. A clock's is near 0.
        if regular < 0.3:
            found.append(bot("regular_gaps", 3.0 if regular < 0.1 else 2.0, regular))
        if mean < 60:
            found.append(bot("rapid_posts", 2.0, mean))
    if around.verified:
        found.append(bot("known_account", -1.0, 1))
    return found
