"""The pages of logging in: password, second step, forgotten password, invitation. German only, below /verwaltung."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_security import current_user

from portal.auth import codes, mails, parking, people, returning, service
from portal.auth.access import roles
from portal.auth.forms import (
    CodeForm,
    FirstAccessForm,
    ForgotForm,
    InvitationForm,
    LoginForm,
    NewPasswordForm,
    RecoveryForm,
)
from portal.auth.guarding import body_limit
from portal.auth.links import Purpose, open_link
from portal.auth.origin import is_from_elsewhere
from portal.auth.returning import HOME, safe_next, welcome
from portal.auth.sessions import PREFIX, current_session
from portal.auth.throttle import TooManyTriesError, Tries
from portal.extensions import db
from portal.models import User
from portal.sealing import BadTokenError, ExpiredTokenError

blueprint = Blueprint("security", __name__, url_prefix=PREFIX)
_WRONG = "E-Mail-Adresse oder Passwort stimmt nicht."
_WRONG_CODE = "Dieser Code stimmt nicht oder ist schon benutzt. Warte auf den nächsten und versuche es noch einmal."


@blueprint.route("/anmelden", methods=["GET", "POST"])
@body_limit(lambda: parking.MAX_TOKEN + 16 * 1024 if "zurueck" in request.args else 16 * 1024)
def login() -> ResponseReturnValue:
    next_path = safe_next(request.args.get("next", ""))
    if request.method == "GET":
        if current_user.is_authenticated:
            return redirect(next_path or HOME, 303)
        return render_template("auth/login.html", form=LoginForm(), next_path=next_path, parked="", why="")
    form, parked = LoginForm(), request.form.get("parked", "")
    if form.validate():
        user = service.check_password(form.email.data, form.password.data, request)
        if user is not None:
            return _password_was_right(user, next_path, parked)
        form.form_errors.append(_WRONG)
    return render_template("auth/login.html", form=form, next_path=next_path, parked=parked, why=""), 400


def _password_was_right(user: User, next_path: str, parked: str = "") -> ResponseReturnValue:
    if service.needs_second_step(user):
        service.start_second_step(user, next_path=next_path, parked=parked)
        return redirect(url_for("security.code" if codes.has_second_factor(user) else "security.set_up_code"), 303)
    service.sign_in(user, "Passwort")
    return welcome(next_path, parked)


@blueprint.post("/abmelden")
def logout() -> ResponseReturnValue:
    service.sign_out()
    return redirect(url_for("security.login", abgemeldet=1), 303)


@blueprint.route("/zweiter-schritt", methods=["GET", "POST"])
@body_limit(16 * 1024)
def code() -> ResponseReturnValue:
    user, form = service.pending_user(), CodeForm()
    if user is None or not codes.has_second_factor(user):
        return redirect(url_for("security.login"), 303)
    if form.validate_on_submit():
        if service.check_code(user, form.code.data, request):
            return _second_step_was_right(user, "Passwort und Code der App")
        form.code.errors = [_WRONG_CODE]
    return render_template("auth/code.html", form=form), 400 if form.errors else 200


@blueprint.route("/wiederherstellen", methods=["GET", "POST"])
@body_limit(16 * 1024)
def recovery() -> ResponseReturnValue:
    user, form = service.pending_user(), RecoveryForm()
    if user is None or not codes.has_second_factor(user):
        return redirect(url_for("security.login"), 303)
    if form.validate_on_submit():
        if service.check_recovery_code(user, form.code.data, request):
            left = len(user.mf_recovery_codes or [])
            response = _second_step_was_right(user, "Passwort und Wiederherstellungs-Code")
            flash(f"Du hast noch {left} Wiederherstellungs-Codes. In „Mein Konto“ bekommst du neue.", "info")
            return response
        form.code.errors = ["Dieser Code stimmt nicht oder ist schon benutzt."]
    return render_template("auth/recovery.html", form=form), 400 if form.errors else 200


def _second_step_was_right(user: User, how: str) -> ResponseReturnValue:
    waiting = service.pending()
    service.sign_in(user, how)
    return welcome(waiting["next"], waiting["parked"])


@blueprint.route("/zweiter-schritt/einrichten", methods=["GET", "POST"])
@body_limit(16 * 1024)
def set_up_code() -> ResponseReturnValue:
    """For whoever must have one and has none, in the middle of logging in; for all others in their account."""
    user, form, session = service.pending_user(), CodeForm(), current_session()
    if user is None and not current_user.is_authenticated:
        return redirect(url_for("security.login"), 303)
    if user is None:
        user = current_user._get_current_object()
        if not service.is_fresh():
            return redirect(url_for("admin_account.prove", next=request.path), 303)
    elif codes.has_second_factor(user):
        return redirect(url_for("security.code"), 303)
    secret = session.get("new_secret") or codes.new_secret()
    if form.validate_on_submit():
        if codes.is_right_code(user, secret, form.code.data):
            return _second_step_is_set_up(user, secret)
        form.code.errors = [_WRONG_CODE]
    if session.get("new_secret") != secret:
        session["new_secret"] = secret
    page = render_template("auth/set_up_code.html", form=form, user=user, **codes.setup_values(user, secret))
    return page, 400 if form.errors else 200


def _second_step_is_set_up(user: User, secret: str) -> ResponseReturnValue:
    waiting = service.pending()
    recovery_codes = people.turn_on_second_step(user, secret)
    current_session().pop("new_secret", None)
    if waiting:
        service.sign_in(user, "Passwort und Code der App")
    # The only time at which they can be read.
    return render_template("auth/recovery_codes.html", codes=recovery_codes, **returning.as_fields(waiting))


@blueprint.post("/weiter")
@body_limit(lambda: parking.MAX_TOKEN + 16 * 1024)
@roles()
def go_on() -> ResponseReturnValue:
    """From the page with the recovery codes to where somebody wanted to go."""
    return welcome(safe_next(request.form.get("next", "")), request.form.get("parked", ""))


@blueprint.route("/passwort-vergessen", methods=["GET", "POST"])
@body_limit(16 * 1024)
def forgot_password() -> ResponseReturnValue:
    form = ForgotForm()
    if not form.validate_on_submit():
        return render_template("auth/forgot.html", form=form, sent=False), 400 if form.errors else 200
    Tries("forgot", form.email.data.lower(), request).count()
    response = make_response(render_template("auth/forgot.html", form=form, sent=True))
    # After the answer has gone out: whether there is such an account must not be seen from the time either.
    response.call_on_close(mails.reset_later(form.email.data))
    return response


@blueprint.route("/neues-passwort/<token>", methods=["GET", "POST"])
@body_limit(16 * 1024)
def reset_password(token: str) -> ResponseReturnValue:
    user = _opened(Purpose.RESET, token)
    form = NewPasswordForm()
    form.own = (user.email, user.name)
    if form.validate_on_submit():
        service.change_password(user, form.password.data, keep_here=False)
        return redirect(url_for("security.login", geaendert=1), 303)
    return render_template("auth/new_password.html", form=form, user=user), 400 if form.errors else 200


@blueprint.route("/einladung/<token>", methods=["GET", "POST"])
@body_limit(16 * 1024)
def invitation(token: str) -> ResponseReturnValue:
    user = _opened(Purpose.INVITATION, token)
    form = InvitationForm(name=user.name)
    form.own = (user.email, form.name.data or "")
    if form.validate_on_submit():
        people.accept_invitation(user, name=form.name.data, password=form.password.data)
        response = _password_was_right(user, url_for("admin_account.account"))
        if current_user.is_authenticated:
            flash(
                "Willkommen! Dein Konto ist fertig. Wenn du magst, schützt du es hier noch besser: mit einem zweiten Schritt.",
                "info",
            )
        return response
    return render_template("auth/invitation.html", form=form, user=user), 400 if form.errors else 200


@blueprint.route("/erster-zugang/<token>", methods=["GET", "POST"])
@body_limit(16 * 1024)
def first_access(token: str) -> ResponseReturnValue:
    """The link that `portal run` prints while nobody has an account."""
    _opened(Purpose.FIRST, token)
    if people.anybody(db.session):
        abort(410)
    form = FirstAccessForm()
    form.own = (form.email.data or "", form.name.data or "")
    if form.validate_on_submit():
        user = people.first_admin(name=form.name.data, email=form.email.data, password=form.password.data)
        if user is None:
            abort(410)
        return _password_was_right(user, HOME)
    return render_template("auth/invitation.html", form=form, user=None), 400 if form.errors else 200


def _opened(purpose: Purpose, token: str) -> User:
    """Whose link this is. A wrong one counts as a failure of the address, so that nobody tries many."""
    try:
        return open_link(purpose, token)  # type: ignore[return-value]
    except (BadTokenError, ExpiredTokenError):
        if not is_from_elsewhere(request):
            Tries("link", "", request).count()
        abort(410)


@blueprint.app_errorhandler(TooManyTriesError)
def too_many(error: TooManyTriesError) -> ResponseReturnValue:
    response = Response(render_template("auth/too_many.html", seconds=error.seconds), 429)
    response.headers["Retry-After"] = str(error.seconds)
    return response
