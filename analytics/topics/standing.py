"""Giving what a run found its ids: those of the topics that it goes on with, or new ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from analytics.topics.discovery.discover import ASIDE, NEW, Tongue
from analytics.topics.discovery.discover import Topic as Found
from analytics.topics.discovery.matching import Matched, Side, match
from analytics.topics.discovery.naming import MOST_OF_NAME, name_of
from analytics.topics.drawing import Drawn, topics_had
from analytics.topics.models import Topic, TopicEvent, TopicRun, TopicView
from kernel.ids import decode


@dataclass(frozen=True, slots=True)
class Before:
    """The run before: its topics' views (themes apart), and the place among them of each sampled mention's topic."""

    views: tuple[TopicView, ...]
    themes: tuple[TopicView, ...]
    topic_of: tuple[int, ...]


def look_back(run: TopicRun, mentions: Sequence[Drawn]) -> Before | None:
    """What the scope's current run said of these mentions; None where there is none."""
    current = TopicRun.objects.filter(query=run.query_id, state=TopicRun.State.CURRENT).first()
    if current is None:
        return None
    views = tuple(current.views.filter(number__isnull=False).select_related("topic").order_by("number"))
    themes = tuple(current.views.filter(number__isnull=True).select_related("topic").order_by("topic_id"))
    place = {decode("top", view.topic_id): at for at, view in enumerate(views)}
    had = topics_had(decode("trn", current.id), [each.id for each in mentions])
    topic_of = []
    for each in mentions:
        if each.id not in had:
            topic_of.append(NEW)
        else:
            topic = had[each.id]
            topic_of.append(ASIDE if topic is None else place.get(topic, ASIDE))
    return Before(views, themes, tuple(topic_of))


def stand(run: TopicRun, mentions: Sequence[Drawn], tongues: Sequence[Tongue], before: Before | None) -> None:
    """Write a run's topics: views, events, and rows for those that are new."""
    found = [(tongue.language, topic) for tongue in tongues for topic in tongue.topics]
    members = _members(tongues)
    matched = _match(found, members, before)
    topics: list[Topic] = []
    for number, (language, _) in enumerate(found):
        if before is not None and number in matched.same:
            topics.append(before.views[matched.same[number]].topic)
        else:
            topics.append(Topic.objects.create(query_id=run.query_id, language=language))
            TopicEvent.objects.create(topic=topics[-1], run=run, kind=TopicEvent.Kind.MADE)
    views = [_view(run, topics[number], number, topic, mentions) for number, (_, topic) in enumerate(found)]
    if before is not None:
        _tell_descents(run, before, matched, topics)
    _stand_themes(run, tongues, views, before)
    TopicView.objects.bulk_create(views)


def _members(tongues: Sequence[Tongue]) -> list[set[int]]:
    """The sampled posts of each topic, numbered through all languages."""
    members: list[set[int]] = []
    for tongue in tongues:
        first = len(members)
        members += [set() for _ in tongue.topics]
        for place, label in (tongue.labels or {}).items():
            if label >= 0:
                members[first + label].add(place)
    return members


def _match(found: Sequence[tuple[str, Found]], members: Sequence[set[int]], before: Before | None) -> Matched:
    if before is None:
        return Matched({}, ())
    seen = {place for place, number in enumerate(before.topic_of) if number != NEW}
    earlier: list[set[int]] = [set() for _ in before.views]
    for place, number in enumerate(before.topic_of):
        if number >= 0:
            earlier[number].add(place)
    old = [
        Side(view.topic.language, frozenset(earlier[at]), frozenset(term["key"] for term in view.terms))
        for at, view in enumerate(before.views)
    ]
    new = [
        Side(language, frozenset(members[at] & seen), frozenset(told.key for told in topic.terms))
        for at, (language, topic) in enumerate(found)
    ]
    return match(old, new)


def _view(run: TopicRun, topic: Topic, number: int, found: Found, mentions: Sequence[Drawn]) -> TopicView:
    return TopicView(
        run=run,
        topic=topic,
        number=number,
        name=name_of(found.terms) or topic.language,
        terms=[
            {"text": t.text, "key": t.key, "weight": t.weight, "stories": t.posts, "authors": t.authors}
            for t in found.terms
        ],
        examples=[mentions[place].id for place in found.examples],
        stories=found.posts,
        authors=found.authors,
        coherence=found.coherence,
    )


def _tell_descents(run: TopicRun, before: Before, matched: Matched, topics: Sequence[Topic]) -> None:
    goes_on = set(matched.same.values())
    for old, new, share in matched.descents:
        was, now = before.views[old].topic, topics[new]
        if old in goes_on:
            TopicEvent.objects.create(topic=now, run=run, kind=TopicEvent.Kind.SPLIT, other=was, share=share)
        else:
            TopicEvent.objects.create(topic=was, run=run, kind=TopicEvent.Kind.TAKEN_IN, other=now, share=share)


def _stand_themes(run: TopicRun, tongues: Sequence[Tongue], views: Sequence[TopicView], before: Before | None) -> None:
    """Themes go on where most of their topics do."""
    groups: list[tuple[str, list[TopicView]]] = []
    first = 0
    for tongue in tongues:
        groups += [(tongue.language, [views[first + at] for at in theme]) for theme in tongue.themes]
        first += len(tongue.topics)
    number: dict[str, int] = {}
    new = [
        Side(language, _numbers(number, [v.topic_id for v in children]), frozenset()) for language, children in groups
    ]
    old, same = _old_themes(number, before), {}
    if old:
        same = dict(match(old, new).same)
    for at, (language, children) in enumerate(groups):
        if at in same and before is not None:
            theme = before.themes[same[at]].topic
        else:
            theme = Topic.objects.create(query_id=run.query_id, language=language, theme=True)
            TopicEvent.objects.create(topic=theme, run=run, kind=TopicEvent.Kind.MADE)
        largest = sorted(children, key=lambda view: (-view.stories, view.number or 0))
        TopicView.objects.create(
            run=run,
            topic=theme,
            name=", ".join(view.name.split(", ")[0] for view in largest[:3])[:MOST_OF_NAME],
            terms=[term for view in largest for term in view.terms[:3]][:12],
            examples=[view.examples[0] for view in largest if view.examples][:5],
            stories=sum(view.stories for view in children),
            authors=max(view.authors for view in children),
        )
        for view in children:
            view.parent = theme


def _old_themes(number: dict[str, int], before: Before | None) -> list[Side]:
    if before is None:
        return []
    return [
        Side(
            theme.topic.language,
            _numbers(number, [view.topic_id for view in before.views if view.parent_id == theme.topic_id]),
            frozenset(),
        )
        for theme in before.themes
    ]


def _numbers(number: dict[str, int], ids: Sequence[str]) -> frozenset[int]:
    return frozenset(number.setdefault(each, len(number)) for each in ids)


def numbers_of(run_id: str) -> Mapping[UUID, int]:
    """The number that each topic has in what a run learnt."""
    rows = TopicView.objects.filter(run__id=run_id, number__isnull=False).values_list("topic_id", "number")
    return {decode("top", str(topic)): number for topic, number in rows if number is not None}
