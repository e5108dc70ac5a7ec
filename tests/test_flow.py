"""The map of the house: one post, walked from a file to a client's PDF.

Everything is real: HTTP, a worker process, PostgreSQL, the language model, the typesetter. Read it from top to bottom
to see which room a post passes, and look into that room's own tests for the rest.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from pypdf import PdfReader

from tests.e2e.stack import Stack, standing

HANDLE = "rosa_example"
TEXT = "I love Juniper Bakery, the best cinnamon buns ever! Write to rosa@example.com #juniperbakery"
LAST_DAY = date(2026, 3, 31)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with standing(tmp_path_factory.mktemp("home")) as started:
        yield started


def posts_file() -> bytes:
    """The post we follow, an answer to it, and 60 days of others around them."""
    rows = [
        ["our-post", "2026-03-30T09:15:00+01:00", HANDLE, "900", TEXT, "", "41"],
        ["an-answer", "2026-03-30T10:00:00Z", "piet_example", "12", f"@{HANDLE} so true", "our-post", "1"],
        ["a-stranger", "2026-03-30T11:00:00Z", "lone_example", "3", "rain again today", "", "0"],
        ["unreadable", "last Tuesday", "lone_example", "3", "Juniper Bakery", "", "0"],
    ]
    dice, people = Random(5), [f"guest{number}_example" for number in range(25)]
    texts = ["Juniper Bakery was lovely", "Juniper Bakery was awful, never again", "Off to Juniper Bakery", "Rye & Co"]
    for back in range(60):
        day = LAST_DAY - timedelta(days=back)
        for number in range(3 + dice.randrange(4)):
            author, other = dice.sample(people, 2)
            text = f"{dice.choice(texts)}, said @{other}. ({back}-{number})"
            rows.append([f"p{back}-{number}", f"{day}T{dice.randrange(7, 22):02}:20:00Z", author, "50", text, "", "2"])
    out = io.StringIO()
    csv.writer(out).writerows([["id", "created_at", "author_handle", "followers", "text", "reply_to", "likes"], *rows])
    return out.getvalue().encode()


def test_one_post_from_a_file_to_a_pdf(stack: Stack, tmp_path: Path) -> None:
    api = stack.api

    # tenants: the agency opens an account for a client, which becomes a schema of its own, and gives it a brand.
    client = api.post("/clients", json={"name": "Juniper", "locale": "en-GB", "time_zone": "Europe/London"}).json()[
        "id"
    ]
    place = f"/clients/{client}"
    assert api.patch(f"{place}/branding", json={"name": "Northlight", "primary": "#224466"}).status_code == 200

    # listening: what the client wants to hear about.
    queries = {
        kind: api.post(f"{place}/queries", json={"name": kind, "kind": kind, "text": text}).json()["id"]
        for kind, text in (("brand", '"juniper bakery" OR #juniperbakery OR "so true"'), ("competitor", '"rye & co"'))
    }

    # sources: a file comes in; the worker reads it, and says which of its rows it could not read.
    upload = api.post(
        f"{place}/imports", files={"file": ("posts.csv", posts_file(), "text/csv")}, data={"source": "web"}
    )
    assert upload.status_code == 202
    stack.wait_for(client, upload.json()["job"])
    outcome = api.get(f"{place}/imports/{upload.json()['id']}").json()
    assert (outcome["bad"], outcome["unmatched"]) == (1, 1)
    assert outcome["stored"] == outcome["rows"] - 2
    (problem,) = api.get(f"{place}/imports/{outcome['id']}/problems").json()["data"]
    assert (problem["line"], problem["field"]) == (5, "created_at")

    # mentions: our post is there, found by its words, and it says which query matched it and where.
    (post,) = api.get(f"{place}/mentions", params={"search": '"cinnamon buns"'}).json()["data"]
    assert post["posted_at"] == "2026-03-30T08:15:00Z"
    (match,) = post["matches"]
    assert match["query"] == queries["brand"]
    assert {post["text"][span["start"] : span["end"]] for span in match["spans"]} == {
        "Juniper Bakery",
        "#juniperbakery",
    }

    # privacy: nobody is named, anywhere.
    assert "rosa" not in str(post)
    assert "[email]" in post["text"]
    (answer,) = api.get(f"{place}/mentions", params={"search": '"so true"'}).json()["data"]
    assert post["author"]["label"] in answer["text"]
    assert answer["thread"] == post["thread"]

    # language: it was understood, and says by which model.
    assert (post["language"], post["sentiment"]["label"]) == ("en", "positive")
    assert post["sentiment"]["model"]

    # insights: it is counted, once.
    summary = api.get(f"{place}/insights/summary", params={"start": "2026-03-30", "end": "2026-03-30"}).json()
    brand = next(row for row in summary["queries"] if row["query"] == queries["brand"])
    listed = api.get(f"{place}/mentions", params={"query": queries["brand"], "since": "2026-03-29T23:00:00Z",
                                                  "until": "2026-03-30T23:00:00Z"}).json()["data"]  # fmt: skip
    assert brand["mentions"] == len(listed)
    assert brand["net_sentiment"]["n"] == sum(row["sentiment"]["label"] is not None for row in listed)

    # influence and foresight: drawn and forecast by the worker, each with its interval.
    drawn = api.post(f"{place}/influence/maps", json={"start": "2026-02-01", "end": "2026-03-31"}).json()["id"]
    forecast = api.post(f"{place}/forecasts", json={"horizon": 7}).json()["id"]
    stack.wait_for(client, drawn)
    stack.wait_for(client, forecast)
    scores = api.get(f"{place}/influence/maps/latest").json()["scores"]
    assert scores[0]["rank_low"] <= scores[0]["rank"] <= scores[0]["rank_high"]
    made = api.get(f"{place}/forecasts", params={"query": queries["brand"], "measure": "volume"}).json()["data"]
    ahead = next(one for one in made if one["horizon"] == 7)  # the daily schedule may have made others
    assert [point["day"] for point in ahead["points"]] == [f"2026-04-0{day}" for day in range(1, 8)]
    assert all(point["low_95"] <= point["mean"] <= point["high_95"] for point in ahead["points"])

    # reports: the client's PDF, under the agency's brand, with our post in it and nobody's name.
    report = api.post(f"{place}/reports", json={"start": "2026-03-01", "end": "2026-03-31"}).json()
    stack.wait_for(client, report["job"])
    pdf = api.get(f"{place}/reports/{report['id']}/file")
    assert pdf.headers["content-type"] == "application/pdf"
    (tmp_path / "report.pdf").write_bytes(pdf.content)
    printed = "\n".join(page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages)
    assert "cinnamon buns" in printed
    assert "Northlight" in printed
    for secret in ("rosa", "_example", "Earshot"):
        assert secret not in printed

    # kernel: and the logs of all this name nobody either.
    assert HANDLE not in stack.log.read_text()


def test_the_same_file_again_adds_nothing(stack: Stack) -> None:
    client = stack.api.post("/clients", json={"name": "Twice", "locale": "en-GB", "time_zone": "UTC"}).json()["id"]
    place = f"/clients/{client}"
    stack.api.post(f"{place}/queries", json={"name": "b", "kind": "brand", "text": "juniper"})
    outcomes = []
    for _ in range(2):
        made = stack.api.post(f"{place}/imports", files={"file": ("posts.csv", posts_file())}).json()
        stack.wait_for(client, made["job"])
        outcomes.append(stack.api.get(f"{place}/imports/{made['id']}").json())
        summary = stack.api.get(f"{place}/insights/summary").json()
        outcomes[-1]["counted"] = summary["queries"][0]["mentions"]
    assert outcomes[1]["stored"] == 0
    assert outcomes[1]["known"] == outcomes[0]["stored"]
    assert outcomes[1]["counted"] == outcomes[0]["counted"]
