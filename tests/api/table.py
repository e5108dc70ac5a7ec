"""Every route and method of the API, who may, and what a good request gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from api.schema import sample_id
from tests.api.conftest import Things, png
from tests.cast import PASSWORD

CLIENT = "clients/<str:client>"
# The last ones are people who signed in: an owner, and two with a role at the first client only.
PEOPLE = ("person", "client viewer", "client manager")
CALLERS = ("no key", "other agency", "bound elsewhere", "viewer", "analyst", "manager", "owner", *PEOPLE)
_RANK = ("viewer", "analyst", "manager", "owner")


@dataclass(frozen=True)
class Row:
    """`least` is the least role that may, "open" where no key is needed, "person" for people alone; `good` is the
    status of a good request. `bound` and `other` are what a key bound to another client and another agency's owner get.
    """

    path: str
    method: str
    least: str
    good: int
    body: Any = None
    bound: int = 404
    other: int = 404
    form: bool = False
    media: str = "application/json"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def expected(self, caller: str) -> int:
        if self.least == "open":
            return self.good
        if caller == "no key":
            return 401
        if self.least == "person":
            return self.good if caller in PEOPLE else 403
        if caller == "person":
            caller = "owner"
        if caller.startswith("client "):
            if _RANK.index(caller.removeprefix("client ")) < _RANK.index(self.least):
                return 403
            return self.good if self.path.startswith(CLIENT) else self.bound
        if caller == "other agency":
            return self.other
        if caller == "bound elsewhere":
            return self.bound
        return self.good if _RANK.index(caller) >= _RANK.index(self.least) else 403

    @property
    def asker(self) -> str:
        """Somebody who may, as the fixture `api` knows them."""
        return "person" if self.least == "person" else "owner"

    def url(self, things: Things) -> str:
        url = self.path
        for kind, public_id in things.ids.items():
            url = url.replace(f"<str:{kind}>", public_id).replace(f"<path:{kind}>", public_id)
        return f"/api/v1/{url}"

    def content(self) -> dict[str, Any]:
        """Keyword arguments of a good request; files are made anew, since reading uses them up."""
        if self.form:
            return {
                "data": {name: SimpleUploadedFile("f", data) for name, data in self.body.items()},
                "format": "multipart",
            }
        return {"data": self.body, "format": "json"} if self.body is not None else {}


_PERIOD = {"start": "2026-03-01", "end": "2026-03-31"}

_POPULATION = {"name": "All", "origin": "A survey", "margins": {"source": {"web": 1.0}}}

_INVITATION = {"email": "ben@northlight.example", "role": "viewer"}

ROWS = (
    Row("health", "GET", "open", 200),
    Row("schema", "GET", "open", 200),
    Row("docs", "GET", "open", 200, media="text/html; charset=utf-8"),
    Row("redoc", "GET", "open", 200, media="text/html; charset=utf-8"),
    # The agency's own: another agency's owner reaches his own agency here, never ours.
    Row("clients", "GET", "viewer", 200, bound=200, other=200),
    Row("clients", "POST", "manager", 201, {"name": "Third"}, bound=403, other=201),
    Row("api_keys", "GET", "owner", 200, bound=403, other=200),
    Row("api_keys", "POST", "owner", 201, {"name": "New", "role": "viewer"}, bound=403, other=201),
    Row("api_keys/<str:key>", "GET", "owner", 200, bound=403),
    Row("api_keys/<str:key>", "PATCH", "owner", 200, {"name": "New"}, bound=403),
    Row("api_keys/<str:key>", "DELETE", "owner", 204, bound=403),
    Row("api_keys/<str:key>/rotation", "POST", "owner", 201, {"overlap_hours": 1}, bound=403),
    Row("usage", "GET", "viewer", 200, bound=403, other=200),
    Row("usage/clients", "GET", "viewer", 200, bound=200, other=200),
    Row("audit_events", "GET", "owner", 200, bound=403, other=200),
    Row("agency", "GET", "viewer", 200, bound=403, other=200),
    Row("agency", "PATCH", "owner", 200, {"name": "New"}, bound=403, other=200),
    Row("members", "GET", "manager", 200, bound=200, other=200),
    Row("members/<str:member>", "GET", "manager", 200),
    Row("members/<str:member>", "PATCH", "manager", 200, {"role": "viewer"}),
    Row("members/<str:member>", "DELETE", "manager", 204),
    Row("invitations", "GET", "manager", 200, bound=200, other=200),
    Row("invitations", "POST", "manager", 201, _INVITATION, bound=403, other=201),
    Row("invitations/<str:invitation>", "GET", "manager", 200),
    Row("invitations/<str:invitation>", "DELETE", "manager", 204),
    Row("invitations/<str:invitation>/delivery", "POST", "manager", 202),
    # What people do about themselves; a key is nobody.
    Row("session", "GET", "person", 200),
    Row("session", "POST", "open", 201, {"email": "owner@northlight.example", "password": PASSWORD}),
    Row("session", "PATCH", "person", 400, {"agency": sample_id("agy")}),
    Row("session", "DELETE", "person", 204),
    Row("me", "GET", "person", 200),
    Row("me", "PATCH", "person", 200, {"name": "Ana"}),
    Row("me", "DELETE", "person", 400, {"password": "somebody else's"}),
    Row("password", "PUT", "person", 400, {"old_password": "somebody else's", "new_password": "y" * 9 + "123 z"}),
    Row("password_resets", "POST", "open", 204, {"email": "owner@northlight.example"}),
    Row("password_resets/confirmation", "POST", "open", 400, {"token": "usr_0.x", "password": "y" * 9 + "123 z"}),
    Row("two_factor", "GET", "person", 200),
    Row("two_factor", "POST", "person", 400, {"password": "somebody else's"}),
    Row("two_factor", "DELETE", "person", 409, {"password": PASSWORD, "code": "123456"}),
    Row("two_factor/confirmation", "POST", "person", 409, {"code": "123456"}),
    Row("two_factor/recovery_codes", "POST", "person", 409, {"password": PASSWORD, "code": "123456"}),
    Row("invitations/preview", "POST", "open", 400, {"token": "nobody's"}),
    Row("invitations/accept", "POST", "open", 400, {"token": "nobody's", "name": "Ana", "password": PASSWORD}),
    # Closed unless the operator opens it.
    Row("agencies", "POST", "open", 403, {"name": "Newcomers", "email": "owner@newcomers.example"}),
    Row("portfolio", "GET", "viewer", 200, bound=200, other=200),
    Row("portfolio/benchmarks", "GET", "viewer", 200, bound=200, other=200),
    Row("models", "GET", "viewer", 200, bound=200, other=200),
    Row("models/<path:model>", "GET", "viewer", 200, bound=200, other=200),
    Row(
        "models/<path:model>/pictures/<str:picture>",
        "GET",
        "viewer",
        200,
        bound=200,
        other=200,
        media="image/svg+xml",
    ),
    Row("branding", "GET", "viewer", 200, bound=403, other=200),
    Row("branding", "PATCH", "manager", 200, {"name": "New"}, bound=403, other=200),
    Row("branding/logo", "GET", "viewer", 200, bound=403, media="image/png"),
    Row("branding/logo", "PUT", "manager", 200, {"logo": png()}, bound=403, other=200, form=True),
    Row("branding/logo", "DELETE", "manager", 204, bound=403, other=204),
    # One client's.
    Row(CLIENT, "GET", "viewer", 200),
    Row(CLIENT, "PATCH", "manager", 200, {"name": "New"}),
    Row(CLIENT, "DELETE", "owner", 409, {"token": "nobody-asked-for-it"}),
    Row(f"{CLIENT}/deletion", "POST", "owner", 202),
    Row(f"{CLIENT}/deletion", "DELETE", "owner", 409),
    Row(f"{CLIENT}/suspension", "POST", "manager", 200),
    Row(f"{CLIENT}/suspension", "DELETE", "manager", 409),
    Row(f"{CLIENT}/domain_proof", "POST", "manager", 409),
    Row(f"{CLIENT}/branding", "GET", "viewer", 200),
    Row(f"{CLIENT}/branding", "PATCH", "manager", 200, {"primary": "#112233"}),
    Row(f"{CLIENT}/branding/logo", "GET", "viewer", 200, media="image/png"),
    Row(f"{CLIENT}/branding/logo", "PUT", "manager", 200, {"logo": png()}, form=True),
    Row(f"{CLIENT}/branding/logo", "DELETE", "manager", 204),
    Row(f"{CLIENT}/queries", "GET", "viewer", 200),
    Row(f"{CLIENT}/queries", "POST", "analyst", 201, {"name": "Rye", "kind": "topic", "text": "rye"}),
    Row(f"{CLIENT}/queries/<str:query>", "GET", "viewer", 200),
    Row(f"{CLIENT}/queries/<str:query>", "PATCH", "analyst", 200, {"text": "rye"}),
    Row(f"{CLIENT}/queries/<str:query>", "DELETE", "manager", 204),
    Row(f"{CLIENT}/queries/<str:query>/rematch", "POST", "analyst", 200),
    Row(f"{CLIENT}/queries/<str:query>/versions", "GET", "viewer", 200),
    Row(f"{CLIENT}/queries/<str:query>/versions/<str:version>", "GET", "viewer", 200),
    Row(f"{CLIENT}/queries/<str:query>/versions/<str:version>/comparison", "GET", "viewer", 200),
    Row(f"{CLIENT}/queries/<str:query>/versions/<str:version>/restoration", "POST", "analyst", 200),
    Row(f"{CLIENT}/aspects", "GET", "viewer", 200),
    Row(f"{CLIENT}/aspects", "PATCH", "analyst", 200, {"industry": "hotels"}),
    Row(f"{CLIENT}/aspects/runs", "POST", "analyst", 202),
    Row(f"{CLIENT}/aspects/own", "GET", "viewer", 200),
    Row(f"{CLIENT}/aspects/own", "POST", "analyst", 201, {"name": "Cake", "text": "cake OR gateau"}),
    Row(f"{CLIENT}/aspects/own/<str:aspect>", "GET", "viewer", 200),
    Row(f"{CLIENT}/aspects/own/<str:aspect>", "PATCH", "analyst", 200, {"text": "rye"}),
    Row(f"{CLIENT}/aspects/own/<str:aspect>", "DELETE", "analyst", 204),
    Row(f"{CLIENT}/aspects/own/<str:aspect>/versions", "GET", "viewer", 200),
    Row(f"{CLIENT}/insights/aspects", "GET", "viewer", 200),
    Row(f"{CLIENT}/insights/aspects/comparison", "GET", "viewer", 200),
    Row(f"{CLIENT}/insights/brand_sentiment", "GET", "viewer", 200),
    Row(f"{CLIENT}/snippets", "GET", "viewer", 200),
    Row(f"{CLIENT}/snippets", "POST", "analyst", 201, {"name": "Cake", "text": "cake OR gateau"}),
    Row(f"{CLIENT}/snippets/<str:snippet>", "GET", "viewer", 200),
    Row(f"{CLIENT}/snippets/<str:snippet>", "PATCH", "analyst", 200, {"text": "rye"}),
    Row(f"{CLIENT}/snippets/<str:snippet>", "DELETE", "analyst", 204),
    Row(f"{CLIENT}/query_previews", "POST", "analyst", 200, {"text": "rye"}),
    Row(f"{CLIENT}/query_translations", "POST", "analyst", 200, {"dialect": "brandwatch", "text": "rye"}),
    Row(
        f"{CLIENT}/queries/<str:query>/noise_labels",
        "POST",
        "analyst",
        400,
        {"labels": [{"mention": sample_id("men"), "noise": True}]},
    ),
    Row(f"{CLIENT}/queries/<str:query>/noise_restorations", "POST", "analyst", 400, {"mentions": [sample_id("men")]}),
    Row(f"{CLIENT}/queries/<str:query>/noise_samples", "POST", "analyst", 201, {"size": 10}),
    Row(f"{CLIENT}/queries/<str:query>/noise_samples/<str:sample>", "GET", "viewer", 200),
    Row(f"{CLIENT}/queries/<str:query>/noise_quality", "GET", "viewer", 200),
    Row(f"{CLIENT}/imports", "GET", "viewer", 200),
    Row(f"{CLIENT}/imports", "POST", "analyst", 202, {"file": b"text,created_at\nhi,2026-03-01\n"}, form=True),
    Row(f"{CLIENT}/imports/<str:import>", "GET", "viewer", 200),
    Row(f"{CLIENT}/imports/<str:import>/problems", "GET", "viewer", 200),
    Row(f"{CLIENT}/feeds", "GET", "viewer", 200),
    Row(f"{CLIENT}/feeds", "POST", "analyst", 201, {"name": "Town", "url": "https://town.example/feed"}),
    Row(f"{CLIENT}/feeds/<str:feed>", "GET", "viewer", 200),
    Row(f"{CLIENT}/feeds/<str:feed>", "DELETE", "analyst", 204),
    Row(f"{CLIENT}/jobs", "GET", "viewer", 200),
    Row(f"{CLIENT}/jobs/<str:job>", "GET", "viewer", 200),
    Row(f"{CLIENT}/jobs/<str:job>/cancellation", "POST", "analyst", 409),
    Row(f"{CLIENT}/mentions", "GET", "viewer", 200),
    Row(f"{CLIENT}/visual_content", "GET", "viewer", 200),
    Row(f"{CLIENT}/visual_content", "PATCH", "manager", 200, {"enabled": True}),
    Row(f"{CLIENT}/mentions/<str:mention>", "GET", "viewer", 200),
    Row(f"{CLIENT}/mentions/<str:mention>/explanation", "GET", "viewer", 200),
    Row(f"{CLIENT}/mentions/<str:mention>/labels", "GET", "viewer", 200),
    Row(f"{CLIENT}/mentions/<str:mention>/labels", "PUT", "analyst", 200, {"sentiment": "negative"}),
    Row(f"{CLIENT}/mentions/<str:mention>/labels", "DELETE", "analyst", 204),
    Row(f"{CLIENT}/corrections", "GET", "viewer", 200),
    Row(f"{CLIENT}/corrections", "POST", "analyst", 202, {"labels": [{"mention": sample_id("men"), "irony": True}]}),
    Row(f"{CLIENT}/correction_files", "POST", "analyst", 202, {"file": b"mention,irony\nmen_x,yes\n"}, form=True),
    Row(f"{CLIENT}/corrections/<str:correction>", "GET", "viewer", 200),
    Row(f"{CLIENT}/corrections/<str:correction>/problems", "GET", "viewer", 200),
    Row(f"{CLIENT}/corrections/<str:correction>/labels", "GET", "viewer", 200),
    Row(f"{CLIENT}/corrections/<str:correction>/reversal", "POST", "analyst", 202),
    Row(f"{CLIENT}/label_agreement", "GET", "viewer", 200),
    Row(f"{CLIENT}/label_accuracy", "GET", "viewer", 200),
    Row(f"{CLIENT}/review_queues", "GET", "viewer", 200),
    Row(f"{CLIENT}/review_queues", "POST", "analyst", 201, {"size": 10}),
    Row(f"{CLIENT}/review_queues/<str:queue>", "GET", "viewer", 200),
    Row(f"{CLIENT}/review_queues/<str:queue>/mentions", "GET", "viewer", 200),
    Row(f"{CLIENT}/tunings", "GET", "viewer", 200),
    Row(f"{CLIENT}/tunings", "POST", "manager", 202, {"calibration": "fit", "lexicon": "draft"}),
    Row(f"{CLIENT}/tunings/<str:tuning>", "GET", "viewer", 200),
    Row(f"{CLIENT}/tuning", "GET", "viewer", 200),
    Row(f"{CLIENT}/tuning", "PUT", "manager", 200, {"tuning": None}),
    Row(f"{CLIENT}/lexicon_words", "GET", "viewer", 200),
    Row(f"{CLIENT}/lexicon_words", "POST", "analyst", 201, {"language": "en", "text": "bliss", "valence": 4}),
    Row(f"{CLIENT}/lexicon_words/<str:word>", "GET", "viewer", 200),
    Row(f"{CLIENT}/lexicon_words/<str:word>", "PATCH", "analyst", 200, {"valence": 3}),
    Row(f"{CLIENT}/lexicon_words/<str:word>", "DELETE", "analyst", 204),
    Row(f"{CLIENT}/lexicon_file", "GET", "viewer", 200, media="text/csv; charset=utf-8"),
    Row(f"{CLIENT}/lexicon_file", "POST", "analyst", 200, {"file": b"language,text,valence\nen,joy,3\n"}, form=True),
    Row(f"{CLIENT}/lexicon_previews", "POST", "analyst", 200, {"language": "en", "text": "juniper", "valence": 4}),
    Row(f"{CLIENT}/readings", "GET", "viewer", 200),
    Row(f"{CLIENT}/rescorings", "GET", "viewer", 200),
    Row(f"{CLIENT}/rescorings", "POST", "manager", 202),
    Row(f"{CLIENT}/rescorings/<str:rescoring>", "GET", "viewer", 200),
    Row(f"{CLIENT}/insights/summary", "GET", "viewer", 200),
    Row(f"{CLIENT}/insights/timeseries", "GET", "viewer", 200),
    Row(f"{CLIENT}/insights/stories", "GET", "viewer", 200),
    Row(f"{CLIENT}/insights/share_of_voice", "GET", "viewer", 200),
    Row(f"{CLIENT}/insights/readings", "GET", "viewer", 200),
    Row(f"{CLIENT}/insights/readings_timeseries", "GET", "viewer", 200),
    Row(f"{CLIENT}/insights/corrected", "GET", "viewer", 200),
    Row(f"{CLIENT}/insights/unusual_days", "GET", "viewer", 200),
    Row(f"{CLIENT}/populations", "GET", "viewer", 200),
    Row(f"{CLIENT}/populations", "POST", "analyst", 201, _POPULATION),
    Row(f"{CLIENT}/populations/<str:population>", "GET", "viewer", 200),
    Row(f"{CLIENT}/populations/<str:population>", "PATCH", "analyst", 200, {"name": "New"}),
    Row(f"{CLIENT}/populations/<str:population>", "DELETE", "analyst", 204),
    Row(f"{CLIENT}/calendar", "GET", "viewer", 200),
    Row(f"{CLIENT}/calendar", "PUT", "analyst", 200, {"countries": ["DE-BY"], "observances": ["diwali"]}),
    Row(f"{CLIENT}/occasions", "GET", "viewer", 200),
    Row(f"{CLIENT}/events", "GET", "viewer", 200),
    Row(f"{CLIENT}/events", "POST", "analyst", 201, {"name": "Sale", "kind": "sale", **_PERIOD}),
    Row(f"{CLIENT}/events/<str:event>", "GET", "viewer", 200),
    Row(f"{CLIENT}/events/<str:event>", "PATCH", "analyst", 200, {"name": "New"}),
    Row(f"{CLIENT}/events/<str:event>", "DELETE", "analyst", 204),
    Row(f"{CLIENT}/insights/charts/<str:chart>", "GET", "viewer", 200),
    Row(f"{CLIENT}/insights/keyphrases", "GET", "viewer", 200),
    Row(f"{CLIENT}/insights/hashtags", "GET", "viewer", 200),
    Row(f"{CLIENT}/topics", "GET", "viewer", 200),
    Row(f"{CLIENT}/topics/<str:topic>", "GET", "viewer", 200),
    Row(f"{CLIENT}/topics/<str:topic>", "PATCH", "analyst", 200, {"name": "New"}),
    Row(f"{CLIENT}/topics/<str:topic>/merger", "POST", "analyst", 400, {"into": sample_id("top")}),
    Row(f"{CLIENT}/topics/<str:topic>/merger", "DELETE", "analyst", 409),
    Row(f"{CLIENT}/topic_trends", "GET", "viewer", 200),
    Row(f"{CLIENT}/topic_runs", "GET", "viewer", 200),
    Row(f"{CLIENT}/topic_runs", "POST", "analyst", 202, {"afresh": True}),
    Row(f"{CLIENT}/topic_runs/<str:run>", "GET", "viewer", 200),
    Row(f"{CLIENT}/influence/maps", "GET", "viewer", 200),
    Row(f"{CLIENT}/influence/maps", "POST", "analyst", 202, _PERIOD),
    Row(f"{CLIENT}/influence/maps/<str:map>", "GET", "viewer", 200),
    Row(f"{CLIENT}/forecasts", "GET", "viewer", 200),
    Row(f"{CLIENT}/forecasts", "POST", "analyst", 202, {"horizon": 7}),
    Row(f"{CLIENT}/forecasts/<str:forecast>", "GET", "viewer", 200),
    Row(f"{CLIENT}/reports", "GET", "viewer", 200),
    Row(f"{CLIENT}/reports", "POST", "analyst", 202, _PERIOD),
    Row(f"{CLIENT}/reports/<str:report>", "GET", "viewer", 200),
    Row(f"{CLIENT}/reports/<str:report>/file", "GET", "viewer", 200, media="application/pdf"),
    Row(f"{CLIENT}/exports", "GET", "manager", 200),
    Row(f"{CLIENT}/exports", "POST", "manager", 202, {"format": "csv"}),
    Row(f"{CLIENT}/exports/<str:export>", "GET", "manager", 200),
    Row(f"{CLIENT}/exports/<str:export>", "DELETE", "manager", 204),
    Row(f"{CLIENT}/exports/<str:export>/file", "GET", "manager", 200, media="application/zip"),
    Row(f"{CLIENT}/redactions", "GET", "viewer", 200),
    Row(f"{CLIENT}/usage", "GET", "viewer", 200),
)
READS = tuple(row for row in ROWS if row.method == "GET")
OF_A_CLIENT = tuple(row for row in ROWS if row.path.startswith(CLIENT))
BODIES = tuple(row for row in ROWS if row.body is not None and not row.form)
