"""An offer in its form and back: a form that was opened and saved without a change changes nothing."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import msgspec
import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, FieldList, FormField, RadioField, SelectField, SelectMultipleField

from portal.admin.offer_form import SPOKEN, OfferForm
from portal.admin.offer_mapping import set_choices, to_content, to_data
from portal.content.schema import Cost, Internal, OfferContent, OfferTexts, Schedule, TranslatedTexts
from portal.content.store import read_contents
from portal.editing.actor import COMMAND
from portal.editing.offer_lists import Choices, choices, titles_of
from portal.extensions import db
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
from tests.conftest import TODAY

NEEDS = {"babytreff": "geburt_und_baby", "spielgruppe": "freizeit", "kita_platz": "kita_und_schule"}
CHOICES = Choices(
    organizations=[("verein", "Verein")],
    locations=[("haus", "Haus am Markt"), ("halle", "Halle")],
    districts=[("nordstadt", "Nordstadt"), ("suedstadt", "Südstadt"), ("gruental", "Grüntal")],
    needs=[(code, code.title(), situation) for code, situation in NEEDS.items()],
)
FOLLOW_UPS = {"krabbelgruppe": "Krabbelgruppe", "turnen": "Turnen"}
PLAIN = OfferContent(organization="verein", kind=OfferKind("soziale_teilhabe"), text=OfferTexts(title="Baby-Treff"))


def as_sent(form: Any) -> MultiDict[str, str]:
    """What a browser sends of a form as it is shown."""
    pairs: list[tuple[str, str]] = []
    for field in form:
        if isinstance(field, FieldList):
            for row in field:
                pairs += as_sent(row.form).items(multi=True)
        elif isinstance(field, FormField):
            pairs += as_sent(field.form).items(multi=True)
        elif isinstance(field, SelectMultipleField):
            pairs += [(field.name, str(option.data)) for option in field if option.checked]
        elif isinstance(field, BooleanField):
            pairs += [(field.name, "y")] if field.data else []
        elif isinstance(field, RadioField):
            pairs += [(field.name, str(option.data)) for option in field if option.checked]
        elif isinstance(field, SelectField):
            # Where none is chosen a browser shows and sends the first.
            values = [(value, chosen) for value, _label, chosen, *_rest in field.iter_choices()]
            pairs.append((field.name, str(next((value for value, chosen in values if chosen), values[0][0]))))
        else:
            pairs.append((field.name, field._value()))
    return MultiDict(pairs)


def through_the_form(content: OfferContent, offered: Choices = CHOICES, titles: dict[str, str] = FOLLOW_UPS) -> Any:
    """The offer after its form was opened and sent without a change."""
    shown = OfferForm(data=to_data(content))
    set_choices(shown, offered, titles, content)
    sent = OfferForm(as_sent(shown))
    set_choices(sent, offered, titles, content)
    assert sent.validate(), sent.errors
    return to_content(sent, content, {code: situation for code, _label, situation in offered.needs}, TODAY)


def test_no_offer_of_the_demo_is_changed_by_its_form(app: Flask) -> None:
    with app.app_context():
        ids = list(db.session.execute(select(Offer.id).order_by(Offer.id)).scalars())
        contents = read_contents(db.session, ids)
        assert len(contents) > 100
        for content in contents.values():
            offered = choices(db.session, COMMAND, content.organization)
            titles = titles_of(db.session, content.follow_ups) if content.follow_ups else {}
            assert through_the_form(content, offered, titles) == content, content.text.title


def some_offer(seed: int) -> OfferContent:
    """Anything that the schema allows and an editor may have written, a file have brought, an import have left."""
    rand = random.Random(seed)

    def some(items: Any, most: int = 3) -> list[Any]:
        items = list(items)
        return rand.sample(items, rand.randint(0, min(most, len(items))))

    def in_order(vocabulary: Any) -> list[Any]:
        chosen = some(vocabulary)
        return [item for item in vocabulary if item in chosen]

    def day(first: int = 2020) -> date | None:
        return rand.choice([None, date(rand.randint(first, first + 5), rand.randint(1, 12), rand.randint(1, 28))])

    low, high = sorted(rand.sample(range(MAX_AGE_MONTHS + 1), 2))
    fixed = rand.random() < 0.5
    cost = (
        Cost(kind=CostKind.FIXED, amount_eur=rand.randint(0, 999_99) / 100, per=rand.choice(list(CostPer)))
        if fixed
        else Cost(kind=rand.choice([kind for kind in CostKind if kind != CostKind.FIXED]))
    )
    places, weeks = rand.choice([None, 0, 7]), rand.choice([None, 0, 520])
    needs = some(NEEDS)
    return OfferContent(
        organization="verein",
        kind=rand.choice(list(OfferKind)),
        text=OfferTexts(
            title=rand.choice(["Baby-Treff", "„Mama lernt Deutsch“ & <b>mehr</b>", "مجموعة", "A" * 200, "👶🏽 Treff"]),
            summary=rand.choice(["", "Kurz.", "s" * 400]),
            description=rand.choice(["", "Ein Absatz.\n\nNoch einer.", "- eins\n- zwei", "Zeile\tmit Tab"]),
            bring=rand.choice(["", "Decke"]),
            picture_alt=rand.choice(["", "Zwei Mütter"]),
        ),
        translations={
            lang: TranslatedTexts(title="X", state=TextState.HUMAN) for lang in sorted(some(["tr", "ar", "uk"]))
        },
        location=rand.choice([None, "haus", "halle", "ein-ort-von-anderen"]),
        serves=some(["nordstadt", "suedstadt", "gruental"]),
        city_wide=rand.random() < 0.5,
        needs=needs,
        life_phases=in_order(LifePhase),
        # Without any ticked they follow from the needs.
        life_situations=in_order(LifeSituation) or [s for s in LifeSituation if s in {NEEDS[code] for code in needs}],
        access=in_order(Access),
        min_age_months=rand.choice([None, low]),
        max_age_months=rand.choice([None, high]),
        cost=cost,
        education_package=rand.random() < 0.5,
        registration=rand.choice(list(Registration)),
        no_german_needed=rand.random() < 0.5,
        languages=some([*SPOKEN, "ckb", "zh-Hant", "aii"], most=6),
        interpreter=rand.choice([None, *Provision]),
        childcare=rand.choice([None, *Provision]),
        accompaniment=rand.choice([None, *Provision]),
        first_contact=rand.random() < 0.5,
        opening_hours=rand.choice(
            [
                "",
                "Mo-Fr 09:00-12:00",
                "Sa 10:00-11:00; Mo-Tu 09:00-12:00; PH off",
                "Tu 14:00-16:00,08:00-10:00",
                "Mo 22:00-02:00",
                "24/7",
                "Mo-Fr 09:00-12:00; Jul-Aug off",
                "Mo-Fr 09:00-12:00; Mo 14:00-16:00",
                "PH off; Mo-Fr 09:00-12:00",
            ]
        ),
        by_appointment=rand.random() < 0.5,
        schedules=[some_schedule(rand) for _ in range(rand.randint(0, 3))],
        waiting_weeks=weeks,
        free_places=places,
        availability_as_of=None if places is None and weeks is None else rand.choice([None, date(2026, 10, 1)]),
        valid_from=day(2020),
        valid_to=day(2027),
        assured_on=day(),
        review_due=day(2027),
        phone=rand.choice([None, "030 23125 100", "112"]),
        email=rand.choice([None, "info@verein.example"]),
        website=rand.choice([None, "https://verein.example/treff"]),
        picture=rand.choice([None, "a" * 64]),
        follow_ups=some(FOLLOW_UPS),
        internal=Internal(funding_until=day(), goal=rand.choice(["", "Familien früh erreichen"])),
    )


def some_schedule(rand: random.Random) -> Schedule:
    frequency = rand.choice(list(Frequency))
    return Schedule(
        frequency=frequency,
        weekday=rand.choice(list(Weekday)),
        week_of_month=rand.choice([1, 2, 3, 4, -1]) if frequency == Frequency.MONTHLY else None,
        start="09:00",
        end=rand.choice(["09:01", "23:59"]),
        first_on=date(2026, 1, 5),
        last_on=rand.choice([None, date(2026, 1, 5), date(2030, 12, 31)]),
    )


@pytest.mark.parametrize("seed", range(300))
def test_no_offer_at_all_is_changed_by_its_form(seed: int) -> None:
    content = some_offer(seed)
    assert through_the_form(content) == content


@pytest.mark.parametrize("months", [*range(27), 35, 36, 47, 71, 72, 83, 215, 216, 227, 323, MAX_AGE_MONTHS])
def test_ages_at_the_borders_of_years(months: int) -> None:
    for changes in ({"min_age_months": months}, {"max_age_months": months}):
        content = msgspec.structs.replace(PLAIN, **changes)
        assert through_the_form(content) == content


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ({"min_age_months": 36}, ("min_age", 3, "years")),
        ({"max_age_months": 83}, ("max_age", 6, "years")),
        ({"min_age_months": 18}, ("min_age", 18, "months")),
        ({"max_age_months": 11}, ("max_age", 11, "months")),
        ({"min_age_months": 0}, ("min_age", 0, "years")),
        ({"max_age_months": 36}, ("max_age", 36, "months")),
    ],
)
def test_ages_are_shown_as_parents_say_them(content: dict[str, int], shown: tuple[str, int, str]) -> None:
    data = to_data(msgspec.structs.replace(PLAIN, **content))
    name, number, unit = shown
    assert (data[name], data[f"{name}_unit"]) == (number, unit)


@pytest.mark.parametrize(
    ("typed", "euros"),
    [
        ("12", 12.0),
        ("12,5", 12.5),
        ("12.50", 12.5),
        ("0", 0.0),
        ("99999,99", 99999.99),
        ("3 €", 3.0),
        ("3,20 Euro", 3.2),
    ],
)
def test_amounts_as_people_write_them(typed: str, euros: float) -> None:
    form = OfferForm(MultiDict({**as_sent(shown_plain()).to_dict(), "cost_kind": "fixed", "cost_amount": typed}))
    set_choices(form, CHOICES, {}, None)
    assert form.validate(), form.errors
    assert to_content(form, None, {}, TODAY).cost == Cost(kind=CostKind.FIXED, amount_eur=euros, per=CostPer.ONCE)


def shown_plain() -> OfferForm:
    form = OfferForm(data=to_data(PLAIN))
    set_choices(form, CHOICES, {}, PLAIN)
    return form


def sent_with(before: OfferContent | None = PLAIN, **changes: Any) -> OfferContent:
    """PLAIN with changes in the form."""
    pairs = [(name, value) for name, value in as_sent(shown_plain()).items(multi=True) if name not in changes]
    for name, value in changes.items():
        pairs += [(name, item) for item in (value if isinstance(value, list) else [value])]
    form = OfferForm(MultiDict(pairs))
    set_choices(form, CHOICES, FOLLOW_UPS, before)
    assert form.validate(), form.errors
    return to_content(form, before, NEEDS, TODAY)


def test_life_situations_follow_from_the_needs_where_none_is_ticked() -> None:
    found = sent_with(needs=["kita_platz", "babytreff"])
    assert found.life_situations == [s for s in LifeSituation if s in {NEEDS["kita_platz"], NEEDS["babytreff"]}]


def test_the_main_need_stays_the_first() -> None:
    before = msgspec.structs.replace(PLAIN, needs=["spielgruppe", "babytreff"])
    # A browser sends boxes in the order of the page.
    assert sent_with(before, needs=["babytreff", "spielgruppe", "kita_platz"]).needs == [
        "spielgruppe",
        "babytreff",
        "kita_platz",
    ]


def test_the_day_of_free_places_is_the_day_of_their_change() -> None:
    before = msgspec.structs.replace(PLAIN, free_places=3, availability_as_of=date(2026, 1, 1))
    assert sent_with(before, free_places="3").availability_as_of == date(2026, 1, 1)
    assert sent_with(before, free_places="2").availability_as_of == TODAY
    assert sent_with(before, free_places="").availability_as_of is None


def test_what_the_form_does_not_hold_stays() -> None:
    before = msgspec.structs.replace(
        PLAIN,
        translations={"tr": TranslatedTexts(title="Bebek")},
        assured_on=date(2026, 1, 1),
        review_due=date(2026, 7, 1),
        picture="a" * 64,
    )
    found = sent_with(before, title="Baby-Treff am Fluss")
    assert found == msgspec.structs.replace(before, text=OfferTexts(title="Baby-Treff am Fluss"))


def test_empty_lines_of_hours_and_dates_are_nothing() -> None:
    sent = {"hours-0-start": "", "hours-0-end": "", "schedules-0-start": "", "schedules-0-first_on": ""}
    found = sent_with(
        **sent, **{"schedules-0-frequency": "weekly", "schedules-0-weekday": "mo", "schedules-0-week": "1"}
    )
    assert (found.opening_hours, found.schedules) == ("", [])
