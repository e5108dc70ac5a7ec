"""All connectors there are. A new one is a file of its own and a row here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analytics.sources.contracts import Connector
from analytics.sources.feeds import FeedConnector
from analytics.sources.files import FileConnector
from analytics.sources.problems import SourceProblem


@dataclass(frozen=True, slots=True)
class ConnectorKind:
    """`key` is stable and stored, `label` is shown, `factory` takes the connector's own keyword parameters."""

    key: str
    label: str
    factory: Callable[..., Connector]


CONNECTORS: tuple[ConnectorKind, ...] = (
    ConnectorKind("upload", "File upload (CSV, TSV, JSON Lines)", FileConnector),
    ConnectorKind("feed", "RSS or Atom feed", FeedConnector),
)

_BY_KEY = {kind.key: kind for kind in CONNECTORS}


def connector_kind(key: str) -> ConnectorKind:
    """The connector of that key; raises `SourceProblem` (`unknown_connector`)."""
    try:
        return _BY_KEY[key]
    except KeyError:
        raise SourceProblem("unknown_connector", "There is no such connector.", field="connector") from None
