"""English."""

from __future__ import annotations

from typing import Final

from analytics.language.intents.rules import Row, Rules, build

_SERVICE: Final = (
    "service services delivery deliveries order orders flight flights staff waiter waitress cashier driver "
    "courier support helpline hotline product products app website package parcel luggage baggage booking "
    "reservation hotel room restaurant food meal burger coffee store shop company airline bank warranty "
    "update subscription checkout refunds customer customers"
)
_ANY: Final = "|".join(_SERVICE.split())
_SOLD: Final = (
    "service delivery flight flights support helpline hotline product products app website luggage "
    "baggage booking reservation airline warranty subscription refunds"
)
_MONEY: Final = (
    "money price prices paid pay refund refunded seller vendor device charger laptop phone screen card  "
    "account ticket tickets train bus cable wifi internet signal bag bags agent agents gate plane rep reps"
)

_ROWS: Final[tuple[Row, ...]] = (
    # complaint
    (
        "complaint", 0.8, "negative",
        "refund refunded",
        r"\b(?:want|need|get|give|gimme|demand|no|my|a|full)\b.{0,20}\brefund|refund(?:ed)? me",
    ),
    ("complaint", 0.85, "negative", "waste", r"\bwaste of (?:my |your |good )?money"),
    (
        "complaint", 0.8, "",
        "rip ripoff scammed overpriced overcharged",
        r"\brip[- ]?off\b|\bscammed\b|\boverpriced\b|\bovercharged\b",
    ),
    (
        "complaint", 0.85, "",
        "charged billed",
        r"\b(?:charged|billed) (?:me |us )?(?:twice|double|again)|\bcharged me\b",
    ),
    (
        "complaint", 0.75, "negative",
        "waiting waited",
        r"\b(?:still|been) waiting\b|\bwait(?:ed|ing) (?:for )?(?:over |more than |almost |about )?(?:an?|"
        r"two|three|four|five|six|\d+) (?:hour|hr|day|week|month|min)",
    ),
    ("complaint", 0.8, "", "hold", r"\bon hold (?:for|since|with)\b|\bleft (?:me |us )?on hold\b"),
    (
        "complaint", 0.8, "",
        "arrived arrive came received receive delivered answered responded replied answers responds replies",
        r"(?:n't|\b(?:never|not|nobody|no one|hasnt|havent|didnt)) (?:even |ever |yet |has |"
        r"have )?(?:arrived?|come|came|received?|delivered|answer(?:ed|s)?|respon(?:ded|ds)|repl(?:ied|"
        r"ies))\b",
    ),
    (
        "complaint", 0.75, "negative",
        "working work works worked",
        r"(?:\b(?:not|doesnt|dont|isnt|stopped|never|nothing)|n't) (?:even |really )?work(?:s|ing|ed)?\b",
    ),
    (
        "complaint", 0.7, "negative",
        "crashes crashing freezes broken defective faulty damaged",
        r"\b(?:keeps?|always|constantly) (?:crash|freez)|\b(?:arrived|came) (?:\w+ )?(?:broken|defective|"
        r"faulty|damaged)\b|\b(?:app|site|website|phone|screen|link|machine|charger|laptop|product|product|"
        r"it) (?:is|are|was) (?:\w+ )?(?:broken|defective|faulty|damaged)\b|\b(?:app|site|update|game|"
        r"phone) (?:\w+ )?(?:crash|freez)",
    ),
    (
        "complaint", 0.85, "",
        "worst terrible horrible awful poor pathetic lousy appalling disgraceful horrendous shitty bad crappy",
        rf"\b(?:worst|terrible|horrible|awful|poor|pathetic|lousy|appalling|disgraceful|horrendous|shitty|"
        rf"crappy|bad) (?:\w+ )?(?:{_ANY}|experience|quality|communication|management)\b",
    ),
    (
        "complaint", 0.8, "",
        "unacceptable disgrace",
        r"\b(?:this|that|it|completely|totally|absolutely|so|is) (?:is |'s )?(?:just |so |"
        r"simply )?(?:unacceptable|a disgrace)",
    ),
    (
        "complaint", 0.7, "negative",
        "disappointed disapointed disappointing dissatisfied",
        r"\b(?:disapp?ointed|dissatisfied) (?:with|in|by|at)\b|\b(?:very|so|really|extremely|"
        r"quite) disappoint",
    ),
    ("complaint", 0.65, "negative", "rude unhelpful incompetent unprofessional", ""),
    (
        "complaint", 0.75, "negative",
        "cancelled canceled delayed lost",
        r"\b(?:cancell?ed|delayed|lost) (?:my|our|flightl?ed|the|a) ?(?:flight|order|booking|reservation|"
        r"bags?|luggage|package|parcel|appointment)|\b(?:flight|order|booking|bags?|luggage|package) (?:was|"
        r"is|has been|got|been|keeps getting) (?:\w+ )?(?:cancell?ed|delayed|lost)\b|\bcancelled flight",
    ),
    (
        "complaint", 0.75, "negative",
        "fix sort",
        r"\b(?:please |need to |pls |when (?:will|are) you (?:going to )?)(?:fix|sort) (?:this|your|it|the|"
        r"that)\b|\bfix your\b",
    ),
    (
        "complaint", 0.65, "negative",
        "worst",
        r"\b(?:is|are|was|were|the absolute|you're|they're|'s) (?:\w+ )?the (?:\w+ )?worst\b",
    ),
    (
        "complaint", 0.75, "negative",
        "delay delays delayed stuck stranded",
        r"\b\d+ ?(?:hr|hour|min|minute)s? (?:\w+ )?delay|\bdelayed (?:again|over|for|\d)|"
        r"\b(?:stuck|stranded) (?:at|on|in) (?:the |this |a )?(?:airport|plane|tarmac|gate|runway|phone|line)\b",
    ),
    (
        "complaint", 0.8, "",
        "response answer help nothing reply",
        r"\b(?:no|zero|without any|still no) (?:response|answer|reply|help)\b|\bthanks for nothing\b",
    ),
    (
        "complaint", 0.8, "",
        "trash joke garbage useless ridiculous sucks suck",
        rf"\b(?:{_ANY}|this) (?:\w+ )?(?:is|are|was|were) (?:\w+ )?(?:trash|a joke|garbage|useless|ridiculous)\b|"
        rf"\b(?:{_ANY}) (?:\w+ )?sucks?\b",
    ),
    ("complaint", 0.3, "negative", _SOLD, ""),
    ("complaint", 0.6, "angry", _SOLD, ""),
    # question
    (
        "question", 0.85, "",
        "anyone anybody someone somebody",
        r"\b(?:does|do|has|can|could|did|is|are|would) (?:any|some)(?:one|body)\b[^.!?\n]{0,100}\?|"
        r"\b(?:does|do|can) (?:any|some)(?:one|body) (?:know|help|have|recommend|explain|tell)\b",
    ),
    (
        "question", 0.8, "",
        "how what when where which who can could does is are do will",
        r"(?:^|[.!?,\n] *|\b(?:hi|hey|hello|so|and|but|please|also) )(?:how (?:do|can|does|much|many|long|"
        r"should) (?:i|you|we|it|is|are|does|do|to)\b|what (?:is|are|'s|time|does) (?:the|your|it|a)\b|"
        r"where (?:can|do|is|are) |when (?:will|is|does|do|are|can) |can (?:i|you|we) |could (?:i|you) |"
        r"which (?:one|of) )[^.!?\n]{0,120}(?:\?|$)",
    ),
    # praise
    (
        "praise", 0.75, "positive",
        "thank thanks thx cheers kudos appreciate grateful props",
        r"\bthank (?:you|u)\b|\bthank(?:s|x)\b(?! to\b)(?! god)|\bthx\b|\bcheers for\b|\bkudos\b|"
        r"\b(?:really |much |we |i )appreciate[ds]?\b|\bgrateful (?:for|to)\b|\bprops to\b",
    ),
    (
        "praise", 0.75, "positive",
        "love loved loving adore",
        r"\b(?:i|we|really|absolutely|just|ppl|people) (?:\w+ )?(?:love[ds]?|adore) (?:this|that|the|your|"
        r"my|it|these|those|all|how|them|@)|\blov(?:e|ing) (?:this|the new|your|how|it)\b|^love",
    ),
    (
        "praise", 0.7, "positive",
        "great amazing awesome excellent fantastic wonderful brilliant outstanding superb incredible "
        "perfect beautiful best delicious gorgeous phenomenal stunning",
        r"\b(?:great|amazing|awesome|excellent|fantastic|wonderful|brilliant|outstanding|superb|incredible|"
        r"perfect|beautiful|best|delicious|gorgeous|phenomenal|stunning|nice) (?:\w+ )?(?:service|job|work|"
        r"experience|product|food|place|staff|team|people|customer|quality|voice|song|video|movie|film|show|"
        r"album|book|game|restaurant|hotel|coffee|flight|crew|app|idea|post|story|read|performance|time|"
        r"content|voice|singer|write ?up|company|one|thing|things|stuff|art|day|picture|photo)s?\b|\b(?:is|"
        r"are|was|were|looks?|sounds?|tastes?|'s|so|it's|how|absolutely|really|you're|"
        r"they're) (?:\w+ ){0,2}(?:great|amazing|awesome|excellent|fantastic|wonderful|brilliant|"
        r"outstanding|superb|incredible|perfect|beautiful|the best|delicious|gorgeous|phenomenal|stunning)\b",
    ),
    (
        "praise", 0.75, "positive",
        "recommend recommended",
        r"\b(?:highly|definitely|strongly|really|totally|would|can|i) (?:\w+ )?recommend(?:ed)?\b",
    ),
    ("praise", 0.7, "positive", "done job", r"\bwell done\b|\b(?:good|nice|great) job\b|\bkeep (?:it )?up the\b"),
    # purchase interest
    (
        "purchase_interest", 0.85, "",
        "buy purchase get order find",
        r"\b(?:where|how) (?:can|could|do|to|would|the \w+ do) ?(?:i|we|one|you)? ?(?:buy|purchase|order)\b|"
        r"\bwhere (?:can|could|do) (?:i|we|one) (?:get|find) (?:one|it|this|that|these|those|some|a|an|"
        r"your)\b",
    ),
    (
        "purchase_interest", 0.8, "",
        "buy buying purchase purchasing getting",
        r"\b(?:want(?:ing)?|wanna|going|gonna|looking|planning|hoping|ready|like|love|about|"
        r"plan) (?:to )?(?:buy|purchase)\b(?! (?:into|time|in)\b)|\b(?:thinking (?:of|about)|considering|"
        r"interested in) (?:buying|purchasing|getting (?:a|an|one|the|this))\b|\bworth buying\b|"
        r"\bshould i (?:buy|get (?:a|an|one|the|this))\b",
    ),
    (
        "purchase_interest", 0.75, "",
        "looking market shopping",
        r"\b(?:i'm|im|am|i was|we're|been|anyone|currently|still) looking for (?:a|an|some) (?:new |good |"
        r"cheap |decent |nice )?(?!new |good |cheap |decent |nice |way|reason|job|link|fight|friend|relationship|"
        r"source|clue)\w+|"
        r"\bin the market for\b|\bshopping for (?:a|an|some|new)\b",
    ),
    (
        "purchase_interest", 0.85, "",
        "cost costs price priced",
        r"\bhow much (?:is|are|does|do|would|for|was) (?:\w+ ){0,4}(?:cost|the|this|that|it|one|"
        r"a)\b[^.!\n]{0,40}\?|\b(?:what(?:'s| is) the|whats the) price\b|\bprice (?:of|for|on) (?:this|that|"
        r"it|the)[^.!\n]{0,30}\?",
    ),
    (
        "purchase_interest", 0.85, "",
        "ship shipping stock preorder restock",
        r"\bdo (?:you|they|u) ship\b|\b(?:back|be|still|it|these|any) in stock\b[^.!\n]{0,40}\?|"
        r"\bwhen (?:\w+ ){1,5}(?:in stock|restock)|\bcan i (?:still )?(?:pre-?order)\b",
    ),
    (
        "purchase_interest", 0.7, "",
        "recommend recommendations suggestions",
        r"\b(?:can|could|would|does|do|please) (?:you|anyone|anybody|someone|somebody|"
        r"u) (?:\w+ )?recommend (?:a|an|any|some|me)\b|\bany (?:good )?(?:recommendations?|"
        r"suggestions?) (?:for|on) (?:a|an|good|some|buying|new)\b",
    ),
    (
        "purchase_interest", 0.75, "positive",
        "need want",
        r"\b(?:i|we) (?:so |really |definitely |totally )?(?:need|want) (?:this|one|these|"
        r"that) (?:in my life|asap)\b|\btake my money\b",
    ),
    # churn risk
    (
        "churn_risk", 0.85, "",
        "cancel cancelling canceling cancelled canceled close closing",
        r"\b(?:cancel(?:l?ing|l?ed)?|clos(?:e|ing)) (?:my|our|the|this) (?:\w+ )?(?:subscription|membership|"
        r"account|contract|plan|service|policy|order)s?\b",
    ),
    (
        "churn_risk", 0.85, "negative",
        "never",
        r"\bnever (?:ever )?(?:again (?:will i|am i|buying|flying|ordering|using)|(?:buy(?:ing)?|"
        r"fly(?:ing)?|order(?:ing)?|us(?:e|ing)|shop(?:ping)?|book(?:ing)?|eat(?:ing)? (?:here|there|at)|"
        r"stay(?:ing)? (?:here|there|at|with)|go(?:ing)? (?:back )?(?:there|here)|com(?:e|ing) back (?:here|to)|"
        r"purchas(?:e|ing)|travel(?:l?ing)?|"
        r"do(?:ing)? business)\b.{0,40}\b(?:again|back|anymore))|\bnever (?:buying|flying|using|ordering|"
        r"booking|shopping)\b|\bnever again @",
    ),
    (
        "churn_risk", 0.85, "",
        "switching switch moving",
        r"\b(?:i'?m|i am|we'?re|i'll|i will|going to|gonna|time to|have to|about to|should|consider(?:ing)?|"
        r"thinking (?:of|about)) (?:switch|mov)(?:ing|e)? (?:my |our )?(?:\w+ )?(?:airlines?|banks?|carriers?|"
        r"providers?|compan(?:ies|y)|business)\b|\b(?:i'?m|i am|we'?re|i'll|time to|have to|about to) "
        r"switch(?:ing)? (?:back )?(?:to|over to|from|away from) (?:@|another|a different|android|iphone|your "
        r"competitor|the competition)",
    ),
    (
        "churn_risk", 0.85, "",
        "business elsewhere customer",
        r"\b(?:take|taking|took) (?:my|our) (?:business|money|custom) (?:elsewhere|somewhere)|\b(?:go|going|"
        r"shop|look|fly|book) elsewhere\b|\b(?:lost|losing|lose) (?:a|me as a|this|another|my|"
        r"our) (?:\w+ )?(?:customer|business)\b",
    ),
    (
        "churn_risk", 0.75, "negative",
        "last done",
        r"\blast time (?:i|we|i'll|ill|i will|flying|using) ?(?:ever |will )?(?:fly|buy|use|order|shop|book|"
        r"stay|go|eat|i|you)\b|\b(?:i'?m|we'?re|am|so) (?:\w+ )?done with (?:you|them|this (?:company|"
        r"airline|app|place|store|brand|bank)|@)",
    ),
    (
        "churn_risk", 0.8, "",
        "uninstalled uninstalling uninstall unsubscribed unsubscribing deleted deleting",
        r"\b(?:just |i |i'm |going to )?(?:uninstall(?:ed|ing)|unsubscrib(?:ed|ing))\b|\bdelet(?:ed|"
        r"ing) (?:the|this|your|my) (?:app|account)\b",
    ),
    # spam
    ("spam", 0.7, "", "click", r"\bclick (?:here|the link|on the link|below|link)\b"),
    ("spam", 0.75, "", "bio", r"\blink (?:is )?in (?:my |the |our )?bio\b"),
    (
        "spam", 0.8, "",
        "subscribe follow check",
        r"\b(?:subscribe to|check out|visit|follow) my (?:new |latest )?(?:channel|youtube|onlyfans|page|"
        r"store|shop|etsy|soundcloud|mixtape|website|insta\w*|ig|profile)\b|\bfollow (?:me )?(?:for|"
        r"4) (?:a )?follow\b|\bi follow back\b",
    ),
    (
        "spam", 0.8, "",
        "earn profit income invest crypto bitcoin forex",
        r"\bearn (?:up to )?[$€£]? ?\d|\b(?:guaranteed|daily|weekly) (?:profits?|income|returns?)\b|"
        r"\bpassive income\b|\bwork from home and\b|\binvest (?:in|with) (?:me|us|bitcoin|crypto|forex)\b|"
        r"\b(?:crypto|bitcoin|forex) (?:\w+ )?(?:giveaway|signals|trading platform|airdrop)\b",
    ),
    (
        "spam", 0.75, "",
        "giveaway win discount off promo coupon",
        r"\b(?:enter|join) (?:our|the|my|this|to win)\b.{0,20}\b(?:giveaway|win)\b|\b\d{1,2} ?% off\b|"
        r"\b(?:promo|discount|coupon) code\b|\bwin a (?:free|brand new)\b|\bretweet (?:and|&|to) (?:follow|"
        r"win)\b",
    ),
    (
        "spam", 0.7, "",
        "whatsapp telegram dm",
        r"\b(?:whats ?app|telegram)(?: me| us| number)?:? ?\+?\d{3}|\bdm (?:me|us) (?:for|to) (?:more|price|"
        r"promo|collab|order|info)\w*",
    ),
)  # fmt: skip

RULES: Final[Rules] = build(
    _ROWS,
    "not no never n't dont don't isn't isnt wasn't wasnt hardly without cannot can't cant nobody",
    "do does did is are was were can could will would should has have what when where which who why how any anyone",
    f"{_SERVICE} {_MONEY}",
)
