"""An offer as a row of a table: what is written can be read back, and what cannot be used is said in a sentence."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.admin.forms import clean_line, clean_text
from portal.admin.offer_form import SPOKEN
from portal.content.schema import Cost, Internal, OfferContent, OfferTexts, Schedule, TranslatedTexts
from portal.content.store import read_contents
from portal.editing.exchange_cells import Names
from portal.editing.exchange_columns import Known, RowError, columns, from_row, problems_of, to_row
from portal.editing.exchange_stored import known
from portal.extensions import db
from portal.i18n import LANGUAGES
from portal.models import MAX_AGE_MONTHS, Offer
from portal.models.enums import (
    Access,
    CostKind,
    CostPer,
    Frequency,
    LifePhase,
    LifeSituation,
    OfferKind,
    Provision,
    Registration,
    TextState,
    Weekday,
)
from portal.tables import read_table, write_csv, write_xlsx

OTHERS = [code for code in LANGUAGES if code != "de"]
SLUGS = ["familienbuero", "kita-am-park", "verein-bunt", "treff-2"]
NAMES = [(slug, slug.replace("-", " ").title()) for slug in SLUGS]
NEEDS = ["schlafen", "eltern_kind_gruppe", "geld"]
KNOWN = Known(
    organizations=Names("Träger", NAMES),
    locations=Names("Ort", NAMES),
    districts=Names("Stadtteil", NAMES),
    needs=Names("Bedarf", [(code, f"Bedarf {code}") for code in NEEDS]),
    offers=Names("Angebot", NAMES),
)
COLUMNS = columns(KNOWN, OTHERS)
BLANK = OfferContent(organization="", kind="", text=OfferTexts(title=""))  # type: ignore[arg-type]
PLAIN = OfferContent(organization="kita-am-park", kind=OfferKind.INFORMATION, text=OfferTexts(title="Baby-Treff"))


def read(cells: dict[str, str], base: OfferContent = PLAIN, state: TextState = TextState.MACHINE) -> OfferContent:
    return from_row(cells, base, COLUMNS, state)


def refused(cells: dict[str, str], base: OfferContent = PLAIN) -> list[str]:
    with pytest.raises(RowError) as caught:
        read(cells, base)
    return caught.value.problems


def as_machine(content: OfferContent) -> OfferContent:
    """A table has no column for how far a translation can be trusted, nor for a picture."""
    texts = {
        lang: msgspec.structs.replace(text, state=TextState.MACHINE) for lang, text in content.translations.items()
    }
    return msgspec.structs.replace(content, translations=texts, picture=None)


# --- there and back ---------------------------------------------------------------------------------------------------

LETTERS = st.characters(whitelist_categories=("L", "N"), max_codepoint=0x24F) | st.sampled_from(
    " .,;:!?–-()„“'\"\t\nşıЖ中ع"
)


def texts(longest: int, *, lines: bool = True, least: int = 0) -> st.SearchStrategy[str]:
    """Texts as forms keep them: clean, and no formula (that they may be kept is a test of its own)."""
    clean = clean_text if lines else clean_line
    return (
        st.text(LETTERS, min_size=least, max_size=longest)
        .map(lambda text: clean(text) or "")
        .filter(lambda text: len(text) >= least and text[:1] not in {"-", "'"})
    )


DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def none_or(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def several(values: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(list(values)), unique=True)


def in_order(values: Any) -> st.SearchStrategy[list[Any]]:
    return several(values).map(lambda found: sorted(found, key=list(values).index))


@st.composite
def all_texts(draw: st.DrawFn, kind: type[OfferTexts] = OfferTexts, **more: Any) -> Any:
    return kind(
        title=draw(texts(40, lines=False, least=1)),
        summary=draw(texts(60)),
        description=draw(texts(200)),
        registration_note=draw(texts(40)),
        bring=draw(texts(40)),
        cost_note=draw(texts(40)),
        times_note=draw(texts(40)),
        picture_alt=draw(texts(40, lines=False)),
        **more,
    )


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    frequency = draw(st.sampled_from(Frequency))
    start = draw(st.integers(0, 24 * 60 - 2))
    end = draw(st.integers(start + 1, 24 * 60 - 1))
    first = draw(DAYS)
    return Schedule(
        frequency=frequency,
        weekday=draw(st.sampled_from(Weekday)),
        start=f"{start // 60:02}:{start % 60:02}",
        end=f"{end // 60:02}:{end % 60:02}",
        first_on=first,
        last_on=draw(none_or(st.integers(0, 400).map(lambda days: first + timedelta(days)))),
        week_of_month=draw(st.sampled_from([-1, 1, 2, 3, 4])) if frequency == Frequency.MONTHLY else None,
    )


@st.composite
def costs(draw: st.DrawFn) -> Cost:
    kind = draw(st.sampled_from(CostKind))
    if kind != CostKind.FIXED:
        return Cost(kind=kind)
    return Cost(kind=kind, amount_eur=draw(st.integers(0, 9_999_999)) / 100, per=draw(st.sampled_from(CostPer)))


@st.composite
def contents(draw: st.DrawFn) -> OfferContent:
    ages, flags, provisions = st.integers(0, MAX_AGE_MONTHS), st.booleans(), none_or(st.sampled_from(Provision))
    languages = draw(several(OTHERS))
    return OfferContent(
        organization=draw(st.sampled_from(SLUGS)),
        kind=draw(st.sampled_from(OfferKind)),
        text=draw(all_texts()),
        translations={
            lang: draw(all_texts(TranslatedTexts, state=draw(st.sampled_from(TextState)))) for lang in sorted(languages)
        },
        location=draw(none_or(st.sampled_from(SLUGS))),
        serves=draw(several(SLUGS)),
        needs=draw(several(NEEDS)),
        life_phases=draw(in_order(LifePhase)),
        life_situations=draw(in_order(LifeSituation)),
        access=draw(in_order(Access)),
        min_age_months=draw(none_or(ages)),
        max_age_months=draw(none_or(ages)),
        cost=draw(costs()),
        registration=draw(st.sampled_from(Registration)),
        languages=draw(several([*SPOKEN, "ckb", "ti", "zh-Hant"])),
        opening_hours=draw(st.sampled_from(["", "24/7", "Mo-Fr 09:00-12:00; PH off", "Tu 14:00-16:30"])),
        schedules=draw(st.lists(schedules(), max_size=3)),
        waiting_weeks=draw(none_or(st.integers(0, 520))),
        free_places=draw(none_or(st.integers(0, 10_000))),
        phone=draw(none_or(st.sampled_from(["030 23125 102", "+49 30 23125 102", "0221 4710 123", "112"]))),
        email=draw(none_or(st.just("treff@verein.example"))),
        website=draw(none_or(st.just("https://verein.example/treff?a=1;b=2"))),
        follow_ups=draw(several(SLUGS)),
        internal=Internal(funding_until=draw(none_or(DAYS)), goal=draw(texts(60))),
        **{
            name: draw(none_or(DAYS))
            for name in ("availability_as_of", "valid_from", "valid_to", "assured_on", "review_due")
        },
        **{name: draw(provisions) for name in ("interpreter", "childcare", "accompaniment")},
        **{
            name: draw(flags)
            for name in ("city_wide", "education_package", "no_german_needed", "first_contact", "by_appointment")
        },
    )


@settings(max_examples=100, deadline=None)
@given(content=contents())
def test_an_offer_comes_back_from_its_row_as_it_was(content: OfferContent) -> None:
    row = to_row(content, COLUMNS)
    assert read(row, BLANK) == as_machine(content)
    assert read(row, content) == content


@settings(max_examples=25, deadline=None)
@given(content=contents())
def test_it_also_comes_back_through_a_file(content: OfferContent) -> None:
    heads, row = [column.head for column in COLUMNS], to_row(content, COLUMNS)
    for data in (write_csv(heads, [row]), write_xlsx(heads, [row], "Angebote")):
        [again] = read_table(data, "angebote").rows
        assert read(again.cells, BLANK) == as_machine(content)


def test_every_demo_offer_comes_back_as_it_was(app: Flask) -> None:
    with app.app_context():
        found = columns(known(db.session), OTHERS)
        offers = read_contents(db.session, list(db.session.execute(select(Offer.id)).scalars()))
    assert len(offers) > 50
    for content in offers.values():
        row = to_row(content, found)
        again = from_row(row, BLANK, found, TextState.MACHINE)
        # Districts have no order of their own.
        assert sorted(again.serves) == sorted(content.serves)
        assert msgspec.structs.replace(again, serves=content.serves) == as_machine(content)
        assert from_row(row, content, found, TextState.MACHINE) == content


def test_every_field_of_an_offer_has_a_column() -> None:
    paths = {column.path[0] for column in COLUMNS}
    assert set(OfferContent.__struct_fields__) - paths == {"picture"}
    assert {c.path[1] for c in COLUMNS if c.path[0] == "text"} == set(OfferTexts.__struct_fields__)
    heads = [column.head for column in COLUMNS]
    assert len(heads) == len({head.casefold() for head in heads})


# --- how it looks -----------------------------------------------------------------------------------------------------


def test_the_cells_are_german_words() -> None:
    content = msgspec.structs.replace(
        PLAIN,
        kind=OfferKind.COUNSELLING,
        needs=["schlafen", "geld"],
        life_phases=[LifePhase.BIRTH, LifePhase.KITA],
        min_age_months=3,
        max_age_months=83,
        cost=Cost(kind=CostKind.FIXED, amount_eur=12.5, per=CostPer.SESSION),
        registration=Registration.NONE,
        languages=["de", "tr"],
        interpreter=Provision.ON_REQUEST,
        schedules=[
            Schedule(
                frequency=Frequency.WEEKLY,
                weekday=Weekday.TUESDAY,
                start="09:30",
                end="11:00",
                first_on=date(2026, 9, 1),
            ),
            Schedule(
                frequency=Frequency.MONTHLY,
                weekday=Weekday.SATURDAY,
                week_of_month=-1,
                start="14:00",
                end="17:00",
                first_on=date(2026, 9, 26),
                last_on=date(2026, 12, 26),
            ),
        ],
        assured_on=date(2026, 11, 2),
    )
    row = to_row(content, COLUMNS)
    assert {
        name: row[name]
        for name in (
            "Art", "Bedarfe", "Lebensphasen", "Alter von", "Alter bis", "Kosten", "Betrag in Euro", "Wie oft zu zahlen",
            "Anmeldung", "Sprachen", "Dolmetschen", "Kinderbetreuung", "Nur mit Termin", "Termine", "Zuletzt geprüft",
        )
    } == {
        "Art": "Beratung",
        "Bedarfe": "schlafen; geld",
        "Lebensphasen": "Geburt; Kita (3 bis 6)",
        "Alter von": "3 Monate",
        "Alter bis": "6 Jahre",
        "Kosten": "Kostet einen festen Betrag",
        "Betrag in Euro": "12,50",
        "Wie oft zu zahlen": "jedes Mal",
        "Anmeldung": "Einfach kommen",
        "Sprachen": "Deutsch; Türkisch",
        "Dolmetschen": "auf Anfrage",
        "Kinderbetreuung": "",
        "Nur mit Termin": "nein",
        "Termine": "jede Woche am Dienstag, 09:30–11:00 Uhr, ab 01.09.2026\n"
        "jeden Monat am letzten Samstag, 14:00–17:00 Uhr, ab 26.09.2026 bis 26.12.2026",
        "Zuletzt geprüft": "02.11.2026",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("column", "cell", "field", "value"),
    [
        ("Art", "BERATUNG", "kind", OfferKind.COUNSELLING),
        ("Art", "soziale_teilhabe", "kind", OfferKind.SOCIAL_PARTICIPATION),
        ("Träger", "Verein Bunt", "organization", "verein-bunt"),
        ("Bedarfe", "bedarf geld; SCHLAFEN;", "needs", ["geld", "schlafen"]),
        ("Sprachen", "türkisch; de; ckb", "languages", ["tr", "de", "ckb"]),
        ("Lebensphasen", "kita; Geburt", "life_phases", [LifePhase.BIRTH, LifePhase.KITA]),
        ("Alter von", "6 J", "min_age_months", 72),
        ("Alter bis", "6 Jahren", "max_age_months", 83),
        ("Alter bis", "18 M", "max_age_months", 18),
        ("Alter von", "1 Jahr", "min_age_months", 12),
        ("Zuletzt geprüft", "2026-11-02", "assured_on", date(2026, 11, 2)),
        ("Zuletzt geprüft", "2.11.2026", "assured_on", date(2026, 11, 2)),
        ("Nur mit Termin", "X", "by_appointment", True),
        ("Nur mit Termin", "", "by_appointment", False),
        ("Kinderbetreuung", "yes", "childcare", Provision.YES),
        ("Telefon", "", "phone", None),
        (
            "Termine",
            "Einmal am Samstag 9:00 bis 11:30 am 5.12.2026; jeden Monat am ersten Montag, 10:00-11:00 Uhr, ab 2026-12-07",
            "schedules",
            [
                Schedule(
                    frequency=Frequency.ONCE,
                    weekday=Weekday.SATURDAY,
                    start="09:00",
                    end="11:30",
                    first_on=date(2026, 12, 5),
                ),
                Schedule(
                    frequency=Frequency.MONTHLY,
                    weekday=Weekday.MONDAY,
                    week_of_month=1,
                    start="10:00",
                    end="11:00",
                    first_on=date(2026, 12, 7),
                ),
            ],
        ),
    ],
)
def test_people_may_write_it_their_way(column: str, cell: str, field: str, value: object) -> None:
    base = msgspec.structs.replace(PLAIN, phone="112", by_appointment=cell == "")
    assert getattr(read({column: cell}, base), field) == value


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "cell", "problem"),
    [
        ("Träger", "Kita am Prak", "Träger „Kita am Prak“ gibt es nicht. Meintest du „Kita Am Park“?"),
        ("Ort", "xyz", "Ort „xyz“ gibt es nicht."),
        ("Für welche Stadtteile", "Mond", "Stadtteil „Mond“ gibt es nicht."),
        ("Bedarfe", "geld, schlafen", "„geld, schlafen“: Trenne mehrere mit einem Semikolon."),
        ("Anschlussangebote", "verein-bund", "Angebot „verein-bund“ gibt es nicht. Meintest du „verein-bunt“?"),
        ("Sprachen", "Klingonisch", "Sprache „Klingonisch“ gibt es nicht."),
        ("Alter von", "6", "„6“ ist kein Alter mit Einheit. Beispiel: 3 Monate oder 6 Jahre"),
        ("Alter bis", "90 Jahre", "Das Alter liegt zwischen 0 und 26 Jahren."),
        (
            "Titel",
            '=HYPERLINK("http://x")',
            '„=HYPERLINK("http://x")“ sieht aus wie eine Formel. Schreibe den Text selbst.',
        ),
        ("Titel", "+SUMME(A1)", "„+SUMME(A1)“ sieht aus wie eine Formel. Schreibe den Text selbst."),
        ("Titel", "#BEZUG!", "Hier steht ein Fehler aus der Tabelle: „#BEZUG!“. Schreibe den Text selbst."),
        ("Titel", "x" * 201, "Das sind 201 Zeichen; höchstens 200 passen hierher."),
        ("Telefon", "fragen Sie", "Das kann keine Telefonnummer sein. Beispiel: 030 23125 100"),
        ("Internetseite", "javascript:alert(1)", "Die Adresse beginnt mit https:// – Beispiel: https://verein.example"),
        (
            "Öffnungszeiten",
            "immer mal",
            "Diese Zeiten werden nicht verstanden. Beispiel: Mo-Fr 09:00-12:00; PH off",
        ),
        ("Zuletzt geprüft", "31.02.2026", "„31.02.2026“ ist kein Tag. Beispiel: 21.11.2026"),
        ("Betrag in Euro", "-5", "„-5“ ist kein Betrag in Euro. Beispiel: 12,50"),
        ("Freie Plätze", "1,5", "„1,5“ ist keine ganze Zahl zwischen 0 und 10000."),
        ("Nur mit Termin", "vielleicht", "„vielleicht“ ist weder „ja“ noch „nein“."),
        (
            "Termine",
            "dienstags",
            "„dienstags“ ist kein Termin. Beispiel: jede Woche am Dienstag, 09:30–11:00 Uhr, ab 01.09.2026 bis 22.12.2026",
        ),
        (
            "Termine",
            "jede Woche am Dienstag, 11:00–09:30 Uhr, ab 01.09.2026",
            "„jede Woche am Dienstag, 11:00–09:30 Uhr, ab 01.09.2026“: Das Ende muss nach dem Anfang sein.",
        ),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(column: str, cell: str, problem: str) -> None:
    assert refused({column: cell}) == [f"{column}: {problem}"]


def test_all_problems_of_a_row_are_named_at_once() -> None:
    assert len(refused({"Alter von": "6", "Telefon": "x", "Titel": "gut", "Ort": "xyz"})) == 3


def test_what_was_once_allowed_may_stay() -> None:
    odd = msgspec.structs.replace(PLAIN, text=OfferTexts(title="=1+1"), phone="fragen Sie")
    assert read(to_row(odd, COLUMNS), odd) == odd


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"min_age_months": 24, "max_age_months": 12}, "Alter bis: Es ist kleiner als „Alter von“."),
        ({"cost": Cost(kind=CostKind.FIXED, per=CostPer.ONCE)}, "Betrag in Euro: Das fehlt. Beispiel: 12,50"),
        ({"cost": Cost(kind=CostKind.FIXED, amount_eur=2.0)}, "Wie oft zu zahlen: Das fehlt. Beispiel: jedes Mal"),
        (
            {"cost": Cost(kind=CostKind.FREE, amount_eur=2.0)},
            "Kosten: Ein Betrag passt nur zu „Kostet einen festen Betrag“.",
        ),
        (
            {"valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 1)},
            "Gilt bis: Das Ende liegt vor dem Anfang.",
        ),
        (
            {"assured_on": date(2026, 2, 1), "review_due": date(2026, 1, 1)},
            "Wieder zu prüfen: Der Tag liegt vor „Zuletzt geprüft“.",
        ),
        ({"organization": ""}, "Träger: Das fehlt noch."),
        ({"text": OfferTexts(title="")}, "Titel: Das fehlt noch."),
        ({"kind": ""}, "Art: Das fehlt noch."),
    ],
)
def test_what_does_not_fit_together_is_said(changes: dict[str, Any], problem: str) -> None:
    assert problems_of(PLAIN) == []
    assert problems_of(msgspec.structs.replace(PLAIN, **changes)) == [problem]


# --- missing, empty, translated ---------------------------------------------------------------------------------------


def test_a_missing_column_changes_nothing_and_an_empty_cell_empties() -> None:
    full = msgspec.structs.replace(PLAIN, phone="112", needs=["geld"], min_age_months=12)
    assert read({"Titel": "Neu"}, full) == msgspec.structs.replace(full, text=OfferTexts(title="Neu"))
    empty = read({"Telefon": "", "Bedarfe": " ", "Alter von": ""}, full)
    assert (empty.phone, empty.needs, empty.min_age_months) == (None, [], None)


def test_a_changed_translation_is_of_a_machine_unless_people_have_checked_it() -> None:
    turkish = TranslatedTexts(title="Buluşma", summary="Eski", state=TextState.HUMAN)
    arabic = TranslatedTexts(title="لقاء", state=TextState.HUMAN)
    base = msgspec.structs.replace(PLAIN, translations={"ar": arabic, "tr": turkish})
    row = to_row(base, COLUMNS) | {"Kurz gesagt (tr)": "Yeni"}
    for state in (TextState.MACHINE, TextState.HUMAN):
        assert read(row, base, state).translations == {
            "ar": arabic,
            "tr": TranslatedTexts(title="Buluşma", summary="Yeni", state=state),
        }


def test_signs_that_keep_a_number_in_its_order_stay_in_translations_only() -> None:
    number = "\u2066030 23125 102\u2069"
    content = read({"Titel (ar)": f"لقاء {number}", "Titel": f"Treff {number}"})
    assert content.translations["ar"].title == f"لقاء {number}"
    assert content.text.title == "Treff 030 23125 102"


def test_a_translation_without_a_word_is_missing_and_one_without_a_title_is_refused() -> None:
    base = msgspec.structs.replace(PLAIN, translations={"tr": TranslatedTexts(title="Buluşma", summary="Eski")})
    assert read({"Titel (tr)": "", "Kurz gesagt (tr)": ""}, base).translations == {}
    assert problems_of(read({"Titel (tr)": ""}, base)) == ["Titel (tr): Ohne Titel gibt es keine Übersetzung."]


def test_names_that_two_have_are_not_guessed() -> None:
    names = Names("Ort", [("halle", "Turnhalle"), ("halle-2", "Turnhalle"), ("turm", "Halle")])
    assert names.find("halle-2") == "halle-2"
    assert names.find("HALLE") == "halle"
    with pytest.raises(Exception, match="Ort „Turnhalle“ gibt es nicht"):
        names.find("Turnhalle")
