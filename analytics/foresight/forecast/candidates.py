"""The small models whose median is the forecast.

Each takes one history and answers the days after it. Several plain models, combined by their median, beat most single
ones and are not led astray by one of them (Makridakis et al. 2020, the M4 competition; Petropoulos & Svetunkov 2020 for
the median). A model is a row in `COUNT_CANDIDATES` or `MEAN_CANDIDATES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

from analytics.foresight.forecast.level import forecast_level

_HALF_LIFE = 28  # days after which a day counts half in the regressions: levels drift, weekly habits hardly
_HARMONICS = 3  # enough to draw any pattern over seven days
_STILL = 1e-6  # a series that moves less than this stands still: nothing to fit, and some models refuse to try


@dataclass(frozen=True, slots=True)
class History:
    """What a candidate gets to see: one value a day (counts as log(1 + count); means with NaN for gaps), the sample
    size behind each (0 for a gap), how many days to forecast, and the length of the season in days."""

    values: Floats
    weights: Floats
    horizon: int
    season: int


Candidate = Callable[[History], "Floats"]


def forecast_count(counts: Floats, horizon: int, season: int) -> Floats:
    """The median forecast of a history of counts without gaps, taken on log(1 + count); >= 0."""
    import numpy as np

    if np.ptp(counts) < _STILL:
        return np.full(horizon, counts[-1])
    history = History(np.log1p(counts), np.ones(len(counts)), horizon, season)
    drawn = [candidate(history) for candidate in COUNT_CANDIDATES]
    return np.maximum(np.expm1(np.median(drawn, axis=0)), 0.0)


def forecast_mean(means: Floats, weights: Floats, horizon: int, season: int) -> Floats:
    """The median forecast of a history of means in [-1, 1], NaN for gaps; clipped to [-1, 1]."""
    import numpy as np

    known = means[~np.isnan(means)]
    if np.ptp(known) < _STILL:
        return np.full(horizon, known[-1])
    history = History(means, weights, horizon, season)
    drawn = [candidate(history) for candidate in MEAN_CANDIDATES]
    return np.clip(np.median(drawn, axis=0), -1.0, 1.0)


def _weekday_median(history: History) -> Floats:
    """Seasonal naive made robust: the median of the same weekday in the last four weeks (two, of a short history)."""
    import numpy as np

    season = history.season
    weeks = min(4, len(history.values) // season)
    pattern = np.median(history.values[-weeks * season :].reshape(weeks, season), axis=0)
    return np.asarray(pattern[np.arange(history.horizon) % season], dtype=np.float64)


def _exponential_smoothing(history: History) -> Floats:
    """ETS without trend, seasonal or not by AICc (Hyndman et al. 2002); gaps are bridged by straight lines."""
    import numpy as np
    from statsforecast.models import AutoETS

    places = np.arange(len(history.values))
    known = ~np.isnan(history.values)
    bridged = np.interp(places, places[known], history.values[known])
    drawn = AutoETS(season_length=history.season, model="ANZ").forecast(bridged, history.horizon)["mean"]
    return np.asarray(drawn, dtype=np.float64)


def _theta(history: History) -> Floats:
    """The optimised Theta method (Fiorucci et al. 2016), the one candidate that follows a trend."""
    import numpy as np
    from statsforecast.models import OptimizedTheta

    model = OptimizedTheta(season_length=history.season, decomposition_type="additive")
    return np.asarray(model.forecast(history.values, history.horizon)["mean"], dtype=np.float64)


def _count_regression(history: History) -> Floats:
    """A Poisson regression on Fourier terms of the week, negative binomial where counts scatter more than Poisson's.

    One made-up week at the overall mean, worth a quarter of a real one, keeps a weekday on which nobody ever posted
    from being fitted as log 0. Dispersion by moments (Cameron & Trivedi 2013).
    """
    import numpy as np
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    counts, season = np.expm1(history.values), history.season
    size = len(counts)
    terms = _fourier_terms(size + history.horizon, season)
    recency = _recency(size)
    centre = float(np.average(counts, weights=recency))
    rows = np.vstack([terms[:size], terms[:season]])
    response = np.concatenate([counts, np.full(season, centre)])
    worth = np.concatenate([recency, np.full(season, 0.25)])
    fitted = GLM(response, rows, family=families.Poisson(), var_weights=worth).fit()
    expected = fitted.fittedvalues[:size]
    excess = np.sum(recency * ((counts - expected) ** 2 - expected)) / np.sum(recency * expected**2)
    if excess > 0.001:
        family = families.NegativeBinomial(alpha=float(excess))
        fitted = GLM(response, rows, family=family, var_weights=worth).fit()
    return np.log1p(np.asarray(fitted.predict(terms[size:]), dtype=np.float64))


def _mean_regression(history: History) -> Floats:
    """Weighted least squares on Fourier terms of the week, drawn to the overall mean by two made-up weeks of it.

    A day's weight grows with its sample size but levels off at the usual one: beyond that, days differ for reasons that
    more posts do not average out.
    """
    import numpy as np
    from statsmodels.regression.linear_model import WLS

    values, weights, season = history.values, history.weights, history.season
    known = ~np.isnan(values)
    size = len(values)
    terms = _fourier_terms(size + history.horizon, season)
    usual = float(np.median(weights[known]))
    worth = (weights / (weights + usual) * 2 * _recency(size))[known]
    centre = float(np.average(values[known], weights=worth))
    rows = np.vstack([terms[:size][known], terms[:season]])
    response = np.concatenate([values[known], np.full(season, centre)])
    fitted = WLS(response, rows, weights=np.concatenate([worth, np.full(season, 2.0)])).fit()
    return np.asarray(fitted.predict(terms[size:]), dtype=np.float64)


def _level(history: History) -> Floats:
    import numpy as np

    return np.full(history.horizon, forecast_level(history.values, history.weights))


def _fourier_terms(length: int, season: int) -> Floats:
    """A constant, and a sine and cosine per harmonic of the season: shape (length, columns), columns independent."""
    import numpy as np

    days = np.arange(length)
    columns = [np.ones(length)]
    for harmonic in range(1, min(_HARMONICS, season // 2) + 1):
        angle = 2 * np.pi * harmonic * days / season
        columns.append(np.cos(angle))
        if 2 * harmonic < season:  # at half the season the sine is 0 on every day
            columns.append(np.sin(angle))
    return np.column_stack(columns)


def _recency(length: int) -> Floats:
    import numpy as np

    return np.asarray(0.5 ** ((length - 1 - np.arange(length)) / _HALF_LIFE), dtype=np.float64)


COUNT_CANDIDATES: tuple[Candidate, ...] = (_weekday_median, _exponential_smoothing, _theta, _count_regression)
MEAN_CANDIDATES: tuple[Candidate, ...] = (_level, _exponential_smoothing, _mean_regression)
