"""Mein Konto: name, password, second step, and where one is logged in."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from portal.admin import user_queries
from portal.admin.forms import AdminForm, LineField
from portal.admin.saving import saved, stored
from portal.auth import codes, passwords, people, service
from portal.auth.access import current_actor, roles
from portal.auth.forms import NewPasswordForm, ProofForm
from portal.auth.people import PersonError
from portal.auth.returning import safe_next
from portal.auth.sessions import current_session
from portal.auth.throttle import Tries
from portal.extensions import db
from portal.models import User

blueprint = Blueprint("admin_account", __name__, url_prefix="/verwaltung/konto")
_WRONG = "Das ist nicht dein Passwort."


class NameForm(AdminForm):
    name = LineField(
        "Name", max_length=120, required=True, description="So sehen ihn die Kolleginnen und Kollegen.",
        render_kw={"autocomplete": "name"},
    )  # fmt: skip


class ChangePasswordForm(ProofForm, NewPasswordForm):
    pass


def _me() -> User:
    me: User = current_user._get_current_object()
    return me


@blueprint.route("", methods=["GET", "POST"])
@roles()
def account() -> ResponseReturnValue:
    me = _me()
    form = NameForm(request.form, name=me.name)
    if request.method == "POST" and form.validate():
        people.rename(me, form.name.data or "")
        saved("Dein Name ist geändert.")
        return redirect(url_for("admin_account.account"), 303)
    page = render_template(
        "admin/account/account.html",
        form=form,
        me=me,
        second_step=codes.has_second_factor(me),
        must_have=service.is_admin(me),
        codes_left=len(me.mf_recovery_codes or []),
        places=user_queries.places_of(db.session, me.id or 0),
        here=current_session().row_id,
    )
    return page, 422 if form.errors else 200


@blueprint.route("/passwort", methods=["GET", "POST"])
@roles()
def password() -> ResponseReturnValue:
    me, form = _me(), ChangePasswordForm()
    form.own = (me.email, me.name)
    if form.validate_on_submit():
        if _is_my_password(form.proof.data):
            service.change_password(me, form.password.data, keep_here=True)
            flash("Dein Passwort ist geändert. Alle anderen Geräte sind abgemeldet.", "ok")
            return redirect(url_for("admin_account.account"), 303)
        form.proof.errors = [_WRONG]
    return render_template("admin/account/password.html", form=form, me=me), 422 if form.errors else 200


@blueprint.route("/beweisen", methods=["GET", "POST"])
@roles()
def prove() -> ResponseReturnValue:
    """Type the password once more before something important: somebody else may sit at the screen."""
    form = ProofForm()
    if form.validate_on_submit():
        if _is_my_password(form.proof.data):
            service.prove()
            return redirect(safe_next(request.args.get("next", "")) or url_for("admin_account.account"), 303)
        form.proof.errors = [_WRONG]
    return render_template("admin/account/prove.html", form=form, me=_me()), 422 if form.errors else 200


@blueprint.post("/zweiter-schritt/aus")
@roles()
def turn_off() -> ResponseReturnValue:
    if not service.is_fresh():
        return redirect(url_for("admin_account.prove"), 303)
    try:
        people.turn_off_second_step(_me())
        saved("Der zweite Schritt ist ausgeschaltet.")
    except PersonError as error:
        flash(error.message, "error")
    return redirect(url_for("admin_account.account"), 303)


@blueprint.post("/wiederherstellung")
@roles()
def recovery_codes() -> ResponseReturnValue:
    """New ones, shown once; the old ones end."""
    if not service.is_fresh():
        return redirect(url_for("admin_account.prove"), 303)
    if not codes.has_second_factor(_me()):
        return redirect(url_for("admin_account.account"), 303)
    shown = people.new_recovery_codes(_me())
    stored()
    return render_template("auth/recovery_codes.html", codes=shown, next_path="", parked="")


@blueprint.post("/abmelden")
@roles()
def revoke() -> ResponseReturnValue:
    """One place (`ort`), or all others."""
    place = request.form.get("ort", "")
    if place == current_session().row_id:
        service.sign_out()
        return redirect(url_for("security.login", abgemeldet=1), 303)
    if place:
        people.revoke_one(_me(), place, by=current_actor())
    else:
        people.revoke_all(_me(), by=current_actor(), but=current_session().row_id)
    saved("Abgemeldet." if place else "Alle anderen Geräte sind abgemeldet.")
    return redirect(url_for("admin_account.account"), 303)


def _is_my_password(typed: str) -> bool:
    tries = Tries("password", _me().email, request)
    tries.count()
    if passwords.is_right(_me(), typed):
        tries.succeeded()
        stored()
        return True
    service.note_failure(_me(), "Passwort im Konto")
    return False
