from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from analytics.reports.content import (
    Brand,
    ForecastView,
    Influencer,
    Kpi,
    QuerySeries,
    ReportContent,
    SampleMention,
    SentimentSplit,
    Share,
)
from analytics.reports.glyphs import coverage
from analytics.reports.locale import catalogue
from analytics.reports.render import render_pdf
from tests.reports.sample_content import DAYS, POSTS, sample_content, wave

HOSTILE = (
    '#import "x"; *bold* $math$ [',
    '#panic("no") `raw` <label> @ref // c /* c */ \\u{41} ~ -- ---',
    '"); #read("/etc/passwd")',
    "= heading\n- item\n+ item\n#set page(width: 1pt)",
    "https://example.com/" + "a" * 300,
    "x" * 700,
    "\u202eevil\u202c \x00 \x1b[31m \ud800 \ufdd0 \ue000 a" + "\u0301" * 30,
    "مرحبا" * 60,
    "👨‍👩‍👧‍👦 👍🏽 🤷‍♀️ 🏳️‍🌈 🇩🇪 1️⃣ ❤️‍🔥 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🧑🏿‍🚀",
    "ᠮᠣᠩ 𓀀 𠀀 ﷽ བོད",
    "",
)


def opened(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def text_of(pdf: bytes) -> str:
    """All text of the PDF, with breaks and invisible characters removed."""
    text = " ".join(page.extract_text() for page in opened(pdf).pages)
    return re.sub(r"\s+", " ", re.sub("[\u200b\u2066-\u2069]", "", text))


@lru_cache(maxsize=1)
def sample() -> bytes:
    return render_pdf(sample_content())


def tagged(node: Any, kind: str) -> list[dict[str, Any]]:
    """All structure elements of one kind below `node`."""
    node = node.get_object() if isinstance(node, IndirectObject) else node
    if isinstance(node, list):
        return [found for child in node for found in tagged(child, kind)]
    if not isinstance(node, dict):
        return []
    below = tagged(node["/K"], kind) if "/K" in node else []
    return [node, *below] if node.get("/S") == kind else below


def structure(pdf: bytes, kind: str) -> list[dict[str, Any]]:
    return tagged(opened(pdf).trailer["/Root"]["/StructTreeRoot"], kind)  # type: ignore[index]


def test_the_report_says_what_it_should() -> None:
    text = text_of(sample())
    for expected in (
        "Social listening report",
        "Harbour Lane Coffee",
        "Prepared by Bright Fox Marketing",
        "Created on 2 June 2026",
        "4,132",
        "+15.7% vs previous period",
        "95% interval: 48.3% to 50.5%",
        "−1.8 pp",
        "Share of voice",
        "(own brand)",
        "Author 01-K7QF",
        "1 to 4",
        "How sure is this?",
        "95.2% of them",
        "median ensemble 1.0, learnt from 92 days",
        "Best flat white in town",
        "senti-compact 0.1, accuracy 0.71 on 2,400 held-out posts",
        "How to read this report",
    ):
        assert expected in text, expected


def test_net_sentiment_comes_with_its_interval() -> None:
    assert "+0.32 +0.29 to +0.34" in " ".join(text_of(sample()).split())


def test_pages_carry_client_period_agency_and_number() -> None:
    pages = opened(sample()).pages
    assert len(pages) == 7
    for number, page in enumerate(pages[1:], start=2):
        text = page.extract_text()
        assert "Bright Fox Marketing" in text
        assert "Harbour Lane Coffee" in text
        assert f"{number} / 7" in re.sub(r"\s+", " ", text)


def test_posts_of_all_scripts_are_in_the_text() -> None:
    text = re.sub(r"\s", "", text_of(sample()))
    for post, language, _ in POSTS:
        if language in {"en", "de", "ja", "zh", "ko", "ru"}:  # the others are stored in visual order or shaped
            letters = re.sub(r"[^\w]", "", post)
            assert letters[:12] in re.sub(r"[^\w]", "", text), post
    for fragment in ("القهوة", "הקפה", "कॉ", "กาแฟ"):
        assert any(char in text for char in fragment)


def test_it_is_a_tagged_accessible_pdf() -> None:
    reader = opened(sample())
    root: Any = reader.trailer["/Root"]
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"].startswith("en")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert len(structure(sample(), "/H1")) == 6
    assert len(structure(sample(), "/Table")) == 4
    assert structure(sample(), "/TH")


def test_every_picture_has_an_alternative_text_with_its_figures() -> None:
    texts = [str(node.get("/Alt", "")) for node in structure(sample(), "/Figure")]
    texts = [re.sub("[\u2066-\u2069]", "", text) for text in texts if text]
    assert len(texts) == 6
    assert "Logo of Bright Fox Marketing" in texts
    joined = " ".join(texts)
    for expected in (
        "Harbour Lane: 4,132 in all, at most 120 on 21 Apr 2026.",
        "Harbour Lane 49.4%",
        "Net sentiment".lower(),
        "until 28 Jun 2026",
        "positive, neutral and negative",
    ):
        assert expected in joined, expected


def test_the_software_is_not_named_anywhere() -> None:
    reader = opened(sample())
    root: Any = reader.trailer["/Root"]
    assert "earshot" not in text_of(sample()).lower()
    assert "earshot" not in str(reader.metadata).lower()
    assert "earshot" not in root["/Metadata"].get_object().get_data().decode().lower()
    assert b"earshot" not in sample().lower()
    assert reader.metadata
    assert reader.metadata.title == "Social listening report: Harbour Lane Coffee"
    assert reader.metadata.author == "Bright Fox Marketing"
    assert reader.metadata.creation_date == datetime(2026, 6, 2, 7, 30, tzinfo=UTC)


def test_the_same_content_gives_the_same_bytes_in_another_process() -> None:
    script = (
        "import hashlib; from tests.reports.sample_content import sample_content; "
        "from analytics.reports.render import render_pdf; "
        "print(hashlib.sha256(render_pdf(sample_content())).hexdigest())"
    )
    environment = {"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "7", "TZ": "Asia/Kolkata", "LC_ALL": "C"}
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert run.stdout.strip() == hashlib.sha256(sample()).hexdigest()
    assert render_pdf(sample_content()) == sample()


def test_other_content_gives_other_bytes() -> None:
    assert render_pdf(sample_content(generated_on=datetime(2026, 6, 3, tzinfo=UTC))) != sample()


def hostile_content() -> ReportContent:
    return sample_content(
        brand=Brand("A & <b> #agency *x* " + "Ü" * 90, "#ffee00", "#ffffff"),
        client_name='Client #1 "*" 株式会社 ' + "long " * 40,
        kpis=tuple(Kpi("unheard_of", 3, "count", label=text) for text in HOSTILE),
        volume_series=tuple(QuerySeries(text, "topic", DAYS, wave(9 + at, 4, at)) for at, text in enumerate(HOSTILE)),
        share_of_voice=tuple(Share(text, 1, 1 / len(HOSTILE), 0.0, 0.3) for text in HOSTILE),
        sentiment_split=tuple(SentimentSplit(text, 1, 2, 3) for text in HOSTILE),
        influencers=tuple(Influencer(text, text, 0.1, 1, 1, 2, 3) for text in HOSTILE),
        forecast=ForecastView(abstained=HOSTILE[0]),
        samples=tuple(
            SampleMention(text, "*rss*", "en-$$", datetime(2026, 4, 1, tzinfo=UTC), None, 0, text) for text in HOSTILE
        ),
        methods=tuple((text, text) for text in HOSTILE),
    )


def test_hostile_text_prints_literally() -> None:
    text = text_of(render_pdf(hostile_content()))
    for expected in (
        '#import "x"; *bold* $math$ [',
        '#panic("no") `raw` <label> @ref // c /* c */ \\u{41} ~ -- ---',
        '"); #read("/etc/passwd")',
        "= heading - item + item #set page(width: 1pt)",
        "Not rated · *rss*",
        'No forecast was made: #import "x"',
        "Client #1",
    ):
        assert expected in text, expected
    assert "root:" not in text


@pytest.mark.slow
def test_every_character_the_fonts_claim_can_be_set() -> None:
    """The typesetter refuses a PDF/UA with a character that it cannot draw, so this compiles or raises."""
    everything = "".join(map(chr, sorted(frozenset().union(*coverage()))))
    pieces = [everything[at : at + 190] for at in range(0, len(everything), 190)]  # within a method's length
    pdf = render_pdf(sample_content(methods=tuple((str(at), " ".join(piece)) for at, piece in enumerate(pieces))))
    assert len(opened(pdf).pages) > 15


def empty_content() -> ReportContent:
    return ReportContent(
        brand=Brand("Bright Fox Marketing", "#134e5e", "#f08c3c"),
        client_name="Harbour Lane Coffee",
        period_start=DAYS[0],
        period_end=DAYS[0],
        locale="en-GB",
        time_zone="UTC",
        generated_on=datetime(2026, 6, 2, tzinfo=UTC),
    )


def test_empty_sections_say_so() -> None:
    pdf = render_pdf(empty_content())
    text = text_of(pdf)
    assert len(opened(pdf).pages) == 4  # empty sections do not take a page each
    assert text.count("No data in this period.") == 9
    for heading in ("Overview", "Comparison", "Influential voices", "Forecast", "Sample mentions"):
        assert heading in text


def test_one_day_and_zeroes_are_shown() -> None:
    content = sample_content(
        volume_series=(QuerySeries("Harbour Lane", "brand", DAYS[:1], (0,)),),
        kpis=(Kpi("mentions", 0, "count", previous=0), Kpi("net_sentiment", None, "score", previous=0.1)),
        share_of_voice=(Share("Harbour Lane", 0, 0.0, 0.0, 0.0, is_own=True),),
    )
    text = text_of(render_pdf(content))
    assert "= 0 vs previous period" in text
    assert "No data in this period." in text


def test_an_untested_forecast_says_so() -> None:
    forecast = ForecastView(DAYS[:1], (3.0,), (2.0,), (4.0,), (1.0,), (5.0,), model="naive 1", n=14)
    text = text_of(render_pdf(sample_content(forecast=forecast)))
    assert "could not be tested on past days" in text


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("de-DE", ("Überblick", "95-%-Intervall: 48,3 % bis 50,5 %", "4.132")),
        ("fr-FR", ("Vue d’ensemble", "Part de voix")),
        ("es-ES", ("Resumen", "Cuota de voz")),
        ("it-IT", ("Panoramica", "Previsione")),
        ("pt-BR", ("Visão geral", "Menções")),
        ("en-US", ("Overview", "Created on June 2, 2026")),
        ("ja-JP", ("Overview", "2026年3月1日")),
        ("ar-EG", ("Overview",)),
    ],
)
def test_reports_speak_the_clients_language(tag: str, expected: tuple[str, ...]) -> None:
    pdf = render_pdf(sample_content(locale=tag))
    text = re.sub(r"\s", "", text_of(pdf))
    for fragment in expected:
        assert re.sub(r"\s", "", fragment) in text
    language = tag[:2] if tag[:2] in catalogue() else "en"
    root: Any = opened(pdf).trailer["/Root"]
    assert root["/Lang"].startswith(language)


def test_an_unknown_locale_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="xx-YY"):
        render_pdf(sample_content(locale="xx-YY"))
