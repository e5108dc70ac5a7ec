"""The compiled matcher gives the reference's answers."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.listening.anchors import find_anchors
from analytics.listening.engine.matching import BatchMatcher
from analytics.listening.facts import Readable
from analytics.listening.matcher import Matcher
from analytics.listening.query import Node
from tests.listening.query_trees import posts, trees

anchored = trees.filter(lambda tree: find_anchors(tree) is not None)


@settings(max_examples=300, deadline=None)
@given(st.lists(anchored, min_size=1, max_size=12), st.lists(posts(), min_size=1, max_size=8))
def test_the_kernel_answers_like_the_reference(queries: list[Node], batch: list[Readable]) -> None:
    pairs = list(enumerate(queries))
    assert BatchMatcher(pairs).pairs(batch) == Matcher(pairs).pairs(batch)
