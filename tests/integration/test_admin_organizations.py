"""Träger und Orte: editors write all of them, Träger-editors their own; nothing that is needed can be deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.content.store import from_json
from portal.editing import organization_list, organizations, workflow
from portal.editing.actor import COMMAND
from portal.editing.versions import latest_version, working
from portal.extensions import db
from portal.models import (
    AuditEntry,
    Location,
    Offer,
    Organization,
    OrganizationText,
    TranslationSource,
    TrashEntry,
    User,
    UserOrganization,
)
from portal.models.enums import TextState
from tests.conftest import counted_queries, parse_html, text_of
from tests.integration.admin import log_in, make_user
from tests.integration.filled_forms import alerts, errors, filled, table

HERE = "/verwaltung/traeger"
NEW = {
    "name": "Verein Kinderlachen e. V.",
    "kind": "verein",
    "phone": "030 23125 555",
    "email": "info@kinderlachen.example",
    "website": "https://kinderlachen.example",
    "description": "Wir spielen mit euren Kindern.",
}
PLACE = {
    "name": "Haus am Markt",
    "street": "Nordmarkt",
    "house_number": "3 a",
    "postal_code": "00102",
    "city": "Beispielstadt",
    "district": "nordstadt",
    "latitude": "51,1745",
    "longitude": "10.4520",
    "step_free": "partly",
    "bus_stop": "Nordmarkt (Bus 1)",
}


def last_entry(app: Flask) -> tuple[str, str, str, str, str, str]:
    """The newest line of the audit log: who, what, kind, which, its name, details."""
    with app.app_context():
        entry = db.session.execute(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).scalar_one()
        return entry.user, entry.action, entry.kind, entry.entity, entry.label, entry.details


def find(table_of: Any, slug: str) -> Any:
    return db.session.execute(select(table_of).where(table_of.slug == slug)).scalar_one_or_none()


# --- the list -----------------------------------------------------------------------------------------------------------


def test_the_list_counts_offers_and_places(own_app: Flask, editor: FlaskClient) -> None:
    with own_app.app_context():
        rows, total = organization_list.page(db.session, COMMAND, limit=100)
        assert total == len(rows) == db.session.execute(select(func.count()).select_from(Organization)).scalar_one()
        first = next(row for row in rows if row.slug == "familienbuero")
        offers = db.session.execute(select(func.count()).where(Offer.organization_id == 1)).scalar_one()
        assert (first.offers, first.published, first.places) == (offers, offers, 2)
        offer = db.session.execute(select(Offer).where(Offer.organization_id == 1).limit(1)).scalar_one()
        workflow.archive(db.session, COMMAND, offer)
        db.session.commit()
    cells = table(editor.get(f"{HERE}?q=Familienbüro"))
    assert cells == [
        [
            "Familienbüro Beispielstadt",
            "Kommune",
            "030 23125 100familienbuero@stadt-beispielstadt.example",
            str(offers - 1),
            str(offers),
            "2",
        ]
    ]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=KLINIKUM", ["Klinikum Beispielstadt"]),
        ("q=030/23125100", ["Familienbüro Beispielstadt"]),
        ("q=familie@klinikum", ["Klinikum Beispielstadt"]),
        ("q=%25", []),
        ("q=100_", []),
        ("q=familienzentrum&kind=kirche", []),
        (
            "q=familienzentrum&sort=-name",
            ["Familienzentrum Südstadt", "Familienzentrum Nordstadt", "Familienzentrum Grüntal"],
        ),
    ],
)
def test_search_filter_and_sort(editor: FlaskClient, asked: str, found: list[str]) -> None:
    assert [row[0] for row in table(editor.get(f"{HERE}?{asked}"))] == found


def test_sorted_by_the_number_of_offers(editor: FlaskClient) -> None:
    counts = [int(row[4]) for row in table(editor.get(f"{HERE}?sort=-offers"))]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


def test_a_traeger_editor_sees_only_their_own(provider: FlaskClient) -> None:
    page = provider.get(HERE)
    assert [row[0] for row in table(page)] == ["Familienbüro Beispielstadt"]
    assert "Neuer Träger" not in page.text


def test_the_number_of_queries_does_not_grow_with_the_list(own_app: Flask, editor: FlaskClient) -> None:
    with counted_queries(own_app) as one:
        editor.get(f"{HERE}?q=klinikum")
    with counted_queries(own_app) as many:
        assert len(table(editor.get(HERE))) >= 30
    assert len(many) == len(one)


# --- writing ------------------------------------------------------------------------------------------------------------


def test_a_new_organization_is_there_for_families_at_once(own_app: Flask, editor: FlaskClient) -> None:
    answer = editor.post(f"{HERE}/neu", data=NEW)
    assert (answer.status_code, answer.location) == (303, f"{HERE}/verein-kinderlachen-e-v")
    assert alerts(editor.get(answer.location)) == [
        "„Verein Kinderlachen e. V.“ ist angelegt. Als Nächstes: ein Ort, an dem Familien ihn finden."
    ]
    assert last_entry(own_app) == (
        "Mira Yıldız",
        "created",
        "organization",
        "verein-kinderlachen-e-v",
        "Verein Kinderlachen e. V.",
        "",
    )
    with own_app.app_context():
        made = find(Organization, "verein-kinderlachen-e-v")
        facts = organizations.read(db.session, made)
        assert {name: str(value) for name, value in vars(facts).items()} == NEW
    assert "Wir spielen mit euren Kindern." in editor.get("/de/traeger/verein-kinderlachen-e-v").text


def test_one_with_no_more_than_a_name_and_a_kind_has_a_page_too(editor: FlaskClient) -> None:
    for name, slug in (("Neu", "traeger-neu"), ("Ähnliche", "aehnliche-2"), ("!!!", "organization")):
        answer = editor.post(f"{HERE}/neu", data={"name": name, "kind": "verein"})
        slug = {"aehnliche-2": "traeger-aehnliche"}.get(slug, slug)
        assert answer.location == f"{HERE}/{slug}"
        assert editor.get(answer.location).status_code == 200
        assert editor.get(f"/tr/traeger/{slug}").status_code == 200


def test_what_is_wrong_is_said_in_sentences_and_nothing_typed_is_lost(own_app: Flask, editor: FlaskClient) -> None:
    wrong = {
        "name": "  ",
        "kind": "partei",
        "phone": "ruf an",
        "email": "info at verein",
        "website": "javascript:alert(1)",
        "description": "x" * 5_001,
    }
    answer = editor.post(f"{HERE}/neu", data=wrong)
    assert answer.status_code == 422
    said = errors(answer)
    assert said == {
        "name": "Das fehlt noch.",
        "kind": "Keine gültige Auswahl.",
        "phone": "Das kann keine Telefonnummer sein. Beispiel: 030 23125 100",
        "email": "Das kann keine E-Mail-Adresse sein. Beispiel: info@verein.example",
        "website": "Die Adresse beginnt mit https:// – Beispiel: https://verein.example",
        "description": "Das sind 5.001 Zeichen; höchstens 5.000 passen hierher.",
    }
    assert filled(answer)["description"] == "x" * 5_001
    assert filled(answer)["phone"] == "ruf an"
    with own_app.app_context():
        assert db.session.execute(select(AuditEntry.id).where(AuditEntry.kind == "organization")).all() == []


def test_similar_names_are_shown_while_typing_and_asked_for_without_a_script(
    own_app: Flask, editor: FlaskClient
) -> None:
    shown = editor.get(f"{HERE}/aehnliche?name=Familienzentrum+Nordstatt+e.V.", headers={"HX-Request": "true"}).text
    assert "Gibt es den schon?" in shown
    assert f'href="{HERE}/familienzentrum-nordstadt"' in shown
    assert "Gibt es den schon?" not in editor.get(f"{HERE}/aehnliche?name=Ru", headers={"HX-Request": "true"}).text
    twin = {"name": "Klinikum  Beispielstadt gGmbH", "kind": "gesundheit"}
    asked = editor.post(f"{HERE}/neu", data=twin)
    assert asked.status_code == 422
    assert "fast genauso heißt" in alerts(asked)[-1]
    assert filled(asked)["name"] == "Klinikum Beispielstadt gGmbH"
    assert editor.post(f"{HERE}/neu", data=filled(asked)).status_code == 422
    assert editor.post(f"{HERE}/neu", data=filled(asked, anyway="y")).status_code == 303
    with own_app.app_context():
        assert find(Organization, "klinikum-beispielstadt-ggmbh").name == "Klinikum Beispielstadt gGmbH"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("FAMILIENBÜRO BEISPIELSTADT", ["familienbuero"]),
        ("e. V.", []),
        ("gGmbH", []),
        ("Xylofon Zwölf", []),
    ],
)
def test_legal_forms_do_not_make_names_alike(own_app: Flask, name: str, found: list[str]) -> None:
    with own_app.app_context():
        assert [item.slug for item in organization_list.similar(db.session, name)][:1] == found


def test_a_traeger_editor_changes_their_own_and_its_address_stays(own_app: Flask, provider: FlaskClient) -> None:
    form = filled(provider.get(f"{HERE}/familienbuero"), name="Familien-Haus", phone="030 23125 101")
    answer = provider.post(f"{HERE}/familienbuero", data=form)
    assert (answer.status_code, answer.location) == (303, f"{HERE}/familienbuero")
    assert alerts(provider.get(answer.location)) == ["Gespeichert."]
    assert last_entry(own_app) == (
        "Pavel Novák",
        "changed",
        "organization",
        "familienbuero",
        "Familien-Haus",
        "Name, Telefon",
    )
    heading = parse_html(provider.get("/de/traeger/familienbuero").text).find(".//h1")
    assert text_of(heading) == "Familien-Haus"
    again = provider.post(f"{HERE}/familienbuero", data=filled(provider.get(f"{HERE}/familienbuero")))
    assert alerts(provider.get(again.location)) == ["Es war nichts zu ändern."]
    assert last_entry(own_app)[5] == "Name, Telefon", "nothing changed, nothing noted"


GUESSED = [
    f"{HERE}/klinikum",
    f"{HERE}/klinikum/loeschen",
    f"{HERE}/familienbuero/loeschen",
    f"{HERE}/familienbuero/zusammenlegen",
    f"{HERE}/klinikum/zusammenlegen",
    f"{HERE}/klinikum/orte/neu",
    f"{HERE}/klinikum/orte/klinikum",
    f"{HERE}/klinikum/orte/klinikum/loeschen",
    f"{HERE}/familienbuero/orte/klinikum",
    f"{HERE}/familienbuero/orte/klinikum/loeschen",
    f"{HERE}/neu",
    f"{HERE}/aehnliche?name=Klinikum",
    f"{HERE}/gibt-es-nicht",
    "/verwaltung/stadtteile",
    "/verwaltung/stadtteile/neu",
    "/verwaltung/stadtteile/mitte",
    "/verwaltung/stadtteile/mitte/loeschen",
    "/verwaltung/protokoll",
]


def test_what_is_not_theirs_is_not_there_for_a_traeger_editor(own_app: Flask, provider: FlaskClient) -> None:
    with own_app.app_context():
        before = db.session.execute(select(func.max(AuditEntry.id))).scalar_one()
    for address in GUESSED:
        assert provider.get(address).status_code == 404, address
        assert provider.post(address, data={**NEW, **PLACE, "mit": "klinikum"}).status_code in {404, 405}, address
    with own_app.app_context():
        assert db.session.execute(select(func.max(AuditEntry.id))).scalar_one() == before, "nothing was done"
        assert find(Organization, "klinikum") is not None


def test_translators_have_no_way_in(translator: FlaskClient) -> None:
    for address in (HERE, f"{HERE}/familienbuero", "/verwaltung/papierkorb", *GUESSED):
        assert translator.get(address).status_code == 404, address


def states(app: Flask, slug: str) -> dict[str, TextState]:
    with app.app_context():
        rows = db.session.execute(
            select(OrganizationText.lang, OrganizationText.state)
            .join(Organization, Organization.id == OrganizationText.organization_id)
            .where(Organization.slug == slug)
        )
        return {row.lang: row.state for row in rows}


def test_new_german_words_make_the_translations_outdated_and_a_slip_of_the_pen_does_not(
    own_app: Flask, editor: FlaskClient
) -> None:
    address = f"{HERE}/familienbuero"
    before = states(own_app, "familienbuero")
    assert set(before) == {"de", "en", "tr", "ar", "uk", "ru"}
    page = editor.get(address)
    german = filled(page)["description"]
    editor.post(address, data=filled(page, description=f"{german}!", small="y"))
    assert states(own_app, "familienbuero") == before
    editor.post(address, data=filled(editor.get(address), name="Anders"))
    assert states(own_app, "familienbuero") == before, "the name is not translated"
    editor.post(address, data=filled(editor.get(address), description="Ganz neu. Kommt vorbei."))
    assert states(own_app, "familienbuero") == {
        lang: TextState.SOURCE if lang == "de" else TextState.OUTDATED for lang in before
    }
    editor.post(address, data=filled(editor.get(address), description="Noch neuer."))
    with own_app.app_context():
        kept = db.session.get(TranslationSource, {"kind": "organization", "entity": "familienbuero", "lang": "tr"})
        assert kept.fields == f'{{"description": "{german}!"}}', "what the translation was made from"


def test_two_people_at_once_both_are_kept_and_the_second_chooses(
    own_app: Flask, editor: FlaskClient, provider: FlaskClient
) -> None:
    address = f"{HERE}/familienbuero"
    first, second = filled(editor.get(address)), filled(provider.get(address))
    assert editor.post(address, data={**first, "name": "Haus der Ersten", "phone": "030 23125 111"}).status_code == 303
    refused = provider.post(address, data={**second, "name": "Haus der Zweiten"})
    assert refused.status_code == 422
    said = alerts(refused)[-1]
    assert "Inzwischen hat jemand anderes gespeichert." in said
    assert "Haus der Ersten" in said
    assert "030 23125 111" in said
    assert filled(refused)["name"] == "Haus der Zweiten"
    with own_app.app_context():
        assert find(Organization, "familienbuero").name == "Haus der Ersten"
    assert provider.post(address, data=filled(refused)).status_code == 303
    with own_app.app_context():
        assert find(Organization, "familienbuero").name == "Haus der Zweiten"


def test_who_writes_here_is_seen_with_when_they_were_last_there(own_app: Flask, editor: FlaskClient) -> None:
    for name, active in (("Ada Alt", False), ("Nina Neu", True)):
        user_id = make_user(own_app, "traeger", organizations=[1], name=name)
        with own_app.app_context():
            user = db.session.get_one(User, user_id)
            user.active = active
            user.last_login_at = datetime(2026, 3, 4, 9, 30, tzinfo=UTC) if not active else None
            db.session.commit()
    page = editor.get(f"{HERE}/familienbuero").text
    people = page[page.index("Wer schreibt hier") :]
    lines = [" ".join(line.split()) for line in people.split("<li>")[1:3]]
    assert lines[0].startswith('Nina Neu <span class="dim">war noch nie da</span>')
    assert "Ada Alt" in lines[1]
    assert "nicht mehr dabei" in lines[1]
    assert "zuletzt da: 04.03.2026, 10:30" in lines[1]
    assert "@verein.example" not in people, "names only"


# --- deleting and making one of two --------------------------------------------------------------------------------------


def test_an_organization_with_offers_cannot_be_deleted_and_they_are_named(own_app: Flask, editor: FlaskClient) -> None:
    with own_app.app_context():
        titles = [offer.title for offer in organizations.offers_of(db.session, find(Organization, "klinikum").id)]
    assert titles
    for answer in (editor.get(f"{HERE}/klinikum/loeschen"), editor.post(f"{HERE}/klinikum/loeschen")):
        assert all(title in alerts(answer)[-1] for title in titles)
    assert answer.status_code == 422
    with own_app.app_context():
        assert find(Organization, "klinikum") is not None
        assert db.session.execute(select(TrashEntry.id)).all() == []


def test_one_without_offers_goes_to_the_bin_and_comes_back_with_its_places(own_app: Flask, editor: FlaskClient) -> None:
    editor.post(f"{HERE}/neu", data=NEW)
    editor.post(f"{HERE}/verein-kinderlachen-e-v/orte/neu", data=PLACE)
    assert "In den Papierkorb" in editor.get(f"{HERE}/verein-kinderlachen-e-v/loeschen").text
    answer = editor.post(f"{HERE}/verein-kinderlachen-e-v/loeschen")
    assert answer.location == HERE
    assert alerts(editor.get(HERE)) == ["„Verein Kinderlachen e. V.“ liegt jetzt 30 Tage im Papierkorb."]
    assert last_entry(own_app)[1:4] == ("deleted", "organization", "verein-kinderlachen-e-v")
    assert editor.get("/de/traeger/verein-kinderlachen-e-v").status_code == 404
    with own_app.app_context():
        number = db.session.execute(select(TrashEntry.id)).scalar_one()
    editor.post(f"/verwaltung/papierkorb/{number}/zurueckholen", data={"entity": "verein-kinderlachen-e-v"})
    assert last_entry(own_app)[1:4] == ("undeleted", "organization", "verein-kinderlachen-e-v")
    assert "Haus am Markt" in editor.get("/de/traeger/verein-kinderlachen-e-v").text


def test_two_that_are_the_same_become_one(own_app: Flask, editor: FlaskClient) -> None:
    editor.post(f"{HERE}/neu", data={**NEW, "name": "Klinik"})
    with own_app.app_context():
        hospital, clinic = find(Organization, "klinikum"), find(Organization, "klinik")
        offer = db.session.execute(select(Offer).where(Offer.organization_id == hospital.id).limit(1)).scalar_one()
        moved = offer.slug
        now = working(db.session, offer)
        workflow.save(
            db.session, COMMAND, offer, msgspec.structs.replace(now.content, waiting_weeks=9), base=now.number
        )
        work = working(db.session, offer)
        workflow.submit(db.session, COMMAND, offer, own_app.extensions["plain_words"])
        hospital.source, hospital.external_id = "liste", "7"
        db.session.commit()
        titles = [row.title for row in organizations.offers_of(db.session, hospital.id)]
        ids = hospital.id, clinic.id
    both = make_user(own_app, "traeger", organizations=ids, name="Bo Beide")
    one = make_user(own_app, "traeger", organizations=ids[:1], name="Eli Eins")
    preview = editor.get(f"{HERE}/klinik/zusammenlegen?mit=klinikum").text
    assert all(title in preview for title in titles)
    assert "Bo Beide" in preview
    assert f"Angebote: {len(titles)}" in preview
    assert "Orte: 1" in preview
    with own_app.app_context():
        assert find(Offer, moved).organization_id == ids[0], "a look changes nothing"

    answer = editor.post(f"{HERE}/klinik/zusammenlegen", data={"mit": "klinikum"})
    assert answer.location == f"{HERE}/klinik"
    assert last_entry(own_app) == (
        "Mira Yıldız",
        "changed",
        "organization",
        "klinik",
        "Klinik",
        f"Zusammengelegt mit „Klinikum Beispielstadt“ (klinikum): {len(titles)} Angebote, 1 Orte",
    )
    with own_app.app_context():
        assert find(Organization, "klinikum") is None
        clinic = find(Organization, "klinik")
        assert [row.title for row in organizations.offers_of(db.session, clinic.id)] == titles
        assert find(Location, "klinikum").organization_id == clinic.id
        people = select(UserOrganization.user_id).where(UserOrganization.organization_id == clinic.id)
        assert set(db.session.execute(people).scalars()) == {both, one}
        assert (clinic.source, clinic.external_id) == ("liste", "7"), "the next import finds it here"
        version = latest_version(db.session, find(Offer, moved).id)
        content = from_json(version.content)
        assert (content.organization, content.text) == ("klinik", work.content.text)
        workflow.approve(
            db.session, COMMAND, find(Offer, moved), own_app.config["TODAY"], own_app.extensions["plain_words"]
        )
        db.session.commit()
        number = db.session.execute(select(TrashEntry.id)).scalar_one()
    assert "Klinik" in editor.get(f"/de/angebote/{moved}").text
    editor.post(f"/verwaltung/papierkorb/{number}/zurueckholen", data={"entity": "klinikum"})
    with own_app.app_context():
        assert find(Organization, "klinikum").name == "Klinikum Beispielstadt"
        assert organizations.offers_of(db.session, find(Organization, "klinikum").id) == []


@pytest.mark.parametrize("other", ["klinikum", "gibt-es-nicht", ""])
def test_nothing_merges_with_itself_or_with_nothing(own_app: Flask, editor: FlaskClient, other: str) -> None:
    assert editor.post(f"{HERE}/klinikum/zusammenlegen", data={"mit": other}).status_code == 404
    with own_app.app_context():
        assert find(Organization, "klinikum") is not None


# --- places -------------------------------------------------------------------------------------------------------------


def test_a_place_is_made_changed_and_keeps_its_key(own_app: Flask, provider: FlaskClient) -> None:
    answer = provider.post(f"{HERE}/familienbuero/orte/neu", data=PLACE)
    assert answer.location == f"{HERE}/familienbuero#orte"
    key = "ort-haus-am-markt-beispielstadt"
    assert last_entry(own_app)[1:] == (
        "created",
        "location",
        key,
        "Haus am Markt",
        "Träger: Familienbüro Beispielstadt",
    )
    address = f"{HERE}/familienbuero/orte/{key}"
    shown = filled(provider.get(address))
    assert shown.pop("base")
    assert shown == {**PLACE, "latitude": "51.1745", "longitude": "10.452"}
    changes = {"name": "", "district": "", "latitude": "", "longitude": "", "step_free": ""}
    provider.post(address, data=filled(provider.get(address), **changes))
    assert last_entry(own_app)[1:] == (
        "changed",
        "location",
        key,
        "Nordmarkt 3 a",
        "Name, Stadtteil, Breitengrad, Längengrad, Ohne Stufen",
    )
    with own_app.app_context():
        place = find(Location, key)
        assert (place.name, place.district_id, place.latitude, place.longitude, place.step_free) == (
            "",
            None,
            None,
            None,
            None,
        )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"street": ""}, {"street": "Das fehlt noch."}),
        ({"latitude": ""}, {"latitude": "Es fehlt die zweite Zahl: Bitte beide angeben oder beide leer lassen."}),
        ({"longitude": ""}, {"longitude": "Es fehlt die zweite Zahl: Bitte beide angeben oder beide leer lassen."}),
        ({"latitude": "10,45"}, {"latitude": "Das liegt nicht in Deutschland: Hier passen Zahlen von 47 bis 56."}),
        ({"longitude": "51"}, {"longitude": "Das liegt nicht in Deutschland: Hier passen Zahlen von 5 bis 16."}),
        ({"latitude": "nan"}, {"latitude": "Das liegt nicht in Deutschland: Hier passen Zahlen von 47 bis 56."}),
        ({"latitude": "1e999"}, {"latitude": "Das liegt nicht in Deutschland: Hier passen Zahlen von 47 bis 56."}),
        ({"latitude": "oben"}, {"latitude": "Das ist keine Zahl. Beispiel: 51,1580"}),
        ({"postal_code": "0010"}, {"postal_code": "Eine Postleitzahl hat fünf Ziffern. Beispiel: 00102"}),
        ({"postal_code": "٠٠١٠٢"}, {"postal_code": "Eine Postleitzahl hat fünf Ziffern. Beispiel: 00102"}),
        ({"house_number": "1" * 21}, {"house_number": "Das sind 21 Zeichen; höchstens 20 passen hierher."}),
    ],
)
def test_bad_input_of_a_place_is_said_in_sentences(
    own_app: Flask, editor: FlaskClient, changes: dict[str, str], said: dict[str, str]
) -> None:
    answer = editor.post(f"{HERE}/familienbuero/orte/neu", data={**PLACE, **changes})
    assert answer.status_code == 422
    assert errors(answer) == said
    assert {name: filled(answer)[name] for name in changes} == changes, "nothing typed is lost"
    with own_app.app_context():
        assert find(Location, "ort-haus-am-markt-beispielstadt") is None


def test_a_made_up_district_is_refused(editor: FlaskClient) -> None:
    answer = editor.post(
        f"{HERE}/familienbuero/orte/neu", data={**PLACE, "district": "atlantis", "step_free": "vielleicht"}
    )
    assert (answer.status_code, set(errors(answer))) == (422, {"district", "step_free"})


def test_a_place_with_offers_cannot_be_deleted_and_they_are_named(own_app: Flask, provider: FlaskClient) -> None:
    address = f"{HERE}/familienbuero/orte/familienbuero-hinterwiesen"
    with own_app.app_context():
        place = find(Location, "familienbuero-hinterwiesen")
        offers = db.session.execute(select(Offer).where(Offer.location_id == place.id)).scalars().all()
        titles = [working(db.session, offer).content.text.title for offer in offers]
        assert titles
    answer = provider.post(f"{address}/loeschen")
    assert answer.status_code == 422
    assert all(title in alerts(answer)[-1] for title in titles)
    with own_app.app_context():
        for offer in db.session.execute(select(Offer).where(Offer.location_id == place.id)).scalars():
            offer.location_id, offer.phone = None, "030 23125 100"
        db.session.commit()
    assert provider.post(f"{address}/loeschen").location == f"{HERE}/familienbuero#orte"
    assert last_entry(own_app)[1:4] == ("deleted", "location", "familienbuero-hinterwiesen")
    binned = table(provider.get("/verwaltung/papierkorb"))
    assert [row[:3] for row in binned] == [["Familienbüro im Gemeindehaus", "Ort", "Pavel Novák"]]


def test_a_place_that_waits_for_approval_cannot_be_deleted_either(own_app: Flask, editor: FlaskClient) -> None:
    editor.post(f"{HERE}/familienbuero/orte/neu", data=PLACE)
    with own_app.app_context():
        offer = db.session.execute(select(Offer).where(Offer.organization_id == 1).limit(1)).scalar_one()
        now = working(db.session, offer)
        content = msgspec.structs.replace(now.content, location="ort-haus-am-markt-beispielstadt")
        workflow.save(db.session, COMMAND, offer, content, base=now.number)
        db.session.commit()
    answer = editor.get(f"{HERE}/familienbuero/orte/ort-haus-am-markt-beispielstadt/loeschen")
    assert now.content.text.title in alerts(answer)[-1]


def test_two_people_at_one_place(editor: FlaskClient) -> None:
    address = f"{HERE}/familienbuero/orte/familienbuero-rathaus"
    one, two = filled(editor.get(address)), filled(editor.get(address))
    editor.post(address, data={**one, "bus_stop": "Bahnhof"})
    refused = editor.post(address, data={**two, "city": "Woanders"})
    assert refused.status_code == 422
    assert "Bahnhof" in alerts(refused)[-1]
    assert editor.post(address, data=filled(refused)).status_code == 303
    assert filled(editor.get(address))["bus_stop"] == "Rathausplatz (Bus 1, 4, 7)"


def test_somebody_without_an_organization_sees_an_empty_list(own_app: Flask) -> None:
    user_id = make_user(own_app, "traeger", organizations=[1])
    with own_app.app_context():
        db.session.execute(UserOrganization.__table__.delete())
        db.session.commit()
    client = log_in(own_app, user_id)
    assert "Dir ist noch kein Träger zugeordnet." in client.get(HERE).text
