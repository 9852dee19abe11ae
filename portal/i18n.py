"""Languages: the one in the address, its direction, its words. msgids are the German texts in einfacher Sprache."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from typing import Any

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date as babel_format_date
from babel.dates import format_skeleton
from babel.dates import format_time as babel_format_time
from babel.numbers import format_currency
from babel.support import NullTranslations, Translations
from flask import Flask, request
from markupsafe import Markup
from werkzeug.routing import BaseConverter, ValidationError

from portal import paths
from portal.content.schema import ContentError


@dataclass(frozen=True)
class Language:
    """A language that the site itself can speak."""

    code: str
    """BCP 47."""
    name: str
    """As its speakers write it."""
    direction: str = "ltr"


LANGUAGES = {
    language.code: language
    for language in (
        Language("de", "Deutsch"),
        Language("en", "English"),
        Language("tr", "Türkçe"),
        Language("ar", "العربية", "rtl"),
        Language("uk", "Українська"),
        Language("ru", "Русский"),
    )
}


def N_(message: str) -> str:
    """Mark a text for translation that is looked up later."""
    return message


@cache
def translations_for(lang: str) -> NullTranslations:
    """The compiled catalogue. German needs none: the msgids are German."""
    return Translations.load(paths.TRANSLATIONS, [lang]) if lang != "de" else NullTranslations()


@cache
def locale_for(lang: str) -> Locale:
    # English dates as in Europe: "23 November 2026".
    return Locale.parse("en_GB" if lang == "en" else lang)


_current: ContextVar[Language] = ContextVar("language", default=LANGUAGES["de"])


def current_language() -> Language:
    """The language of this request; German outside of one."""
    return _current.get()


def speak(code: str) -> None:
    """From now on this request is in another language than its address. Raises KeyError for one that nobody speaks."""
    _current.set(LANGUAGES[code])


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Inside, this request is in another language. Raises KeyError for one that nobody speaks."""
    before = current_language().code
    speak(code)
    try:
        yield
    finally:
        speak(before)


def gettext(message: str) -> str:
    return translations_for(current_language().code).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    return translations_for(current_language().code).ngettext(singular, plural, n)


@cache
def _markup(lang: str, message: str) -> Markup:
    return Markup(translations_for(lang).gettext(message))  # noqa: S704  (the catalogues are ours)


def _template_gettext(message: str, **variables: Any) -> Markup:
    """`_()` in templates: a list page calls it a hundred times, so the lookup is remembered. Variables are escaped."""
    text = _markup(current_language().code, message)
    return text % variables if variables else text


def _template_ngettext(singular: str, plural: str, num: int, **variables: Any) -> Markup:
    return Markup(ngettext(singular, plural, num)) % {"num": num, **variables}  # noqa: S704


def format_day(value: date) -> str:
    """A date in words, e.g. "5. Oktober 2026". Digits are always 0–9: they are on every sign and form in Germany."""
    return babel_format_date(value, "long", locale=locale_for(current_language().code))


def format_month(value: date) -> str:
    """A month in words, e.g. "Oktober 2026"."""
    return format_skeleton("yMMMM", value, locale=locale_for(current_language().code))


def list_join(items: Iterable[str], separator: str = ", ") -> str:
    """Items one after the other, with the comma or semicolon of the reader's script."""
    if current_language().direction == "rtl":
        separator = separator.replace(",", "،").replace(";", "؛")
    return separator.join(items)


def format_weekday(number: int, width: str = "wide") -> str:
    """The name of a weekday; 0 is Monday."""
    return locale_for(current_language().code).days["stand-alone"][width][number]


def format_clock(value: time) -> str:
    return babel_format_time(value, "HH:mm", locale=locale_for(current_language().code))


def format_euro(cents: int) -> str:
    """An amount of money; whole euros without decimals."""
    pattern = "#,##0\u00a0¤" if cents % 100 == 0 else "#,##0.00\u00a0¤"
    return format_currency(
        cents / 100, "EUR", pattern, locale=locale_for(current_language().code), currency_digits=False
    )


@cache
def language_name(code: str, lang: str) -> str:
    """The name of the language `code` in the language `lang`; the code itself where nobody has a name for it."""
    if code == "gsg":
        # CLDR has no name for it, and it is spoken at counselling centres.
        return translations_for(lang).gettext(N_("Deutsche Gebärdensprache"))
    try:
        parsed = Locale.parse(code.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return locale_for(lang).languages.get(code, code)
    return parsed.get_language_name(lang) or code


def preferred_language(accept_language: str, available: Iterable[str]) -> str:
    """The best match for an Accept-Language header; the first available one where nothing matches."""
    codes = list(available)
    wishes = []
    for position, part in enumerate(accept_language[:500].split(",")):
        match = re.fullmatch(r"\s*([A-Za-z]{2,3})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{1,3})?))?\s*", part)
        if match:
            wishes.append((-float(match[2] or 1), position, match[1].lower()))
    for weight, _position, code in sorted(wishes):
        if code in codes and weight < 0:
            return code
    return codes[0]


def init_app(app: Flask, languages: list[str]) -> None:
    """Register the `lang` converter, which is all that an address needs to be in a language."""

    if unknown := [code for code in languages if code not in LANGUAGES]:
        raise ContentError(f"kommune.yaml: languages: the site does not speak {', '.join(unknown)} yet")

    class LanguageConverter(BaseConverter):
        regex = r"[a-z]{2,3}"

        def to_python(self, value: str) -> Language:
            if value not in languages:
                raise ValidationError
            return LANGUAGES[value]

        def to_url(self, value: Any) -> str:
            return value.code if isinstance(value, Language) else str(value)

    app.url_map.converters["lang"] = LanguageConverter

    @app.url_value_preprocessor
    def pull_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        """From the address, also where no route matched; else what the browser asks for."""
        found = values.pop("language", None) if values else None
        if found is None:
            first = request.path.split("/", 2)[1]
            first = "de" if first == "verwaltung" else first
            wished = preferred_language(request.headers.get("Accept-Language", ""), languages)
            found = LANGUAGES[first if first in languages else wished]
        _current.set(found)

    @app.url_defaults
    def push_language(endpoint: str, values: dict[str, Any]) -> None:
        if "language" not in values and app.url_map.is_endpoint_expecting(endpoint, "language"):
            values["language"] = current_language()

    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.globals.update(_=_template_gettext, gettext=_template_gettext, ngettext=_template_ngettext)
