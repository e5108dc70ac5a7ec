"""A made-up report, rich enough to exercise every section; all names and posts are invented."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

from PIL import Image, ImageDraw

from analytics.reports.content import (
    Brand,
    ForecastView,
    Influencer,
    Kpi,
    QuerySeries,
    ReportContent,
    SampleMention,
    Sentiment,
    SentimentSeries,
    SentimentSplit,
    Share,
)

START = date(2026, 3, 1)
DAYS = tuple(START + timedelta(days=step) for step in range(92))
AHEAD = tuple(DAYS[-1] + timedelta(days=step + 1) for step in range(28))

POSTS: tuple[tuple[str, str, Sentiment], ...] = (
    ("Best flat white in town, and the staff remembered my order 😍☕ #coffee", "en", "positive"),
    ("Drei Wochen auf die Lieferung gewartet und dann die falsche Röstung. Schade.", "de", "negative"),
    ("القهوة ممتازة لكن الانتظار طويل جدا في عطلة نهاية الأسبوع (45 دقيقة)", "ar", "neutral"),
    ("הקפה מצוין, אבל המחיר עלה שוב 🙄", "he", "negative"),
    ("新しい店舗の雰囲気がとても良かった。抹茶ラテがおすすめ！🍵", "ja", "positive"),
    ("这家咖啡馆的服务真不错，下次还会再来。", "zh", "positive"),
    ("커피 맛은 좋은데 주말에는 자리가 없어요 😢", "ko", "neutral"),
    ("कॉफ़ी अच्छी थी, पर सेवा धीमी रही।", "hi", "neutral"),
    ("กาแฟอร่อยมากแต่ราคาแพงไปหน่อยสำหรับนักเรียนและคนทำงานในเมืองที่ต้องซื้อทุกวัน", "th", "neutral"),
    ("Кофе отличный, а вот приложение постоянно вылетает.", "ru", "negative"),
)  # fmt: skip


def logo() -> bytes:
    """A small PNG wordmark-like shape."""
    image = Image.new("RGBA", (460, 180), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((10, 20, 150, 160), fill=(19, 78, 94, 255))
    draw.rectangle((180, 50, 450, 80), fill=(19, 78, 94, 255))
    draw.rectangle((180, 104, 380, 128), fill=(240, 140, 60, 255))
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def wave(level: float, swing: float, shift: int) -> tuple[int, ...]:
    return tuple(
        round(level + swing * math.sin((at + shift) * math.tau / 7) + (level * 1.6 if 50 <= at - shift <= 53 else 0))
        for at in range(len(DAYS))
    )


def sample_content(**changes: object) -> ReportContent:
    """The sample report; keyword arguments replace fields."""
    own, rival, topic = wave(42, 11, 0), wave(29, 9, 3), wave(14, 6, 5)
    mean = tuple(42 + 11 * math.sin((92 + at) * math.tau / 7) for at in range(len(AHEAD)))
    spread = tuple(9 + 0.3 * at for at in range(len(AHEAD)))
    content = ReportContent(
        brand=Brand("Bright Fox Marketing", "#134e5e", "#f08c3c", logo()),
        client_name="Harbour Lane Coffee",
        period_start=DAYS[0],
        period_end=DAYS[-1],
        locale="en-GB",
        time_zone="Europe/London",
        generated_on=datetime(2026, 6, 2, 7, 30, tzinfo=UTC),
        kpis=(
            Kpi("mentions", sum(own), "count", previous=3570, n=sum(own)),
            Kpi("authors", 2140, "count", previous=2140),
            Kpi("engagement", 18450, "count", previous=20210, n=sum(own)),
            Kpi("net_sentiment", 0.31, "score", previous=0.24, low=0.28, high=0.34, n=sum(own)),
            Kpi("share_of_voice", 0.494, "share", previous=0.512, low=0.483, high=0.505, n=8093),
            Kpi("negative_share", 0.172, "share", low=0.160, high=0.184, n=sum(own)),
        ),
        volume_series=(
            QuerySeries("Harbour Lane", "brand", DAYS, own),
            QuerySeries("Corner Roasters", "competitor", DAYS, rival),
            QuerySeries("Oat milk", "topic", DAYS, topic),
        ),
        sentiment_series=SentimentSeries(
            DAYS, tuple(round(0.31 + 0.4 * math.sin(at / 5), 3) if at % 17 else None for at in range(92)), own
        ),
        share_of_voice=(
            Share("Corner Roasters", sum(rival), 0.341, 0.331, 0.351),
            Share("Harbour Lane", sum(own), 0.494, 0.483, 0.505, is_own=True),
            Share("Oat milk", sum(topic), 0.165, 0.157, 0.173),
        ),
        sentiment_split=(
            SentimentSplit("Harbour Lane", 1960, 1340, 700, is_own=True),
            SentimentSplit("Corner Roasters", 980, 1210, 570),
            SentimentSplit("Oat milk", 410, 700, 223),
        ),
        influencers=tuple(
            Influencer(
                f"Author {at:02d}-K7QF", f"Community {at % 4 + 1}", 0.05 / at, at, max(1, at - 2), at + 3, 900 // at
            )
            for at in range(1, 11)
        ),
        forecast=ForecastView(
            days=AHEAD,
            mean=mean,
            low80=tuple(m - s for m, s in zip(mean, spread, strict=True)),
            high80=tuple(m + s for m, s in zip(mean, spread, strict=True)),
            low95=tuple(max(0.0, m - 1.7 * s) for m, s in zip(mean, spread, strict=True)),
            high95=tuple(m + 1.7 * s for m, s in zip(mean, spread, strict=True)),
            model="median ensemble 1.0",
            n=92,
            coverage95=0.952,
            mase=0.71,
            history_days=DAYS[-42:],
            history=tuple(float(count) for count in own[-42:]),
        ),
        samples=tuple(
            SampleMention(
                text, "mastodon", language, datetime(2026, 4, 2 + at, 9, tzinfo=UTC), sentiment, 14 * at, f"Author {at}"
            )
            for at, (text, language, sentiment) in enumerate(POSTS)
        ),
        methods=(
            ("Sources", "Public posts from two uploads and one feed; 8,093 mentions after removing 112 duplicates."),
            ("Sentiment", "Model senti-compact 0.1, accuracy 0.71 on 2,400 held-out posts in six languages."),
            ("Language", "Model langid 1.0, n = 8,093."),
        ),
    )
    return replace(content, **changes)  # type: ignore[arg-type]
