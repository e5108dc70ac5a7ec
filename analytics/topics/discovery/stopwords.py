"""Words that say how a sentence is built and not what it is about, by language, as the listening tokeniser folds them.

Written by hand from what grammars list: articles, pronouns, prepositions, conjunctions, auxiliaries, the commonest
adverbs, and what posts are full of (`rt`, `via`, `lol`). A language that is not here is helped by the share of its
posts that a word stands in (see `vocabulary`).
"""

from __future__ import annotations

from analytics.listening.text import scan

_WORDS: dict[str, str] = {
    "": "rt http https www com via amp html org net",
    "en": "a an the this that these those and or but nor so yet if then than as of at by for with about against "
    "between into through during before after above below to from up down in out on off over under again "
    "further once here there when where why how all any both each few more most other some such no not only "
    "own same too very can will just don should now i me my myself we our ours ourselves you your yours "
    "yourself he him his she her hers it its they them their theirs what which who whom is am are was were be "
    "been being have has had having do does did doing would could may might must shall isn aren wasn weren "
    "hasn haven hadn doesn didn won wouldn couldn shouldn ain let s t d ll m re ve u ur im ive id ill youre "
    "dont doesnt didnt cant wont isnt wasnt arent thats whats theres hes shes get got gets getting go going "
    "goes went gone come came make made makes one two also even ever every much many really still already "
    "always never well like know think want say said see back way thing things something anything nothing "
    "someone anyone everyone because while until since though although without within yes ok okay oh lol lmao "
    "omg pls please thanks thank tbh ngl fyi ya yeah gonna wanna today yesterday tomorrow",
    "de": "der die das den dem des ein eine einen einem einer eines und oder aber denn doch sondern wenn weil dass "
    "ob als wie so ich du er sie es wir ihr mich dich sich uns euch mir dir ihm ihn ihnen mein meine meinen "
    "meinem meiner dein deine sein seine seinen seinem seiner ihre ihren ihrem ihrer unser unsere euer eure "
    "ist bin bist sind seid war warst waren gewesen wird werde werden wurde wurden worden habe hab hast hat "
    "haben hatte hatten gehabt kann kannst konnen konnte muss mussen soll sollen sollte will wollen wollte "
    "darf durfen mag mochte lassen nicht kein keine keinen keiner keinem in im an am auf aus bei beim mit "
    "nach seit von vom zu zum zur durch fur gegen ohne um uber unter vor hinter neben zwischen bis ab da dort "
    "hier her hin nun nur noch schon auch mal halt eben ja nein immer nie wieder mehr viel viele sehr ganz "
    "gar alle alles allen man was wer wo wann warum dieser diese dieses diesen diesem jeder jede jedes jeden "
    "etwas nichts dann also ne nen nem nix gibt geht macht heute gestern morgen jetzt einfach bitte danke "
    "gerade eigentlich",
    "fr": "le la les l un une des du de d au aux et ou mais donc or ni car que qui quoi dont ce cet cette ces c se "
    "s sa son ses ma mon mes ta ton tes notre nos votre vos leur leurs je j tu il elle on nous vous ils elles "
    "me m te t lui y en ne n pas plus moins tres trop peu bien est es suis sommes etes sont etait etaient ete "
    "etre sera serait ai as a avons avez ont avait avoir aura fait faire fais vais va vont peut peux pouvez "
    "dans sur sous avec sans pour par contre chez vers entre depuis pendant avant apres comme si tout tous "
    "toute toutes meme aussi encore deja toujours jamais rien quand comment pourquoi quel quelle quels "
    "quelles ca cela qu oui non alors puis ici merci",
    "es": "el la los las lo un una unos unas de del al a y e o u pero sino que quien cual cuyo como cuando donde si "
    "no ni yo tu ella ello nosotros vosotros ellos ellas me te se nos os le les mi mis su sus tus nuestro "
    "nuestra este esta esto estos estas ese esa eso esos esas aquel aquella en con sin por para contra entre "
    "desde hasta sobre tras es soy eres somos son era eran fue fueron ser sido estoy estan estaba estar he "
    "has ha han hay habia haber tengo tiene tienen tener hace hacer voy va van ir puede puedo mas menos muy "
    "mucho mucha muchos muchas poco todo toda todos todas otro otra algo nada ya aun tambien tampoco siempre "
    "nunca porque pues asi q d hoy ayer gracias",
    "pt": "o a os as um uma uns umas de do da dos das em no na nos nas ao aos por pelo pela pelos pelas para pra "
    "pro com sem sobre entre ate desde e ou mas nem que quem qual como quando onde se nao eu tu ele ela voce "
    "eles elas voces me te lhe meu minha meus minhas teu tua seu sua seus suas nosso nossa este esta isto "
    "esse essa isso aquele aquela aquilo ser sou es somos sao era eram foi foram sido estar estou estao "
    "estava ter tenho tem tinha ha havia vou vai vao ir pode posso fazer faz mais menos muito muita muitos "
    "muitas pouco todo toda todos todas tudo outro outra algo nada ja ainda tambem sempre nunca porque pois "
    "assim so la aqui ai q vc ta hoje ontem obrigado",
    "it": "il lo la i gli le l un uno una di del dello della dei degli delle a al allo alla ai agli alle da dal "
    "dalla in nel nella nei nelle con su sul sulla per tra fra e ed o ma se che chi cui non come quando dove "
    "io tu lui lei noi voi loro mi ti si ci vi ne mio mia miei mie tuo tua suo sua suoi sue nostro vostro "
    "questo questa questi queste quello quella quelli sono sei siamo siete era erano stato stata essere ho "
    "hai ha abbiamo avete hanno aveva avere fa fare vado va puo posso piu meno molto molta molti poco tutto "
    "tutta tutti tutte altro altra niente gia ancora anche sempre mai perche cosi solo qui qua oggi ieri "
    "grazie",
    "nl": "de het een en of maar want dat die dit deze wat wie waar wanneer waarom hoe als dan toen ik jij je u hij "
    "zij ze wij we jullie hen hun mij me jou hem haar ons mijn jouw zijn onze is ben bent was waren geweest "
    "wordt worden werd heb hebt heeft hebben had hadden kan kunnen kon moet moeten wil willen zal zullen zou "
    "mag niet geen in op aan van voor met bij naar uit over onder door om te tot tegen zonder er ook nog al "
    "wel toch meer veel heel erg zo nu hier daar altijd nooit iets niets alles alle gaan gaat doen doet even "
    "vandaag gisteren bedankt",
    "sv": "en ett den det de och eller men som att om nar var vad vem hur jag du han hon vi ni man mig dig sig oss "
    "er min din sin hans hennes ar varit bli blir blev har hade ha kan kunde ska skulle vill ville maste inte "
    "ingen inget i pa till fran av for med hos over under efter innan utan mot vid nu da sa aven bara ocksa "
    "mycket mer mest alla allt nagot nagon dar idag igar tack",
    "da": "en et den det de og eller men som at om nar hvor hvad hvem hvordan jeg du han hun vi i man mig dig sig "
    "os jer min din sin er var vaeret blive bliver blev har havde kan kunne skal skulle vil ville ma ikke "
    "ingen intet pa til fra af for med hos over under efter uden mod ved nu da sa kun ogsa meget mere mest "
    "alle alt noget nogen der her",
    "no": "en et ei den det de og eller men som at om nar hvor hva hvem hvordan jeg du han hun vi dere man meg deg "
    "seg oss min din sin er var vaert blir ble har hadde kan kunne skal skulle vil ville ma ikke ingen i pa "
    "til fra av for med hos over under etter uten mot ved na da sa bare ogsa veldig mye mer mest alle alt noe "
    "noen der her",
    "fi": "ja tai mutta etta jos kun kuin niin ei en et emme eivat on olen olet ovat oli olin olivat olla mina sina "
    "han me te he se ne tama nama tuo nuo joka jotka mika mita kuka missa miten miksi minun sinun hanen mun "
    "sun nyt sitten viela vain myos aina jo kaikki hyvin no siis ihan kanssa",
    "pl": "i a ale lub albo ze by aby jak gdy kiedy gdzie co kto ktory ktora ktore w we z na do od po za przez dla "
    "przy nad pod o u bez nie tak to ten ta te tym tego tej jest sa byl byla bylo byly byc bedzie mam ma maja "
    "mial moze mozna ja ty on ona my wy oni mnie mi ci cie go jej ich sie siebie moj twoj swoj jego tylko juz "
    "jeszcze tez takze bardzo wiecej tu tam teraz dzis",
    "cs": "a i ale nebo ze aby kdyz jak kde co kdo ktery ktera ktere v ve s se z na do od po za pro pri nad pod o u "
    "bez ne tak to ten ta te je jsou byl byla bylo byli byt bude mam ma maji ja ty on ona my vy oni me mi ti "
    "ho jej jich si muj tvuj svuj jeho jen uz jeste take velmi vic tady tam ted",
    "ro": "si sau dar ca daca cand unde ce cine care cum in pe la cu de din pentru prin fara sub peste nu un o unei "
    "unui al ai ale a este e sunt era au am are avea fi fost va vor eu tu el ea noi voi ei ele ma te se imi "
    "iti isi mea meu ta tau sa lui lor mai foarte tot toate doar inca deja acum aici acolo asta acest aceasta",
    "hu": "a az egy es vagy de hogy ha mint amikor ahol mi ki mit kit ami aki nem ne is van vannak volt voltak lesz "
    "lenne en te o ti ok engem teged ot nekem neki meg mar csak nagyon mindig most itt ott ezt azt ez be el "
    "fel le",
    "tr": "ve veya ama fakat ki bu su o bir icin ile gibi kadar de da mi mu ne nasil neden nerede kim ben sen biz "
    "siz onlar bana sana ona bize beni seni onu bizim benim senin onun cok daha en az her hic sey var yok "
    "degil olan olarak oldu olur ise sonra once simdi zaten artik hem ya diye bugun",
    "ru": "и а но или что чтобы если как когда где кто который которая которые в во на с со к ко от до по за из у о "
    "об при для без под над не ни да нет же ли бы это этот эта эти тот та те я ты он она оно мы вы они меня "
    "мне тебя тебе его ему ее ей нас нам вас вам их им мой твой свой наш ваш быть был была было были есть "
    "будет все всё весь уже еще ещё очень только тоже также так там тут здесь сейчас потом просто вот ну "
    "сегодня вчера спасибо можно надо",
    "uk": "і й та а але або що щоб якщо як коли де хто який яка які в у на з зі із до від по за для без під над не "
    "ні так це цей ця ці той я ти він вона воно ми ви вони мене мені тебе тобі його йому її їй нас нам вас "
    "вам їх їм мій твій свій бути був була було були є буде все вже ще дуже тільки також там тут зараз потім "
    "просто ось",
    "ar": "في من على الى إلى عن مع هذا هذه ذلك تلك التي الذي الذين ما لا لم لن ان أن إن انه أنه كان كانت يكون هو هي "
    "هم انا أنا انت أنت نحن كل بعض غير بس يا او أو ثم قد حتى اذا إذا لو كما عند بعد قبل بين فيه فيها منه منها "
    "له لها لكن ولا وما ليس اليوم شكرا اللي مو ايش شو",
    "fa": "و در به از که این آن را با برای تا است هست بود شد می نمی ها های من تو او ما شما آنها یک هر هم نه اما اگر "
    "یا پس چه چرا کجا خود خیلی دیگر",
    "he": "של על עם את זה זאת זו הוא היא הם הן אני אתה אנחנו אתם לא כן כי אם או גם רק מה מי איך איפה למה יש אין היה "
    "היתה היו להיות כל עוד כבר מאוד יותר אבל אז כאן שם היום תודה",
    "hi": "का की के को में से पर ने और या लेकिन कि जो यह ये वह वो इस उस इन उन है हैं था थी थे हो होता होती हूँ हूं "
    "मैं हम तुम आप मेरा मेरी मेरे हमारे आपका अपना अपने नहीं न भी ही तो तक लिए साथ बाद पहले कुछ सब बहुत कर "
    "करने किया करते गया गई रहा रही रहे क्या क्यों कैसे कब कहाँ अब एक दो आज कल",
    "id": "yang dan atau tapi tetapi di ke dari pada untuk dengan ini itu adalah ada tidak tak bukan belum sudah "
    "akan bisa dapat saya aku kamu anda dia kita kami mereka nya juga saja hanya lebih sangat karena kalau "
    "jika apa siapa mana kapan bagaimana lagi masih sekali banget aja nggak gak yg dgn utk ga udah sih dong",
    "ms": "yang dan atau tetapi di ke dari pada untuk dengan ini itu adalah ada tidak tak bukan belum sudah akan "
    "boleh saya aku awak anda dia kita kami mereka nya juga sahaja hanya lebih sangat kerana kalau jika apa "
    "siapa mana lagi",
    "vi": "và là của có không cho với được các một những này đó khi thì mà ở đã sẽ đang để từ trong ra vào lên như "
    "nhưng nếu vì nên tôi bạn anh em chị nó họ mình rất quá cũng chỉ còn nhiều gì ai đâu sao",
    "el": "ο η το οι τα του της των τον την τους τις και ή αλλα να θα δεν μη μην με σε στο στη στην στον στα για "
    "απο που πως τι ποιος ειναι ειμαι ηταν εχω εχει εχουν εγω εσυ αυτος αυτη αυτο μου σου μας σας πολυ πιο "
    "ολα μονο κι ενα μια",
    "ko": "이 그 저 것 수 등 및 더 또 잘 안 못 좀 너무 정말 진짜 그냥 오늘 내일 어제 있는 있다 없다 하는 하고 해서 "
    "그리고 하지만 그래서 근데 나 너 우리 저희 제 내 에서 에게 으로",
    "sw": "na ya wa kwa ni la za cha katika kama lakini au hii hiyo huyu yule mimi wewe yeye sisi ninyi wao si sana "
    "pia tu",
}  # fmt: skip
_TYPES: dict[str, frozenset[str]] = {
    language: frozenset(key for word in words.split() for key in scan(word).words) for language, words in _WORDS.items()
}
_EVERYWHERE = _TYPES.pop("")
_ANY = frozenset().union(*_TYPES.values()) | _EVERYWHERE


def stopwords(language: str) -> frozenset[str]:
    """The folded function words of a language (ISO 639 code); of all languages for one that is not told ("" or
    "und"), none but what stands everywhere for one that is not here."""
    if language in ("", "und"):
        return _ANY
    own = _TYPES.get(language)
    return _EVERYWHERE if own is None else own | _EVERYWHERE
