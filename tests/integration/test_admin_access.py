"""Who gets in: every address below /verwaltung, tried by everybody, with things that are really there."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func
from sqlmodel import col, select
from werkzeug.routing import Rule

from portal import create_app
from portal.editing import practitioner_links, workflow
from portal.editing.actor import COMMAND
from portal.editing.exchange_uploads import Upload
from portal.editing.versions import find_offer, working
from portal.extensions import db
from portal.models import (
    AuditEntry,
    ContactPoint,
    Location,
    Offer,
    OfferAttachment,
    Organization,
    ProfessionalOffer,
    ProfessionalOfferKind,
    Resource,
    ResourceKind,
    RoleName,
    TrashEntry,
)
from portal.tables import Table
from tests.conftest import TODAY, make_settings, share_understanding
from tests.guards.test_guards import LOGGED_IN, OPEN, ROUTES, who_may_use
from tests.integration.admin import log_in, make_user
from tests.integration.translated import prepare

OFFER, OWN_OFFER = "still-cafe", "willkommensbesuch"
"""The first belongs to somebody else than the Träger-editor of these tests, the second to them."""
OWN = "familienbuero"
ROLES = [role.value for role in RoleName]


class PlainClient(FlaskClient):
    """A browser that does not look at every page: there are some thousand here."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("method", "GET") not in {"GET", "HEAD"}:
            kwargs["headers"] = {"Sec-Fetch-Site": "same-origin", **dict(kwargs.get("headers") or {})}
        # Files are read to their end and closed.
        return super().open(*args, **{"buffered": True, **kwargs})


class House:
    """The demo with one thing of every kind, and a browser for each role."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.rules = [rule for rule in app.url_map.iter_rules() if str(rule).startswith("/verwaltung")]
        with app.app_context():
            own = db.session.exec(select(Organization.id).where(Organization.slug == OWN)).one()
            other = db.session.exec(select(Offer).where(Offer.slug == OFFER)).one()
            places = select(Location.slug).where(Location.organization_id == other.organization_id)
            self.other = db.session.get_one(Organization, other.organization_id).slug
            self.place = db.session.exec(places.order_by(Location.slug)).first() or ""
            assert other.organization_id != own
            assert self.place
            self._two_versions()
            self.directory, self.own_directory = self._directory(other.organization_id), self._directory(own)
            self.attachments = {slug: self._attached(slug) for slug in (OFFER, OWN_OFFER)}
            self.link = self._link()
            self.entry = self._deleted()
            self.last_entry = db.session.exec(select(func.max(AuditEntry.id))).one()
        self.somebody = make_user(app, "planung", name="Ein Mensch")
        more = {"traeger": {"organizations": [own]}, "uebersetzung": {"languages": ["tr"]}}
        self.people = {role: make_user(app, role, **more.get(role, {})) for role in ROLES}
        self.token = self._upload()
        self.booklet = self._booklet(app.extensions["settings"].data_dir / "booklets")
        app.test_client_class = PlainClient
        self.nobody = app.test_client()
        self.browsers = {role: log_in(app, user, client=app.test_client()) for role, user in self.people.items()}

    def _two_versions(self) -> None:
        """Of both offers there is an older version to look at and to restore."""
        for slug in (OFFER, OWN_OFFER):
            offer = find_offer(db.session, COMMAND, slug)
            now = working(db.session, offer)
            workflow.save(db.session, COMMAND, offer, _renamed(now.content), base=now.number)
        db.session.commit()

    def _directory(self, organization_id: int) -> dict[str, str]:
        """By blueprint: a contact point, a resource and a dated offer for professionals of this organization."""
        slug, phone = f"eintrag-{organization_id}", "030 23125 199"
        same = {"slug": slug, "organization_id": organization_id, "phone": phone}
        db.session.add(ContactPoint(role="Empfang", **same))
        db.session.add(Resource(kind=ResourceKind.ROOM, title="Raum", **same))
        db.session.add(
            ProfessionalOffer(kind=ProfessionalOfferKind.TRAINING, title="Schulung", starts_on=TODAY, **same)
        )
        db.session.commit()
        nouns = ("admin_contact_points", "admin_resources", "admin_professional_offers", "practice_professionals")
        return dict.fromkeys(nouns, slug)

    def _booklet(self, folder: Path) -> str:
        """One that has been drawn."""
        key = "0123456789abcdef" * 2
        folder.mkdir()
        (folder / f"{key}.about").write_text(
            '{"place": "Nordstadt", "language": "Deutsch", "lang": "de", "file": "wegweiser.pdf", "query": ""}'
        )
        (folder / f"{key}.pdf").write_bytes(b"%PDF-1.7")
        return key

    def _attached(self, slug: str) -> int:
        """A form for practitioners."""
        offer = find_offer(db.session, COMMAND, slug)
        row = OfferAttachment(offer_id=offer.id or 0, title="Bogen", pdf=b"%PDF-1.7", size=8, added_on=TODAY)
        db.session.add(row)
        db.session.commit()
        return row.id or 0

    def _link(self) -> int:
        """A house has a secret link."""
        last = TODAY + timedelta(days=30)
        link, _secret = practitioner_links.create(db.session, COMMAND, label="Praxis", expires_on=last, today=TODAY)
        db.session.commit()
        return link.id or 0

    def _deleted(self) -> int:
        """A place of the other organization is in the bin."""
        from portal.editing import organizations, places

        organization = organizations.find(db.session, COMMAND, self.other)
        place = places.create(db.session, COMMAND, organization, places.PlaceFacts(street="Alter Weg"))
        places.delete(db.session, COMMAND, place)
        db.session.commit()
        return db.session.exec(select(TrashEntry.id).where(TrashEntry.entity == place.slug)).one() or 0

    def _upload(self) -> str:
        """A table that the editor has sent."""
        from portal.admin.exchange import _uploads

        with self.app.app_context():
            upload = Upload.of("angebote.csv", Table(["Titel"], []), {})
            return _uploads().keep(self.people["redaktion"], upload, TODAY)

    def address(self, rule: Rule, **instead: Any) -> str:
        """Of something that is there, and that does not belong to the Träger-editor."""
        noun = rule.endpoint.split(".")[0]
        values = {
            "slug": {
                "admin_organizations": self.other,
                "admin_districts": "nordstadt",
                "admin_pages": "ueber-uns",
                **self.directory,
            }.get(noun, OFFER),
            "code": "tr" if noun == "admin_preview" else "adhs_autismus",
            "key": self.booklet if noun == "practice_booklets" else self.place,
            "number": self.attachments.get(instead.get("slug", OFFER), 0) if "anlagen" in str(rule) else 1,
            "link_id": self.link,
            "secret": "a" * 43,
            "step": "kommentieren",
            "name": "title",
            "user_id": self.somebody,
            "entry_id": self.entry,
            "banner_id": 1,
            "phase": "kita",
            "lang": "tr",
            "kind": "offer",
            "entity": OFFER,
            "what": "traeger",
            "token": self.token if noun == "admin_exchange" else "irgendein-wort",
        } | instead
        return re.sub(r"<(?:[^:<>]*:)?(\w+)>", lambda match: str(values[match[1]]), str(rule))

    def entries(self) -> int:
        """What is in the audit log since the beginning, but for the log-ins."""
        with self.app.app_context():
            return db.session.exec(
                select(func.count()).where(AuditEntry.id > self.last_entry, col(AuditEntry.kind) != "user")
            ).one()


def _renamed(content: Any) -> Any:
    import msgspec

    return msgspec.structs.replace(content, text=msgspec.structs.replace(content.text, title="Ein neuer Titel"))


@pytest.fixture(scope="module")
def house(app: Flask, demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("access") / "data"
    shutil.copytree(demo_folder, folder, symlinks=True)
    own = create_app(make_settings(folder))
    own.config.update(TESTING=True, TODAY=TODAY)
    share_understanding(app, own)
    yield House(prepare(own))
    own.extensions["engine"].dispose()


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def allowed(house: House, rule: Rule, method: str) -> set[str] | None:
    """The roles that the table of routes names; None where a page is open to everybody."""
    listed = ROUTES.get(str(rule)) or who_may_use(house.app, rule)
    for part in listed.split("; "):
        named, colon, roles = part.rpartition(": ")
        if not colon or method in named.split():
            return None if roles == OPEN else set(ROLES) if roles == LOGGED_IN else set(roles.split())
    raise AssertionError(f"{rule}: nobody is named for {method}")


def test_nobody_gets_in_without_a_log_in(house: House) -> None:
    """The log-in comes first, and leads back; a form is not lost."""
    for rule in house.rules:
        for method in methods(rule):
            if allowed(house, rule, method) is None:
                continue
            answer = house.nobody.open(house.address(rule), method=method)
            if method == "GET":
                assert answer.status_code == 303, rule
                assert answer.location.startswith("/verwaltung/anmelden?next="), rule
            else:
                assert answer.status_code == 401, rule
    assert house.entries() == 0


@pytest.mark.parametrize("role", ROLES)
def test_a_page_is_there_for_the_roles_of_the_table_and_for_nobody_else(house: House, role: str) -> None:
    """404 for all others, whatever they send; what they send changes nothing."""
    for rule in house.rules:
        for method in methods(rule):
            roles = allowed(house, rule, method)
            if roles is None:
                continue
            if role not in roles:
                answer = house.browsers[role].open(house.address(rule), method=method, data={"do": "publish"})
                assert answer.status_code == 404, f"{method} {rule} for {role}"
            elif method == "GET":
                theirs = house.own_directory.get(rule.endpoint.split(".")[0], OWN)
                own = house.address(rule, slug=OWN_OFFER if "angebot" in str(rule) else theirs)
                answer = house.browsers[role].get(own if role == "traeger" else house.address(rule))
                if role == "traeger" and "<key>" in str(rule):
                    # The place is the other one's, also below one's own organization.
                    assert answer.status_code == 404, rule
                else:
                    assert answer.status_code in {200, 303}, f"{rule} for {role}"
    assert house.entries() == 0


def test_what_belongs_to_another_organization_is_not_there_for_a_provider(house: House) -> None:
    """All addresses that name a thing, read and written, with everything that an attacker would put into a form."""
    tempting = {
        "do": "publish", "organization": OWN, "title": "Übernommen", "base": "1", "number": "1", "text": "Hallo",
        "name": "Übernommen", "kind": "non_profit", "street": "Neue Straße", "theirs": "title", "picture": "x",
    }  # fmt: skip
    tried = 0
    for rule in house.rules:
        if not rule.arguments & {"slug", "key", "entry_id"} or not str(rule).startswith(
            ("/verwaltung/angebote/<", "/verwaltung/traeger/<", "/verwaltung/papierkorb/<", "/verwaltung/uebersetzungen/angebot/<",
             "/verwaltung/ansprechstellen/<", "/verwaltung/raeume/<", "/verwaltung/fortbildung/<")
        ):  # fmt: skip
            continue
        for method in methods(rule):
            answer = house.browsers["traeger"].open(house.address(rule), method=method, data=tempting)
            assert answer.status_code == 404, f"{method} {rule}"
            tried += 1
    assert tried >= 34
    assert house.entries() == 0


def test_every_step_with_another_ones_offer_is_refused(house: House) -> None:
    from portal.admin.offers import STEPS

    for step in STEPS:
        answer = house.browsers["traeger"].post(
            f"/verwaltung/angebote/{OFFER}/schritt/{step}", data={"text": "Nein", "number": "1"}
        )
        assert answer.status_code == 404, step
    assert house.entries() == 0


def test_a_language_that_is_not_theirs_is_not_there_for_a_translator(house: House) -> None:
    for rule in house.rules:
        if "lang" in rule.arguments:
            for method in methods(rule):
                answer = house.browsers["uebersetzung"].open(
                    house.address(rule, lang="ar"), method=method, data={"t-title": "x", "checked": "1"}
                )
                assert answer.status_code == 404, f"{method} {rule}"
                german = house.browsers["redaktion"].open(house.address(rule, lang="de"), method=method)
                assert german.status_code == 404, f"German is the source: {method} {rule}"
    assert house.entries() == 0


def test_a_table_that_somebody_has_sent_is_theirs_alone(house: House) -> None:
    """Also an admin, who may do everything, does not take over what somebody else has looked at."""
    for page in ("probe/{}", "ergebnis/{}"):
        answer = house.browsers["admin"].get("/verwaltung/austausch/" + page.format(house.token))
        assert (answer.status_code, answer.location) == (303, "/verwaltung/austausch/")
    for page in ("probe/{}/uebernehmen", "probe/{}/verwerfen"):
        answer = house.browsers["admin"].post("/verwaltung/austausch/" + page.format(house.token))
        assert (answer.status_code, answer.location) == (303, "/verwaltung/austausch/")
    mine = house.browsers["redaktion"].get(f"/verwaltung/austausch/ergebnis/{house.token}")
    assert mine.status_code == 200
    assert house.entries() == 0


def test_a_list_shows_a_provider_only_their_own(house: House) -> None:
    """Offers, organizations, the bin, the inbox, tables: nothing of another organization is in any of them."""
    with house.app.app_context():
        others = set(db.session.exec(select(Offer.slug).where(Offer.organization_id != 0, Offer.slug != OWN_OFFER)))
        own_id = db.session.exec(select(Organization.id).where(Organization.slug == OWN)).one()
        own = set(db.session.exec(select(Offer.slug).where(Offer.organization_id == own_id)))
    browser = house.browsers["traeger"]
    for path in ("angebote/", "stimmt-noch", "papierkorb", "rueckmeldungen"):
        page = browser.get(f"/verwaltung/{path}").text
        assert not {slug for slug in others - own if f'/{slug}"' in page}, path
    assert OWN_OFFER in browser.get("/verwaltung/angebote/").text
    assert f"/verwaltung/traeger/{house.other}" not in browser.get("/verwaltung/traeger").text
    table = browser.post("/verwaltung/austausch/ausgeben", data={"format": "csv", "organization": house.other})
    written = {line.split(";")[0].strip('"') for line in table.get_data(as_text=True).splitlines()[1:]}
    assert not written & (others - own)
    assert written & own


def test_every_form_that_comes_from_another_site_is_refused(house: House) -> None:
    """For every page that takes a form, also those without a log-in; nothing is read of it."""
    strangers = (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "", "Origin": "https://boese.example"},
        {"Sec-Fetch-Site": "", "Origin": "null"},
        {"Sec-Fetch-Site": "", "Origin": "http://localhost.boese.example"},
        {"Sec-Fetch-Site": ""},
    )
    admin, before = house.browsers["admin"], house.entries()
    for rule in house.rules:
        if "POST" in methods(rule):
            for headers in strangers:
                answer = admin.post(house.address(rule), headers=headers, data={"do": "publish"})
                assert answer.status_code == 403, f"{rule} from {headers}"
    assert house.entries() == before
