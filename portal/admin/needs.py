"""Bedarfe, and the lines with which parents ask for them. Only for editors."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, IntegerField, SelectField, validators

from portal.admin.conflicts import show_conflict
from portal.admin.forms import AdminForm, ChoiceChecks, LineField, TextField, options
from portal.admin.listing import PAGE_SIZE, ListPage, chosen_rows, read_list_request
from portal.admin.organization_forms import SMALL_HELP
from portal.admin.saving import saved, sent
from portal.auth.access import EDITORS, current_actor, roles
from portal.editing import needs, utterances
from portal.editing.descriptions import ChangedMeanwhileError, InUseError, fingerprint
from portal.editing.needs import CodeTakenError, NeedFacts
from portal.extensions import db
from portal.i18n import LANGUAGES
from portal.lotse.context import lotse
from portal.models.enums import LifePhase, LifeSituation, LotseFlow
from portal.offers.context import site, site_texts
from portal.offers.taxonomy import SOURCE_LANGUAGE

blueprint = Blueprint("admin_needs", __name__, url_prefix="/verwaltung/bedarfe")

SITUATIONS = {
    LifeSituation.MATERIAL: "Materiell",
    LifeSituation.SOCIAL: "Sozial",
    LifeSituation.CULTURAL: "Kulturell",
    LifeSituation.HEALTH: "Gesundheitlich",
}
FLOWS = {
    LotseFlow.BUT: "Geld für Kita und Schule",
    LotseFlow.KITA: "Kita-Platz finden",
    LotseFlow.COUNSELLING: "Beratung finden",
    LotseFlow.EMERGENCY: "Hilfe im Notfall",
}
_AGE = validators.NumberRange(0, 27, "Hier passt eine Zahl von 0 bis 27. Beispiel: 6")


class NeedForm(AdminForm):
    label = LineField(
        "Name",
        max_length=200,
        required=True,
        description="Kurz und ohne Amtswort. Beispiel: Hebamme und Hilfe beim Stillen",
        render_kw={"lang": "de"},
    )
    code = LineField(
        "Kürzel",
        max_length=60,
        extra=[validators.Regexp(r"^[a-z0-9]+(_[a-z0-9]+)*$", message="Nur kleine Buchstaben a–z, Ziffern und _.")],
        description="Steht in der Adresse und ändert sich nie mehr. Leer: aus dem Namen. Beispiel: hebamme",
    )
    question = LineField(
        "Frage",
        max_length=300,
        required=True,
        description="So, wie Eltern sie stellen. Beispiel: Wie finde ich eine Hebamme?",
        render_kw={"lang": "de"},
    )
    explanation = TextField(
        "Erklärung",
        max_length=3000,
        required=True,
        description="Kurze Sätze, auch was ein Amtswort heißt. Beispiel: Eine Hebamme hilft euch nach der Geburt. "
        "Das bezahlt die Krankenkasse.",
        render_kw={"data-plain": "", "lang": "de"},
    )
    life_situation = SelectField(
        "Wichtigste Lebenslage",
        choices=options(SITUATIONS.items()),
        description="Unter ihr steht der Bedarf in der Liste der Themen. Beispiel: Geld gehört zu „Materiell“.",
    )
    life_situations = ChoiceChecks(
        "Weitere Lebenslagen",
        choices=options(SITUATIONS.items()),
        description="Wo er auch dazugehört. Beispiel: Sucht ist sozial und gesundheitlich.",
    )
    life_phases = ChoiceChecks(
        "Lebensphasen", choices=[], description="In denen Familien so etwas brauchen. Beispiel: Geburt und frühe Jahre"
    )
    min_age = IntegerField(
        "Alter von (Jahre)",
        [validators.Optional(), _AGE],
        description="Des Kindes, für das die meisten fragen. Leer: jedes Alter. Beispiel: 0",
    )
    max_age = IntegerField(
        "Alter bis (Jahre)", [validators.Optional(), _AGE], description="Mit diesem Lebensjahr. Beispiel: 3"
    )
    flow = SelectField(
        "Lotse",
        choices=options(FLOWS.items()),
        description="Wohin der Lotse von hier aus führt. Beispiel: ein Zuschuss führt zu „Geld für Kita und Schule“.",
    )
    frequent = BooleanField(
        "Häufig gefragt", description="Steht dann auf der Startseite. Beispiel: Kita-Anmeldung im Winter"
    )
    position = IntegerField(
        "Platz in der Liste",
        [
            validators.InputRequired("Das fehlt noch. Beispiel: 1"),
            validators.NumberRange(1, 1000, "Hier passt eine Zahl ab 1. Beispiel: 1"),
        ],
        description="1 steht ganz oben; die anderen rücken weiter. Beispiel: 12",
    )
    small = BooleanField("Nur ein Schreibfehler", description=SMALL_HELP)

    def offer_choices(self) -> None:
        phases = ((phase, site_texts().life_phase(phase, SOURCE_LANGUAGE).label) for phase in LifePhase)
        self.life_phases.choices = options((phase.value, label) for phase, label in phases)

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        fields = super().validate(*args, **kwargs)
        low, high = self.min_age.data, self.max_age.data
        if not self.min_age.errors and not self.max_age.errors:
            if (low is None) != (high is None):
                self.max_age.errors = ["Bitte beide Zahlen angeben oder beide leer lassen."]
            elif low is not None and high is not None and low > high:
                self.max_age.errors = ["Das ist kleiner als das Alter davor."]
        return fields and not self.max_age.errors

    def facts(self) -> NeedFacts:
        """What was typed. Only after validate()."""
        main = LifeSituation(self.life_situation.data)
        return NeedFacts(
            label=self.label.data,
            question=self.question.data,
            explanation=self.explanation.data,
            life_situation=main,
            life_situations=frozenset(map(LifeSituation, self.life_situations.data or ())) | {main},
            life_phases=frozenset(map(LifePhase, self.life_phases.data or ())),
            flow=LotseFlow(self.flow.data),
            min_age=self.min_age.data,
            max_age=self.max_age.data,
            frequent=bool(self.frequent.data),
            position=self.position.data,
        )


def _languages() -> list[str]:
    return site().kommune.languages


def _names() -> dict[str, str]:
    return {code: LANGUAGES[code].name for code in _languages()}


def _named_elsewhere() -> dict[str, str]:
    """Needs that files name: without them the Lotse or the emergency page would lead nowhere."""
    found = {code: f"Ein Fakt nennt ihn: {fact.id}" for fact in site().facts for code in fact.needs}
    found |= dict.fromkeys(lotse().flow_of_need, "Der Lotse fragt nach ihm")
    for situation in site().emergency[SOURCE_LANGUAGE].situations:
        found |= dict.fromkeys(situation.needs, f"Sofort-Hilfe: {situation.title}")
    return found


@blueprint.get("")
@roles(*EDITORS)
def need_list() -> ResponseReturnValue:
    asked = read_list_request(
        sorts=("place", "label", "offers"),
        filters={"lage": [item.value for item in LifeSituation]},
        default_sort="place",
    )
    rows = needs.list_needs(
        db.session, current_actor(), _languages(), q=asked.q, situation=asked.filters.get("lage", "")
    )
    keys = {"place": lambda row: row.position, "label": lambda row: row.label, "offers": lambda row: row.offers}
    rows.sort(key=keys[asked.sort], reverse=asked.descending)
    page = ListPage(asked, rows[asked.offset : asked.offset + PAGE_SIZE], len(rows))
    return render_template("admin/needs/list.html", page=page, situations=SITUATIONS, names=_names())


@blueprint.route("/neu", methods=["GET", "POST"])
@roles(*EDITORS)
def new() -> ResponseReturnValue:
    last = len(needs.list_needs(db.session, current_actor(), _languages())) + 1
    form = NeedForm(sent(), data={"position": last, "flow": LotseFlow.COUNSELLING})
    form.offer_choices()
    del form.small
    if request.method == "POST" and form.validate():
        try:
            need = needs.create(db.session, current_actor(), form.facts(), form.code.data or "")
            saved(f"„{form.label.data}“ ist angelegt. Schreib jetzt dazu, wie Eltern danach fragen.")
            return redirect(url_for(".lines", code=need.code), 303)
        except CodeTakenError:
            form.code.errors = ["Dieses Kürzel gibt es schon. Beispiel für ein anderes: hebamme_nachts"]
    page = render_template("admin/needs/form.html", form=form, code="", conflict=[])
    return page, 422 if form.errors else 200


@blueprint.route("/<code>", methods=["GET", "POST"])
@roles(*EDITORS)
def edit(code: str) -> ResponseReturnValue:
    need = needs.find(db.session, current_actor(), code)
    now = needs.read(db.session, need)
    form = NeedForm(sent(), data={**vars(now), "life_situations": sorted(now.life_situations)})
    form.offer_choices()
    del form.code
    base = request.form.get("base", fingerprint(now))
    conflict: list[tuple[str, str]] = []
    if request.method == "POST" and form.validate():
        try:
            small = bool(form.small.data)
            changed = needs.change(db.session, current_actor(), need, form.facts(), base=base, small=small)
            saved("Gespeichert." if changed else "Es war nichts zu ändern.")
            return redirect(url_for(".need_list"), 303)
        except ChangedMeanwhileError as error:
            base, conflict = show_conflict(form, error.now, needs.LABELS, life_situation=SITUATIONS, flow=FLOWS)
    page = render_template("admin/needs/form.html", form=form, code=code, base=base, conflict=conflict)
    return page, 422 if form.errors or conflict else 200


@blueprint.route("/<code>/loeschen", methods=["GET", "POST"])
@roles(*EDITORS)
def delete(code: str) -> ResponseReturnValue:
    need = needs.find(db.session, current_actor(), code)
    label, users = needs.read(db.session, need).label, needs.users_of(db.session, need, _named_elsewhere())
    if request.method == "POST":
        try:
            needs.delete_need(db.session, current_actor(), need, _named_elsewhere())
            saved(f"„{label}“ liegt jetzt 30 Tage im Papierkorb.")
            return redirect(url_for(".need_list"), 303)
        except InUseError as error:
            users = error.users
    page = render_template(
        "admin/_delete.html",
        title=f"„{label}“ löschen?",
        users=users,
        needed_by="Der Bedarf wird noch gebraucht:",
        gone="Er verschwindet mit allen Sätzen und Übersetzungen. Aus dem Papierkorb kannst du ihn 30 Tage lang zurückholen.",
        back=url_for(".edit", code=code),
    )
    return page, 422 if request.method == "POST" else 200


# --- So fragen Eltern ---


class LinesForm(AdminForm):
    lang = SelectField("Sprache", choices=[], description="In der die Zeilen geschrieben sind. Beispiel: Deutsch")
    lines = TextField(
        "Neue Zeilen",
        max_length=utterances.MOST * utterances.LONGEST,
        required=True,
        description="Eine oder viele, jede in einer eigenen Zeile, so wie Eltern tippen, auch mit Fehlern. "
        "Beispiel: hebame finden alle sagen ab",
    )


@blueprint.route("/<code>/saetze", methods=["GET", "POST"])
@roles(*EDITORS)
def lines(code: str) -> ResponseReturnValue:
    need = needs.find(db.session, current_actor(), code)
    form = LinesForm(sent())
    form.lang.choices = options(_names().items())
    if request.method == "POST" and form.validate():
        try:
            added = utterances.add_lines(
                db.session, current_actor(), code, form.lang.data, (form.lines.data or "").splitlines()
            )
            saved(_what_was_added(added))
            return redirect(url_for(".lines", code=code), 303)
        except ValueError as error:
            form.lines.errors = [str(error)]
    asked = read_list_request(sorts=(), filters={"sprache": _languages()})
    rows, total = utterances.list_lines(
        db.session, current_actor(), code,
        lang=asked.filters.get("sprache", ""), q=asked.q, offset=asked.offset, limit=PAGE_SIZE,
    )  # fmt: skip
    page = render_template(
        "admin/needs/lines.html",
        form=form,
        code=code,
        label=needs.read(db.session, need).label,
        page=ListPage(asked, rows, total),
        counts=utterances.count_by_language(db.session, code),
        names=_names(),
    )
    return page, 422 if form.errors else 200


def _what_was_added(added: utterances.Added) -> str:
    parts = [f"{len(added.lines)} neu; die Suche findet sie ab jetzt." if added.lines else "Nichts war neu."]
    if added.present:
        parts.append(f"{len(added.present)} gab es hier schon.")
    for line, labels in list(added.elsewhere.items())[:5]:
        parts.append(f"„{line}“ steht auch bei: {', '.join(labels)}.")
    return " ".join(parts)


@blueprint.post("/<code>/saetze/entfernen")
@roles(*EDITORS)
def remove_lines(code: str) -> ResponseReturnValue:
    count = utterances.remove_lines(db.session, current_actor(), code, chosen_rows("id")[:PAGE_SIZE])
    saved(f"{count} entfernt. Sie liegen 30 Tage im Papierkorb." if count else "Es war nichts angekreuzt.")
    return redirect(url_for(".lines", code=code), 303)
