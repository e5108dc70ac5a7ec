"""What a run learnt, as bytes to keep and as a reader that says which topic a post has."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.topics.discovery.abstaining import Bars, assign, known_words
from analytics.topics.discovery.discover import Tongue
from analytics.topics.discovery.space import Matrix, Space
from analytics.topics.discovery.vocabulary import Vocabulary, bags_of, units_of
from analytics.topics.discovery.wording import Word


@dataclass(frozen=True, slots=True)
class Speech:
    """One language of a model. Its topics are numbered from `first` on, through all languages."""

    first: int
    space: Space
    centres: Matrix
    least: Bars


@dataclass(frozen=True, slots=True)
class Model:
    """Reads posts: cheap, and the same for one post as for many."""

    speeches: dict[str, Speech]

    def read(
        self, posts: Sequence[tuple[Sequence[Word], str]], had: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """For each post (its words and its language) the number of its topic, -1 for none, and how near it is to it, or
        else to the nearest: a cosine rounded to four digits, 0 where its language has no topics. `had` are the topics
        that posts had already, -1 for none."""
        answers = [(-1, 0.0)] * len(posts)
        for language, speech in self.speeches.items():
            where = [place for place, (_, of) in enumerate(posts) if of == language]
            if not where:
                continue
            vocabulary = speech.space.vocabulary
            units = [units_of(posts[place][0], vocabulary.unspaced) for place in where]
            bags = bags_of(units, vocabulary)
            own = None if had is None else _own([had[place] for place in where], speech)
            labels, cosines = assign(speech.space.place(bags), known_words(bags), speech.centres, speech.least, own)
            for place, label, cosine in zip(where, labels.tolist(), cosines.tolist(), strict=True):
                answers[place] = (speech.first + label if label >= 0 else -1, round(cosine, 4))
        return answers


def _own(had: Sequence[int], speech: Speech) -> npt.NDArray[np.int64]:
    count = len(speech.centres)
    return np.array([n - speech.first if 0 <= n - speech.first < count else -1 for n in had], np.int64)


def model_of(tongues: Sequence[Tongue]) -> Model:
    """The reader of what was found; languages without topics are left out."""
    speeches: dict[str, Speech] = {}
    first = 0
    for tongue in tongues:
        if tongue.space is not None and tongue.centres is not None and tongue.least is not None:
            speeches[tongue.language] = Speech(first, tongue.space, tongue.centres, tongue.least)
            first += len(tongue.topics)
    return Model(speeches)


def pack(model: Model) -> bytes:
    """A model as bytes, some hundred bytes for each word. They hold words that several people use, and no post."""
    head = {}
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for number, (language, speech) in enumerate(model.speeches.items()):
        vocabulary = speech.space.vocabulary
        head[language] = {
            "first": speech.first,
            "keys": vocabulary.keys,
            "written": vocabulary.written,
            "unspaced": sorted(vocabulary.unspaced),
            "enter": speech.least.enter,
            "stay": speech.least.stay,
        }
        arrays[f"vectors{number}"] = speech.space.vectors.astype("<f2")
        arrays[f"middle{number}"] = speech.space.middle.astype("<f4")
        arrays[f"centres{number}"] = speech.centres.astype("<f4")
    arrays["head"] = np.frombuffer(json.dumps(head, ensure_ascii=False).encode(), np.uint8)
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **arrays)
    return out.getvalue()


def unpack(packed: bytes) -> Model:
    """The model that was packed. Raises ValueError for bytes that are none."""
    speeches = {}
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        head = json.loads(arrays["head"].tobytes())
        for number, (language, of) in enumerate(head.items()):
            unspaced = frozenset(tuple(run) for run in of["unspaced"])
            vocabulary = Vocabulary.of(of["keys"], of["written"], unspaced)
            vectors, middle = (arrays[f"{name}{number}"].astype(np.float32) for name in ("vectors", "middle"))
            space = Space(vocabulary, vectors, middle)
            least = Bars(tuple(of["enter"]), tuple(of["stay"]))
            speeches[language] = Speech(of["first"], space, arrays[f"centres{number}"].astype(np.float32), least)
    return Model(speeches)
