"""German."""

from __future__ import annotations

from typing import Final

from analytics.language.intents.rules import Row, Rules, build

_SERVICE: Final = (
    "service kundenservice kundendienst hotline support lieferung lieferungen bestellung zustellung paket "
    "bedienung kellner personal mitarbeiter produkt produkte app webseite website buchung hotel zimmer "
    "restaurant essen kaffee filiale laden firma bank airline flug zug bahn garantie update abo tarif vertrag "
    "netz internet router gebühren"
)
_ANY: Final = "|".join(_SERVICE.split())
_SOLD: Final = (
    "kundenservice kundendienst hotline lieferung zustellung bestellung bedienung produkt webseite "
    "buchung airline filiale abo tarif"
)
_MONEY: Final = (
    "geld preis preise kunde kunden bezahlt bezahlen händler gerät handy ladekabel laptop karte konto  "
    "ticket bus s-bahn internetverbindung"
)

_ROWS: Final[tuple[Row, ...]] = (
    # complaint
    ("complaint", 0.8, "negative", "geld erstattung rückerstattung", r"\bgeld zurück\b|\b(?:rück)?erstattung\b"),
    ("complaint", 0.85, "", "geldverschwendung abzocke abgezockt wucher abzocker", ""),
    (
        "complaint", 0.8, "negative",
        "warte warten gewartet wartet",
        r"\bwart(?:e|en|et) (?:\w+ )*(?:seit|schon|noch)\b|"
        r"\b(?:stunden?|tage?n?|wochen?|minuten|monate?n?) (?:lang )?(?:ge)?wart",
    ),
    (
        "complaint", 0.8, "negative",
        "warteschleife hotline",
        r"\bwarteschleife\b|\bhotline (?:\w+ ){0,3}(?:nicht|niemand|keiner)",
    ),
    (
        "complaint", 0.8, "",
        "angekommen geliefert antwort reagiert antwortet gemeldet erreichbar erhalten",
        r"\b(?:nicht|nie|nichts|keine|niemand|keiner|immer noch nicht) (?:\w+ ){0,2}(?:angekommen|geliefert|"
        r"antwort|reagiert|antwortet|gemeldet|erreichbar|erhalten)\b",
    ),
    (
        "complaint", 0.75, "negative",
        "funktioniert funktionieren klappt",
        r"\b(?:funktionier(?:t|en)|klappt) (?:\w+ ){0,3}(?:nicht|nie|gar nix|nix)\b|\b(?:nicht|"
        r"nie|nix|nichts) (?:mehr )?(?:funktionier|klappt)",
    ),
    ("complaint", 0.7, "negative", "kaputt defekt beschädigt abgestürzt abstürzt überlastet", ""),
    (
        "complaint", 0.85, "",
        "schlechter schlechte schlechtes schlechtester schlechteste mieser miese mieses miserabel "
        "miserabler katastrophal katastrophaler unverschämter schrecklicher grottiger",
        rf"\b(?:schlecht(?:e|er|es|ester|este|esten)|mies(?:e|er|es)|miserabl(?:e|er)|katastrophal(?:e|er)|"
        rf"unverschämter|schrecklicher|grottiger) (?:\w+ )?(?:{_ANY}|qualität|erfahrung|kommunikation)\b|"
        rf"\b(?:{_ANY}|qualität) (?:\w+ ){{0,3}}(?:katastrophal|miserabel)\b",
    ),
    (
        "complaint", 0.75, "negative",
        "unverschämtheit frechheit unfassbar unmöglich inakzeptabel",
        r"\bunverschämtheit\b|\bfrechheit\b",
    ),
    (
        "complaint", 0.7, "negative",
        "enttäuscht enttäuschend unzufrieden",
        r"\b(?:sehr|so|echt|total|schwer|maßlos|wirklich) enttäusch|\b(?:enttäuscht|unzufrieden) (?:von|mit|"
        r"über)\b",
    ),
    ("complaint", 0.65, "negative", "unfreundlich inkompetent unfreundliche unfreundlicher lieblos überteuert", ""),
    (
        "complaint", 0.7, "negative",
        "verspätet verspätung ausgefallen storniert verloren",
        r"\b(?:zug|flug|bahn|bus|bestellung|koffer|gepäck|s-bahn) (?:\w+ ){0,4}(?:verspätet|verspätung|"
        r"ausgefallen|storniert|verloren)\b|\bverspätung\b.{0,30}\b(?:wieder|schon|immer)\b",
    ),
    ("complaint", 0.3, "negative", _SOLD, ""),
    ("complaint", 0.6, "angry", _SOLD, ""),
    # question
    (
        "question", 0.85, "",
        "jemand wer",
        r"\b(?:kennt|weiß|weiss|hat|kann|könnte|gibt|war|benutzt|nutzt) (?:hier |da |schon |vielleicht |"
        r"zufällig )?(?:jemand|wer)\b",
    ),
    (
        "question", 0.8, "",
        "wie was wann wo welche welcher welches wer kann könnt könnte gibt habt hat ist sind",
        r"(?:^|[.!?,:\n] *|\b(?:hallo|hi|hey|und|aber|sagt mal|sag mal|frage) )(?:wie (?:kann|lange|viel|"
        r"oft|geht|heißt|komme|macht|funktioniert|bekomme|ist)|was (?:ist|kostet|heißt|bedeutet|sind)|"
        r"wann (?:ist|kommt|gibt|geht|wird|kommen|beginnt)|wo (?:kann|ist|gibt|finde|bekomm|krieg|sind)|"
        r"welche[rs]? |wer (?:kann|hat|weiß|kennt)|kann (?:man|ich|mir)|könn(?:t ihr|te)|gibt (?:es|'s) |"
        r"habt ihr|hast du)[^.!?\n]{0,120}(?:\?|$)",
    ),
    # praise
    (
        "praise", 0.75, "positive",
        "danke dank dankeschön merci",
        r"\bdanke\b(?! nein)|\bvielen dank\b|\bherzlichen dank\b|\bdankeschön\b",
    ),
    ("praise", 0.75, "positive", "liebe lieb", r"\bich liebe (?:dies|den|die|das|euer|eure|dein|es|euch)"),
    (
        "praise", 0.7, "positive",
        "toll tolle toller tolles super klasse großartig großartige großartiger großartiges wunderbar "
        "hervorragend hervorragende perfekt genial geil spitze fantastisch wunderschön beste bester "
        "bestes lecker ausgezeichnet prima mega",
        r"\b(?:toll(?:e[rs]?)?|super|klasse|großartig(?:e[rs]?)?|wunderbare?[rs]?|hervorragend(?:e[rs]?)?|"
        r"perfekte?[rs]?|geniale?[rs]?|geile?[rs]?|fantastische?[rs]?|beste[rs]?|wunderschöne?[rs]?|"
        r"leckere?[rs]?|ausgezeichnete?[rs]?|prima|mega) (?:\w+ )?(?:service|arbeit|produkt|essen|team|"
        r"personal|qualität|video|film|serie|song|lied|album|buch|spiel|laden|hotel|kaffee|idee|sache|"
        r"aktion|app|artikel|show|abend|konzert|leute|sendung)\b|\b(?:ist|war|sind|waren|schmeckt|einfach|"
        r"echt|wirklich|so|richtig|total) (?:\w+ )?(?:toll|super|klasse|großartig|wunderbar|hervorragend|"
        r"perfekt|genial|geil|spitze|fantastisch|wunderschön|lecker|ausgezeichnet|mega)\b",
    ),
    (
        "praise", 0.75, "positive",
        "empfehlen empfehlung empfehlenswert",
        r"\b(?:nur|sehr|absolut|wärmstens|unbedingt|zu) (?:\w+ )?empfehlen\b|\bklare empfehlung\b|"
        r"\bempfehlenswert\b",
    ),
    (
        "praise", 0.7, "positive",
        "weiter lob kompliment bravo",
        r"\bweiter so\b|\b(?:großes|dickes|ein|mal) lob\b|\bkompliment\b|\bbravo\b",
    ),
    # purchase interest
    (
        "purchase_interest", 0.85, "",
        "kaufen bestellen bekomme bekommt kriegt krieg kriege gibt",
        r"\bwo (?:kann|könnte|bekomm\w*|krieg\w*|gibt) (?:ich|man|wir|es|'s)?.{0,40}\b(?:kaufen|bestellen|"
        r"her)\b|\bwo (?:gibt es|gibt's|gibts|bekomme ich|kriegt man|krieg ich|kriege ich|"
        r"bekommt man) (?:das|den|die|diese\w*|eine?n?|so|noch|hier)\b",
    ),
    (
        "purchase_interest", 0.8, "",
        "kaufen bestellen zulegen holen kauf",
        r"\b(?:will|möchte|werde|würde|überlege|wollte) (?:\w+ ){1,6}(?:kaufen|bestellen|"
        r"zulegen)\b(?! müssen)|\b(?:überlege|denke|lohnt)\b.{0,40}\b(?:zu kaufen|zu bestellen|der kauf|"
        r"zuzulegen|kauf)\b",
    ),
    (
        "purchase_interest", 0.75, "",
        "suche suchen",
        r"\b(?:suche?n?|ich suche|wir suchen) (?:gerade |noch |aktuell |dringend |"
        r"verzweifelt )?(?:nach )?(?:eine?n?|neue?n?|gute?n?|günstige?n?|gebrauchte?n?)\b(?! (?:weg|grund|"
        r"job|stelle|freund|freundin))",
    ),
    (
        "purchase_interest", 0.85, "",
        "kostet kosten preis",
        r"\b(?:was|wie ?viel) (?:kostet|kosten)\b(?! uns| die deutschen)[^.!\n]{0,60}|"
        r"\bwie (?:hoch )?ist der preis\b",
    ),
    (
        "purchase_interest", 0.75, "",
        "empfehlen empfehlung empfehlungen tipps",
        r"\b(?:könnt ihr|kann|kannst du|könnte|"
        r"kann mir)(?: \w+){0,4} (?:eine?n? )?(?:\w+ )?empfehlen\b[^.!\n]{0,20}\?|\b(?:empfehlungen|"
        r"empfehlung|tipps?) für (?:eine?n?|gute?)\b",
    ),
    (
        "purchase_interest", 0.8, "",
        "lieferbar verfügbar vorrätig versendet",
        r"\b(?:wieder|noch) (?:lieferbar|verfügbar|vorrätig)\b[^.!\n]{0,20}\?|\b(?:versendet|"
        r"liefert) ihr\b[^.!\n]{0,40}\?",
    ),
    # churn risk
    (
        "churn_risk", 0.85, "",
        "gekündigt kündige kündigen kündigung",
        r"\b(?:abo|vertrag|konto|mitgliedschaft|tarif|handyvertrag|account)\b.{0,30}\b(?:gekündigt|"
        r"kündige)\b|\bkündige (?:ich )?(?:jetzt |nun |sofort )?(?:mein|meinen|den|das|unser)|"
        r"\b(?:werde|hab|habe) (?:\w+ ){0,4}(?:gekündigt|kündigen)\b",
    ),
    (
        "churn_risk", 0.85, "negative",
        "wieder",
        r"\bnie (?:mehr )?wieder (?:\w+ ){0,4}(?:kaufen|bestellen|buchen|fliegen|essen gehen|dorthin|dahin|"
        r"kaufe|bestelle|buche|fliege)\b|\bkauf\w* (?:\w+ ){0,3}nie wieder\b",
    ),
    (
        "churn_risk", 0.85, "",
        "wechsle wechsel wechseln gewechselt wechsele",
        r"\b(?:ich )?wechs(?:le|ele) (?:ich )?(?:\w+ ){0,2}(?:den anbieter|die bank|zu @|zur konkurrenz|anbieter|"
        r"bank)|\b(?:anbieter|bank|"
        r"tarif|provider) (?:zu )?(?:wechseln|gewechselt)\b",
    ),
    (
        "churn_risk", 0.75, "negative",
        "letzte letztes kunde",
        r"\bletzte(?:s)? mal (?:\w+ ){0,4}(?:gekauft|bestellt|gewesen|hier|dort|gebucht|geflogen|kunde)\b|"
        r"\b(?:keinen|einen) kunden? (?:weniger|verloren)\b|\b(?:als kunden?|"
        r"bin (?:ich )?die längste zeit kunde)\b",
    ),
    (
        "churn_risk", 0.8, "",
        "deinstalliert deinstalliere abbestellt",
        r"\bdeinstallier(?:t|e)\b|\babbestellt\b",
    ),
    # spam
    (
        "spam", 0.7, "",
        "klick klicke klicken",
        r"\b(?:klick(?:e|t|en)? (?:hier|jetzt|auf den link))\b|\bhier klicken\b",
    ),
    (
        "spam", 0.75, "",
        "rabatt gutschein rabattcode gutscheincode",
        r"\b\d{1,2} ?% +rabatt\b|\b(?:rabatt|gutschein)[- ]?code\b",
    ),
    (
        "spam", 0.75, "",
        "gewinnspiel verlosung gewinnen gewinne verlosen",
        r"\b(?:unser|unserem|am|zum|beim) (?:\w+ )?gewinnspiel\b|\bgewinnspiel\b.{0,60}http|\b(?:mitmachen|"
        r"teilnehmen) und (?:\w+ ){0,3}gewinnen\b|\bjetzt gewinnen\b|\bwir verlosen\b",
    ),
    (
        "spam", 0.7, "",
        "gratis kostenlos kostenlose kostenloses angebot",
        r"\b(?:gratis|kostenlose?s?)\b.{0,80}http|\bangebot des tages\b|\b(?:top|mega|super)[- ]?angebot\b",
    ),
    ("spam", 0.75, "", "suche fachfirma partner", r"\b(?:sind sie|bist du) auf der suche nach\b"),
    (
        "spam", 0.8, "",
        "abonniert abonniere folgt",
        r"\b(?:abonnier(?:t|e)|folgt|besucht|besuche?) (?:mich auf|mir auf|meine[nm]?) (?:\w+ )?(?:kanal|"
        r"youtube|instagram|twitch|seite|shop|onlyfans)\b",
    ),
    (
        "spam", 0.8, "",
        "verdiene verdienen nebenverdienst heimarbeit passives",
        r"\bverdienen? (?:sie |du )?(?:bis zu )?\d|\bpassives einkommen\b|\bgeld (?:von zuhause|"
        r"im internet) verdienen\b|\bnebenverdienst\b",
    ),
    ("spam", 0.75, "", "redtube youporn xhamster pornhub", r"https?://\S+ via @(?:redtube|youporn|xhamster|pornhub)"),
)  # fmt: skip

RULES: Final[Rules] = build(
    _ROWS,
    "nicht kein keine keinen keiner nie niemals ohne kaum nix",
    "wie was wann wo woher wohin welche welcher welches wer wen wem warum wieso weshalb kann könnt könnte gibt gibts "
    "habt hast haben ist sind weiß kennt jemand darf soll",
    f"{_SERVICE} {_MONEY}",
)
