"""Emergency, the municipality's own pages, and what browsers and search engines ask for."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    make_response,
    render_template,
    send_from_directory,
    url_for,
)
from flask.typing import ResponseReturnValue

from portal.extensions import db
from portal.i18n import current_language
from portal.models.enums import LifePhase, TextState
from portal.offers import queries
from portal.offers.context import catalogue, hotlines_here, public_url, site, site_languages, site_texts, today

blueprint = Blueprint("pages", __name__)


@blueprint.get("/<lang:language>/sofort-hilfe")
def emergency() -> ResponseReturnValue:
    content = site()
    lang = current_language().code
    texts = content.emergency.get(lang) or content.emergency["de"]
    return render_template(
        "pages/emergency.html",
        texts=texts,
        text_lang=lang if lang in content.emergency else "de",
        state=TextState.SOURCE if lang == "de" else texts.state,
        hotlines={line.id: line for line in hotlines_here()},
        needs=catalogue().needs,
    )


@blueprint.get("/<lang:language>/seite/<slug>")
def page(slug: str) -> ResponseReturnValue:
    try:
        page = site_texts().page(slug, current_language().code)
    except KeyError:
        abort(404)
    return render_template("pages/page.html", slug=slug, page=page)


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    folder = current_app.extensions["settings"].content_dir.absolute()
    response = send_from_directory(folder, site().kommune.logo, max_age=86_400)
    response.mimetype = "image/svg+xml"
    return response


@blueprint.get("/robots.txt")
def robots() -> Response:
    base = public_url()
    private = "".join(f"Disallow: /*/{path}\n" for path in ("suche", "lotse/schritt", "lotse/plan"))
    response = make_response(f"User-agent: *\n{private}Sitemap: {base}/sitemap.xml\n")
    response.mimetype = "text/plain"
    return response


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """All pages that stay, each with its languages."""
    base = public_url()
    current = catalogue()
    pages = [
        ("offers.home", {}),
        ("offers.offer_list", {}),
        ("offers.people", {}),
        ("offers.need_list", {}),
        ("offers.district_list", {}),
        ("pages.emergency", {}),
        *(("offers.life_phase", {"phase": phase.value}) for phase in LifePhase),
        *(("offers.need", {"code": code}) for code in current.needs),
        *(("offers.district", {"slug": slug}) for slug in current.districts),
        *(("pages.page", {"slug": slug}) for slug in dict.fromkeys(slug for slug, _lang in site_texts().pages)),
        *(
            ("offers.offer", {"slug": row.slug})
            for row in queries.published_slugs(db.session, today(), current.fresh_since)
        ),
    ]
    languages = site_languages()
    # A sitemap holds at most 50,000 addresses: one language each page, the others are named in the page itself.
    urls = [base + url_for(endpoint, language=languages[0], **values) for endpoint, values in pages[:50_000]]
    response = make_response(render_template("pages/sitemap.xml", urls=urls))
    response.mimetype = "application/xml"
    return response
