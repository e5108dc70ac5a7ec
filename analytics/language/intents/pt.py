"""Portuguese."""

from __future__ import annotations

from typing import Final

from analytics.language.intents.rules import Row, Rules, build

_SERVICE: Final = (
    "serviço serviços atendimento suporte entrega pedido pedidos encomenda frete garçom produto produtos app "
    "aplicativo site reserva hotel quarto restaurante comida café loja empresa banco companhia voo garantia "
    "atualização assinatura cliente clientes reembolso internet qualidade sac"
)
_ANY: Final = "|".join(_SERVICE.split())
_SOLD: Final = "atendimento entrega encomenda reembolso assinatura sac aplicativo produto reserva"
_MONEY: Final = (
    "dinheiro preço preços paguei pagar vendedor celular carregador cartão conta passagem trem sinal net  "
    "wifi comprei compra cobrança fatura"
)

_ROWS: Final[tuple[Row, ...]] = (
    # complaint
    (
        "complaint", 0.8, "negative",
        "reembolso estorno devolvam",
        r"\b(?:reembolso|estorno)\b|\bdevolvam (?:o )?meu dinheiro\b",
    ),
    (
        "complaint", 0.85, "",
        "golpe enganação roubo roubada furada",
        r"\b(?:é|foi|caí n[ou]m?|maior) (?:um |uma )?(?:golpe|enganação|roubada|furada)\b|"
        r"\bpropaganda enganosa\b",
    ),
    (
        "complaint", 0.8, "negative",
        "esperando espera aguardando",
        r"\b(?:continuo|estou|tô|to|ainda|dias?|horas?|semanas?|até hoje) (?:\w+ ){0,3}(?:esperando|"
        r"aguardando)\b|\b(?:horas|dias|semanas) (?:de|na) espera\b",
    ),
    (
        "complaint", 0.8, "",
        "chegou chega recebi respondem responde atende atendem entregaram respondeu responderam",
        r"\b(?:não|nao|nunca|ninguém|ninguem|ainda não|n) (?:me |nos |foi |foram )*(?:chegou|chega|recebi|"
        r"responde(?:m|u|ram)?|atendem?|entregaram)\b",
    ),
    (
        "complaint", 0.75, "negative",
        "funciona funcionam abre funcionando",
        r"\b(?:não|nao|nunca|nada|n) (?:me |está |tá |ta )?(?:funcionam?|abre|funcionando)\b",
    ),
    (
        "complaint", 0.7, "negative",
        "quebrado quebrada defeito estragado danificado travando trava caiu",
        r"\b(?:veio|chegou|está|tá|com) (?:\w+ )?(?:quebrad[oa]|defeito|estragad[oa]|danificad[oa])\b|"
        r"\b(?:app|aplicativo|site|sistema) (?:\w+ ){0,3}(?:travando|trava|caiu)\b",
    ),
    (
        "complaint", 0.85, "",
        "péssimo péssima pessimo pessima horrível ruim terrível pior lixo porcaria",
        rf"\b(?:péssim[oa]|pessim[oa]|horrível|terrível|pior|lixo de|porcaria de|"
        rf"merda de) (?:\w+ )?(?:{_ANY}|experiência)\b|\b(?:{_ANY}) (?:\w+ ){{0,2}}(?:péssim[oa]|pessim[oa]|"
        rf"horrível|ruim|terrível|um lixo|uma porcaria)\b",
    ),
    (
        "complaint", 0.75, "negative",
        "vergonha absurdo desrespeito inaceptável inaceitável descaso",
        r"\bfalta de respeito\b|\bdesrespeito com (?:o|os) (?:cliente|consumidor)|\bdescaso com\b|"
        r"\binaceitável\b",
    ),
    (
        "complaint", 0.7, "negative",
        "decepcionado decepcionada decepção insatisfeito insatisfeita",
        r"\b(?:muito|tão|bem|super) (?:decepcionad[oa]|insatisfeit[oa])\b|\bque decepção\b|"
        r"\bdecepcionad[oa] com\b",
    ),
    (
        "complaint", 0.8, "",
        "cobrança cobraram cobrado cobrando",
        r"\bcobrança indevida\b|\b(?:me|nos) (?:cobraram|cobrando)\b|\bcobrad[oa] (?:duas vezes|indevid)",
    ),
    (
        "complaint", 0.7, "negative",
        "cancelaram cancelado atrasado atraso perderam extraviada",
        r"\b(?:voo|pedido|reserva|mala|trem|encomenda|entrega) (?:\w+ ){0,3}(?:cancelad[oa]|cancelaram|"
        r"atrasad[oa]|extraviad[oa])\b|\b(?:cancelaram|perderam) (?:o |a )?(?:meu|minha) (?:voo|pedido|"
        r"reserva|mala)\b",
    ),
    ("complaint", 0.3, "negative", _SOLD, ""),
    ("complaint", 0.6, "angry", _SOLD, ""),
    # question
    (
        "question", 0.85, "",
        "alguém alguem",
        r"\balgu[eé]m (?:aqui |aí |mais )?(?:sabe|conhece|tem|pode|poderia|me|já|consegue|"
        r"indica)\b[^.!\n]{0,100}\?|\balgu[eé]m (?:sabe|me (?:diz|explica|indica|ajuda))\b",
    ),
    (
        "question", 0.8, "",
        "como qual quais quando onde quanto quantos quem conseguiu sabe tem",
        r"(?:^|[.!?,\n] *|\b(?:oi|olá|e|mas|gente|pergunta) )(?:como (?:faço|faz|é|fica|que|eu|se|posso|"
        r"está|funciona)|qual (?:é|o|a|seu|sua|foi)|quais |quando (?:é|vai|sai|vem|começa)|onde (?:é|posso|"
        r"fica|eu|tem|vende|compro|está)|quanto (?:é|custa|tá|está|tempo)|quem (?:é|pode|sabe|vai)|"
        r"o que (?:é|significa|houve)|conseguiu |voc[eê]s? (?:tem|têm|sabe|vai|vão|já|"
        r"pode))[^.!?\n]{0,120}\?",
    ),
    # praise
    (
        "praise", 0.75, "positive",
        "obrigada obrigado obg gratidão valeu brigado brigada",
        r"\b(?:muito |mt |mto )?(?:obrigad[oa]|obg|brigad[oa])\b(?! a )|\bgratidão\b|\bvaleu (?:pel|demais|"
        r"por)",
    ),
    (
        "praise", 0.75, "positive",
        "amo amei amei amamos adoro adorei",
        r"\b(?:amo|amei|amamos|adoro|adorei) (?:\w+ )?(?:ess[ea]s?|est[ea]s?|o|a|os|as|seu|sua|voc[eê]s?|"
        r"vcs?|muito|demais|tudo|isso)\b",
    ),
    ("praise", 0.75, "positive", "parabéns parabens", r"\bparab[eé]ns\b"),
    (
        "praise", 0.75, "positive",
        "maravilhoso maravilhosa excelente incrível sensacional perfeito perfeita ótimo ótima lindo "
        "linda lindos lindas fantástico delicioso deliciosa melhor fera fofo fofa espetacular impecável "
        "ícone",
        r"\b(?:maravilhos[oa]|excelente|sensacional|fantástic[oa]|delicios[oa]|espetacular|impecável|"
        r"ícone)\b|\b(?:é|são|foi|tá|está|ficou|que|muito|mt|tu é|meu deus que|"
        r"mais) (?:\w+ ){0,2}(?:incrível|perfeit[oa]|ótim[oa]|lind[oa]s?|o melhor|a melhor|fera|fof[oa])\b|"
        r"\bótim[oa] (?:\w+)\b|^(?:que )?lind[oa]",
    ),
    (
        "praise", 0.75, "positive",
        "recomendo recomendado recomendadíssimo",
        r"\b(?:super|muito|eu|altamente) recomendo\b|\brecomendo (?:muito|demais|a todos|este|esse|essa)\b|"
        r"\brecomendad[ií]",
    ),
    (
        "praise", 0.7, "positive",
        "som bom boa música show",
        r"\b(?:puta|baita|muito|mto|mt|que) (?:som )?(?:bom|boa)\b|\bshow de bola\b",
    ),
    # purchase interest
    (
        "purchase_interest", 0.85, "",
        "comprar compro compra vende vendem acho consigo",
        r"\b(?:a?onde) (?:\w+ )?(?:eu |que |posso |dá pra |dá para |se |q )*(?:comprar?|compro|vendem?|"
        r"encontro|acho pra comprar|consigo comprar)\b",
    ),
    (
        "purchase_interest", 0.8, "",
        "comprar",
        r"\b(?:quero|queria|vou|gostaria de|pensando em|interessad[oa] em|pretendo|preciso|doid[oa] pra|"
        r"vale a pena) (?:muito )?comprar\b(?! briga)",
    ),
    (
        "purchase_interest", 0.75, "",
        "procurando procuro procurar",
        r"\b(?:(?:estou|tô|to) procurando|procuro|vou procurar) (?:um|uma|uns|umas|"
        r"modelos?)\b(?! (?:namorad[oa]|emprego|amig[oa]|motivo))",
    ),
    (
        "purchase_interest", 0.85, "",
        "custa custam preço valor",
        r"\bquanto (?:\w+ )?(?:custam?|é o|tá custando|fica)\b|\bqual (?:é )?o (?:preço|valor)\b|(?:^|"
        r"\W)preço ?\?",
    ),
    (
        "purchase_interest", 0.75, "",
        "indica indicam indicação recomendam recomenda",
        r"\b(?:algu[eé]m|voc[eê]s?|vcs|me) (?:me )?(?:indicam?|recomendam?) (?:um|uma|algum|alguma)\b|"
        r"\balguma indicação (?:de|para|pra)\b",
    ),
    (
        "purchase_interest", 0.8, "",
        "estoque disponível entregam",
        r"\b(?:tem|têm|volta|chega) (?:\w+ ){0,3}(?:em |no )?estoque\b|\b(?:entregam|"
        r"vocês entregam)\b[^.!\n]{0,40}\?|\bainda (?:está )?disponível ?\?",
    ),
    # churn risk
    (
        "churn_risk", 0.85, "",
        "cancelar cancelei cancelo cancelando cancelamento",
        r"\bcancel(?:ar|ei|o|ando|amento) (?:d[oa] )?(?:a |o )?(?:minha |meu )?(?:assinatura|conta|contrato|"
        r"plano|cartão|linha|serviço)\b",
    ),
    (
        "churn_risk", 0.85, "negative",
        "nunca jamais volto",
        r"\b(?:nunca|jamais) mais (?:eu )?(?:compr|peç|volt|us|viaj|contrat|pis)\w*|\bnão (?:volto|compro|"
        r"peço) (?:nunca )?mais\b",
    ),
    (
        "churn_risk", 0.85, "",
        "mudar mudando trocar trocando migrar",
        r"\b(?:mud(?:ar|ando)|troc(?:ar|ando)|migr(?:ar|ando)) (?:de|para|pra) (?:operadora|banco|plano|"
        r"empresa|companhia|outr[ao]|concorrência)\b",
    ),
    (
        "churn_risk", 0.75, "negative",
        "última ultima cliente",
        r"\b[uú]ltima vez que (?:\w+ )?(?:compro|peço|viajo|venho|uso|voo|contrato)\b|\b(?:perderam|"
        r"perdeu) (?:um|uma) cliente\b",
    ),
    ("churn_risk", 0.8, "", "desinstalei desinstalando", ""),
    # spam
    (
        "spam", 0.75, "",
        "canal inscreva inscrevam",
        r"\binscrev(?:a|am)(?:-se)? (?:n[oa]|se) (?:meu )?canal\b|\b(?:se )?inscrev(?:a|"
        r"am) no (?:meu )?canal\b",
    ),
    ("spam", 0.7, "", "clique", r"\bclique (?:aqui|no link|e )\b"),
    (
        "spam", 0.7, "",
        "vendo vendendo",
        r"\b(?:estou|tô|to) vendendo\b|(?:^|[.!\n] *)vendo (?:\w+ ){1,6}(?:r\$|por|reais)",
    ),
    (
        "spam", 0.75, "",
        "desconto sorteio cupom promoção",
        r"\b\d{1,2} ?% (?:de desconto|off)\b|\bcupom ?:|\b(?:participe|"
        r"sorteio)\b.{0,60}\b(?:siga|ganhe|http|rt)\b",
    ),
    (
        "spam", 0.8, "",
        "whatsapp renda lucro telegram zap",
        r"\b(?:whatsapp|zap|telegram):? ?\+?\(?\d{2}|\brenda extra\b|\blucro (?:garantido|diário)\b|"
        r"\btrabalhe em casa\b",
    ),
    ("spam", 0.75, "", "link", r"\blink n[ao] (?:minha )?bio\b"),
)  # fmt: skip

RULES: Final[Rules] = build(
    _ROWS,
    "não nao n nem nunca nada jamais sem nenhum nenhuma",
    "como qual quais quando onde quanto quantos quem alguém alguem pode podem sabe sabem tem têm conseguiu vocês será",
    f"{_SERVICE} {_MONEY}",
)
