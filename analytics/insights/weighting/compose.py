"""One method after the other, each with its figures, its source and what it assumes; the raw figures stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from analytics.insights.weighting.bounds import Bounds, silent_bounds
from analytics.insights.weighting.prevalence import Confusion, prevalence
from analytics.insights.weighting.ratings import Ratings, ratings_of
from analytics.insights.weighting.sample import UNREAD, Figures, Floats, Sample, figures
from analytics.insights.weighting.weights import Refused, answering, fading, one_vote, rake

_TOLD: Final = 20
MARGINS: Final = ("source", "country", "language")


@dataclass(frozen=True, slots=True)
class Options:
    """What to correct for. `population` maps names of `MARGINS` to wanted shares by name. `response_rates` are how
    likely somebody with a negative, neutral, positive view is to write, up to a factor; `response_rate` the share of
    all customers that wrote at all, where nothing more is known. Mentions are taken as independent of each other unless
    `stories_once` or `one_author_one_vote` is set."""

    stories_once: bool = False
    one_author_one_vote: bool = False
    half_life_days: float | None = None
    response_rates: tuple[float, float, float] | None = None
    response_rate: float | None = None
    population: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    misclassification: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One method, applied to what the ones before it left. `figures` are None where it was refused, and `refused` then
    says why as a stable code, `detail` in words. `left_out` mentions lost their weight here, `uncovered` is the share
    of the wanted whole that nobody speaks for, and `bounds` says where the figures lie whatever those think."""

    method: str
    source: str
    assumes: str
    figures: Figures | None
    refused: str = ""
    detail: str = ""
    left_out: int = 0
    uncovered: float = 0.0
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    unmeasured: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Corrected:
    """`raw` is what every other insight shows, each mention alike; `corrected` what the last step that was not refused
    left. `unread_bounds` say where the raw figures lie whatever the unread mentions mean, `silent_bounds` where the
    corrected ones lie whatever those mean who did not write (with a response rate only)."""

    mentions: int
    raw: Figures
    steps: tuple[Step, ...]
    corrected: Figures
    unread_bounds: Mapping[str, Bounds]
    silent_bounds: Mapping[str, Bounds]
    ratings: Ratings | None


_SAID: Final[Mapping[str, tuple[str, str]]] = {
    "stories_once": (
        "near-duplicate clustering (Broder, 1997); design effect of clusters (Kish, 1965)",
        "Copies of one story are one voice, and what goes viral counts once.",
    ),
    "one_author_one_vote": (
        "effective sample size of clusters (Kish, 1965)",
        "Each known author stands for one person; unknown authors count each mention as one.",
    ),
    "recency": (
        "exponential smoothing by time (Brown, 1959)",
        "What was said lately says more about now. Beside it stands the same figure with all days alike.",
    ),
    "response_rates": (
        "inverse propensity weighting (Horvitz and Thompson, 1952); self-selection of reviewers (Hu, Zhang and Pavlou, "
        "2009)",
        "The given response rates hold for everybody here, and people of one view answer alike.",
    ),
    "population": (
        "raking (Deming and Stephan, 1940); effective sample size (Kish, 1965)",
        "Within a platform, country or language, those who write think as those who do not; the given shares are "
        "exact.",
    ),
    "misclassification": (
        "adjusted classify and count (Rogan and Gladen, 1978; Forman, 2008)",
        "Given what a post means, the engine errs here as it does on the posts of the same language in its card "
        "(held-out ones, or where there are none, those that something was chosen on), and so where it abstains.",
    ),
}


def correct(
    sample: Sample, options: Options, *, confusions: Mapping[tuple[str, str], Confusion], seed: int = 7
) -> Corrected:
    """Raw and corrected figures of `sample`. The same input gives the same output."""
    raw = figures(sample, np.ones(len(sample)))
    # An unread copy takes nothing from the vote of a read one, so that it has no weight from the start.
    course = _Course(sample, (sample.sentiment != UNREAD).astype(np.float64), raw)
    steps = tuple(_steps(course, options, confusions, seed))
    read = float((sample.sentiment != UNREAD).mean()) if len(sample) else 0.0
    return Corrected(
        mentions=len(sample),
        raw=raw,
        steps=steps,
        corrected=course.figures,
        unread_bounds=silent_bounds(raw, read),
        silent_bounds={} if options.response_rate is None else silent_bounds(course.figures, options.response_rate),
        ratings=ratings_of(
            sample.rating,
            _rating_weights(sample, options),
            independent=(sample.author, sample.story) if options.stories_once else (sample.author,),
            response_rate=options.response_rate,
        ),
    )


def _rating_weights(sample: Sample, options: Options) -> Floats:
    """Copies, authors and days as was asked for, among those that were rated, read or not: stars need no reading."""
    weights: Floats = (~np.isnan(sample.rating)).astype(np.float64)
    if options.stories_once:
        weights = one_vote(weights, sample.story)
    if options.one_author_one_vote:
        weights = one_vote(weights, sample.author)
    if options.half_life_days is not None:
        weights = fading(weights, sample.age, options.half_life_days)
    return weights


class _Course:
    """Where the steps have come to: the weights, and the figures under them."""

    def __init__(self, sample: Sample, weights: Floats, raw: Figures) -> None:
        self.sample, self.weights, self.figures = sample, weights, raw
        # One author's mentions, or one story's, say one thing once either is asked for.
        self.independent: tuple[np.ndarray[tuple[int], np.dtype[np.int64]], ...] = ()

    def go(self, method: str, weigh: Callable[[Floats], Floats]) -> Step:
        self.weights = weigh(self.weights)
        self.figures = figures(self.sample, self.weights, independent=self.independent)
        return Step(method, *_SAID[method], self.figures)


def _steps(
    course: _Course, options: Options, confusions: Mapping[tuple[str, str], Confusion], seed: int
) -> Iterator[Step]:
    sample = course.sample
    if options.stories_once:
        course.independent += (sample.story,)
        yield course.go("stories_once", lambda weights: one_vote(weights, sample.story))
    if options.one_author_one_vote:
        course.independent += (sample.author,)
        yield course.go("one_author_one_vote", lambda weights: one_vote(weights, sample.author))
    half_life = options.half_life_days
    if half_life is not None:
        yield course.go("recency", lambda weights: fading(weights, sample.age, half_life))
    rates = options.response_rates
    if rates is not None:
        yield course.go("response_rates", lambda weights: answering(weights, sample.sentiment, rates))
    if options.population:
        yield _to_population(course, options.population)
    if options.misclassification:
        yield _for_errors(course, confusions, seed)


def _to_population(course: _Course, population: Mapping[str, Mapping[str, float]]) -> Step:
    margins = [(*course.sample.margin(name), shares) for name, shares in population.items()]
    try:
        if not course.weights.any():
            raise Refused("nobody_listed", "There is no mention.")
        raked = rake(course.weights, margins)
    except Refused as refused:
        names = {name: sorted(set(course.sample.margin(name)[1]))[:_TOLD] for name in population}
        there = "; ".join(f"{name}: {', '.join(filter(None, found)) or 'unknown'}" for name, found in names.items())
        return Step("population", *_SAID["population"], None, refused.code, f"{refused} Mentions have {there}.")
    step = course.go("population", lambda _: raked.weights)
    return Step(
        step.method,
        step.source,
        step.assumes,
        step.figures,
        left_out=raked.left_out,
        uncovered=raked.uncovered,
        bounds=silent_bounds(course.figures, 1.0 - raked.uncovered) if raked.uncovered > 0 else {},
    )


def _for_errors(course: _Course, confusions: Mapping[tuple[str, str], Confusion], seed: int) -> Step:
    try:
        found = prevalence(course.sample, course.weights, confusions, independent=course.independent, seed=seed)
    except Refused as refused:
        return Step("misclassification", *_SAID["misclassification"], None, refused.code, str(refused))
    course.figures = found.figures
    uncovered = max(0.0, 1.0 - found.covered)
    return Step(
        "misclassification",
        *_SAID["misclassification"],
        found.figures,
        uncovered=uncovered if uncovered > 1e-12 else 0.0,
        bounds=silent_bounds(found.figures, found.covered) if uncovered > 1e-12 else {},
        unmeasured=found.left_out,
    )
