"""Words that dates are written with: months and weekdays of 23 locales (Unicode CLDR), fillers, zones, digits."""

from __future__ import annotations

_MONTHS: tuple[str, ...] = (
    (
        "january jan januar janvier janv enero ene gennaio gen janeiro januari stycznia styczeń sty января "
        "январь янв січня січень січ ledna leden led tammikuuta tammikuu tammi ocak oca ianuarie ian január "
        "ιανουαρίου ιανουάριος ιαν يناير जनवरी जन януари яну"
    ),
    (
        "february feb februar février févr febrero febbraio fevereiro fev februari lutego luty lut февраля "
        "февраль февр лютого лютий лют února únor úno helmikuuta helmikuu helmi şubat şub februarie február "
        "febr φεβρουαρίου φεβρουάριος φεβ فبراير फ़रवरी फ़र февруари фев"
    ),
    (
        "march mar märz mär mars marzo março maart mrt marca marzec марта март мар березня березень бер "
        "března březen bře marts maaliskuuta maaliskuu maalis mart martie március márc μαρτίου μάρτιος μαρ "
        "μάρ maret مارس मार्च"
    ),
    (
        "april apr avril avr abril abr aprile kwietnia kwiecień kwi апреля апрель апр квітня квітень квіт "
        "dubna duben dub huhtikuuta huhtikuu huhti nisan nis aprilie április ápr απριλίου απρίλιος απρ أبريل "
        "अप्रैल април"
    ),
    (
        "may mai mayo maggio mag maio mei maja maj мая май травня травень трав května květen kvě toukokuuta "
        "toukokuu touko mayıs május máj μαΐου μάιος μαΐ μάι مايو मई"
    ),
    (
        "june jun juni juin junio giugno giu junho czerwca czerwiec cze июня июнь июн червня червень черв "
        "června červen čvn kesäkuuta kesäkuu kesä haziran haz iunie iun június jún ιουνίου ιούνιος ιουν ιούν "
        "يونيو जून юни"
    ),
    (
        "july jul juli juillet juil julio luglio lug julho lipca lipiec lip июля июль июл липня липень лип "
        "července červenec čvc heinäkuuta heinäkuu heinä temmuz tem iulie iul július júl ιουλίου ιούλιος ιουλ "
        "ιούλ يوليو जुलाई जुल юли"
    ),
    (
        "august aug août agosto ago augustus sierpnia sierpień sie августа август авг серпня серпень серп "
        "srpna srpen srp augusti elokuuta elokuu elo ağustos ağu augusztus αυγούστου αύγουστος αυγ αύγ "
        "agustus agu أغسطس अगस्त अग"
    ),
    (
        "september sep sept septembre septiembre settembre set setembro września wrzesień wrz сентября "
        "сентябрь сент вересня вересень вер září zář syyskuuta syyskuu syys eylül eyl septembrie szeptember "
        "szept σεπτεμβρίου σεπτέμβριος σεπ سبتمبر सितंबर सित септември сеп"
    ),
    (
        "october oct oktober okt octobre octubre ottobre ott outubro out października październik paź октября "
        "октябрь окт жовтня жовтень жовт října říjen říj lokakuuta lokakuu loka ekim eki octombrie október "
        "οκτωβρίου οκτώβριος οκτ أكتوبر अक्टूबर अक्टू октомври"
    ),
    (
        "november nov novembre noviembre novembro listopada listopad lis ноября ноябрь нояб листопада "
        "листопад лист listopadu marraskuuta marraskuu marras kasım kas noiembrie νοεμβρίου νοέμβριος νοε νοέ "
        "نوفمبر नवंबर नव ноември ное"
    ),
    (
        "december dec dezember dez décembre déc diciembre dic dicembre dezembro grudnia grudzień gru декабря "
        "декабрь дек грудня грудень груд prosince prosinec pro desember des joulukuuta joulukuu joulu aralık "
        "ara decembrie δεκεμβρίου δεκέμβριος δεκ ديسمبر दिसंबर दिस декември"
    ),
)
_WEEKDAYS = (
    "monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun montag dienstag "
    "mittwoch donnerstag freitag samstag sonntag mo di mi do fr sa so lundi mardi mercredi jeudi vendredi "
    "samedi dimanche lun mar mer jeu ven sam dim lunes martes miércoles jueves viernes sábado domingo mié "
    "jue vie sáb dom lunedì martedì mercoledì giovedì venerdì sabato domenica gio sab segunda feira terça "
    "quarta quinta sexta seg ter qua qui sex maandag dinsdag woensdag donderdag vrijdag zaterdag zondag "
    "ma wo vr za zo poniedziałek wtorek środa czwartek piątek sobota niedziela pon wt śr czw pt sob niedz "
    "понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс понеділок "
    "вівторок середа четвер пʼятниця субота неділя нд pondělí úterý středa čtvrtek pátek neděle po út st "
    "čt pá ne måndag tisdag onsdag torsdag fredag lördag söndag mån tis ons tors fre lör sön mandag "
    "tirsdag lørdag søndag man tirs lør søn tir tor maanantaina tiistaina keskiviikkona torstaina "
    "perjantaina lauantaina sunnuntai ti ke to pe la su pazartesi salı çarşamba perşembe cuma cumartesi "
    "pazar pzt sal çar per cum cmt paz luni marți miercuri joi vineri sâmbătă duminică mie vin sâm dum "
    "hétfő kedd szerda csütörtök péntek szombat vasárnap h k sze cs p szo v δευτέρα τρίτη τετάρτη πέμπτη "
    "παρασκευή σάββατο κυριακή δευ τρί τετ πέμ παρ σάβ κυρ senin selasa rabu kamis jumat sabtu minggu sen "
    "sel rab kam jum min الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد सोमवार मंगलवार बुधवार "
    "गुरुवार शुक्रवार शनिवार रविवार सोम मंगल बुध गुरु शुक्र शनि रवि понеделник сряда четвъртък петък "
    "събота неделя tues thur thurs weds"
)

MONTHS: dict[str, int] = {word: number for number, words in enumerate(_MONTHS, 1) for word in words.split()}
WEEKDAYS: frozenset[str] = frozenset(_WEEKDAYS.split())

# Words between the parts of a date that say nothing by themselves.
_FILLERS = "at on of the um uhr à le de del di da den der às a las los el kl klo г года в от th st nd rd er e t"
FILLERS: frozenset[str] = frozenset(_FILLERS.split())

# Zone names that exports write, in minutes east of UTC. Names are ambiguous by nature; where one name has
# several meanings the North American or European one is taken (CST is US Central, BST British Summer, IST
# Indian). Daylight names are taken at their word: "PST" in July is still UTC-8.
ZONES: dict[str, int] = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "cest": 120, "mez": 60,
    "mesz": 120, "eet": 120, "eest": 180, "msk": 180, "trt": 180, "sast": 120, "eat": 180, "wat": 60, "cat": 120,
    "gst": 240, "pkt": 300, "ist": 330, "npt": 345, "ict": 420, "wib": 420, "sgt": 480, "hkt": 480, "pht": 480,
    "myt": 480, "awst": 480, "jst": 540, "kst": 540, "acst": 570, "acdt": 630, "aest": 600, "aedt": 660,
    "nzst": 720, "nzdt": 780, "brt": -180, "art": -180, "clt": -240, "nst": -210, "ndt": -150, "ast": -240,
    "adt": -180, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480,
    "pdt": -420, "akst": -540, "akdt": -480, "hst": -600,
}  # fmt: skip

# Half-day marks: False before noon, True after.
HALVES: dict[str, bool] = {
    "am": False, "a.m.": False, "pm": True, "p.m.": True, "ص": False, "م": True, "午前": False, "午後": True,
    "上午": False, "下午": True, "오전": False, "오후": True, "π.μ.": False, "μ.μ.": True,
}  # fmt: skip

_ZEROS = "٠۰०০੦૦୦௦౦೦൦๐໐０"
DIGITS: dict[int, str] = {ord(zero) + n: str(n) for zero in _ZEROS for n in range(10)}
# East Asian date units, written as the separators the grammar knows.
UNITS: dict[int, str] = {
    ord("年"): "-", ord("月"): "-", ord("日"): " ", ord("년"): "-", ord("월"): "-", ord("일"): " ",
    ord("時"): ":", ord("时"): ":", ord("시"): ":", ord("点"): ":", ord("分"): ":", ord("분"): ":",
    ord("秒"): " ", ord("초"): " ", ord("\u00a0"): " ", ord("\u202f"): " ", ord("\u200f"): " ", ord("\u200e"): " ",
    ord("،"): ",", ord("·"): " ", ord("−"): "-", ord("–"): "-", ord("\u200b"): " ",
}  # fmt: skip
