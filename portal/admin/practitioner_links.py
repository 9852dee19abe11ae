"""Zugänge für Fachkräfte: secret links for houses. Only for editors."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from wtforms import DateField, Form, validators

from portal import paper
from portal.admin.forms import AdminForm, LineField
from portal.admin.organization_forms import not_blank
from portal.admin.saving import saved, sent, stored
from portal.auth.access import EDITORS, current_actor, roles
from portal.editing import practitioner_links as links
from portal.extensions import db
from portal.offers.context import public_url, today

blueprint = Blueprint("admin_practitioner_links", __name__, url_prefix="/verwaltung/zugaenge")


def _not_too_far(_form: Form, field: Any) -> None:
    if field.data < today():
        raise validators.ValidationError("Dieser Tag ist schon vorbei.")
    if field.data > today() + links.LONGEST_TIME:
        raise validators.ValidationError("Länger als ein Jahr gilt kein Zugang. Danach gibst du einen neuen aus.")


class LinkForm(AdminForm):
    label = LineField(
        "Für wen",
        max_length=links.MAX_LABEL,
        required=True,
        extra=[not_blank],
        description="Ein Haus, nie der Name eines Menschen und nie etwas über eine Familie. So steht es oben auf jeder "
        "Seite. Beispiel: Kinderarztpraxis am Markt",
        render_kw={"autocomplete": "off"},
    )
    expires_on = DateField(
        "Letzter Tag",
        [validators.InputRequired("Ohne ein Ende gilt er für immer."), _not_too_far],
        description="Höchstens ein Jahr. Beispiel: der letzte Tag des Schuljahrs",
    )


@blueprint.get("")
@roles(*EDITORS)
def link_list() -> ResponseReturnValue:
    rows = links.list_links(db.session, current_actor())
    return render_template("admin/practitioner_links/list.html", rows=rows, today=today())


@blueprint.route("/neu", methods=["GET", "POST"])
@roles(*EDITORS)
def new() -> ResponseReturnValue:
    """The answer to the form is the only page that ever shows the link."""
    form = LinkForm(sent(), data={"expires_on": today() + links.USUAL_TIME})
    if request.method == "POST" and form.validate():
        link, secret = links.create(
            db.session, current_actor(),
            label=form.label.data or "", expires_on=form.expires_on.data, today=today(),
        )  # fmt: skip
        stored()
        address = public_url() + url_for("practice_entry.door", secret=secret)
        return render_template("admin/practitioner_links/link.html", link=link, address=address, qr=_qr(address))
    return render_template("admin/practitioner_links/form.html", form=form), 422 if form.errors else 200


@blueprint.post("/<int:link_id>/beenden")
@roles(*EDITORS)
def end(link_id: int) -> ResponseReturnValue:
    label = links.revoke(db.session, current_actor(), link_id)
    saved(f"Der Zugang „{label}“ ist beendet. Wer damit angemeldet war, ist es nicht mehr.")
    return redirect(url_for(".link_list"), 303)


def _qr(address: str) -> Markup:
    """The code as SVG inside the page: an address for it would have to hold the secret, too."""
    code = paper.code(address)
    # Drawn in black on white in dark mode, too: cameras expect it.
    picture = "" if code is None else code.svg_inline(scale=4, border=4, dark="#000", light="#fff")
    return Markup(picture)  # noqa: S704  (made here, of numbers)
