"""Themes: topics of one language that lie near each other, put together from the bottom up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.topics.discovery.space import Matrix

NEAR = 0.1
"""The mean cosine between two themes' topics at which they still are one. What all posts share is taken out of a space,
so that topics which have nothing to do with each other are at about 0 or below."""


def themes(centres: Matrix) -> list[list[int]]:
    """Which topics make a theme: average-linkage agglomeration (Sokal and Michener 1958) of their centres by cosine,
    cut at NEAR. Only groups of two and more, the largest first; never one of all."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(centres) < 3:
        return []
    apart = 1.0 - np.clip(centres.astype(np.float64) @ centres.T.astype(np.float64), -1.0, 1.0)
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform((apart + apart.T) / 2, checks=False), method="average")
    groups: dict[int, list[int]] = {}
    for topic, theme in enumerate(fcluster(tree, 1.0 - NEAR, criterion="distance")):
        groups.setdefault(int(theme), []).append(topic)
    found: Sequence[list[int]] = [members for members in groups.values() if 2 <= len(members) < len(centres)]
    return sorted(found, key=lambda members: (-len(members), members))
