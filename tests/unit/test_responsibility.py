"""Who is there for a matter in a place: a Kreis with three Gemeinden, one of them with a Stadtteil."""

from __future__ import annotations

import pytest

from portal.models.enums import DistrictKind
from portal.offers.taxonomy import DistrictInfo
from portal.practitioners.directory_queries import Contact, Owner
from portal.practitioners.responsibility import all_below, answer, by_level, columns_of, matrix, way_up

TREE = {"kreis": None, "adorf": "kreis", "bstadt": "kreis", "mitte": "bstadt", "cdorf": "kreis"}
KINDS = {"kreis": DistrictKind.KREIS, "mitte": DistrictKind.STADTTEIL}
DISTRICTS = {
    slug: DistrictInfo(
        number,
        slug,
        slug.title(),
        KINDS.get(slug, DistrictKind.GEMEINDE),
        parent,
        None,
        None,
        children=[child for child, above in TREE.items() if above == slug],
    )
    for number, (slug, parent) in enumerate(TREE.items(), start=1)
}


def contact(role: str, districts: str = "", needs: str = "", decides: bool = True, langs: str = "de") -> Contact:
    return Contact(
        id=sum(map(ord, role)),
        slug=role.lower(),
        role=role,
        person="",
        responsible=decides,
        phone="110",
        email=None,
        times="",
        note="",
        assured_on=None,
        owner=Owner(1, "amt", "Amt"),
        needs=tuple(needs.split()),
        districts=tuple(districts.split()),
        languages=tuple(langs.split()),
    )


EVERYBODY = [
    contact("Kreis Kita", "kreis", "kita"),
    contact("Bstadt Kita", "bstadt", "kita"),
    contact("Adorf Rathaus", "adorf"),
    contact("Kreis Geld", "kreis", "geld"),
    contact("Familienbüro", decides=False, langs="de tr"),
    contact("Café Mitte", "mitte", "kita sprache", decides=False),
    contact("Zwei Dörfer", "adorf cdorf", "sprache", decides=False),
]


def roles(places: list[object]) -> list[str]:
    return [getattr(item, "contact", item).role for item in places]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("slug", "need", "deciding", "further", "helping"),
    [
        ("mitte", "kita", ["Bstadt Kita"], ["Kreis Kita"], ["Café Mitte", "Familienbüro"]),
        ("bstadt", "kita", ["Bstadt Kita"], ["Kreis Kita"], ["Familienbüro"]),
        ("cdorf", "kita", ["Kreis Kita"], [], ["Familienbüro"]),
        ("kreis", "kita", ["Kreis Kita"], [], ["Familienbüro"]),
        # The town hall of Adorf takes any question; about this one the Kreis decides by name.
        ("adorf", "geld", ["Kreis Geld"], ["Adorf Rathaus"], ["Familienbüro"]),
        ("adorf", "sprache", ["Adorf Rathaus"], [], ["Zwei Dörfer", "Familienbüro"]),
        ("cdorf", "sprache", [], [], ["Zwei Dörfer", "Familienbüro"]),
    ],
)
def test_the_nearest_level_wins(
    slug: str, need: str, deciding: list[str], further: list[str], helping: list[str]
) -> None:
    found = answer(EVERYBODY, DISTRICTS, slug, need)
    assert (roles(found.deciding), roles(found.further), roles(found.helping)) == (deciding, further, helping)


def test_for_what_somebody_is_entered_is_said() -> None:
    found = answer(EVERYBODY, DISTRICTS, "mitte", "kita")
    assert [(item.level, item.district) for item in found.deciding] == [(1, "bstadt")]
    assert [(item.level, item.district) for item in found.helping] == [(0, "mitte"), (3, None)]


def test_who_is_only_for_parts_is_named_beside() -> None:
    found = answer(EVERYBODY, DISTRICTS, "kreis", "kita")
    assert roles(found.below) == ["Adorf Rathaus", "Bstadt Kita", "Café Mitte"]
    assert answer(EVERYBODY, DISTRICTS, "mitte", "kita").below == []


def test_several_of_one_level_decide_together_and_nobody_is_told_so() -> None:
    two = [*EVERYBODY, contact("Bstadt Kita Nord", "bstadt", "kita")]
    assert roles(answer(two, DISTRICTS, "mitte", "kita").deciding) == ["Bstadt Kita", "Bstadt Kita Nord"]
    assert answer([], DISTRICTS, "mitte", "kita").nobody
    assert not answer(EVERYBODY, DISTRICTS, "cdorf", "sprache").nobody


def test_a_language_leaves_those_who_decide() -> None:
    found = answer(EVERYBODY, DISTRICTS, "mitte", "kita").speaking("tr")
    assert (roles(found.deciding), roles(found.further), roles(found.helping)) == (
        ["Bstadt Kita"],
        [],
        ["Familienbüro"],
    )


def test_everybody_for_a_place_by_level() -> None:
    assert [(slug, roles(items)) for slug, items in by_level(EVERYBODY, DISTRICTS, "mitte")] == [  # type: ignore[arg-type]
        ("mitte", ["Café Mitte"]),
        ("bstadt", ["Bstadt Kita"]),
        ("kreis", ["Kreis Geld", "Kreis Kita"]),
        (None, ["Familienbüro"]),
    ]


def test_the_matrix_is_the_same_answer_for_each_gemeinde() -> None:
    columns = columns_of(DISTRICTS, "kreis")
    assert columns == ["adorf", "bstadt", "cdorf"]
    table = matrix(EVERYBODY, DISTRICTS, columns, ["kita", "geld", "sprache"])
    for need, cells in table.items():
        for slug, cell in zip(columns, cells, strict=True):
            assert cell.contacts == [item.contact for item in answer(EVERYBODY, DISTRICTS, slug, need).deciding]
    assert [cell.own for cell in table["kita"]] == [False, True, False]
    assert [cell.own for cell in table["sprache"]] == [True, False, False]


def test_the_tree() -> None:
    assert way_up(DISTRICTS, "mitte") == ["mitte", "bstadt", "kreis"]
    assert way_up(DISTRICTS, "nirgends") == []
    assert all_below(DISTRICTS, "kreis") == {"adorf", "bstadt", "mitte", "cdorf"}
    assert columns_of(DISTRICTS, "cdorf") == ["cdorf"]
