"""How the three nouns of the directory are written: one way for a new one, a changed one, a deleted one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.admin.conflicts import show_conflict
from portal.admin.directory_forms import EntryForm
from portal.admin.forms import options
from portal.admin.listing import PAGE_SIZE, ListPage, ListRequest
from portal.admin.offer_form import SPOKEN
from portal.admin.saving import saved, sent
from portal.admin.wording import short_day
from portal.auth.access import PRACTITIONERS, current_actor
from portal.editing import contact_points, directory, districts
from portal.editing.descriptions import ChangedMeanwhileError, fingerprint
from portal.editing.directory import Noun
from portal.editing.offer_lists import organization_names
from portal.extensions import db
from portal.i18n import language_name
from portal.offers.context import catalogue, today
from portal.offers.taxonomy import SOURCE_LANGUAGE


@dataclass(frozen=True)
class Desk:
    """Where one noun is written, and what it is called there."""

    noun: Noun
    form: type[EntryForm]
    endpoint: str
    """The blueprint: it has the views `entries`, `edit` and `delete`."""
    many: str
    new: str
    kinds: Mapping[Any, str]

    def url(self, view: str, **values: Any) -> str:
        return url_for(f"{self.endpoint}.{view}", **values)


def list_page(desk: Desk, asked: ListRequest, conditions: list[Any], **words: Any) -> str:
    rows, total = directory.page(
        db.session,
        current_actor(),
        desk.noun,
        q=asked.q,
        conditions=conditions,
        sort=asked.sort,
        descending=asked.descending,
        offset=asked.offset,
        limit=PAGE_SIZE,
    )
    actor = current_actor()
    return render_template(
        f"admin/{desk.endpoint.removeprefix('admin_')}/list.html",
        desk=desk,
        page=ListPage(asked, rows, total),
        asked=asked,
        may_write=actor.edits_everything or bool(actor.organizations),
        reads=actor.has(*PRACTITIONERS),
        **words,
    )


def new(desk: Desk) -> ResponseReturnValue:
    form = desk.form(sent())
    _offer_choices(desk, form, None)
    if sent() is not None and form.validate():
        row = directory.create(db.session, current_actor(), desk.noun, form.facts(), today())
        saved(f"„{getattr(row, desk.noun.title)}“ ist angelegt.")
        return redirect(desk.url("entries"), 303)
    page = render_template("admin/directory/form.html", desk=desk, form=form, row=None, title=desk.new, conflict=[])
    return page, 422 if form.errors else 200


def edit(desk: Desk, slug: str) -> ResponseReturnValue:
    actor = current_actor()
    row = directory.find(db.session, actor, desk.noun, slug)
    now = directory.read(db.session, desk.noun, row)
    form = desk.form(sent(), data={name: _shown(value) for name, value in vars(now).items()})
    words = _offer_choices(desk, form, slug, now.organization)
    typed = sent()
    base = fingerprint(now) if typed is None else typed.get("base", "")
    conflict: list[tuple[str, str]] = []
    if typed is not None and form.validate():
        try:
            changed = directory.change(db.session, actor, desk.noun, row, form.facts(), base=base)
            saved("Gespeichert." if changed else "Es war nichts zu ändern.")
            return redirect(desk.url("entries"), 303)
        except ChangedMeanwhileError as error:
            days = {name: {day: short_day(day)} for name, day in vars(error.now).items() if isinstance(day, date)}
            base, conflict = show_conflict(form, error.now, desk.noun.labels, **words, **days)
    title = getattr(now, desk.noun.title)
    page = render_template(
        "admin/directory/form.html", desk=desk, form=form, row=row, title=title, base=base, conflict=conflict
    )
    return page, 422 if form.errors or conflict else 200


def delete(desk: Desk, slug: str, also: str = "") -> ResponseReturnValue:
    """Asked once; `also` says what else changes with it."""
    row = directory.find(db.session, current_actor(), desk.noun, slug)
    title = getattr(row, desk.noun.title)
    if sent() is not None:
        directory.remove(db.session, current_actor(), desk.noun, row)
        saved(f"„{title}“ liegt jetzt 30 Tage im Papierkorb.")
        return redirect(desk.url("entries"), 303)
    return render_template(
        "admin/_delete.html",
        title=f"„{title}“ löschen",
        users=[],
        gone=f"Der Eintrag kommt in den Papierkorb. 30 Tage lang kannst du ihn zurückholen. {also}".strip(),
        back=desk.url("edit", slug=slug),
    )


def assure(desk: Desk, slug: str) -> ResponseReturnValue:
    row = directory.find(db.session, current_actor(), desk.noun, slug)
    directory.assure(db.session, current_actor(), desk.noun, row, today())
    saved(f"Danke. „{getattr(row, desk.noun.title)}“ hat jetzt den Stand {short_day(today())}.")
    return redirect(desk.url("entries"), 303)


def district_words() -> dict[str, str]:
    """Slug and name of all districts, parents first."""
    return {slug: info.name for slug, info in catalogue().districts.items()}


def _shown(value: Any) -> Any:
    """As a form holds it: WTForms shows None as the word."""
    if isinstance(value, frozenset):
        return sorted(value)
    return "" if value is None else value


def _offer_choices(desk: Desk, form: EntryForm, slug: str | None, organization: str = "") -> dict[str, dict[Any, str]]:
    """Fill the lists to choose from. Returns the words for the values, by field."""
    tree = [("", "Für die ganze Kommune"), *districts.names(db.session)]
    words: dict[str, dict[Any, str]] = {
        "organization": dict(organization_names(db.session, current_actor())),
        "needs": {code: need.label(SOURCE_LANGUAGE) for code, need in catalogue().needs.items()},
        "districts": dict(tree[1:]),
        "district": dict(tree),
        "languages": {code: language_name(code, SOURCE_LANGUAGE) for code in SPOKEN},
    }
    if "substitute" in form:
        others = contact_points.possible_substitutes(db.session, slug or "", organization)
        words["substitute"] = {"": "Keine", **dict(others)}
    for name, choices in words.items():
        if name in form:
            form[name].choices = options(choices.items())
    own = form.organization.choices
    if slug is None and len(own) != 1:
        form.organization.choices = [*options([("", "Bitte wählen")]), *own]
    words |= {"responsible": {True: "ja", False: "nein"}, "kind": dict(desk.kinds)}
    return {name: choices for name, choices in words.items() if name in form}
