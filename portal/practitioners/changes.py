"""Neu und geändert: what has changed in somebody's districts, month by month, and the monthly mail about it."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.admin.saving import saved
from portal.auth.access import PRACTITIONERS, current_actor, roles
from portal.editing import digests, work_districts
from portal.extensions import db
from portal.i18n import format_month
from portal.months import end_of, last_months
from portal.offers import changes as reads
from portal.offers.change_words import GROUPS, grouped, sentence
from portal.offers.context import catalogue, public_url, site, today

blueprint = Blueprint("practice_changes", __name__, url_prefix="/verwaltung/fachkraft/neues")
MONTHS = 12
"""So many can be looked at."""
MOST = 200
"""Offers of a group on a page: after a large import a month may have thousands."""


@blueprint.get("")
@roles(*PRACTITIONERS)
def overview() -> ResponseReturnValue:
    """Districts of this visit stand in the address; without any there, those that somebody has saved."""
    actor, months = current_actor(), last_months(today(), MONTHS)
    month = next((month for month in months if f"{month:%Y-%m}" == request.args.get("monat", "")), months[0])
    own = work_districts.districts_of(db.session, actor)
    asked = "stadtteil" in request.args or "gewaehlt" in request.args
    chosen = _known(request.args.getlist("stadtteil")) if asked else own
    found = reads.changes(
        db.session,
        first=month,
        last=end_of(month),
        today=today(),
        hide_after_days=site().kommune.hide_after_days,
        districts=[catalogue().districts[slug].id for slug in chosen],
    )
    return render_template(
        "practitioners/changes/overview.html",
        month=month,
        months=[(other, _address(other, chosen if asked else None)) for other in months],
        month_name=format_month,
        groups=grouped(found),
        labels=GROUPS,
        sentence=sentence,
        most=MOST,
        districts=catalogue().districts.values(),
        district_option=catalogue().district_option,
        chosen=chosen,
        own=own,
        feeds=_feeds(chosen),
        wants_mail=digests.wants_mail(db.session, actor),
        may_save=actor.user_id is not None,
    )


def _known(slugs: list[str]) -> list[str]:
    """In the order of the tree."""
    return [slug for slug in catalogue().districts if slug in slugs]


def _address(month: date, districts: list[str] | None) -> str:
    args = [("monat", f"{month:%Y-%m}")]
    if districts is not None:
        args += [("gewaehlt", "1"), *(("stadtteil", slug) for slug in districts)]
    return f"{url_for('.overview')}?{urlencode(args)}"


def _feeds(districts: list[str]) -> list[tuple[str, str]]:
    """Name and whole address of the feed of each district; of the Kommune where none was chosen."""
    base = public_url()
    if not districts:
        return [(site().kommune.name, base + url_for("feeds.everything", language="de"))]
    return [
        (catalogue().districts[slug].name, base + url_for("feeds.district", language="de", slug=slug))
        for slug in districts
    ]


@blueprint.post("/stadtteile")
@roles(*PRACTITIONERS)
def save_districts() -> ResponseReturnValue:
    number = work_districts.save_districts(db.session, current_actor(), request.form.getlist("stadtteil"))
    saved("Gemerkt: Das sind jetzt deine Stadtteile." if number else "Du hast jetzt keine eigenen Stadtteile.")
    return redirect(_back(), 303)


@blueprint.post("/mail")
@roles(*PRACTITIONERS)
def switch_mail() -> ResponseReturnValue:
    on = "an" in request.form
    digests.switch(db.session, current_actor(), on)
    saved("Du bekommst jetzt einmal im Monat eine Mail." if on else "Du bekommst keine Mail mehr.")
    return redirect(_back(), 303)


def _back() -> str:
    month = request.form.get("monat", "")
    return url_for(".overview", monat=month) if re.fullmatch(r"\d{4}-\d\d", month, re.ASCII) else url_for(".overview")
