"""Lücken: "Dafür gibt es nichts", and what planners make of it. HTTP only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.admin.listing import back_to_list
from portal.admin.saving import saved
from portal.auth.access import PLANNERS, PRACTITIONERS, current_actor, roles
from portal.editing import no_place, reported_gaps
from portal.extensions import db
from portal.models import ReportedGap, SearchGap
from portal.months import end_of, last_months
from portal.offers.context import catalogue, today
from portal.practitioners import gaps_queries, taps
from portal.practitioners.wording import gap_words
from portal.search.gaps import LEAST_SHOWN
from portal.tables import write_csv

blueprint = Blueprint("practice_gaps", __name__, url_prefix="/verwaltung/fachkraft")
PAGES = {"suche": "practice_search.search", "kinder": "practice_search.children"}
KINDS: dict[str, tuple[str, gaps_queries.Table]] = {
    "fachkraefte": ("Fachkräfte haben gemeldet", ReportedGap),
    "familien": ("Familien haben vergeblich gesucht", SearchGap),
}
MONTHS = 24
"""So many months back one can choose."""


@blueprint.post("/luecken/melden")
@roles(*PRACTITIONERS)
def report() -> ResponseReturnValue:
    """Counts what was chosen (groups and codes), and leads back to where the button was."""
    actor = current_actor()
    names = ("age_group", "life_situation", "need_code", "district")
    what = reported_gaps.missing(catalogue(), **{name: request.form.get(name, "") for name in names})
    if not what:
        abort(400)
    if taps.allowed(actor, "gap", same=repr(what)):
        reported_gaps.report(db.session, actor, what, today())
        saved("Danke. Das ist gezählt. Die Jugendhilfeplanung sieht es, ohne zu wissen, von wem es kommt.")
    else:
        flash("Danke, das ist schon gezählt, oder es waren sehr viele Meldungen in kurzer Zeit.", "info")
    return redirect(back_to_list(PAGES.get(request.form.get("seite", ""), PAGES["suche"])), 303)


@dataclass(frozen=True)
class Asked:
    """What the page is asked for. Months are their first days."""

    first: date
    last: date
    need: str = ""
    district: str = ""

    def wants(self, line: gaps_queries.Line) -> bool:
        current = catalogue()
        if self.need and line.need_code != self.need:
            return False
        return not self.district or (
            line.district in current.districts and self.district in current.ancestors(line.district)
        )


def _asked() -> Asked:
    """From the query string; what cannot be chosen is left out."""
    current, choice = catalogue(), last_months(today(), MONTHS)

    def month(name: str, default: date) -> date:
        found = re.fullmatch("([0-9]{4})-(0[1-9]|1[0-2])", request.args.get(name, ""))
        wanted = date(int(found[1]) or 1, int(found[2]), 1) if found else default
        return wanted if wanted in choice else default

    first, last = sorted((month("von", choice[11]), month("bis", choice[0])))
    need, district = request.args.get("bedarf", ""), request.args.get("ort", "")
    return Asked(first, last, need if need in current.needs else "", district if district in current.districts else "")


def _missed(asked: Asked) -> dict[str, gaps_queries.Missed]:
    found = {}
    for kind, (_words, table) in KINDS.items():
        missed = gaps_queries.roll_up(gaps_queries.sums(db.session, table, asked.first, asked.last))
        found[kind] = missed.only(asked.wants) if asked.need or asked.district else missed
    return found


@blueprint.get("/luecken")
@roles(*PLANNERS)
def overview() -> ResponseReturnValue:
    asked, current = _asked(), catalogue()
    return render_template(
        "practitioners/gaps/overview.html",
        asked=asked,
        months=last_months(today(), MONTHS),
        kinds={kind: words for kind, (words, _table) in KINDS.items()},
        missed=_missed(asked),
        words=lambda line: gap_words(line, current),
        least=LEAST_SHOWN,
        full=no_place.most_reported(db.session, current_actor(), since=asked.first, until=end_of(asked.last)),
        dead_ends=gaps_queries.dead_ends(db.session, current),
        catalogue=current,
    )


@blueprint.get("/luecken.csv")
@roles(*PLANNERS)
def table() -> Response:
    """The same lines as on the page, for a spreadsheet."""
    asked, current = _asked(), catalogue()
    columns = ["Woher", "Bedarf", "Lebenslage", "Alter", "Ort", "Anzahl"]
    rows = []
    for kind, missed in _missed(asked).items():
        woher = KINDS[kind][0]
        for line in missed.lines:
            rows.append({"Woher": woher, **gap_words(line, current), "Anzahl": str(line.times)})
        if missed.rest:
            rows.append({"Woher": woher, "Bedarf": "weitere einzelne", "Anzahl": str(missed.rest)})
    response = make_response(write_csv(columns, rows))
    response.mimetype = "text/csv"
    name = f"luecken-{asked.first:%Y-%m}-bis-{asked.last:%Y-%m}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
