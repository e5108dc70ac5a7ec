"""Made-up mentions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from analytics.insights.weighting.sample import Sample


def sample_of(
    sentiment: ArrayLike,
    *,
    author: ArrayLike | None = None,
    story: ArrayLike | None = None,
    age: ArrayLike | None = None,
    source: ArrayLike | None = None,
    country: ArrayLike | None = None,
    reader: ArrayLike | None = None,
    rating: ArrayLike | None = None,
    sources: Sequence[str] = ("web",),
    countries: Sequence[str] = ("",),
    readers: Sequence[tuple[str, str]] = (("compact/1", "en"),),
) -> Sample:
    """A sample in which every mention is by its own author and tells its own story, unless said otherwise."""
    labels = np.asarray(sentiment, dtype=np.int64)
    n = len(labels)

    def column(given: ArrayLike | None, otherwise: np.ndarray) -> np.ndarray:
        return otherwise if given is None else np.asarray(given, dtype=otherwise.dtype)

    whole, zeros = np.arange(n), np.zeros(n, dtype=np.int64)
    return Sample(
        sentiment=labels,
        author=column(author, whole),
        story=column(story, whole),
        age=column(age, np.zeros(n)),
        source=column(source, zeros),
        country=column(country, zeros),
        language=zeros,
        reader=column(reader, zeros),
        rating=column(rating, np.full(n, np.nan)),
        sources=tuple(sources),
        countries=tuple(countries),
        languages=("en",),
        readers=tuple(readers),
    )
