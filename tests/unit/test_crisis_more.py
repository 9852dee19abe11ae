"""What a review of the cries for help has found missing: each line in every language, and what must not be one."""

from __future__ import annotations

import time

import pytest

from portal import paths
from portal.search.crisis import ACUTE, HINT, Crisis, find_crisis
from portal.search.lexicon import read_lexicons
from portal.search.text import fold

LEXICONS = read_lexicons(paths.SEARCH / "understanding")
LONGEST = 200
"""Characters of a line; more are cut off before anybody reads it."""


def crisis(text: str, lang: str) -> Crisis | None:
    """By the patterns, in the order in which the search asks the languages."""
    return find_crisis(fold(text), [LEXICONS[lang], *(other for code, other in LEXICONS.items() if code != lang)])


def level(text: str, lang: str) -> str | None:
    found = crisis(text, lang)
    return found.level if found else None


def pairs(lines: dict[str, list[str]]) -> list[tuple[str, str]]:
    assert sorted(lines) == sorted(LEXICONS)
    return [(lang, text) for lang, some in lines.items() for text in some]


OWN_LIFE = [
    "ich will mich umbringen",
    "ich möchte mich umbringen",
    "ich werde mich umbringen",
    "ich wollte mich umbringen",
    "ich will mich töten",
    "ich möchte mich töten",
    "ich werde mich heute töten",
    "ich würde mich am liebsten umbringen",
    "am liebsten würde ich mich umbringen",
    "manchmal will ich mich umbringen",
    "ich glaube ich will mich umbringen",
    "dass ich mich umbringen will",
    "ich habe angst dass ich mich umbringe",
    "ich denke daran mich umzubringen",
    "ich habe versucht mich umzubringen",
    "ich bring mich um",
    "ich bringe mich heute nacht um",
    "ich töte mich",
    "will mich umbringen",
    "möchte mich umbringen",
    "ich überlege mich umzubringen",
    "ich will mich und meine kinder umbringen",
    "ich will mich nur noch umbringen",
    "wil mich umbringen",
    "ich will mir das leben nehmen",
    "mein sohn will sich umbringen",
    "mein mann schlägt mich und ich will mich umbringen",
    "ich will mich aufhängen",
    "ich will sterben und mich umbringen",
]

THREATENED = [
    "mein mann will mich umbringen",
    "ich glaube er will mich umbringen",
    "ich glaube mein ex will mich umbringen",
    "ich weiß er will mich töten",
    "ich habe angst dass er mich umbringt",
    "er droht mich umzubringen",
    "er hat versucht mich umzubringen",
    "er wollte mich umbringen",
    "mein mann sagt er wird mich umbringen",
    "er bringt mich um",
    "ich will weg er will mich umbringen",
    "ich werde bedroht er will mich töten",
    "wenn ich gehe will er mich umbringen",
    "hilfe mein ex möchte mich töten",
]

BABY = {
    "de": [
        "unser baby schreit die ganze nacht ich kann nicht mehr",
        "ich kann nicht mehr das baby schreit nur",
        "baby schreit ununterbrochen ich halte es nicht mehr aus",
        "mein baby 6 wochen weint nur noch, ich kann nimmer",
        "das schreien von meinem baby ertrage ich nicht mehr",
        "mein sohn 3 monate brüllt jede nacht wir können nicht mehr",
        "ich halte das geschrei meines babys nicht mehr aus",
        "zwillinge schreien die ganze nacht ich schaffe das nicht mehr",
        "säugling schreit ich pack das nicht mehr",
        "baby schreit stundenlang und ich kann einfach nicht mehr",
    ],
    "en": [
        "my baby won't stop crying and I can't take it any more",
        "baby screams all night i cant anymore",
        "i cant cope any more my baby cries all day",
        "newborn crying for hours i can't stand it",
        "i cannot take the screaming of my baby anymore",
        "my 3 month old cries constantly, i can't go on",
        "i can't listen to my baby crying any more",
        "twins wont stop screaming we cant do this anymore",
    ],
    "tr": [
        "bebeğim hiç susmuyor dayanamıyorum",
        "bebek bütün gece ağlıyor artık dayanamıyorum",
        "bebeğin ağlamasına tahammülüm kalmadı",
        "iki aylık kızım hiç susmuyor artık yapamıyorum",
        "dayanamıyorum bebeğim sürekli ağlıyor",
        "bebegim gece gunduz agliyor dayanamiyom artik",
    ],
    "ar": [
        "البيبي ما بيسكت وما عاد اتحمل",
        "طفلي يبكي طول الليل وما عاد فيني",
        "الرضيع عم يبكي كل الليل انا ما عاد اقدر اتحمل",
        "ما عدت اتحمل بكاء الرضيع",
        "ابني عمره شهرين يبكي كل الليل ماعاد اتحمل",
        "بيبي يصرخ من ساعات ومش قادرة استحمل",
    ],
    "uk": [
        "малюк кричить всю ніч, я більше не можу",
        "немовля плаче і не замовкає, не витримую",
        "не можу більше чути плач немовляти",
        "дитина 2 місяці плаче цілу ніч, більше не можу",
        "я більше не витримую, немовля репетує",
    ],
    "ru": [
        "малыш орёт всю ночь, я больше не могу",
        "младенец не замолкает, не выдерживаю",
        "ребёнок плачет всю ночь, я больше не могу",
        "больше не могу терпеть крик грудничка",
        "сыну 2 месяца, он кричит без остановки, не могу больше",
        "новорожденный плачет не переставая, не выдержу",
    ],
}

NO_BABY = {
    "de": [
        "baby schreit nachts und kann nicht schlafen",
        "mein baby schreit und ich kann nicht schlafen",
        "baby weint viel ich kann nicht mehr stillen",
        "baby schreit beim zahnen kann nicht einschlafen",
        "baby weint in der krippe ich halte das nicht aus",
        "baby schreit wenn ich es ablege kann nicht mehr alleine duschen",
        "baby schreit kann ich es schreien lassen",
        "baby schreit und lässt sich nicht beruhigen was tun",
        "baby schreit im auto ich kann es nicht beruhigen",
        "baby weint beim stillen kann nicht richtig trinken",
    ],
    "en": [
        "my baby cries at night and can't sleep",
        "baby cries when i leave the room",
        "my baby cries at nursery drop off i can't bear it",
        "baby won't stop crying what can i do",
        "baby cries and i cant sleep",
    ],
    "tr": [
        "bebek gece ağlıyor uyuyamıyor",
        "bebeğim ağlıyor ne yapmalıyım",
        "bebek kreşte ağlıyor dayanamıyorum",
        "bebek açlığa dayanamıyor ağlıyor",
    ],
    "ar": [
        "البيبي يبكي بالليل وما بيقدر ينام",
        "الرضيع يبكي ليش",
        "البيبي يبكي وما قادرة نام",
    ],
    "uk": [
        "малюк плаче вночі і не може заснути",
        "немовля плаче чому",
        "малюк плаче в садку не можу витримати",
    ],
    "ru": [
        "малыш плачет ночью и не может уснуть",
        "младенец кричит почему",
        "малыш плачет в садике я не выдерживаю",
    ],
}

AFRAID = {
    "de": [
        "ich habe angst vor meinem mann",
        "ich habe angst vor meinem partner",
        "hab solche angst vor meinem ex",
        "ich habe angst vor meinem freund",
        "ich hab angst vor meinem vater",
        "ich habe angst vor papa",
        "angst vor meinem mann",
        "meine kinder und ich haben angst vor meinem exmann",
        "ich habe große angst vor meinem betrunkenen mann",
        "vor meinem mann habe ich angst",
        "mein mann macht mir angst",
        "ich fürchte mich vor meinem vater",
        "habe panik vor meinem ex mann",
        "angs vor mein man",
        "ich habe nachts immer angst vor meinem stiefvater",
        "ich habe angst vor meinem mann was kann ich tun",
        "ich habe angst vor meinem vater seinem wutanfall",
    ],
    "en": [
        "i am afraid of my husband",
        "i'm scared of my partner",
        "im so scared of my ex",
        "i am frightened of my boyfriend",
        "i'm terrified of my dad",
        "scared of my father",
        "me and my kids are scared of my husband",
        "my husband scares me",
        "i fear my ex husband",
        "we are afraid of our father",
    ],
    "tr": [
        "kocamdan korkuyorum",
        "eşimden çok korkuyorum",
        "partnerimden korkuyorum",
        "eski kocamdan korkuyorum",
        "erkek arkadaşımdan korkuyorum",
        "babamdan korkuyorum",
        "korkuyorum kocamdan",
        "kocam beni korkutuyor",
    ],
    "ar": [
        "خايفة من زوجي",
        "انا خائفة من زوجي",
        "بخاف من جوزي",
        "أخاف من طليقي",
        "خايفة كتير من ابوي",
        "اخاف من والدي",
        "خايفة من صاحبي",
        "زوجي يخوفني",
    ],
    "uk": [
        "боюся свого чоловіка",
        "боюсь чоловіка",
        "я дуже боюся свого партнера",
        "боюсь колишнього",
        "боюся свого хлопця",
        "боюся батька",
        "я боюся тата",
        "чоловіка боюсь",
        "мене лякає мій чоловік",
    ],
    "ru": [
        "боюсь мужа",
        "я боюсь своего партнера",
        "очень боюсь бывшего мужа",
        "боюсь своего парня",
        "боюсь отца",
        "я боюсь папу",
        "мужа боюсь",
        "муж меня пугает",
    ],
}

NOT_AFRAID = {
    "de": [
        "ich habe angst vor der geburt",
        "ich habe angst vor dem amt",
        "ich habe angst vor meinem chef",
        "ich habe angst vor meinem ex-chef",
        "ich habe angst vor meinem hund",
        "ich habe keine angst vor meinem mann",
        "mein mann hat angst vor der geburt",
        "mein kind hat angst vor papa",
        "ich habe angst vor meinem arzttermin",
        "ich habe angst vor meinem frauenarzt",
        "angst vor der prüfung",
        "ich habe angst um meinen mann",
        "mein mann hat angst vor hunden",
        "ich habe angst vor dem mann vom jugendamt",
        "ich habe angst vor meinen eltern zu sagen dass ich schwanger bin",
        "ich habe angst vor meiner schwiegermutter",
        "ich habe angst vor meinem ersten arbeitstag",
    ],
    "en": [
        "i am afraid of giving birth",
        "i am scared of the office",
        "i am scared of my boss",
        "i am not afraid of my husband",
        "i am scared of my husband dying",
        "my son is scared of my dog",
        "afraid of my father in law",
        "scared of my exam",
    ],
    "tr": [
        "doğumdan korkuyorum",
        "patronumdan korkuyorum",
        "kocamdan ayrılmaktan korkuyorum",
        "kocam doğumdan korkuyor",
        "kocamdan korkmuyorum",
        "memurdan korkuyorum",
    ],
    "ar": [
        "خايفة من الولادة",
        "بخاف من مديري",
        "خايفة من الدائرة",
        "ما بخاف من زوجي",
        "ابني بيخاف من بابا",
        "خايفة على زوجي",
    ],
    "uk": [
        "боюсь пологів",
        "боюся начальника",
        "боюся свого колишнього начальника",
        "не боюсь чоловіка",
        "боюсь за чоловіка",
        "боюсь батьківських зборів",
    ],
    "ru": [
        "боюсь родов",
        "боюсь начальника",
        "боюсь бывшего начальника",
        "не боюсь мужа",
        "боюсь потерять мужа",
        "боюсь мужа потерять",
    ],
}

TOUCHED = [
    ("de", "unser onkel hat sie angefasst"),
    ("de", "onkel hat sie angefasst"),
    ("de", "mein onkel hat meine tochter angefasst"),
    ("de", "der nachbar hat sie angefasst"),
    ("de", "unser opa hat ihn angefasst"),
    ("de", "der babysitter hat unsere tochter angefasst"),
    ("en", "our uncle touched her"),
    ("en", "uncle touched my daughter"),
    ("tr", "amcası ona dokunmuş"),
    ("tr", "amcamız ona dokundu"),
    ("ar", "عمها لمسها"),
    ("uk", "наш дядько її чіпав"),
    ("uk", "дядько торкався її там"),
    ("ru", "наш дядя её трогал"),
    ("ru", "дядя её лапал"),
]


@pytest.mark.parametrize("text", OWN_LIFE)
def test_who_wants_to_kill_themselves_is_led_to_the_numbers_for_that(text: str) -> None:
    assert crisis(text, "de") == Crisis(ACUTE, "suizid-gedanken")


@pytest.mark.parametrize("text", THREATENED)
def test_who_is_going_to_be_killed_by_somebody_is_led_to_help_against_violence(text: str) -> None:
    assert crisis(text, "de") == Crisis(ACUTE, "gewalt-zuhause")


@pytest.mark.parametrize(("lang", "text"), pairs(BABY))
def test_who_cannot_bear_the_crying_any_more_is_in_need_of_help_now(lang: str, text: str) -> None:
    assert crisis(text, lang) == Crisis(ACUTE, "baby-schreit")


@pytest.mark.parametrize(("lang", "text"), pairs(NO_BABY))
def test_a_baby_that_cries_is_no_cry_for_help(lang: str, text: str) -> None:
    assert level(text, lang) != ACUTE


@pytest.mark.parametrize(("lang", "text"), pairs(AFRAID))
def test_who_is_afraid_of_somebody_at_home_is_led_to_help_against_violence(lang: str, text: str) -> None:
    assert crisis(text, lang) == Crisis(ACUTE, "gewalt-zuhause")


@pytest.mark.parametrize(("lang", "text"), pairs(NOT_AFRAID))
def test_another_fear_is_no_cry_for_help(lang: str, text: str) -> None:
    assert level(text, lang) != ACUTE


@pytest.mark.parametrize(("lang", "text"), [("de", "mein kind hat angst vor papa"), ("ru", "дочка боится папу")])
def test_a_child_that_is_afraid_stays_a_hint(lang: str, text: str) -> None:
    assert level(text, lang) == HINT


@pytest.mark.parametrize(("lang", "text"), TOUCHED)
def test_a_child_that_was_touched_stays_a_child_in_danger(lang: str, text: str) -> None:
    assert crisis(text, lang) == Crisis(ACUTE, "kind-in-gefahr")


@pytest.mark.parametrize("page", sorted(LEXICONS))
@pytest.mark.parametrize("text", ["ich habe angst vor meinem mann", "kocamdan korkuyorum", "خايفة من زوجي"])
def test_the_language_of_the_page_does_not_matter(page: str, text: str) -> None:
    assert crisis(text, page) == Crisis(ACUTE, "gewalt-zuhause")


REPEATED = [
    "baby schreit ",
    "ich kann baby schreit ",
    "ich habe angst ",
    "ich will mich ",
    "baby cries cant ",
    "i am scared of my ",
    "bebek agliyor ",
    "البيبي يبكي ما ",
    "خايفه من ",
    "малюк плаче не можу ",
    "малыш плачет не могу ",
    "боюсь своего ",
]


@pytest.mark.parametrize("text", REPEATED)
def test_words_that_a_pattern_begins_with_are_judged_at_once_however_often_they_come(text: str) -> None:
    line = fold((text * LONGEST)[:LONGEST])

    def seconds() -> float:
        started = time.process_time()
        find_crisis(line, LEXICONS.values())
        return time.process_time() - started

    assert min(seconds() for _ in range(3)) < 0.15
