"""Lexicons: a client's own words, by language, and what a word would change."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.language.contracts import EngineUnavailable
from analytics.language.tables import UnreadableFile
from analytics.language.tuning.lexicon import BOUND
from analytics.language.tuning.models import LexiconWord
from analytics.language.tuning.selectors import word_of, words
from analytics.language.tuning.wordfile import MOST_CHARACTERS, read_words
from analytics.language.tuning.words import add_word, bring_words, change_word, preview_word, remove_word
from api.exports.sheet import Lines
from api.pagination import page_of
from api.parsers import FormParser
from api.permissions import least
from api.renderers import CsvRenderer
from api.schema import operation, sample_id
from api.serializers import (
    FormSerializer,
    MomentField,
    NoParameters,
    PageParameters,
    Shown,
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
)
from api.v1.label_quality import LabelShareSerializer
from api.v1.labels import audit
from api.views import ClientView
from kernel.errors import Conflict, TooLarge, ValidationFailed

MOST_BYTES = 4 * 1024 * 1024
_LANGUAGE = r"^[a-z]{2,3}\Z"

EXAMPLE: dict[str, Any] = {
    "id": sample_id("lex"),
    "language": "en",
    "text": "sick",
    "valence": 4,
    "created_at": "2026-03-31T18:00:00Z",
    "updated_at": "2026-03-31T18:00:00Z",
}
_SENT = {"language": "en", "text": "sick", "valence": 4}


class WordSerializer(Shown):
    id = serializers.CharField()
    language = serializers.CharField(allow_null=True, help_text="ISO 639 code; null: every language.")
    text = serializers.CharField()
    valence = serializers.IntegerField(help_text="-5 to 5.")
    created_at = MomentField()
    updated_at = MomentField()


class NewWordSerializer(StrictSerializer):
    language = serializers.RegexField(
        _LANGUAGE, allow_null=True, help_text="ISO 639 code, such as `en`; null: every language."
    )
    text = StrictCharField(
        max_length=MOST_CHARACTERS,
        help_text="A word, a phrase of at most eight words, an emoji or a hashtag; case and accents do not matter.",
    )
    valence = StrictIntegerField(min_value=-5, max_value=5, help_text="-5 (very negative) to 5 (very positive).")


class WordParameters(PageParameters):
    language = serializers.RegexField(_LANGUAGE, required=False, help_text="Only words of this language.")


class WordFileSerializer(FormSerializer):
    file = serializers.FileField(
        allow_empty_file=True,
        max_length=1000,
        help_text="CSV in UTF-8 with the columns `language` (empty: every language), `text` and `valence`. At most "
        "20,000 rows and 4 MiB.",
    )
    replace = serializers.ChoiceField(
        ["true", "false"], required=False, default="false", help_text="Whether words that it does not name go."
    )


class BadWordSerializer(Shown):
    line = serializers.IntegerField(help_text="Line on which the row starts; the header is line 1.")
    code = serializers.CharField(help_text="Stable; for programs.")
    field = serializers.CharField(help_text="The column concerned; empty where it is the whole row.")
    reason = serializers.CharField()


class BroughtSerializer(Shown):
    added = serializers.IntegerField()
    changed = serializers.IntegerField(help_text="Words with another valence now.")
    same = serializers.IntegerField()
    removed = serializers.IntegerField()
    bad = serializers.IntegerField(help_text="Rows that did not go in.")
    problems = BadWordSerializer(many=True, help_text="Those rows; the first 1,000.")


class ChangedMentionSerializer(Shown):
    mention = serializers.CharField()
    before = serializers.CharField(allow_null=True, help_text="Null: no label.")
    after = serializers.CharField(allow_null=True)


class LabelChangeSerializer(Shown):
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)
    n = serializers.IntegerField()


class LexiconPreviewSerializer(Shown):
    found = serializers.IntegerField(
        help_text="Mentions that hold its words, whose sentiment nobody set; at most 100,000 are counted."
    )
    looked_at = serializers.IntegerField(help_text="How many of those were read again, drawn evenly; at most 1,000.")
    containing = serializers.IntegerField(help_text="How many of these have it as it stands, in its language.")
    changed = serializers.IntegerField(help_text="How many of those would get another label.")
    share = LabelShareSerializer(allow_null=True, help_text="Changed by containing; null where none contains it.")
    changes = LabelChangeSerializer(many=True, help_text="From which label to which, most frequent first.")
    examples = ChangedMentionSerializer(many=True, help_text="At most ten mentions that would change.")


def shown(word: LexiconWord) -> dict[str, Any]:
    """A word as the API shows it."""
    plain: dict[str, Any] = WordSerializer.of(word)
    return {**plain, "language": word.language or None}


def _given(body: dict[str, Any]) -> dict[str, Any]:
    """A body's fields as they are stored."""
    return {**body, "language": body["language"] or ""} if "language" in body else body


class LexiconWords(ClientView):
    roles = least(GET="viewer", POST="analyst")

    @operation(
        id="lexicon_words_list",
        tag="tuning",
        summary="List the words",
        description="The client's own words as they are now, the newest first. They are a draft: readings go by them "
        "once a tuning was made of them.",
        query=WordParameters,
        answer=WordSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        parameters = WordParameters.read(request)
        rows = words()
        if "language" in parameters:
            rows = rows.filter(language=parameters.pop("language"))
        return Response(page_of(rows, **parameters).body(shown))

    @operation(
        id="lexicon_words_create",
        tag="tuning",
        summary="Add a word",
        description="Adds a word to the draft. Where a text has it, its valence pulls the reading: two times the tanh "
        f"of a fifth of all valences in the text, so never more than {BOUND:g} logits, is added to positive "
        "and taken off negative. In some languages a negation before it turns it. Needs the role analyst.",
        body=NewWordSerializer,
        answer=WordSerializer,
        status=201,
        location=True,
        sent=_SENT,
        answered=EXAMPLE,
        says={409: "The language has that word, or the client as many as it can have."},
    )
    def post(self, request: Request, client: str) -> Response:
        word = add_word(**_given(NewWordSerializer.read(request)), now=timezone.now())
        audit(self, "lexicon.word_added", word=word.id)
        return Response(shown(word), 201, headers={"Location": self.link("lexicon_words", word.id)})


class OneLexiconWord(ClientView):
    roles = least(GET="viewer", PATCH="analyst", DELETE="analyst")

    @operation(
        id="lexicon_words_get",
        tag="tuning",
        summary="Get a word",
        description="One word of the draft.",
        answer=WordSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str, word: str) -> Response:
        NoParameters.read(request)
        return Response(shown(word_of(word)))

    @operation(
        id="lexicon_words_update",
        tag="tuning",
        summary="Change a word",
        description="Changes it in the draft. Needs the role analyst.",
        body=NewWordSerializer,
        answer=WordSerializer,
        sent={"valence": 3},
        answered={**EXAMPLE, "valence": 3},
        says={409: "The language has that word already, or the client cannot be written to now."},
    )
    def patch(self, request: Request, client: str, word: str) -> Response:
        found = word_of(word)
        changes = _given(NewWordSerializer.read(request, partial=True))
        if changes:
            found = change_word(word=found, changes=changes, now=timezone.now())
            audit(self, "lexicon.word_changed", word=found.id, fields=sorted(changes))
        return Response(shown(found))

    @operation(
        id="lexicon_words_delete",
        tag="tuning",
        summary="Remove a word",
        description="Removes it from the draft. Needs the role analyst.",
        status=204,
    )
    def delete(self, request: Request, client: str, word: str) -> Response:
        NoParameters.read(request)
        found = word_of(word)
        public_id = found.id
        remove_word(word=found)
        audit(self, "lexicon.word_removed", word=public_id)
        return Response(status=204)


class LexiconFile(ClientView):
    roles = least(GET="viewer", POST="analyst")
    parser_classes: ClassVar[list[Any]] = [FormParser]  # type: ignore[misc]

    def get_renderers(self) -> list[Any]:
        return [CsvRenderer()] if self.request.method in ("GET", "HEAD") else super().get_renderers()

    @operation(
        id="lexicon_file_get",
        tag="tuning",
        summary="Download the words",
        description="All words as CSV, as they can be uploaded again. An apostrophe stands before text that a "
        "spreadsheet could take for a formula.",
        answer=bytes,
        media=("text/csv",),
    )
    def get(self, request: Request, client: str) -> Response:
        NoParameters.read(request)
        lines = Lines(["language", "text", "valence"])
        for row in words().order_by("language", "key").values("language", "text", "valence").iterator():
            lines.add(row)
        return Response(lines.take(), headers={"Content-Disposition": 'attachment; filename="lexicon.csv"'})

    @operation(
        id="lexicon_file_upload",
        tag="tuning",
        summary="Upload words",
        description="Adds a file's words to the draft and changes the valence of those that it has. Rows that cannot "
        "be read are named with their lines, and the others go in. Needs the role analyst.",
        body=WordFileSerializer,
        answer=BroughtSerializer,
        answered={
            "added": 39,
            "changed": 1,
            "same": 0,
            "removed": 0,
            "bad": 1,
            "problems": [
                {
                    "line": 7,
                    "code": "bad_valence",
                    "field": "valence",
                    "reason": "Must be a whole number from -5 to 5.",
                }
            ],
        },
        says={409: "The client would have more words than it can."},
    )
    def post(self, request: Request, client: str) -> Response:
        form = WordFileSerializer.read(request)
        if form["file"].size > MOST_BYTES:
            raise TooLarge(f"A file of words may have at most {MOST_BYTES:,} bytes.")
        try:
            good, bad = read_words(form["file"].read())
        except UnreadableFile as problem:
            raise ValidationFailed.of("/file", str(problem), code=problem.code) from None
        brought = bring_words(words=good, replace=form["replace"] == "true", now=timezone.now())
        counts = {name: getattr(brought, name) for name in ("added", "changed", "same", "removed")}
        audit(self, "lexicon.uploaded", **counts, bad=len(bad))
        return Response(BroughtSerializer.of({**counts, "bad": len(bad), "problems": bad[:1_000]}))


class LexiconPreview(ClientView):
    roles = least(POST="analyst")

    @operation(
        id="lexicon_preview",
        tag="tuning",
        summary="See what a word would change",
        description="Reads stored mentions that hold the word again, with the draft without it and with it, and counts "
        "where the label would be another. Changes nothing. Needs the role analyst.",
        body=NewWordSerializer,
        answer=LexiconPreviewSerializer,
        sent=_SENT,
        answered={
            "found": 120,
            "looked_at": 120,
            "containing": 118,
            "changed": 31,
            "share": {"value": 0.2627, "low": 0.1917, "high": 0.3487},
            "changes": [{"before": "negative", "after": "positive", "n": 31}],
            "examples": [{"mention": sample_id("men"), "before": "negative", "after": "positive"}],
        },
        says={409: "The engine cannot be loaded here, or the client cannot be written to now."},
    )
    def post(self, request: Request, client: str) -> Response:
        try:
            found = preview_word(**_given(NewWordSerializer.read(request)))
        except EngineUnavailable as problem:
            raise Conflict(f"The engine cannot be loaded: {problem}") from None
        same = ("found", "looked_at", "containing", "changed")
        share = found.share and dict(zip(("value", "low", "high"), (round(v, 4) for v in found.share), strict=True))
        return Response(
            LexiconPreviewSerializer.of(
                {
                    **{name: getattr(found, name) for name in same},
                    "share": share,
                    "changes": [
                        {"before": before or None, "after": after or None, "n": n}
                        for (before, after), n in found.changes
                    ],
                    "examples": [
                        {"mention": each.mention, "before": each.before or None, "after": each.after or None}
                        for each in found.examples
                    ],
                }
            )
        )


_PLACE = "clients/<str:client>"

client_urlpatterns = [
    path(f"{_PLACE}/lexicon_words", LexiconWords.as_view(), name="lexicon-words"),
    path(f"{_PLACE}/lexicon_words/<str:word>", OneLexiconWord.as_view(), name="lexicon-word"),
    path(f"{_PLACE}/lexicon_file", LexiconFile.as_view(), name="lexicon-file"),
    path(f"{_PLACE}/lexicon_previews", LexiconPreview.as_view(), name="lexicon-previews"),
]
