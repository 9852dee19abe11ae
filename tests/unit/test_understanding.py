"""One line in a parent's own words: needs, ages, district, wishes, languages and crises are found, each can be taken away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from portal import paths
from portal.offers.filters import Barrier
from portal.search.ages import AgeFinding
from portal.search.crisis import ACUTE, HINT, Crisis
from portal.search.model import Guess, NeedModel
from portal.search.understanding import NeedAges, Place, Understanding, Understood

PLACES = [
    Place("nordstadt", "Nordstadt"),
    Place("westhafen", "Westhafen"),
    Place("hinterwiesen", "Hinterwiesen"),
    Place("mitte", "Mitte"),
    Place("alter-markt", "Am Alten Markt"),
    Place("gruenau", "Grünau"),
]
NO_AGES = NeedAges(None, None)


@pytest.fixture(scope="module")
def whole() -> Understanding:
    """With the files and the model that the portal runs with."""
    return Understanding.load(paths.SEARCH, NeedModel.load(paths.SEARCH / "model.npz"))


class FixedModel:
    """Thinks the same of every line."""

    def __init__(self, needs: list[tuple[str, float]], none: float, acute: float, hint: float) -> None:
        self.answer = Guess(needs, none, acute, hint)

    def guess(self, _text: str) -> Guess:
        return self.answer


def thinking(
    whole: Understanding, *needs: tuple[str, float], none: float = 0.0, acute: float = 0.0, hint: float = 0.0
) -> Understanding:
    model: Any = FixedModel(list(needs), none, acute, hint)
    return Understanding(whole.lexicons, model, whole.thresholds)


# --- Needs ---


@pytest.mark.parametrize(
    ("lang", "text", "need"),
    [
        ("de", "wo kann mein kind schwimmen lernen", "schwimmkurs"),
        ("de", "klassenfahrt können wir nicht bezahlen", "but_klassenfahrt"),
        ("de", "nachhilfe mathe", "nachhilfe"),
        ("de", "kita platz anmelden", "kita_anmeldung"),
        ("de", "hebame findn", "hebamme"),
        ("de", "schulden", "schulden"),
        ("de", "mein mann schlägt mich", "haeusliche_gewalt"),
        ("en", "swimming lessons for my child", "schwimmkurs"),
        ("en", "daycare registration", "kita_anmeldung"),
        ("en", "we cannot pay the class trip", "but_klassenfahrt"),
        ("tr", "çocuğum için yüzme kursu", "schwimmkurs"),
        ("tr", "kreş kaydı", "kita_anmeldung"),
        ("tr", "matematik özel ders", "nachhilfe"),
        ("ar", "دورة سباحة لطفلي", "schwimmkurs"),
        ("ar", "تسجيل في الروضة", "kita_anmeldung"),
        ("ar", "دروس تقوية رياضيات", "nachhilfe"),
        ("uk", "курси плавання для дитини", "schwimmkurs"),
        ("uk", "запис у садок", "kita_anmeldung"),
        ("uk", "репетитор з математики", "nachhilfe"),
        ("ru", "курсы плавания для ребёнка", "schwimmkurs"),
        ("ru", "запись в садик", "kita_anmeldung"),
        ("ru", "репетитор по математике", "nachhilfe"),
    ],
)
def test_what_a_clear_line_is_about_comes_first(whole: Understanding, lang: str, text: str, need: str) -> None:
    found = whole.understand(text, lang)
    assert found.needs[0][0] == need
    assert found.needs[0][1] > 0.5
    assert whole.understand(text, "de").needs == found.needs, "whatever language the page is in"


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("de", "hallo"),
        ("de", "wie wird das wetter morgen"),
        ("de", "pizza bestellen"),
        ("de", "asdfghjkl"),
        ("de", "123"),
        ("en", "hello how are you"),
        ("en", "weather tomorrow"),
        ("tr", "merhaba"),
        ("tr", "hava nasıl yarın"),
        ("ar", "مرحبا"),
        ("ar", "كيف حالك"),
        ("ar", "الطقس غدا"),
        ("uk", "привіт"),
        ("uk", "погода завтра"),
        ("ru", "привет как дела"),
        ("ru", "погода завтра"),
    ],
)
def test_a_line_that_is_about_nothing_here_has_no_needs(whole: Understanding, lang: str, text: str) -> None:
    assert whole.understand(text, lang, places=PLACES) == Understood()


@pytest.mark.parametrize("text", ["", " ", "???", "!!!", "😀", "\x00", "…"])
def test_a_line_without_a_word_says_nothing_at_all(whole: Understanding, text: str) -> None:
    assert whole.understand(text, "de", places=PLACES) == Understood()


def test_hardly_one_of_the_lines_about_nothing_has_a_need(whole: Understanding) -> None:
    file = paths.CONTENT / "needs" / "utterances" / "none.yaml"
    lines = YAML(typ="safe").load(file.read_text(encoding="utf-8"))["lines"]
    wrong = [line for lang, some in lines.items() for line in some if whole.understand(line, lang).needs]
    assert len(wrong) <= sum(len(some) for some in lines.values()) / 50, wrong


def test_only_needs_that_exist_are_found(whole: Understanding) -> None:
    model = thinking(whole, ("kita_anmeldung", 0.6), ("abgeschafft", 0.3), ("kita_beitrag", 0.1))
    assert model.understand("x", "de").needs == [("kita_anmeldung", 0.6), ("abgeschafft", 0.3), ("kita_beitrag", 0.1)]
    known = {"kita_anmeldung": NO_AGES, "kita_beitrag": NO_AGES}
    assert model.understand("x", "de", needs=known).needs == [("kita_anmeldung", 0.6), ("kita_beitrag", 0.1)]
    assert model.understand("x", "de", needs={}).needs == []


# --- Thresholds ---


def test_needs_below_the_threshold_and_far_below_the_best_are_not_mentioned(whole: Understanding) -> None:
    rules = whole.thresholds
    below, beside = rules.need - 0.001, rules.beside * 0.9
    assert thinking(whole, ("a", rules.need), ("b", below)).understand("x", "de").needs == [("a", rules.need)]
    assert thinking(whole, ("a", below)).understand("x", "de").needs == []
    found = thinking(whole, ("a", 0.9), ("b", beside + 0.001), ("c", beside - 0.001)).understand("x", "de")
    assert [code for code, _chance in found.needs] == ["a", "b"]


def test_at_most_six_needs_are_mentioned(whole: Understanding) -> None:
    many = [(f"n{number}", 0.12) for number in range(8)]
    assert thinking(whole, *many).understand("x", "de").needs == many[:6]


def test_a_line_that_is_probably_about_nothing_has_no_needs(whole: Understanding) -> None:
    limit = whole.thresholds.none
    assert thinking(whole, ("a", 0.4), none=limit).understand("x", "de").needs == []
    assert thinking(whole, ("a", 0.4), none=limit - 0.01).understand("x", "de").needs == [("a", 0.4)]


# --- Ages ---


def test_a_need_of_another_age_is_less_probable(whole: Understanding) -> None:
    needs = {"hebamme": NeedAges(0, 12), "jugendtreff": NeedAges(120, 324)}
    model = thinking(whole, ("hebamme", 0.6), ("jugendtreff", 0.3))
    factor = whole.thresholds.outside_age
    assert model.understand("tochter 15 jahre", "de", needs=needs).needs == [
        ("jugendtreff", 0.3),
        ("hebamme", round(0.6 * factor, 4)),
    ]
    assert model.understand("baby", "de", needs=needs).needs == [
        ("hebamme", 0.6),
        ("jugendtreff", round(0.3 * factor, 4)),
    ]
    assert model.understand("hilfe", "de", needs=needs).needs == [("hebamme", 0.6), ("jugendtreff", 0.3)]


def test_where_the_age_was_taken_away_it_lowers_nothing(whole: Understanding) -> None:
    model = thinking(whole, ("hebamme", 0.6))
    found = model.understand("tochter 15 jahre", "de", needs={"hebamme": NeedAges(0, 12)}, without={"age"})
    assert found.needs == [("hebamme", 0.6)]


@pytest.mark.parametrize(
    ("low", "high", "fits"),
    [
        (None, None, True),
        (36, 47, True),
        (47, 60, True),
        (0, 36, True),
        (48, None, False),
        (None, 35, False),
        (None, 36, True),
        (47, None, True),
    ],
)
def test_a_need_fits_where_its_ages_and_those_of_the_child_meet(low: int | None, high: int | None, fits: bool) -> None:
    assert NeedAges(low, high).fits(AgeFinding(((36, 47),))) is fits
    assert NeedAges(low, high).fits(AgeFinding()) is True


def test_one_of_several_children_is_enough() -> None:
    assert NeedAges(0, 12).fits(AgeFinding(((100, 111), (6, 6)))) is True


# --- Districts ---


@pytest.mark.parametrize(
    ("lang", "text", "slug"),
    [
        ("de", "kita in der Nordstadt", "nordstadt"),
        ("de", "nordstadt", "nordstadt"),
        ("de", "kita westhafens", "westhafen"),
        ("de", "nordstädter kita", "nordstadt"),
        ("de", "kita nordstatd", "nordstadt"),
        ("de", "kita hinterwisen", "hinterwiesen"),
        ("de", "spielgruppe am alten markt", "alter-markt"),
        ("de", "kita grünau", "gruenau"),
        ("de", "kita gruenau", "gruenau"),
        ("en", "daycare westhaven", "westhafen"),
        ("tr", "nordstadt’ta kreş", "nordstadt"),
        ("tr", "westhafenda kreş", "westhafen"),
        ("ar", "روضة في نوردشتات", "nordstadt"),
        ("ar", "روضة بالنوردشتات", "nordstadt"),
        ("uk", "садок у Нордштадті", "nordstadt"),
        ("uk", "садок у Вестхафені", "westhafen"),
        ("ru", "садик в Нордштадте", "nordstadt"),
        ("ru", "садик в Вестхафене", "westhafen"),
    ],
)
def test_a_district_is_found_however_it_is_written(whole: Understanding, lang: str, text: str, slug: str) -> None:
    assert whole.understand(text, lang, places=PLACES).district == slug


@pytest.mark.parametrize(
    "text", ["kita", "kita in südstadt", "norden", "stadt", "alter markt", "wiesen", "am markt", ""]
)
def test_what_is_only_a_little_like_a_district_is_none(whole: Understanding, text: str) -> None:
    assert whole.understand(text, "de", places=PLACES).district is None


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("kita in mitte", "mitte"),
        ("wir sind aus Mitte", "mitte"),
        ("Mitte", "mitte"),
        ("kita mitte august", None),
        ("mitte juli ferien", None),
        ("in der mitte der klasse", None),
        ("kita in mittel", None),
    ],
)
def test_a_short_name_is_a_district_only_where_a_place_is_meant(
    whole: Understanding, text: str, slug: str | None
) -> None:
    assert whole.understand(text, "de", places=PLACES).district == slug


def test_without_districts_none_is_found(whole: Understanding) -> None:
    assert whole.understand("kita in der nordstadt", "de").district is None


def test_the_name_itself_comes_before_one_that_is_like_it(whole: Understanding) -> None:
    places = [Place("a", "Neustedt"), Place("b", "Neustadt")]
    assert whole.understand("kita neustadt", "de", places=places).district == "b"
    assert whole.understand("kita neustadt", "de", places=places[::-1]).district == "b"


# --- Wishes ---


@pytest.mark.parametrize(
    ("lang", "text", "barriers"),
    [
        ("de", "schwimmkurs kostenlos", (Barrier.FREE,)),
        ("de", "beratung ohne anmeldung mit rollstuhl", (Barrier.NO_REGISTRATION, Barrier.STEP_FREE)),
        ("de", "jemand der mitkommt", (Barrier.ACCOMPANIED,)),
        ("de", "ohne deutsch", (Barrier.NO_GERMAN,)),
        ("de", "online beratung", (Barrier.REMOTE,)),
        ("de", "kein geld für die klassenfahrt", ()),
        ("en", "free swimming course", (Barrier.FREE,)),
        ("en", "wheelchair", (Barrier.STEP_FREE,)),
        ("tr", "ücretsiz yüzme kursu", (Barrier.FREE,)),
        ("ar", "مجانا دورة سباحة", (Barrier.FREE,)),
        ("uk", "безкоштовно плавання", (Barrier.FREE,)),
        ("ru", "бесплатно плавание", (Barrier.FREE,)),
    ],
)
def test_what_must_not_stand_in_the_way(
    whole: Understanding, lang: str, text: str, barriers: tuple[Barrier, ...]
) -> None:
    assert sorted(whole.understand(text, lang).barriers) == sorted(barriers)


@pytest.mark.parametrize(
    ("lang", "text", "languages"),
    [
        ("de", "arzt der türkisch spricht", ("tr",)),
        ("de", "beratung auf arabisch", ("ar",)),
        ("de", "deutschkurs", ()),
        ("en", "speaks turkish", ("tr",)),
        ("tr", "türkçe konuşan doktor", ("tr",)),
        ("ar", "باللغة العربية", ("ar",)),
        ("uk", "українською мовою", ("uk",)),
        ("ru", "говорит по-русски", ("ru",)),
    ],
)
def test_which_language_somebody_there_should_speak(
    whole: Understanding, lang: str, text: str, languages: tuple[str, ...]
) -> None:
    assert whole.understand(text, lang).languages == languages


# --- Crises ---


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("de", "mein mann schlägt mich"),
        ("en", "my husband hits me"),
        ("tr", "eşim beni dövüyor"),
        ("ar", "زوجي يضربني"),
        ("uk", "чоловік мене б’є"),
        ("ru", "муж меня бьёт"),
    ],
)
def test_a_crisis_is_found_and_nothing_else_is_lost(whole: Understanding, lang: str, text: str) -> None:
    found = whole.understand(f"{text}, nordstadt, kind 3 jahre", lang, places=PLACES)
    assert (found.crisis.level if found.crisis else None) == ACUTE
    assert found.needs[0][0] == "haeusliche_gewalt"
    assert (found.ages.spans, found.district) == (((36, 47),), "nordstadt")


def test_a_crisis_cannot_be_taken_away(whole: Understanding) -> None:
    text = "mein mann schlägt mich"
    found = whole.understand(text, "de")
    assert whole.understand(text, "de", without={*found.chips(), "crisis"}) == Understood(crisis=found.crisis)


ENOUGH = "wolke regen sonne"
"""As many words as the model needs to be believed."""


def test_a_need_near_a_crisis_is_a_hint_although_it_was_taken_away(whole: Understanding) -> None:
    model = thinking(whole, ("sucht", 0.9))
    assert whole.thresholds.near_crisis.count("sucht") == 1
    assert model.understand(ENOUGH, "de", without={"need:sucht"}) == Understood(crisis=Crisis(HINT, None))


def test_the_model_is_asked_about_crises_with_the_thresholds_of_the_file(whole: Understanding) -> None:
    acute, hint = whole.thresholds.crisis_acute, whole.thresholds.crisis_hint
    danger = ("haeusliche_gewalt", whole.thresholds.crisis_need)
    assert thinking(whole, danger, acute=acute).understand(ENOUGH, "de").crisis == Crisis(ACUTE, None)
    assert thinking(whole, danger, acute=acute - 0.01).understand(ENOUGH, "de").crisis == Crisis(HINT, None)
    assert thinking(whole, ("schulden", 0.9), acute=acute).understand(ENOUGH, "de").crisis is None
    assert thinking(whole, hint=hint).understand(ENOUGH, "de").crisis == Crisis(HINT, None)
    assert thinking(whole, hint=hint - 0.01).understand(ENOUGH, "de").crisis is None


def test_the_first_words_of_a_line_are_no_crisis_yet(whole: Understanding) -> None:
    for text in ("my", "i", "mein mann", "меня", "сын"):
        assert whole.understand(text, "de").crisis is None, text


@pytest.mark.parametrize("kind", ["acute", "hint"])
def test_the_model_stands_behind_the_patterns_and_knows_most_of_what_it_was_taught(
    whole: Understanding, kind: str
) -> None:
    file = paths.SEARCH / "crisis.yaml"
    lines = [line for some in YAML(typ="safe").load(file.read_text(encoding="utf-8"))[kind].values() for line in some]
    chances = [getattr(whole.model.guess(line), kind) for line in lines]
    assert sum(chance > 0.25 for chance in chances) > len(lines) / 2


@pytest.mark.parametrize("text", ["kita anmelden", "schwimmkurs", "kinderzuschlag", "hallo", "sohn spielt fußball"])
def test_an_ordinary_line_is_no_crisis(whole: Understanding, text: str) -> None:
    assert whole.understand(text, "de").crisis is None


# --- Taken away ---

FULL = "schwangere sucht hebamme auf türkisch, kostenlos, in der nordstadt, sohn 3 jahre"


def test_each_finding_has_a_key(whole: Understanding) -> None:
    found = whole.understand(FULL, "de", places=PLACES)
    needs = [f"need:{code}" for code, _chance in found.needs]
    assert needs[0] == "need:hebamme"
    assert found.chips() == ["age", "pregnant", *needs, "district", "barrier:kostenlos", "language:tr"]
    assert whole.understand("schwanger", "de").chips()[0] == "pregnant"
    assert Understood().chips() == []


def test_a_finding_that_was_taken_away_is_gone_and_the_others_stay(whole: Understanding) -> None:
    found = whole.understand(FULL, "de", places=PLACES)
    gone: dict[str, dict[str, Any]] = {
        "age": {"ages": AgeFinding((), found.ages.pregnant)},
        "pregnant": {"ages": AgeFinding(found.ages.spans, False)},
        "district": {"district": None},
        "barrier:kostenlos": {"barriers": ()},
        "language:tr": {"languages": ()},
    }
    for key, change in gone.items():
        assert whole.understand(FULL, "de", places=PLACES, without={key}) == replace(found, **change), key


def test_a_need_that_was_taken_away_makes_room_for_the_next(whole: Understanding) -> None:
    model = thinking(whole, ("a", 0.9), ("b", 0.06), ("c", 0.05))
    assert model.understand("x", "de").needs == [("a", 0.9)]
    assert model.understand("x", "de", without={"need:a"}).needs == [("b", 0.06), ("c", 0.05)]


def test_keys_of_nothing_take_nothing_away(whole: Understanding) -> None:
    found = whole.understand(FULL, "de", places=PLACES)
    without = {"", "need:", "barrier:", "language:xx", "need:unbekannt", "unsinn"}
    assert whole.understand(FULL, "de", places=PLACES, without=without) == found


# --- Whatever is typed ---


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=200), st.sampled_from(["de", "tr", "ar", "xx"]))
def test_any_line_is_understood_somehow_and_the_same_every_time(whole: Understanding, text: str, lang: str) -> None:
    found = whole.understand(text, lang, places=PLACES)
    assert whole.understand(text, lang, places=PLACES) == found
    assert [chance for _code, chance in found.needs] == sorted((c for _n, c in found.needs), reverse=True)
    assert len(set(found.chips())) == len(found.chips())
    assert found.district in {None, *(place.slug for place in PLACES)}
