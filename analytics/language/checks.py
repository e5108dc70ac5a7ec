"""Django's system check of the language engine, and loading it when a worker starts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import DatabaseError

from analytics.language.contracts import EngineUnavailable
from analytics.language.serving import problem_now, serving
from analytics.language.state.services import tell
from analytics.language.vision.engines import image_problem
from kernel.logs import get_logger
from kernel.queue.process import NotReady

log = get_logger(__name__)


def check_language(app_configs: Sequence[Any] | None = None, **_: object) -> list[CheckMessage]:
    """What can be told of the language engine without loading it: an error, or a warning where another one serves."""
    found: list[CheckMessage] = []
    if (unseen := image_problem()) is not None:
        found.append(Error(f"An image model cannot be used ({unseen.code}).", hint=str(unseen), id="language.E002"))
    problem = problem_now()
    if problem is None:
        return found
    level, name = (Warning, "language.W001") if settings.LANGUAGE_FALLBACK else (Error, "language.E001")
    found.append(level(f"EARSHOT_LANGUAGE_ENGINE cannot be used ({problem.code}).", hint=str(problem), id=name))
    return found


def load_before_work() -> None:
    """Load the engine before a worker takes its first message, and tell the others which one it is. Raises NotReady
    with the line that helps."""
    try:
        found = serving()
    except EngineUnavailable as problem:
        raise NotReady(
            f"EARSHOT_LANGUAGE_ENGINE cannot be used ({problem.code}): {problem} "
            "Or set EARSHOT_LANGUAGE_FALLBACK=compact to go on with the compact model."
        ) from problem
    wanted = settings.LANGUAGE_ENGINE.partition(":")[0]
    try:
        tell(
            wanted=wanted,
            model_id=found.engine.model_id,
            problem=found.problem,
            detail=found.detail,
            now=datetime.now(UTC),
        )
    except DatabaseError:  # the worker can work, or will say by itself why not
        log.exception("language.not_told")
