"""What is looked for in the present client's mentions from now on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from django.db import connection

from analytics.language.aspects.models import AspectSettings, OwnAspect
from analytics.language.aspects.ontology import LANGUAGES, ONTOLOGY_ID
from analytics.language.aspects.wording import Lookout, Own, lookout
from analytics.listening.saved import UnreadableQuery, read_saved
from kernel.logs import get_logger

log = get_logger(__name__)

_Owned: TypeAlias = tuple[tuple[str, int, str, str], ...]


@dataclass(frozen=True, slots=True)
class InForce:
    """The client's industry ("" for none) and own aspects (id, version, text, snippets as JSON)."""

    industry: str
    own: _Owned

    @property
    def ontology(self) -> str:
        """Which terms of the industry those are, "" for none."""
        return f"{self.industry}/{ONTOLOGY_ID.partition('/')[2]}" if self.industry else ""

    def lookout(self, language: str) -> Lookout:
        """What to look for in posts of a language; compiled once."""
        return _lookout(self.industry, language if language in LANGUAGES or language == "und" else "", self.own)


def settings_row() -> AspectSettings:
    """The client's settings as they stand; an unsaved row where it has none yet."""
    return AspectSettings.objects.first() or AspectSettings()


def in_force() -> InForce:
    """What the present client looks for."""
    rows = OwnAspect.objects.order_by("id").values_list("id", "version", "text", "snippets")
    return InForce(
        settings_row().industry,
        tuple((str(key), version, text, json.dumps(snippets, sort_keys=True)) for key, version, text, snippets in rows),
    )


def lock_in_force(*, alone: bool) -> None:
    """Until the transaction ends, be one of those who look through mentions by what is in force; or wait, `alone`, for
    all who still go by what was in force before. Taken before `lock_store` and `lock_matches`."""
    shared = "" if alone else "_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{shared}(hashtext('aspects'), hashtext(current_schema()))")


def lock_look() -> None:
    """Until the transaction ends, be the only one who looks through stored mentions again: two who find the same would
    both write it. Taken before all other locks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('aspects look'), hashtext(current_schema()))")


@lru_cache(maxsize=256)
def _lookout(industry: str, language: str, own: _Owned) -> Lookout:
    queries = []
    for key, version, text, snippets in own:
        try:
            queries.append(Own(key, read_saved(text, json.loads(snippets))))
        except UnreadableQuery:  # all others are looked for
            log.error("aspects.unreadable", aspect=key, version=version)
    return lookout(industry, language, queries)
