"""Attachments: PDFs that practitioners download. Editors add them, the bin keeps them, families never see one."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlmodel import col, select

from portal.admin.offer_internal import _UPLOAD_LIMIT
from portal.editing import attachments, trash, workflow
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.offer_deletion import delete_offer
from portal.editing.offer_lists import titles_of
from portal.editing.trash import CannotRestoreError
from portal.editing.versions import find_offer
from portal.extensions import db
from portal.models import AuditEntry, Offer, OfferAttachment, RoleName, TrashEntry
from portal.models.enums import OfferStatus
from portal.pdf_files import MAX_BYTES, cleaned
from tests.conftest import TODAY, counted_queries
from tests.integration.admin import browser, log_in, make_user
from tests.integration.either_database import either_app
from tests.integration.filled_forms import alerts, errors, filled
from tests.integration.test_practitioner_links import guest_of, make_link
from tests.pdf_samples import AUTHOR, make_pdf, plain_pdf, with_form_field, with_script

__all__ = ["either_app"]
OFFER, ANOTHER = "still-cafe", "willkommensbesuch"
PAGE = f"/verwaltung/angebote/{OFFER}/fachkraefte"
TITLE = "Anmeldebogen Frühförderung"
EDITOR = Actor(user_id=None, name="Rosa Redaktion", roles=frozenset({RoleName.EDITOR}))


def upload(client: FlaskClient, data: bytes, title: str = TITLE, name: str = "bogen.pdf", page: str = PAGE) -> Any:
    """As a browser sends it; written out here, because the client of Flask leaves the file of a large form open."""
    form = "--grenze\r\nContent-Disposition: form-data; name="
    body = f'{form}"title"\r\n\r\n{title}\r\n{form}"pdf"; filename="{name}"\r\n\r\n'.encode()
    return client.post(
        f"{page}/anlagen/neu", data=body + data + b"\r\n--grenze--\r\n",
        content_type="multipart/form-data; boundary=grenze",
    )  # fmt: skip


def keep(app: Flask, slug: str = OFFER, title: str = TITLE, pdf: bytes = b"") -> int:
    """An attachment, without the half second that a look at a PDF takes. Returns its number."""
    with app.app_context():
        offer = find_offer(db.session, EDITOR, slug)
        pdf = pdf or b"%PDF-1.7 " + title.encode()
        row = OfferAttachment(offer_id=offer.id or 0, title=title, pdf=pdf, size=len(pdf), added_on=TODAY)
        db.session.add(row)
        db.session.commit()
        return row.id or 0


def address(number: int, slug: str = OFFER) -> str:
    return f"/verwaltung/fachkraft/angebote/{slug}/anlagen/{number}"


def count(app: Flask) -> int:
    with app.app_context():
        return len(db.session.exec(select(OfferAttachment.id)).all())


# --- adding -----------------------------------------------------------------------------------------------------------


def test_an_editor_adds_a_form_and_practitioners_download_it(own_app: Flask, editor: FlaskClient) -> None:
    answer = upload(editor, make_pdf(with_form_field))
    assert (answer.status_code, answer.location) == (303, f"{PAGE}#anlagen")
    page = editor.get(PAGE)
    assert alerts(page) == ["Die Anlage ist da. Fachkräfte können sie jetzt herunterladen."]
    with own_app.app_context():
        row = db.session.exec(select(OfferAttachment)).one()
        number, pdf = row.id or 0, row.pdf
        assert (row.title, row.size, row.added_on, row.added_by) == (TITLE, len(pdf), TODAY, "Mira Yıldız")
        assert AUTHOR.encode() not in pdf
        entry = db.session.exec(select(AuditEntry).where(AuditEntry.kind == "attachment")).one()
        assert (entry.action, entry.label, entry.user) == ("created", TITLE, "Mira Yıldız")
    assert f'href="{address(number)}"' in page.text
    got = log_in(own_app, make_user(own_app, "fachkraft")).get(address(number))
    assert got.data == pdf
    assert list(PdfReader(io.BytesIO(got.data)).get_fields() or {}) == ["name"]


def test_what_is_downloaded_is_a_file_and_never_a_page(own_app: Flask, editor: FlaskClient) -> None:
    got = editor.get(address(keep(own_app, title='Böser "Titel"\r\nX: y/../z')))
    assert got.status_code == 200
    assert got.mimetype == "application/pdf"
    assert got.headers["Content-Disposition"] == 'attachment; filename="boeser-titel-x-y-z.pdf"'
    assert "sandbox" in got.headers.getlist("Content-Security-Policy")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04 ein Brief", "Das ist keine PDF-Datei."),
        (b"%PDF-1.7 halb", "Dieses PDF ist beschädigt oder unvollständig."),
        (b"%PDF-1.7\n" + b"x" * MAX_BYTES, "Die Datei ist zu groß: Mehr als 3 MB gehen nicht."),
        (make_pdf(with_script), "In diesem PDF steckt etwas, das beim Öffnen von selbst loslegt"),
        (make_pdf(password="geheim"), "Dieses PDF ist mit einem Passwort geschützt oder gesperrt."),
    ],
    ids=["no pdf", "broken", "large", "script", "locked"],
)
def test_what_may_not_be_kept_is_said_and_the_title_stays(
    own_app: Flask, editor: FlaskClient, data: bytes, said: str
) -> None:
    answer = upload(editor, data)
    assert answer.status_code == 422
    assert set(errors(answer)) == {"pdf"}
    assert errors(answer)["pdf"].startswith(said)
    assert filled(answer)["title"] == TITLE
    assert count(own_app) == 0


def test_without_a_file_or_a_title_it_says_so(own_app: Flask, editor: FlaskClient) -> None:
    answer = editor.post(f"{PAGE}/anlagen/neu", data={"title": TITLE})
    assert (answer.status_code, errors(answer)) == (422, {"pdf": "Bitte wähle eine Datei aus."})
    answer = upload(editor, plain_pdf(), title=" ")
    assert (answer.status_code, errors(answer)) == (422, {"title": "Das fehlt noch."})
    assert count(own_app) == 0


def test_of_a_very_large_file_nothing_is_read(own_app: Flask, editor: FlaskClient) -> None:
    answer = upload(editor, b"%PDF-1.7" + b"x" * _UPLOAD_LIMIT)
    assert answer.status_code == 413
    assert "Das ist zu viel auf einmal" in answer.text


def test_six_for_an_offer_and_not_one_more(own_app: Flask, editor: FlaskClient) -> None:
    for number in range(6):
        keep(own_app, title=f"Bogen {number}")
    assert "Anlage hinzufügen" not in editor.get(PAGE).text
    answer = upload(editor, plain_pdf())
    assert answer.status_code == 422
    said = "Es sind schon 6 Anlagen da. Lösche zuerst eine, die niemand mehr braucht."
    assert errors(answer) == {"pdf": said}
    assert count(own_app) == 6


def test_a_list_of_attachments_does_not_read_the_files(own_app: Flask, editor: FlaskClient) -> None:
    counts = []
    for _ in range(2):
        keep(own_app)
        with counted_queries(own_app) as statements:
            editor.get(PAGE)
        counts.append(len(statements))
        assert [statement for statement in statements if "offer_attachment.pdf" in statement] == []
    assert counts[0] == counts[1]


# --- who may ----------------------------------------------------------------------------------------------------------


def test_practitioners_download_and_editors_of_other_offers_do_not(own_app: Flask) -> None:
    number = keep(own_app)
    with own_app.app_context():
        owner = db.session.exec(select(Offer.organization_id).where(Offer.slug == OFFER)).one()
        stranger = db.session.exec(select(Offer.organization_id).where(Offer.organization_id != owner)).first() or 0
    allowed = [
        make_user(own_app, "fachkraft"),
        make_user(own_app, "planung"),
        make_user(own_app, "redaktion"),
        make_user(own_app, "admin"),
        make_user(own_app, "traeger", organizations=[owner]),
    ]
    refused = [
        make_user(own_app, "traeger", organizations=[stranger]),
        make_user(own_app, "uebersetzung", languages=["tr"]),
    ]
    assert [log_in(own_app, user).get(address(number)).status_code for user in allowed] == [200] * 5
    assert [log_in(own_app, user).get(address(number)).status_code for user in refused] == [404] * 2
    assert guest_of(own_app, make_link(own_app)).get(address(number)).status_code == 200
    nobody = browser(own_app).get(address(number))
    assert (nobody.status_code, nobody.location.split("?")[0]) == (303, "/verwaltung/anmelden")


@pytest.mark.parametrize("status", [status for status in OfferStatus if status != OfferStatus.PUBLISHED])
def test_what_families_do_not_see_yet_practitioners_do_not_download(
    own_app: Flask, editor: FlaskClient, status: OfferStatus
) -> None:
    number = keep(own_app)
    with own_app.app_context():
        find_offer(db.session, EDITOR, OFFER).status = status
        db.session.commit()
    assert log_in(own_app, make_user(own_app, "fachkraft")).get(address(number)).status_code == 404
    assert editor.get(address(number)).status_code == 200


def test_below_another_offer_it_is_not_there(own_app: Flask, editor: FlaskClient) -> None:
    number = keep(own_app)
    for page in (
        address(number, ANOTHER),
        address(number, "gibt-es-nicht"),
        address(number + 1),
        f"/verwaltung/angebote/{ANOTHER}/fachkraefte/anlagen/{number}/loeschen",
        f"{PAGE}/anlagen/{number + 1}/loeschen",
    ):
        assert editor.get(page).status_code == 404, page


def test_the_services_ask_who_it_is(own_app: Flask) -> None:
    number = keep(own_app)
    reader = Actor(user_id=1, name="", roles=frozenset({RoleName.PRACTITIONER}))
    with own_app.app_context():
        offer = find_offer(db.session, EDITOR, OFFER)
        row = attachments.find(db.session, EDITOR, offer, number)
        for act in (
            lambda: attachments.add(db.session, reader, offer, title="x", data=plain_pdf(), today=TODAY),
            lambda: attachments.find(db.session, reader, offer, number),
            lambda: attachments.delete(db.session, reader, offer, row),
        ):
            with pytest.raises(NotAllowedError):
                act()


def test_families_see_no_attachment(own_app: Flask) -> None:
    keep(own_app)
    client = browser(own_app)
    for path in (f"/de/angebote/{OFFER}", "/de/angebote", "/de/suche", "/sitemap.xml"):
        page = client.get(path).text
        assert "anlagen" not in page
        assert TITLE not in page
    assert client.get(f"/de/angebote/{OFFER}/anlagen/1").status_code == 404


# --- the bin ----------------------------------------------------------------------------------------------------------


def test_delete_asks_first_and_the_bin_gives_it_back(own_app: Flask, editor: FlaskClient) -> None:
    number = keep(own_app)
    gone = f"{PAGE}/anlagen/{number}/loeschen"
    question = editor.get(gone)
    assert "Diese Anlage löschen?" in question.text
    assert count(own_app) == 1
    assert editor.post(gone).location == f"{PAGE}#anlagen"
    assert editor.get(address(number)).status_code == 404
    bin_page = editor.get("/verwaltung/papierkorb").text
    with own_app.app_context():
        label = f"{TITLE} ({titles_of(db.session, [OFFER])[OFFER]})"
    assert label in bin_page
    assert "<td>Anlage</td>" in bin_page
    with own_app.app_context():
        entry = db.session.exec(select(TrashEntry).where(TrashEntry.kind == "attachment")).one()
        number_in_bin, entity = entry.id, entry.entity
    answer = editor.post(
        f"/verwaltung/papierkorb/{number_in_bin}/zurueckholen", data={"entity": entity}, follow_redirects=True
    )
    assert alerts(answer) == [f"„{label}“ ist wieder da."]
    assert editor.get(address(number)).data == b"%PDF-1.7 " + TITLE.encode()
    with own_app.app_context():
        query = select(AuditEntry.action).where(AuditEntry.kind == "attachment").order_by(col(AuditEntry.id))
        assert list(db.session.exec(query)) == ["deleted", "undeleted"]


def test_an_attachment_waits_in_the_bin_for_its_offer(own_app: Flask) -> None:
    number = keep(own_app)
    with own_app.app_context():
        offer = find_offer(db.session, EDITOR, OFFER)
        attachments.delete(db.session, EDITOR, offer, attachments.find(db.session, EDITOR, offer, number))
        delete_offer(db.session, EDITOR, offer, "Still-Café")
        db.session.commit()
        small, large = (db.session.exec(select(TrashEntry).where(TrashEntry.kind == kind)).one().id or 0
                        for kind in ("attachment", "offer"))  # fmt: skip
        with pytest.raises(CannotRestoreError) as error:
            trash.restore(db.session, EDITOR, small)
        assert "Das liegt auch im Papierkorb. Hole es zuerst zurück." in str(error.value)
        trash.restore(db.session, EDITOR, large)
        trash.restore(db.session, EDITOR, small)
        db.session.commit()
    assert count(own_app) == 1


def test_attachments_go_to_the_bin_and_back_with_their_offer(either_app: Flask) -> None:
    """Every byte, on both databases."""
    pdf = cleaned(plain_pdf()) + bytes(range(256))
    with either_app.app_context():
        offer = find_offer(db.session, EDITOR, OFFER)
        for title in ("Bogen", "Flyer"):
            db.session.add(OfferAttachment(offer_id=offer.id or 0, title=title, pdf=pdf, size=len(pdf), added_on=TODAY))
        db.session.flush()
        delete_offer(db.session, EDITOR, offer, "Still-Café")
        db.session.flush()
        assert db.session.exec(select(OfferAttachment)).all() == []
        entry = db.session.exec(select(TrashEntry).where(TrashEntry.entity == OFFER)).one()
        trash.restore(db.session, EDITOR, entry.id or 0)
        back = find_offer(db.session, EDITOR, OFFER)
        kept = db.session.exec(select(OfferAttachment).order_by(col(OfferAttachment.id))).all()
        assert [(row.offer_id, row.title, row.pdf, row.added_on) for row in kept] == [
            (back.id, "Bogen", pdf, TODAY),
            (back.id, "Flyer", pdf, TODAY),
        ]
        db.session.rollback()


def test_adding_and_reading_on_both_databases(either_app: Flask) -> None:
    with either_app.app_context():
        offer = find_offer(db.session, EDITOR, OFFER)
        attachments.add(db.session, EDITOR, offer, title=TITLE, data=plain_pdf(), today=TODAY)
        (line,) = attachments.list_of(db.session, offer.id or 0)
        reader = Actor(user_id=1, name="", roles=frozenset({RoleName.PRACTITIONER}))
        title, pdf = attachments.read_file(db.session, reader, OFFER, line.id)
        assert (title, pdf, len(pdf)) == (TITLE, cleaned(plain_pdf()), line.size)
        made = workflow.copy(db.session, EDITOR, offer)
        assert attachments.list_of(db.session, made.id or 0) == [], "a flyer names the other offer"
        db.session.rollback()
