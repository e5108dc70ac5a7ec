"""Phrases that advertising and fraud use far more often than conversation does, by theme and language.

Kept few on purpose: a phrase is here only where few people would write it about a product they talk of. So `bitcoin`
alone is not here, and `free bitcoin` is. None of them decides by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analytics.listening.text import tokens

# In the order in which reasons are told.
PHRASES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "giveaway": {
        "en": ("giveaway", "follow and retweet to win", "like and share to win", "claim your prize", "you have won"),
        "de": ("gewinnspiel", "folgen und teilen", "jetzt gewinnen", "gewinn sichern"),
        "fr": ("jeu concours", "abonne toi et partage", "tentez de gagner", "réclamez votre prix"),
        "es": ("sorteo", "sigue y comparte", "reclama tu premio", "has ganado"),
        "pt": ("sorteio", "siga e compartilhe", "segue e partilha", "resgate seu prêmio"),
        "it": ("segui e condividi", "partecipa e vinci", "ritira il tuo premio"),
        "nl": ("winactie", "like en deel", "claim je prijs"),
        "tr": ("çekiliş", "takip et kazan", "ödülünü al"),
        "ru": ("розыгрыш", "подпишись и выиграй", "заберите приз"),
        "ar": ("تابع وشارك", "اربح معنا", "مبروك لقد ربحت"),
        "ja": ("フォロー&リツイートで", "プレゼントキャンペーン", "抽選で"),
        "zh": ("转发抽奖", "關注並轉發", "恭喜您中奖"),
        "ko": ("팔로우하고 리트윗", "추첨을 통해"),
        "hi": ("फॉलो और शेयर", "इनाम जीतें"),
        "th": ("กดติดตามและแชร์", "ลุ้นรับรางวัล"),
    },
    "crypto": {
        "en": ("free bitcoin", "100x gem", "next 100x", "airdrop is live", "free airdrop", "presale is live",
               "guaranteed profit", "forex signals",
               "crypto signals", "double your bitcoin", "join our telegram"),
        "de": ("gratis bitcoin", "garantierter gewinn", "krypto signale"),
        "fr": ("bitcoin gratuit", "profit garanti", "signaux crypto"),
        "es": ("bitcoin gratis", "ganancias garantizadas", "señales de trading"),
        "pt": ("bitcoin grátis", "lucro garantido", "sinais de trading"),
        "it": ("bitcoin gratis", "profitto garantito"),
        "tr": ("garantili kazanç", "kripto sinyal"),
        "ru": ("гарантированный доход", "бесплатный биткоин"),
        "ar": ("أرباح مضمونة", "توصيات فوركس"),
        "ja": ("必ず儲かる", "エアドロップ参加"),
        "zh": ("稳赚不赔", "领取空投"),
        "ko": ("수익 보장", "에어드랍 참여"),
    },
    "money": {
        "en": ("make money fast", "work from home and earn", "earn money online", "passive income", "easy loan",
               "no credit check", "limited time offer", "buy followers", "cheap followers"),
        "de": ("schnell geld verdienen", "geld verdienen von zuhause", "follower kaufen", "kredit ohne schufa"),
        "fr": ("gagner de l argent rapidement", "acheter des abonnés", "crédit rapide sans justificatif"),
        "es": ("gana dinero rápido", "gana dinero desde casa", "comprar seguidores", "préstamo rápido"),
        "pt": ("ganhe dinheiro rápido", "renda extra em casa", "comprar seguidores", "empréstimo rápido"),
        "it": ("guadagna da casa", "comprare follower", "prestito veloce"),
        "nl": ("snel geld verdienen", "volgers kopen"),
        "tr": ("evden para kazan", "takipçi satın al"),
        "ru": ("быстрый заработок", "заработок в интернете", "накрутка подписчиков"),
        "ar": ("اربح المال من المنزل", "زيادة متابعين"),
        "ja": ("簡単に稼げる", "副業で稼ぐ", "フォロワー購入"),
        "zh": ("日赚", "在家赚钱", "买粉丝"),
        "ko": ("재택 알바", "팔로워 구매"),
        "hi": ("घर बैठे कमाएं", "आसान लोन"),
        "th": ("รายได้เสริม", "ปั๊มฟอล"),
    },
    "adult": {
        "en": ("xxx videos", "onlyfans", "hot singles", "nudes in bio", "sex cam", "sexcam"),
        "de": ("sexkontakte", "heiße singles", "sexcam"),
        "fr": ("plan cul", "rencontre coquine"),
        "es": ("chicas calientes", "videollamada hot"),
        "pt": ("conteúdo adulto", "chamada quente"),
        "it": ("incontri hot",),
        "tr": ("escort bayan",),
        "ru": ("интим услуги", "секс знакомства"),
        "ja": ("裏垢女子", "パパ活募集"),
        "zh": ("约炮", "成人视频"),
        "ko": ("조건만남", "야동"),
    },
    "contact": {
        "en": ("link in bio", "dm for promo", "dm to order", "whatsapp me", "message me on whatsapp",
               "text me on telegram"),
        "de": ("link in der bio", "schreib mir auf whatsapp"),
        "fr": ("lien en bio", "écrivez moi sur whatsapp"),
        "es": ("link en la bio", "escríbeme al whatsapp"),
        "pt": ("link na bio", "chama no whatsapp"),
        "it": ("link in bio", "scrivimi su whatsapp"),
        "tr": ("link biyoda", "whatsapptan yazın"),
        "ru": ("ссылка в профиле", "пишите в телеграм"),
        "ar": ("الرابط في البايو", "تواصل واتساب"),
        "ja": ("詳しくはプロフへ", "line追加"),
        "zh": ("加微信", "私信我"),
        "ko": ("카톡 문의", "프로필 링크"),
    },
    "follow_back": {
        "en": ("follow back", "follow for follow", "follow4follow", "f4f", "gain followers", "sub4sub"),
        "es": ("sígueme y te sigo",),
        "pt": ("sigo de volta",),
        "tr": ("takibe takip", "gt yapılır"),
        "ar": ("فولو باك", "متابعة مقابل متابعة"),
        "ja": ("相互フォロー", "フォロバ100"),
        "ko": ("맞팔",),
    },
}  # fmt: skip
_LONGEST = 20


def _index() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for theme, languages in PHRASES.items():
        for phrase in (phrase for phrases in languages.values() for phrase in phrases):
            words = tuple(tokens(phrase))
            assert 1 <= len(words) <= _LONGEST
            if (words, theme) not in found.setdefault(words[0], []):
                found[words[0]].append((words, theme))
    return found


_BY_FIRST = _index()
_FIRSTS = frozenset(_BY_FIRST)


def themes(words: Sequence[str]) -> dict[str, int]:
    """How many phrases of each theme stand in a text, given its folded words in order. Linear in their number."""
    found: dict[str, int] = {}
    if _FIRSTS.isdisjoint(words):
        return found
    for place, word in enumerate(words):
        for phrase, theme in _BY_FIRST.get(word, ()):
            if tuple(words[place : place + len(phrase)]) == phrase:
                found[theme] = found.get(theme, 0) + 1
    return found
