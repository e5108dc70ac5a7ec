"""The compiled matcher, the Python index and the naive evaluator give one answer, over millions of pairs."""

from __future__ import annotations

from random import Random

import pytest

from analytics.listening.engine.matching import BatchMatcher
from analytics.listening.matcher import Matcher
from tests.listening import naive
from tests.listening.random_scenes import parts, post, queries

ROUNDS = 13
PARTS = 250
QUERIES = 1000
POSTS = 400


@pytest.mark.slow
def test_kernel_index_and_naive_evaluator_agree(capsys: pytest.CaptureFixture[str]) -> None:
    pairs = wrong = sure = pending = 0
    for seed in range(ROUNDS):
        rng = Random(seed)
        nodes = queries(rng, parts(rng, PARTS), QUERIES)
        posts = [post(rng) for _ in range(POSTS)]
        keyed = list(enumerate(nodes))
        # A fifth of the queries come later, into the overlay, some in place of others that go.
        early = QUERIES * 4 // 5
        compiled = BatchMatcher([*keyed[:early], (-1, nodes[-1]), (early, nodes[0])])
        compiled = compiled.with_changes(keyed[early:], [-1])
        by_kernel, by_index = compiled.pairs(posts), Matcher(keyed).pairs(posts)
        for readable, kernel, index in zip(posts, by_kernel, by_index, strict=True):
            answers = enumerate(naive.answers(nodes, readable))
            expected = [(key, answer == naive.PENDING) for key, answer in answers if answer != naive.NO]
            pairs += len(nodes)
            pending += sum(unsure for _, unsure in expected)
            sure += len(expected)
            if sorted(kernel) != expected or index != expected:
                wrong += len({*kernel} ^ {*expected}) + len({*index} ^ {*expected})
                found = sorted(({*kernel} ^ {*expected}) | ({*index} ^ {*expected}))
                print(seed, ascii(readable), [(key, unsure, nodes[key]) for key, unsure in found[:3]])
    with capsys.disabled():
        print(f"\n{pairs:,} pairs of query and post: {sure - pending:,} match, {pending:,} pending, {wrong} mismatches")
    assert wrong == 0
    assert pairs >= 5_000_000
    assert sure - pending > pairs // 50, "hardly anything matched: the test would prove little"
    assert pending > pairs // 1000
