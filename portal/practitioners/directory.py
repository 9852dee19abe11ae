""" "Wer ist wofür da?": the Ansprechstellen for a place and a matter. For practitioners only."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.admin.forms import clean_line
from portal.auth.access import PRACTITIONERS, current_actor, roles
from portal.extensions import db
from portal.i18n import language_name
from portal.models.enums import LifeSituation
from portal.offers.context import catalogue, site, today
from portal.offers.taxonomy import SOURCE_LANGUAGE, NeedInfo
from portal.offers.wording import LABELS
from portal.practitioners.directory_queries import Contact, read_contacts
from portal.practitioners.responsibility import answer, by_level, columns_of, is_for, matrix, way_up
from portal.sealing import BadTokenError, ExpiredTokenError, Seal

blueprint = Blueprint("practice_directory", __name__, url_prefix="/verwaltung/fachkraft/ansprechstellen")

_LONGEST_WORD = 80
_KEEP_DAYS = 1


def _seal() -> Seal:
    """What is typed may be the name of a person: it stands in no address and in no log."""
    return Seal(current_app.config["SECRET_KEY"], "word of the directory", _KEEP_DAYS)


def needs_by_situation() -> list[tuple[str, list[tuple[str, str]]]]:
    """Codes and names of the needs below the names of their life situations."""
    needs = catalogue().needs
    return [
        (LABELS[situation], [(code, need.label(SOURCE_LANGUAGE)) for code, need in needs.items()
                             if need.life_situation is situation])
        for situation in LifeSituation
    ]  # fmt: skip


def district_choices() -> list[tuple[str, str]]:
    """Slug and name of all districts, in their tree."""
    current = catalogue()
    return [(slug, current.district_option(slug)) for slug in current.districts]


def language_choices(entries: list[Any]) -> list[tuple[str, str]]:
    """The languages that are there at all, by name."""
    codes = {code for entry in entries for code in entry.languages}
    return sorted(((code, language_name(code, SOURCE_LANGUAGE)) for code in codes), key=lambda pair: pair[1].lower())


def words() -> dict[str, Any]:
    """Names for what entries only name by code or slug."""
    needs: dict[str, NeedInfo] = catalogue().needs
    return {
        "need_names": {code: need.label(SOURCE_LANGUAGE) for code, need in needs.items()},
        "district_names": {slug: info.name for slug, info in catalogue().districts.items()},
        "language_of": lambda code: language_name(code, SOURCE_LANGUAGE),
        "contact_of_kommune": site().kommune.contact,
    }


@blueprint.get("")
@roles(*PRACTITIONERS)
def directory() -> ResponseReturnValue:
    contacts = read_contacts(db.session)
    chosen = _chosen(request.args)
    word = _opened(request.args.get("wort", ""), today())
    lang = chosen["sprache"]
    shown: dict[str, Any] = {"word": word, "answer": None, "levels": None, "flat": None, "unspoken": False}
    speaking = [item for item in contacts if not lang or lang in item.languages]
    if chosen["ort"] and chosen["thema"] and not word:
        found = answer(contacts, catalogue().districts, chosen["ort"], chosen["thema"])
        shown["answer"] = found.speaking(lang) if lang else found
        shown["unspoken"] = bool(lang) and all(lang not in item.contact.languages for item in found.deciding)
    elif chosen["ort"] and not word:
        shown["levels"] = by_level(speaking, catalogue().districts, chosen["ort"])
    else:
        shown["flat"] = _flat(speaking, chosen, word)
    return render_template(
        "practitioners/directory/directory.html",
        chosen=chosen,
        actor=current_actor(),
        needs=needs_by_situation(),
        districts=district_choices(),
        languages=language_choices(contacts),
        **shown,
        **words(),
    )


@blueprint.post("")
@roles(*PRACTITIONERS)
def search() -> ResponseReturnValue:
    """What was tapped goes into the address; what was typed only as an opaque word."""
    chosen = {name: value for name, value in _chosen(request.form).items() if value}
    if word := clean_line(request.form.get("wort", "")[:_LONGEST_WORD]):
        chosen["wort"] = _seal().close(word.encode("utf-8", "replace"), today())
    return redirect(url_for(".directory", **chosen), 303)


@blueprint.get("/uebersicht")
@roles(*PRACTITIONERS)
def overview() -> ResponseReturnValue:
    """Who decides about what in which Gemeinde, as one table."""
    districts = catalogue().districts
    tops = [slug for slug, info in districts.items() if info.children]
    top = request.args.get("kreis", "")
    if top not in tops:
        top = next(iter(tops or districts), "")
    columns = columns_of(districts, top) if top else []
    return render_template(
        "practitioners/directory/overview.html",
        top=top,
        tops=[(slug, name) for slug, name in district_choices() if slug in tops],
        columns=columns,
        needs=needs_by_situation(),
        table=matrix(read_contacts(db.session), districts, columns, list(catalogue().needs)),
        **words(),
    )


def _chosen(sent: Any) -> dict[str, str]:
    """Place, matter and language, as far as they exist: an address may be mistyped."""
    ort, thema, sprache = (sent.get(name, "")[:120] for name in ("ort", "thema", "sprache"))
    return {
        "ort": ort if ort in catalogue().districts else "",
        "thema": thema if thema in catalogue().needs else "",
        "sprache": sprache if sprache.replace("-", "").isalnum() and len(sprache) <= 12 else "",
    }


def _opened(token: str, day: date) -> str:
    """What was typed; "" where an address is old or was cut."""
    try:
        return _seal().open(token, day)[0].decode("utf-8") if token else ""
    except (BadTokenError, ExpiredTokenError):
        return ""


def _flat(contacts: list[Contact], chosen: dict[str, str], word: str) -> list[Contact]:
    """Those with the words, for the matter and for the place or a wider one; who decides comes first."""
    way = set(way_up(catalogue().districts, chosen["ort"]))
    found = [
        contact
        for contact in contacts
        if contact.says(word.lower().split())
        and is_for(contact, chosen["thema"])
        and (not way or not contact.districts or way.intersection(contact.districts))
    ]
    return sorted(found, key=lambda contact: not contact.responsible) if chosen["thema"] else found
