"""The demo corpus is what its truth says: sizes, languages, threads, season, incident, planted data, queries."""

from __future__ import annotations

import csv
import io
import ipaddress
import json
import os
import re
import statistics
import subprocess
import sys
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from analytics.listening.matcher import Matcher
from analytics.listening.parser import parse as parse_query
from analytics.sources.contracts import POST_KINDS
from analytics.sources.corpus import DAYS, LAST_DAY, POSTS, corpus, truth
from analytics.sources.corpus.__main__ import main
from analytics.sources.corpus.cast import AGENCY, CLIMB, COFFEE, SPELLINGS, DemoClient, DemoQuery
from analytics.sources.corpus.compose import fold
from analytics.sources.corpus.export import COLUMNS, write_csv
from analytics.sources.corpus.phrasebook import parse, shelf
from analytics.sources.corpus.planted import Planted

ROOT = Path(__file__).resolve().parents[2]
MADE = corpus()
PAIRS = list(zip(MADE.posts, MADE.truth.posts, strict=True))
BY_ID = {post.id: post for post in MADE.posts}
QUERIES = [query for client in AGENCY.clients for query in client.queries]


def as_csv(seed: int) -> str:
    out = io.StringIO()
    write_csv(corpus(seed).posts, out)
    return out.getvalue()


def daily(name: str, *, tone: str | None = None) -> list[int]:
    """How many posts concern a query on each local day."""
    known = truth()
    days = Counter(
        post.day for post in known.posts if name in post.concerns and (tone is None or post.sentiment == tone)
    )
    return [days[date.fromordinal(known.first_day.toordinal() + k)] for k in range(DAYS)]


def test_the_same_seed_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    out = tmp_path / "posts.csv"
    environment = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "analytics.sources.corpus", "--seed", "5", "--out", str(out)]
    subprocess.run(command, check=True, env=environment, cwd=tmp_path, capture_output=True)
    assert out.read_bytes() == as_csv(5).encode()
    assert out.read_bytes() != as_csv(6).encode()


def test_the_csv_reads_back_and_holds_no_truth() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(2026))))
    assert tuple(rows[0]) == COLUMNS
    assert not {"sentiment", "sarcastic", "concerns", "scene", "planted", "thread_root"} & set(COLUMNS)
    assert [(row["id"], row["text"]) for row in rows] == [(post.id, post.text) for post in MADE.posts]


def test_the_command_line_writes_json_lines_and_the_truth(tmp_path: Path) -> None:
    out, told = tmp_path / "posts.jsonl", tmp_path / "truth.json"
    arguments = ["--posts", "150", "--days", "20", "--end", "2026-03-31", "--out", str(out), "--truth", str(told)]
    assert main(arguments) == 0
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    known = json.loads(told.read_text(encoding="utf-8"))
    assert [row["id"] for row in rows] == [post["id"] for post in known["posts"]]
    assert (known["first_day"], known["last_day"]) == ("2026-03-12", "2026-03-31")


@pytest.mark.parametrize(("posts", "days"), [(0, 90), (100, 0), (-1, 5)])
def test_numbers_below_one_are_refused(posts: int, days: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        corpus(1, posts, days)


@pytest.mark.parametrize("days", [1, 2, 3, 7])
def test_short_periods_work(days: int) -> None:
    made = corpus(3, 60, days)
    assert {post.day for post in made.truth.posts} <= {date.fromordinal(LAST_DAY.toordinal() - k) for k in range(days)}
    assert all(made.truth.first_day <= day <= made.truth.last_day for day in made.truth.incident_days)


def test_size_languages_kinds_and_sources() -> None:
    assert abs(len(MADE.posts) - POSTS) < 4 * POSTS**0.5
    languages = Counter(post.language for post in MADE.truth.posts)
    assert sum(count >= 40 for count in languages.values()) >= 8
    assert {"de", "en", "pt", "es", "fr", "tr", "ar", "ja"} <= set(languages)
    assert {post.kind for post in MADE.posts} == set(POST_KINDS)
    assert {post.source for post in MADE.posts} == {"mastodon", "bluesky", "instagram", "reviews"}
    scenes = Counter(post.scene for post in MADE.truth.posts)
    share = (scenes["noise"] + scenes["trap"] + scenes["context"]) / len(MADE.posts)
    assert 0.06 < share < 0.10
    assert scenes["trap"] >= 3
    assert sum(post.sarcastic for post in MADE.truth.posts) >= 20
    assert min(Counter(post.sentiment for post in MADE.truth.posts).values()) > 300


def test_truth_and_posts_are_one_to_one() -> None:
    assert len(BY_ID) == len(MADE.posts)
    zones = {client.slug: ZoneInfo(client.time_zone) for client in AGENCY.clients}
    before = None
    for post, known in PAIRS:
        assert (post.id, post.source, post.author_handle) == (known.id, known.source, known.author)
        at = datetime.fromisoformat(post.created_at)
        assert at.utcoffset() is not None
        assert at.astimezone(zones[known.client]).date() == known.day
        assert before is None or before <= at
        before = at
        assert (post.rating is not None) == (post.kind == "review")
        if post.rating is not None:
            assert {"negative": (1, 2), "neutral": (3, 4), "positive": (4, 5)}[known.sentiment].count(post.rating) == 1
    offsets = {datetime.fromisoformat(post.created_at).utcoffset() for post in MADE.posts}
    assert len(offsets) >= 4


def test_threads_resolve_within_their_source_and_time() -> None:
    known = {post.id: post for post in MADE.truth.posts}
    for post, mine in PAIRS:
        references = [ref for ref in (post.reply_to, post.repost_of, post.quote_of) if ref]
        expected = {"reply": (True, False, False), "comment": (True, False, False)} | {
            "repost": (False, True, False),
            "quote": (False, False, True),
        }
        given = (bool(post.reply_to), bool(post.repost_of), bool(post.quote_of))
        assert given == expected.get(post.kind, (False, False, False))
        for reference in references:
            target = BY_ID[reference]
            assert target.source == post.source
            assert datetime.fromisoformat(target.created_at) <= datetime.fromisoformat(post.created_at)
            assert target.kind != "repost"
        if post.repost_of:
            assert post.text == BY_ID[post.repost_of].text
            assert (mine.concerns, mine.planted) == (known[post.repost_of].concerns, known[post.repost_of].planted)
        parent = post.reply_to or post.repost_of
        assert mine.thread_root == (known[parent].thread_root if parent else post.id)
    sizes = Counter(post.thread_root for post in MADE.truth.posts)
    assert max(sizes.values()) >= 8
    answers = Counter(post.reply_to for post in MADE.posts)
    assert all(post.replies >= answers[post.id] for post in MADE.posts)


def test_hardly_any_text_is_repeated() -> None:
    texts = Counter(post.text for post in MADE.posts if post.kind != "repost")
    assert max(texts.values()) <= 3
    assert len(texts) > 0.98 * sum(texts.values())
    assert sum(len(lines) for book in shelf().values() for lines in book.sections.values()) > 700


def test_influencers_and_communities_stand_out() -> None:
    received: Counter[str] = Counter()
    inside: Counter[bool] = Counter()
    home = {handle: number for number, circle in enumerate(MADE.truth.communities) for handle in circle}
    for post in MADE.posts:
        reference = post.reply_to or post.repost_of or post.quote_of
        if reference:
            target = BY_ID[reference].author_handle
            received[target] += 1
            if target in home:
                inside[home.get(post.author_handle) == home[target]] += 1
    assert {handle for handle, _ in received.most_common(4)} == set(MADE.truth.influencers)
    assert len(MADE.truth.communities) == 3
    assert inside[True] > 2 * inside[False]
    followers = sorted({post.author_handle: post.author_followers for post in MADE.posts}.values())
    assert len(followers) > 250
    assert statistics.mean(followers) > 4 * statistics.median(followers)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_daily_counts_are_poisson_around_the_stated_means(query: DemoQuery) -> None:
    means = MADE.truth.daily_means[query.name]
    counts = daily(query.name)
    assert abs(sum(counts) - sum(means)) < 4 * sum(means) ** 0.5
    # Pearson's statistic: about chi-square with 90 degrees of freedom, so 90 +- 13.4.
    pearson = sum((count - mean) ** 2 / mean for count, mean in zip(counts, means, strict=True))
    assert 90 - 4 * 13.4 < pearson < 90 + 4 * 13.4


def test_the_incident_stands_out_from_its_baseline() -> None:
    first = MADE.truth.first_day
    where = [(day - first).days for day in MADE.truth.incident_days]
    assert len(where) == 3
    negative, total = daily(COFFEE.name, tone="negative"), daily(COFFEE.name)
    usual = [count for k, count in enumerate(negative) if k not in where]
    assert statistics.mean(negative[k] for k in where) > 4 * statistics.mean(usual)
    assert min(negative[k] for k in where) > max(usual)
    assert statistics.mean(total[k] for k in where) > 1.8 * statistics.mean(total)
    assert MADE.truth.incident_client == COFFEE.slug
    other = daily(CLIMB.name, tone="negative")
    assert statistics.mean(other[k] for k in where) < 3 * statistics.mean(other)


@pytest.mark.parametrize("client", AGENCY.clients, ids=lambda client: client.slug)
def test_weekends_are_busier_and_the_trend_is_there(client: DemoClient) -> None:
    counts, first = daily(client.name), MADE.truth.first_day
    incident = set(MADE.truth.incident_days)
    days = [date.fromordinal(first.toordinal() + k) for k in range(DAYS)]
    weekend = [c for c, day in zip(counts, days, strict=True) if day.weekday() >= 5 and day not in incident]
    weekday = [c for c, day in zip(counts, days, strict=True) if day.weekday() < 5 and day not in incident]
    assert statistics.mean(weekend) > 1.2 * statistics.mean(weekday)
    means = MADE.truth.daily_means[client.name]
    assert sum(means[-7:]) > 1.1 * sum(means[:7])


def test_planted_data_is_in_the_text_and_valid() -> None:
    found = [(post, piece) for post, known in PAIRS for piece in known.planted]
    assert 25 <= len(found) <= 70
    entities = Counter(piece.entity for _, piece in found)
    assert set(entities) == {"EMAIL_ADDRESS", "PHONE_NUMBER", "IBAN_CODE", "CREDIT_CARD", "IP_ADDRESS"}
    for post, piece in found:
        assert piece.value in post.text
        assert is_valid(piece)


def test_nothing_else_looks_like_personal_data() -> None:
    for post, known in PAIRS:
        text = post.text
        for piece in known.planted:
            text = text.replace(piece.value, "")
        assert not re.search(r"\S@\S+\.\w|\d[\d ]{8,}\d", text)


def is_valid(piece: Planted) -> bool:
    if piece.entity == "EMAIL_ADDRESS":
        return re.fullmatch(r"[\w.+]+@(example\.(com|net|org)|[a-z]+\.example)", piece.value) is not None
    digits = re.sub(r"\D", "", piece.value)
    if piece.entity == "PHONE_NUMBER":
        reserved = r"(49|0)4066969\d{3}|493023125\d{3}|1\d{3}55501\d\d|442079460\d{3}"
        return re.fullmatch(reserved, digits) is not None
    if piece.entity == "IBAN_CODE":
        compact = piece.value.replace(" ", "")
        return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1
    if piece.entity == "CREDIT_CARD":
        doubled = [int(c) * (1 + k % 2) for k, c in enumerate(reversed(digits))]
        return sum(n // 10 + n % 10 for n in doubled) % 10 == 0
    address = ipaddress.ip_address(piece.value)
    nets = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
    return any(address in ipaddress.ip_network(net) for net in nets)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_post_concerns_a_query_exactly_when_its_terms_occur(query: DemoQuery) -> None:
    """A check that knows nothing of the matcher: folded terms before the NOT, folded terms after it."""
    wanted, _, unwanted = query.text.partition(" NOT ")
    terms = [fold(a or b) for a, b in re.findall(r'"([^"]+)"|([^\s()"#@*]+)', wanted) if b != "OR"]
    stem = fold(unwanted).rstrip("*")
    for post, known in PAIRS:
        text = fold(post.text)
        named = any(term in text for term in terms) and not (stem and stem in text)
        assert named == (query.name in known.concerns)


@pytest.mark.parametrize("seed", [2026, 11])
def test_the_matcher_finds_exactly_what_the_truth_says(seed: int) -> None:
    made = corpus(seed)
    matcher = Matcher([(query.name, parse_query(query.text)) for query in QUERIES])
    for post, known in zip(made.posts, made.truth.posts, strict=True):
        assert {match.key for match in matcher.match(post.text)} == set(known.concerns)


def test_traps_would_match_but_for_the_not() -> None:
    loose = Matcher(
        [
            (client.slug, parse_query(query.text.partition(" NOT ")[0]))
            for client in AGENCY.clients
            for query in client.queries
            if query.kind == "brand"
        ]
    )
    traps = [post.text for post, known in PAIRS if known.scene == "trap"]
    assert all(loose.match(text) for text in traps)


def test_comparisons_say_who_is_liked() -> None:
    versus = [known for known in MADE.truth.posts if known.scene == "versus"]
    assert len(versus) > 50
    for known in versus:
        assert [tone for _, tone in known.toward] == ["positive", "negative"]
        assert {name for name, _ in known.toward} == set(known.concerns)


def test_larger_corpora_keep_the_structure() -> None:
    made = corpus(2026, 12_000)
    assert abs(len(made.posts) - 12_000) < 4 * 12_000**0.5
    assert len({post.id for post in made.posts}) == len(made.posts)
    assert len({post.author_handle for post in made.posts}) > 800
    kinds = Counter(post.kind for post in made.posts)
    # A small corpus has a few more first posts: often there is nothing recent to answer.
    for kind, count in Counter(post.kind for post in MADE.posts).items():
        assert abs(kinds[kind] / len(made.posts) - count / len(MADE.posts)) < 0.05


def test_the_cast_is_complete() -> None:
    assert len(AGENCY.clients) == 2
    assert (
        len({client.time_zone for client in AGENCY.clients}) == len({client.locale for client in AGENCY.clients}) == 2
    )
    for client in AGENCY.clients:
        assert (len(client.names("brand")), len(client.names("topic"))) == (1, 1)
        assert len(client.names("competitor")) == 2
        assert set(client.names("brand") + client.names("competitor")) <= set(SPELLINGS)
        assert MADE.truth.competitors[client.slug] == client.names("competitor")
    for one in (AGENCY, *AGENCY.clients):
        assert re.fullmatch(r"[a-z][a-z0-9]{2,30}", one.slug)
        assert all(re.fullmatch(r"#[0-9a-f]{6}", colour) for colour in (one.primary, one.accent))
        assert one.logo() == one.logo()
        with Image.open(io.BytesIO(one.logo())) as image:
            assert (image.format, image.size, image.mode) == ("PNG", (512, 512), "RGBA")


def test_a_phrase_outside_a_section_is_refused() -> None:
    with pytest.raises(ValueError, match="before the first section"):
        parse("Hello\n== praise\nHi")
