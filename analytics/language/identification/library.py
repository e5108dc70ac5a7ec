"""py3langid's own model: the library's object, and its tables as arrays."""

from __future__ import annotations

import threading
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from py3langid.langid import MODEL_FILE, LanguageIdentifier

_lock = threading.Lock()
_identifier: LanguageIdentifier | None = None


class Tables(NamedTuple):
    """py3langid's automaton over bytes and its naive Bayes tables.

    From state s the byte b leads to `moves[rows[s] + b]`; there feature `features[s]` has been seen (-1: none).
    `weights` (features × columns, columns padded with zeros to a multiple of 16) and `priors` are log probabilities
    of a column's language; column `twins[k, 1]` is another writing of the language in column `twins[k, 0]`.
    `damped[n]` is log(1 + n).
    """

    moves: NDArray[np.uint32]
    rows: NDArray[np.uint32]
    features: NDArray[np.int32]
    weights: NDArray[np.float32]
    priors: NDArray[np.float32]
    twins: NDArray[np.int64]
    damped: NDArray[np.float32]


MOST_BYTES = 1 << 14
_PADDING = 16
_tables: tuple[tuple[str, ...], Tables] | None = None


def loaded() -> LanguageIdentifier:
    """One identifier per process, read on first use (0.7 s). Ranking reads shared tables only: thread-safe. Needed by
    the reference only: the kernel works with `tables`."""
    global _identifier
    if _identifier is None:
        with _lock:
            if _identifier is None:
                _identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return _identifier


def labels() -> tuple[str, ...]:
    """The languages of the columns, in py3langid's codes; a language in two writings has two columns."""
    return _read()[0] if find_spec("numba") is not None else tuple(loaded().nb_classes)


def tables() -> Tables:
    """The model as arrays, 57 MB for its weights, which the library holds as half-precision numbers."""
    return _read()[1]


def _read() -> tuple[tuple[str, ...], Tables]:
    """Labels and tables, read once per process; the library's own object is not kept."""
    global _tables
    if _tables is None:
        with _lock:
            if _tables is None:
                _tables = _arrays(LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))
    return _tables


def _arrays(model: Any) -> tuple[tuple[str, ...], Tables]:
    columns = len(model.nb_classes)
    width = -(-columns // _PADDING) * _PADDING
    weights = np.zeros((len(model.nb_ptc), width), dtype=np.float32)
    weights[:, :columns] = model.nb_ptc
    return tuple(model.nb_classes), Tables(
        moves=np.asarray(model.tk_nextmove, dtype=np.uint32),
        rows=np.asarray(model.tk_row, dtype=np.uint32) << np.uint32(8),
        features=np.asarray(model.tk_output, dtype=np.int32),
        weights=weights,
        priors=np.asarray(model.nb_pc, dtype=np.float32),
        twins=np.asarray(model._alias_pairs, dtype=np.int64).reshape(-1, 2),
        damped=np.log1p(np.arange(MOST_BYTES + 1, dtype=np.float32)),
    )
