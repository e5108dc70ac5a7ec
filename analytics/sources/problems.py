"""Why a whole source cannot be read, as typed errors that a service can show as they are."""

from __future__ import annotations


class SourceProblem(Exception):
    """A source that cannot be read at all.

    `code` is a stable slug, `field` the post field or parameter concerned or empty, `reason` one plain
    sentence. None of them repeats content of the source.
    """

    def __init__(self, code: str, reason: str, *, field: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.field = field


class FileProblem(SourceProblem):
    """An uploaded file that cannot be imported (empty, no text column, not a text file …)."""


class FeedProblem(SourceProblem):
    """A feed that cannot be read (not found, not a feed, too large …)."""
