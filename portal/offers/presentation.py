"""What the templates are given: addresses, icons, cards, the filter form, and the words of portal.offers.wording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any
from urllib.parse import quote, urlencode

import phonenumbers
from flask import Flask, current_app, g, request, url_for
from markupsafe import Markup, escape
from werkzeug.local import LocalProxy

from portal import i18n
from portal.assets import static_url
from portal.content.schema import LifePhaseTexts
from portal.content.site import SOURCE_LANGUAGE, SiteContent, translate
from portal.i18n import format_day, gettext, language_name, list_join, ngettext
from portal.models.enums import CostKind, LifePhase, LifeSituation, Registration, TextState
from portal.offers.catalogue import Catalogue, Choice
from portal.offers.context import banners, public_url, site, site_texts, today
from portal.offers.filters import MAX_FILTER_AGE, Barrier, Filters
from portal.offers.queries import Card, no_place_since
from portal.offers.wording import (
    age_range,
    age_text,
    always_open,
    cost_text,
    date_text,
    label,
    next_dates_text,
    opening_week,
    places_text,
    provision_text,
    usual_week,
    waiting_text,
)

_ICON_OF_PHASE = {
    LifePhase.PREGNANCY: "pregnancy",
    LifePhase.BIRTH: "baby",
    LifePhase.EARLY_YEARS: "toddler",
    LifePhase.KITA: "blocks",
    LifePhase.SCHOOL_START: "school-start",
    LifePhase.PRIMARY_SCHOOL: "book",
    LifePhase.SECONDARY_SCHOOL: "backpack",
    LifePhase.TRAINING: "briefcase",
}
_ICON_OF_SITUATION = {
    LifeSituation.MATERIAL: "coins",
    LifeSituation.SOCIAL: "home-heart",
    LifeSituation.CULTURAL: "speech",
    LifeSituation.HEALTH: "heart",
}


@lru_cache(maxsize=4096)
def tel(phone: str) -> str:
    """The number as a tel: link needs it; short national numbers stay as they are."""
    digits = "".join(char for char in phone if char in "0123456789")
    if len(digits) <= 6:
        return digits
    try:
        parsed = phonenumbers.parse(phone, "DE")
    except phonenumbers.NumberParseException:
        return ("+" if phone.strip().startswith("+") else "") + digits
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def phone_link(phone: str, css_class: str = "tel") -> Markup:
    """A number to tap, in the right order inside right-to-left text too."""
    return Markup('<a class="{}" href="tel:{}"><bdi dir="ltr">{}</bdi></a>').format(css_class, tel(phone), phone)


def address_lines(place: Any) -> list[str]:
    """Street and city. House number 0 means that there is none."""
    number = place.house_number if place.house_number not in ("0", "") else ""
    return [f"{place.street} {number}".strip(), f"{place.postal_code} {place.city}".strip()]


def map_url(place: Any) -> str:
    """OpenStreetMap at the place; only a link, nothing of it is loaded."""
    if place.latitude is not None:
        return (
            f"https://www.openstreetmap.org/?mlat={place.latitude}&mlon={place.longitude}"
            f"#map=17/{place.latitude}/{place.longitude}"
        )
    return "https://www.openstreetmap.org/search?query=" + quote(", ".join(address_lines(place)))


def route_url(place: Any) -> str:
    """How to get there; the visitor's own position is asked by their map, never by this site."""
    target = f"{place.latitude},{place.longitude}" if place.latitude is not None else ", ".join(address_lines(place))
    return "https://www.openstreetmap.org/directions?" + urlencode({"to": target})


def list_url(filters: Any, **changes: Any) -> str:
    """The address of the list with these filters; `page` and single filters may be changed."""
    page = changes.pop("page", None)
    args = filters.to_args(**changes)
    if page and page > 1:
        args.append(("page", str(page)))
    return url_for("offers.offer_list") + ("?" + urlencode(args) if args else "")


def paragraphs(text: str) -> Markup:
    """Plain text with blank lines as paragraphs; everything in it is shown as text."""
    parts = [part.strip() for part in text.split("\n\n") if part.strip()]
    return Markup("").join(Markup("<p>{}</p>").format(escape(part)) for part in parts)


def text_attributes(lang: str) -> Markup:
    """`lang` and `dir` for a text that is in another language than the page; nothing where it is not."""
    if lang == i18n.current_language().code:
        return Markup("")
    direction = i18n.LANGUAGES[lang].direction if lang in i18n.LANGUAGES else "auto"
    return Markup(' lang="{}" dir="{}"').format(lang, direction)


def spoken(codes: Sequence[str]) -> list[str]:
    """The names of languages, in the reader's language."""
    return [language_name(code, i18n.current_language().code) for code in codes]


def other_languages(languages: list[str]) -> list[tuple[i18n.Language, str]]:
    """The same page in each language: only the first part of the path differs. Home where there is no such page.

    A view whose page depends on parameters puts those that it understood into g.page_query; a stranger's others are
    not repeated.
    """
    _, _, rest = request.path[1:].partition("/")
    query = g.get("page_query", "")
    known = request.url_rule is not None and "language" in request.url_rule.arguments
    return [
        (i18n.LANGUAGES[code], f"/{code}/" + ((quote(rest) + (f"?{query}" if query else "")) if known else ""))
        for code in languages
    ]


@lru_cache(maxsize=8192)
def _url(_lang: str, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
    return url_for(endpoint, **dict(values))


def cached_url_for(endpoint: str, **values: Any) -> str:
    """url_for() for templates: an address depends on nothing but the language and the values."""
    return _url(i18n.current_language().code, endpoint, tuple(values.items()))


def offer_url(slug: str) -> str:
    """The address of an offer. Written out, because a list has many: url_for() takes longer than the rest of a card."""
    return f"/{i18n.current_language().code}/angebote/{slug}"


def filter_words(catalogue: Catalogue) -> dict[str, dict[str, Markup]]:
    """The words for every value of every filter group, escaped, in the reader's language. Made once a catalogue."""
    lang = i18n.current_language().code
    words: dict[str, dict[str, Markup]] | None = catalogue.words.get(lang)
    if words is None:
        texts = {
            "age": {str(months): age_text(months) for months in range(MAX_FILTER_AGE + 1)},
            "phase": {phase.value: life_phase(phase).label for phase in LifePhase},
            "need": {code: need.label(lang) for code, need in catalogue.needs.items()},
            "district": {slug: catalogue.district_option(slug) for slug in catalogue.districts},
            "language": {code: language_name(code, lang) for code in catalogue.languages},
            "situation": {situation.value: label(situation) for situation in LifeSituation},
            "barrier": {barrier.value: label(barrier) for barrier in Barrier},
        }
        words = {group: {value: escape(text) for value, text in names.items()} for group, names in texts.items()}
        catalogue.words[lang] = words
    return words


_OPTION = '<option value="{}"{}>{} ({})</option>'


def options(choices: Sequence[Choice], words: dict[str, Markup]) -> Markup:
    """The options of a select, those without an offer left out. Not a template: a list page has a hundred of them."""
    parts = [
        _OPTION.format(choice.value, " selected" if choice.chosen else "", words[choice.value], choice.count)
        for choice in choices
        if choice.count or choice.chosen
    ]
    return Markup("".join(parts))  # noqa: S704  (values are codes of ours, the words are escaped in filter_words)


def card_facts(card: Card, catalogue: Catalogue) -> Markup:
    """What a family wants to know before it taps: age, place, and what does not stand in the way. As list items."""
    row = card.row
    place = catalogue.district_name(row.district_id)
    return _facts(
        i18n.current_language().code,
        row.min_age_months,
        row.max_age_months,
        place or ("" if row.city_wide else row.city),
        row.city_wide and not place,
        row.cost_kind == CostKind.FREE,
        row.registration == Registration.NONE,
        row.no_german_needed,
        catalogue.speaks(row.id, i18n.current_language().code),
        card.lang,
    )


@lru_cache(maxsize=8192)
def _facts(
    lang: str,
    low: int | None,
    high: int | None,
    place: str | None,
    everywhere: bool,
    free: bool,
    no_registration: bool,
    no_german: bool,
    own_language: bool,
    text_lang: str,
) -> Markup:
    """Few combinations, many cards: remembered."""
    facts: list[tuple[str, str, str]] = []
    if low is not None or high is not None:
        facts.append(("", "person", age_range(low, high)))
    if everywhere:
        facts.append(("", "pin", gettext("überall in %(place)s") % {"place": site().kommune.name}))
    elif place:
        facts.append(("", "pin", place))
    if free:
        facts.append(("good", "check", gettext("kostenlos")))
    if no_registration:
        facts.append(("good", "check", gettext("ohne Anmeldung")))
    if no_german:
        facts.append(("good", "check", gettext("Deutsch nicht nötig")))
    if own_language and lang != SOURCE_LANGUAGE:
        facts.append(("good", "speech", gettext("jemand spricht eure Sprache")))
    if text_lang != lang:
        facts.append(("dim", "languages", gettext("Text auf Deutsch")))
    item = Markup("<li{}>{}<bdi>{}</bdi></li>")
    return Markup("").join(
        item.format(Markup(' class="{}"').format(css) if css else "", icon(name, 20), text) for css, name, text in facts
    )


_kept: dict[tuple[str, str], Markup] = {}


def keep(name: str, caller: Callable[[], Markup]) -> Markup:
    """{% call keep("…") %}: a part of the page that depends on nothing but the language is rendered once."""
    key = (i18n.current_language().code, name)
    if key not in _kept:
        _kept[key] = caller()
    return _kept[key]


@cache
def icon(name: str, size: int = 24) -> Markup:
    """An icon of the sprite. It always stands beside words, so it is hidden from screen readers."""
    turn = " icon--turn" if name in _TURNING else ""
    return Markup(
        '<svg class="icon{}" width="{}" height="{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>'
    ).format(turn, size, size, static_url("icons.svg"), name)


_TURNING = {"arrow", "exit", "external", "route"}


def life_phase(phase: LifePhase) -> LifePhaseTexts:
    """The words of a life phase, in the reader's language."""
    return site_texts().life_phase(phase, i18n.current_language().code)


def filter_form(filters: Filters, catalogue: Catalogue, oob: bool = False) -> Markup:
    """The groups of the filter form with their counts. Remembered for the choices made lately: it is the same for all."""
    key = (i18n.current_language().code, filters, oob)
    html: Markup | None = catalogue.fragments.get(key)
    if html is None:
        if len(catalogue.fragments) >= MAX_FRAGMENTS:
            catalogue.fragments.clear()
        macros = current_app.jinja_env.get_template("components/facets.html").module
        groups, words = catalogue.facets(filters), filter_words(catalogue)["language"]
        groups["language"].sort(key=lambda choice: (choice.value not in (key[0], SOURCE_LANGUAGE), words[choice.value]))
        html = catalogue.fragments[key] = macros.facets(groups, catalogue, oob)  # type: ignore[attr-defined]
    return html


MAX_FRAGMENTS = 512
"""Remembered filter forms a worker: about 5 kB each."""


def count_tag(number: int) -> Markup:
    """A number of offers beside a link: shown as a number, read aloud with what it counts."""
    words = ngettext("Angebot", "Angebote", number)
    return Markup('<span class="count">{}<span class="sr-only"> {}</span></span>').format(number, words)


def safe_url(address: str) -> str:
    """A web address for a link; anything but http and https leads nowhere."""
    return address if address.startswith(("https://", "http://")) else "#"


def shown_url(address: str) -> str:
    """A web address as people read it, shortened."""
    short = address.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
    return short if len(short) <= 60 else short[:59] + "…"


def capfirst(text: str) -> str:
    return text[:1].upper() + text[1:]


def init_app(app: Flask, content: SiteContent) -> None:
    """Give all of this to the templates, as globals: macros do not see what a view passes."""
    app.jinja_env.filters.update(capfirst=capfirst, safe_url=safe_url, shown_url=shown_url)
    app.jinja_env.filters["extract"] = lambda key, mapping: mapping[key]
    app.jinja_env.globals.update(
        Barrier=Barrier,
        LifePhase=LifePhase,
        LifeSituation=LifeSituation,
        Registration=Registration,
        TextState=TextState,
        address_lines=address_lines,
        age_range=age_range,
        age_text=age_text,
        always_open=always_open,
        banners=banners,
        card_facts=card_facts,
        filter_form=filter_form,
        filter_words=filter_words,
        icon=icon,
        url_for=cached_url_for,
        cost_text=cost_text,
        count_tag=count_tag,
        date_text=date_text,
        format_day=format_day,
        kommune=content.kommune,
        label=label,
        language=LocalProxy(i18n.current_language),
        language_name=lambda code: language_name(code, i18n.current_language().code),
        keep=keep,
        life_phase=life_phase,
        list_join=list_join,
        list_url=list_url,
        map_url=map_url,
        options=options,
        next_dates_text=next_dates_text,
        no_place_since=no_place_since,
        offer_url=offer_url,
        opening_week=opening_week,
        usual_week=usual_week,
        other_languages=lambda: other_languages(content.kommune.languages),
        paragraphs=paragraphs,
        phase_icon=_ICON_OF_PHASE.__getitem__,
        phone_link=phone_link,
        places_text=places_text,
        provision_text=provision_text,
        public_url=public_url,
        route_url=route_url,
        situation_icon=_ICON_OF_SITUATION.__getitem__,
        spoken=spoken,
        tel=tel,
        text_attributes=text_attributes,
        today=today,
        translate=lambda texts, checked=None: translate(texts, i18n.current_language().code, checked),
        waiting_text=waiting_text,
    )
