"""Wegweiser drucken: choose a district and a language, watch it being drawn, take the file."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, SelectField

from portal import paper
from portal.admin.forms import AdminForm, options
from portal.auth.access import PRACTITIONERS, roles
from portal.booklets import layout
from portal.booklets.jobs import Booklets, Step
from portal.i18n import LANGUAGES
from portal.offers.context import catalogue, public_url, site

blueprint = Blueprint("practice_booklets", __name__, url_prefix="/verwaltung/fachkraft/wegweiser")


class BookletForm(AdminForm):
    district = SelectField(
        "Für wo", choices=[], default="", description="Mit allem, was dort ist, dorthin kommt oder für alle da ist."
    )
    lang = SelectField("Sprache", choices=[], default="de", description="In dieser Sprache steht alles im Heft.")
    german = BooleanField(
        "Deutsche Titel dazu", description="Dann findest du mit der Familie dasselbe Angebot auch auf Deutsch."
    )

    def prepare(self) -> None:
        current = catalogue()
        names = [(slug, current.district_option(slug)) for slug in current.districts]
        self.district.choices = options([("", f"{site().kommune.name}, alles"), *names])
        self.lang.choices = options([(code, LANGUAGES[code].name) for code in site().kommune.languages])


def _booklets() -> Booklets:
    return Booklets(current_app.extensions["settings"].data_dir / "booklets")


def _page(form: BookletForm, problem: str = "", status: int = 200) -> ResponseReturnValue:
    possible = paper.is_possible()
    return render_template("practitioners/booklets/form.html", form=form, problem=problem, possible=possible), status


@blueprint.get("")
@roles(*PRACTITIONERS)
def choose() -> ResponseReturnValue:
    form = BookletForm(request.args)
    form.prepare()
    return _page(form)


@blueprint.post("")
@roles(*PRACTITIONERS)
def draw() -> ResponseReturnValue:
    form = BookletForm(request.form)
    form.prepare()
    if not form.validate() or not paper.is_possible():
        return _page(form, status=422)
    lang = form.lang.data
    wish = layout.Wish(form.district.data or None, lang, bool(form.german.data) and lang != "de")
    key = layout.key_of(wish, public_url())
    about = {
        "place": layout.place_name(wish),
        "language": LANGUAGES[lang].name,
        "lang": lang,
        "file": f"wegweiser-{wish.district or 'alles'}-{lang}.pdf",
        "query": urlencode({"district": wish.district or "", "lang": lang, **({"german": "y"} if wish.german else {})}),
    }
    try:
        _booklets().begin(key, about, lambda: layout.render(wish, public_url()))
    except layout.BookletError as error:
        return _page(form, str(error), 422)
    return redirect(url_for("practice_booklets.progress", key=key), 303)


@blueprint.get("/<key>")
@roles(*PRACTITIONERS)
def progress(key: str) -> ResponseReturnValue:
    """How far it is; the page asks for it each second, or whoever looks presses the link."""
    booklets = _booklets()
    state = booklets.state(key)
    if state.step is Step.MISSING:
        abort(404)
    return render_template(
        "practitioners/booklets/progress.html", key=key, state=state, about=booklets.about(key), size=booklets.size(key)
    )


@blueprint.get("/<key>/heft.pdf")
@roles(*PRACTITIONERS)
def download(key: str) -> Response:
    booklets = _booklets()
    path = booklets.pdf(key)
    if path is None or booklets.state(key).step is Step.MISSING:
        abort(404)
    return send_file(path, mimetype="application/pdf", as_attachment=True, download_name=booklets.about(key)["file"])
