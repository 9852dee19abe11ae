"""Personen: who may log in, and with what roles. Only for admins."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectMultipleField

from portal.admin import user_queries
from portal.admin.forms import AdminForm, ChoiceChecks, LineField, email_rule
from portal.admin.listing import read_list_request
from portal.admin.saving import saved, stored
from portal.auth import mails, people
from portal.auth.access import ADMINS, current_actor, roles
from portal.auth.links import Purpose, make_link
from portal.auth.people import ROLE_WORDS, PersonError
from portal.extensions import db
from portal.i18n import LANGUAGES
from portal.models import RoleName, User
from portal.offers.context import site

blueprint = Blueprint("admin_users", __name__, url_prefix="/verwaltung/personen")
STATES = {"aktiv": "aktiv", "eingeladen": "eingeladen", "gesperrt": "gesperrt"}


class PersonForm(AdminForm):
    name = LineField("Name", max_length=120, required=True, description="Zum Beispiel „Mira Yıldız“.")
    email = LineField(
        "E-Mail-Adresse",
        max_length=200,
        required=True,
        extra=[email_rule],
        description="Damit meldet sich die Person an. Zum Beispiel mira@verein.example",
    )
    roles = ChoiceChecks(
        "Aufgaben", description="„Träger“ schreibt für eigene Träger, „Redaktion“ schreibt und gibt alles frei."
    )
    organizations = ChoiceChecks("Träger", description="Nur für die Aufgabe „Träger“.", coerce=int)
    languages = ChoiceChecks("Sprachen", description="Nur für die Aufgabe „Übersetzung“.")

    def fill_choices(self) -> None:
        _choices(self.roles, [(role.value, ROLE_WORDS[role]) for role in RoleName])
        _choices(self.organizations, user_queries.organization_names(db.session))
        _choices(self.languages, [(code, LANGUAGES[code].name) for code in site().kommune.languages[1:]])


def _choices(field: SelectMultipleField, choices: object) -> None:
    field.choices = choices  # type: ignore[assignment]


@blueprint.get("")
@roles(*ADMINS)
def user_list() -> ResponseReturnValue:
    asked = read_list_request(
        sorts=("name", "email", "login"),
        filters={"rolle": [role.value for role in RoleName], "stand": list(STATES)},
        default_sort="name",
    )
    page = user_queries.list_people(db.session, asked)
    return render_template("admin/users/list.html", page=page, asked=asked, role_words=ROLE_WORDS, states=STATES)


@blueprint.route("/neu", methods=["GET", "POST"])
@roles(*ADMINS)
def invite() -> ResponseReturnValue:
    form = PersonForm(request.form)
    form.fill_choices()
    if request.method == "POST" and form.validate():
        try:
            user = people.invite(by=current_actor(), **_values(form))
            return _invited(user)
        except PersonError as error:
            _say(form, error)
    return render_template("admin/users/form.html", form=form, user=None), 422 if form.errors else 200


@blueprint.route("/<int:user_id>", methods=["GET", "POST"])
@roles(*ADMINS)
def user(user_id: int) -> ResponseReturnValue:
    person = _person(user_id)
    typed = request.form if request.method == "POST" else None
    form = PersonForm(typed, data=user_queries.form_values(db.session, person))
    form.fill_choices()
    if request.method == "POST" and form.validate():
        try:
            people.change(person, by=current_actor(), **_values(form))
            saved("Gespeichert.")
            return redirect(url_for("admin_users.user_list"), 303)
        except PersonError as error:
            _say(form, error)
    places = len(user_queries.places_of(db.session, user_id))
    page = render_template("admin/users/form.html", form=form, user=person, places=places)
    return page, 422 if form.errors else 200


@blueprint.post("/<int:user_id>/sperren")
@roles(*ADMINS)
def deactivate(user_id: int) -> ResponseReturnValue:
    person = _person(user_id)
    return _done(
        person, lambda: people.deactivate(person, by=current_actor()), f"{person.name} kann sich nicht mehr anmelden."
    )


@blueprint.post("/<int:user_id>/freischalten")
@roles(*ADMINS)
def reactivate(user_id: int) -> ResponseReturnValue:
    person = _person(user_id)
    return _done(
        person, lambda: people.reactivate(person, by=current_actor()), f"{person.name} kann sich wieder anmelden."
    )


@blueprint.post("/<int:user_id>/abmelden")
@roles(*ADMINS)
def revoke(user_id: int) -> ResponseReturnValue:
    person = _person(user_id)
    return _done(
        person, lambda: people.revoke_all(person, by=current_actor()), f"{person.name} ist überall abgemeldet."
    )


@blueprint.post("/<int:user_id>/zuruecksetzen")
@roles(*ADMINS)
def renew_access(user_id: int) -> ResponseReturnValue:
    """The old password, the second step and all sessions end; a new link goes out."""
    person = _person(user_id)
    try:
        people.renew_access(person, by=current_actor())
    except PersonError as error:
        db.session.rollback()
        flash(error.message, "error")
        return redirect(url_for("admin_users.user", user_id=user_id), 303)
    return _invited(person)


def _invited(person: User) -> ResponseReturnValue:
    """The link goes by mail; where there is no mail, it is shown, this one time."""
    stored()
    link = make_link(Purpose.INVITATION, person)
    result = mails.send_invitation(person, link, by=current_actor().name)
    if result.sent:
        flash(f"Die Einladung an {person.name} ist verschickt.", "ok")
        return redirect(url_for("admin_users.user_list"), 303)
    return render_template("admin/users/link.html", person=person, link=link, reason=result.reason)


def _done(person: User, act: object, message: str) -> ResponseReturnValue:
    try:
        act()  # type: ignore[operator]
        saved(message)
    except PersonError as error:
        db.session.rollback()
        flash(error.message, "error")
    return redirect(url_for("admin_users.user", user_id=person.id), 303)


def _person(user_id: int) -> User:
    return db.session.get(User, user_id) or abort(404)


def _values(form: PersonForm) -> dict[str, object]:
    return {
        "email": form.email.data,
        "name": form.name.data,
        "roles": {RoleName(name) for name in form.roles.data or []},
        "organizations": form.organizations.data or [],
        "languages": form.languages.data or [],
    }


def _say(form: PersonForm, error: PersonError) -> None:
    db.session.rollback()
    getattr(form, error.field).errors = [error.message]
