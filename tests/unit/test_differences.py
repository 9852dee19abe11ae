"""What differs between two versions, and how two people's changes become one."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import msgspec
import pytest

from portal.content.schema import Cost, Internal, OfferContent, OfferTexts, Schedule, TranslatedTexts
from portal.editing.checks import TEXTS
from portal.editing.differences import FIELDS, both_changed, differences, merge, shown, take
from portal.models.enums import CostKind, CostPer, Frequency, OfferKind, TextState, Weekday
from tests.unit.test_offer_mapping import some_offer

BASE = OfferContent(
    organization="verein",
    kind=OfferKind("soziale_teilhabe"),
    text=OfferTexts(title="Baby-Treff", summary="Ihr trefft andere.", description="Kommt einfach vorbei."),
    phone="030 23125 100",
    needs=["babytreff"],
)


def with_texts(content: OfferContent, **texts: str) -> OfferContent:
    return msgspec.structs.replace(content, text=msgspec.structs.replace(content.text, **texts))


def changed(content: OfferContent, seed: int, fields: list[str]) -> OfferContent:
    """`content` with these fields of a form changed to something that differs and that depends on the seed."""
    other = some_offer(seed)
    for name in fields:
        if name in TEXTS:
            content = with_texts(content, **{name: f"{getattr(content.text, name)} {name} {seed}"})
        elif getattr(other, name) != getattr(content, name):
            content = msgspec.structs.replace(content, **{name: getattr(other, name)})
    return content


def values(content: OfferContent) -> dict[str, Any]:
    """By the name of the difference: the German texts and everything else, without translations."""
    return {f"text.{name}": getattr(content.text, name) for name in TEXTS} | {
        name: getattr(content, name) for name in FIELDS
    }


def joined(difference: Any, *kinds: str) -> str:
    return "".join(piece.text for piece in difference.pieces if piece.kind in kinds)


def test_every_field_of_an_offer_has_a_name_and_is_compared() -> None:
    assert set(FIELDS) == set(OfferContent.__struct_fields__) - {"text", "translations"}
    assert set(TEXTS) == set(OfferTexts.__struct_fields__)


@pytest.mark.parametrize("seed", range(60))
def test_the_differences_are_exactly_the_fields_that_differ(seed: int) -> None:
    before, after = some_offer(seed), some_offer(seed + 1000)
    expected = {name for name, value in values(before).items() if value != values(after)[name]}
    found = {item.field for item in differences(before, after) if item.field.count(".") < 2}
    assert found == expected
    assert differences(before, before) == []


@pytest.mark.parametrize("seed", range(20))
def test_old_and_new_words_can_be_read_from_a_difference(seed: int) -> None:
    before, after = some_offer(seed), some_offer(seed + 1000)
    for item in differences(before, after):
        if item.field.startswith("text.") and item.field.count(".") == 1:
            name = item.field.removeprefix("text.")
            assert joined(item, "equal", "delete") == getattr(before.text, name)
            assert joined(item, "equal", "insert") == getattr(after.text, name)


def test_a_difference_is_shown_word_by_word() -> None:
    (found,) = differences(BASE, with_texts(BASE, description="Kommt gern vorbei."))
    assert (found.field, found.label) == ("text.description", "Beschreibung")
    assert [(piece.kind.value, piece.text) for piece in found.pieces] == [
        ("equal", "Kommt "),
        ("delete", "einfach "),
        ("insert", "gern "),
        ("equal", "vorbei."),
    ]


def test_translations_have_their_language_with_them() -> None:
    after = msgspec.structs.replace(BASE, translations={"tr": TranslatedTexts(title="Bebek", state=TextState.HUMAN)})
    assert [(item.field, item.label) for item in differences(BASE, after)] == [("text.tr.title", "Titel (Türkçe)")]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        ("", "–"),
        ([], "–"),
        (0, "0"),
        (True, "ja"),
        (False, "nein"),
        (["a", "b"], "a, b"),
        (Cost(kind=CostKind.FIXED, amount_eur=2.5, per=CostPer.SESSION), "fixed · 2.5 · session"),
        (Internal(), "–"),
        (
            [
                Schedule(
                    frequency=Frequency.WEEKLY,
                    weekday=Weekday.MONDAY,
                    start="09:00",
                    end="10:00",
                    first_on=date(2026, 1, 5),
                )
            ],
            "weekly · mo · 09:00 · 10:00 · 2026-01-05",
        ),
    ],
)
def test_values_as_a_line_of_text(value: Any, words: str) -> None:
    assert shown(value) == words


# --- two people -------------------------------------------------------------------------------------------------------


def split(seed: int, overlap: bool) -> tuple[list[str], list[str]]:
    """Which fields the one and the other have changed."""
    rand = random.Random(seed)
    names = [*TEXTS, *FIELDS]
    rand.shuffle(names)
    middle = rand.randint(1, len(names) - 1)
    mine, theirs = names[:middle], names[middle:]
    return mine, theirs + (mine[:3] if overlap else [])


@pytest.mark.parametrize("seed", range(60))
def test_who_changed_different_fields_gets_both(seed: int) -> None:
    mine_fields, theirs_fields = split(seed, overlap=False)
    base = some_offer(seed)
    mine, theirs = changed(base, seed + 1, mine_fields), changed(base, seed + 2, theirs_fields)
    assert both_changed(base, mine, theirs) == []
    merged = merge(base, mine, theirs)
    assert merged == changed(changed(base, seed + 1, mine_fields), seed + 2, theirs_fields)
    assert merged == merge(base, theirs, mine)


@pytest.mark.parametrize("seed", range(60))
def test_what_both_changed_is_named_and_is_mine_or_theirs_as_is_chosen(seed: int) -> None:
    mine_fields, theirs_fields = split(seed, overlap=True)
    base = some_offer(seed)
    mine, theirs = changed(base, seed + 1, mine_fields), changed(base, seed + 2, theirs_fields)
    both = {item.field for item in both_changed(base, mine, theirs)}
    of_base, of_mine, of_theirs = values(base), values(mine), values(theirs)
    assert both == {
        name
        for name in of_base
        if of_mine[name] != of_base[name] != of_theirs[name] and of_mine[name] != of_theirs[name]
    }
    merged = merge(base, mine, theirs)
    assert {name: values(merged)[name] for name in both} == {name: of_mine[name] for name in both}
    taken = values(take(merged, theirs, both))
    assert {name: taken[name] for name in both} == {name: of_theirs[name] for name in both}
    # What nobody had to choose is the same either way, and nobody's change is lost.
    rest = set(of_base) - both
    assert {name: taken[name] for name in rest} == {name: values(merged)[name] for name in rest}
    assert {name: taken[name] for name in rest} == {
        name: of_theirs[name] if of_mine[name] == of_base[name] else of_mine[name] for name in rest
    }


@pytest.mark.parametrize("seed", range(10))
def test_who_changed_nothing_gets_theirs_and_where_nobody_else_did_mine(seed: int) -> None:
    base, other = some_offer(seed), some_offer(seed + 1000)
    other = msgspec.structs.replace(other, translations=base.translations)
    assert merge(base, base, other) == other
    assert merge(base, other, base) == other
    assert merge(base, other, other) == other


def test_translations_are_theirs_the_form_does_not_hold_them() -> None:
    theirs = msgspec.structs.replace(BASE, translations={"tr": TranslatedTexts(title="Bebek")})
    mine = with_texts(BASE, title="Baby-Treff am Fluss")
    merged = merge(BASE, mine, theirs)
    assert (merged.text.title, merged.translations["tr"].title) == ("Baby-Treff am Fluss", "Bebek")
    assert both_changed(BASE, mine, theirs) == []


def test_only_the_ticked_fields_are_taken_and_invented_ones_are_nothing() -> None:
    theirs = with_texts(msgspec.structs.replace(BASE, phone="112"), title="Ihrer", summary="Ihres")
    assert take(BASE, theirs, {"text.title"}) == with_texts(BASE, title="Ihrer")
    assert take(BASE, theirs, {"phone", "text.summary"}) == with_texts(
        msgspec.structs.replace(BASE, phone="112"), summary="Ihres"
    )
    nothing = {"", "text", "text.", "text.nichts", "text.tr.title", "translations", "__class__", "text.__class__"}
    assert take(BASE, theirs, nothing) == BASE
