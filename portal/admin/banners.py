""" "Aktuell": what is said on every page for some days. Only for editors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from wtforms import BooleanField, DateField, Form, validators

from portal.admin.forms import AdminForm, LineField, TextField
from portal.admin.organization_forms import SMALL_HELP
from portal.admin.saving import saved, sent
from portal.admin.wording import short_day
from portal.auth.access import EDITORS, current_actor, roles
from portal.editing import banners
from portal.editing.banners import LABELS, LONGEST, LONGEST_TIME, BannerFacts
from portal.editing.descriptions import ChangedMeanwhileError
from portal.extensions import db
from portal.i18n import LANGUAGES
from portal.offers.context import site, today
from portal.offers.taxonomy import SOURCE_LANGUAGE

blueprint = Blueprint("admin_banners", __name__, url_prefix="/verwaltung/aktuell")

WHEN = {"current": ("good", "jetzt zu sehen"), "planned": ("wait", "geplant"), "past": ("", "vorbei")}


def _link_rule(_form: Form, field: Any) -> None:
    """Only an address that leads somewhere: https:// elsewhere, or a page of this site."""
    address = field.data or ""
    if not address:
        return
    if not banners.is_link(address):
        raise validators.ValidationError("Nur https://… oder eine Adresse dieser Seite. Beispiel: /de/sofort-hilfe")
    if address.startswith("/"):
        try:
            endpoint, _values = current_app.url_map.bind("").match(address.split("?")[0].split("#")[0], method="GET")
        except RequestRedirect:
            return
        except HTTPException:
            endpoint = "admin_"
        if endpoint.startswith(("admin_", "security")):
            raise validators.ValidationError("Diese Seite gibt es hier nicht. Beispiel: /de/sofort-hilfe")


class BannerForm(AdminForm):
    text = TextField(
        "Text auf Deutsch",
        max_length=LONGEST,
        required=True,
        description="Höchstens 200 Zeichen, einfache Sprache. Beispiel: Das Familienbüro ist am Freitag zu. Ihr erreicht "
        "uns am Telefon.",
        render_kw={"data-plain": "", "lang": "de"},
    )
    link = LineField(
        "Link",
        max_length=300,
        extra=[_link_rule],
        description="Wohin ein Tipp auf den Text führt; darf leer sein. Beispiel: /de/sofort-hilfe",
    )
    starts_on = DateField(
        "Von",
        [validators.InputRequired("Das fehlt noch.")],
        description="Der erste Tag, an dem er zu sehen ist. Beispiel: 01.12.2026",
    )
    ends_on = DateField(
        "Bis",
        [validators.InputRequired("Ohne ein Ende bleibt er für immer stehen.")],
        description="Der letzte Tag; höchstens ein Jahr später. Beispiel: 24.12.2026",
    )
    urgent = BooleanField("Dringend", description="Steht vor den anderen und ist rot. Beispiel: Hitzewarnung")
    checked = BooleanField(
        "Die Übersetzungen hat ein Mensch geprüft",
        description="Nur dann gelten sie als geprüft. Beispiel: Eine Kollegin, die Türkisch spricht, hat sie gelesen.",
    )
    small = BooleanField("Nur ein Schreibfehler", description=SMALL_HELP)

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        fields = super().validate(*args, **kwargs)
        first, last = self.starts_on.data, self.ends_on.data
        if first and last and not self.ends_on.errors:
            if last < first:
                self.ends_on.errors = ["Das ist vor dem ersten Tag."]
            elif last - first > LONGEST_TIME:
                self.ends_on.errors = ["Das ist mehr als ein Jahr. Danach denkt niemand mehr daran."]
        return fields and not self.ends_on.errors

    def facts(self) -> BannerFacts:
        """What was typed. Only after validate()."""
        return BannerFacts(
            text=" ".join(self.text.data.split()),
            link=self.link.data or "",
            urgent=bool(self.urgent.data),
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            translations=tuple(
                (lang, " ".join(self[f"text_{lang}"].data.split()))
                for lang in sorted(_others())
                if self[f"text_{lang}"].data
            ),
        )


def _others() -> list[str]:
    return [code for code in site().kommune.languages if code != SOURCE_LANGUAGE]


def _form(**data: Any) -> BannerForm:
    """With a field for each language of this site."""
    fields = {
        f"text_{lang}": TextField(
            f"Text auf {LANGUAGES[lang].name}",
            max_length=LONGEST,
            description="Leer: Familien sehen den deutschen Text. Beispiel: dasselbe in dieser Sprache, mit demselben Tag",
            render_kw={"lang": lang, "dir": LANGUAGES[lang].direction},
        )
        for lang in _others()
    }
    return type("BannerFormHere", (BannerForm,), fields)(sent(), data=data)  # type: ignore[no-any-return]


@blueprint.get("")
@roles(*EDITORS)
def banner_list() -> ResponseReturnValue:
    rows = banners.list_banners(db.session, current_actor())
    return render_template(
        "admin/banners/list.html",
        rows=sorted(rows, key=lambda row: list(WHEN).index(row.when(today()))),
        today=today(),
        when=WHEN,
        short_day=short_day,
        names={code: LANGUAGES[code].name for code in _others()},
    )


@blueprint.route("/neu", methods=["GET", "POST"])
@roles(*EDITORS)
def new() -> ResponseReturnValue:
    form = _form(starts_on=today(), ends_on=today() + timedelta(7))
    del form.small
    if request.method == "POST" and form.validate():
        if form.ends_on.data >= today():
            banners.create(db.session, current_actor(), form.facts(), checked=bool(form.checked.data))
            saved(f"Angelegt. Zu sehen vom {short_day(form.starts_on.data)} bis {short_day(form.ends_on.data)}.")
            return redirect(url_for(".banner_list"), 303)
        form.ends_on.errors = ["Dieser Tag ist schon vorbei."]
    page = render_template("admin/banners/form.html", form=form, others=_others(), banner=None, conflict=[])
    return page, 422 if form.errors else 200


@blueprint.route("/<int:banner_id>", methods=["GET", "POST"])
@roles(*EDITORS)
def edit(banner_id: int) -> ResponseReturnValue:
    banner = banners.find(db.session, current_actor(), banner_id)
    now = banners.read(db.session, banner)
    form = _form(**vars(now), **{f"text_{lang}": text for lang, text in now.translations})
    base = request.form.get("base", now.base)
    conflict: list[tuple[str, str]] = []
    if request.method == "POST" and form.validate():
        try:
            changed = banners.change(
                db.session, current_actor(), banner, form.facts(),
                base=base, checked=bool(form.checked.data), small=bool(form.small.data),
            )  # fmt: skip
            saved("Gespeichert." if changed else "Es war nichts zu ändern.")
            return redirect(url_for(".banner_list"), 303)
        except ChangedMeanwhileError as error:
            base, conflict = error.now.base, _differences(error.now, form.facts())
    page = render_template(
        "admin/banners/form.html", form=form, others=_others(), banner=banner, base=base, conflict=conflict
    )
    return page, 422 if form.errors or conflict else 200


def _differences(now: BannerFacts, typed: BannerFacts) -> list[tuple[str, str]]:
    def shown(value: Any) -> str:
        if isinstance(value, tuple):
            return "; ".join(f"{LANGUAGES[lang].name}: {text}" for lang, text in value if lang in LANGUAGES)
        return {True: "ja", False: "nein"}[value] if isinstance(value, bool) else str(value)

    return [
        (label, shown(getattr(now, name)) or "(leer)")
        for name, label in LABELS.items()
        if getattr(now, name) != getattr(typed, name)
    ]


@blueprint.route("/<int:banner_id>/loeschen", methods=["GET", "POST"])
@roles(*EDITORS)
def delete(banner_id: int) -> ResponseReturnValue:
    banner = banners.find(db.session, current_actor(), banner_id)
    if request.method == "POST":
        banners.delete(db.session, current_actor(), banner)
        saved("Gelöscht. Im Papierkorb liegt es noch 30 Tage.")
        return redirect(url_for(".banner_list"), 303)
    return render_template(
        "admin/_delete.html",
        title="Diesen Hinweis löschen?",
        users=[],
        needed_by="",
        gone=f"„{banners.read(db.session, banner).text}“ ist dann nirgends mehr zu sehen. Aus dem Papierkorb kannst du ihn "
        "30 Tage lang zurückholen.",
        back=url_for(".edit", banner_id=banner_id),
    )
