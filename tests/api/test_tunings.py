"""Tunings and lexicons through the API: words, files, previews, versions, switching, and nobody else's readings."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.journey.correcting import correct_one
from analytics.language.contracts import Reading
from analytics.language.corrections.queue import draw_queue
from analytics.language.services import reader
from analytics.language.tuning.models import LexiconWord
from analytics.language.tuning.selectors import tuning_in_force, word_of
from analytics.language.tuning.wordfile import Word
from analytics.language.tuning.words import Brought, add_word, bring_words, change_word, remove_word
from analytics.listening.models import Query
from analytics.mentions.models import Mention
from kernel import db as schemas
from kernel.errors import NotFound
from kernel.queue.testing import drain
from tenants.models import AuditEvent
from tests.api.conftest import NOW, Api, Things, add_mention
from tests.cast import Cast
from tests.language.toy import Engines, ToyEngine, said


def upload(name: str, text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def test_words_are_added_changed_listed_and_removed(api: Api, place: str) -> None:
    writer, url = api("analyst"), f"{place}/lexicon_words"
    made = writer.post(url, {"language": "en", "text": "So SICK", "valence": 4})
    assert made.status_code == 201, made.content
    word = made.json()
    assert made["Location"] == f"{url}/{word['id']}"
    assert writer.post(url, {"language": "en", "text": "so sick", "valence": 1}).status_code == 409
    assert writer.post(url, {"language": None, "text": "so sick", "valence": 1}).status_code == 201
    nothing = writer.post(url, {"language": "en", "text": ":)", "valence": 1})
    assert nothing.status_code == 400
    assert nothing.json()["errors"][0]["code"] == "nothing_to_find"
    for wrong in ({"valence": 6}, {"valence": "3"}, {"language": "english"}, {"text": ""}, {"weight": 1}):
        body = {"language": "en", "text": "x", "valence": 1, **wrong}
        assert writer.post(url, body).status_code == 400, wrong

    changed = writer.patch(f"{url}/{word['id']}", {"valence": -2}).json()
    assert (changed["valence"], changed["text"], changed["language"]) == (-2, "So SICK", "en")
    assert writer.patch(f"{url}/{word['id']}", {"language": None}).status_code == 409
    assert [each["id"] for each in writer.get(url, {"language": "en"}).json()["data"]] == [word["id"]]
    assert len(writer.get(url).json()["data"]) == 2
    assert writer.delete(f"{url}/{word['id']}").status_code == 204
    assert writer.get(f"{url}/{word['id']}").status_code == 404


def test_a_file_goes_in_and_comes_out_as_it_went(api: Api, place: str) -> None:
    writer, url = api("analyst"), f"{place}/lexicon_file"

    def send(text: str, **more: str) -> Any:
        return writer.post(url, {"file": upload("w.csv", text), **more}, format="multipart")

    first = send("language,text,valence\nen,sick,4\n,🥖,3\nde,=SUMME(1),2\nen,bad,9\n").json()
    assert (first["added"], first["bad"]) == (3, 1)
    assert first["problems"] == [
        {"line": 5, "code": "bad_valence", "field": "valence", "reason": "Must be a whole number from -5 to 5."}
    ]
    answer = writer.get(url)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = answer.content.decode()
    assert "'=SUMME(1)" in text
    again = send(text).json()
    assert (again["added"], again["changed"], again["same"], again["removed"]) == (0, 0, 3, 0)
    less = send("language,text,valence\nen,sick,-4\n", replace="true").json()
    assert (less["added"], less["changed"], less["removed"]) == (0, 1, 2)
    assert send("text\nsick\n").json()["errors"][0]["code"] == "bad_header"


def test_many_words_are_changed_as_they_are_added(cast: Cast) -> None:
    """In as many statements, and none with a case for every word, which PostgreSQL plans in the square of their
    number."""

    def statements(*found: Word) -> list[str]:
        with CaptureQueriesContext(connection) as sent:
            told.append(bring_words(words=found, replace=False, now=NOW))
        return [query["sql"] for query in sent.captured_queries]

    def words(valence: int) -> list[Word]:
        return [Word(n, "en", f"word{n}", f"word{n}", valence) for n in range(6_000)]

    told: list[Brought] = []
    with schemas.enter(cast.client.schema_name):
        added = statements(*words(1))
        before = dict(LexiconWord.objects.values_list("key", "id"))
        changed = statements(*words(2), Word(1, "", "new", "new", 3))
        assert len(changed) <= len(added) + 1
        assert not [sql for sql in changed if "CASE WHEN" in sql]
        assert (told[-1].added, told[-1].changed, told[-1].same) == (1, 6_000, 0)
        assert set(LexiconWord.objects.exclude(key="new").values_list("valence", flat=True)) == {2}
        assert dict(LexiconWord.objects.exclude(key="new").values_list("key", "id")) == before


@pytest.fixture
def query(cast: Cast) -> Query:
    with schemas.enter(cast.client.schema_name):
        return Query.objects.create(name="Juniper", kind="brand", text="juniper")


def test_a_preview_counts_what_would_change_and_changes_nothing(
    api: Api, cast: Cast, place: str, query: Query, engines: Engines
) -> None:
    def rule(text: str) -> Reading:
        p = (0.9, 0.05, 0.05) if "leave" in text else (0.4, 0.3, 0.3)
        return Reading("und", 1.0, *p, "negative", False, "", "toy/1")

    engines(ToyEngine("toy/1", rule))
    texts = ("what a sick loaf this is", "SICK loaf, everybody!", "a loaf", "on sick-leave, no loaf", "krank und sick")
    with schemas.enter(cast.client.schema_name):
        ids = {
            text: str(add_mention(query, f"m{n}", text=text, language_hint="de" if "und" in text else "en").id)
            for n, text in enumerate(texts)
        }
        corrected = add_mention(query, "c", text="their sick loaf", language_hint="en")
        correct_one(by="usr_a", mention=str(corrected.id), labels={"sentiment": "negative"}, now=NOW)
        before = list(Mention.objects.order_by("id").values())
    sent = {"language": "en", "text": "sick", "valence": 3}
    found = api("analyst").post(f"{place}/lexicon_previews", sent).json()
    assert (found["found"], found["looked_at"], found["containing"], found["changed"]) == (4, 4, 3, 2)
    assert found["share"]["low"] < found["share"]["value"] == 0.6667 < found["share"]["high"]
    assert found["changes"] == [{"before": "negative", "after": "positive", "n": 2}]
    assert {each["mention"] for each in found["examples"]} == {ids[texts[0]], ids[texts[1]]}
    assert api("analyst").post(f"{place}/lexicon_previews", {**sent, "text": "nowhere"}).json() == {
        "found": 0, "looked_at": 0, "containing": 0, "changed": 0, "share": None, "changes": [], "examples": [],
    }  # fmt: skip
    with schemas.enter(cast.client.schema_name):
        assert list(Mention.objects.order_by("id").values()) == before


def test_a_calibration_is_fitted_judged_put_in_force_and_taken_back(
    api: Api, cast: Cast, place: str, query: Query, engines: Engines
) -> None:
    """The engine says neutral of a third and what people say of two thirds, so that most labels agree with it."""

    def rule(text: str) -> Any:
        number = int(text.split()[-1])
        return said("toy/1", sentiment="neutral" if number % 3 == 0 else "positive")

    engines(ToyEngine("toy/1", rule))
    with schemas.enter(cast.client.schema_name):
        for n in range(300):
            mention = add_mention(query, f"m{n}", text=f"loaf of a kind {n}", model_id="toy/1")
            label = "negative" if n % 3 == 0 else "positive"
            correct_one(by="usr_a", mention=str(mention.id), labels={"sentiment": label}, now=NOW)
        free = str(add_mention(query, "free", text="another loaf 999", sentiment="neutral", model_id="toy/1").id)
    boss, url = api("manager"), f"{place}/tunings"
    assert boss.post(url, {"calibration": "keep", "lexicon": "keep"}).status_code == 409
    asked = boss.post(url, {"calibration": "fit", "lexicon": "draft"})
    assert asked.status_code == 202, asked.content
    assert boss.post(url, {"calibration": "fit", "lexicon": "draft"}).status_code == 409, "one at a time"
    drain()
    job = boss.get(asked["Location"]).json()
    assert (job["state"], job["result"]["id"]) == ("succeeded", asked.json()["id"])
    made = boss.get(job["result"]["href"]).json()
    assert (made["outcome"], made["in_force"], made["engine"], made["number"]) == ("better", True, "toy/1", 1)
    figures = made["figures"]
    assert (figures["basis"], figures["fit_labels"] + figures["held_out_labels"]) == ("all", 300)
    assert figures["calibration"]["log_loss_interval"]["low"] > 0
    assert figures["calibration"]["before"]["macro_f1"] < figures["calibration"]["after"]["macro_f1"]
    assert made["calibration"]["bias"]["negative"] > made["calibration"]["bias"]["neutral"]

    def read() -> Any:
        return boss.get(f"{place}/mentions/{free}").json()["sentiment"]

    assert (read()["label"], read()["model"]) == ("negative", "toy/1+t1"), "history was read again"
    assert boss.get(f"{place}/tuning").json()["rescoring"] == {"model": "toy/1+t1", "outdated": 0}

    accuracy = f"{place}/label_accuracy"
    assert "fitted to" in boss.get(accuracy).json()["warning"], "it is judged by what it was fitted to"
    assert "fitted to" not in boss.get(accuracy, {"field": "irony"}).json()["warning"]

    # Nothing better is found on the same labels, and what is in force stays.
    boss.post(url, {"calibration": "fit", "lexicon": "keep"})
    drain()
    second = boss.get(url).json()["data"][0]
    assert (second["number"], second["outcome"], second["in_force"]) == (2, "not_better", False)

    off_now = boss.put(f"{place}/tuning", {"tuning": None}).json()
    assert (off_now["tuning"], off_now["rescoring"]["model"]) == (None, "toy/1")
    drain()
    assert (read()["label"], read()["model"]) == ("neutral", "toy/1")
    assert "fitted to" not in boss.get(accuracy).json()["warning"]
    assert boss.put(f"{place}/tuning", {"tuning": made["id"]}).json()["tuning"]["id"] == made["id"]
    drain()
    assert read()["label"] == "negative"

    with schemas.enter(cast.second_client.schema_name):
        assert tuning_in_force() is None
        assert reader().model_id == "toy/1", "another client reads as if nothing had been"
    with schemas.enter(cast.client.schema_name):
        assert reader().model_id == "toy/1+t1"
    with schemas.public():
        said_so = AuditEvent.objects.filter(action__startswith="tuning.").values_list("action", "client_id_text")
        assert set(said_so) == {("tuning.requested", cast.client.id), ("tuning.switched", cast.client.id)}


def test_what_was_corrected_before_a_queue_was_drawn_is_no_random_sample(
    api: Api, cast: Cast, place: str, query: Query, engines: Engines
) -> None:
    """People looked for mistakes, half of the mentions. Whoever draws all of them at random finds those labels in the
    draw; only who goes through the rest as well knows how often the engine is wrong."""

    def rule(text: str) -> Any:
        return said("toy/1", sentiment="neutral" if int(text.split()[-1]) % 3 == 0 else "positive")

    def label(right: bool) -> None:
        for n, mention in enumerate(ids):
            if n % 2 == right:
                engine, mistaken = ("neutral", "negative") if n % 3 == 0 else ("positive", "neutral")
                labels = {"sentiment": engine if right else mistaken}
                correct_one(by="usr_a", mention=mention, labels=labels, now=NOW)

    def outcome() -> tuple[str, str]:
        boss.post(f"{place}/tunings", {"calibration": "fit", "lexicon": "none"})
        drain()
        made = boss.get(f"{place}/tunings").json()["data"][0]
        return made["outcome"], made["figures"]["basis"]

    engines(ToyEngine("toy/1", rule))
    boss = api("manager")
    with schemas.enter(cast.client.schema_name):
        ids = [str(add_mention(query, f"m{n}", text=f"a loaf {n}", model_id="toy/1").id) for n in range(400)]
        label(right=False)
        mix = {"uncertain": 0.0, "influential": 0.0, "random": 1.0}
        draw_queue(by="usr_a", size=400, mix=mix, query=None, language="", seed=1, now=NOW)
    assert outcome() == ("against_the_engine", "all")
    with schemas.enter(cast.client.schema_name):
        label(right=True)
    assert outcome()[1] == "random"


def test_too_few_labels_leave_all_as_it_is_and_a_lexicon_goes_in_alone(
    api: Api, cast: Cast, place: str, query: Query, engines: Engines
) -> None:
    engines(ToyEngine("toy/1", lambda _: said("toy/1", sentiment="negative")))
    with schemas.enter(cast.client.schema_name):
        mention = add_mention(query, "m", text="a sick loaf", sentiment="negative", model_id="toy/1")
    boss, url = api("manager"), f"{place}/tunings"
    boss.post(url, {"calibration": "fit", "lexicon": "draft"})
    drain()
    first = boss.get(url).json()["data"][0]
    assert (first["outcome"], first["in_force"], first["calibration"]) == ("too_few_labels", False, None)
    for text in ("sick", "loaf"):
        boss.post(f"{place}/lexicon_words", {"language": None, "text": text, "valence": 5})
    assert boss.get(f"{place}/tuning").json()["draft_differs"] is True
    boss.post(url, {"calibration": "none", "lexicon": "draft"})
    drain()
    now = boss.get(f"{place}/tuning").json()
    assert (now["tuning"]["number"], now["tuning"]["words"], now["draft_differs"]) == (2, 2, False)
    shown = boss.get(f"{place}/mentions/{mention.id}").json()["sentiment"]
    assert shown["model"] == "toy/1+t2"
    assert shown["positive"] > 0.1 > 1 - 0.8 - shown["negative"]


def test_a_list_of_versions_reads_no_lexicons(api: Api, cast: Cast, place: str, things: Things) -> None:
    with CaptureQueriesContext(connection) as sent:
        (version,) = api("viewer").get(f"{place}/tunings").json()["data"]
    assert version["words"] == 1
    assert not any('"lexicon"' in each["sql"].replace('JSONB_ARRAY_LENGTH("tuning_tuningversion"."lexicon")', "")
                   for each in sent)  # fmt: skip


def test_only_what_exists_here_can_be_put_in_force(api: Api, cast: Cast, place: str, things: Things) -> None:
    boss = api("manager")
    unknown = boss.put(f"{place}/tuning", {"tuning": "tun_" + "0" * 32})
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (400, "unknown_tuning")
    foreign = boss.put(f"/api/v1/clients/{cast.second_client.id}/tuning", {"tuning": things["tuning"]})
    assert (foreign.status_code, foreign.json()["errors"]) == (400, unknown.json()["errors"])
    assert boss.put(f"{place}/tuning", {"tuning": things["tuning"]}).status_code == 200
    assert boss.put(f"{place}/tuning", {}).status_code == 400


def test_two_who_change_a_word_at_once_both_have_it_changed(cast: Cast) -> None:
    with schemas.enter(cast.client.schema_name):
        made = add_word(language="en", text="sick", valence=4, now=NOW)
        first, second, third = (word_of(made.id) for _ in range(3))
        change_word(word=first, changes={"valence": -2}, now=NOW)
        changed = change_word(word=second, changes={"text": "SICK day"}, now=NOW)
        assert (changed.valence, changed.key) == (-2, "sick day")
        assert (word_of(made.id).valence, word_of(made.id).text) == (-2, "SICK day")
        remove_word(word=first)
        with pytest.raises(NotFound):
            change_word(word=third, changes={"valence": 1}, now=NOW)
