"""Ansprechstellen, resources and offers for professionals: written by their Träger and the Redaktion, and by nobody else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from portal.editing import directory, districts, needs, organizations, trash
from portal.editing.actor import COMMAND, NotAllowedError
from portal.editing.contact_points import CONTACT_POINT, ContactPointFacts
from portal.editing.descriptions import InUseError, fingerprint
from portal.editing.professional_offers import PROFESSIONAL_OFFER
from portal.editing.resources import RESOURCE
from portal.extensions import db
from portal.models import (
    AuditEntry,
    ContactPoint,
    ContactPointDistrict,
    ContactPointNeed,
    District,
    Need,
    Organization,
    ProfessionalOffer,
    Resource,
    TrashEntry,
    UserOrganization,
)
from tests.conftest import TODAY, counted_queries
from tests.integration.admin import log_in, make_user
from tests.integration.either_database import either_app  # noqa: F401  (a fixture)
from tests.integration.filled_forms import alerts, errors, filled, table

POINTS = "/verwaltung/ansprechstellen"
ROOMS = "/verwaltung/raeume"
TRAINING = "/verwaltung/fortbildung"
NEW = {
    POINTS: {
        "organization": "familienbuero",
        "role": "Schulanmeldung",
        "person": "Frau Meier",
        "responsible": "y",
        "needs": ["schulanmeldung", "ganztag_schule"],
        "districts": ["nordstadt"],
        "phone": "030 23125 600",
        "email": "schule@familienbuero.example",
        "times": "Mo 9 bis 12 Uhr",
        "languages": ["de", "tr"],
        "substitute": "erste-anlaufstelle",
        "note": "Vor den Ferien früh anrufen.",
    },
    ROOMS: {
        "organization": "familienbuero",
        "title": "Kleiner Saal",
        "kind": "raum",
        "text": "Mit Klavier.",
        "district": "mitte",
        "capacity": "40",
        "conditions": "kostenlos",
        "contact": "Empfang",
        "phone": "030 23125 601",
        "email": "",
    },
    TRAINING: {
        "organization": "familienbuero",
        "title": "Fachtag Übergänge",
        "kind": "fachtag",
        "audience": "Kitas",
        "text": "Ein Tag.",
        "needs": ["schulanmeldung"],
        "starts_on": "2027-05-04",
        "ends_on": "2027-05-05",
        "register_by": "2027-04-20",
        "times": "9 bis 16 Uhr",
        "place": "Rathaus",
        "contact": "Büro",
        "phone": "",
        "email": "",
        "website": "https://familienbuero.example/fachtag",
    },
}
SLUGS = {POINTS: "schulanmeldung", ROOMS: "kleiner-saal", TRAINING: "fachtag-uebergaenge"}
NOUNS = {POINTS: CONTACT_POINT, ROOMS: RESOURCE, TRAINING: PROFESSIONAL_OFFER}
FOREIGN = {POINTS: "kita-anmeldung-stadt", ROOMS: "seminarraum-vhs", TRAINING: "handlungshilfe-but"}


def last_entry(app: Flask) -> tuple[str, str, str, str, str, str]:
    with app.app_context():
        entry = db.session.execute(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).scalar_one()
        return entry.user, entry.action, entry.kind, entry.entity, entry.label, entry.details


def find(model: Any, slug: str) -> Any:
    return db.session.execute(select(model).where(model.slug == slug)).scalar_one_or_none()


def facts_of(app: Flask, here: str, slug: str) -> dict[str, Any]:
    with app.app_context():
        noun = NOUNS[here]
        return dict(vars(directory.read(db.session, noun, find(noun.table, slug))))


@pytest.mark.parametrize("here", NEW)
def test_what_is_typed_is_stored_and_shown_again(own_app: Flask, provider: FlaskClient, here: str) -> None:
    answer = provider.post(f"{here}/neu", data=NEW[here])
    assert (answer.status_code, answer.location) == (303, here)
    noun, slug = NOUNS[here], SLUGS[here]
    title = NEW[here][noun.title]
    assert alerts(provider.get(here)) == [f"„{title}“ ist angelegt."]
    assert last_entry(own_app) == ("Pavel Novák", "created", noun.kind, slug, title, "")
    page = provider.get(f"{here}/{slug}")
    sent = {name: value for name, value in filled(page).items() if name != "base" and value}
    expected = {name: ([value] if name == "responsible" else value) for name, value in NEW[here].items() if value}
    assert {name: sorted(value) if isinstance(value, list) else value for name, value in sent.items()} == {
        name: sorted(value) if isinstance(value, list) else value for name, value in expected.items()
    }
    with own_app.app_context():
        row = find(noun.table, slug)
        assert getattr(row, "assured_on", TODAY) == TODAY, "whoever writes it makes sure of it"
    again = provider.post(f"{here}/{slug}", data=filled(page))
    assert alerts(provider.get(again.location)) == ["Es war nichts zu ändern."]
    assert last_entry(own_app)[1] == "created", "nothing changed, nothing noted"


@pytest.mark.parametrize(
    ("here", "changes", "details"),
    [
        (POINTS, {"phone": "030 23125 777", "districts": ["mitte"], "responsible": None}, "Entscheidet, Wo, Telefon"),
        (ROOMS, {"capacity": "", "district": ""}, "Wo, Personen"),
        (TRAINING, {"starts_on": "", "ends_on": "", "register_by": ""}, "Erster Tag, Letzter Tag, Anmelden bis"),
    ],
)
def test_a_change_is_noted_with_its_fields(
    own_app: Flask, provider: FlaskClient, here: str, changes: dict[str, Any], details: str
) -> None:
    provider.post(f"{here}/neu", data=NEW[here])
    slug = SLUGS[here]
    answer = provider.post(f"{here}/{slug}", data=filled(provider.get(f"{here}/{slug}"), **changes))
    assert alerts(provider.get(answer.location))[-1] == "Gespeichert."
    assert last_entry(own_app)[5] == details
    now = facts_of(own_app, here, slug)
    if here == POINTS:
        assert (now["phone"], now["districts"], now["responsible"]) == ("030 23125 777", {"mitte"}, False)
    else:
        assert [now[name] for name in changes] == [None] * len(changes)


MISTAKES: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    (POINTS, {"role": " "}, {"role": "Das fehlt noch."}),
    (POINTS, {"phone": "", "email": ""}, {"phone": "Es fehlt ein Weg dorthin: Telefon oder E-Mail."}),
    (
        POINTS,
        {"districts": ["atlantis"]},
        {"districts": "Keine gültige Auswahl: Etwas davon gibt es hier nicht mehr."},
    ),
    (POINTS, {"organization": "klinikum"}, {"organization": "Keine gültige Auswahl."}),
    (ROOMS, {"capacity": "0"}, {"capacity": "Hier passt eine Zahl von 1 bis 100000."}),
    (ROOMS, {"kind": ""}, {"kind": "Das fehlt noch."}),
    (TRAINING, {"ends_on": "2027-05-03"}, {"ends_on": "Das ist vor dem ersten Tag."}),
    (TRAINING, {"starts_on": ""}, {"ends_on": "Es fehlt der erste Tag."}),
    (TRAINING, {"register_by": "2027-05-05"}, {"register_by": "Das ist nach dem ersten Tag."}),
    (
        TRAINING,
        {"starts_on": "0207-05-04", "ends_on": "", "register_by": ""},
        {"starts_on": "Dieses Jahr kann nicht stimmen. Beispiel: 12.03.2027"},
    ),
    (TRAINING, {"website": ""}, {"phone": "Es fehlt ein Weg dorthin: Telefon oder E-Mail oder Webseite."}),
    (
        TRAINING,
        {"website": "javascript:alert(1)"},
        {"website": "Die Adresse beginnt mit https:// – Beispiel: https://verein.example"},
    ),
]


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(own_app: Flask, provider: FlaskClient) -> None:
    for here, changes, said in MISTAKES:
        answer = provider.post(f"{here}/neu", data={**NEW[here], **changes})
        assert answer.status_code == 422
        assert errors(answer) == said
        title = NOUNS[here].title
        if title not in changes:
            assert filled(answer)[title] == NEW[here][title]
    with own_app.app_context():
        assert [find(noun.table, SLUGS[here]) for here, noun in NOUNS.items()] == [None, None, None]


@pytest.mark.parametrize("here", NEW)
def test_a_traeger_editor_reaches_only_their_own(own_app: Flask, provider: FlaskClient, here: str) -> None:
    foreign = FOREIGN[here]
    before = facts_of(own_app, here, foreign)
    data = filled(provider.get(f"{here}/neu"), **NEW[here], base=fingerprint(type("F", (), before)))
    for address in (f"{here}/{foreign}", f"{here}/{foreign}/loeschen"):
        assert provider.get(address).status_code == 404
        assert provider.post(address, data=data).status_code == 404
    assert provider.post(f"{here}/{foreign}/stimmt-noch").status_code == 404
    assert facts_of(own_app, here, foreign) == before
    titles = [row[0] for row in table(provider.get(here))]
    with own_app.app_context():
        noun = NOUNS[here]
        own = db.session.execute(select(getattr(noun.table, noun.title)).where(noun.table.organization_id == 1))
        assert sorted(title.replace(" entscheidet", "") for title in titles) == sorted(own.scalars())


def test_nobody_but_writers_gets_in(own_app: Flask, translator: FlaskClient) -> None:
    practitioner = log_in(own_app, make_user(own_app, "fachkraft"))
    for here in NEW:
        for client in (translator, practitioner):
            assert client.get(here).status_code == 404
            assert client.post(f"{here}/neu", data=NEW[here]).status_code == 404


def test_one_without_a_traeger_is_told_so(own_app: Flask) -> None:
    lonely = log_in(own_app, make_user(own_app, "traeger", organizations=[1]))
    with own_app.app_context():
        db.session.execute(delete(UserOrganization))
        db.session.commit()
    page = lonely.get(POINTS)
    assert "Dir ist noch kein Träger zugeordnet." in page.text
    assert "Neue Ansprechstelle" not in page.text


def test_stimmt_noch_with_one_click(own_app: Flask, editor: FlaskClient) -> None:
    with own_app.app_context():
        assert find(ContactPoint, "suchtberatung-eltern").assured_on == date(2025, 3, 17)
    answer = editor.post(f"{POINTS}/suchtberatung-eltern/stimmt-noch")
    assert (answer.status_code, answer.location) == (303, POINTS)
    assert alerts(editor.get(POINTS)) == ["Danke. „Beratung für Eltern und Angehörige“ hat jetzt den Stand 21.11.2026."]
    with own_app.app_context():
        assert find(ContactPoint, "suchtberatung-eltern").assured_on == TODAY
    assert last_entry(own_app)[:4] == ("Mira Yıldız", "confirmed", "contact_point", "suchtberatung-eltern")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=okafor", ["Kita-Anmeldung entscheidet"]),
        ("q=kompass", ["Anmeldung Erziehungs- und Familienberatung"]),
        ("q=%25", []),
        ("ort=hinterwiesen&sort=-role", ["Kita-Anmeldung in Hinterwiesen entscheidet", "Anlaufstelle im Gemeindehaus"]),
        ("entscheidet=nein&ort=hinterwiesen", ["Anlaufstelle im Gemeindehaus"]),
    ],
)
def test_the_list_finds_filters_and_sorts(editor: FlaskClient, asked: str, found: list[str]) -> None:
    assert [row[0] for row in table(editor.get(f"{POINTS}?{asked}"))] == found


def test_the_other_lists_filter_too(editor: FlaskClient) -> None:
    assert [row[0] for row in table(editor.get(f"{ROOMS}?art=kooperation&sort=-title"))] == [
        "Wer macht mit beim Fest am Bach?",
        "Elterncafé: Wir suchen Beratung, die zu uns kommt",
    ]
    assert [row[0] for row in table(editor.get(f"{TRAINING}?wann=vorbei"))] == ["Fachtag „Viele Sprachen, eine Kita“"]
    days = [row[3] for row in table(editor.get(f"{TRAINING}?wann=kommend&sort=starts_on"))]
    assert days == ["09.12.2026", "20.01.2027", "02.02.2027 bis 03.02.2027", "11.03.2027"]
    assert len(table(editor.get(f"{TRAINING}?wann=jederzeit&art=handlungshilfe"))) == 2


def test_the_number_of_queries_of_lists_and_forms_does_not_grow(own_app: Flask, editor: FlaskClient) -> None:
    def count(address: str) -> int:
        editor.get(address)
        with counted_queries(own_app) as queries:
            assert editor.get(address).status_code == 200
        return len(queries)

    form = f"{POINTS}/kita-anmeldung-stadt"
    few = count(f"{POINTS}?q=okafor"), count(form)
    with own_app.app_context():
        facts = ContactPointFacts(organization="tafel", role="Ausgabe", phone="110", districts=frozenset({"mitte"}))
        for _ in range(30):
            directory.create(db.session, COMMAND, CONTACT_POINT, facts, TODAY)
        db.session.commit()
    assert (count(POINTS), count(form)) == few


def test_two_at_once_see_what_the_other_has_saved(own_app: Flask, editor: FlaskClient, provider: FlaskClient) -> None:
    address = f"{TRAINING}/schulung-lotse-sein"
    mine = filled(provider.get(address), place="Rathaus", starts_on="2027-02-01")
    editor.post(address, data=filled(editor.get(address), starts_on="2027-01-30"))
    answer = provider.post(address, data=mine)
    assert answer.status_code == 422
    assert "Inzwischen hat jemand anderes gespeichert." in alerts(answer)[-1]
    assert "Erster Tag30.01.2027OrtVHS, Seminarraum 2" in alerts(answer)[-1].replace(" Ort", "Ort").replace(
        " VHS", "VHS"
    )
    assert provider.post(address, data=filled(answer)).status_code == 303
    assert facts_of(own_app, TRAINING, "schulung-lotse-sein")["starts_on"] == date(2027, 2, 1)


def test_nobody_stands_in_for_themselves_but_two_may_for_each_other(own_app: Flask, editor: FlaskClient) -> None:
    address = f"{POINTS}/kita-beitraege"
    answer = editor.post(address, data=filled(editor.get(address), substitute="kita-beitraege"))
    assert answer.status_code == 422
    assert errors(answer) == {"substitute": "Keine gültige Auswahl."}
    with own_app.app_context():
        point = find(ContactPoint, "kita-beitraege")
        now = directory.read(db.session, CONTACT_POINT, point)
        assert now.substitute == "kita-anmeldung-stadt"
        other = directory.read(db.session, CONTACT_POINT, find(ContactPoint, "kita-anmeldung-stadt"))
        assert other.substitute == "kita-beitraege"
        itself = ContactPointFacts(**{**vars(now), "substitute": "kita-beitraege"})
        with pytest.raises(NotAllowedError):
            directory.change(db.session, COMMAND, CONTACT_POINT, point, itself, base=fingerprint(now))


# --- deleting, and what hangs on others; on both databases --------------------------------------------------------------


@pytest.mark.parametrize("here", NEW)
def test_the_bin_brings_everything_back(own_app: Flask, provider: FlaskClient, here: str) -> None:
    provider.post(f"{here}/neu", data=NEW[here])
    slug = SLUGS[here]
    before = facts_of(own_app, here, slug)
    assert "30 Tage" in provider.get(f"{here}/{slug}/loeschen").text
    assert provider.post(f"{here}/{slug}/loeschen").status_code == 303
    assert last_entry(own_app)[1:4] == ("deleted", NOUNS[here].kind, slug)
    with own_app.app_context():
        assert find(NOUNS[here].table, slug) is None
        number = db.session.execute(select(TrashEntry.id)).scalar_one()
    provider.post(f"/verwaltung/papierkorb/{number}/zurueckholen", data={"entity": slug})
    assert facts_of(own_app, here, slug) == before
    assert last_entry(own_app)[1:4] == ("undeleted", NOUNS[here].kind, slug)


def test_before_a_substitute_goes_it_is_said_whose(editor: FlaskClient, own_app: Flask) -> None:
    page = editor.get(f"{POINTS}/kita-beitraege/loeschen").text
    assert "Diese Stelle ist Vertretung für: Kita-Anmeldung. Dort fehlt dann eine." in page
    editor.post(f"{POINTS}/kita-beitraege/loeschen")
    assert facts_of(own_app, POINTS, "kita-anmeldung-stadt")["substitute"] is None


def test_on_each_database_written_deleted_and_brought_back(either_app: Flask) -> None:  # noqa: F811
    with either_app.app_context():
        facts = ContactPointFacts(
            organization="familienbuero",
            role="Beides",
            email="a@b.example",
            needs=frozenset({"hebamme", "wohnen"}),
            districts=frozenset({"mitte", "ostend"}),
            languages=frozenset({"de", "ar"}),
            substitute="erste-anlaufstelle",
        )
        point = directory.create(db.session, COMMAND, CONTACT_POINT, facts, TODAY)
        assert directory.read(db.session, CONTACT_POINT, point) == facts
        directory.remove(db.session, COMMAND, CONTACT_POINT, point)
        assert db.session.execute(select(ContactPoint.id).where(ContactPoint.slug == "beides")).first() is None
        entry = db.session.execute(select(TrashEntry).where(TrashEntry.entity == "beides")).scalar_one()
        trash.restore(db.session, COMMAND, entry.id)
        assert directory.read(db.session, CONTACT_POINT, find(ContactPoint, "beides")) == facts
        rows, total = directory.page(
            db.session, COMMAND, RESOURCE, q="kita", sort="assured_on", descending=True, offset=0, limit=2
        )
        assert (total, len(rows)) == (4, 2)
        db.session.rollback()


def test_a_district_or_a_need_does_not_go_before_what_names_it(either_app: Flask) -> None:  # noqa: F811
    """Without it, it would be for the whole Kommune or for everything."""
    with either_app.app_context():
        village = find(District, "hinterwiesen")
        lines = districts.users_of(db.session, village)
        assert "Ansprechstelle: Kita-Anmeldung in Hinterwiesen" in lines
        assert "Raum oder Ressource: Saal im Dorfgemeinschaftshaus" in lines
        with pytest.raises(InUseError):
            districts.delete(db.session, COMMAND, village)
        need = db.session.get_one(Need, "kinderschutz")
        lines = needs.users_of(db.session, need, {})
        assert [line for line in lines if not line.startswith("Angebot:")] == [
            "Ansprechstelle: Bezirksdienst Beispielstadt",
            "Ansprechstelle: Bezirksdienst für die Gemeinden im Kreis",
            "Ansprechstelle: Insoweit erfahrene Fachkraft (§ 8b SGB VIII)",
            "Für Fachkräfte: Kinderschutz: hinsehen und richtig handeln",
            "Für Fachkräfte: Sorge um ein Kind: Schritt für Schritt",
        ]
        with pytest.raises(InUseError):
            needs.delete_need(db.session, COMMAND, need, {})
        db.session.rollback()


def test_a_traeger_takes_its_directory_along_when_two_become_one(either_app: Flask) -> None:  # noqa: F811
    with either_app.app_context():
        keep, other = find(Organization, "tafel"), find(Organization, "stadtjugendring")
        with pytest.raises(InUseError) as refused:
            organizations.delete(db.session, COMMAND, find(Organization, "tagespflege-buero"))
        assert "Ansprechstelle: Vermittlung Kindertagespflege" in refused.value.users
        plan = organizations.plan_merge(db.session, COMMAND, keep, other.slug)
        assert plan.directory == ["Raum oder Ressource: Bus mit neun Sitzen"]
        organizations.merge(db.session, COMMAND, keep, other.slug)
        assert find(Resource, "transporter-neun-sitze").organization_id == keep.id
        entry = db.session.execute(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).scalar_one()
        assert entry.details.endswith("Orte, 1 für Fachkräfte")
        db.session.rollback()


def test_the_tables_of_links_hold_what_the_files_say(either_app: Flask) -> None:  # noqa: F811
    with either_app.app_context():
        point = find(ContactPoint, "bezirksdienst-land")
        codes = select(ContactPointNeed.need_code).where(ContactPointNeed.contact_point_id == point.id)
        assert sorted(db.session.execute(codes).scalars()) == [
            "entlastung_alltag",
            "erziehungsberatung",
            "kinderschutz",
            "trennung",
        ]
        where = select(District.slug).join(ContactPointDistrict, ContactPointDistrict.district_id == District.id)
        places = db.session.execute(where.where(ContactPointDistrict.contact_point_id == point.id)).scalars()
        assert list(places) == ["beispielland"]
        assert db.session.get(ContactPoint, point.substitute_id).slug == "bezirksdienst-stadt"
        guide = find(ProfessionalOffer, "handlungshilfe-but")
        assert (guide.starts_on, guide.kind.value) == (None, "handlungshilfe")
