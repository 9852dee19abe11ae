"""What all forms of editors share: German messages, clean text, choices as check boxes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from flask import current_app
from wtforms import Form, SelectMultipleField, StringField, TextAreaField, validators
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from portal.editing.checks import is_phone
from portal.plain.check import check_text

_KEPT = {"\n", "\t"}
_HIDDEN = {"\u200b", "\u2060", "\ufeff", *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}
"""Signs that nobody sees: they turn a line round or hide a word from the search."""


def clean_text(value: str | None) -> str | None:
    """Text as it is meant: composed letters, one kind of line end, no control characters, nothing round about."""
    if value is None:
        return None
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(
        char
        for char in text
        if char in _KEPT or (unicodedata.category(char) not in {"Cc", "Cs"} and char not in _HIDDEN)
    )
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def clean_line(value: str | None) -> str | None:
    text = clean_text(value)
    return None if text is None else " ".join(text.split())


class LineField(StringField):
    """One line. Too long is said, never cut."""

    def __init__(self, label: str, *, max_length: int, required: bool = False, extra: Any = (), **kwargs: Any) -> None:
        super().__init__(label, [*_text_rules(max_length, required), *extra], filters=[clean_line], **kwargs)


class TextField(TextAreaField):
    """Several lines."""

    def __init__(self, label: str, *, max_length: int, required: bool = False, extra: Any = (), **kwargs: Any) -> None:
        super().__init__(label, [*_text_rules(max_length, required), *extra], filters=[clean_text], **kwargs)


def _text_rules(max_length: int, required: bool) -> list[Any]:
    first = validators.DataRequired("Das fehlt noch.") if required else validators.Optional()

    def not_too_long(_form: Form, field: Any) -> None:
        if len(field.data or "") > max_length:
            raise validators.ValidationError(
                f"Das sind {len(field.data):,} Zeichen; höchstens {max_length:,} passen hierher.".replace(",", ".")
            )

    return [first, not_too_long, _not_shaming]


def options(pairs: Iterable[tuple[Any, str]]) -> list[SelectChoice]:
    """Choices of a field: what is sent, and the words for it."""
    return [SelectChoice(value=str(value), label=label) for value, label in pairs]


def _not_shaming(_form: Form, field: Any) -> None:
    """German that families read (`lang="de"`) has no word that shames (docs/handbuch/02): it cannot be saved with one."""
    if (field.render_kw or {}).get("lang") == "de":
        report = check_text((field.data or "")[:10_000], current_app.extensions["plain_words"])
        if blocking := [finding.message for finding in report.findings if finding.blocks]:
            raise validators.ValidationError(" ".join(dict.fromkeys(blocking)))


class ChoiceChecks(SelectMultipleField):
    """Several of a list, as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Form) -> None:
        """In German: WTForms has no words for it, and would repeat what was sent."""
        try:
            super().pre_validate(form)
        except validators.ValidationError:
            raise validators.ValidationError("Keine gültige Auswahl: Etwas davon gibt es hier nicht mehr.") from None


class AdminForm(Form):
    class Meta:
        locales = ["de_DE", "de"]


def phone_rule(_form: Form, field: Any) -> None:
    if field.data and not is_phone(field.data):
        raise validators.ValidationError("Das kann keine Telefonnummer sein. Beispiel: 030 23125 100")


def email_rule(_form: Form, field: Any) -> None:
    if field.data and not re.fullmatch(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}", field.data):
        raise validators.ValidationError("Das kann keine E-Mail-Adresse sein. Beispiel: info@verein.example")


def website_rule(_form: Form, field: Any) -> None:
    if field.data and not re.fullmatch(r"https?://[^\s/]+\.[^\s/]{2,}(/\S*)?", field.data):
        raise validators.ValidationError("Die Adresse beginnt mit https:// – Beispiel: https://verein.example")
