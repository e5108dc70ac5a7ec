"""The convolution over word order: compiled, in Python, alone and in company, stored and loaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.language.compact import convolution
from analytics.language.compact.convolution import BITS, CLASSES, Convolution
from analytics.language.compact.hashing import ROWS, hash_texts
from analytics.language.compact.model import COLUMNS, ORDER, SENTIMENT, Model

WIDTH, GATES = 8, 4


def _made(seed: int = 7) -> Convolution:
    dice = np.random.default_rng(seed)

    def numbers(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return dice.normal(0, 1, shape).astype(np.float32)

    return Convolution(
        words=dice.integers(-127, 128, (1 << BITS, WIDTH)).astype(np.int8),
        word_scales=np.full(WIDTH, 0.02, np.float32),
        filters=numbers(3, WIDTH, 2 * GATES),
        filter_bias=numbers(2 * GATES),
        out=numbers(2 * GATES + WIDTH, CLASSES),
        out_bias=numbers(CLASSES),
    )


MADE = _made()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet=st.characters(exclude_categories=()), max_size=60), min_size=1, max_size=5))
def test_python_alone_tells_the_same_and_company_changes_nothing(texts: list[str]) -> None:
    hashed = hash_texts(texts)
    together = MADE.scores(hashed)
    plain = np.array([MADE._score(hashed, number) for number in range(len(texts))])
    assert together == pytest.approx(plain, abs=2e-3)
    for number, text in enumerate(texts):
        assert MADE.scores(hash_texts([text]))[0].tolist() == together[number].tolist()


def test_without_numba_the_scores_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = hash_texts(["not good at all", "", "at all not good", "好吃的东西"])
    compiled = MADE.scores(hashed)
    monkeypatch.setattr(convolution, "COMPILED", False)
    assert MADE.scores(hashed) == pytest.approx(compiled, abs=2e-4)


def test_order_matters_and_no_words_say_nothing() -> None:
    one, other, empty = MADE.scores(hash_texts(["not good but cheap", "good but not cheap", " "]))
    assert abs(one - other).max() > 0.01
    assert empty.tolist() == [0, 0, 0]
    # All that comes after the 64th word is passed over.
    many = "word " * 64
    assert MADE.scores(hash_texts([many])).tolist() == MADE.scores(hash_texts([many + "another one"])).tolist()


def test_arrays_that_do_not_fit_are_refused() -> None:
    arrays = MADE.arrays(0)
    again = Convolution.of(arrays, 0)
    assert all((again.arrays(0)[name] == values).all() for name, values in arrays.items())
    (out,) = (name for name in arrays if name.endswith("_out"))
    with pytest.raises(ValueError, match="convolution"):
        Convolution.of({**arrays, out: arrays[out][1:]}, 0)
    with pytest.raises(KeyError):
        Convolution.of({}, 0)


def test_a_model_keeps_its_convolutions(tmp_path: Path) -> None:
    one = {"": np.ones(COLUMNS)}
    nothing = {"": np.zeros(COLUMNS)}
    table = np.zeros((ROWS, COLUMNS), np.int8)
    orders = (MADE, _made(8))
    model = Model(table, np.ones(COLUMNS), one, nothing, orders)
    digest = model.save(tmp_path / "one.npz")
    loaded = Model.load(tmp_path / "one.npz")
    assert loaded.save(tmp_path / "two.npz") == digest
    texts = ["not good", "good"]
    hashed = hash_texts(texts)
    assert (loaded.raw(texts) == model.raw(texts)).all()
    mean = (orders[0].scores(hashed) + orders[1].scores(hashed)) / 2 * ORDER
    assert model.raw(texts)[:, SENTIMENT] == pytest.approx(mean, abs=1e-4)
    assert not model.raw(texts)[:, SENTIMENT.stop :].any()
