"""No post that a model is measured with may be one that it learned from.

Where the data sets are at hand (EARSHOT_DATA names the folder), every training row is compared with every evaluation
post. Everywhere, with what is shipped: hashes of the evaluation posts, which the readers of training rows leave out.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import pytest

from analytics.language.compact import rows
from analytics.language.compact.emotion_rows import read_emotion_rows
from analytics.language.compact.irony_rows import read_irony_rows
from analytics.language.compact.keys import evaluation_keys, hash_of, is_evaluated, write
from analytics.language.compact.rows import read_rows
from tests.language.dataset import data_folder

_LINK = re.compile(r"https?://\S+|www\.\S+")
_ACCOUNT = re.compile(r"@\w+")
_PUNCTUATION = re.compile(r"[^\w\s]|_")
SEED: Final = 7
# Too little to be the same post: "thank you" is written by everybody.
LEAST_LETTERS: Final = 12


def folded(text: str) -> str:
    """Entities decoded, lower case, links and users masked, white space folded."""
    text = html.unescape(html.unescape(text)).lower()
    return " ".join(_ACCOUNT.sub("@user", _LINK.sub("http", text)).split())


def without_punctuation(text: str) -> str:
    """Of texts of five words or more; others as they are."""
    plain = folded(text)
    return " ".join(_PUNCTUATION.sub(" ", plain).split()) if len(plain.split()) >= 5 else plain


def without_blanks(text: str) -> str:
    return re.sub(r"[\W_]+", "", folded(text))


KEYS: Final[tuple[Callable[[str], str], ...]] = (folded, without_punctuation, without_blanks)


def lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def evaluation_posts(data: Path) -> list[str]:
    files = [
        *sorted((data / "dev" / "umsab").glob("*_text.txt")),
        *sorted((data / "dev" / "tweeteval").glob("*_text.txt")),
    ]
    assert len(files) == 10
    return [line for path in files for line in lines(path)]


def leaked(learned: Iterable[str], held_out: Iterable[str]) -> list[str]:
    """Texts of `learned` that one of the keys finds among `held_out`."""
    held = list(held_out)
    known = [{key(text) for text in held if len(without_blanks(text)) >= LEAST_LETTERS} for key in KEYS]
    return [text for text in learned if any(key(text) in there for key, there in zip(KEYS, known, strict=True))]


def test_the_keys_find_a_post_in_any_dress() -> None:
    post = "RT @someone: I can't believe it &amp; neither can you! https://a.example/1"
    for dress in (
        "rt @other: i can't  believe it & neither can you! https://b.example/2",
        "RT @x I cant believe it & neither can you http".replace("cant", "can't"),
        "rt @x : I can ' t believe it & neither can you ! http://c.example",
    ):
        assert leaked([dress], [post]), dress
    assert not leaked(["I can believe it and so can you, friend"], [post])
    assert not leaked(["Thank you!"], ["thank you"])


def test_hashes_of_the_evaluation_posts_are_shipped_and_no_text() -> None:
    assert len(evaluation_keys()) > 3_000
    assert all(0 <= key < 2**64 for key in evaluation_keys())


def test_readers_leave_out_what_is_measured_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One and the same post in a training file of each head, known to be measured with."""
    secret = "This very post is what models are measured with"
    other = "Another post that nobody has measured anything with"
    write([secret], tmp_path / "keys.npz")
    monkeypatch.setattr("analytics.language.compact.keys.STORED", tmp_path / "keys.npz")
    evaluation_keys.cache_clear()
    try:
        assert is_evaluated(secret.upper() + " !!")
        assert not is_evaluated(other)
        root = tmp_path / "train"
        (root / "goemotions").mkdir(parents=True)
        for name in ("ekman", "group"):
            for split in ("train", "dev", "test"):
                content = f"{secret}\t2\ta\n{other}\t2\tb\n" if split == "train" else f"something else\t2\t{split}\n"
                (root / "goemotions" / f"{name}_{split}.tsv").write_text(content, encoding="utf-8")
        (root / "goemotions" / "ekman_labels.txt").write_text(
            "anger\ndisgust\nfear\njoy\nneutral\nsadness\nsurprise\n", encoding="utf-8"
        )
        monkeypatch.setattr(rows, "_READERS", (rows._goemotions,))
        texts = [row.text for row in read_rows(tmp_path)]
        assert other in texts
        assert secret not in texts
    finally:
        evaluation_keys.cache_clear()


@pytest.mark.slow
def test_no_training_row_is_an_evaluation_post() -> None:
    data = data_folder()
    posts = evaluation_posts(data)
    shipped = evaluation_keys()
    unknown = [post for post in posts if hash_of(post) not in shipped and len(_ACCOUNT.sub("", post).strip()) > 1]
    assert [post for post in unknown if without_blanks(post)] == []
    heads = {
        "sentiment": [(row.text, row.part) for row in read_rows(data)],
        "emotions": [(row.text, row.part) for row in read_emotion_rows(data)],
        "irony": [(row.text, row.part) for row in read_irony_rows(data, seed=SEED)],
    }
    for name, pairs in heads.items():
        learned = [text for text, part in pairs if part != "test"]
        assert len(learned) > 3_000, name
        assert leaked(learned, posts) == [], name
        assert leaked(learned, [text for text, part in pairs if part == "test"]) == [], name
