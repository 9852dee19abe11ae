"""The forms of logging in. What is wrong is said in the form's own words; what is secret is never sent back."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm  # type: ignore[import-untyped]
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from portal.admin.forms import clean_line, email_rule
from portal.auth import passwords
from portal.offers.context import site

_NEEDED = InputRequired("Bitte fülle das aus.")
_NEW_PASSWORD = (
    f"Mindestens {passwords.MIN_LENGTH} Zeichen. Ein kurzer Satz oder vier Wörter sind leicht zu merken, "
    "Sonderzeichen braucht es nicht. Du darfst es aus einem Passwort-Manager einfügen."
)


def _strip(value: str | None) -> str:
    return clean_line(value) or ""


def _visible(_form: Any, field: Any) -> None:
    if not any(char.isalnum() for char in field.data):
        raise ValidationError("Bitte gib deinen Namen an.")


class LoginForm(FlaskForm):
    email = EmailField(
        "E-Mail-Adresse",
        filters=[_strip],
        validators=[_NEEDED, Length(max=200, message="Höchstens 200 Zeichen.")],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField("Passwort", validators=[_NEEDED], render_kw={"autocomplete": "current-password"})


class ForgotForm(FlaskForm):
    email = EmailField(
        "E-Mail-Adresse",
        filters=[_strip],
        validators=[_NEEDED, Length(max=200, message="Höchstens 200 Zeichen.")],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


class NewPasswordForm(FlaskForm):
    """`own`: what others know of the person and what must not be the password."""

    own: tuple[str, ...] = ()
    password = PasswordField(
        "Neues Passwort", description=_NEW_PASSWORD, validators=[_NEEDED], render_kw={"autocomplete": "new-password"}
    )

    def validate_password(self, field: Any) -> None:
        problem = passwords.problem_with(
            passwords.normalize(field.data or ""), own=self.own, site=site().kommune.site_name
        )
        if problem:
            raise ValidationError(problem)


def _name_field() -> StringField:
    return StringField(
        "Dein Name",
        description="So sehen ihn die Kolleginnen und Kollegen, zum Beispiel „Mira Yıldız“.",
        filters=[_strip],
        validators=[_NEEDED, Length(max=120, message="Höchstens 120 Zeichen."), _visible],
        render_kw={"autocomplete": "name"},
    )


class InvitationForm(NewPasswordForm):
    name = _name_field()


class FirstAccessForm(NewPasswordForm):
    name = _name_field()
    email = EmailField(
        "E-Mail-Adresse",
        description="Damit meldest du dich an.",
        filters=[_strip],
        validators=[_NEEDED, email_rule, Length(max=200, message="Höchstens 200 Zeichen.")],
        render_kw={"autocomplete": "username"},
    )


class CodeForm(FlaskForm):
    code = StringField(
        "Code aus der App",
        description="6 Ziffern. Sie wechseln alle 30 Sekunden.",
        filters=[_strip],
        validators=[_NEEDED, Length(max=20, message="Der Code hat 6 Ziffern.")],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "short"},
    )


class RecoveryForm(FlaskForm):
    code = StringField(
        "Wiederherstellungs-Code",
        description="Zum Beispiel 3f9a-c07e-51bd. Jeder Code geht nur einmal.",
        filters=[_strip],
        validators=[_NEEDED, Length(max=40, message="Das ist kein Wiederherstellungs-Code.")],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )


class ProofForm(FlaskForm):
    """Asked before something important, where the last log-in was a while ago."""

    proof = PasswordField("Dein Passwort", validators=[_NEEDED], render_kw={"autocomplete": "current-password"})
