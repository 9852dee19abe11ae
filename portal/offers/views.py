"""The public directory: home, list, offer, organization, district, need, life phase, people."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.extensions import db
from portal.htmx import render, wants_block
from portal.i18n import current_language, preferred_language
from portal.models.enums import LifePhase, LifeSituation, LotseFlow
from portal.offers import calendar_file, queries
from portal.offers.context import catalogue, emergency_lines, public_url, site, today
from portal.offers.filters import Filters, parse_filters
from portal.offers.presentation import list_url

blueprint = Blueprint("offers", __name__)
PAGE_SIZE = 20
HOME_DISTRICTS = 12
"""Districts named on the home page; a Kreis may have hundreds of Gemeinden."""
PREVIEW = 6
"""Offers shown on a page that leads on to the whole list."""


@blueprint.get("/")
def start() -> Response:
    """To the home page in the language that the browser asks for."""
    code = preferred_language(request.headers.get("Accept-Language", ""), site().kommune.languages)
    response = make_response(redirect(f"/{code}/", 302))
    response.vary.add("Accept-Language")
    return response


@blueprint.get("/<lang:language>/")
def home() -> ResponseReturnValue:
    needs, districts = catalogue().needs.values(), leaf_districts()
    return render_template(
        "offers/home.html",
        phases=list(LifePhase),
        frequent=[need for need in needs if need.frequent],
        offers=catalogue().size,
        places=catalogue().first_contact.bit_count(),
        districts=districts[:HOME_DISTRICTS],
        more_districts=len(districts) > HOME_DISTRICTS,
    )


@blueprint.get("/<lang:language>/angebote")
def offer_list() -> Response:
    current = catalogue()
    parsed = parse_filters(
        request.args, needs=current.needs.keys(), districts=current.districts.keys(), languages=current.languages
    )
    filters = parsed.filters
    mask = current.match(filters)
    count = mask.bit_count()
    pages = max(1, -(-count // PAGE_SIZE))
    page = min(parsed.page, pages)
    address = list_url(filters, page=page)
    g.page_query = address.partition("?")[2]
    ids = current.ids(mask, filters=filters, start=(page - 1) * PAGE_SIZE, count=PAGE_SIZE)
    response = render(
        "offers/list.html",
        block="results",
        filters=filters,
        ignored=parsed.ignored,
        count=count,
        page=page,
        pages=pages,
        cards=queries.cards(db.session, ids, current_language().code),
        catalogue=current,
    )
    if wants_block():
        # The address without the empty fields that the form sends along.
        response.headers["HX-Push-Url"] = address
    return response


@blueprint.get("/<lang:language>/angebote/<slug>")
def offer(slug: str) -> ResponseReturnValue:
    page = _offer_or_404(slug)
    return render_template("offers/offer.html", page=page, catalogue=catalogue(), district=_district_of(page.offer))


@blueprint.get("/<lang:language>/angebote/<slug>/termine.ics")
def offer_calendar(slug: str) -> Response:
    page = _offer_or_404(slug)
    if not page.dates:
        abort(404)
    response = make_response(calendar_file.build(page, public_url(), today()))
    response.mimetype = "text/calendar"
    response.headers["Content-Disposition"] = f'attachment; filename="{slug}.ics"'
    return response


def _offer_or_404(slug: str) -> queries.OfferPage:
    current = catalogue()
    # What nobody has checked for long is in no list, but bookmarks and printed codes still lead to it.
    if slug not in current.position and queries.reachable_offer(db.session, slug, today()) is None:
        abort(404)
    page = queries.offer_page(db.session, slug, current_language().code, today(), current.fresh_since)
    if page is None:
        abort(404)
    return page


def _district_of(row: Any) -> Any | None:
    if row.district_id is None:
        return None
    return next((info for info in catalogue().districts.values() if info.id == row.district_id), None)


@blueprint.get("/<lang:language>/traeger/<slug>")
def organization(slug: str) -> ResponseReturnValue:
    page = queries.organization_page(db.session, slug, current_language().code, today(), catalogue().fresh_since)
    if page is None:
        abort(404)
    return render_template(
        "offers/organization.html",
        page=page,
        cards=queries.cards(db.session, page.offer_ids, current_language().code),
        catalogue=catalogue(),
    )


@blueprint.get("/<lang:language>/stadtteile")
def district_list() -> ResponseReturnValue:
    return render_template("offers/districts.html", catalogue=catalogue(), districts=leaf_districts())


@blueprint.get("/<lang:language>/stadtteile/<slug>")
def district(slug: str) -> ResponseReturnValue:
    current = catalogue()
    info = current.districts.get(slug)
    if info is None:
        abort(404)
    lang = current_language().code
    here = current.local_district.get(slug, 0)
    elsewhere = current.district[slug] & ~here
    people = here & current.first_contact
    neighbours = [
        (current.districts[other], queries.cards(db.session, _first(current.local_district.get(other, 0), 2), lang))
        for other in info.neighbours[:6]
    ]
    return render_template(
        "offers/district.html",
        district=info,
        text=queries.district_text(db.session, info.id, lang),
        parents=[current.districts[name] for name in reversed(current.ancestors(slug)[1:])],
        children=[current.districts[name] for name in info.children],
        needs=_needs_in(here),
        here=here.bit_count(),
        cards=queries.cards(db.session, _first(here, PREVIEW), lang),
        elsewhere=elsewhere.bit_count(),
        elsewhere_cards=queries.cards(db.session, _first(elsewhere, 4), lang),
        places=queries.helping_places(db.session, _first(people, 5), lang),
        neighbours=neighbours,
        catalogue=current,
    )


def _first(mask: int, count: int) -> list[int]:
    return catalogue().ids(mask, count=count)


def _needs_in(mask: int) -> list[tuple[Any, int]]:
    """The needs that have offers in `mask`, the most offers first."""
    current = catalogue()
    counted = [(need, (current.need.get(need.code, 0) & mask).bit_count()) for need in current.needs.values()]
    return sorted((pair for pair in counted if pair[1]), key=lambda pair: -pair[1])[:12]


def leaf_districts() -> list[tuple[Any, int]]:
    """The districts that have no part of their own, with the number of offers there."""
    current = catalogue()
    return [
        (info, current.local_district.get(slug, 0).bit_count())
        for slug, info in current.districts.items()
        if not info.children
    ]


@blueprint.get("/<lang:language>/bedarf")
def need_list() -> ResponseReturnValue:
    current = catalogue()
    return render_template(
        "offers/needs.html",
        needs_by_situation={
            situation: [need for need in current.needs.values() if need.life_situation is situation]
            for situation in LifeSituation
        },
        catalogue=current,
    )


@blueprint.get("/<lang:language>/bedarf/<code>")
def need(code: str) -> ResponseReturnValue:
    current = catalogue()
    info = current.needs.get(code)
    if info is None:
        abort(404)
    filters = Filters(need=code)
    mask = current.match(filters)
    lang = current_language().code
    related = [
        other
        for other in current.needs.values()
        if other.code != code and other.life_situation is info.life_situation and current.need.get(other.code, 0) & mask
    ][:6]
    return render_template(
        "offers/need.html",
        need=info,
        text=info.texts.get(lang) or info.texts["de"],
        text_lang=lang if lang in info.texts else "de",
        facts=site().facts_of(code, today()),
        count=mask.bit_count(),
        cards=queries.cards(db.session, current.ids(mask, filters=filters, count=PAGE_SIZE), lang),
        filters=filters,
        facets=current.facets(filters),
        related=related,
        hotlines=emergency_lines(code) if info.flow == LotseFlow.EMERGENCY else [],
        catalogue=current,
    )


@blueprint.get("/<lang:language>/lebensphasen/<phase>")
def life_phase(phase: str) -> ResponseReturnValue:
    if phase not in {member.value for member in LifePhase}:
        abort(404)
    current, chosen = catalogue(), LifePhase(phase)
    filters = Filters(phase=chosen)
    mask = current.match(filters)
    needs = {
        situation: [
            (need, count)
            for need in current.needs.values()
            if need.life_situation is situation
            and chosen in need.life_phases
            and (count := (mask & current.need.get(need.code, 0)).bit_count())
        ]
        for situation in LifeSituation
    }
    return render_template(
        "offers/life_phase.html",
        phase=chosen,
        phases=list(LifePhase),
        needs=needs,
        count=mask.bit_count(),
        cards=queries.cards(db.session, current.ids(mask, filters=filters, count=PREVIEW), current_language().code),
        filters=filters,
        catalogue=current,
    )


@blueprint.get("/<lang:language>/menschen")
def people() -> ResponseReturnValue:
    current = catalogue()
    lang = current_language().code
    places = queries.helping_places(db.session, current.ids(current.first_contact, count=100), lang)
    groups: list[tuple[Any, list[queries.HelpingPlace]]] = []
    for info in current.districts.values():
        here = [place for place in places if place.offer.district_id == info.id]
        if here:
            groups.append((info, here))
    if anywhere := [place for place in places if place.offer.district_id is None]:
        groups.append((None, anywhere))
    return render_template("offers/people.html", groups=groups)
