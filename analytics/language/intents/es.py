"""Spanish."""

from __future__ import annotations

from typing import Final

from analytics.language.intents.rules import Row, Rules, build

_SERVICE: Final = (
    "servicio atención soporte entrega pedido pedidos envío paquete personal camarero mesero producto "
    "productos app aplicación página reserva hotel habitación restaurante comida café tienda empresa banco "
    "aerolínea vuelo garantía actualización suscripción cliente clientes reembolso internet calidad"
)
_ANY: Final = "|".join(_SERVICE.split())
_SOLD: Final = "servicio entrega soporte aerolínea reembolso suscripción aplicación producto reserva"
_MONEY: Final = (
    "dinero precio precios pagué pagar vendedor celular móvil cargador tarjeta cuenta boleto tren señal  "
    "wifi compré compra"
)

_ROWS: Final[tuple[Row, ...]] = (
    # complaint
    (
        "complaint", 0.8, "negative",
        "reembolso devuelvan devolución devuelvanme",
        r"\breembolso\b|\bdevuelvan(?:me)? (?:mi|el) dinero\b|\bdevolución (?:de|del) (?:mi )?dinero",
    ),
    (
        "complaint", 0.85, "",
        "estafa estafadores estafaron timo robo",
        r"\b(?:estafa|estafadores|timo)\b|\bme (?:estafaron|robaron|timaron)\b|\bes un robo\b",
    ),
    (
        "complaint", 0.8, "negative",
        "esperando espera llevo",
        r"\b(?:sigo|seguimos|llevo|llevamos|años|horas) (?:\w+ ){0,4}esperando\b|\besperando (?:desde|hace|"
        r"más de|mi|el pedido)\b|\b(?:horas|días|semanas) de espera\b",
    ),
    (
        "complaint", 0.8, "",
        "llegó llega llegado contestan responden responde contestó respondió atienden entregaron recibido",
        r"\b(?:no|nunca|nadie|aún no|todavía no) (?:me |nos |ha |han |he |lo )*(?:llegó|llega|llegado|"
        r"contestan|contestó|responden?|respondió|atienden|entregaron|recibido)\b",
    ),
    (
        "complaint", 0.75, "negative",
        "funciona funcionan sirve sirven anda",
        r"\b(?:no|nunca|nada) (?:me |nos |ya )?(?:funcionan?|sirven?|anda)\b",
    ),
    (
        "complaint", 0.7, "negative",
        "roto rota dañado dañada defectuoso caído caída averiado",
        r"\b(?:llegó|vino|está|estaba|salió) (?:\w+ )?(?:rot[oa]|dañad[oa]|defectuos[oa]|caíd[oa]|"
        r"averiad[oa])\b",
    ),
    (
        "complaint", 0.85, "",
        "pésimo pésima mal mala malo malísimo malísima horrible terrible peor asco",
        rf"\b(?:pésim[oa]|mal[oa]?|malísim[oa]|horrible|terrible|peor|asco de) (?:el |la |de )?(?:{_ANY}|"
        rf"experiencia|trato)\b|\b(?:{_ANY}|trato) (?:\w+ )?(?:pésim[oa]|malísim[oa]|horrible|terrible)\b",
    ),
    (
        "complaint", 0.75, "negative",
        "vergüenza inaceptable indignante",
        r"\b(?:es|son|qué|una|vaya) (?:una )?vergüenza\b|\binaceptable\b",
    ),
    (
        "complaint", 0.7, "negative",
        "decepcionado decepcionada decepción decepcionante insatisfecho",
        r"\b(?:muy|tan|bastante) (?:decepcionad[oa]|decepcionante)\b|\bqué decepción\b|"
        r"\bdecepcionad[oa] con\b",
    ),
    (
        "complaint", 0.7, "negative",
        "cobraron cobran cobrado cobro cobros",
        r"\b(?:me|nos) (?:han )?(?:cobra(?:ron|n|do))\b|\bcobros? (?:indebidos?|doble)\b",
    ),
    (
        "complaint", 0.7, "negative",
        "cancelaron cancelado retraso perdieron retrasado",
        r"\b(?:vuelo|pedido|reserva|maleta|tren|cita) (?:\w+ ){0,3}(?:cancelad[oa]|cancelaron|retrasad[oa]|"
        r"perdieron)\b|\b(?:cancelaron|perdieron) (?:mi|el|la|nuestr[oa]) (?:vuelo|pedido|reserva|maleta|"
        r"cita)\b|\bcon (?:\w+ ){0,3}retraso\b",
    ),
    (
        "complaint", 0.3, "negative",
        "servicio atención entrega pedido envío soporte aerolínea reembolso suscripción",
        "",
    ),
    # question
    (
        "question", 0.85, "",
        "alguien",
        r"\balguien (?:\w+ )?(?:sabe|conoce|tiene|puede|podría|me|ha|recomienda|más)\b[^.!\n]{0,80}\?|"
        r"\balguien (?:sabe|me puede|podría|conoce|me dice)\b",
    ),
    (
        "question", 0.8, "",
        "cómo como qué que cuándo cuando dónde donde cuánto cuanto cuál cual quién quien por",
        r"¿ ?(?:y |pero |me |a |de |en |para |con )?(?:cómo|como|qué|que|cuándo|cuando|dónde|donde|cuánto|"
        r"cuanto|cuál|cual|quién|quien|por qué|alguien|tienen|hay|puedo|se puede|es|está)[^?!\n]{0,120}\?|"
        r"(?:^|[.!?,\n] *|\b(?:hola|y|pero) )(?:cómo|como|cuándo|cuando|dónde|donde|cuánto|cuanto|cuál|"
        r"cual) (?:se|puedo|es|son|está|están|hago|hay|cuesta|llama|sale)\b[^.!?\n]{0,100}\?",
    ),
    # praise
    ("praise", 0.75, "positive", "gracias grasias", r"\bgra[cs]ias\b(?! a dios)"),
    (
        "praise", 0.75, "positive",
        "encanta encantan encantó encanto encantas fascina fascinó amo adoro",
        r"\b(?:me|nos) (?:encant(?:a|an|ó|o|aron|as)|fascin(?:a|ó))\b|\bl[oae]s? (?:amo|adoro)\b|"
        r"\bte am+o+\b|\b(?:amo|adoro) (?:est[eao]|tu|sus?|el|la|los|las)\b",
    ),
    (
        "praise", 0.75, "positive",
        "excelente exelente excelentes maravilloso maravillosa increíble espectacular genial fantástico "
        "perfecto perfecta hermoso hermosa hermosas precioso preciosa buenísimo buenísima riquísimo "
        "delicioso mejor mejores crack bueno buena bonito bonita",
        r"\b(?:excelentes?|exelente|espectacular|maravillos[oa]|fantástic[oa]|buenísim[oa]|riquísim[oa]|"
        r"delicios[oa]|precios[oa]s?|hermos[oa]s?)\b|\b(?:eres|son|es|fue|está|qué|el|la|mi|los) (?:muy |"
        r"tan |lo |el |la |un |una )?(?:increíble|genial|perfect[oa]|mejor(?:es)?|crack)\b|\b(?:muy|que|"
        r"qué) (?:buen[oa]s?|bonit[oa]|bien)\b",
    ),
    (
        "praise", 0.75, "positive",
        "recomiendo recomendado recomendada recomendable",
        r"\b(?:lo|la|los|las|súper|super|muy|totalmente) (?:recomiendo|recomendad[oa]|recomendable)\b|"
        r"\brecomiendo (?:mucho|este|esta|al 100)",
    ),
    (
        "praise", 0.7, "positive",
        "felicidades felicitaciones felicito sigue bendiciones",
        r"\bfelicidades\b|\bfelicitaciones\b|\bfelicito\b|\bsigue as[ií]\b|\bbendiciones\b",
    ),
    (
        "praise", 0.7, "positive",
        "explicas explica cantas bailas actúas",
        r"\b(?:explicas?|cantas|bailas|actúas) (?:\w+ )?(?:bien|excelente|genial|hermoso|bonito|perfecto)\b|"
        r"\b(?:bien|bonito|excelente) (?:explicas|cantas|bailas)\b",
    ),
    # purchase interest
    (
        "purchase_interest", 0.85, "",
        "comprar compro compra consigo conseguir venden encuentro",
        r"\bd[oó]nde (?:\w+ )?(?:puedo |se puede |podría |lo |la |los |se |las )*(?:comprar(?:lo|la)?|"
        r"compro|compra|consigo|conseguir|venden|encuentro)\b",
    ),
    (
        "purchase_interest", 0.8, "",
        "comprar comprarme comprarlo",
        r"\b(?:quiero|quisiera|voy a|me gustaría|pensando en|interesad[oa] en|planeo|queremos|"
        r"vale la pena) comprar(?:me|lo|la)?\b(?! tiempo)",
    ),
    (
        "purchase_interest", 0.75, "",
        "busco buscando",
        r"\b(?:busco|estoy buscando|ando buscando) (?:un|una|unos|unas|comprar)\b(?! (?:novi[oa]|trabajo|"
        r"amig[oa]|razón|excusa))",
    ),
    (
        "purchase_interest", 0.85, "",
        "cuesta cuestan precio vale valen",
        r"\bcu[aá]nto (?:\w+ )?(?:cuestan?|valen?|sale)\b[^.!\n]{0,40}\?|\b(?:qué|cuál es el|que) precio\b|(?:^|"
        r"\W)precio ?\?",
    ),
    (
        "purchase_interest", 0.75, "",
        "recomiendan recomendar recomendación recomiendas",
        r"\b(?:qué|cuál|que|me|alguien) (?:\w+ ){0,2}(?:recomiendan|recomiendas|puede recomendar|"
        r"recomienda (?:un|una))\b[^.!\n]{0,50}\?|\balguna recomendación (?:de|para)\b",
    ),
    (
        "purchase_interest", 0.8, "",
        "envíos envían stock disponible",
        r"\b(?:hacen envíos|envían)\b[^.!\n]{0,40}\?|\b(?:tienen|hay) (?:\w+ )?stock\b|\bsigue disponible\b",
    ),
    # churn risk
    (
        "churn_risk", 0.85, "",
        "cancelar cancelo cancelé baja cancelaré",
        r"\b(?:cancel(?:ar|o|é|aré)|dar(?:me|é)? de baja|doy de baja)\b.{0,20}\b(?:suscripción|cuenta|"
        r"contrato|servicio|plan|línea|membresía|tarjeta)\b|\bme (?:voy a dar|doy|daré|he dado) de baja\b",
    ),
    (
        "churn_risk", 0.85, "negative",
        "vuelvo volveré volver nunca jamás",
        r"\b(?:nunca|jamás|no) (?:más )?(?:vuelvo|volveré|volveremos|vuelvan) (?:a )?(?:compr|ped|reserv|"
        r"viaj|ir|us|contrat|entr)\w*|\bnunca (?:más )?(?:compr|contrat)\w+",
    ),
    (
        "churn_risk", 0.85, "",
        "cambiarme cambio cambiar paso pasarme",
        r"\b(?:me (?:cambio|paso)|cambiarme|pasarme|cambiar) (?:de (?:compañía|banco|operador|proveedor|"
        r"aerolínea|empresa)|a (?:otr[ao]|la competencia))\b",
    ),
    (
        "churn_risk", 0.75, "negative",
        "última ultima cliente",
        r"\b[uú]ltima vez que (?:\w+ )?(?:compro|pido|viajo|vengo|uso|vuelo|contrato|reservo)\b|"
        r"\b(?:perdieron|han perdido|pierden) (?:a )?un(?:a)? client",
    ),
    (
        "churn_risk", 0.8, "",
        "desinstalé desinstalo desinstalar desuscribí desuscribo",
        r"\bdesinstal(?:é|o|ar|ando)\b|\b(?:me )?desuscrib[íio]\b",
    ),
    # spam
    (
        "spam", 0.75, "",
        "canal suscribete suscríbete suscribanse pasense",
        r"\bsuscr[ií]b(?:e|a)(?:te|nse) (?:a )?(?:\w+ )?(?:mi canal|a mi|li)\b|\b(?:visiten|pásense|pasense|"
        r"pasen) (?:por|a) (?:mi|este) (?:canal|perfil|página)\b",
    ),
    (
        "spam", 0.7, "",
        "clic click haz",
        r"\b(?:haz|da|dale|haga) (?:clic|click)\b|\benlace en (?:mi|la) (?:bio|perfil)\b",
    ),
    (
        "spam", 0.75, "",
        "descuento sorteo gana promoción oferta",
        r"\b\d{1,2} ?% de descuento\b|\b(?:participa|sorteo)\b.{0,60}\b(?:gana|sígue|http|rt)\b|"
        r"\bgana (?:un|una|hasta|dinero)\b.{0,60}(?:http|\$|€)",
    ),
    (
        "spam", 0.8, "",
        "whatsapp ingresos inversión trabaja telegram",
        r"\b(?:whatsapp|telegram):? ?\+?\d{3}|\bingresos (?:extra|pasivos)\b|\btrabaja desde casa\b|"
        r"\binvierte (?:en|con)\b",
    ),
    ("spam", 0.7, "", "vendo", r"^(?:\W*)(?:se vende|vendo)\b|\bvendo\b.{0,60}(?:\$|€|whatsapp|interesados)"),
)  # fmt: skip

RULES: Final[Rules] = build(
    _ROWS,
    "no ni nunca nada jamás sin tampoco ningún ninguna",
    "cómo qué cuándo dónde cuánto cuál cuáles quién alguien puedo pueden tienen hay sabe saben",
    f"{_SERVICE} {_MONEY}",
)
