"""What the card says in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SetText:
    """A set's words on the card; `slug` is the `dataset` of its rows."""

    slug: str
    name: str
    licence: str
    source: str
    use: str
    attribution: str = ""


SUMMARY: Final = (
    "Sentiment, emotions and irony of short public posts. Runs anywhere, without torch, and abstains where it was not "
    "shown to manage."
)
INTENDED: Final = (
    "counting how short public posts about brands, products and places are meant, over many posts",
    "a first reading that people check and correct where single posts matter",
)
NOT_FOR: Final = (
    "decisions about single persons",
    "medical, legal or hiring questions",
    "languages that it does not claim",
)
ARCHITECTURE: Final = (
    "linear over hashed words, word pairs and character n-grams (2^20 rows), one column per class, each head trained "
    "apart, several runs averaged; for sentiment, gated convolutions over the words in their order (Dauphin et al., "
    "2017) add to the scores; int8. Words for who somebody is (name, gender, religion, orientation, nationality, race) "
    "are passed over in learning and reading."
)
UNSUPPORTED: Final = (
    "Every other language: no sentiment (unsupported_language), emotions or irony. Where the language cannot be told, "
    "sentiment only at a probability of 0.6 and more, nothing else. Hindi in Latin letters, and texts that mix it with "
    "English, are unsupported."
)
SENTIMENT_CALIBRATION: Final = (
    "bias and temperature by language (Guo et al., 2017) as if the three classes were equally frequent; the diagram's "
    "texts are drawn so"
)
EMOTION_CALIBRATION: Final = (
    "a logistic curve by emotion and language (Platt, 1999), held near that of all languages; as frequent as in the "
    "sets; anticipation, which nobody labelled, as if 14 of 100 posts showed it (Mohammad et al., 2018)"
)
IRONY_CALIBRATION: Final = (
    "a logistic curve by language (Platt, 1999), as if ironic and plain posts were equally frequent"
)
ABSTENTION: Final = (
    "by language the highest threshold that keeps 90 % of the balanced calibration rows, at most one half"
)
SENTIMENT_NOTE: Final = (
    "language given; in the metrics every text is answered, the last column of a table counts those that the engine "
    "is silent about (in a language it does not claim, those it would be); sets of two classes are scored between "
    "these; French and Italian are claimed on the word of UMSAB's validation posts alone; "
    "UMSAB without Hindi, whose validation labels do not belong to their texts"
)
EMOTION_NOTE: Final = (
    "language given; macro-F1 over the emotions that a set annotates and at least 20 of its texts show. Trust is not "
    "told; anticipation is told in English only, from markers of hope, without any score of its own beside TweetEval's "
    "optimism."
)
IRONY_NOTE: Final = (
    "language given. The best linear model that clean data gave is hardly better than guessing in English: a share of "
    "ironic posts is worth looking at, a single English post's probability is not. Labelled ironic posts of many "
    "authors under a licence that allows shipping weights would close the gap; 867 English and 745 Arabic ones are all "
    "there was."
)
SENTIMENT_FAILURES: Final = (
    "Sarcasm is read literally: 'Great, another delay' tends to positive.",
    "Complaints told as plain facts ('waiting for two hours now') tend to neutral.",
    "Negation far from what it negates, comparisons ('better than X') and mixed feelings.",
    "One score for a whole post: who or what is praised is not told apart.",
    "French, Italian and Spanish had no labelled neutral posts; theirs are translated word by word.",
    "Questions about products count as positive in the Thai data, and so may here.",
    "Labels derived from emotions (BRIGHTER, XED) are a mapping, not a judgement of sentiment.",
    "Calibrated to equally frequent classes: where most posts are neutral, neutral is under-estimated.",
)
EMOTION_FAILURES: Final = (
    "Optimism in the sense of sayings and prayers (TweetEval) is mostly missed.",
    "English was learned from Reddit and film subtitles: tweets' hashtags and slang are known less well.",
    "An emotion that is quoted, denied or wished upon somebody counts as shown.",
)
IRONY_FAILURES: Final = (
    "Irony that needs to know the world, or the author, is missed.",
    "Praise for something that sounds unpleasant, but is liked, counts as ironic.",
    "Where few posts are ironic, most of those called ironic are not.",
)
FAILURES: Final = (
    "Languages typed in foreign letters: language unknown, readings unreliable.",
    "Finnish, Dutch, Polish, Turkish and others are known from subtitle lines only: no held-out score, so it abstains.",
    "Twi, Tsonga, Tigrinya, Sundanese and Makhuwa are read only where the source names the language.",
)
SETS: Final = (
    SetText(
        "afrisenti",
        "AfriSenti (SemEval 2023 task 12)",
        "CC-BY-4.0",
        "https://github.com/afrisenti-semeval/afrisent-semeval-2023",
        "sentiment; train and dev splits; test held out",
        "Muhammad et al., EMNLP 2023",
    ),
    SetText(
        "brighter",
        "BRIGHTER emotion categories (SemEval 2025 task 11, track A)",
        "CC-BY-4.0",
        "https://github.com/emotion-analysis-project/SemEval2025-Task11",
        "emotion; sentiment: joy alone positive, only anger/disgust/fear/sadness negative, none neutral, mixed left "
        "out; test held out",
        "Muhammad et al., ACL 2025",
    ),
    SetText(
        "goemotions",
        "GoEmotions, grouped and Ekman labels",
        "Apache-2.0",
        "https://github.com/monologg/GoEmotions-pytorch",
        "sentiment, emotion, and irony where a comment ends in /s; train and dev; test held out",
        "Demszky et al., ACL 2020",
    ),
    SetText(
        "smsa",
        "SmSA (IndoNLU)",
        "Apache-2.0",
        "https://github.com/IndoNLP/indonlu",
        "sentiment; train and valid; test held out; one catalogue lists the set as CC-BY-SA-4.0",
        "Purwarianti and Crisdayanti, ICAICTA 2019; Wilie et al., AACL 2020",
    ),
    SetText(
        "nsmc",
        "NSMC, a stratified sample",
        "CC0-1.0",
        "https://github.com/e9t/nsmc",
        "sentiment; ratings 1-4 negative, 9-10 positive, 5-8 left out; two classes only; a tenth held out",
    ),
    SetText(
        "potts",
        "PotTS",
        "MIT",
        "https://github.com/WladimirSidorenko/PotTS",
        "sentiment; tokeniser's blanks undone, mixed and repeated tweets left out; a tenth held out",
        "Copyright (c) 2015 Uladzimir Sidarenka; Sidarenka, LREC 2016",
    ),
    SetText(
        "german_robot_talk",
        "german-sentiment, robot talk",
        "MIT",
        "https://github.com/oliverguhr/german-sentiment",
        "sentiment; weight 0.3; never held out (near duplicates)",
        "Copyright (c) 2019 Oliver Guhr; Guhr et al., LREC 2020",
    ),
    SetText(
        "wisesight",
        "Wisesight sentiment",
        "CC0-1.0",
        "https://github.com/PyThaiNLP/wisesight-sentiment",
        "sentiment; a tenth held out",
    ),
    SetText(
        "arabic_emoji_tweets",
        "Arabic emoji tweets",
        "Apache-2.0",
        "https://github.com/motazsaad/arabic-sentiment-analysis",
        "sentiment; labels given by emoji, which are stripped; two classes only; weight 0.2; never held out",
    ),
    SetText(
        "xed",
        "XED, annotated and projected",
        "CC-BY-4.0",
        "https://github.com/Helsinki-NLP/XED",
        "emotion without anticipation and trust; sentiment: joy/trust positive, anger/disgust/fear/sadness negative, "
        "weight 0.5; never held out (lines repeat)",
        "Öhman et al., COLING 2020",
    ),
    SetText(
        "isarcasmeval",
        "iSarcasmEval (SemEval 2022 task 6), training files",
        "MIT",
        "https://github.com/iabufarha/iSarcasmEval",
        "irony; a tenth held out, another to calibrate",
        "Abu Farha et al., SemEval 2022",
    ),
    SetText(
        "afinn",
        "AFINN word lists in seven languages",
        "Apache-2.0",
        "https://github.com/fnielsen/afinn",
        "sentiment; words that score 1.5 and more either way; weight 0.3",
        "Nielsen, 2011",
    ),
    SetText(
        "vader",
        "VADER lexicon and emoji names",
        "MIT",
        "https://github.com/cjhutto/vaderSentiment",
        "sentiment: words that score 1.5 and more either way, weight 0.3; emotion: emoji by their names",
        "Hutto and Gilbert, ICWSM 2014",
    ),
    SetText(
        "vader_fr",
        "VADER lexicon in French",
        "MIT",
        "https://github.com/thomas7lieues/vader_FR",
        "sentiment; words that score 1.5 and more either way; weight 0.3",
    ),
    *(
        SetText(
            f"tr-{slug}",
            f"{name}, translated word by word",
            licence,
            source,
            "sentiment in ar de en es fr it pt; by dictionaries learned from XED's subtitle lines, aligned over "
            "languages (IBM Model 1, Brown et al., 1993); weight 0.9",
            attribution,
        )
        for slug, name, licence, source, attribution in (
            (
                "afrisenti",
                "AfriSenti",
                "CC-BY-4.0",
                "https://github.com/afrisenti-semeval/afrisent-semeval-2023",
                "as above",
            ),
            (
                "brighter",
                "BRIGHTER",
                "CC-BY-4.0",
                "https://github.com/emotion-analysis-project/SemEval2025-Task11",
                "as above",
            ),
            ("goemotions", "GoEmotions", "Apache-2.0", "https://github.com/monologg/GoEmotions-pytorch", "as above"),
            ("potts", "PotTS", "MIT", "https://github.com/WladimirSidorenko/PotTS", "as above"),
            ("xed", "XED, neutral lines", "CC-BY-4.0", "https://github.com/Helsinki-NLP/XED", "as above"),
        )
    ),
    SetText(
        "cues",
        "words, phrases and parts of ironic posts, our own",
        "Apache-2.0",
        "analytics/language/compact/cues",
        "emotion and irony, English",
    ),
)
