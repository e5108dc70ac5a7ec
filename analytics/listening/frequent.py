"""Words that stand in most texts of a language: alone they find everything.

The commonest function words of sixteen languages, as frequency lists of subtitles and news agree on them (OpenSubtitles
word lists; Leipzig Corpora Collection), folded as the matcher folds them.
"""

from __future__ import annotations

from analytics.listening.text import scan

_WORDS = """
the of and to in is it you that for on with this are was be have at or from not by but what all can an as we my me so
de la le les et des un une du en est pour que qui dans sur pas avec ce il elle je vous nous au ne se
der die das und ist nicht ein eine ich zu den mit von auf im es sie für auch an wir so dem als aus
el los las que en y del se por con para una no es lo su al más me si como pero
o os as do da em um uma não para com por mais na no se como mas eu você
il di che e la per un in una non con del si da sono della mi le lo ma ho
de het een van en is dat niet op te zijn met voor die ik je maar aan er
i w na z nie do się to że jest o jak ale za po od co
ve bir bu için da de ne çok ben o ile var mi ama
och att det som en på är av för med den till inte jag
и в не на что я с он как это по но все так за от
و في من على ان لا ما هذا الى مع
में है की के और से को का एक यह
yang dan di itu ini dengan untuk tidak ada ke dari
の に は を た が で て と し れ さ い る も な か
的 了 是 我 不 在 人 有 这 一
rt http https www com via amp
"""

FREQUENT: frozenset[str] = frozenset(word for line in _WORDS.split() for word in scan(line).words)


def is_frequent(word: str) -> bool:
    """Whether a folded word, alone, says next to nothing about what a post is about: one of FREQUENT, a single letter
    or digit, or a single character of kana or Han."""
    return word in FREQUENT or (len(word) == 1 and word.isalnum())
