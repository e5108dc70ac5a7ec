"""How well topics fit subjects that are known, beside simple peers, and how many assignments survive a run.

    python -m tests.benchmarks.topics [--seed 1] [--posts 6000]
    python -m tests.benchmarks.topics --csv FILE --text COLUMN --label COLUMN [--language en]

Without a file: the bundled demo corpus of one client, whose subjects (language and kind of post) are known, and
invented posts of planted subjects. Scores are normalised mutual information (arithmetic) and adjusted Rand index
(Hubert and Arabie 1985) between topics and subjects, over the posts that have a topic (`coverage`) and, as for peers
which leave none aside, over all by the nearest topic (`without_abstaining`). Peers get the same words and as many
clusters: spherical k-means on TF-IDF, on its SVD (latent semantic analysis), and Louvain communities of the word
co-occurrence graph (Blondel et al. 2008), each post in that of most of its words. `survival` is of a run after a tenth
more posts with another seed: going on, and afresh. One JSON object comes last.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt

from analytics.sources.corpus.build import build as build_corpus
from analytics.topics.discovery.clusters import group
from analytics.topics.discovery.discover import MODEL_ID, NEW, Tongue, discover
from analytics.topics.discovery.matching import Side, match
from analytics.topics.discovery.quality import class_weights, coherence, top_terms
from analytics.topics.discovery.space import Matrix, presence, unit
from analytics.topics.discovery.vocabulary import Post, bags_of, build
from analytics.topics.discovery.wording import words_of

Row = tuple[str, str, str, int]
"""Text, language, subject, author."""
Labels = npt.NDArray[np.int64]


def agreement(one: Sequence[Any], other: Sequence[Any]) -> dict[str, float]:
    """Normalised mutual information and adjusted Rand index of two labellings, four digits."""
    a, b = (np.unique(np.array(each, dtype=str), return_inverse=True)[1] for each in (one, other))
    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1)
    p = table / len(a)
    rows, columns = p.sum(1), p.sum(0)
    inside = p > 0
    mutual = float((p[inside] * np.log(p[inside] / np.outer(rows, columns)[inside])).sum())
    entropy = sum(float(-(q[q > 0] * np.log(q[q > 0])).sum()) for q in (rows, columns))
    pairs, left, right = (float((n * (n - 1) / 2).sum()) for n in (table, table.sum(1), table.sum(0)))
    expected = left * right / (len(a) * (len(a) - 1) / 2)
    rand = (pairs - expected) / ((left + right) / 2 - expected) if left + right > 2 * expected else 1.0
    return {"nmi": round(2 * mutual / entropy if entropy else 1.0, 4), "ari": round(rand, 4)}


def posts_of(rows: Sequence[Row]) -> list[Post]:
    return [Post(words_of(text, language=language), language, author) for text, language, _, author in rows]


def labels_of(tongues: Sequence[Tongue], count: int, nothing: int = -1) -> Labels:
    labels, first = np.full(count, nothing, np.int64), 0
    for tongue in tongues:
        for place, label in (tongue.labels or {}).items():
            labels[place] = first + label if label >= 0 else -1
        first += len(tongue.topics)
    return labels


def tfidf(inside: Any) -> Any:
    from scipy import sparse

    weights = np.log(inside.shape[0] / np.maximum(np.asarray(inside.sum(axis=0)).ravel(), 1.0))
    found = inside @ sparse.diags(weights)
    lengths = np.sqrt(np.asarray(found.multiply(found).sum(axis=1)).ravel())
    return sparse.diags(1 / np.maximum(lengths, 1e-9)) @ found


def by_tfidf(inside: Any, count: int, seed: int) -> Labels:
    return group(np.asarray(tfidf(inside).todense(), np.float32), count=count, seed=seed, restarts=3).labels


def by_lsa(inside: Any, count: int, seed: int) -> Labels:
    from scipy.sparse.linalg import svds

    found = tfidf(inside)
    start = np.random.default_rng(seed).normal(size=min(found.shape))
    left, values, _ = svds(found, k=min(64, min(found.shape) - 1), v0=start)
    places: Matrix = unit((left * values).astype(np.float32))
    return group(places, count=count, seed=seed).labels


def by_louvain(inside: Any, count: int, seed: int) -> Labels:
    import networkx as nx

    together = (inside.T @ inside).tocoo()
    graph = nx.Graph()
    graph.add_nodes_from(range(inside.shape[1]))
    graph.add_weighted_edges_from(
        (int(a), int(b), float(w)) for a, b, w in zip(together.row, together.col, together.data, strict=True) if a < b
    )
    # As many of its communities as the others have clusters; what belongs to none of those is a cluster of its own.
    found = sorted(nx.community.louvain_communities(graph, seed=seed), key=lambda each: (-len(each), min(each)))[:count]
    words = np.zeros((inside.shape[1], len(found)))
    for place, community in enumerate(found):
        words[sorted(community), place] = 1
    votes = inside @ words
    return np.where(votes.max(axis=1) > 0, votes.argmax(axis=1), len(found)).astype(np.int64)


PEERS: dict[str, Callable[[Any, int, int], Labels]] = {
    "tfidf_kmeans": by_tfidf,
    "lsa_kmeans": by_lsa,
    "louvain_words": by_louvain,
}


def peers(rows: Sequence[Row], tongues: Sequence[Tongue], seed: int) -> dict[str, Any]:
    """Each peer on the same languages, words and numbers of clusters, all posts of which a word is known."""
    answers: dict[str, Any] = {}
    for name, cluster in PEERS.items():
        started = time.process_time()
        got: list[str] = []
        wanted: list[str] = []
        coherences: list[float] = []
        for tongue in tongues:
            if not tongue.topics:
                continue
            chosen = [row for row in rows if row[1] == tongue.language]
            vocabulary, units = build(posts_of(chosen))
            inside = presence(bags_of(units, vocabulary), len(vocabulary))
            known = np.flatnonzero(np.asarray(inside.sum(axis=1)).ravel() > 0)
            labels = cluster(inside[known], len(tongue.topics), seed)
            got += [f"{tongue.language}{label}" for label in labels]
            wanted += [chosen[place][2] for place in known]
            tops = top_terms(class_weights(inside[known], labels, int(labels.max()) + 1))
            coherences += coherence(inside[known], [top for top in tops if top])
        answers[name] = {
            **agreement(got, wanted),
            "coherence": round(float(np.mean(coherences)), 4),
            "cpu_s": round(time.process_time() - started, 1),
        }
    return answers


def nearest(rows: Sequence[Row], tongues: Sequence[Tongue]) -> dict[str, float]:
    """Agreement where every post of which a word is known is given the nearest topic."""
    got, wanted = [], []
    for tongue in tongues:
        if tongue.space is None or tongue.centres is None:
            continue
        chosen = [row for row in rows if row[1] == tongue.language]
        _, units = build(posts_of(chosen))
        places = tongue.space.place(bags_of(units, tongue.space.vocabulary))
        known = np.flatnonzero(np.linalg.norm(places, axis=1) > 0.5)
        got += [f"{tongue.language}{label}" for label in (places[known] @ tongue.centres.T).argmax(axis=1)]
        wanted += [chosen[place][2] for place in known]
    return agreement(got, wanted)


def survival(before: Labels, was: Sequence[Tongue], after: Labels, now: Sequence[Tongue], seen: Labels) -> float:
    """Assignments that are the same after matching, of those that were made before."""

    def sides(labels: Labels, tongues: Sequence[Tongue]) -> list[Side]:
        topics = [(tongue.language, topic) for tongue in tongues for topic in tongue.topics]
        return [
            Side(
                language,
                frozenset(seen[labels[seen] == number].tolist()),
                frozenset(told.key for told in topic.terms),
            )
            for number, (language, topic) in enumerate(topics)
        ]

    same = match(sides(before, was), sides(after, now)).same
    had = seen[before[seen] >= 0]
    renamed = np.array([same.get(int(label), -2) if label >= 0 else -1 for label in after[had]])
    return round(float((renamed == before[had]).mean()), 4)


def measure(rows: Sequence[Row], seed: int) -> dict[str, Any]:
    posts = posts_of(rows)
    started = time.process_time()
    tongues = discover(posts, seed=seed)
    seconds = time.process_time() - started
    labels = labels_of(tongues, len(rows))
    assigned = np.flatnonzero(labels >= 0)
    found = {
        "posts": len(rows),
        "subjects": len({row[2] for row in rows}),
        "languages": {tongue.language: len(tongue.topics) for tongue in tongues if tongue.topics},
        "topics": sum(len(tongue.topics) for tongue in tongues),
        "coverage": round(len(assigned) / len(rows), 4),
        **agreement(labels[assigned], [rows[place][2] for place in assigned]),
        "without_abstaining": nearest(rows, tongues),
        "coherence": round(float(np.mean([t.coherence for tongue in tongues for t in tongue.topics])), 4),
        "diversity": round(float(np.mean([tongue.diversity for tongue in tongues if tongue.topics])), 4),
        "cpu_s": round(seconds, 1),
    }
    rng = np.random.default_rng(seed)
    new = rng.random(len(rows)) < 1 / 11
    old = np.flatnonzero(~new)
    was = discover([posts[place] for place in old], seed=seed)
    before = np.full(len(rows), NEW, np.int64)
    before[old] = labels_of(was, len(old))
    goes_on = discover(posts, seed=seed + 1, before=before.tolist())
    afresh = discover(posts, seed=seed + 1)
    found["survival"] = {
        "with_a_tenth_more_and_another_seed": survival(before, was, labels_of(goes_on, len(rows)), goes_on, old),
        "afresh": survival(before, was, labels_of(afresh, len(rows)), afresh, old),
    }
    return {"ours": found, "peers": peers(rows, tongues, seed)}


def demo(seed: int, count: int) -> list[Row]:
    corpus = build_corpus(seed, count, 90, date(2026, 11, 15))
    authors: dict[str, int] = {}
    return [
        (
            post.text,
            true.language,
            f"{true.language} {true.scene}",
            authors.setdefault(post.author_handle, len(authors)),
        )
        for post, true in zip(corpus.posts, corpus.truth.posts, strict=True)
        if true.client == corpus.truth.posts[0].client
    ]


def planted(seed: int, count: int) -> list[Row]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sys.path.append(str(Path(__file__).resolve().parents[2] / "platform"))
    import django

    django.setup()
    from tests.topics.talk import SUBJECTS

    dice, rows = Random(seed), []
    for n in range(count):
        language = dice.choice(sorted(SUBJECTS))
        words = {subject: text.split() for subject, text in SUBJECTS[language].items()}
        subject = dice.choice(sorted(words))
        # Half of a post is about its subject, half about anything.
        said = dice.sample(words[subject], 3) + dice.sample([word for own in words.values() for word in own], 3)
        rows.append((" ".join(dice.sample(said, 6)), language, f"{language} {subject}", n))
    return rows


def from_file(path: Path, text: str, label: str, language: str) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row[text]: row[label] for row in csv.DictReader(file) if row[label]}
    return [(said, language, subject, n) for n, (said, subject) in enumerate(rows.items())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--posts", type=int, default=6_000)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--text", default="text")
    parser.add_argument("--label", default="label")
    parser.add_argument("--language", default="en")
    given = parser.parse_args()
    if given.csv:
        sets = {given.csv.stem: from_file(given.csv, given.text, given.label, given.language)}
    else:
        sets = {"demo": demo(given.seed, given.posts), "planted": planted(given.seed, given.posts)}
    answer = {"model": MODEL_ID, "seed": given.seed, "sets": {}}
    for name, rows in sets.items():
        print(f"{name}: {len(rows)} posts, {Counter(row[1] for row in rows).most_common(5)}", flush=True)
        answer["sets"][name] = measure(rows, given.seed)  # type: ignore[index]
    print(json.dumps(answer, ensure_ascii=False))


if __name__ == "__main__":
    main()
