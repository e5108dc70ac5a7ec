"""The page of topics: figures with what bounds them, a dash where too little is known, nothing where nothing is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, cast

import pytest

from analytics.reports.charts import MAX_TOPICS
from analytics.reports.content import Topics
from analytics.reports.render import build_charts, render_pdf
from analytics.reports.view import build_view
from tests.reports.sample_content import sample_content
from tests.reports.sample_topics import FOUND, MENTIONS, sample_topics, topic
from tests.reports.test_pdf import HOSTILE, opened, structure, text_of


def plain(text: str) -> str:
    """Without what only says where a line may break and where a name begins."""
    return re.sub("[\u200b\u2066-\u2069]", "", text).replace("\u00a0", " ")


def page(topics: Topics) -> dict[str, Any]:
    return cast(dict[str, Any], build_view(sample_content(topics=topics))["topics"])


def cells(view: dict[str, Any], name: str) -> list[tuple[str, str]]:
    (row,) = [row for row in view["rows"] if plain(row["name"]["text"]) == name]
    return [(cell["value"], cell["small"]) for cell in row["cells"]]


def test_each_estimate_has_its_interval_and_its_sample() -> None:
    assert cells(page(sample_topics()), "late, driver, doorstep") == [
        ("912", "without copies: 800"),
        ("11.3%", "10.6% to 12.0%"),
        # 800.5 / 400.5, times exp(±1.96 · √(1 / 400.5 + 1 / 800.5))
        ("×2.00", "×1.77 to ×2.25 · n = 1,200"),
        ("0.00", "−0.06 to +0.06 · n = 912"),
    ]


def test_what_was_not_there_before_is_new_and_has_no_upper_end() -> None:
    assert cells(page(sample_topics()), "القهوة, الانتظار")[2] == ("new", "at least ×25 · n = 200")


def test_too_few_to_judge_by_are_a_dash() -> None:
    view = page(sample_topics())
    assert cells(view, "הקפה, המחיר")[2][0] != "–"
    assert cells(view, "הקפה, המחיר")[3] == ("–", ""), "four rated mentions of twelve"
    assert cells(view, "oat milk") == [("4", "without copies: 2"), ("0.0%", "0.0% to 0.1%"), ("–", ""), ("–", "")]
    alone = replace(sample_topics(), topics=(replace(topic("late", 90, 40, 80), change=None),))
    assert cells(page(alone), "late")[2] == ("–", ""), "nothing to compare with"


def test_the_page_says_how_it_counted_and_what_it_left_out() -> None:
    topics = sample_topics()
    view = page(topics)
    assert [plain(row["name"]["text"]) for row in view["rows"]] == [row.name for row in topics.topics[:MAX_TOPICS]]
    note = plain(view["note"])
    assert "31 May 2026" in note
    assert f"n = 8,093 mentions, of which {topics.unassigned:,} without a topic" in note
    assert "not shown: 2 (mentions: 3)" in note
    fewer = replace(topics, topics=topics.topics[:MAX_TOPICS])
    assert "not shown" not in page(fewer)["note"]


def test_the_chart_draws_the_shares_of_the_table() -> None:
    content = sample_content(topics=sample_topics())
    spec = build_charts(content, build_view(content))["topics"]
    (rows,) = spec["datasets"].values()
    assert [(row["share"], row["low"], row["high"]) for row in rows] == [
        (row.share.value, row.share.low, row.share.high) for row in content.topics.topics[:MAX_TOPICS]
    ]


@pytest.mark.parametrize("tag", ["en-GB", "en-US", "de-DE", "fr-FR", "es-ES", "it-IT", "pt-BR", "ar-EG", "he-IL"])
def test_it_is_one_page_in_every_language(tag: str) -> None:
    without = opened(render_pdf(sample_content(locale=tag)))
    pdf = render_pdf(sample_content(locale=tag, topics=sample_topics()))
    pages = [each.extract_text() for each in opened(pdf).pages]
    assert len(pages) == len(without.pages) + 1
    (told,) = [text for text in pages if "Röstung, Aroma, bitter" in text]
    assert "Prices" in told
    assert "cups" not in told


def test_the_picture_of_topics_has_its_figures_in_words() -> None:
    pdf = render_pdf(sample_content(topics=sample_topics()))
    (alt,) = [alt for node in structure(pdf, "/Figure") if "topics’" in (alt := str(node.get("/Alt", "")))]
    assert "late, driver, doorstep 11.3%" in plain(alt)
    assert len(structure(pdf, "/Table")) == 5


@pytest.mark.parametrize("names", [HOSTILE[:MAX_TOPICS], HOSTILE[-MAX_TOPICS:]])
def test_hostile_names_are_printed_and_do_nothing(names: tuple[str, ...]) -> None:
    rows = tuple(topic(name, 20, 9, 12, language="*") for name in names)
    pages = opened(render_pdf(sample_content(topics=Topics(rows, MENTIONS, 0, FOUND, "topics/1")))).pages
    (told,) = [text for page in pages if "without copies" in (text := page.extract_text())]
    assert told.count("without copies: 12") == len(names)
    assert "root:" not in told
    for name in ('"); #read("/etc/passwd")', "= heading - item + item"):
        assert (name in " ".join(told.split())) is any(" ".join(each.split()).startswith(name) for each in names)


def test_without_topics_there_is_no_page_and_the_last_one_says_why() -> None:
    without = sample_content(
        topics=Topics(abstained="Topics are still to come."), methods=(("Topics", "Topics are still to come."),)
    )
    assert build_view(without)["topics"] is None
    pages = opened(render_pdf(without)).pages
    assert len(pages) == len(opened(render_pdf(sample_content())).pages)
    assert "Topics are still to come." in pages[-1].extract_text()
    assert text_of(render_pdf(without)).count("Topics") == 2, "as a term and in its reason, never as a heading"


def test_counts_are_of_its_mentions() -> None:
    first = sample_topics().topics[0]
    for wrong in ({"stories": 913}, {"neutral": 1}, {"negative": -1}):
        with pytest.raises(ValueError, match="topics"):
            replace(first, **wrong)
    with pytest.raises(ValueError, match="topics"):
        Topics((first,), MENTIONS, MENTIONS + 1, FOUND)
    with pytest.raises(ValueError, match="found_at"):
        Topics((first,), MENTIONS, 0, FOUND.replace(tzinfo=None))
