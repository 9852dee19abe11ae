"""What pages outside of the conversation need of it: the flows, and links into them that know what is known already."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from flask import Flask, current_app, url_for

from portal.content.site import SiteContent, Translated
from portal.lotse.load import FactBook, Lotse, load_lotse
from portal.lotse.presentation import Words
from portal.lotse.state import LotseTokens, State
from portal.lotse.suggest import suggest
from portal.models.enums import LifePhase
from portal.offers.context import today
from portal.search.understanding import Understood


@dataclass(frozen=True)
class FlowLink:
    icon: str
    title: Translated
    tile: Translated
    href: str


def lotse() -> Lotse:
    found: Lotse = current_app.extensions["lotse"]
    return found


def tokens() -> LotseTokens:
    return _tokens(current_app.config["SECRET_KEY"])


@lru_cache(maxsize=8)
def _tokens(secret: bytes) -> LotseTokens:
    """A page has a token for each answer that can be changed: the key is derived once."""
    return LotseTokens(secret)


def step_url(state: State) -> str:
    return url_for("lotse.step", t=tokens().seal(state, today()))


def flow_link(name: str, href: str | None = None) -> FlowLink:
    """To the beginning of a flow, or to `href`."""
    flow, words = lotse().flows[name], Words(lotse(), lotse().flows[name])
    return FlowLink(flow.icon, words.flow("title"), words.flow("tile"), href or url_for("lotse.start", flow=name))


def flow_links() -> list[FlowLink]:
    """All flows, in their order."""
    return [flow_link(name) for name in lotse().flows]


def link_for_search(understood: Understood) -> FlowLink | None:
    """To the flow that a question is about, with what it says already answered; None where it is about none."""
    found = suggest(lotse(), understood)
    if not found.flows:
        return None
    name = found.flows[0]
    state = State(name, lotse().flows[name].version, found.answers, wishes=found.wishes)
    return flow_link(name, step_url(state) if found.answers else None)


def link_for_need(code: str) -> FlowLink | None:
    """To the flow that a need leads to; what it is for is known then."""
    return link_for_search(Understood(needs=[(code, 1.0)])) if code in lotse().flow_of_need else None


def links_for_phase(phase: LifePhase) -> list[FlowLink]:
    return [flow_link(flow.id) for flow in lotse().flows.values() if phase in flow.phases]


def init_app(app: Flask, site: SiteContent) -> None:
    """Raises ContentError where a flow cannot be used."""
    app.extensions["lotse"] = load_lotse(app.extensions["settings"].content_dir / "lotse", site)
    app.extensions["facts"] = FactBook(site.facts)
    app.jinja_env.globals.update(
        lotse_links=flow_links,
        lotse_link_for_need=link_for_need,
        lotse_link_for_search=link_for_search,
        lotse_links_for_phase=links_for_phase,
    )
